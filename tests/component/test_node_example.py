"""docs/examples/node in Node, with a database, and the service behind it."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from local.programs import node
from tests.builders import DAY, NOW
from tests.component import published_entries
from tests.component.marketplace import Marketplace
from tests.component.published_entries import BUS, COMMENT, FEEDBACK, ID, SHOWN_START, STARTED_AT, a_dash_message
from tests.template import ROOT

EXAMPLE = ROOT / "docs/examples/node"
HERE = ROOT / "tests/component"
ISSUER = "https://www.example.com/feedback-identity"
SQLITE_TYPES = {"BIGINT GENERATED ALWAYS AS IDENTITY": "INTEGER", "TIMESTAMPTZ": "TEXT"}
PAID = ["paymentMade", "c-1", {"paymentId": "p-1", "paidAt": (NOW - DAY).isoformat()}]
ENDED = ["contractEnded", "c-1", {"endedAt": NOW.isoformat()}]


def pem() -> str:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


class Backend(NamedTuple):
    """A marketplace's code with the example in it."""

    folder: Path

    def node(
        self, script: str, *arguments: str, stdin: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        settings = {
            "DATABASE_URL": str(self.folder / "database"),
            "ACCEPTED": str(self.folder / "accepted"),
            "MESSAGES": str(self.folder / "messages"),
            "FEEDBACK_EVENT_BUS": BUS,
            "NODE_NO_WARNINGS": "1",
        }
        return subprocess.run(  # noqa: S603
            [node.find().executable, script, *arguments],
            cwd=self.folder,
            input=stdin,
            env={**os.environ, **settings, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, script: str, *arguments: str, **how: str) -> str:
        done = self.node(script, *arguments, **how)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def drive(self, command: str, value: Any) -> Any:
        return json.loads(self.run("driver.mjs", command, stdin=json.dumps(value)))

    def record(self, *events: Any, end: str = "COMMIT") -> None:
        self.drive("record", {"recorded": events, "end": end})

    def publish(self, **environment: str) -> None:
        self.run("publish.js", "--once", **environment)

    @property
    def accepted(self) -> list[dict[str, Any]]:
        file = self.folder / "accepted"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def receive(self, *bodies: str) -> list[str]:
        """Return what is left in the queue."""
        messages = self.folder / "messages"
        messages.write_text(json.dumps(bodies))
        self.run("receive.js", "--once")
        left: list[str] = json.loads(messages.read_text())
        return left

    def inbox(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.drive("inbox", ID)
        return found


@pytest.fixture
def backend(tmp_path: Path) -> Backend:
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    shutil.copy(HERE / "node_driver.mjs", tmp_path / "driver.mjs")
    for package in json.loads((EXAMPLE / "package.json").read_text())["dependencies"]:
        folder = tmp_path / "node_modules" / package
        folder.mkdir(parents=True)
        shutil.copy(HERE / "node_stubs.mjs", folder / "index.mjs")
        (folder / "package.json").write_text('{"main": "index.mjs"}')
    schema = (EXAMPLE / "schema.sql").read_text()
    for postgres, sqlite in SQLITE_TYPES.items():
        schema = schema.replace(postgres, sqlite)
    made = Backend(tmp_path)
    made.drive("create", [statement for statement in schema.split(";\n") if statement.strip()])
    return made


# Events


def test_the_four_events_lead_to_the_first_feedback(backend: Backend, empty_marketplace: Marketplace) -> None:
    client = {"id": ID, "name": "Ben Okoye", "email": "ben@example.com", "locale": "de-AT"}
    freelancer = {"id": "2", "name": "Ana Ruiz", "email": "ana@example.com"}
    started = {"title": "Website", "startedAt": STARTED_AT.isoformat(), "client": client, "freelancer": freelancer}
    backend.record(["contractStarted", "c-1", started], PAID)
    backend.publish()
    published_entries.apply(backend.accepted)
    assert empty_marketplace.request_feedback("c-1", "2").status == 201
    assert empty_marketplace.submit_feedback("c-1", ID).status == 201
    feedback = {"feedbackId": "e-1", **FEEDBACK, "providedAt": NOW.isoformat()}
    backend.record(ENDED, ["endOfContractFeedbackProvided", "c-1", feedback])
    backend.publish()
    published_entries.apply(backend.accepted[2:])
    tab = empty_marketplace.feedback_tab("c-1", "2").body
    assert (tab["contract"]["status"], tab["contract"]["started_at"]) == ("ended", SHOWN_START)
    assert {entry["kind"]: entry["comment"] for entry in tab["feedback"]}["end_of_contract"] == COMMENT


def test_an_event_of_a_change_that_is_rolled_back_is_not_published(backend: Backend) -> None:
    backend.record(PAID, end="ROLLBACK")
    backend.publish()
    assert backend.accepted == []


def test_an_event_stays_until_it_is_accepted_and_holds_up_no_other(backend: Backend) -> None:
    backend.record(*[ENDED] * 12, PAID)
    backend.publish(REFUSED="ContractEnded")
    assert backend.accepted == []
    refused = backend.node("publish.js", "--once", REFUSED="ContractEnded")
    assert [entry["DetailType"] for entry in backend.accepted] == ["PaymentMade"]
    assert "refused 9 of 10 contract events: ThrottlingException\n" in refused.stderr
    backend.publish()
    assert [entry["DetailType"] for entry in backend.accepted[1:]] == ["ContractEnded"] * 12
    backend.publish()
    assert len(backend.accepted) == 13


def test_a_call_that_fails_is_repeated(backend: Backend) -> None:
    backend.record(PAID)
    failed = backend.node("publish.js", "--once", FAILS="1")
    assert (failed.returncode, "InternalFailure" in failed.stderr) == (1, True)
    backend.publish()
    assert [entry["DetailType"] for entry in backend.accepted] == ["PaymentMade"] * 2


def test_events_that_are_too_long_for_one_call_go_in_several(backend: Backend) -> None:
    long = {**FEEDBACK, "comment": '"' * 5_000 + "🙂" * 5_000, "providedAt": NOW.isoformat()}
    backend.record(*[["endOfContractFeedbackProvided", "c-1", long]] * 10)
    backend.publish()
    assert len(backend.accepted) == 10


# Tokens


def settings(*keys: str, **changed: str) -> dict[str, Any]:
    return {"issuer": ISSUER, "audience": "feedback", "keys": keys, **changed}


def verified(answers: dict[str, Any], token: str) -> dict[str, Any]:
    """The claims of a token, checked as API Gateway does, with the key to which the discovery document leads."""
    document = json.loads(answers["/.well-known/openid-configuration"]["body"])
    assert document["issuer"] == ISSUER
    keys = jwt.PyJWKSet.from_dict(json.loads(answers[document["jwks_uri"].removeprefix(ISSUER)]["body"]))
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, audience="feedback")
    return claims


def test_a_session_has_a_token_that_the_published_keys_verify(backend: Backend) -> None:
    answers = backend.drive("serve", {"settings": settings(pem()), "person": ID})
    session_token = answers["/session-token"]
    claims = verified(answers, session_token["body"])
    assert (claims["sub"], claims["exp"] - claims["iat"]) == (ID, 330)
    assert session_token["headers"]["cache-control"] == "no-store"
    assert answers["/other"]["status"] == 404


def test_nobody_who_is_not_signed_in_has_a_token(backend: Backend) -> None:
    answer = backend.drive("serve", {"settings": settings(pem()), "person": None})["/session-token"]
    assert (answer["status"], answer["body"]) == (401, "")


def test_a_key_is_rotated_without_a_token_that_is_refused(backend: Backend) -> None:
    old, new = pem(), pem()
    tokens = []
    for keys in ([old], [old, new], [new, old]):
        answers = backend.drive("serve", {"settings": settings(*keys), "person": ID})
        tokens.append(answers["/session-token"]["body"])
        for token in tokens:
            assert verified(answers, token)
    signers = [jwt.get_unverified_header(token)["kid"] for token in tokens]
    assert signers[0] == signers[1] != signers[2]


def test_only_tokens_of_ours_stand_for_a_person(backend: Backend) -> None:
    key = pem()
    far_ahead = 10**10
    claims = {"iss": ISSUER, "aud": "feedback", "sub": ID, "exp": far_ahead}
    answers = backend.drive("serve", {"settings": settings(key), "person": ID})
    good = answers["/session-token"]["body"]
    headers = {"kid": jwt.get_unverified_header(good)["kid"]}

    def token(of: str = key, **changed: Any) -> str:
        return jwt.encode({**claims, **changed}, of, "RS256", headers=headers)

    tokens = [
        good,
        token(),
        token(pem()),
        token(iss="https://other.example.com"),
        token(aud="other"),
        token(exp=1),
        token(sub=None),
        jwt.encode(claims, "0" * 32, "HS256", headers=headers),
        jwt.encode(claims, "", "none", headers=headers),
        jwt.encode(claims, key, "RS256"),
        f"{good}.x",
        "",
    ]
    assert backend.drive("verify", {"settings": settings(key), "tokens": tokens}) == [
        *[ID] * 2,
        "refused: not signed by us",
        *["refused: not for us"] * 2,
        "refused: expired",
        "refused: not for us",
        *["refused: not signed by us"] * 4,
        "refused: not a token",
    ]


# Dash messages


def test_a_message_is_in_the_inbox_once_however_often_it_comes(backend: Backend) -> None:
    newer = a_dash_message(message_id="m-2", occurred_at="2026-12-10T17:37:38.000Z")
    other = a_dash_message(message_id="m-3", recipient_id="other")
    assert backend.receive(*map(json.dumps, (a_dash_message(), newer, a_dash_message(), other))) == []
    assert backend.receive(json.dumps(a_dash_message(title="Changed"))) == []
    assert [(message["message_id"], message["title"]) for message in backend.inbox()] == [
        ("m-2", a_dash_message()["title"]),
        ("m-1", a_dash_message()["title"]),
    ]
    assert json.loads(backend.inbox()[1]["data"]) == {"request_id": "r-1"}


def test_a_message_that_cannot_be_stored_stays_in_the_queue_and_holds_up_no_other(backend: Backend) -> None:
    spoiled = ["", "null", "{}"]
    assert backend.receive(*spoiled, json.dumps(a_dash_message())) == spoiled
    assert len(backend.inbox()) == 1
