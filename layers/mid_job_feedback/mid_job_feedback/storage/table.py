"""Calls to the DynamoDB table, with its errors translated: a lost race, or a table that is unavailable."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from mid_job_feedback import aws
from mid_job_feedback.domain.refusals import Cause, Dependency, Unavailable
from mid_job_feedback.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

# Cancellation reasons of a transaction that lost a race; "None" stands for its writes that were fine.
_RACE: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict", "None"})
ATTEMPTS: Final = 8
BATCH: Final = 25  # DynamoDB's limit of writes in one BatchWriteItem
READ_BATCH: Final = 100  # DynamoDB's limit of items in one BatchGetItem
_LONGEST_PAUSE: Final = 0.2  # seconds


class LostRace(Exception):
    """A condition of this write no longer holds: the rows changed after they were read. Nothing was written."""


class _InTransaction(Exception):
    """The item is part of another transaction that is still running. The write can be retried shortly."""


def client() -> "DynamoDBClient":
    made: DynamoDBClient = aws.client("dynamodb")
    return made


def get_many(keys: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The existing items among these keys, read consistently in one call.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    name = settings().table_name
    response = _call("batch_get_item", RequestItems={name: {"Keys": list(keys), "ConsistentRead": True}})
    if response["UnprocessedKeys"]:
        raise Unavailable(Dependency.TABLE, "BatchGetItem", Cause.THROTTLED)  # it reports throttling this way
    found: list[dict[str, Any]] = response["Responses"].get(name, [])
    return found


def query(**parameters: Any) -> dict[str, Any]:
    """One page of a Query.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    return _call("query", TableName=settings().table_name, **parameters)


def query_all(**parameters: Any) -> Iterator[dict[str, Any]]:
    """All items of a Query, read page by page; a page holds up to one megabyte.

    Raises:
        Unavailable: as `query`; some items may have been returned already.
    """
    page = query(**parameters)
    yield from page["Items"]
    while "LastEvaluatedKey" in page:
        page = query(**parameters, ExclusiveStartKey=page["LastEvaluatedKey"])
        yield from page["Items"]


def transact(writes: Sequence[Mapping[str, Any]]) -> None:
    """Commits all of `writes` or none.

    Raises:
        LostRace: a condition did not hold, or another transaction was faster.
        Unavailable: the table is throttled or out of reach.
    """
    name = settings().table_name
    named = [{verb: {"TableName": name, **write} for verb, write in item.items()} for item in writes]
    _call("transact_write_items", TransactItems=named)


def put(**parameters: Any) -> None:
    """A single conditional put.

    Raises:
        LostRace: its condition did not hold.
        Unavailable: the table is throttled or out of reach.
    """
    _write("put_item", **parameters)


def update(**parameters: Any) -> None:
    """A single conditional update; raises as `put` does."""
    _write("update_item", **parameters)


def retried[Result](read_and_write: Callable[[], Result], operation: str) -> Result:
    """Optimistic locking: repeats a read and a write after a lost race (bounded retries, with backoff).

    Raises:
        Unavailable: the race was lost too many times.
    """
    for attempt in range(ATTEMPTS):
        try:
            return read_and_write()
        except LostRace:
            pause(attempt)
    raise Unavailable(Dependency.TABLE, operation, Cause.LOST_RACE)


def delete_all(keys: Sequence[Mapping[str, Any]]) -> None:
    """Deletes at most `BATCH` items in one call, unconditionally. Retries those that a transaction holds.

    Raises:
        Unavailable: the table is throttled or out of reach. Some items may be deleted already.
    """
    left = {settings().table_name: [{"DeleteRequest": {"Key": key}} for key in keys]}
    cause: Cause = Cause.THROTTLED
    for attempt in range(ATTEMPTS):
        try:
            left = _call("batch_write_item", RequestItems=left)["UnprocessedItems"]
            cause = Cause.THROTTLED  # what is left was throttled
        except _InTransaction:
            cause = Cause.LOST_RACE
        if not left:
            return
        pause(attempt)
    raise Unavailable(Dependency.TABLE, "BatchWriteItem", cause)


def pause(attempt: int) -> None:
    """Exponential backoff with full jitter. The random number is not security-sensitive."""
    time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.01 * 2**attempt)))  # noqa: S311


def _write(operation: str, **parameters: Any) -> None:
    for attempt in range(ATTEMPTS):
        try:
            _call(operation, TableName=settings().table_name, **parameters)
        except _InTransaction:
            pause(attempt)
        else:
            return
    raise Unavailable(Dependency.TABLE, aws.operation(operation), Cause.LOST_RACE)


def _call(operation: str, **parameters: Any) -> dict[str, Any]:
    try:
        response: dict[str, Any] = getattr(client(), operation)(**parameters)
    except (ClientError, BotoCoreError) as error:
        raise _translated(error, aws.operation(operation)) from error
    return response


def _translated(error: ClientError | BotoCoreError, operation: str) -> Exception:
    """What an error of the SDK means. A call that DynamoDB rejected is a defect and stays as it is."""
    reasons = _cancellation_reasons(error)
    match aws.error_code(error):
        case "ConditionalCheckFailedException" as code:
            return LostRace(code)
        case "TransactionConflictException" as code:
            return _InTransaction(code)
        case "TransactionCanceledException" if reasons and reasons <= _RACE:
            return LostRace(", ".join(sorted(reasons)))
        case "TransactionCanceledException" if reasons & aws.THROTTLED:
            return Unavailable(Dependency.TABLE, operation, Cause.THROTTLED)
        case "TransactionCanceledException" if reasons & aws.SERVER_ERRORS:
            return Unavailable(Dependency.TABLE, operation, Cause.SERVER_ERROR)
    cause = aws.cause_of(error)
    return error if cause is Cause.REJECTED else Unavailable(Dependency.TABLE, operation, cause)


def _cancellation_reasons(error: ClientError | BotoCoreError) -> set[str]:
    response: Mapping[str, Any] = error.response if isinstance(error, ClientError) else {}
    return {reason["Code"] for reason in response.get("CancellationReasons", [])}
