"""What contract events do to a contract, its requests and its feedback.

tests/store/test_event_order.py delivers all of them in any order, late and repeated.
"""

from typing import Any

from tests import contract_queue, lambda_runtime
from tests.builders import DAY, NOW, SECOND
from tests.component.marketplace import Marketplace
from tests.contract_queue import deliver, event, replay
from tests.sdk_interceptor import SdkInterceptor
from tests.suite_clock import shifted


def test_the_event_files_are_applied(empty_marketplace: Marketplace) -> None:
    for case in ("contract-started", "payment-made", "end-of-contract-feedback", "contract-ended"):
        assert lambda_runtime.invoke("ingest", lambda_runtime.event(f"ingest-{case}")) == {"batchItemFailures": []}
    tab = empty_marketplace.feedback_tab().body
    assert tab["contract"]["title"] == "Website relaunch"
    assert tab["contract"]["ended_at"] == shifted("2026-06-15T11:00:00.000Z")
    assert [entry["feedback_id"] for entry in tab["feedback"]] == ["e-1"]
    assert contract_queue.dead_letters() == []


def test_a_newer_start_updates_names_and_addresses_but_not_the_date(marketplace: Marketplace) -> None:
    client = {"id": "u-client", "name": "New Client", "email": "new-client@example.com"}
    changes = {"title": "Relaunch, phase 2", "client": client, "started_at": NOW.isoformat()}
    deliver(event("contract-started", at=NOW + SECOND, **changes))
    contract = marketplace.feedback_tab().body["contract"]
    assert contract["title"] == "Relaunch, phase 2"
    assert contract["client"] == {"id": "u-client", "name": "New Client"}
    assert contract["started_at"] == shifted("2026-04-16T12:00:00.000Z")
    assert marketplace.work_history().body["contracts"][0]["title"] == "Relaunch, phase 2"
    marketplace.request_feedback()
    marketplace.process_stream()
    assert [email.to for email in marketplace.emails()] == ["new-client@example.com"]


def test_of_two_starts_in_the_same_second_the_one_sent_later_counts(empty_marketplace: Marketplace) -> None:
    deliver(event("contract-started", title="First"), event("contract-started", title="Second"))
    assert empty_marketplace.feedback_tab().body["contract"]["title"] == "Second"


def test_a_replay_completes_what_was_lost(empty_marketplace: Marketplace) -> None:
    deliver(event("contract-started", at=NOW + SECOND, title="Newest"))
    lost = [event("contract-started", title="First"), event("payment-made"), event("end-of-contract-feedback")]
    assert replay(*lost) == []
    tab = empty_marketplace.feedback_tab().body
    assert tab["contract"]["title"] == "Newest"
    assert [entry["feedback_id"] for entry in tab["feedback"]] == ["e-1"]
    assert empty_marketplace.submit_feedback().status == 201


def test_a_replay_changes_nothing_that_was_applied(empty_marketplace: Marketplace) -> None:
    """Not even in another order within a second, in which EventBridge keeps none."""
    other_client = {"id": "u-other", "name": "Other Client", "email": "other@example.com"}
    events = [
        event("contract-started", title="First"),
        event("contract-started", title="Second", client=other_client),
        event("end-of-contract-feedback", comment="First"),
        event("end-of-contract-feedback", comment="Second"),
    ]
    deliver(*events)
    before = empty_marketplace.rows()
    for order in (events, events[::-1]):
        assert replay(*order) == []
        assert empty_marketplace.rows() == before
    assert len(contract_queue.dead_letters()) == 3  # the one that names another client, each time


def test_a_refund_does_not_undo_a_payment(marketplace: Marketplace) -> None:
    deliver(event("payment-made", payment_id="p-1", amount="-500.00", paid_at=(NOW - 50 * DAY).isoformat()))
    deliver(event("payment-made", payment_id="refund", amount="-500.00", paid_at=NOW.isoformat()))
    assert marketplace.request_feedback().status == 201


def test_an_end_cancels_the_open_request_at_once(marketplace: Marketplace) -> None:
    request = marketplace.request_feedback().body
    marketplace.wait(DAY)
    marketplace.end_contract()
    tab = marketplace.feedback_tab().body
    assert tab["open_request"] is None
    assert tab["past_requests"] == [
        request | {"status": "cancelled", "closed_at": shifted("2026-06-16T12:00:00.000Z")}
    ]


def test_an_end_that_arrives_after_the_deadline_leaves_the_request_expired(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.wait(14 * DAY)
    marketplace.publish_event("contract-ended", ended_at=NOW.isoformat())
    assert [request["status"] for request in marketplace.feedback_tab().body["past_requests"]] == ["expired"]


def test_an_end_may_arrive_before_its_contract(empty_marketplace: Marketplace) -> None:
    empty_marketplace.end_contract()
    empty_marketplace.start_eligible_contract()
    assert empty_marketplace.feedback_tab().body["contract"]["status"] == "ended"
    assert empty_marketplace.submit_feedback().refusal == (409, "not_eligible")


def test_end_of_contract_feedback_does_not_affect_the_interval(marketplace: Marketplace) -> None:
    marketplace.publish_event("end-of-contract-feedback", provided_at=NOW.isoformat())
    assert marketplace.submit_feedback().status == 201


def test_end_of_contract_feedback_fulfils_no_request(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.publish_event("end-of-contract-feedback")
    assert marketplace.feedback_tab().body["open_request"]["status"] == "pending"


def test_feedback_moves_to_the_freelancer_of_the_event_that_won_the_race(
    marketplace: Marketplace, sdk: SdkInterceptor
) -> None:
    """Of two starts on the same day the older one counts; it may arrive while the other is being applied."""
    marketplace.submit_feedback()
    other = {"id": "u-other", "name": "Other", "email": "other@example.com"}
    _overtaken_by(sdk, event("contract-started", at=NOW - 2 * DAY, freelancer=other))
    deliver(event("contract-started", at=NOW - DAY, freelancer={**other, "id": "u-between"}))
    [contract] = marketplace.work_history("u-other").body["contracts"]
    assert len(contract["feedback"]) == 1
    assert marketplace.work_history("u-between").body["contracts"] == []


def test_feedback_is_sorted_by_the_date_of_the_event_that_won_the_race(
    marketplace: Marketplace, sdk: SdkInterceptor
) -> None:
    early, late = shifted("2026-06-15T11:40:00.000Z"), shifted("2026-06-15T11:45:00.000Z")
    marketplace.publish_event(
        "end-of-contract-feedback", feedback_id="e-2", provided_at=shifted("2026-06-15T11:42:00.000Z")
    )
    _overtaken_by(sdk, event("end-of-contract-feedback", at=NOW + SECOND, provided_at=late))
    deliver(event("end-of-contract-feedback", provided_at=early))
    [contract] = marketplace.work_history().body["contracts"]
    assert [shown["feedback_id"] for shown in contract["feedback"]] == ["e-1", "e-2"]


def _overtaken_by(sdk: SdkInterceptor, faster: str) -> None:
    """Apply this event just before the next transaction."""

    def write(caller: Any, parameters: Any) -> Any:
        sdk.restore()
        deliver(faster)
        return sdk.send(caller, "TransactWriteItems", parameters)

    sdk.respond("TransactWriteItems", write)
