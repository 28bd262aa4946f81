"""The tool for operators on the deployed stack: it finds the stack, signs calls, and invokes functions."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from cli import rollout
from cli.__main__ import app
from cli.stacks import LOCAL_BASE_PATH, LOCAL_REGION, LOCAL_STACK
from local import aws, people, stack
from local.people import Person
from mid_job_feedback import idempotency_keys
from mid_job_feedback.storage import items
from tests.e2e.deployed_service import DeployedService, eventually
from tests.e2e.live_versions import released


@pytest.fixture
def answer(service: DeployedService) -> Any:
    """Runs a command of the tool; returns its JSON."""
    port = str(urlsplit(service.stack.endpoint_url).port)

    def run(*words: str, code: int = 0) -> Any:
        result = CliRunner(mix_stderr=False).invoke(app, [*words, "--port", port, "--json"])
        assert result.exit_code == code, result.stderr or result.exception
        return json.loads(result.stdout)

    return run


def test_it_knows_where_the_dev_tool_puts_the_stack() -> None:
    assert (LOCAL_STACK, LOCAL_REGION, LOCAL_BASE_PATH) == (stack.NAME, aws.REGION, stack.BASE_PATH)


def test_it_explains_what_the_tab_says(service: DeployedService, answer: Any) -> None:
    contract_id = service.an_eligible_contract()
    service.request_feedback(contract_id)
    explained = answer("explain", contract_id, "--as", service.freelancer.id)
    tab = service.tab(contract_id, service.freelancer).json()
    assert explained["viewers"]["freelancer"]["actions"] == tab["actions"]
    assert explained["open_request"]["request_id"] == tab["open_request"]["request_id"]


def test_staff_decide_about_a_reported_text(service: DeployedService, answer: Any) -> None:
    contract_id = service.an_eligible_contract()
    feedback_id = service.give_feedback(contract_id).json()["feedback_id"]
    report = {"target": "feedback", "ground": "abusive"}
    path = f"/contracts/{contract_id}/feedback/{feedback_id}"
    assert service.call("POST", f"{path}/reports", service.freelancer, json=report).status_code == 201
    assert feedback_id in [found["feedback_id"] for found in answer("moderate", "list")["reports"]]
    why = ("--target", "feedback", "--ground", "abusive", "--reason", "Insults.", "--operator", "Mara Lind")
    answer("moderate", "decide", contract_id, feedback_id, *why, "--state", "removed", "--yes")
    [shown] = service.tab(contract_id, service.client).json()["feedback"]
    assert shown["removed"]["ground"] == "abusive"
    [decision] = answer("moderate", "decisions", contract_id, feedback_id)["decisions"]
    assert decision["operator"] == "Mara Lind"
    assert answer("recount", service.freelancer.id)["mid_contract"]["corrected"] == {}


def test_it_proves_that_a_request_was_announced(service: DeployedService, answer: Any) -> None:
    contract_id = service.an_eligible_contract(title="Reconciled")
    request_id = service.request_feedback(contract_id).json()["request_id"]
    only = ("reconcile", "--since", "1h", "--contract", contract_id)
    table, name = service.stack.client("dynamodb"), service.stack.idempotency_table_name

    def record(channel: str, kind: str) -> Any:
        key = idempotency_keys.of_message(channel, f"{kind}:{request_id}")
        found = table.get_item(TableName=name, Key=items.to_dynamo(key)).get("Item")
        return found if found and found["status"]["S"] == "COMPLETED" else None

    dash = eventually(lambda: record("dash", "feedback_requested"), "the record of the Dash message")
    eventually(lambda: record("event", "FeedbackRequested"), "the record of the domain event")
    eventually(lambda: service.emails("Reconciled"), "the e-mail")
    assert answer(*only)["gaps"] == []
    table.delete_item(TableName=name, Key={part: dash[part] for part in ("PK", "SK")})
    [gap] = answer(*only, code=3)["gaps"]
    assert (gap["message_id"], gap["found_in"]) == (f"dash:feedback_requested:{request_id}", "stream")


def test_it_shows_an_event_that_was_set_aside_and_discards_it(service: DeployedService, answer: Any) -> None:
    sent = service.stack.client("sqs").send_message(
        QueueUrl=service.stack.queue_urls["contract_events_dead_letter"],
        MessageBody=json.dumps({"detail": {"contract_id": "c-set-aside"}}),
        MessageAttributes={"reason": {"DataType": "String", "StringValue": "detail-type"}},
    )
    message_id = sent["MessageId"]
    failed = {found["message_id"]: found["reason"] for found in answer("failures", "list", code=3)["failed"]}
    assert failed[message_id] == "detail-type"
    assert answer("failures", "show", message_id)["body"]["detail"]["contract_id"] == "c-set-aside"
    answer("failures", "discard", message_id, "--yes")
    assert service.queue_depth("contract_events_dead_letter") == 0


@pytest.fixture
def _everybody_again(answer: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The rollout of the other tests, which includes everybody."""
    monkeypatch.setattr(rollout, "POLL_SECONDS", 0.2)
    yield
    answer("rollout", "100", "--select-nobody", "--yes")


def sees_requests(service: DeployedService, contract_id: str, freelancer: Person) -> bool:
    visible: bool = service.tab(contract_id, freelancer).json()["actions"]["request_feedback"]["visible"]
    return visible


@pytest.mark.usefixtures("_everybody_again")
def test_the_rollout_reaches_the_functions(service: DeployedService, answer: Any) -> None:
    selected, other = service.freelancer, people.sign_in(service.stack, "other")
    contracts = {
        person: service.an_eligible_contract(
            freelancer={"id": person.id, "name": person.name, "email": person.email}
        )
        for person in (selected, other)
    }

    def seen() -> dict[Person, bool]:
        return {person: sees_requests(service, contract_id, person) for person, contract_id in contracts.items()}

    def included() -> dict[Person, bool]:
        """What the flag says in AppConfig."""
        explained = {person: answer("explain", contract_id) for person, contract_id in contracts.items()}
        return {person: found["rollout"]["includes"] for person, found in explained.items()}

    change = ("rollout", "0", "--select", selected.id)
    assert not answer(*change, "--dry-run")["changed"]
    assert included() == {selected: True, other: True}
    assert answer(*change, "--yes")["changed"]
    assert included() == {selected: True, other: False}
    with released(service.stack, "list", MemorySize=768):  # a new process; others read the flag within a minute
        assert seen() == {selected: True, other: False}
        answer("rollout", "100", "--select-nobody", "--yes")
    assert not answer("rollout", "100", "--yes")["changed"]
    assert included() == seen() == {selected: True, other: True}


def test_a_port_without_a_stack_is_told_in_a_sentence() -> None:
    result = CliRunner(mix_stderr=False).invoke(app, ["explain", "c-1", "--port", "1"])
    assert (result.exit_code, result.stderr) == (
        1,
        "No stack runs on port 1: start one with `make up PORT=1`.\n",
    )
