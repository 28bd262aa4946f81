"""Requests past their deadline are closed: by schedule, by hand, and once only."""

from typing import Any

import pytest

from mid_job_feedback.storage import items, table
from tests import aws
from tests.builders import DAY, SECOND
from tests.component.calls import call
from tests.component.marketplace import Marketplace
from tests.moment import moved
from tests.sdk import Sdk


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
    marketplace.settle()
    assert marketplace.tab().body["past_requests"] == [
        request | {"status": "expired", "closed_at": request["expires_at"]}
    ]


def test_it_expired_at_its_deadline_not_when_somebody_noticed(overdue: Marketplace) -> None:
    overdue.wait(10 * DAY)
    overdue.sweep()
    overdue.settle()
    [request] = overdue.tab().body["past_requests"]
    assert request["closed_at"] == request["expires_at"] == moved("2026-06-29T12:00:00Z")
    [message] = overdue.told_of("feedback_request_expired")
    assert message["occurred_at"] == moved("2026-06-29T12:00:00Z")


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


def test_a_sweep_that_has_to_stop_starts_the_next_one_which_goes_on(
    empty_marketplace: Marketplace, sdk: Sdk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "BATCH", 1)
    in_two_rounds = [f"c-{number}" for number in range(200) if items.due_shard(f"c-{number}") == 7][:2]
    _overdue(empty_marketplace, *in_two_rounds)
    sdk.instead("Invoke", lambda *_: {})
    assert _sweep_one_round(empty_marketplace) == 1
    [run] = sdk.done("Invoke")
    assert run == {"FunctionName": aws.Context.invoked_function_arn, "InvocationType": "Event"}
    assert empty_marketplace.sweep() == 1


def test_a_sweep_that_came_to_nothing_starts_no_other(empty_marketplace: Marketplace) -> None:
    """Else it would go round in circles; the schedule comes again."""
    _overdue(empty_marketplace, "c-1", "c-2", "c-3")
    assert empty_marketplace.sweep(time_left=4_999) == 0
    assert empty_marketplace.sdk.done("Invoke") == []
    assert empty_marketplace.sweep(time_left=5_000) == 3
    assert empty_marketplace.sdk.done("Invoke") == []


def test_a_backlog_in_one_shard_does_not_starve_the_others(
    empty_marketplace: Marketplace, sdk: Sdk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With time for one round only, each shard gets its turn in it."""
    monkeypatch.setattr(table, "BATCH", 2)
    contracts = [f"c-{number}" for number in range(200)]
    backlog = [contract_id for contract_id in contracts if items.due_shard(contract_id) == 0][:6]
    elsewhere = [contract_id for contract_id in contracts if items.due_shard(contract_id) == 15][:1]
    _overdue(empty_marketplace, *backlog, *elsewhere)
    sdk.instead("Invoke", lambda *_: {})
    assert _sweep_one_round(empty_marketplace) == 3
    empty_marketplace.settle()
    assert len(empty_marketplace.tab(elsewhere[0]).body["past_requests"]) == 1


def test_what_became_busy_is_left_to_the_next_sweep(overdue: Marketplace, sdk: Sdk) -> None:
    sdk.refuse("BatchWriteItem", "ThrottlingException")
    assert overdue.sweep_by_hand().refusal == (503, "temporarily_unavailable")
    sdk.heal()
    assert overdue.sweep() == 1


def test_what_a_batch_leaves_over_is_tried_again(two_due_in_one_batch: Marketplace) -> None:
    """The call succeeds; only its answer says what it did not do."""
    sdk = two_due_in_one_batch.sdk
    _leaves_over(sdk, 1)
    assert two_due_in_one_batch.sweep_by_hand().body == {"expired": 2}
    assert len(sdk.done("BatchWriteItem")) == 2
    two_due_in_one_batch.settle()
    assert len(two_due_in_one_batch.told_of("feedback_request_expired")) == 2


@pytest.mark.usefixtures("naps")
def test_a_batch_that_stays_half_done_does_the_other_half(two_due_in_one_batch: Marketplace) -> None:
    _leaves_over(two_due_in_one_batch.sdk, table.ATTEMPTS)
    assert two_due_in_one_batch.sweep_by_hand().refusal == (503, "temporarily_unavailable")
    two_due_in_one_batch.sdk.heal()
    assert two_due_in_one_batch.sweep() == 1


def test_what_a_transaction_is_changing_is_tried_again(two_due_in_one_batch: Marketplace, naps: list[int]) -> None:
    sdk = two_due_in_one_batch.sdk
    sdk.refuse("BatchWriteItem", "TransactionConflictException")
    assert two_due_in_one_batch.sweep_by_hand().refusal == (503, "temporarily_unavailable")
    assert len(naps) == table.ATTEMPTS
    sdk.heal()
    assert two_due_in_one_batch.sweep() == 2


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which attempts were followed by a pause; nobody does wait."""
    taken: list[int] = []
    monkeypatch.setattr(table, "pause", taken.append)
    return taken


@pytest.fixture
def two_due_in_one_batch(empty_marketplace: Marketplace) -> Marketplace:
    in_one_shard = [f"c-{number}" for number in range(200) if items.due_shard(f"c-{number}") == 7][:2]
    _overdue(empty_marketplace, *in_one_shard)
    return empty_marketplace


def _overdue(marketplace: Marketplace, *contracts: str) -> None:
    for contract_id in contracts:
        marketplace.run(contract_id)
        assert marketplace.ask(contract_id).status == 201
    marketplace.wait(14 * DAY)


def _a_page_at_a_time(sdk: Sdk) -> None:
    """As if every page were full after three rows."""
    sdk.instead("Query", lambda client, asked: sdk.send(client, "Query", {**asked, "Limit": 3}))


def _sweep_one_round(marketplace: Marketplace) -> int:
    """There is time for one round, and then no more."""
    time_left = iter([5_000, 4_999])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws.Context, "get_remaining_time_in_millis", lambda _: next(time_left))
        return marketplace.sweep()


def _leaves_over(sdk: Sdk, times: int) -> None:
    """So many times the first of a batch is not done; the others are."""
    answers = iter(range(times))

    def answer(client: object, asked: dict[str, Any]) -> Any:
        [writes] = asked["RequestItems"].values()
        if next(answers, None) is None:
            return sdk.send(client, "BatchWriteItem", asked)
        if others := writes[1:]:
            sdk.send(client, "BatchWriteItem", {"RequestItems": {"feedback": others}})
        return {"UnprocessedItems": {"feedback": writes[:1]}}

    sdk.instead("BatchWriteItem", answer)
