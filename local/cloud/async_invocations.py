"""Functions that schedules, rules and topics invoke are retried if they fail, then reported to the OnFailure
destination.

ministack invokes them once and ignores failures.
"""

import json
from typing import Any

from ministack.services import eventbridge, lambda_svc, sns


def apply() -> None:
    eventbridge._dispatch_to_lambda = _invoke_asynchronously
    sns._deliver_to_lambda = _deliver_asynchronously


def _invoke_asynchronously(function_arn: str, payload: str) -> None:
    function, config, _name = lambda_svc._get_func_record_for_ref(function_arn)
    invoked = lambda_svc._execution_record_for_config(function, config)
    lambda_svc.invoke_async_with_retry(invoked, json.loads(payload))


def _deliver_asynchronously(
    function_arn: str, envelope: str, _topic_arn: str, subscription_arn: str, *_message: Any
) -> None:
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription_arn,
        "Sns": json.loads(envelope),
    }
    _invoke_asynchronously(function_arn, json.dumps({"Records": [record]}))
