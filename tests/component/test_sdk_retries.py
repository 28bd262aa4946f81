"""The SDK's own retries: a few bounded attempts, all within the function's timeout, and then a 503."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from aws_lambda_powertools.shared import user_agent
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, ReadTimeoutError
from moto.core.models import botocore_stubber

from mid_job_feedback import aws as ours
from tests.component.fault_injection import Call, FaultInjector
from tests.component.faults import CHANNELS
from tests.component.http_calls import HttpResponse
from tests.component.marketplace import Marketplace
from tests.component.scenario_runner import ScenarioRunner
from tests.component.scenarios import COMMIT, SCENARIOS, Scenario
from tests.component.table_stream import TableStream
from tests.conftest import Tried
from tests.sdk_interceptor import SdkInterceptor
from tests.template import template
from tests.unit import test_permissions

ATTEMPTS, ONE = 3, 1
ATTEMPTS_BY_KIND = {
    "BatchGetItem feedback": ATTEMPTS,
    "BatchWriteItem feedback": ATTEMPTS,
    "DeleteItem idempotency": ATTEMPTS,
    "GetLatestConfiguration appconfigdata": ATTEMPTS,
    "GetRecords dynamodbstreams": ATTEMPTS,
    "GetSecretValue secretsmanager": ATTEMPTS,
    "GetShardIterator dynamodbstreams": ATTEMPTS,
    "Invoke lambda": ATTEMPTS,
    "Publish sns": ONE,
    "PutEvents events": ATTEMPTS,
    "PutItem feedback": ATTEMPTS,
    "PutItem idempotency": ATTEMPTS,
    "Query feedback": ATTEMPTS,
    "SendEmail sesv2": ONE,
    "SendMessage sqs": ATTEMPTS,
    "StartConfigurationSession appconfigdata": ATTEMPTS,
    "TransactWriteItems feedback": ATTEMPTS,
    "UpdateItem feedback": ATTEMPTS,
    "UpdateItem idempotency": ATTEMPTS,
}
SCENARIOS_WITH_ALL_KINDS = [
    "a request, with a key",
    "feedback by link",
    "a payment",
    "a sweep by hand in several runs",
    "records of all kinds",
    "a record whose messages cannot be sent at first",
    "a position in the stream from the retry queue",
]
# Made by an erasure only, which looks through the queues again until it finds nothing; see test_privacy.py.
ON_QUEUES = {"GetQueueAttributes", "ReceiveMessage", "ChangeMessageVisibility", "DeleteMessage"}
REAL_CALL = vars(BaseClient)["_make_api_call"]

type Transport = Callable[[AWSPreparedRequest], AWSResponse]


class _Body(io.BytesIO):
    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def _responds(status: int, body: str) -> Transport:
    return lambda request: AWSResponse(request.url, status, HTTPHeaders(), _Body(body.encode()))


def _raises(error: type[BotoCoreError]) -> Transport:
    def transport(_: AWSPreparedRequest) -> AWSResponse:
        raise error(endpoint_url="https://aws.example.com")

    return transport


TRANSPORTS = {
    "no response": _raises(ReadTimeoutError),
    "no connection": _raises(EndpointConnectionError),
    "500": _responds(500, ""),
    "502": _responds(502, "<html>Bad Gateway</html>"),
    "503": _responds(503, "<html>Service Unavailable</html>"),
    "504": _responds(504, "<html>Gateway Timeout</html>"),
}
OF_THE_TABLE = {
    **TRANSPORTS,
    **{
        code: _responds(400, json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}"}))
        for code in ("ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded")
    },
    "truncated": _responds(200, '{"Responses": {"feedb'),
}


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr("time.sleep", taken.append)
    return taken


@contextmanager
def _transported(client: Any, transport: Transport) -> Iterator[list[Any]]:
    """Send HTTP requests to `transport` only, not to moto either; yields the bodies sent."""
    sent: list[Any] = []

    def before_send(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        sent.append(request.body)
        return transport(request)

    client.meta.events.register_first("before-send", before_send)
    botocore_stubber.enabled = False
    try:
        yield sent
    finally:  # even if the test fails, or others would fail too
        botocore_stubber.enabled = True
        client.meta.events.unregister("before-send", before_send)


def test_every_operation_that_the_code_calls_is_covered() -> None:
    by_powertools = set[str]().union(*test_permissions.BY_POWERTOOLS.values())
    operations = {one.partition(":")[2] for one in test_permissions.operations() | by_powertools}
    assert {kind.partition(" ")[0] for kind in ATTEMPTS_BY_KIND} == operations - ON_QUEUES
    assert operations >= ON_QUEUES
    assert {kind.partition(" ")[0] for kind, attempts in ATTEMPTS_BY_KIND.items() if attempts == ONE} == CHANNELS


@pytest.fixture
def calls(marketplace: Marketplace, injector: FaultInjector) -> dict[str, Call]:
    """One call of each kind that the functions make."""
    found: dict[str, Call] = {}
    empty = ScenarioRunner(marketplace, injector, Scenario(lambda _: None, lambda _: None))
    for name in SCENARIOS_WITH_ALL_KINDS:
        empty.reset()
        marketplace.stream = TableStream()
        runner = ScenarioRunner(marketplace, injector, SCENARIOS[name])
        runner.run(runner.reset())
        found |= {call.kind: call for call in injector.calls}
    return found


def test_the_sdk_makes_three_attempts_and_one_for_messages(
    calls: dict[str, Call], sleeps: list[float], tried: Tried
) -> None:
    assert calls.keys() == ATTEMPTS_BY_KIND.keys()
    for call in calls.values():
        client = ours._client(call.client.meta.service_model.service_name, call.client.meta.config)
        for name, transport in TRANSPORTS.items():
            sleeps.clear()
            with _transported(client, transport) as sent, pytest.raises((ClientError, BotoCoreError)):
                REAL_CALL(client, call.operation, call.parameters)
            assert len(sent) == ATTEMPTS_BY_KIND[call.kind], f"{call.kind}: {name}"
            assert len(sleeps) == len(sent) - 1
            if call.kind == COMMIT:  # or the second attempt would lose a race against the first
                assert len({json.loads(body)["ClientRequestToken"] for body in sent}) == 1
    tried("faults injected below the SDK", len(calls) * len(TRANSPORTS))


def test_all_attempts_end_within_the_functions_timeout() -> None:
    limits = [
        function["Properties"].get("Timeout", template()["Globals"]["Function"]["Timeout"])
        for function in template()["Resources"].values()
        if function["Type"] == "AWS::Serverless::Function"
    ]
    config = ours.client("dynamodb").meta.config
    longest_sleeps = sum(2**retry for retry in range(ATTEMPTS - 1))  # seconds, as the SDK has it
    assert (config.connect_timeout + config.read_timeout) * ATTEMPTS + longest_sleeps < min(limits)


def test_a_process_does_not_get_slower_with_every_message(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Powertools registers another event hook on a client every time it gets one."""
    registered: list[object] = []
    marketplace.request_feedback(headers={"idempotency-key": "key"})
    marketplace.process_stream()
    monkeypatch.setattr(user_agent, "register_feature_to_client", lambda **given: registered.append(given))
    for number in range(2, 5):
        marketplace.start_eligible_contract(f"c-{number}")
        assert marketplace.request_feedback(f"c-{number}", headers={"idempotency-key": "key"}).status == 201
        marketplace.process_stream()
    assert len(marketplace.emails()) == 4
    assert registered == []


@pytest.mark.parametrize("name", OF_THE_TABLE)
def test_whatever_is_wrong_with_the_table_every_route_responds_503(
    marketplace: Marketplace, whole_sdk: SdkInterceptor, sleeps: list[float], name: str
) -> None:
    whole_sdk.send = REAL_CALL
    marketplace.start_eligible_contract("c-2")
    marketplace.request_feedback("c-2")
    link = marketplace.link_token("c-2")
    routes: list[Callable[[], HttpResponse]] = [
        marketplace.request_feedback,
        marketplace.submit_feedback,
        marketplace.feedback_tab,
        marketplace.work_history,
        marketplace.sweep_by_hand,
        partial(marketplace.open_link, link),
        partial(marketplace.submit_by_link, link),
        partial(marketplace.request_feedback, headers={"idempotency-key": "key-1"}),
    ]
    before = marketplace.rows()
    for call in routes:
        with _transported(ours.client("dynamodb"), OF_THE_TABLE[name]):
            response = call()
        assert response.refusal == (503, "temporarily_unavailable")
        assert int(response.headers["Retry-After"]) > 0
    assert marketplace.rows() == before
