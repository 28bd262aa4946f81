"""HTTP APIs with CORS rules ignore the CORS headers that a function returns, and set their own.

ministack sends both, so that a browser sees two `Access-Control-Allow-Origin` headers and blocks the page.
"""

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.services import apigateway

type Response = tuple[int, dict[str, Any], bytes]
type Invoke = Callable[..., Awaitable[Response]]


def apply() -> None:
    apigateway._invoke_lambda_proxy = _without_cors_headers(apigateway._invoke_lambda_proxy)


def _without_cors_headers(invoke: Invoke) -> Invoke:
    @functools.wraps(invoke)
    async def invoke_without_cors_headers(
        integration: Any, api_id: str, *arguments: Any, **options: Any
    ) -> Response:
        status, headers, body = await invoke(integration, api_id, *arguments, **options)
        if apigateway._apis[api_id].get("corsConfiguration"):
            headers = {k: v for k, v in headers.items() if not k.lower().startswith("access-control-")}
        return status, headers, body

    return invoke_without_cors_headers
