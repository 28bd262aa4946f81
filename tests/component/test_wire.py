"""What the SDK does by itself when AWS does not answer: a few tries, then it says so in time, and so do we."""

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
from tests.component.calls import Answer
from tests.component.faults import CHANNELS
from tests.component.marketplace import Marketplace
from tests.component.rehearsal import Rehearsal
from tests.component.scenarios import COMMIT, SCENARIOS, Scenario
from tests.component.seam import Call, Seam
from tests.component.stream import Stream
from tests.conftest import Tried
from tests.template import template
from tests.unit import test_permissions

TRIES, ONE = 3, 1
KINDS = {
    "BatchGetItem feedback": TRIES,
    "BatchWriteItem feedback": TRIES,
    "DeleteItem idempotency": TRIES,
    "GetLatestConfiguration appconfigdata": TRIES,
    "GetRecords dynamodbstreams": TRIES,
    "GetSecretValue secretsmanager": TRIES,
    "GetShardIterator dynamodbstreams": TRIES,
    "Invoke lambda": TRIES,
    "Publish sns": ONE,
    "PutItem feedback": TRIES,
    "PutItem idempotency": TRIES,
    "Query feedback": TRIES,
    "SendEmail sesv2": ONE,
    "SendMessage sqs": TRIES,
    "StartConfigurationSession appconfigdata": TRIES,
    "TransactWriteItems feedback": TRIES,
    "UpdateItem feedback": TRIES,
    "UpdateItem idempotency": TRIES,
}
ALL_KINDS_IN = [
    "a request, with a key",
    "feedback by link",
    "a payment",
    "a sweep by hand in several runs",
    "news of all sorts",
    "news that cannot be told at first",
    "a position in the stream from the retry queue",
]
REAL_CALL = vars(BaseClient)["_make_api_call"]

type Wire = Callable[[AWSPreparedRequest], AWSResponse]


class _Body(io.BytesIO):
    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def _answers(status: int, body: str) -> Wire:
    return lambda request: AWSResponse(request.url, status, HTTPHeaders(), _Body(body.encode()))


def _never(error: type[BotoCoreError]) -> Wire:
    def wire(_: AWSPreparedRequest) -> AWSResponse:
        raise error(endpoint_url="https://aws.example.com")

    return wire


WIRES = {
    "no answer": _never(ReadTimeoutError),
    "no connection": _never(EndpointConnectionError),
    "500": _answers(500, ""),
    "502": _answers(502, "<html>Bad Gateway</html>"),
    "503": _answers(503, "<html>Service Unavailable</html>"),
    "504": _answers(504, "<html>Gateway Timeout</html>"),
}


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr("time.sleep", taken.append)
    return taken


@contextmanager
def _wired(client: Any, wire: Wire) -> Iterator[list[Any]]:
    """What is sent gets no further than `wire`, not to moto either; yields the bodies sent."""
    sent: list[Any] = []

    def before_send(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        sent.append(request.body)
        return wire(request)

    client.meta.events.register_first("before-send", before_send)
    botocore_stubber.enabled = False
    try:
        yield sent
    finally:  # or a test that fails here would make others fail
        botocore_stubber.enabled = True
        client.meta.events.unregister("before-send", before_send)


def test_all_that_the_code_asks_of_aws_is_tried() -> None:
    by_powertools = set[str]().union(*test_permissions.BY_POWERTOOLS.values())
    asked = {one.partition(":")[2] for one in test_permissions.operations() | by_powertools}
    assert {kind.partition(" ")[0] for kind in KINDS} == asked
    assert {kind.partition(" ")[0] for kind, tries in KINDS.items() if tries == ONE} == CHANNELS


@pytest.fixture
def calls(marketplace: Marketplace, seam: Seam) -> dict[str, Call]:
    """One of each kind that the functions make."""
    found: dict[str, Call] = {}
    nothing = Rehearsal(marketplace, seam, Scenario(lambda _: None, lambda _: None))
    for name in ALL_KINDS_IN:
        nothing.begin()
        marketplace.stream = Stream()
        rehearsal = Rehearsal(marketplace, seam, SCENARIOS[name])
        rehearsal.go_through(rehearsal.begin())
        found |= {call.kind: call for call in seam.calls}
    return found


def test_the_sdk_tries_three_times_and_a_message_once(
    calls: dict[str, Call], naps: list[float], tried: Tried
) -> None:
    assert calls.keys() == KINDS.keys()
    for call in calls.values():
        client = ours._client(call.client.meta.service_model.service_name, call.client.meta.config)
        for name, wire in WIRES.items():
            naps.clear()
            with _wired(client, wire) as sent, pytest.raises((ClientError, BotoCoreError)):
                REAL_CALL(client, call.operation, call.parameters)
            assert len(sent) == KINDS[call.kind], f"{call.kind}: {name}"
            assert len(naps) == len(sent) - 1
            if call.kind == COMMIT:  # or the second try would lose a race against the first
                assert len({json.loads(body)["ClientRequestToken"] for body in sent}) == 1
    tried("faults injected at the wire", len(calls) * len(WIRES))


def test_all_tries_end_before_the_function_has_to() -> None:
    limits = [
        function["Properties"].get("Timeout", template()["Globals"]["Function"]["Timeout"])
        for function in template()["Resources"].values()
        if function["Type"] == "AWS::Serverless::Function"
    ]
    config = ours.client("dynamodb").meta.config
    longest_naps = sum(2**tried_again for tried_again in range(TRIES - 1))  # seconds, as the SDK has it
    assert (config.connect_timeout + config.read_timeout) * TRIES + longest_naps < min(limits)


def test_a_process_does_not_get_slower_with_every_message(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Powertools listens in on a client, for good, whenever it is handed one."""
    listening: list[object] = []
    marketplace.ask(headers={"idempotency-key": "key"})
    marketplace.settle()
    monkeypatch.setattr(user_agent, "register_feature_to_client", lambda **given: listening.append(given))
    for number in range(2, 5):
        marketplace.run(f"c-{number}")
        assert marketplace.ask(f"c-{number}", headers={"idempotency-key": "key"}).status == 201
        marketplace.settle()
    assert len(marketplace.emails()) == 4
    assert listening == []


@pytest.mark.parametrize("name", [*WIRES, "200"])
def test_whatever_is_wrong_with_the_table_people_are_told_to_come_again(
    marketplace: Marketplace, naps: list[float], name: str
) -> None:
    marketplace.run("c-2")
    marketplace.ask("c-2")
    link, broken = marketplace.link("c-2"), _answers(200, '{"Responses": {"feedb')
    people: list[Callable[[], Answer]] = [
        marketplace.ask,
        marketplace.give,
        marketplace.tab,
        marketplace.history,
        marketplace.sweep_by_hand,
        partial(marketplace.open, link),
        partial(marketplace.answer, link),
        partial(marketplace.ask, headers={"idempotency-key": "key-1"}),
    ]
    before = marketplace.rows()
    for call in people:
        with _wired(ours.client("dynamodb"), WIRES.get(name, broken)):
            answer = call()
        assert answer.refusal == (503, "temporarily_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    assert marketplace.rows() == before
