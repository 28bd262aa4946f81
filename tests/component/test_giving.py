"""POST /contracts/{contract_id}/feedback: the client gives feedback, unprompted or asked."""

from tests.builders import DAY, FREELANCER, NOW, RATINGS, SECOND
from tests.component.marketplace import Marketplace
from tests.moment import moved
from tests.sdk import Sdk


def test_feedback_is_given_and_shown(marketplace: Marketplace) -> None:
    answer = marketplace.give(body={"ratings": RATINGS, "comment": "Reliable and quick."})
    assert answer.status == 201
    assert answer.body == {
        "feedback_id": answer.body["feedback_id"],
        "contract_id": "c-1",
        "kind": "mid_contract",
        "ratings": RATINGS,
        "score": 4.67,
        "comment": "Reliable and quick.",
        "provided_at": moved("2026-06-15T12:00:00Z"),
        "request_id": None,
        "counts_towards_job_success_score": False,
    }
    assert marketplace.tab().body["feedback"] == [answer.body]


def test_freelancers_cannot_rate_themselves(marketplace: Marketplace) -> None:
    marketplace.ask()
    assert marketplace.give(person=FREELANCER.id).refusal == (403, "not_the_client")
    assert marketplace.tab().body["feedback"] == []


def test_unprompted_feedback_fulfils_the_open_request_in_one_transaction(
    marketplace: Marketplace, sdk: Sdk
) -> None:
    request = marketplace.ask().body
    marketplace.wait(DAY)
    sdk.calls.clear()
    given = marketplace.give()
    assert given.body["request_id"] == request["request_id"]
    assert sdk.operations == ["Query", "TransactWriteItems"]
    tab = marketplace.tab().body
    assert tab["open_request"] is None
    assert tab["past_requests"] == [request | {"status": "fulfilled", "closed_at": given.body["provided_at"]}]


def test_answering_an_open_request_needs_no_other_criterion(empty_marketplace: Marketplace) -> None:
    empty_marketplace.start()
    empty_marketplace.pay(paid_at=NOW - 30 * DAY)
    empty_marketplace.ask()
    empty_marketplace.wait(14 * DAY - SECOND)
    assert empty_marketplace.tab(person="u-client").body["actions"]["give_feedback"]["eligible"] is True
    assert empty_marketplace.give().status == 201


def test_after_the_deadline_all_criteria_count_again(empty_marketplace: Marketplace) -> None:
    empty_marketplace.start()
    empty_marketplace.pay(paid_at=NOW - 30 * DAY)
    empty_marketplace.ask()
    empty_marketplace.wait(14 * DAY)
    assert _refused_for(empty_marketplace) == ["no_recent_payment"]
    empty_marketplace.pay(paid_at=empty_marketplace.clock.now())
    given = empty_marketplace.give()
    assert (given.status, given.body["request_id"]) == (201, None)
    [request] = empty_marketplace.tab().body["past_requests"]
    assert (request["status"], request["closed_at"]) == ("expired", moved("2026-06-29T12:00:00Z"))


def test_feedback_is_thirty_days_apart_by_when_it_was_given(marketplace: Marketplace) -> None:
    marketplace.ask()
    marketplace.wait(10 * DAY)
    marketplace.give()
    marketplace.wait(30 * DAY - SECOND)
    marketplace.pay(paid_at=marketplace.clock.now())
    refused = marketplace.give()
    assert refused.refusal == (409, "not_eligible")
    assert refused.body["eligible_at"] == moved("2026-07-25T12:00:00Z")
    marketplace.wait(SECOND)
    assert marketplace.give().status == 201


def test_a_second_answer_at_once_is_too_soon(marketplace: Marketplace) -> None:
    marketplace.give()
    assert _refused_for(marketplace) == ["feedback_too_recent"]
    assert len(marketplace.tab().body["feedback"]) == 1


def test_an_ended_contract_takes_no_mid_contract_feedback(marketplace: Marketplace) -> None:
    marketplace.ask()
    marketplace.end()
    assert _refused_for(marketplace) == ["contract_not_active"]


def test_no_payment_and_a_new_contract_are_both_told(empty_marketplace: Marketplace) -> None:
    empty_marketplace.start(started_at=NOW.isoformat())
    assert _refused_for(empty_marketplace) == ["contract_too_new", "no_recent_payment"]


def test_a_contract_of_exactly_thirty_days_with_a_payment_of_exactly_thirty_days_will_do(
    empty_marketplace: Marketplace,
) -> None:
    empty_marketplace.start(started_at=(NOW - 30 * DAY).isoformat())
    empty_marketplace.pay(paid_at=NOW - 30 * DAY)
    assert empty_marketplace.give().status == 201


def _refused_for(marketplace: Marketplace) -> list[str]:
    refused = marketplace.give()
    assert refused.refusal == (409, "not_eligible")
    return [reason["code"] for reason in refused.body["reasons"]]
