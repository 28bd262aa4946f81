"""docs/examples/django, with Django and a database in this process, and the service behind it."""

import json
import logging
import runpy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import boto3
import django
import jwt
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from django.test import Client
from django.test.utils import override_settings

from tests.builders import DAY, NOW
from tests.component import published_entries
from tests.component.marketplace import Marketplace
from tests.component.published_entries import BUS, COMMENT, FEEDBACK, ID, SHOWN_START, STARTED_AT, a_dash_message
from tests.template import ROOT

EXAMPLE = ROOT / "docs/examples/django"
ISSUER = "https://www.example.com/feedback-identity"
AUDIENCE = "feedback"
QUEUE = "https://sqs.example.com/dash"


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None = None) -> str:
    private = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """A project with these settings. Returns what imports a module of the example."""
    keys = tmp_path_factory.mktemp("keys")
    names = [keys / "current.pem", keys / "previous.pem"]
    for name in names:
        name.write_text(pem())
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLE)
        patch.setenv("FEEDBACK_EVENT_BUS", BUS)
        patch.setenv("FEEDBACK_DASH_QUEUE_URL", QUEUE)
        patch.setenv("FEEDBACK_DOMAIN_EVENTS_QUEUE_URL", QUEUE)
        patch.setenv("FEEDBACK_ISSUER", ISSUER)
        patch.setenv("FEEDBACK_TOKEN_KEYS", ",".join(map(str, names)))
        shown = {
            name: value
            for name, value in runpy.run_path(str(EXAMPLE / "settings_example.py")).items()
            if name.isupper()
        }
        settings.configure(
            **shown,
            ALLOWED_HOSTS=["testserver"],
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            LOGGING_CONFIG=None,
            MIDDLEWARE=[
                "django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
            ],
            ROOT_URLCONF="urls_example",
            SECRET_KEY="of the tests",
            SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
            USE_TZ=True,
        )
        django.setup()
        call_command("migrate", run_syncdb=True, verbosity=0)
        yield lambda name: import_module(f"feedback_integration.{name}")
        connections.close_all()


@pytest.fixture(autouse=True)
def _empty_database(example: Callable[[str], Any]) -> Iterator[None]:
    yield
    models = example("models")
    for model in (models.OutboxEvent, models.DashMessage, models.FoundFeedback):
        model.objects.all().delete()


class EventBridge:
    """Accepts entries, unless a test refuses their type or lets the call fail."""

    def __init__(self) -> None:
        self.accepted: list[dict[str, Any]] = []
        self.calls: list[int] = []
        self.refused: set[str] = set()
        self.fails_after = False

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.calls.append(len(Entries))
        assert sum(len(entry["Detail"].encode()) for entry in Entries) < 250_000
        results = []
        for entry in Entries:
            is_refused = entry["DetailType"] in self.refused
            results.append({"ErrorCode": "ThrottlingException"} if is_refused else {"EventId": "1"})
            self.accepted += [] if is_refused else [entry]
        if self.fails_after:
            raise ClientError({"Error": {"Code": "InternalFailure"}}, "PutEvents")
        return {"FailedEntryCount": len(self.refused), "Entries": results}


