"""Functions that schedules and rules invoke are retried if they fail, then reported to the OnFailure destination.

ministack invokes them once and ignores failures.
"""

import json

from ministack.services import eventbridge, lambda_svc


def apply() -> None:
    eventbridge._dispatch_to_lambda = _invoke_asynchronously


def _invoke_asynchronously(function_arn: str, payload: str) -> None:
    function, config, _name = lambda_svc._get_func_record_for_ref(function_arn)
    invoked = lambda_svc._execution_record_for_config(function, config)
    lambda_svc.invoke_async_with_retry(invoked, json.loads(payload))
