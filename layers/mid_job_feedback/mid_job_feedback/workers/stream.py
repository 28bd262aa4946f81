"""Records of the table's stream: as the stream hands them over, and again from the retry queue.

No record holds up those behind it. One that cannot be read will never be: it goes to the failure queue with its
reason. One that cannot be acted upon now goes to the retry queue, whole, since the stream forgets it after a day;
what is tried there too often moves on to the failure queue. While the queues answer, nothing is begun that might
not end before the function's time does. When the process dies all the same, Lambda tells the failure queue where
in the stream the records stand; that message, put back into the retry queue, is read from there.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from aws_lambda_powertools.utilities.batch import EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mid_job_feedback import aws, observability
from mid_job_feedback.settings import stream_settings
from mid_job_feedback.storage import row_changes
from mid_job_feedback.storage.row_changes import RowChange
from mid_job_feedback.workers import batches

type Read = Callable[[RowChange], object | None]
type Act = Callable[..., object]
type Json = dict[str, Any]


class OutOfTime(Exception):
    """Not tried: what it needs may keep it waiting, and then the process would be killed, with its neighbours."""


def each(event: Json, context: LambdaContext, read: Read, act: Act, *, longest: int) -> PartialItemFailureResponse:
    """Hands what `read` makes of every record to `act`; None is none of its business.

    `longest`: milliseconds that one record may take. With less time left than that, the others are put aside.

    Returns which records or messages come again: those of the queue that failed, none of the stream unless
    neither queue could be reached.
    """
    timely = _while_time_is_left(context, longest, act)

    def try_once(found: Json) -> None:
        try:
            _handle(found, read, timely)
        except Exception as failure:  # noqa: BLE001 - whatever it was, the records behind it go on
            _put_aside(stream_settings().retry_queue_url, found, failure)

    def from_stream(record: DynamoDBRecord) -> None:
        try_once(record.raw_event)

    def from_queue(record: SQSRecord) -> None:
        match json.loads(record.body):
            case {"eventName": _} as found:
                _handle(found, read, timely)
            case {"DDBStreamBatchInfo": place}:
                for found in _between(place):
                    try_once(found)
            case _:  # Lambda tells of a failed run of the sweep, too; the next run has done its work
                observability.logger.info("no record to handle again")

    observability.counted("RecordsReceived", len(event["Records"]))
    if event["Records"][0]["eventSource"] == "aws:sqs":
        return batches.each(EventType.SQS, event, context, from_queue)
    return batches.each(EventType.DynamoDBStreams, event, context, from_stream)


def _while_time_is_left(context: LambdaContext, longest: int, act: Act) -> Act:
    def timely(news: object) -> None:
        if context.get_remaining_time_in_millis() < longest:
            raise OutOfTime
        act(news)

    return timely


def _handle(record: Json, read: Read, act: Act) -> None:
    try:
        news = read(row_changes.parse(record))
    except Exception as unreadable:  # noqa: BLE001 - a row can be broken in any way
        _put_aside(stream_settings().failure_queue_url, record, unreadable)
        return
    if news is not None:
        act(news)


def _put_aside(queue_url: str, record: Json, failure: Exception) -> None:
    """With the names of the errors for a reason: their texts may quote an address or a comment."""
    aws.client("sqs").send_message(
        QueueUrl=queue_url,
        MessageBody=json.dumps(record, default=str),  # as read from the stream, it has a datetime
        MessageAttributes={
            "reason": {"DataType": "String", "StringValue": ", ".join(observability.names(failure))}
        },
    )
    observability.failed(failure)


def _between(place: Json) -> Iterator[Json]:
    """The records from `startSequenceNumber` to `endSequenceNumber` of a shard, while the stream has them."""
    streams = aws.client("dynamodbstreams")
    last = int(place["endSequenceNumber"])
    iterator: str | None = streams.get_shard_iterator(
        StreamArn=place["streamArn"],
        ShardId=place["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=place["startSequenceNumber"],
    )["ShardIterator"]
    while iterator:
        page = streams.get_records(ShardIterator=iterator)
        for record in page["Records"]:
            yield record
            if int(record["dynamodb"]["SequenceNumber"]) >= last:
                return
        iterator = page.get("NextShardIterator")
