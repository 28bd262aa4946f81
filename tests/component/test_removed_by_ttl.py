"""DynamoDB removes expired rows on its own, sometime: each request still ends exactly once."""

import json
from collections.abc import Callable

import pytest

from tests import aws, queues
from tests.builders import DAY
from tests.component import stream
from tests.component.marketplace import Marketplace
from tests.moment import moved

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
        "requested_at": moved("2026-06-01T11:00:00Z"),
        "expires_at": moved("2026-06-15T11:00:00Z"),
        "closed_at": moved("2026-06-15T11:00:00Z"),
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
    ("remove", "status"),
    [(Marketplace.give, "fulfilled"), (Marketplace.end, "cancelled")],
    ids=["fulfilled", "cancelled"],
)
def test_a_removal_by_an_answer_or_the_end_is_not_taken_for_an_expiry(
    marketplace: Marketplace, remove: Closer, status: str
) -> None:
    marketplace.ask()
    remove(marketplace)
    marketplace.wait(20 * DAY)
    removals = stream.let_through("expire", marketplace.stream.news())
    assert len(removals) == 1
    assert stream.deliver("expire", removals) == []
    marketplace.settle()
    assert [request["status"] for request in marketplace.tab().body["past_requests"]] == [status]
    assert marketplace.told_of("feedback_request_expired") == []


def test_only_removals_of_open_requests_reach_the_function(overdue: Marketplace) -> None:
    overdue.pay(paid_at=overdue.clock.now())
    _ask_again(overdue)
    overdue.end("c-2")
    [removal] = stream.let_through("expire", overdue.stream.news())
    assert removal["dynamodb"]["OldImage"]["expires_at"]["N"] < str(overdue.clock.now().timestamp())


def test_a_broken_removal_is_set_aside_alone_and_with_its_reason(overdue: Marketplace) -> None:
    overdue.remove_by_ttl()
    removal = overdue.stream.news()[-1]
    broken = aws.event("expire-removed-by-ttl")["Records"][0]
    del broken["dynamodb"]["OldImage"]["request_id"]
    assert stream.deliver("expire", [broken, removal]) == []
    assert [(json.loads(letter.body), letter.reason) for letter in queues.take("FAILURE_QUEUE_URL")] == [
        (broken, "KeyError")
    ]
    _expired_once(overdue)


def _expired_once(marketplace: Marketplace) -> None:
    [request] = marketplace.tab().body["past_requests"]
    assert (request["status"], request["closed_at"]) == ("expired", moved("2026-06-29T12:00:00Z"))
    assert len(marketplace.told_of("feedback_request_expired")) == 1
