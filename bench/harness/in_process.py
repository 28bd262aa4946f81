"""The handlers called in this process, on DynamoDB Local; all other AWS services are stubbed."""

import contextlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bench.harness import dynamodb
from bench.harness.dynamodb import Database
from mid_job_feedback import aws as service_aws
from mid_job_feedback import observability
from tests import lambda_runtime
from tests.sdk_interceptor import Call, intercept

_STUBBED_RESPONSES: dict[str, dict[str, Any]] = {
    "SendEmail": {"MessageId": "m"},
    "Publish": {"MessageId": "m"},
    "PutEvents": {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]},
    "SendMessage": {"MessageId": "m"},
    "GetSecretValue": {"SecretString": json.dumps({"current": "k" * 64})},
}


class _NoCalls(list[Call]):
    """Keeps no calls: recording them would count towards the memory measured for a sweep."""

    def append(self, _: Call) -> None:
        pass


@contextmanager
def running() -> Iterator[Database]:
    """Prepare the environment; yields the empty table. Feedback requests are enabled for every freelancer."""
    with dynamodb.running() as database, pytest.MonkeyPatch.context() as patch:
        endpoint = {"AWS_ENDPOINT_URL_DYNAMODB": database.address}
        for name, value in {**lambda_runtime.ENVIRONMENT, **dynamodb.CREDENTIALS, **endpoint}.items():
            patch.setenv(name, value)
        lambda_runtime.cold_start()
        # Session and clients have already read another environment.
        service_aws._session.cache_clear()  # noqa: SLF001
        service_aws.client.cache_clear()
        service_aws.sender.cache_clear()
        lambda_runtime.set_rollout(patch, lambda_runtime.Flags())
        for handler in observability.logger.handlers:
            patch.setattr(handler, "stream", io.StringIO())
        sdk = intercept(patch)
        sdk.calls = _NoCalls()
        for operation, response in _STUBBED_RESPONSES.items():
            sdk.respond(operation, lambda *_, response=response: response)
        yield database


def invoke(function: str, event: dict[str, Any]) -> Any:
    """Call a handler and discard its log lines; returns its response."""
    with contextlib.redirect_stdout(io.StringIO()):
        return lambda_runtime.invoke(function, event)
