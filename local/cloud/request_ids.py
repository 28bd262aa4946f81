"""Each HTTP API call has one id, in the event as `requestContext.requestId` and in the header `apigw-requestid`.

ministack generates a UUID for the event and an unrelated id for the header.
"""

import base64
import contextvars
import functools
import os
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.services import apigateway

type Json = dict[str, Any]
type Response = tuple[int, dict[str, Any], bytes]

_request_id = contextvars.ContextVar[str]("request_id")


def apply() -> None:
    apigateway.handle_execute = _with_request_id_header(apigateway.handle_execute)
    apigateway.run_reentrant = _with_request_id_in_event(apigateway.run_reentrant)


def _with_request_id_header(execute: Callable[..., Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
    @functools.wraps(execute)
    async def execute_with_request_id(*arguments: Any, **options: Any) -> Response:
        request_id = base64.b64encode(os.urandom(11)).decode()  # 16 characters, as on AWS
        _request_id.set(request_id)
        status, headers, body = await execute(*arguments, **options)
        headers = {name: value for name, value in headers.items() if name.lower() != "apigw-requestid"}
        return status, {**headers, "apigw-requestid": request_id}, body

    return execute_with_request_id


def _with_request_id_in_event(run: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Wraps what invokes functions for HTTP and WebSocket APIs; the latter have no header."""

    @functools.wraps(run)
    async def run_with_request_id(invoke: Any, function: Any, event: Json, **options: Any) -> Any:
        if request_id := _request_id.get(None):
            event["requestContext"]["requestId"] = request_id
        return await run(invoke, function, event, **options)

    return run_with_request_id
