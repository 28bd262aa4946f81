"""Requests past their deadline are closed: by schedule, by hand, and once only."""

from typing import Any

import pytest

from mid_job_feedback.storage import items, table
from tests import lambda_runtime
from tests.builders import DAY, SECOND
from tests.component.http_calls import call
from tests.component.marketplace import InProcessMarketplace
from tests.sdk_interceptor import SdkInterceptor
from tests.suite_clock import shifted


@pytest.fixture
def overdue(marketplace: InProcessMarketplace) -> InProcessMarketplace:
    """With a request that is due, but still in the table."""
    marketplace.request_feedback()
    marketplace.process_stream()
    marketplace.wait(14 * DAY)
    return marketplace


def test_a_request_is_due_at_its_deadline_and_not_before(marketplace: InProcessMarketplace) -> None:
    request = marketplace.request_feedback().body
    marketplace.wait(14 * DAY - SECOND)
    assert marketplace.sweep() == 0
    marketplace.wait(SECOND)
    assert marketplace.sweep() == 1
    marketplace.process_stream()
    assert marketplace.feedback_tab().body["past_requests"] == [
        request | {"status": "expired", "closed_at": request["expires_at"]}
    ]


def test_it_expired_at_its_deadline_not_when_somebody_noticed(overdue: InProcessMarketplace) -> None:
    overdue.wait(10 * DAY)
    overdue.sweep()
    overdue.process_stream()
    [request] = overdue.feedback_tab().body["past_requests"]
    assert request["closed_at"] == request["expires_at"] == shifted("2026-06-29T12:00:00Z")
    [message] = overdue.dash_messages_of("feedback_request_expired")
    assert message["occurred_at"] == shifted("2026-06-29T12:00:00Z")


def test_it_is_closed_once(overdue: InProcessMarketplace) -> None:
    assert [overdue.sweep(), overdue.sweep()] == [1, 0]
    assert len(overdue.dash_messages_of("feedback_request_expired")) == 1


def test_an_operator_can_sweep_at_once_and_is_told_how_many(overdue: InProcessMarketplace) -> None:
    response = overdue.sweep_by_hand()
    assert (response.status, response.text) == (200, '{"expired":1}')
    assert overdue.sweep_by_hand().body == {"expired": 0}


@pytest.mark.parametrize("body", [None, "{}", b"{}"])
def test_an_operator_need_not_send_a_body(overdue: InProcessMarketplace, body: str | bytes | None) -> None:
    assert call("expire-by-hand", body=body).body == {"expired": 1}


def test_what_is_answered_ended_or_not_yet_due_is_left_alone(marketplace: InProcessMarketplace) -> None:
    for contract_id in ("c-2", "c-3"):
        marketplace.start_eligible_contract(contract_id)
        marketplace.request_feedback(contract_id)
    marketplace.submit_feedback("c-2")
    marketplace.end_contract("c-3")
    marketplace.wait(DAY)
    marketplace.request_feedback()
    before = marketplace.rows()
    marketplace.wait(14 * DAY - SECOND)
    assert marketplace.sweep() == 0
    assert marketplace.rows() == before


def test_many_due_at_once_even_in_one_shard(empty_marketplace: InProcessMarketplace, sdk: SdkInterceptor) -> None:
    contracts = [f"c-{number}" for number in range(200)]
    in_one_shard = [contract_id for contract_id in contracts if items.due_shard(contract_id) == 7][:8]
    elsewhere = [contract_id for contract_id in contracts if items.due_shard(contract_id) != 7][:4]
    _overdue(empty_marketplace, *in_one_shard, *elsewhere)
    _a_page_at_a_time(sdk)
    assert empty_marketplace.sweep() == 12
    assert empty_marketplace.sweep() == 0


def test_a_sweep_that_has_to_stop_starts_the_next_one_which_goes_on(
    empty_marketplace: InProcessMarketplace, sdk: SdkInterceptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "BATCH", 1)
    in_two_rounds = [f"c-{number}" for number in range(200) if items.due_shard(f"c-{number}") == 7][:2]
    _overdue(empty_marketplace, *in_two_rounds)
    sdk.respond("Invoke", lambda *_: {})
    assert _sweep_one_round(empty_marketplace) == 1
    [run] = sdk.parameters_of("Invoke")
    assert run == {"FunctionName": lambda_runtime.Context.invoked_function_arn, "InvocationType": "Event"}
    assert empty_marketplace.sweep() == 1


def test_a_sweep_that_came_to_nothing_starts_no_other(empty_marketplace: InProcessMarketplace) -> None:
    """Else it would go round in circles; the schedule comes again."""
    _overdue(empty_marketplace, "c-1", "c-2", "c-3")
    assert empty_marketplace.sweep(time_left=4_999) == 0
    assert empty_marketplace.sdk.parameters_of("Invoke") == []
    assert empty_marketplace.sweep(time_left=5_000) == 3
    assert empty_marketplace.sdk.parameters_of("Invoke") == []


