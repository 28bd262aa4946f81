"""GET /contracts/{contract_id}/feedback: the Feedback tab of the Contract Room."""

from typing import Any

import pytest

from tests.builders import CLIENT, DAY, FREELANCER, RATINGS
from tests.component.marketplace import Marketplace
from tests.suite_clock import shifted

HIDDEN: dict[str, Any] = {"visible": False, "eligible": False, "eligible_at": None, "reasons": []}
POSSIBLE: dict[str, Any] = {"visible": True, "eligible": True, "eligible_at": None, "reasons": []}
CONTRACT = {
    "contract_id": "c-1",
    "title": "Website relaunch",
    "status": "active",
    "started_at": shifted("2026-04-16T12:00:00.000Z"),
    "ended_at": None,
    "client": {"id": "u-client", "name": "Client"},
    "freelancer": {"id": "u-freelancer", "name": "Freelancer"},
}


def test_the_freelancer_sees_whether_a_request_is_possible(marketplace: Marketplace) -> None:
    assert marketplace.feedback_tab(person=FREELANCER.id).body == {
        "contract": CONTRACT,
        "viewer": "freelancer",
        "actions": {"request_feedback": POSSIBLE, "give_feedback": HIDDEN},
        "correctable_until_if_given_now": None,
        "requests_muted": False,
        "open_request": None,
        "requestable_at_if_withdrawn": None,
        "past_requests": [],
        "feedback": [],
    }


def test_the_client_sees_whether_feedback_is_possible(marketplace: Marketplace) -> None:
    assert marketplace.feedback_tab(person=CLIENT.id).body == {
        "contract": CONTRACT,
        "viewer": "client",
        "actions": {"request_feedback": HIDDEN, "give_feedback": POSSIBLE},
        "correctable_until_if_given_now": shifted("2026-06-17T12:00:00.000Z"),
        "requests_muted": False,
        "open_request": None,
        "requestable_at_if_withdrawn": None,
        "past_requests": [],
        "feedback": [],
    }


def test_both_see_why_not_and_from_when(marketplace: Marketplace) -> None:
    marketplace.submit_feedback()
    reason = {
        "code": "feedback_too_recent",
        "detail": "The last feedback was given too recently.",
        "clears_at": shifted("2026-07-15T12:00:00.000Z"),
    }
    refused = {"visible": True, "eligible": False, "eligible_at": None, "reasons": [reason]}
    assert _action(marketplace, FREELANCER.id, "request_feedback") == refused
    assert _action(marketplace, CLIENT.id, "give_feedback") == refused
    marketplace.pay(paid_at=marketplace.clock.now())
    assert _action(marketplace, CLIENT.id, "give_feedback")["eligible_at"] == shifted("2026-07-15T12:00:00.000Z")


def test_both_see_the_open_request_and_it_blocks_the_next_one(marketplace: Marketplace) -> None:
    request = marketplace.request_feedback().body
    for person in (CLIENT.id, FREELANCER.id):
        assert marketplace.feedback_tab(person=person).body["open_request"] == request
    [reason] = _action(marketplace, FREELANCER.id, "request_feedback")["reasons"]
    assert (reason["code"], reason["clears_at"]) == ("request_pending", request["expires_at"])
    assert _action(marketplace, CLIENT.id, "give_feedback") == POSSIBLE


def test_requests_and_feedback_are_sorted_newest_first(marketplace: Marketplace) -> None:
    for _ in range(3):
        marketplace.pay(paid_at=marketplace.clock.now())
        marketplace.request_feedback()
        marketplace.submit_feedback()
        marketplace.wait(30 * DAY)
    tab = marketplace.feedback_tab().body
    given = shifted(["2026-08-14T12:00:00.000Z", "2026-07-15T12:00:00.000Z", "2026-06-15T12:00:00.000Z"])
    assert [entry["provided_at"] for entry in tab["feedback"]] == given
    assert [entry["requested_at"] for entry in tab["past_requests"]] == given
    assert [entry["request_id"] for entry in tab["past_requests"]] == [
        entry["request_id"] for entry in tab["feedback"]
    ]


def test_end_of_contract_feedback_is_shown_too(marketplace: Marketplace) -> None:
    marketplace.submit_feedback()
    marketplace.publish_event("end-of-contract-feedback", provided_at=shifted("2026-06-15T12:00:01.000Z"))
    last, first = marketplace.feedback_tab().body["feedback"]
    assert first["kind"] == "mid_contract"
    assert last == {
        "feedback_id": "e-1",
        "contract_id": "c-1",
        "kind": "end_of_contract",
        "ratings": RATINGS,
        "score": 4.67,
        "comment": "A pleasure to the end.",
        "provided_at": shifted("2026-06-15T12:00:01.000Z"),
        "request_id": None,
        "counts_towards_job_success_score": True,
        "revision": 1,
        "edited_at": None,
        "earlier_versions": [],
        "correctable_until": None,
        "reply": None,
        "replyable_until": shifted("2026-07-13T12:00:01.000Z"),
        "removed": None,
    }


def test_a_request_is_shown_as_expired_from_its_deadline_on_swept_or_not(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.process_stream()
    request = marketplace.feedback_tab().body["open_request"]
    marketplace.wait(14 * DAY)
    before_sweep = marketplace.feedback_tab()
    assert before_sweep.body["open_request"] is None
    assert before_sweep.body["past_requests"] == [
        request | {"status": "expired", "closed_at": request["expires_at"]}
    ]
    assert marketplace.sweep() == 1
    marketplace.process_stream()
    assert marketplace.feedback_tab().text == before_sweep.text


@pytest.mark.parametrize("person", [CLIENT.id, FREELANCER.id])
def test_no_email_address_is_shown(marketplace: Marketplace, person: str) -> None:
    marketplace.request_feedback()
    marketplace.submit_feedback()
    assert "@" not in marketplace.feedback_tab(person=person).text


def _action(marketplace: Marketplace, person: str, name: str) -> dict[str, Any]:
    action: dict[str, Any] = marketplace.feedback_tab(person=person).body["actions"][name]
    return action
