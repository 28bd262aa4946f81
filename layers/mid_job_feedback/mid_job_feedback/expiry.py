"""Closes requests past their deadline: those the sweep finds, and those TTL has removed already.

That a request has expired is decided by its deadline at every read and write; here it is only recorded.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from mid_job_feedback import items, lifecycle, store
from mid_job_feedback.models import FeedbackRequest, Value

_TIME_TO_STOP: Final = 5_000  # milliseconds kept for what is under way and for the answer


class Swept(Value):
    expired: int


def sweep(now: datetime, time_left: Callable[[], int]) -> Swept:
    """Expires what is due, each shard of the index on its own so that a backlog in one starves no other.

    Stops in time and leaves the rest to the next run. `time_left` in milliseconds.

    Raises:
        Unavailable: the table is busy; what is done stays done, the next run finds the rest.
    """
    with ThreadPoolExecutor(items.DUE_SHARDS) as pool:
        shards = pool.map(lambda shard: _sweep_shard(shard, now, time_left), range(items.DUE_SHARDS))
        return Swept(expired=sum(shards))


def _sweep_shard(shard: int, now: datetime, time_left: Callable[[], int]) -> int:
    expired = 0
    for request in store.due(shard, now):
        if time_left() < _TIME_TO_STOP:
            break
        expired += store.expire(lifecycle.close(request, "deadline_passed", now))
    return expired


def record_removal(record: DynamoDBRecord) -> FeedbackRequest:
    """Records the end of a request whose row TTL has removed; once, however often the record comes."""
    image = record.dynamodb.old_image if record.dynamodb else {}
    request = items.from_open_request_item(image)
    closed = lifecycle.close(request, "deadline_passed", request.expires_at)  # TTL removes only what is past it
    store.record_removed(closed)
    return closed
