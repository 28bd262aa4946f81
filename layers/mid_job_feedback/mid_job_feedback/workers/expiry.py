"""Expiry and reminders: the sweep looks at the open requests that are due, and the table's stream tells of them.

Past its deadline, a request is deleted, as DynamoDB's TTL does, and the stream's record lets `expire` record it as
expired. Every read and write compares the deadline with the clock, so a request is expired even before the sweep
runs. This module only makes the rows follow.

Before its deadline, its client is to be reminded. The sweep records this in the row, and the stream's record lets
`notify` decide and send.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from itertools import batched, takewhile
from typing import Any, Final, NamedTuple

from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from mid_job_feedback import aws
from mid_job_feedback.domain import lifecycle, reminders
from mid_job_feedback.domain.models import FeedbackRequest, Policy, Value, is_id
from mid_job_feedback.domain.refusals import Cause, Dependency, Unavailable
from mid_job_feedback.storage import erasures, items, row_changes, store, table
from mid_job_feedback.storage.row_changes import RowChange
from mid_job_feedback.workers import time_left

THREADS: Final = 8
# Milliseconds that recording one removal takes at most if the table does not respond: one call, and some margin.
RECORD_TIME: Final = aws.LONGEST_CALL_MS + 2_000
_TIME_TO_STOP: Final = 5_000  # milliseconds kept for running batches and for the response
_TIME_TO_RETURN: Final = 2_500  # of these, milliseconds kept for the last calls of running batches

type Json = dict[str, Any]
type Batches = Iterator[tuple[items.DueRequest, ...]]


class Swept(Value):
    """How many requests a sweep has deleted."""

    expired: int


class Sweep(NamedTuple):
    """What a run of the sweep did, or one batch of it.

    `reminded`: for how many requests it recorded a reminder. `lag_seconds`: how long the request that was overdue
    most had been due, be it for a reminder or at its deadline; 0 if none was.
    """

    expired: int
    reminded: int
    lag_seconds: int


def sweep(now: datetime, policy: Policy, time_left: Callable[[], int], start_next: Callable[[], None]) -> Sweep:
    """Handles due requests, a batch from each shard in turn, so that a backlog in one shard delays no other.

    If the table responds normally, stops before `time_left` (milliseconds) runs out. If work remains and progress
    was made, calls `start_next` to start the next run; otherwise the schedule does. Two overlapping runs may both
    count the same expired request. A reminder is counted once.

    Raises:
        Unavailable: the table or `start_next` is unavailable. What is done stays; the next run finds the rest.
    """
    expired = reminded = lag_seconds = 0
    handle_next = partial(_handle_next, policy=policy, now=now, time_left=time_left)
    shards: list[Batches] = [
        batched(store.due(shard, now), table.BATCH, strict=False) for shard in range(items.DUE_SHARDS)
    ]
    with ThreadPoolExecutor(THREADS) as pool:
        while shards and time_left() >= _TIME_TO_STOP:
            batches = list(pool.map(handle_next, shards))
            shards = [shard for shard, batch in zip(shards, batches, strict=True) if batch]
            for batch in filter(None, batches):
                expired += batch.expired
                reminded += batch.reminded
                lag_seconds = max(lag_seconds, batch.lag_seconds)
    if shards and (expired or reminded):
        start_next()
    return Sweep(expired, reminded, lag_seconds)


def _handle_next(shard: Batches, policy: Policy, now: datetime, time_left: Callable[[], int]) -> Sweep | None:
    """Handles the shard's next batch; None if there is no further batch. The next run finds what is left of it."""
    batch = next(shard, ())
    if not batch:
        return None
    expired = [request for request in batch if request.expires_at <= now]
    if expired:
        store.remove(expired)
    reminders_due = (request for request in batch if request.expires_at > now)
    in_time = takewhile(lambda _: time_left() >= _TIME_TO_RETURN, reminders_due)  # each is a call of its own
    reminded = sum(_remind(request, policy, now) for request in in_time)
    return Sweep(len(expired), reminded, int((now - batch[0].due_at).total_seconds()))


def _remind(request: items.DueRequest, policy: Policy, now: datetime) -> bool:
    """Records one reminder, however many are due: a sweep that is late does not make up for those it missed."""
    now = now.replace(microsecond=0)
    return store.record_reminder(request, now, reminders.next_due(request.expires_at, policy, told_at=now))


def start_next_run(function_arn: str) -> None:
    """Invokes the function asynchronously.

    Raises:
        Unavailable: Lambda is busy or out of reach. The schedule starts another run.
    """
    try:
        aws.client("lambda").invoke(FunctionName=function_arn, InvocationType="Event")
    except (BotoCoreError, ClientError) as error:
        cause = aws.cause_of(error)
        if cause is Cause.REJECTED:  # a permission or the function is missing: a defect, which an alarm reports
            raise
        raise Unavailable(Dependency.LAMBDA, "Invoke", cause) from error


def without_erased_messages(records: Sequence[Json], context: LambdaContext) -> list[Json]:
    """Records of deleted open requests, without the messages of freelancers who were erased since.

    The deleted row had the message, so the stream may be the only place that still has it: the closed row gets it
    from the record, and the retry queue does, too. One read of the table, if there is any message.

    Raises:
        OutOfTime: too little time is left to ask the table.
        Unavailable: the table is unavailable.
    """
    authors = {
        row_changes.text_of(_row(record), "freelancer_id") for record in records if "message" in _row(record)
    }
    known = {author for author in authors if is_id(author)}
    if not authors:
        return list(records)
    time_left.require(RECORD_TIME, context)
    erased: dict[str, datetime] = {}
    for batch in batched(sorted(known), table.READ_BATCH, strict=False):
        erased |= erasures.marks(batch)
    return [record if _may_keep_message(record, known, erased) else _without_message(record) for record in records]


def _row(record: Json) -> Json:
    """The deleted row, in DynamoDB JSON. The record may be malformed."""
    match record:
        case {"dynamodb": {"OldImage": dict(row)}}:
            return row
        case _:
            return {}


def _may_keep_message(record: Json, known: Collection[str], erased: Mapping[str, datetime]) -> bool:
    """Not if nobody knows whose it is, or when it was written."""
    row = _row(record)
    author, requested_at = (row_changes.text_of(row, name) for name in ("freelancer_id", "requested_at"))
    if author not in known:
        return False
    return author not in erased or requested_at > items.stamp(erased[author])


def _without_message(record: Json) -> Json:
    row = {name: value for name, value in _row(record).items() if name != "message"}
    return {**record, "dynamodb": {**record["dynamodb"], "OldImage": row}} if row else record


def read(change: RowChange) -> FeedbackRequest | None:
    """The request whose open row was deleted; None for any other change."""
    if change.event == "REMOVE" and change.sort.startswith(items.OPEN_REQUEST):
        return items.from_open_request_item(change.old)
    return None


def record_removal(request: FeedbackRequest) -> bool:
    """Records a request as expired, after its open row was deleted. False if the request has a closed row already.

    Feedback, the contract's end and the next request write the closed row in the same transaction that deletes the
    open row. So if there is no closed row, the sweep or TTL deleted the open row, and the request has expired. The
    stream may report a deletion more than once; the request is recorded once.

    Raises:
        Unavailable: the table is unavailable.
    """
    return store.record_removed(lifecycle.close(request, "deadline_passed", request.expires_at))
