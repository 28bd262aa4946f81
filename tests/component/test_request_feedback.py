"""POST /contracts/{contract_id}/feedback-requests: the freelancer requests feedback.

Every criterion is tested at its boundary in tests/unit/test_eligibility.py.
"""

from datetime import timedelta
from urllib.parse import urljoin

import pytest

from tests.builders import CLIENT, DAY, NOW, SECOND
from tests.component.marketplace import Marketplace
from tests.suite_clock import shifted


def test_a_request_is_accepted_and_says_where_it_is_shown(marketplace: Marketplace) -> None:
    response = marketplace.request_feedback(body={"message": "How is it going?"})
    assert response.status == 201
    location = urljoin("/base/contracts/c-1/feedback-requests", response.headers["Location"])
    assert location == "/base/contracts/c-1/feedback"
    assert response.headers["Content-Type"] == "application/json"
    assert response.body == {
        "request_id": response.body["request_id"],
        "contract_id": "c-1",
        "status": "pending",
        "message": "How is it going?",
        "requested_at": shifted("2026-06-15T12:00:00.000Z"),
        "expires_at": shifted("2026-06-29T12:00:00.000Z"),
        "closed_at": None,
        "delivery": {
            "email": {"status": "queued", "reason": None, "at": shifted("2026-06-15T12:00:00.000Z")},
        },
    }


def test_the_deadline_is_a_whole_second_fourteen_days_later(marketplace: Marketplace) -> None:
    marketplace.wait(timedelta(microseconds=123_456))
    response = marketplace.request_feedback().body
    assert [response["requested_at"], response["expires_at"]] == shifted(
        ["2026-06-15T12:00:00.000Z", "2026-06-29T12:00:00.000Z"]
    )
    assert marketplace.feedback_tab().body["open_request"] == response


@pytest.mark.parametrize(
    ("body", "stored"), [({}, None), ({"message": " \n\t "}, None), ({"message": "  Hello 🙂\n"}, "Hello 🙂")]
)
def test_a_message_is_stored_and_shown_trimmed(
    marketplace: Marketplace, body: dict[str, str], stored: str | None
) -> None:
    assert marketplace.request_feedback(body=body).body["message"] == stored
    assert marketplace.feedback_tab().body["open_request"]["message"] == stored


@pytest.mark.parametrize(
    ("body", "wrong_fields"),
    [
        ({"message": "🙂" * 501}, ["message"]),
        ({"message": ["Hello"]}, ["message"]),
        ({"message": 5, "urgent": True}, ["message", "urgent"]),
    ],
)
def test_an_invalid_body_is_refused_with_every_wrong_field(
    marketplace: Marketplace, body: object, wrong_fields: list[str]
) -> None:
    assert marketplace.request_feedback(body=body).wrong_fields == wrong_fields
    assert marketplace.feedback_tab().body["open_request"] is None


def test_only_the_freelancer_can_request(marketplace: Marketplace) -> None:
    assert marketplace.request_feedback(person=CLIENT.id).refusal == (403, "not_the_freelancer")


def test_an_open_request_is_reported_before_anything_else(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.wait(13 * DAY)
    refused = marketplace.request_feedback()
    assert refused.refusal == (409, "request_pending")
    assert refused.body["expires_at"] == shifted("2026-06-29T12:00:00.000Z")
    assert "reasons" not in refused.body


def test_a_contract_must_be_thirty_days_old(empty_marketplace: Marketplace) -> None:
    empty_marketplace.start_eligible_contract(started_at=(NOW - 30 * DAY + SECOND).isoformat())
    refused = empty_marketplace.request_feedback()
    assert refused.refusal == (409, "not_eligible")
    [reason] = refused.body["reasons"]
    assert reason["code"] == "contract_too_new"
    assert reason["clears_at"] == refused.body["eligible_at"] == shifted("2026-06-15T12:00:01.000Z")
    empty_marketplace.wait(SECOND)
    assert empty_marketplace.request_feedback().status == 201


def test_the_last_payment_may_be_thirty_days_old_and_no_older(empty_marketplace: Marketplace) -> None:
    empty_marketplace.start_contract()
    empty_marketplace.pay(paid_at=NOW - 30 * DAY - SECOND)
    assert _reasons(empty_marketplace) == {"no_recent_payment": None}
    empty_marketplace.pay(paid_at=NOW - 30 * DAY)
    assert empty_marketplace.request_feedback().status == 201


def test_every_failing_reason_is_reported_without_a_date_if_waiting_does_not_help(
    empty_marketplace: Marketplace,
) -> None:
    empty_marketplace.start_contract(started_at=NOW.isoformat())
    refused = empty_marketplace.request_feedback()
    assert {reason["code"] for reason in refused.body["reasons"]} == {"contract_too_new", "no_recent_payment"}
    assert all(reason["detail"] in refused.body["detail"] for reason in refused.body["reasons"])
    assert refused.body["eligible_at"] is None


def test_no_date_is_reported_if_the_payment_will_be_too_old_by_then(empty_marketplace: Marketplace) -> None:
    empty_marketplace.start_contract(started_at=NOW.isoformat())
    empty_marketplace.pay(paid_at=NOW - SECOND)
    refused = empty_marketplace.request_feedback()
    assert [reason["clears_at"] for reason in refused.body["reasons"]] == [shifted("2026-07-15T12:00:00.000Z")]
    assert refused.body["eligible_at"] is None
    empty_marketplace.pay(paid_at=NOW)
    assert empty_marketplace.request_feedback().body["eligible_at"] == shifted("2026-07-15T12:00:00.000Z")


def _reasons(marketplace: Marketplace) -> dict[str, str | None]:
    refused = marketplace.request_feedback()
    assert refused.refusal == (409, "not_eligible")
    return {reason["code"]: reason["clears_at"] for reason in refused.body["reasons"]}
