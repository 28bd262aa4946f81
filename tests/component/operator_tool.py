"""The operator's tool in this process: its AWS is moto, and its API and functions are the handlers themselves."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BytesIO
from typing import Any

import boto3
import httpx
import pytest
from typer.testing import CliRunner

from cli import signed_calls, stacks
from cli.__main__ import app
from cli.stacks import Stack
from mid_job_feedback import rollout
from tests import lambda_runtime

OUTPUTS = {
    "ApiUrl": "https://feedback.example.com",
    "SignedCallsUrl": "https://feedback.example.com",
    "TableName": "feedback",
    "IdempotencyTableName": "idempotency",
    "EventBusName": "marketplace",
    "EventSource": "marketplace.contracts",
    "LinkKeySecret": "link-key",
    "FunctionsLogGroup": "functions",
    "ListFunctionName": "list",
    "IngestFunctionName": "ingest-function",
    "NotifyFunctionName": "notify-function",
    "ExpireFunctionName": "expire-function",
}
REGION = "eu-west-1"


class Functions:
    """Lambda: invocations run the handler."""

    def get_function_configuration(self, FunctionName: str, Qualifier: str) -> dict[str, Any]:  # noqa: N803
        assert (FunctionName, Qualifier) == ("list", "live")
        return {"Environment": {"Variables": lambda_runtime.ENVIRONMENT}}

    def invoke(self, FunctionName: str, Qualifier: str, Payload: str) -> dict[str, Any]:  # noqa: N803
        assert Qualifier == "live"
        answer = lambda_runtime.invoke(FunctionName, json.loads(Payload))
        return {"Payload": BytesIO(json.dumps(answer).encode())}


class RolloutFlags:
    """AppConfig: the flags of `lambda_runtime.set_rollout`."""

    def start_configuration_session(self, **_: str) -> dict[str, str]:
        return {"InitialConfigurationToken": "first"}

    def get_latest_configuration(self, ConfigurationToken: str) -> dict[str, Any]:  # noqa: N803
        assert ConfigurationToken == "first"
        flags = rollout._flags()
        assert isinstance(flags, lambda_runtime.Flags)
        return {"Configuration": BytesIO(json.dumps(flags.flags).encode())}


class FunctionsLog:
    """CloudWatch Logs: finds the lines that contain a quoted text, oldest first."""

    def __init__(self) -> None:
        self.events: list[tuple[datetime, str]] = []

    def add(self, at: datetime, **fields: Any) -> None:
        self.events.append((at, json.dumps({"timestamp": at.isoformat(), **fields})))

    def get_paginator(self, operation: str) -> "FunctionsLog":
        assert operation == "filter_log_events"
        return self

    def paginate(self, logGroupName: str, startTime: int, filterPattern: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        assert logGroupName == OUTPUTS["FunctionsLogGroup"]
        found = [
            {"message": message}
            for at, message in sorted(self.events)
            if at.timestamp() * 1000 >= startTime and filterPattern.strip('"') in message
        ]
        yield {"events": []}  # a page may be empty although another follows
        yield {"events": found}


@cache
def _sdk_client(service: str) -> Any:
    """They are slow to make, and have no state."""
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


@dataclass(frozen=True)
class InProcessStack(Stack):
    log: FunctionsLog

    def client(self, service: str) -> Any:
        match service:
            case "lambda":
                return Functions()
            case "appconfigdata":
                return RolloutFlags()
            case "logs":
                return self.log
            case _:
                return _sdk_client(service)


@dataclass
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class OperatorTool:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.outputs = dict(OUTPUTS)
        session = boto3.Session("test", "test", region_name=REGION)
        self.stack = InProcessStack("in-process", session, None, self.outputs, {}, FunctionsLog())
        monkeypatch.setattr(stacks, "find", lambda _: self.stack)
        monkeypatch.setattr(
            signed_calls, "_http", lambda _: httpx.Client(transport=httpx.MockTransport(self._answer))
        )

    @property
    def log(self) -> FunctionsLog:
        return self.stack.log

    def __call__(self, *words: str) -> Answer:
        """Runs a command as a shell would."""
        result = CliRunner(mix_stderr=False).invoke(app, list(words), prog_name="mid-job-feedback")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    def json(self, *words: str) -> Any:
        """The JSON that a command answers."""
        answer = self(*words, "--json")
        assert answer.code == 0, answer.err
        return answer.json

    def _answer(self, request: httpx.Request) -> httpx.Response:
        raise NotImplementedError(request)
