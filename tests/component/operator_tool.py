"""The operator's tool in this process: its AWS is moto, and its API and functions are the handlers themselves."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BytesIO
from typing import Any

import boto3
import httpx
import pytest
from typer.testing import CliRunner

from cli import queues, signed_calls, stacks
from cli.__main__ import app
from cli.stacks import Stack
from mid_job_feedback import rollout
from mid_job_feedback.aws import client
from tests import lambda_runtime
from tests.component.http_calls import HttpResponse, call

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
    "ModerateFunctionName": "moderate",
    "PrivacyFunctionName": "privacy",
    "IngestFunctionName": "ingest-function",
    "NotifyFunctionName": "notify-function",
    "ExpireFunctionName": "expire-function",
}
REGION = "eu-west-1"


class Functions:
    """Lambda: invocations run the handler, or return what a test has set, in turn."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.invoked: list[Any] = []
        self.not_reading: set[str] = set()  # the stream

    def get_function_configuration(self, FunctionName: str, Qualifier: str) -> dict[str, Any]:  # noqa: N803
        assert (FunctionName, Qualifier) == ("list", "live")
        return {"Environment": {"Variables": lambda_runtime.ENVIRONMENT}}

    def list_event_source_mappings(self, EventSourceArn: str) -> dict[str, Any]:  # noqa: N803
        assert ":table/feedback/stream/" in EventSourceArn
        functions = [OUTPUTS[f"{name}FunctionName"] for name in ("Expire", "Notify")]
        return {
            "EventSourceMappings": [
                {
                    "FunctionArn": f"arn:aws:lambda:eu-west-1:123456789012:function:{name}:live",
                    "State": "Disabled" if name in self.not_reading else "Enabled",
                }
                for name in functions
            ]
        }

    def invoke(self, FunctionName: str, Qualifier: str, Payload: str) -> dict[str, Any]:  # noqa: N803
        assert Qualifier == "live"
        self.invoked.append(json.loads(Payload))
        if self.answers:
            answer = self.answers.pop(0)
            error = {"FunctionError": "Unhandled"} if "errorMessage" in answer else {}
            return {"Payload": BytesIO(json.dumps(answer).encode()), **error}
        with redirect_stdout(sys.__stderr__):  # metrics, which are no answers of the tool
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
    """`clients`: what stands for services that moto lacks."""

    clients: dict[str, Any]

    def client(self, service: str) -> Any:
        return self.clients.get(service) or _sdk_client(service)


def _called(request: httpx.Request) -> HttpResponse:
    if (request.method, request.url.path) == ("GET", "/reports"):
        return call("moderate-open-reports", query=dict(request.url.params))
    _, _, contract_id, _, feedback_id, _ = request.url.raw_path.decode().split("/")
    body = json.loads(request.content)
    return call("moderate-decision", body=body, contract_id=contract_id, feedback_id=feedback_id)


@dataclass
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@contextmanager
def empty_queues(tool: "OperatorTool") -> Iterator[None]:
    """All queues of the stack, which no function reads."""
    sqs, urls = client("sqs"), {}
    for queue in queues.QUEUES:
        found = sqs.create_queue(QueueName=queue, Attributes={"VisibilityTimeout": "300"})
        urls[f"{queue.title().replace('_', '')}QueueUrl"] = found["QueueUrl"]
    tool.outputs.update(urls)
    yield
    for url in urls.values():
        sqs.delete_queue(QueueUrl=url)


class OperatorTool:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.outputs = dict(OUTPUTS)
        self.parameters: dict[str, str] = {}
        session = boto3.Session("test", "test", region_name=REGION)
        self.log, self.functions = FunctionsLog(), Functions()
        self.clients = {"lambda": self.functions, "appconfigdata": RolloutFlags(), "logs": self.log}
        self.stack = InProcessStack("in-process", session, None, self.outputs, self.parameters, self.clients)
        self.places: list[stacks.Place] = []
        monkeypatch.setattr(stacks, "find", self._find)
        monkeypatch.setattr(
            signed_calls, "_http", lambda _: httpx.Client(transport=httpx.MockTransport(self._answer))
        )

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

    def _find(self, place: stacks.Place) -> Stack:
        self.places.append(place)
        return self.stack

    def _answer(self, request: httpx.Request) -> httpx.Response:
        """Answers a signed call with the handler of its route."""
        assert request.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=test/")
        with redirect_stdout(sys.__stderr__):
            answer = _called(request)
        return httpx.Response(answer.status, headers=answer.headers, text=answer.text)
