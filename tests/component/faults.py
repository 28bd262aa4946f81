"""What can go wrong with a call to AWS, by the kind of call."""

from collections.abc import Callable
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, EndpointConnectionError, ReadTimeoutError

from tests.component.seam import Call, Send
from tests.sdk import fail

URL = "https://aws.example.com"
CHANNELS = {"SendEmail", "Publish"}
BUSY = {
    "dynamodb": [
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "InternalServerError",
        "ServiceUnavailable",
    ],
    "lambda": ["TooManyRequestsException", "ServiceException"],
}
BUSY_ELSEWHERE = ["ThrottlingException", "InternalServerError"]
BUSY_REASONS = ["ThrottlingError", "ProvisionedThroughputExceeded"]
LOST_RACES = ["TransactionConflict", "ConditionalCheckFailed"]


class Fault(NamedTuple):
    """What the SDK says once it has tried enough. `race`: then we try again ourselves."""

    name: str
    happen: Callable[[Call, Send], Any]
    race: bool = False


def faults_of(call: Call) -> list[Fault]:
    """All there are for this kind of call."""
    service = call.client.meta.service_model.service_name
    found = [_refused(code) for code in BUSY.get(service, BUSY_ELSEWHERE)]
    found += [_interrupted(error) for error in (ReadTimeoutError, EndpointConnectionError)]
    found += [Fault("answer lost", _answer_lost)]
    match call.kind:
        case "TransactWriteItems feedback":  # its token makes sure that the SDK's second try does nothing
            found += [_refused("TransactionInProgressException")]
            found += [_cancelled(reason) for reason in BUSY_REASONS]
            found += [_cancelled(reason, race=True) for reason in LOST_RACES]
        case "BatchGetItem feedback":
            found += [Fault("keys left unprocessed", _unprocessed)]
        case "BatchWriteItem feedback":
            found += [_left_over(some) for some in (1, 25)]
            found += [_refused("TransactionConflictException", race=True)]
        case "UpdateItem feedback" | "PutItem feedback":
            found += [_refused("TransactionConflictException", race=True)]
    if call.operation not in CHANNELS | {"TransactWriteItems"}:
        found.append(Fault("answer lost, and tried again by the SDK", _sent_twice))
    return found


def _answer_lost(_: Call, send: Send) -> None:
    send()
    raise ReadTimeoutError(endpoint_url=URL)


def _sent_twice(_: Call, send: Send) -> Any:
    send()
    return send()


def _unprocessed(call: Call, _: Send) -> Any:
    return {"Responses": {}, "UnprocessedKeys": call.parameters["RequestItems"]}


def _refused(code: str, *, race: bool = False) -> Fault:
    return Fault(code, lambda call, _: fail(call.client, call.operation, code), race)


def _interrupted(error: type[BotoCoreError]) -> Fault:
    def happen(*_: Any) -> None:
        raise error(endpoint_url=URL)

    return Fault(error.__name__, happen)


def _cancelled(reason: str, *, race: bool = False) -> Fault:
    def happen(call: Call, _: Send) -> None:
        reasons: Any = [{"Code": "None"}, {"Code": reason}]
        fail(call.client, call.operation, "TransactionCanceledException", CancellationReasons=reasons)

    return Fault(f"cancelled by {reason}", happen, race)


def _left_over(some: int) -> Fault:
    """So many of the batch are not done; the others are."""

    def happen(call: Call, send: Send) -> Any:
        [(table, writes)] = call.parameters["RequestItems"].items()
        if others := writes[some:]:
            call.parameters["RequestItems"] = {table: others}
            send()
        return {"UnprocessedItems": {table: writes[:some]}}

    return Fault(f"{'the first' if some == 1 else 'all'} left unprocessed", happen, race=True)
