"""Expiry: the sweep deletes due requests, as DynamoDB's TTL does, and the stream then records them as expired.

Every read and write compares the deadline with the clock, so a request is expired even before the sweep runs. This
module only makes the rows follow.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import batched
from typing import Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from mid_job_feedback import aws
from mid_job_feedback.domain import lifecycle
from mid_job_feedback.domain.models import FeedbackRequest, Value
from mid_job_feedback.domain.refusals import Cause, Dependency, Unavailable
from mid_job_feedback.storage import items, store, table
from mid_job_feedback.storage.row_changes import RowChange

THREADS: Final = 8
# Milliseconds that recording one removal takes at most if the table does not respond: one call, and some margin.
RECORD_TIME: Final = aws.LONGEST_CALL_MS + 2_000
_TIME_TO_STOP: Final = 5_000  # milliseconds kept for running deletes and for the response

type Batches = Iterator[tuple[items.Item, ...]]


class Swept(Value):
    """How many requests a sweep has deleted."""

    expired: int


class Sweep(NamedTuple):
    """One run of the sweep. `lag_seconds`: how long the longest overdue request had been due; 0 if none was."""

    expired: int
    lag_seconds: int


def sweep(now: datetime, time_left: Callable[[], int], start_next: Callable[[], None]) -> Sweep:
    """Deletes due requests, a batch from each shard in turn, so that a backlog in one shard delays no other.

    If the table responds normally, stops before `time_left` (milliseconds) runs out. If work remains and progress
    was made, calls `start_next` to start the next run; otherwise the schedule does. Two overlapping runs may both
    count the same request.

    Raises:
        Unavailable: the table or `start_next` is unavailable. Finished deletes stay; the next run finds the rest.
    """
    expired = lag_seconds = 0
    shards: list[Batches] = [
        batched(store.due(shard, now), table.BATCH, strict=False) for shard in range(items.DUE_SHARDS)
    ]
    with ThreadPoolExecutor(THREADS) as pool:
        while shards and time_left() >= _TIME_TO_STOP:
            removed = list(pool.map(_remove_next, shards))
            expired += sum(len(batch) for batch in removed)
            lag_seconds = max([lag_seconds, *(_lag(batch, now) for batch in removed if batch)])
            shards = [shard for shard, batch in zip(shards, removed, strict=True) if batch]
    if shards and expired:
        start_next()
    return Sweep(expired, lag_seconds)


def _remove_next(shard: Batches) -> tuple[items.Item, ...]:
    """Deletes the shard's next batch and returns it; empty if there is no further batch."""
    batch = next(shard, ())
    if batch:
        store.remove(batch)
    return batch


def _lag(batch: tuple[items.Item, ...], now: datetime) -> int:
    """Seconds since the deadline of the batch's first row, which is the longest overdue."""
    return int(now.timestamp()) - int(batch[0]["expires_at"]["N"])


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
