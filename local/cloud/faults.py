"""Faults: calls of the functions to a dependency fail, for the next calls or until it is mended.

AWS has nothing like it. Faults are set at /_local/faults (controls.py). Only calls of functions fail, never
those of tools and deployments. Functions are recognized by the session token of their execution role. They have
one on AWS, too; ministack gives them none.

Each HTTP request counts, and so does each retry of the SDK. For example, one failing read of the table counts
three times, since this service lets the SDK try three times.

Functions cache the signing key for minutes. So when it is made to fail, each running process is replaced before
its next invocation.
"""

import functools
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final, assert_never
from weakref import WeakSet

from ministack import app
from ministack.core import lambda_runtime
from ministack.core.responses import error_response_json
from ministack.services import lambda_svc, ses_v2, sns

type Response = tuple[int, dict[str, Any], bytes]
type Handle = Callable[..., Awaitable[Response | None]]

SIGNED_FOR: Final = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request")
SESSION_TOKEN: Final = "session-of-a-function"  # noqa: S105 - unless ministack makes one, with AUTH=true


class Dependency(StrEnum):
    SES = "ses"
    SNS = "sns"
    BUS = "bus"
    TABLE = "table"
    SIGNING_KEY = "signing_key"


@dataclass
class Fault:
    """`calls_left`: None until it is mended."""

    calls_left: int | None
    failed: int = 0


SERVICES: Final = {
    "ses": Dependency.SES,
    "sns": Dependency.SNS,
    "events": Dependency.BUS,
    "dynamodb": Dependency.TABLE,
    "secretsmanager": Dependency.SIGNING_KEY,
}
faults: Final[dict[Dependency, Fault]] = {}
_session_tokens: Final = {SESSION_TOKEN}
_with_cached_key: Final = WeakSet[Any]()  # worker processes


def apply() -> None:
    app._handle_post_body_shortcuts = _failing(app._handle_post_body_shortcuts)
    lambda_runtime.execution_credentials = _with_session_token(lambda_runtime.execution_credentials)
    lambda_svc.acquire_worker = _without_cached_key(lambda_svc.acquire_worker)


def break_dependency(dependency: Dependency, calls: int | None) -> None:
    """Let the next `calls` fail; None: all, until it is mended."""
    faults[dependency] = Fault(calls)
    if dependency is Dependency.SIGNING_KEY:
        with lambda_runtime._lock:
            _with_cached_key.update(worker for workers in lambda_runtime._workers.values() for worker in workers)


def mend(dependency: Dependency) -> None:
    faults.pop(dependency, None)


def _failing(handle: Handle) -> Handle:
    @functools.wraps(handle)
    async def handle_or_fail(method: str, path: str, headers: dict[str, str], *request: Any) -> Response | None:
        if headers.get("x-amz-security-token") in _session_tokens:
            signed_for = SIGNED_FOR.search(headers.get("authorization", ""))
            dependency = SERVICES.get(signed_for[1]) if signed_for else None
            if dependency in faults:
                return _failed(dependency)
        return await handle(method, path, headers, *request)

    return handle_or_fail


def _failed(dependency: Dependency) -> Response:
    fault = faults[dependency]
    fault.failed += 1
    if fault.calls_left is not None:
        fault.calls_left -= 1
        if fault.calls_left == 0:
            mend(dependency)
    return _error(dependency)


def _error(dependency: Dependency) -> Response:
    """What the service answers when it fails itself. SDKs retry all of these."""
    message = "The local cloud lets this call fail."
    response: Response
    match dependency:
        case Dependency.SES:
            response = ses_v2._json_err("ServiceUnavailable", message, HTTPStatus.SERVICE_UNAVAILABLE)
        case Dependency.SNS:
            response = sns._error("InternalError", message, HTTPStatus.INTERNAL_SERVER_ERROR)
        case Dependency.BUS:
            response = _json_error("InternalException", message)
        case Dependency.TABLE:
            response = _json_error("InternalServerError", message)
        case Dependency.SIGNING_KEY:
            response = _json_error("InternalServiceError", message)
        case unexpected:
            assert_never(unexpected)
    return response


def _json_error(code: str, message: str) -> Response:
    response: Response = error_response_json(code, message, HTTPStatus.INTERNAL_SERVER_ERROR)
    return response


def _with_session_token(credentials_of: Callable[..., dict[str, str]]) -> Callable[..., dict[str, str]]:
    @functools.wraps(credentials_of)
    def credentials_with_session_token(function: Any) -> dict[str, str]:
        credentials = credentials_of(function)
        token = credentials["AWS_SESSION_TOKEN"] or SESSION_TOKEN
        _session_tokens.add(token)
        return {**credentials, "AWS_SESSION_TOKEN": token}

    return credentials_with_session_token


def _without_cached_key(acquire: Callable[..., tuple[Any, str]]) -> Callable[..., tuple[Any, str]]:
    @functools.wraps(acquire)
    def acquire_without_cached_key(*function: Any, **options: Any) -> tuple[Any, str]:
        worker, origin = acquire(*function, **options)
        if worker in _with_cached_key:
            _with_cached_key.discard(worker)
            lambda_runtime.kill_workers([worker])  # its next invocation starts a new process
        return worker, origin

    return acquire_without_cached_key
