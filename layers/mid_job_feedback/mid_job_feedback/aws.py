"""The SDK: one session and its clients, how long a call may take, and what its errors mean.

Clients share the session's loader, so each further client costs nearly nothing. The session is botocore's own:
boto3's would add resources and a transfer manager, which nothing here uses.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from threading import Lock
from typing import Any, Final

from botocore import __version__
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import JSONParser, ResponseParserFactory
from botocore.session import Session
from pydantic_core import from_json

from mid_job_feedback.domain.refusals import Cause, Dependency, Unavailable

# Precomputed: botocore rebuilds the User-Agent twice per call, a tenth of the call's work.
_AGENT: Final = f"Botocore/{__version__} mid-job-feedback"
# Three attempts of at most three seconds, and the backoff between them, end well before the function's timeout, so
# that the function itself can still respond with 503.
_RETRYING: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 3},  # `max_attempts` would not count the first one
    connect_timeout=1,
    read_timeout=2,
    max_pool_connections=32,
    tcp_keepalive=True,
    parameter_validation=False,  # a tenth of a call's work, and AWS validates them anyway
    user_agent=_AGENT,
)
# One attempt: a message whose response is late may have been sent. The SDK would send it again at once; the retry
# queue waits five minutes.
_SENDING: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=2,
    read_timeout=10,
    user_agent=_AGENT,
)

# How long a call can take if AWS never responds: all attempts, with the backoff between them.
LONGEST_CALL_MS: Final = 12_000
LONGEST_SEND_MS: Final = 12_000

THROTTLED: Final = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttled",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
SENDING_PAUSED: Final = frozenset({"AccountSuspendedException", "SendingPausedException"})
SERVER_ERRORS: Final = frozenset(
    {
        "InternalException",  # EventBridge's, of a call
        "InternalFailure",  # and of one entry
        "InternalServerError",
        "ServiceException",
        "ServiceUnavailable",
    }
)

_making: Final = Lock()


class UnreadableResponse(HTTPClientError):
    """The response is truncated, or it is not JSON because it comes from a proxy in front of DynamoDB."""

    fmt = "the response is not JSON"


class _RawJsonParser(JSONParser):
    """Returns DynamoDB's responses as plain JSON. Botocore would look up every value of every row in its model.

    The model matters only for binary values and for the dates of a table description; neither is ever read here.
    """

    def _do_parse(self, response: Any, shape: Any) -> dict[str, Any]:
        if shape is None:
            return {}
        try:
            parsed: dict[str, Any] = from_json(response["body"] or b"{}")
        except ValueError as broken:
            raise UnreadableResponse from broken
        parsed["ResponseMetadata"] = {"RequestId": response["headers"].get("x-amzn-requestid", "")}
        return parsed


class _RawJsonParserFactory(ResponseParserFactory):
    def create_parser(self, protocol_name: str) -> Any:
        return _RawJsonParser() if protocol_name == "json" else super().create_parser(protocol_name)


@cache
def _session() -> Session:
    return Session()


@cache
def client(service: str) -> Any:
    """A client for calls that may be repeated: three short attempts."""
    return _client(service, _RETRYING)


@cache
def sender(service: str) -> Any:
    """A client for sending e-mails and Dash messages: one attempt, with a longer timeout, on a new connection.

    Lambda freezes the process between invocations. Meanwhile the other side may drop an idle connection, and the
    next call on it fails. A client that retries opens another connection at once; this one does not retry.
    """
    made = _client(service, _SENDING)
    made.meta.events.register("before-send", lambda **_: made.close())  # closes connections; the client lives on
    return made


@contextmanager
def calling(dependency: Dependency, operation: str) -> Iterator[None]:
    """Translates the SDK's errors of the call inside into `Unavailable`, with its cause."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Unavailable(dependency, operation, cause_of(error)) from error


def operation(method: str) -> str:
    """The API operation of a client's method: `batch_get_item` is `BatchGetItem`."""
    return method.title().replace("_", "")


def error_code(error: BaseException) -> str | None:
    """The code of an error that the service returned; None for all others."""
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else None


def cause_of(error: BaseException) -> Cause:
    """Why a call failed. Looks through wrappers such as those of Powertools to the SDK's own error."""
    match error:
        case BotoCoreError():
            return _cause_of_no_response(error)
        case ClientError():
            return _cause_of_code(error)
        case _ if error.__cause__:
            return cause_of(error.__cause__)
        case _:
            return Cause.INVALID


def _cause_of_no_response(error: BotoCoreError) -> Cause:
    match error:
        case ConnectTimeoutError() | ReadTimeoutError():
            return Cause.TIMED_OUT
        case UnreadableResponse():
            return Cause.SERVER_ERROR
        case NoCredentialsError() | PartialCredentialsError():
            return Cause.REJECTED
        case _:
            return Cause.NO_CONNECTION


def _cause_of_code(error: ClientError) -> Cause:
    """Classifies by error code; by HTTP status for errors of a proxy in front of AWS, which have no AWS code."""
    code, status = error_code(error), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in SENDING_PAUSED:
        return Cause.SENDING_PAUSED
    if _is_over_daily_quota(error):
        return Cause.DAILY_QUOTA
    if code in THROTTLED or status == HTTPStatus.TOO_MANY_REQUESTS:
        return Cause.THROTTLED
    if code in SERVER_ERRORS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Cause.SERVER_ERROR
    return Cause.REJECTED


def _is_over_daily_quota(error: ClientError) -> bool:
    """Whether SES refused an e-mail because of its quota for 24 hours, rather than its rate per second.

    AWS documents one code for both, with the messages "Daily message quota exceeded" and "Maximum sending rate
    exceeded". For sending, LimitExceededException of SES's API v2 can only mean the quota.
    """
    if error.operation_name != "SendEmail":
        return False
    code = error_code(error)
    return code == "LimitExceededException" or (
        code in THROTTLED and "quota" in error.response["Error"].get("Message", "").lower()
    )


def _client(service: str, config: Config) -> Any:
    make: Any = _session().create_client  # typed Any: its overloads accept only literal service names
    parsers = _RawJsonParserFactory() if service == "dynamodb" else ResponseParserFactory()
    with _making:
        _session().register_component("response_parser_factory", parsers)
        return make(service, config=config)
