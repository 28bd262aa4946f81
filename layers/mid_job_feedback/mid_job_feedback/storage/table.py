"""Calls to the DynamoDB table, with what can go wrong named."""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from mid_job_feedback import aws
from mid_job_feedback.domain.refusals import Unavailable
from mid_job_feedback.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_BUSY: Final = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)
_RACE: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict", "None"})


ATTEMPTS: Final = 8
BATCH: Final = 25  # deletes in one call, DynamoDB's limit
_LONGEST_PAUSE: Final = 0.2  # seconds


class LostRace(Exception):
    """Somebody else changed what this write depends on, between its read and now. Nothing was written."""


class _InTransaction(Exception):
    """A transaction under way holds the item; a moment later it will not."""


def client() -> "DynamoDBClient":
    made: DynamoDBClient = aws.client("dynamodb")
    return made


def get_many(keys: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The items at these keys that exist, read consistently in one call.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    name = settings().table_name
    answer = _call("batch_get_item", RequestItems={name: {"Keys": list(keys), "ConsistentRead": True}})
    if answer["UnprocessedKeys"]:
        raise Unavailable("The table")  # that is how this operation says it was throttled
    found: list[dict[str, Any]] = answer["Responses"].get(name, [])
    return found


def query(**parameters: Any) -> dict[str, Any]:
    """One page of a Query.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    return _call("query", TableName=settings().table_name, **parameters)


def query_all(**parameters: Any) -> Iterator[dict[str, Any]]:
    """The items of a Query, page after page; up to a megabyte of them is one page."""
    page = query(**parameters)
    yield from page["Items"]
    while "LastEvaluatedKey" in page:
        page = query(**parameters, ExclusiveStartKey=page["LastEvaluatedKey"])
        yield from page["Items"]


def transact(writes: Sequence[Mapping[str, Any]]) -> None:
    """All of `writes` or none.

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


def delete_all(keys: Sequence[Mapping[str, Any]]) -> None:
    """At most `BATCH` unconditional deletes in one call; what a transaction is just changing is tried again.

    Raises:
        Unavailable: the table is throttled or out of reach, for all of them or for some; the others are done.
    """
    left = {settings().table_name: [{"DeleteRequest": {"Key": key}} for key in keys]}
    for attempt in range(ATTEMPTS):
        with suppress(_InTransaction):
            left = _call("batch_write_item", RequestItems=left)["UnprocessedItems"]
        if not left:
            return
        pause(attempt)
    raise Unavailable("The table")


def pause(attempt: int) -> None:
    """Spreads out those who collided. Chance is wanted here, not secrecy."""
    time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.01 * 2**attempt)))  # noqa: S311


def _write(operation: str, **parameters: Any) -> None:
    for attempt in range(ATTEMPTS):
        try:
            _call(operation, TableName=settings().table_name, **parameters)
        except _InTransaction:
            pause(attempt)
        else:
            return
    raise Unavailable("The table")


def _call(operation: str, **parameters: Any) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = getattr(client(), operation)(**parameters)
    except ClientError as error:
        raise _named(error) from error
    except BotoCoreError as error:  # no connection, or no answer in time
        raise Unavailable("The table") from error
    return answer


def _named(error: ClientError) -> Exception:
    code = error.response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        return LostRace(code)
    if code == "TransactionConflictException":
        return _InTransaction(code)
    if code == "TransactionCanceledException":
        reasons = {reason["Code"] for reason in error.response.get("CancellationReasons", [])}
        if reasons & _BUSY:
            return Unavailable("The table")
        return LostRace(", ".join(sorted(reasons))) if reasons <= _RACE else error
    return Unavailable("The table") if code in _BUSY or _is_servers_fault(error) else error


def _is_servers_fault(error: ClientError) -> bool:
    """What stands before DynamoDB may fail as well: then the code is not one of DynamoDB's."""
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= HTTPStatus.INTERNAL_SERVER_ERROR
