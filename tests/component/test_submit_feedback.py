"""POST /contracts/{contract_id}/feedback: the client submits feedback, with or without a request.

Every criterion is tested at its boundary in tests/unit/test_eligibility.py.
"""

from tests.builders import DAY, FREELANCER, NOW, RATINGS, SECOND
from tests.component.marketplace import Marketplace
from tests.sdk_interceptor import SdkInterceptor
from tests.suite_clock import shifted


def test_feedback_is_accepted_and_shown(marketplace: Marketplace) -> None:
    response = marketplace.submit_feedback(body={"ratings": RATINGS, "comment": "Reliable and quick."})
    assert response.status == 201
    assert response.body == {
        "feedback_id": response.body["feedback_id"],
        "contract_id": "c-1",
        "kind": "mid_contract",
        "ratings": RATINGS,
        "score": 4.67,
        "comment": "Reliable and quick.",
        "provided_at": shifted("2026-06-15T12:00:00.000Z"),
        "request_id": None,
        "counts_towards_job_success_score": False,
        "revision": 1,
        "edited_at": None,
        "earlier_versions": [],
        "correctable_until": shifted("2026-06-17T12:00:00.000Z"),
        "reply": None,
        "replyable_until": shifted("2026-07-13T12:00:00.000Z"),
        "removed": None,
    }
    assert marketplace.feedback_tab().body["feedback"] == [response.body]


def test_freelancers_cannot_rate_themselves(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    assert marketplace.submit_feedback(person=FREELANCER.id).refusal == (403, "not_the_client")
    assert marketplace.feedback_tab().body["feedback"] == []


def test_feedback_fulfils_the_open_request_in_one_transaction(
    marketplace: Marketplace, sdk: SdkInterceptor
) -> None:
    request = marketplace.request_feedback().body
    marketplace.wait(DAY)
    sdk.calls.clear()
    given = marketplace.submit_feedback()
    assert given.body["request_id"] == request["request_id"]
    assert sdk.operations == ["Query", "TransactWriteItems"]
    tab = marketplace.feedback_tab().body
    assert tab["open_request"] is None
    assert tab["past_requests"] == [request | {"status": "fulfilled", "closed_at": given.body["provided_at"]}]


def test_while_a_request_is_open_no_other_criterion_counts(empty_marketplace: Marketplace) -> None:
    empty_marketplace.start_contract()
    empty_marketplace.pay(paid_at=NOW - 30 * DAY)
    empty_marketplace.request_feedback()
    empty_marketplace.wait(14 * DAY - SECOND)
    assert empty_marketplace.feedback_tab(person="u-client").body["actions"]["give_feedback"]["eligible"] is True
    assert empty_marketplace.submit_feedback().status == 201


def test_after_the_deadline_all_criteria_count_again(empty_marketplace: Marketplace) -> None:
    empty_marketplace.start_contract()
    empty_marketplace.pay(paid_at=NOW - 30 * DAY)
    empty_marketplace.request_feedback()
    empty_marketplace.wait(14 * DAY)
    assert _refused_for(empty_marketplace) == ["no_recent_payment"]
    empty_marketplace.pay(paid_at=empty_marketplace.clock.now())
    given = empty_marketplace.submit_feedback()
    assert (given.status, given.body["request_id"]) == (201, None)
    [request] = empty_marketplace.feedback_tab().body["past_requests"]
    assert (request["status"], request["closed_at"]) == ("expired", shifted("2026-06-29T12:00:00.000Z"))


def test_the_interval_begins_when_feedback_is_given_not_when_it_was_requested(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.wait(10 * DAY)
    marketplace.submit_feedback()
    marketplace.wait(30 * DAY - SECOND)
    marketplace.pay(paid_at=marketplace.clock.now())
    refused = marketplace.submit_feedback()
    assert refused.refusal == (409, "not_eligible")
    assert refused.body["eligible_at"] == shifted("2026-07-25T12:00:00.000Z")
    marketplace.wait(SECOND)
    assert marketplace.submit_feedback().status == 201


def _refused_for(marketplace: Marketplace) -> list[str]:
    refused = marketplace.submit_feedback()
    assert refused.refusal == (409, "not_eligible")
    return [reason["code"] for reason in refused.body["reasons"]]
