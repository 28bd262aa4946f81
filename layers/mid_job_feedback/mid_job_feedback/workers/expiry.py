"""Closes requests past their deadline: the sweep removes them, as DynamoDB's TTL does, and the end of what the
stream says was removed is recorded.

That a request has expired is decided by its deadline at every read and write; here it only becomes a row.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import batched
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from mid_job_feedback import aws
from mid_job_feedback.domain import lifecycle
from mid_job_feedback.domain.models import FeedbackRequest, Value
from mid_job_feedback.domain.refusals import Unavailable
from mid_job_feedback.storage import items, store, table
from mid_job_feedback.storage.row_changes import RowChange

THREADS: Final = 8
_TIME_TO_STOP: Final = 5_000  # milliseconds kept for what is under way and for the answer

_LAMBDA_BUSY: Final = frozenset({"ServiceException", "TooManyRequestsException"})

type Batches = Iterator[tuple[items.Item, ...]]


class Swept(Value):
    expired: int


def sweep(now: datetime, time_left: Callable[[], int], go_on: Callable[[], None]) -> Swept:
    """Removes what is due, a batch of each shard of the index in turn, so that a backlog in one starves no other.

    Stops in time and then lets `go_on` start the next run, unless it had no time for anything: then the schedule
    does. `time_left` in milliseconds. What the index still shows though it is gone already is counted once more.

    Raises:
        Unavailable: the table is busy, or `go_on` says so; what is done stays done, the next run finds the rest.
    """
    expired = 0
    shards: list[Batches] = [
        batched(store.due(shard, now), table.BATCH, strict=False) for shard in range(items.DUE_SHARDS)
    ]
    with ThreadPoolExecutor(THREADS) as pool:
        while shards and time_left() >= _TIME_TO_STOP:
            removed = list(pool.map(_remove_next, shards))
            expired += sum(number or 0 for number in removed)
            shards = [shard for shard, number in zip(shards, removed, strict=True) if number is not None]
    if shards and expired:
        go_on()
    return Swept(expired=expired)


def _remove_next(shard: Batches) -> int | None:
    """How many the shard's next batch had; None if it has no further batch."""
    batch = next(shard, None)
    if batch is None:
        return None
    store.remove(batch)
    return len(batch)


def start_next_run(function_arn: str) -> None:
    """Without waiting for it.

    Raises:
        Unavailable: Lambda is busy or out of reach. What is done stays done, and another sweep finds the rest.
    """
    try:
        aws.client("lambda").invoke(FunctionName=function_arn, InvocationType="Event")
    except BotoCoreError as error:
        raise Unavailable("The sweep") from error
    except ClientError as error:
        if error.response["Error"]["Code"] in _LAMBDA_BUSY:
            raise Unavailable("The sweep") from error
        raise


def read(change: RowChange) -> FeedbackRequest | None:
    """The request that a stream record says was removed; None if it says something else."""
    if change.event == "REMOVE" and change.sort.startswith(items.OPEN_REQUEST):
        return items.from_open_request_item(change.old)
    return None


def record_removal(request: FeedbackRequest) -> bool:
    """Records the end of a request whose row is gone, once, whoever removed it and however often it is told.

    An answer, the contract's end and the next request record the end in the transaction that removes the row. So
    what has no such record was removed because it was due, by TTL or by the sweep. False if it is recorded.

    Raises:
        Unavailable: the table is busy.
    """
    return store.record_removed(lifecycle.close(request, "deadline_passed", request.expires_at))
