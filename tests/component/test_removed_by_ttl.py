"""DynamoDB removes expired rows on its own, sometime: each request still ends exactly once."""

from collections.abc import Callable

import pytest

from tests import aws
from tests.builders import DAY
from tests.component import stream
from tests.component.marketplace import Marketplace

type Closer = Callable[[Marketplace], object]


def _ask_again(marketplace: Marketplace) -> dict[str, object]:
    marketplace.pay(paid_at=marketplace.clock.now())
    answer = marketplace.ask()
    assert answer.status == 201
    renewed: dict[str, object] = answer.body
    return renewed


@pytest.fixture
def overdue(marketplace: Marketplace) -> Marketplace:
    """With a request that is due, but still in the table."""
    marketplace.ask()
    marketplace.settle()
    marketplace.wait(16 * DAY)
    return marketplace


def test_a_request_that_ttl_removed_is_recorded_as_expired(overdue: Marketplace) -> None:
    overdue.remove_by_ttl()
    assert overdue.tab().body["past_requests"] == []
    overdue.settle()
    _expired_once(overdue)


def test_the_event_file(marketplace: Marketplace) -> None:
    assert aws.invoke("expire", aws.event("expire-removed-by-ttl")) == {"batchItemFailures": []}
    [request] = marketplace.tab().body["past_requests"]
    assert request == {
        "request_id": "r-1",
        "contract_id": "c-1",
        "status": "expired",
        "message": "How is the work going so far?",
        "requested_at": "2026-06-01T11:00:00Z",
        "expires_at": "2026-06-15T11:00:00Z",
        "closed_at": "2026-06-15T11:00:00Z",
    }


def test_a_removal_that_is_told_three_times_ends_it_once(overdue: Marketplace) -> None:
    overdue.remove_by_ttl()
    removal = overdue.stream.news()
    for _ in range(2):
        assert stream.deliver("expire", removal) == []
    assert stream.deliver("expire", removal + removal) == []
    overdue.settle()
    _expired_once(overdue)


def test_a_sweep_before_ttl_leaves_ttl_nothing(overdue: Marketplace) -> None:
    overdue.sweep()
    overdue.remove_by_ttl()
    overdue.settle()
    _expired_once(overdue)


def test_a_sweep_after_ttl_finds_nothing(overdue: Marketplace) -> None:
    overdue.remove_by_ttl()
    assert overdue.sweep() == 0
    overdue.settle()
    assert overdue.sweep() == 0
    _expired_once(overdue)


def test_asking_again_before_any_removal_records_the_old_request(overdue: Marketplace) -> None:
    renewed = _ask_again(overdue)
    overdue.settle()
    _expired_once(overdue)
    assert overdue.tab().body["open_request"] == renewed


def test_asking_again_after_a_removal_that_is_not_recorded_yet(overdue: Marketplace) -> None:
    overdue.remove_by_ttl()
    renewed = _ask_again(overdue)
    overdue.settle()
    _expired_once(overdue)
    assert overdue.tab().body["open_request"] == renewed
    assert overdue.answer(overdue.link()).status == 201


def test_asking_again_after_a_sweep(overdue: Marketplace) -> None:
    overdue.sweep()
    renewed = _ask_again(overdue)
    overdue.settle()
    _expired_once(overdue)
    assert overdue.tab().body["open_request"] == renewed


@pytest.mark.parametrize(
    "remove",
    [Marketplace.sweep, Marketplace.give, Marketplace.end, _ask_again],
    ids=["swept", "fulfilled", "cancelled", "replaced"],
)
def test_a_removal_by_us_is_not_one_by_ttl(overdue: Marketplace, remove: Closer) -> None:
    overdue.pay(paid_at=overdue.clock.now())
    remove(overdue)
    assert stream.let_through("expire", overdue.stream.news()) == []


def test_a_broken_removal_fails_alone(overdue: Marketplace) -> None:
    overdue.remove_by_ttl()
    removal = overdue.stream.news()[-1]
    broken = aws.event("expire-removed-by-ttl")["Records"][0]
    del broken["dynamodb"]["OldImage"]["request_id"]
    assert stream.deliver("expire", [broken, removal]) == [broken["dynamodb"]["SequenceNumber"]]
    _expired_once(overdue)


def _expired_once(marketplace: Marketplace) -> None:
    [request] = marketplace.tab().body["past_requests"]
    assert (request["status"], request["closed_at"]) == ("expired", "2026-06-29T12:00:00Z")
    assert len(marketplace.told_of("feedback_request_expired")) == 1
