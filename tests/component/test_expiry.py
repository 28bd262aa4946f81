"""Requests past their deadline are closed: by schedule, by hand, and once only."""

import pytest

from mid_job_feedback import items
from tests.builders import DAY, SECOND
from tests.component.calls import call
from tests.component.marketplace import Marketplace
from tests.sdk import Sdk, fail


@pytest.fixture
def overdue(marketplace: Marketplace) -> Marketplace:
    """With a request that is due, but still in the table."""
    marketplace.ask()
    marketplace.settle()
    marketplace.wait(14 * DAY)
    return marketplace


def test_a_request_is_due_at_its_deadline_and_not_before(marketplace: Marketplace) -> None:
    request = marketplace.ask().body
    marketplace.wait(14 * DAY - SECOND)
    assert marketplace.sweep() == 0
    marketplace.wait(SECOND)
    assert marketplace.sweep() == 1
    assert marketplace.tab().body["past_requests"] == [
        request | {"status": "expired", "closed_at": request["expires_at"]}
    ]


def test_it_expired_at_its_deadline_not_when_somebody_noticed(overdue: Marketplace) -> None:
    overdue.wait(10 * DAY)
    overdue.sweep()
    [request] = overdue.tab().body["past_requests"]
    assert request["closed_at"] == request["expires_at"] == "2026-06-29T12:00:00Z"
    [message] = overdue.told_of("feedback_request_expired")
    assert message["occurred_at"] == "2026-06-29T12:00:00Z"


def test_it_is_closed_once(overdue: Marketplace) -> None:
    assert [overdue.sweep(), overdue.sweep()] == [1, 0]
    assert len(overdue.told_of("feedback_request_expired")) == 1


def test_an_operator_can_sweep_at_once_and_is_told_how_many(overdue: Marketplace) -> None:
    answer = overdue.sweep_by_hand()
    assert (answer.status, answer.text) == (200, '{"expired":1}')
    assert overdue.sweep_by_hand().body == {"expired": 0}


@pytest.mark.parametrize("body", [None, "{}", b"{}"])
def test_an_operator_need_not_send_a_body(overdue: Marketplace, body: str | bytes | None) -> None:
    assert call("expire-by-hand", body=body).body == {"expired": 1}


def test_what_is_answered_ended_or_not_yet_due_is_left_alone(marketplace: Marketplace) -> None:
    for contract_id in ("c-2", "c-3"):
        marketplace.run(contract_id)
        marketplace.ask(contract_id)
    marketplace.give("c-2")
    marketplace.end("c-3")
    marketplace.wait(DAY)
    marketplace.ask()
    before = marketplace.rows()
    marketplace.wait(14 * DAY - SECOND)
    assert marketplace.sweep() == 0
    assert marketplace.rows() == before


def test_many_due_at_once_even_in_one_shard(empty_marketplace: Marketplace, sdk: Sdk) -> None:
    contracts = [f"c-{number}" for number in range(200)]
    in_one_shard = [contract_id for contract_id in contracts if items.due_shard(contract_id) == 7][:8]
    elsewhere = [contract_id for contract_id in contracts if items.due_shard(contract_id) != 7][:4]
    _overdue(empty_marketplace, *in_one_shard, *elsewhere)
    _a_page_at_a_time(sdk)
    assert empty_marketplace.sweep() == 12
    assert empty_marketplace.sweep() == 0


def test_a_sweep_stops_in_time_and_the_next_one_goes_on(empty_marketplace: Marketplace) -> None:
    _overdue(empty_marketplace, "c-1", "c-2", "c-3")
    assert empty_marketplace.sweep(time_left=4_999) == 0
    assert empty_marketplace.sweep(time_left=5_000) == 3


def test_what_became_busy_is_left_to_the_next_sweep(overdue: Marketplace, sdk: Sdk) -> None:
    sdk.refuse("TransactWriteItems", "ThrottlingException")
    assert overdue.sweep_by_hand().refusal == (503, "temporarily_unavailable")
    sdk.heal()
    assert overdue.sweep() == 1


def test_one_lost_race_does_not_stop_the_sweep(empty_marketplace: Marketplace, sdk: Sdk) -> None:
    _overdue(empty_marketplace, "c-1", "c-2")
    _answered_meanwhile(sdk, "c-1")
    assert empty_marketplace.sweep() == 1
    assert [request["contract_id"] for request in empty_marketplace.tab("c-2").body["past_requests"]] == ["c-2"]


def _overdue(marketplace: Marketplace, *contracts: str) -> None:
    for contract_id in contracts:
        marketplace.run(contract_id)
        assert marketplace.ask(contract_id).status == 201
    marketplace.wait(14 * DAY)


def _a_page_at_a_time(sdk: Sdk) -> None:
    """As if every page were full after three rows."""
    sdk.instead("Query", lambda client, asked: sdk.send(client, "Query", {**asked, "Limit": 3}))


def _answered_meanwhile(sdk: Sdk, contract_id: str) -> None:
    """Another transaction gets hold of this contract's request just before the sweep does."""

    def lose_one(client: object, asked: dict[str, object]) -> object:
        if contract_id in str(asked):
            reasons = [{"Code": "ConditionalCheckFailed"}, {"Code": "None"}]
            fail(client, "TransactWriteItems", "TransactionCanceledException", CancellationReasons=reasons)
        return sdk.send(client, "TransactWriteItems", asked)

    sdk.instead("TransactWriteItems", lose_one)
