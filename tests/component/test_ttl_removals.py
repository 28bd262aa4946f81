"""TTL removes expired rows at any time after their deadline; each request still expires exactly once."""

from collections.abc import Callable

import pytest

from tests import lambda_runtime
from tests.builders import DAY
from tests.component import table_stream
from tests.component.marketplace import Marketplace
from tests.suite_clock import shifted

type Remove = Callable[[Marketplace], object]


def _request_again(marketplace: Marketplace) -> dict[str, object]:
    marketplace.pay(paid_at=marketplace.clock.now())
    response = marketplace.request_feedback()
    assert response.status == 201
    renewed: dict[str, object] = response.body
    return renewed


@pytest.fixture
def overdue(marketplace: Marketplace) -> Marketplace:
    """With a request past its deadline whose row is still in the table."""
    marketplace.request_feedback()
    marketplace.process_stream()
    marketplace.wait(16 * DAY)
    return marketplace


def test_a_request_removed_by_ttl_is_recorded_as_expired(overdue: Marketplace) -> None:
    overdue.remove_by_ttl()
    assert overdue.feedback_tab().body["past_requests"] == []
    overdue.process_stream()
    _expired_once(overdue)


def test_the_event_file_is_recorded(marketplace: Marketplace) -> None:
    assert lambda_runtime.invoke("expire", lambda_runtime.event("expire-removed-by-ttl")) == {
        "batchItemFailures": []
    }
    [request] = marketplace.feedback_tab().body["past_requests"]
    assert request == {
        "request_id": "r-1",
        "contract_id": "c-1",
        "status": "expired",
        "message": "How is the work going so far?",
        "requested_at": shifted("2026-06-01T11:00:00.000Z"),
        "expires_at": shifted("2026-06-15T11:00:00.000Z"),
        "closed_at": shifted("2026-06-15T11:00:00.000Z"),
        "delivery": {"email": {"status": "queued", "reason": None, "at": shifted("2026-06-01T11:00:00.000Z")}},
    }


def test_a_removal_that_is_delivered_three_times_counts_once(overdue: Marketplace) -> None:
    overdue.remove_by_ttl()
    removal = overdue.stream.new_records()
    for _ in range(2):
        assert table_stream.deliver("expire", removal) == []
    assert table_stream.deliver("expire", removal + removal) == []
    overdue.process_stream()
    _expired_once(overdue)


def test_a_new_request_after_a_removal_that_is_not_recorded_yet_leaves_both_intact(overdue: Marketplace) -> None:
    overdue.remove_by_ttl()
    renewed = _request_again(overdue)
    overdue.process_stream()
    _expired_once(overdue)
    delivery = {"email": {"status": "sent", "reason": None, "at": renewed["requested_at"]}}
    assert overdue.feedback_tab().body["open_request"] == renewed | {"delivery": delivery}
    assert overdue.submit_by_link(overdue.link_token()).status == 201


@pytest.mark.parametrize(
    ("remove", "status"),
    [(Marketplace.submit_feedback, "fulfilled"), (Marketplace.end_contract, "cancelled")],
    ids=["fulfilled", "cancelled"],
)
def test_a_removal_by_feedback_or_an_end_is_not_recorded_as_an_expiry(
    marketplace: Marketplace, remove: Remove, status: str
) -> None:
    marketplace.request_feedback()
    remove(marketplace)
    marketplace.wait(20 * DAY)
    removals = table_stream.filtered("expire", marketplace.stream.new_records())
    assert len(removals) == 1
    assert table_stream.deliver("expire", removals) == []
    marketplace.process_stream()
    assert [request["status"] for request in marketplace.feedback_tab().body["past_requests"]] == [status]
    assert marketplace.dash_messages_of("feedback_request_expired") == []


def test_only_removals_of_open_requests_pass_the_event_filter(overdue: Marketplace) -> None:
    overdue.pay(paid_at=overdue.clock.now())
    _request_again(overdue)
    overdue.end_contract("c-2")
    [removal] = table_stream.filtered("expire", overdue.stream.new_records())
    assert removal["dynamodb"]["OldImage"]["expires_at"]["N"] < str(overdue.clock.now().timestamp())


def _expired_once(marketplace: Marketplace) -> None:
    [request] = marketplace.feedback_tab().body["past_requests"]
    assert (request["status"], request["closed_at"]) == ("expired", shifted("2026-06-29T12:00:00.000Z"))
    assert len(marketplace.dash_messages_of("feedback_request_expired")) == 1
