"""A function that fails answers an HTTP API's caller 500, with none of its exception.

ministack answers 502 with the exception's text.
"""

import functools
import json
from collections.abc import Callable
from typing import Any

from ministack.services import lambda_svc

type Json = dict[str, Any]
type Answer = Callable[[Json], tuple[Json | None, str | None]]

INTERNAL_SERVER_ERROR = {
    "statusCode": 500,
    "headers": {"Content-Type": "application/json"},
    "body": json.dumps({"message": "Internal Server Error"}),
}


def apply() -> None:
    lambda_svc.lambda_execute_result_to_api_proxy_response = _discreetly(
        lambda_svc.lambda_execute_result_to_api_proxy_response
    )


def _discreetly(answer: Answer) -> Answer:
    @functools.wraps(answer)
    def answer_discreetly(result: Json) -> tuple[Json | None, str | None]:
        if result.get("error") and not result.get("throttle"):
            return INTERNAL_SERVER_ERROR, None
        return answer(result)

    return answer_discreetly
