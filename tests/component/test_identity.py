"""Who a token stands for: the subjects that issuers make, and the claim that the parameter JwtUserClaim names."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mid_job_feedback import settings
from tests import contract_queue
from tests.builders import CLIENT, FREELANCER, SUBJECTS
from tests.component.http_calls import HttpResponse, call
from tests.component.log_lines import LogOutput
from tests.component.marketplace import Marketplace

NAMESPACED = "https://www.example.com/user_id"
NO_ID = [
    "",
    " ",
    "a b",
    "u-client ",
    "ü-client",
    "x" * 256,
    "a/b",
    "\ud800",
    "\x00",
    "[u-client u-other]",
    "..",
    "ana\nERROR",
]
CALLS: dict[str, Any] = {"list-feedback-tab": None, "request-made": {}, "submit-feedback": None}


@pytest.fixture(params=["sub", NAMESPACED, "custom:marketplace_id"])
def claim(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The claim that the stack reads."""
    monkeypatch.setenv("JWT_USER_CLAIM", request.param)
    settings.settings.cache_clear()
    yield request.param
    settings.settings.cache_clear()


def calls_with(claims: dict[str, str]) -> list[HttpResponse]:
    return [call(case, claims=claims, body=body) for case, body in CALLS.items()]


def refused_lines(output: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in output.splitlines()]
    return [line for line in lines if line.get("message", "").endswith(" refused")]


@pytest.mark.parametrize("issuer", SUBJECTS)
def test_a_subject_of_any_issuer_leads_from_the_event_to_the_feedback(
    empty_marketplace: Marketplace, issuer: str
) -> None:
    """As client, as freelancer, as contract, as feedback, in tokens, in paths and in cursors."""
    marketplace, id_ = empty_marketplace, SUBJECTS[issuer]
    client = {"id": id_, "name": "Client", "email": "client@example.com"}
    freelancer = {"id": f"{id_}2", "name": "Freelancer", "email": "freelancer@example.com"}
    marketplace.publish_event("payment-made", contract_id=id_, payment_id=id_)
    marketplace.start_contract(id_, client=client, freelancer=freelancer)
    assert marketplace.request_feedback(id_, freelancer["id"]).status == 201
    assert marketplace.submit_feedback(id_, id_).status == 201
    marketplace.publish_event("end-of-contract-feedback", contract_id=id_, feedback_id=id_)
    tab = marketplace.feedback_tab(id_, id_).body
    assert (tab["viewer"], tab["contract"]["client"]["id"]) == ("client", id_)
    pages = [marketplace.work_history(freelancer["id"], limit=1).body]
    while cursor := pages[-1]["next_cursor"]:
        pages.append(marketplace.work_history(freelancer["id"], limit=1, cursor=cursor).body)
    shown = [entry for page in pages for contract in page["contracts"] for entry in contract["feedback"]]
    assert {entry["feedback_id"] for entry in shown} == {entry["feedback_id"] for entry in tab["feedback"]}
    assert len(shown) == 2
    [dash] = marketplace.dash_messages_of("feedback_requested")
    assert dash["recipient_id"] == id_
    assert contract_queue.dead_letters() == []


def test_the_claim_of_the_parameter_says_who_calls(marketplace: Marketplace, claim: str) -> None:
    others = {"sub": "u-stranger", NAMESPACED: "u-stranger", "custom:marketplace_id": "u-stranger"}
    tab, requested, _ = calls_with({**others, claim: FREELANCER.id})
    assert (tab.body["viewer"], requested.status) == ("freelancer", 201)
    assert calls_with({**others, claim: CLIENT.id})[2].status == 201
    for response in calls_with({**others, "sub": CLIENT.id} | {claim: "u-stranger"}):
        assert response.refusal == (404, "contract_not_found")


def test_a_repeated_call_is_a_callers_own_by_that_claim(marketplace: Marketplace, claim: str) -> None:
    """Two people whose tokens agree in every other claim do not get each other's answers."""
    same = {"sub": "same", NAMESPACED: "same", "custom:marketplace_id": "same"}
    key: dict[str, str | None] = {"idempotency-key": "key-1"}
    first, other = (
        call("request-made", claims={**same, claim: person}, headers=key) for person in (FREELANCER.id, CLIENT.id)
    )
    assert (first.status, other.refusal) == (201, (403, "not_the_freelancer"))
    assert call("request-made", claims={**same, claim: FREELANCER.id}, headers=key).body == first.body


def test_a_token_without_the_claim_is_a_strangers_and_the_log_says_which_claim_was_read(
    marketplace: Marketplace, claim: str, log_output: LogOutput
) -> None:
    known = {"sub": CLIENT.id, NAMESPACED: CLIENT.id, "custom:marketplace_id": CLIENT.id}
    del known[claim]
    log_output()
    for response in calls_with(known):
        assert response.refusal == (404, "contract_not_found")
    lines = refused_lines(log_output())
    assert len(lines) == len(CALLS)
    for line in lines:
        assert (line["user_claim"], line["user_claim_problem"]) == (claim, "missing")
        assert "user_id" not in line


@pytest.mark.parametrize("value", NO_ID, ids=range(len(NO_ID)))
def test_a_claim_that_is_no_id_is_a_strangers_and_never_logged(
    marketplace: Marketplace, log_output: LogOutput, value: str
) -> None:
    log_output()
    for response in calls_with({"sub": value}):
        assert response.refusal == (404, "contract_not_found")
    written = log_output()
    lines = refused_lines(written)
    assert len(lines) == len(CALLS)
    for line in lines:
        assert (line["user_claim"], line["user_claim_problem"]) == ("sub", "not an id")
    assert "user_id" not in written
    assert "ana\\nERROR" not in written


def test_a_user_of_no_contract_gets_the_same_404_and_the_log_has_the_id(
    marketplace: Marketplace, log_output: LogOutput
) -> None:
    log_output()
    known, unknown = (call("list-feedback-tab", person="u-stranger", contract_id=id_) for id_ in ("c-1", "c-9"))
    assert known.text == unknown.text
    assert [(line["user_claim"], line["user_id"]) for line in refused_lines(log_output())] == [
        ("sub", "u-stranger")
    ] * 2


def test_an_id_that_is_an_address_is_hashed_in_that_line(marketplace: Marketplace, log_output: LogOutput) -> None:
    log_output()
    call("list-feedback-tab", person="ana.ruiz@example.com")
    [line] = refused_lines(log_output())
    assert line["user_id"].startswith("sha256:")


def test_the_line_of_a_link_names_no_claim(marketplace: Marketplace, log_output: LogOutput) -> None:
    log_output()
    marketplace.open_link("TOKEN")
    [line] = refused_lines(log_output())
    assert "user_claim" not in line
