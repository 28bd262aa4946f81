"""Records of the table's stream, delivered by the stream itself or again by the retry queue.

No record delays those behind it:

- A record that cannot be parsed (a poison pill) goes to the failure queue with its reason, at once.
- A record that cannot be handled now goes to the retry queue, because the stream keeps it for one day only. After
  the queue's `maxReceiveCount` tries SQS moves it to the failure queue.
- A record is not started if too little time is left; it goes to the retry queue.
- The queues keep messages for two weeks, in which people may be erased. So they get records without names,
  addresses and words; see `row_changes.for_queue`. What was left out is read from the table when the record is
  retried. Words that only the record has go into a queue if their author was not erased (`Work.admit`). If the
  table cannot be asked about that, the records stay in the stream, which needs no copy.
- If the process nevertheless dies in every attempt, Lambda sends the records' position in the stream to the
  failure queue. When that message is redriven to the retry queue, the records are read from the stream again.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mid_job_feedback import aws, observability
from mid_job_feedback.domain.refusals import Dependency, Unavailable
from mid_job_feedback.settings import stream_settings
from mid_job_feedback.storage import row_changes
from mid_job_feedback.storage.row_changes import RowChange
from mid_job_feedback.workers import queues, time_left

type Json = dict[str, Any]
type Read = Callable[[RowChange], Any]


class Work(NamedTuple):
    """What is done with each record: `read` parses it, and `act` handles what `read` returned, unless it is None.

    `record_time` is the time in milliseconds that one record may take. `admit` takes out of records what may be
    stored no more, before anything else is done with them. If it raises, they stay where they are.
    `queued_words`: attributes with words that a queue gets nevertheless, because `admit` has looked at them.
    """

    read: Read
    act: Callable[[Any], object]
    record_time: int
    admit: Callable[[Sequence[Json]], Sequence[Json]] = list
    queued_words: tuple[str, ...] = ()


class PositionMalformed(ValueError):
    """A message says that it has a position in the stream, but not in the form that Lambda writes."""


class _Delivery(NamedTuple):
    """Stream records of one batch entry.

    `queued`: the one record, if the message `queued_in` holds it, so that SQS retries it. Otherwise a failed
    record is sent to the retry queue.
    """

    changes: Iterable[Json]
    queued: Json | None = None
    queued_in: str = ""


_NOTHING: Final = _Delivery([])


def process(event: Json, context: LambdaContext, work: Work) -> PartialItemFailureResponse:
    """Does `work` on each record.

    Partial batch response: it names the messages of the retry queue that failed. Records of the stream are named
    only if they could not be moved to a queue.
    """

    def process_entry(record: SQSRecord | DynamoDBRecord) -> None:
        delivery = _delivery(record, work)
        for change in delivery.changes:
            _process_change(change, work, context, delivery)

    records = event["Records"]
    observability.counted("RecordsReceived", len(records))
    from_queue = records[0]["eventSource"] == "aws:sqs"
    event_type = EventType.SQS if from_queue else EventType.DynamoDBStreams
    if not from_queue:
        try:
            event = {**event, "Records": work.admit(records)}
        except Exception as failure:  # noqa: BLE001 - whatever it is, nobody knows what the queue may keep
            return _all_stay(records, failure)
    processor = BatchProcessor(event_type, raise_on_entire_batch_failure=False)
    return process_partial_response(event, process_entry, processor, context)


def _all_stay(records: Sequence[Json], failure: Exception) -> PartialItemFailureResponse:
    """Names all records as failed, and moves none: Lambda delivers all from the first failed one on again."""
    for record in records:
        observability.failed(failure, **row_changes.ids(record))
    return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]} for record in records]}


def _delivery(record: SQSRecord | DynamoDBRecord, work: Work) -> _Delivery:
    if isinstance(record, DynamoDBRecord):
        return _Delivery([record.raw_event])
    try:
        delivery = _redelivery(record)
    except (ValueError, RecursionError) as unreadable:
        queue_url = stream_settings().failure_queue_url
        _move(record.body, queue_url, unreadable, sqs_message_id=record.message_id)
        return _NOTHING
    return delivery._replace(changes=_admitted(delivery.changes, work, record.message_id))


def _admitted(changes: Iterable[Json], work: Work, sqs_message_id: str) -> Iterator[Json]:
    for change in changes:
        with observability.failures_logged(**row_changes.ids(change), sqs_message_id=sqs_message_id):
            admitted = work.admit([change])
        yield from admitted


def _redelivery(message: SQSRecord) -> _Delivery:
    """Raises ValueError or RecursionError if the message is malformed."""
    match json.loads(message.body):
        case {"eventName": _} as change:
            return _Delivery([change], queued=change, queued_in=message.message_id)
        case {
            "DDBStreamBatchInfo": {
                "streamArn": str(),
                "shardId": str(),
                "startSequenceNumber": str(),
                "endSequenceNumber": str() as last,
            } as position
        } if last.isdecimal():
            return _Delivery(_between(position, message.message_id))
        case {"DDBStreamBatchInfo": _}:
            raise PositionMalformed
        case _:  # a failed run of the sweep, which Lambda reports here, too; a later run has done its work
            observability.logger.info("no record to retry", extra={"sqs_message_id": message.message_id})
            return _NOTHING


def _process_change(change: Json, work: Work, context: LambdaContext, delivery: _Delivery) -> None:
    """Handles one record. If that fails, moves it to a queue, unless SQS retries it.

    If the retry queue has it with words that may be stored no more, it is replaced.
    """
    ids, kept = row_changes.ids(change), row_changes.for_queue(change, work.queued_words)
    try:
        parsed = work.read(row_changes.parse(change))
    except Exception as unreadable:  # noqa: BLE001 - a row can be malformed in any way
        _move(_text(kept), stream_settings().failure_queue_url, unreadable, **ids)
        return
    if parsed is None:
        return
    try:
        time_left.require(work.record_time, context)
        work.act(parsed)
    except Exception as failure:
        if kept == delivery.queued:
            observability.failed(failure, sqs_message_id=delivery.queued_in, **ids)
            raise
        _move(_text(kept), stream_settings().retry_queue_url, failure, **ids)


def _move(body: str, queue_url: str, failure: Exception, **ids: str) -> None:
    """Moves a failed record to a queue, with its reason. Logs and counts it once, even if that fails, too.

    Raises:
        Unavailable: the queue is unavailable, so the record stays where it is.
    """
    try:
        queues.send(queue_url, body, observability.summary(failure))
    except Unavailable as stays:
        observability.failed(failure, stays, **ids)
        raise
    observability.failed(failure, **ids)


def _text(change: Json) -> str:
    return json.dumps(change, default=str)


def _between(position: Json, sqs_message_id: str) -> Iterator[Json]:
    """The shard's records from `startSequenceNumber` to `endSequenceNumber`, if the stream still has them."""
    with observability.failures_logged(sqs_message_id=sqs_message_id):
        yield from _read_between(position)


def _read_between(position: Json) -> Iterator[Json]:
    streams = aws.client("dynamodbstreams")
    last = int(position["endSequenceNumber"])
    with aws.calling(Dependency.STREAM, "GetShardIterator"):
        found = streams.get_shard_iterator(
            StreamArn=position["streamArn"],
            ShardId=position["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=position["startSequenceNumber"],
        )
    iterator: str | None = found["ShardIterator"]
    while iterator:
        with aws.calling(Dependency.STREAM, "GetRecords"):
            page = streams.get_records(ShardIterator=iterator)
        for record in page["Records"]:
            yield record
            if int(record["dynamodb"]["SequenceNumber"]) >= last:
                return
        iterator = page.get("NextShardIterator")