def test_a_backlog_in_one_shard_does_not_starve_the_others(
    empty_marketplace: InProcessMarketplace, sdk: SdkInterceptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With time for one round only, each shard gets its turn in it."""
    monkeypatch.setattr(table, "BATCH", 2)
    contracts = [f"c-{number}" for number in range(200)]
    backlog = [contract_id for contract_id in contracts if items.due_shard(contract_id) == 0][:6]
    elsewhere = [contract_id for contract_id in contracts if items.due_shard(contract_id) == 15][:1]
    _overdue(empty_marketplace, *backlog, *elsewhere)
    sdk.respond("Invoke", lambda *_: {})
    assert _sweep_one_round(empty_marketplace) == 3
    empty_marketplace.process_stream()
    assert len(empty_marketplace.feedback_tab(elsewhere[0]).body["past_requests"]) == 1


def test_what_became_busy_is_left_to_the_next_sweep(overdue: InProcessMarketplace, sdk: SdkInterceptor) -> None:
    sdk.respond_with_error("BatchWriteItem", "ThrottlingException")
    assert overdue.sweep_by_hand().refusal == (503, "temporarily_unavailable")
    sdk.restore()
    assert overdue.sweep() == 1


def test_what_a_batch_leaves_over_is_tried_again(two_due_in_one_batch: InProcessMarketplace) -> None:
    """The call succeeds; only its answer says what it did not do."""
    sdk = two_due_in_one_batch.sdk
    _leaves_over(sdk, 1)
    assert two_due_in_one_batch.sweep_by_hand().body == {"expired": 2}
    assert len(sdk.parameters_of("BatchWriteItem")) == 2
    two_due_in_one_batch.process_stream()
    assert len(two_due_in_one_batch.dash_messages_of("feedback_request_expired")) == 2


@pytest.mark.usefixtures("sleeps")
def test_a_batch_that_stays_half_done_does_the_other_half(two_due_in_one_batch: InProcessMarketplace) -> None:
    _leaves_over(two_due_in_one_batch.sdk, table.ATTEMPTS)
    assert two_due_in_one_batch.sweep_by_hand().refusal == (503, "temporarily_unavailable")
    two_due_in_one_batch.sdk.restore()
    assert two_due_in_one_batch.sweep() == 1


def test_what_a_transaction_is_changing_is_tried_again(
    two_due_in_one_batch: InProcessMarketplace, sleeps: list[int]
) -> None:
    sdk = two_due_in_one_batch.sdk
    sdk.respond_with_error("BatchWriteItem", "TransactionConflictException")
    assert two_due_in_one_batch.sweep_by_hand().refusal == (503, "temporarily_unavailable")
    assert len(sleeps) == table.ATTEMPTS
    sdk.restore()
    assert two_due_in_one_batch.sweep() == 2


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which attempts were followed by a pause; nobody does wait."""
    taken: list[int] = []
    monkeypatch.setattr(table, "pause", taken.append)
    return taken


@pytest.fixture
def two_due_in_one_batch(empty_marketplace: InProcessMarketplace) -> InProcessMarketplace:
    in_one_shard = [f"c-{number}" for number in range(200) if items.due_shard(f"c-{number}") == 7][:2]
    _overdue(empty_marketplace, *in_one_shard)
    return empty_marketplace


def _overdue(marketplace: InProcessMarketplace, *contracts: str) -> None:
    for contract_id in contracts:
        marketplace.start_eligible_contract(contract_id)
        assert marketplace.request_feedback(contract_id).status == 201
    marketplace.wait(14 * DAY)


def _a_page_at_a_time(sdk: SdkInterceptor) -> None:
    """As if every page were full after three rows."""
    sdk.respond("Query", lambda client, asked: sdk.send(client, "Query", {**asked, "Limit": 3}))


def _sweep_one_round(marketplace: InProcessMarketplace) -> int:
    """There is time for one round, and then no more."""
    time_left = iter([5_000, 4_999])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lambda_runtime.Context, "get_remaining_time_in_millis", lambda _: next(time_left))
        return marketplace.sweep()


def _leaves_over(sdk: SdkInterceptor, times: int) -> None:
    """So many times the first of a batch is not done; the others are."""
    responses = iter(range(times))

    def respond(client: object, asked: dict[str, Any]) -> Any:
        [writes] = asked["RequestItems"].values()
        if next(responses, None) is None:
            return sdk.send(client, "BatchWriteItem", asked)
        if others := writes[1:]:
            sdk.send(client, "BatchWriteItem", {"RequestItems": {"feedback": others}})
        return {"UnprocessedItems": {"feedback": writes[:1]}}

    sdk.respond("BatchWriteItem", respond)
