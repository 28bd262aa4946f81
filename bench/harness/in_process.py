"""The handlers in this process, on DynamoDB Local, with nothing else of AWS around them."""

import contextlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bench import dynamodb
from bench.dynamodb import Database
from mid_job_feedback import aws as service_aws
from mid_job_feedback import observability
from tests import aws
from tests.sdk import Call, Sdk, watch

_ANSWERS = {
    "SendEmail": {"MessageId": "m"},
    "Publish": {"MessageId": "m"},
    "SendMessage": {"MessageId": "m"},
    "GetSecretValue": {"SecretString": json.dumps({"current": "k" * 64})},
}


class _Forgotten(list[Call]):
    """Else a sweep would seem to take the more memory the more calls it makes."""

    def append(self, _: Call) -> None:
        pass


@contextmanager
def running() -> Iterator[tuple[Database, Sdk]]:
    """A table, and the SDK as the handlers see it; every freelancer may request."""
    with dynamodb.running() as database, pytest.MonkeyPatch.context() as patch:
        addresses = {"AWS_ENDPOINT_URL_DYNAMODB": database.address}
        for name, value in {**aws.ENVIRONMENT, **dynamodb.CREDENTIALS, **addresses}.items():
            patch.setenv(name, value)
        aws.forget_processes_past()
        service_aws._session.cache_clear()  # noqa: SLF001 - it has read the environment already
        service_aws.client.cache_clear()
        service_aws.sender.cache_clear()
        aws.set_rollout(patch, aws.Flags())
        for handler in observability.logger.handlers:
            patch.setattr(handler, "stream", io.StringIO())
        sdk = watch(patch)
        sdk.calls = _Forgotten()
        for operation, answer in _ANSWERS.items():
            sdk.instead(operation, lambda *_, answer=answer: answer)
        yield database, sdk


def invoke(function: str, event: dict[str, Any]) -> Any:
    """One call of a handler, its log lines thrown away."""
    with contextlib.redirect_stdout(io.StringIO()):
        return aws.invoke(function, event)
