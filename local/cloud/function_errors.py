"""If a function fails, an HTTP API answers 500 and does not reveal the exception.

ministack answers 502 with the text of the exception.
"""

import functools
import json
from collections.abc import Callable
from typing import Any

from ministack.services import lambda_svc

type Json = dict[str, Any]
type ToResponse = Callable[[Json], tuple[Json | None, str | None]]

INTERNAL_SERVER_ERROR = {
    "statusCode": 500,
    "headers": {"Content-Type": "application/json"},
    "body": json.dumps({"message": "Internal Server Error"}),
}


def apply() -> None:
    lambda_svc.lambda_execute_result_to_api_proxy_response = _without_exception(
        lambda_svc.lambda_execute_result_to_api_proxy_response
    )


def _without_exception(to_response: ToResponse) -> ToResponse:
    @functools.wraps(to_response)
    def to_response_without_exception(result: Json) -> tuple[Json | None, str | None]:
        if result.get("error") and not result.get("throttle"):
            return INTERNAL_SERVER_ERROR, None
        return to_response(result)

    return to_response_without_exception
