"""Every fault that a call to AWS can have, by the kind of call."""

from collections.abc import Callable
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, EndpointConnectionError, ReadTimeoutError

from tests.component.fault_injection import Call, Send
from tests.sdk_interceptor import raise_client_error

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
    """What a call ends in after the SDK's own retries. `race`: a lost race, which the service itself retries."""

    name: str
    misbehave: Callable[[Call, Send], Any]
    race: bool = False


def faults_of(call: Call) -> list[Fault]:
    """All faults that this kind of call can have."""
    service = call.client.meta.service_model.service_name
    found = [_error(code) for code in BUSY.get(service, BUSY_ELSEWHERE)]
    found += [_interrupted(error) for error in (ReadTimeoutError, EndpointConnectionError)]
    found += [Fault("response lost", _response_lost)]
    match call.kind:
        case "TransactWriteItems feedback":  # its token makes the SDK's second try do nothing
            found += [_error("TransactionInProgressException")]
            found += [_cancelled(reason) for reason in BUSY_REASONS]
            found += [_cancelled(reason, race=True) for reason in LOST_RACES]
        case "BatchGetItem feedback":
            found += [Fault("keys left unprocessed", _unprocessed_keys)]
        case "BatchWriteItem feedback":
            found += [_unprocessed_writes(count) for count in (1, 25)]
            found += [_error("TransactionConflictException", race=True)]
        case "UpdateItem feedback" | "PutItem feedback":
            found += [_error("TransactionConflictException", race=True)]
        case "PutEvents events":
            found += [_entry_refused(code) for code in ("ThrottlingException", "InternalFailure")]
    if call.operation not in CHANNELS | {"TransactWriteItems"}:
        found.append(Fault("response lost, then retried by the SDK", _sent_twice))
    return found


def _response_lost(_: Call, send: Send) -> None:
    send()
    raise ReadTimeoutError(endpoint_url=URL)


def _sent_twice(_: Call, send: Send) -> Any:
    send()
    return send()


def _unprocessed_keys(call: Call, _: Send) -> Any:
    return {"Responses": {}, "UnprocessedKeys": call.parameters["RequestItems"]}


def _entry_refused(code: str) -> Fault:
    def misbehave(*_: Any) -> Any:
        return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": "Refused."}]}

    return Fault(f"entry refused: {code}", misbehave)


def _error(code: str, *, race: bool = False) -> Fault:
    return Fault(code, lambda call, _: raise_client_error(call.client, call.operation, code), race)


def _interrupted(error: type[BotoCoreError]) -> Fault:
    def misbehave(*_: Any) -> None:
        raise error(endpoint_url=URL)

    return Fault(error.__name__, misbehave)


def _cancelled(reason: str, *, race: bool = False) -> Fault:
    def misbehave(call: Call, _: Send) -> None:
        reasons: Any = [{"Code": "None"}, {"Code": reason}]
        raise_client_error(
            call.client, call.operation, "TransactionCanceledException", CancellationReasons=reasons
        )

    return Fault(f"cancelled by {reason}", misbehave, race)


def _unprocessed_writes(count: int) -> Fault:
    """The first `count` writes of the batch are left unprocessed; the others are done."""

    def misbehave(call: Call, send: Send) -> Any:
        [(table, writes)] = call.parameters["RequestItems"].items()
        if others := writes[count:]:
            call.parameters["RequestItems"] = {table: others}
            send()
        return {"UnprocessedItems": {table: writes[:count]}}

    return Fault(f"{'the first' if count == 1 else 'all'} left unprocessed", misbehave, race=True)
