"""Records of the table's stream, delivered by the stream itself or again by the retry queue.

No record delays those behind it:

- A record that cannot be parsed (a poison pill) goes to the failure queue with its reason, at once.
- A record that cannot be handled now goes to the retry queue. The queue gets the whole record, because the stream
  keeps it for one day only. After a hundred tries SQS moves it to the failure queue.
- A record is not started if too little time is left; it goes to the retry queue.
- If the process nevertheless dies in every attempt, Lambda sends the records' position in the stream to the
  failure queue. When that message is redriven to the retry queue, the records are read from the stream again.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mid_job_feedback import aws, observability
from mid_job_feedback.settings import stream_settings
from mid_job_feedback.storage import row_changes
from mid_job_feedback.storage.row_changes import RowChange

type Json = dict[str, Any]
type Read = Callable[[RowChange], Any]


class OutOfTime(Exception):
    """Too little time is left to start this record: a slow dependency could time out the invocation, and then the
    whole batch would fail.
    """


class _Delivery(NamedTuple):
    """Stream records of one batch entry. `redelivered`: they come from the retry queue, which retries them."""

    changes: Iterable[Json]
    redelivered: bool


def process(
    event: Json, context: LambdaContext, read: Read, act: Callable[[Any], object], *, record_time: int
) -> PartialItemFailureResponse:
    """Parses each record with `read` and passes the result to `act`; records that parse to None are skipped.

    `record_time` is the time in milliseconds that one record may take.

    Partial batch response: it names the messages of the retry queue that failed. Records of the stream are named
    only if they could not be moved to a queue.
    """

    def process_change(change: Json) -> None:
        parsed = _parsed(change, read)
        if parsed is not None:
            _require_time(context, record_time)
            act(parsed)

    def process_entry(record: SQSRecord | DynamoDBRecord) -> None:
        delivery = _delivery(record)
        for change in delivery.changes:
            try:
                process_change(change)
            except Exception as failure:
                observability.failed(failure, **row_changes.ids(change))
                if delivery.redelivered:
                    raise
                _send(stream_settings().retry_queue_url, json.dumps(change, default=str), failure)

    observability.counted("RecordsReceived", len(event["Records"]))
    from_queue = event["Records"][0]["eventSource"] == "aws:sqs"
    event_type = EventType.SQS if from_queue else EventType.DynamoDBStreams
    processor = BatchProcessor(event_type, raise_on_entire_batch_failure=False)
    return process_partial_response(event, process_entry, processor, context)


def _delivery(record: SQSRecord | DynamoDBRecord) -> _Delivery:
    if isinstance(record, DynamoDBRecord):
        return _Delivery([record.raw_event], redelivered=False)
    try:
        body = json.loads(record.body)
    except ValueError as unreadable:
        _dead_letter(record.body, unreadable, sqs_message_id=record.message_id)
        return _Delivery([], redelivered=False)
    match body:
        case {"eventName": _}:
            return _Delivery([body], redelivered=True)
        case {"DDBStreamBatchInfo": position}:
            return _Delivery(_between(position), redelivered=False)
        case _:  # a failed run of the sweep, which Lambda reports here, too; a later run has done its work
            observability.logger.info("no record to retry", extra={"sqs_message_id": record.message_id})
            return _Delivery([], redelivered=False)


def _parsed(change: Json, read: Read) -> Any:
    try:
        return read(row_changes.parse(change))
    except Exception as unreadable:  # noqa: BLE001 - a row can be malformed in any way
        _dead_letter(json.dumps(change, default=str), unreadable, **row_changes.ids(change))
        return None


def _require_time(context: LambdaContext, record_time: int) -> None:
    if context.get_remaining_time_in_millis() < record_time:
        raise OutOfTime


def _dead_letter(body: str, failure: Exception, **ids: str) -> None:
    _send(stream_settings().failure_queue_url, body, failure)
    observability.failed(failure, **ids)


def _send(queue_url: str, body: str, failure: Exception) -> None:
    with observability.failures_logged():
        aws.client("sqs").send_message(
            QueueUrl=queue_url,
            MessageBody=body,
            MessageAttributes={"reason": {"DataType": "String", "StringValue": observability.summary(failure)}},
        )


def _between(position: Json) -> Iterator[Json]:
    """The shard's records from `startSequenceNumber` to `endSequenceNumber`, if the stream still has them."""
    with observability.failures_logged():
        yield from _read_between(position)


def _read_between(position: Json) -> Iterator[Json]:
    streams = aws.client("dynamodbstreams")
    last = int(position["endSequenceNumber"])
    iterator: str | None = streams.get_shard_iterator(
        StreamArn=position["streamArn"],
        ShardId=position["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=position["startSequenceNumber"],
    )["ShardIterator"]
    while iterator:
        page = streams.get_records(ShardIterator=iterator)
        for record in page["Records"]:
            yield record
            if int(record["dynamodb"]["SequenceNumber"]) >= last:
                return
        iterator = page.get("NextShardIterator")
