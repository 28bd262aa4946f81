"""The table's stream as Lambda delivers it, filtered as template.yaml says."""

import json
from typing import Any

from mid_job_feedback.aws import client
from mid_job_feedback.settings import settings
from mid_job_feedback.storage import row_changes
from tests import lambda_runtime, queues
from tests.template import template

type Record = dict[str, Any]

_BY_TTL = {"userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}}


class TableStream:
    def __init__(self) -> None:
        self._iterator = ""
        self._unread: list[Record] = []

    def remove_by_ttl(self, row: dict[str, Any]) -> None:
        """Do what DynamoDB does some time after a row has expired."""
        self._read()
        client("dynamodb").delete_item(TableName=settings().table_name, Key=row)
        self._read(_BY_TTL)

    def new_records(self) -> list[Record]:
        """Take the records since the last call."""
        self._read()
        unread, self._unread = self._unread, []
        return unread

    def _read(self, identity: Record | None = None) -> None:
        found = client("dynamodbstreams").get_records(ShardIterator=self._iterator or self._beginning())
        self._iterator = found["NextShardIterator"]
        for record in found["Records"]:
            if record["eventName"] == "REMOVE" and "OldImage" not in record["dynamodb"]:
                continue  # DynamoDB Local, unlike DynamoDB, records the deletion of a row that does not exist
            record["dynamodb"]["ApproximateCreationDateTime"] = 0
            if self._unread and _completes(record, self._unread[-1]):
                record["dynamodb"].pop("OldImage", None)
                record["eventName"] = self._unread.pop()["eventName"]
            self._unread.append({**record, "eventSource": "aws:dynamodb", **(identity or {})})

    def _beginning(self) -> str:
        arn = client("dynamodb").describe_table(TableName=settings().table_name)["Table"]["LatestStreamArn"]
        streams = client("dynamodbstreams")
        [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        iterator: str = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        return iterator


def _completes(record: Record, previous: Record) -> bool:
    """Whether both are one upsert: moto writes an INSERT of the keys and a MODIFY, DynamoDB one INSERT."""
    begun = previous["dynamodb"]
    of_keys = previous["eventName"] == "INSERT" and begun["NewImage"] == begun["Keys"]
    return bool(of_keys and record["dynamodb"]["Keys"] == begun["Keys"])


def filtered(function: str, records: list[Record]) -> list[Record]:
    """The records that the function's event filter lets through."""
    return [record for record in records if any(_matches(pattern, record) for pattern in _filters(function))]


def deliver(function: str, records: list[Record]) -> list[str]:
    """Deliver the filtered records as one batch, if any is left.

    Returns the sequence numbers of those that failed: put into the retry queue, or else left to the stream.
    """
    batch = filtered(function, records)
    result = lambda_runtime.invoke(function, {"Records": batch}) if batch else {"batchItemFailures": []}
    by_queue = [json.loads(message.body) for message in queues.take("RETRY_QUEUE_URL")]
    return [
        *(record["dynamodb"]["SequenceNumber"] for record in by_queue),
        *(failure["itemIdentifier"] for failure in result["batchItemFailures"]),
    ]


def deliver_by_retry_queue(function: str, *bodies: Any) -> list[str]:
    """Deliver messages of the retry queue as one batch; return the positions of those that failed, from "0".

    A record is queued as the function queues it.
    """
    records = [
        {
            "messageId": str(place),
            "body": json.dumps(queued(function, body)),
            "eventSource": "aws:sqs",
            "attributes": {},
        }
        for place, body in enumerate(bodies)
    ]
    result = lambda_runtime.invoke(function, {"Records": records})
    return [failure["itemIdentifier"] for failure in result["batchItemFailures"]]


def queued(function: str, body: Any) -> Any:
    """A record as the function puts it into its retry queue. Anything else stays as it is."""
    if not (isinstance(body, dict) and "eventName" in body):
        return body
    return row_changes.for_queue(body, ("message",) if function == "expire" else ())


def sequence_numbers(records: list[Record]) -> list[str]:
    return [record["dynamodb"]["SequenceNumber"] for record in records]


def position_message(records: list[Record]) -> Record:
    """What Lambda sends to a function's failure destination when these records killed its process every time.

    The message holds no records, only their position in the stream.
    """
    arn = client("dynamodb").describe_table(TableName="feedback")["Table"]["LatestStreamArn"]
    [shard] = client("dynamodbstreams").describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    return {
        "requestContext": {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 11},
        "DDBStreamBatchInfo": {
            "shardId": shard["ShardId"],
            "startSequenceNumber": sequence_numbers(records)[0],
            "endSequenceNumber": sequence_numbers(records)[-1],
            "batchSize": len(records),
            "streamArn": arn,
        },
    }


def _filters(function: str) -> list[Record]:
    events = template()["Resources"][f"{function.capitalize()}Function"]["Properties"]["Events"].values()
    [source] = [event["Properties"] for event in events if event["Type"] == "DynamoDB"]
    return [json.loads(rule["Pattern"]) for rule in source["FilterCriteria"]["Filters"]]


def _matches(pattern: Any, found: Any) -> bool:
    """Lambda's filter rules, as far as the template uses them: nested objects, exact values and prefixes."""
    if isinstance(pattern, dict):
        return isinstance(found, dict) and all(
            name in found and _matches(wanted, found[name]) for name, wanted in pattern.items()
        )
    return any(
        found.startswith(wanted["prefix"]) if isinstance(wanted, dict) else found == wanted for wanted in pattern
    )