class Queue:
    def __init__(self, *bodies: str) -> None:
        self.messages = {str(place): body for place, body in enumerate(bodies)}

    def receive_message(self, QueueUrl: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        assert QueueUrl == QUEUE
        messages = [{"MessageId": key, "ReceiptHandle": key, "Body": body} for key, body in self.messages.items()]
        return {"Messages": messages} if messages else {}

    def delete_message(self, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803
        assert QueueUrl == QUEUE
        del self.messages[ReceiptHandle]


@pytest.fixture
def event_bridge(monkeypatch: pytest.MonkeyPatch) -> EventBridge:
    found = EventBridge()
    monkeypatch.setattr(boto3, "client", lambda service, **_: {"events": found}[service])
    return found


def publish() -> None:
    call_command("publish_contract_events", once=True)


def pay(events: Any, payment_id: str = "p-1") -> None:
    events.payment_made("c-1", payment_id=payment_id, paid_at=NOW - DAY)


# Events


def test_the_four_events_lead_to_the_first_feedback(
    example: Callable[[str], Any], event_bridge: EventBridge, empty_marketplace: Marketplace
) -> None:
    events = example("contract_events")
    client = events.Person(ID, "Ben Okoye", "ben@example.com", locale="de-AT", time_zone="Europe/Vienna")
    freelancer = events.Person("2", "Ana Ruiz", "ana@example.com")
    with transaction.atomic():
        events.contract_started(
            "c-1", title="Website", started_at=STARTED_AT, client=client, freelancer=freelancer
        )
        pay(events)
    publish()
    published_entries.apply(event_bridge.accepted)
    assert empty_marketplace.request_feedback("c-1", "2").status == 201
    assert empty_marketplace.submit_feedback("c-1", ID).status == 201
    with transaction.atomic():
        events.contract_ended("c-1", ended_at=NOW)
        events.end_of_contract_feedback_provided("c-1", **FEEDBACK, provided_at=NOW)
    publish()
    published_entries.apply(event_bridge.accepted[2:])
    tab = empty_marketplace.feedback_tab("c-1", "2").body
    assert (tab["contract"]["status"], tab["contract"]["started_at"]) == ("ended", SHOWN_START)
    assert {entry["kind"]: entry["comment"] for entry in tab["feedback"]}["end_of_contract"] == COMMENT


def test_an_event_of_a_change_that_is_rolled_back_is_not_published(
    example: Callable[[str], Any], event_bridge: EventBridge
) -> None:
    with transaction.atomic():
        pay(example("contract_events"))
        transaction.set_rollback(True)
    publish()
    assert event_bridge.calls == []


def test_an_event_outside_of_a_transaction_is_refused(example: Callable[[str], Any]) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        pay(example("contract_events"))


def test_an_instant_without_a_zone_is_refused(example: Callable[[str], Any]) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"), transaction.atomic():
        example("contract_events").contract_ended("c-1", ended_at=naive)


def test_an_event_stays_until_it_is_accepted_and_holds_up_no_other(
    example: Callable[[str], Any], event_bridge: EventBridge, caplog: pytest.LogCaptureFixture
) -> None:
    events = example("contract_events")
    with transaction.atomic():
        for _ in range(12):
            events.contract_ended("c-1", ended_at=NOW)
        pay(events)
    event_bridge.refused = {"ContractEnded"}
    with caplog.at_level(logging.ERROR):
        publish()
    assert "refused 10 of 10 contract events: {'ThrottlingException'}" in caplog.text
    publish()
    assert [entry["DetailType"] for entry in event_bridge.accepted] == ["PaymentMade"]
    event_bridge.refused = set()
    publish()
    assert [entry["DetailType"] for entry in event_bridge.accepted[1:]] == ["ContractEnded"] * 12
    assert not example("models").OutboxEvent.objects.exists()


def test_a_call_that_fails_is_repeated(example: Callable[[str], Any], event_bridge: EventBridge) -> None:
    with transaction.atomic():
        pay(example("contract_events"))
    event_bridge.fails_after = True
    with pytest.raises(ClientError):
        publish()
    event_bridge.fails_after = False
    publish()
    assert [entry["DetailType"] for entry in event_bridge.accepted] == ["PaymentMade"] * 2


def test_events_that_are_too_long_for_one_call_go_in_several(
    example: Callable[[str], Any], event_bridge: EventBridge
) -> None:
    feedback = {**FEEDBACK, "comment": '"' * 5_000 + "🙂" * 5_000}
    with transaction.atomic():
        for _ in range(10):
            example("contract_events").end_of_contract_feedback_provided("c-1", **feedback, provided_at=NOW)
    publish()
    assert event_bridge.calls == [6, 4]


# Tokens


@pytest.fixture
def site(example: Callable[[str], Any]) -> Client:
    return Client()


def signed_in(site: Client, name: str) -> str:
    """Sign a new user in; return their id."""
    from django.contrib.auth.models import User  # noqa: PLC0415  # needs the settings

    user, _ = User.objects.get_or_create(username=name)
    site.force_login(user)
    return str(user.pk)


def verified(site: Client, token: str) -> dict[str, Any]:
    """The claims of a token, checked as API Gateway does, with the key to which the discovery document leads."""
    document = site.get("/feedback-identity/.well-known/openid-configuration").json()
    assert document["issuer"] == ISSUER
    keys = jwt.PyJWKSet.from_dict(site.get(document["jwks_uri"].removeprefix("https://www.example.com")).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, audience=AUDIENCE)
    return claims


def test_a_session_has_a_token_that_the_published_keys_verify(site: Client, example: Callable[[str], Any]) -> None:
    person = signed_in(site, "ana")
    response = site.get("/feedback-identity/session-token")
    assert response.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    claims = verified(site, response.text)
    assert claims["sub"] == person == example("tokens").verify(response.text)
    assert claims["exp"] - claims["iat"] == 330
    assert claims["iat"] < datetime.now(UTC).timestamp() - 20


def test_nobody_who_is_not_signed_in_has_a_token(site: Client) -> None:
    response = site.get("/feedback-identity/session-token")
    assert (response.status_code, response.content) == (401, b"")


def test_a_key_is_rotated_without_a_token_that_is_refused(site: Client, example: Callable[[str], Any]) -> None:
    old, new = pem(), pem()
    signed_in(site, "ana")
    tokens = []
    for keys in ([old], [old, new], [new, old]):
        with override_settings(FEEDBACK_TOKEN_KEYS=keys):
            tokens.append(site.get("/feedback-identity/session-token").text)
            for token in tokens:
                assert verified(site, token)
    signers = [jwt.get_unverified_header(token)["kid"] for token in tokens]
    assert signers[0] == signers[1] != signers[2]
    with override_settings(FEEDBACK_TOKEN_KEYS=[new]), pytest.raises(jwt.InvalidTokenError, match="unknown key"):
        example("tokens").verify(tokens[0])


@pytest.mark.parametrize(
    "changed",
    [
        {"FEEDBACK_ISSUER": "https://other.example.com"},
        {"FEEDBACK_AUDIENCE": "other"},
        {"FEEDBACK_TOKEN_KEYS": None},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_token_of_somebody_else_is_refused(example: Callable[[str], Any], changed: dict[str, Any]) -> None:
    with override_settings(**{name: value or [pem()] for name, value in changed.items()}):
        token = example("tokens").issue("1")
    with pytest.raises(jwt.InvalidTokenError):
        example("tokens").verify(token)


def test_an_expired_token_is_refused(example: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example("tokens"), "LIFETIME", -timedelta(seconds=1))
    with pytest.raises(jwt.ExpiredSignatureError):
        example("tokens").verify(example("tokens").issue("1"))


def test_a_key_that_api_gateway_could_not_verify_is_refused(example: Callable[[str], Any]) -> None:
    key = pem(ec.generate_private_key(ec.SECP256R1()))
    with override_settings(FEEDBACK_TOKEN_KEYS=[key]), pytest.raises(TypeError, match="RSA"):
        example("tokens").issue("1")


# Dash messages


def receive(monkeypatch: pytest.MonkeyPatch, queue: Queue, kind: str = "dash") -> None:
    monkeypatch.setattr(boto3, "client", lambda service: {"sqs": queue}[service])
    call_command("receive_messages", kind, once=True)


def test_a_message_is_in_the_inbox_once_however_often_it_comes(
    example: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = a_dash_message(message_id="m-2", occurred_at="2026-12-10T17:37:38.000Z")
    other = a_dash_message(message_id="m-3", recipient_id="other")
    queue = Queue(*map(json.dumps, (a_dash_message(), newer, a_dash_message(), other)))
    receive(monkeypatch, queue)
    receive(monkeypatch, Queue(json.dumps(a_dash_message(title="Changed"))))
    assert queue.messages == {}
    inbox = example("dash_inbox").inbox(ID)
    assert [(message.message_id, message.title) for message in inbox] == [
        ("m-2", a_dash_message()["title"]),
        ("m-1", a_dash_message()["title"]),
    ]
    assert inbox[1].data == {"request_id": "r-1"}


def test_a_message_of_the_service_is_stored(
    example: Callable[[str], Any], marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert marketplace.request_feedback().status == 201
    [message] = marketplace.dash_messages_of("feedback_requested")
    receive(monkeypatch, Queue(json.dumps(message)))
    [stored] = example("dash_inbox").inbox("u-client")
    assert (stored.title, stored.link) == (message["title"], message["link"])


@pytest.mark.parametrize("body", ["", "[]", "{}", json.dumps(a_dash_message(occurred_at="soon"))])
def test_a_message_that_cannot_be_stored_stays_in_the_queue_and_holds_up_no_other(
    example: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    queue = Queue(body, json.dumps(a_dash_message()))
    receive(monkeypatch, queue)
    assert list(queue.messages.values()) == [body]
    assert example("dash_inbox").inbox(ID).count() == 1


# Domain events


def a_domain_event(occurred_at: datetime = NOW, source: str = "mid-job-feedback", **feedback: Any) -> str:
    given = {"feedback_id": "f-1", "score": 4.67, "comment": "Clear plans", "provided_at": NOW.isoformat()}
    detail = {
        "event_id": f"{occurred_at}",
        "occurred_at": occurred_at.isoformat(),
        "version": 1,
        "contract_id": "c-1",
        "freelancer_id": ID,
        "client_id": "2",
        "feedback": {**given, **feedback},
    }
    return json.dumps({"source": source, "detail-type": "FeedbackProvided", "detail": detail})


def a_request_event() -> str:
    event = json.loads(a_domain_event())
    event["detail"]["request"] = event["detail"].pop("feedback")
    return json.dumps(event)


def test_a_search_finds_feedback_as_the_newest_event_has_it_in_every_order(
    example: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given, corrected = a_domain_event(), a_domain_event(NOW + DAY, comment="Clear plans, late", score=3.5)
    better = a_domain_event(feedback_id="f-2", score=5, comment="Plans that hold")
    for order in ([given, corrected, better], [corrected, given, given, better]):
        queue = Queue(*order, a_request_event(), a_domain_event(NOW + 2 * DAY, source="other", comment="other"))
        receive(monkeypatch, queue, "domain-events")
        assert queue.messages == {}
        found = example("search_index").search("plans")
        assert [(one.feedback_id, float(one.score), one.comment) for one in found] == [
            ("f-2", 5.0, "Plans that hold"),
            ("f-1", 3.5, "Clear plans, late"),
        ]
        example("models").FoundFeedback.objects.all().delete()


def test_feedback_that_was_removed_is_not_found_and_comes_back(
    example: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    removed, restored = a_domain_event(NOW + DAY, score=None, comment=None), a_domain_event(NOW + 2 * DAY)
    for event, found in ((a_domain_event(), 1), (removed, 0), (a_domain_event(), 0), (restored, 1), (removed, 1)):
        receive(monkeypatch, Queue(event), "domain-events")
        assert example("search_index").search("").count() == found


def test_domain_events_of_the_service_are_found(
    example: Callable[[str], Any], marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    feedback = marketplace.submit_feedback().body
    marketplace.process_stream()
    entries = [entry for call in marketplace.sdk.parameters_of("PutEvents") for entry in call["Entries"]]
    bodies = [
        json.dumps(
            {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}
        )
        for entry in entries
    ]
    assert bodies
    receive(monkeypatch, Queue(*bodies), "domain-events")
    [found] = example("search_index").search(feedback["comment"])
    assert (found.feedback_id, float(found.score)) == (feedback["feedback_id"], feedback["score"])
