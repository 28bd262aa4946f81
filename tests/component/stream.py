"""The table's stream as Lambda hands it over, filtered as template.yaml says."""

import json
from typing import Any

from mid_job_feedback.aws import client
from tests import aws, queues
from tests.template import template

type Record = dict[str, Any]

_BY_TTL = {"userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}}


class Stream:
    def __init__(self) -> None:
        self._iterator = ""
        self._seen: list[Record] = []

    def remove_by_ttl(self, row: dict[str, Any]) -> None:
        """What DynamoDB does some time after a row has expired."""
        self._look()
        client("dynamodb").delete_item(TableName="feedback", Key=row)
        self._look(_BY_TTL)

    def news(self) -> list[Record]:
        """What has happened since this was asked last."""
        self._look()
        seen, self._seen = self._seen, []
        return seen

    def _look(self, identity: Record | None = None) -> None:
        found = client("dynamodbstreams").get_records(ShardIterator=self._iterator or self._beginning())
        self._iterator = found["NextShardIterator"]
        for record in found["Records"]:
            record["dynamodb"]["ApproximateCreationDateTime"] = 0
            self._seen.append({**record, "eventSource": "aws:dynamodb", **(identity or {})})

    def _beginning(self) -> str:
        arn = client("dynamodb").describe_table(TableName="feedback")["Table"]["LatestStreamArn"]
        streams = client("dynamodbstreams")
        [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        iterator: str = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        return iterator


def let_through(function: str, records: list[Record]) -> list[Record]:
    """What the function's filters leave."""
    return [record for record in records if any(_fits(pattern, record) for pattern in _filters(function))]


def deliver(function: str, records: list[Record]) -> list[str]:
    """One batch of what the filters leave, if anything; returns which of it come again, by the retry queue or else
    by the stream itself.
    """
    batch = let_through(function, records)
    answer = aws.invoke(function, {"Records": batch}) if batch else {"batchItemFailures": []}
    by_queue = [json.loads(message.body) for message in queues.take("RETRY_QUEUE_URL")]
    return [
        *(record["dynamodb"]["SequenceNumber"] for record in by_queue),
        *(failure["itemIdentifier"] for failure in answer["batchItemFailures"]),
    ]


def deliver_by_queue(function: str, *bodies: Any) -> list[str]:
    """What the retry queue has to say, as one batch; returns which of it come again, counted from 0."""
    records = [
        {"messageId": str(place), "body": json.dumps(body), "eventSource": "aws:sqs", "attributes": {}}
        for place, body in enumerate(bodies)
    ]
    return [
        failure["itemIdentifier"] for failure in aws.invoke(function, {"Records": records})["batchItemFailures"]
    ]


def numbers(records: list[Record]) -> list[str]:
    return [record["dynamodb"]["SequenceNumber"] for record in records]


def position(records: list[Record]) -> Record:
    """The message Lambda sends to a function's failure queue when these made its process die every time."""
    arn = client("dynamodb").describe_table(TableName="feedback")["Table"]["LatestStreamArn"]
    [shard] = client("dynamodbstreams").describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    return {
        "requestContext": {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 11},
        "DDBStreamBatchInfo": {
            "shardId": shard["ShardId"],
            "startSequenceNumber": numbers(records)[0],
            "endSequenceNumber": numbers(records)[-1],
            "batchSize": len(records),
            "streamArn": arn,
        },
    }


def _filters(function: str) -> list[Record]:
    events = template()["Resources"][f"{function.capitalize()}Function"]["Properties"]["Events"].values()
    [source] = [event["Properties"] for event in events if event["Type"] == "DynamoDB"]
    return [json.loads(rule["Pattern"]) for rule in source["FilterCriteria"]["Filters"]]


def _fits(pattern: Any, found: Any) -> bool:
    """Lambda's filter rules, as far as the template uses them: nested objects, exact values and prefixes."""
    if isinstance(pattern, dict):
        return isinstance(found, dict) and all(
            name in found and _fits(wanted, found[name]) for name, wanted in pattern.items()
        )
    return any(
        found.startswith(wanted["prefix"]) if isinstance(wanted, dict) else found == wanted for wanted in pattern
    )
