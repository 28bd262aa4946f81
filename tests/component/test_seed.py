"""`make seed`: contract events of the sample contracts, for two people of the marketplace's own issuer."""

import json
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from local import aws, sample_data, seed
from local.people import Person
from local.stack import Stack
from mid_job_feedback.aws import client
from mid_job_feedback.domain.models import shown
from tests import contract_queue
from tests.component.http_calls import call
from tests.component.marketplace import Marketplace

FREELANCER, CLIENT = Person("freelancer", "auth0|ana", ""), Person("client", "auth0|ben", "")


class Bus:
    """EventBridge and the queue: `ingest` gets each event at once, unless they are lost."""

    def __init__(self) -> None:
        self.published: list[dict[str, str]] = []
        self.loses_events = False

    def put_events(self, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803 - as boto3 names it
        self.published += Entries
        now = shown(datetime.now(UTC))
        bodies = [
            {
                "source": entry["Source"],
                "time": now,
                "detail-type": entry["DetailType"],
                "detail": json.loads(entry["Detail"]),
            }
            for entry in Entries
        ]
        assert self.loses_events or contract_queue.deliver(*map(json.dumps, bodies)) == []
        return {"FailedEntryCount": 0, "Entries": []}


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch, empty_marketplace: Marketplace) -> Bus:
    bus = Bus()
    monkeypatch.setattr(aws, "client", lambda service, _: bus if service == "events" else client(service))
    empty_marketplace.clock.time = datetime.now(UTC)
    return bus


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """That of a stack which runs on port 4566 and has no user pool."""
    names: dict[str, Any] = {field.name: field.name for field in fields(Stack)}
    of_issuer = {"user_pool_id": None, "user_pool_client_id": None}
    known = {"table_name": "feedback", "event_source": "marketplace.contracts"}
    (tmp_path / "4566").mkdir()
    (tmp_path / "4566/stack.json").write_text(json.dumps({**names, **of_issuer, **known}))
    return tmp_path / "4566"


def test_the_contracts_are_those_of_the_two_people(bus: Bus, directory: Path) -> None:
    said = list(seed.seed(directory, FREELANCER, CLIENT))
    assert len(bus.published) == 18
    for person, action in ((FREELANCER, "request_feedback"), (CLIENT, "give_feedback")):
        tab = call("list-feedback-tab", person=person.id, contract_id="c-eligible").body
        assert (tab["viewer"], tab["actions"][action]["reasons"]) == (person.role, [])
    ended = call("list-feedback-tab", person=CLIENT.id, contract_id="c-ended").body
    assert [given["kind"] for given in ended["feedback"]] == ["end_of_contract"]
    assert said[0] == "Contracts of the freelancer auth0|ana and the client auth0|ben:"
    assert "  c-eligible      feedback can be given or requested" in said
    assert "  c-declined      only started, for lack of FREELANCER_TOKEN and CLIENT_TOKEN" in said


def test_people_with_tokens_bring_the_contracts_into_their_states(
    bus: Bus, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Answer:
        is_success, is_error, status_code, text = True, False, 201, "{}"

        def json(self) -> dict[str, str]:
            return {"request_id": "r-1"}

    called: list[tuple[str, str]] = []

    def post(_: Stack, person: Person, path: str, body: dict[str, Any]) -> Answer:
        called.append((person.role, path))
        return Answer()

    monkeypatch.setattr(sample_data, "_post", post)
    freelancer = Person("freelancer", FREELANCER.id, "token")
    said = "\n".join(seed.seed(directory, freelancer, CLIENT))
    assert {role for role, _ in called} == {"freelancer"}
    assert ("freelancer", "contracts/c-withdrawn/feedback-requests/r-1/withdrawal") in called
    assert "  c-open-request  the freelancer has requested feedback" in said
    assert "  c-declined      only started, for lack of CLIENT_TOKEN" in said
    assert {contract.contract_id for contract in sample_data.CONTRACTS} > sample_data.CALLED_BY.keys()


def run(home: Path, monkeypatch: pytest.MonkeyPatch, **environment: str) -> tuple[int, str]:
    """What `make seed` says, with variables as `make` hands them on."""
    for name in ("FREELANCER", "CLIENT", "FREELANCER_TOKEN", "CLIENT_TOKEN", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(seed, "HOME", home)
    result = CliRunner().invoke(seed.app, env=environment)
    return result.exit_code, result.output


BOTH = {"FREELANCER": FREELANCER.id, "CLIENT": CLIENT.id}


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "FREELANCER is missing: make seed FREELANCER=… CLIENT=…, each with the id that the token has."),
        ({"FREELANCER": "auth0|ana"}, "CLIENT is missing: make seed"),
        ({**BOTH, "CLIENT": "ben okoye"}, "CLIENT is no id: 1 to 255 printable ASCII characters"),
        ({**BOTH, "CLIENT": FREELANCER.id}, "FREELANCER and CLIENT must be two people."),
        ({**BOTH, "PORT": "4600"}, "Nothing started from this folder runs on port 4600."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    bus: Bus, directory: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], said: str
) -> None:
    code, output = run(directory.parent, monkeypatch, **environment)
    assert (code, bus.published) == (1, [])
    assert output.startswith(said)
    assert output.count("\n") == 1


def test_it_leaves_a_stack_alone_that_has_sample_contracts(
    bus: Bus, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(directory.parent, monkeypatch, **BOTH)[0] == 0
    published = len(bus.published)
    code, output = run(directory.parent, monkeypatch, **BOTH)
    assert (code, len(bus.published)) == (1, published)
    assert output.startswith("The stack on port 4566 has sample contracts already.")


def test_events_that_are_not_applied_are_told(bus: Bus, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bus.loses_events = True
    monkeypatch.setattr(seed, "APPLIED_WITHIN_SECONDS", 0)
    code, output = run(directory.parent, monkeypatch, **BOTH)
    assert code == 1
    assert output.endswith("Why: .venv/bin/mid-job-feedback failures list --port 4566\n")
