"""The sweep closes requests past their deadline: by schedule or by hand, each exactly once."""

from typing import Any

import pytest

from mid_job_feedback.storage import items, table
from tests import lambda_runtime
from tests.builders import DAY, SECOND
from tests.component.http_calls import call
from tests.component.marketplace import Marketplace
from tests.sdk_interceptor import SdkInterceptor
from tests.suite_clock import shifted


@pytest.fixture
def overdue(marketplace: Marketplace) -> Marketplace:
    """With a request past its deadline whose row is still in the table."""
    marketplace.request_feedback()
    marketplace.process_stream()
    marketplace.wait(14 * DAY)
    return marketplace


def test_a_request_is_swept_once_from_its_deadline_on(marketplace: Marketplace) -> None:
    request = marketplace.request_feedback().body
    marketplace.wait(14 * DAY - SECOND)
    assert marketplace.sweep() == 0
    marketplace.wait(SECOND)
    assert [marketplace.sweep(), marketplace.sweep()] == [1, 0]
    marketplace.process_stream()
    [past] = marketplace.feedback_tab().body["past_requests"]
    changed = {"status": "expired", "closed_at": request["expires_at"], "delivery": past["delivery"]}
    assert past == request | changed
    assert len(marketplace.dash_messages_of("feedback_request_expired")) == 1


def test_it_expires_at_its_deadline_not_at_the_time_of_the_sweep(overdue: Marketplace) -> None:
    overdue.wait(10 * DAY)
    overdue.sweep()
    overdue.process_stream()
    [request] = overdue.feedback_tab().body["past_requests"]
    assert request["closed_at"] == request["expires_at"] == shifted("2026-06-29T12:00:00.000Z")
    [message] = overdue.dash_messages_of("feedback_request_expired")
    assert message["occurred_at"] == shifted("2026-06-29T12:00:00.000Z")


def test_an_operator_can_sweep_at_any_time_and_gets_the_number_of_closed_requests(overdue: Marketplace) -> None:
    response = overdue.sweep_by_hand()
    assert (response.status, response.text) == (200, '{"expired":1}')
    assert overdue.sweep_by_hand().body == {"expired": 0}


@pytest.mark.parametrize("body", [None, "{}", b"{}"])
def test_an_operator_need_not_send_a_body(overdue: Marketplace, body: str | bytes | None) -> None:
    assert call("expire-by-hand", body=body).body == {"expired": 1}


def test_fulfilled_cancelled_and_open_requests_are_not_swept(marketplace: Marketplace) -> None:
    for contract_id in ("c-2", "c-3"):
        marketplace.start_eligible_contract(contract_id)
        marketplace.request_feedback(contract_id)
    marketplace.submit_feedback("c-2")
    marketplace.end_contract("c-3")
    marketplace.wait(DAY)
    marketplace.request_feedback()
    marketplace.wait(12 * DAY)
    marketplace.sweep()  # the last reminder
    before = marketplace.rows()
    marketplace.wait(2 * DAY - SECOND)
    assert marketplace.sweep() == 0
    assert marketplace.rows() == before


def test_a_sweep_that_runs_out_of_time_starts_the_next_one(
    empty_marketplace: Marketplace, sdk: SdkInterceptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "BATCH", 1)
    in_two_rounds = [f"c-{number}" for number in range(200) if items.due_shard(f"c-{number}") == 7][:2]
    _overdue(empty_marketplace, *in_two_rounds)
    sdk.respond("Invoke", lambda *_: {})
    assert _sweep_one_round(empty_marketplace) == 1
    [run] = sdk.parameters_of("Invoke")
    assert run == {"FunctionName": lambda_runtime.Context.invoked_function_arn, "InvocationType": "Event"}
    assert empty_marketplace.sweep() == 1


def test_a_sweep_without_progress_starts_no_other(empty_marketplace: Marketplace) -> None:
    """It would start itself endlessly; the schedule runs again anyway."""
    _overdue(empty_marketplace, "c-1", "c-2", "c-3")
    assert empty_marketplace.sweep(time_left=4_999) == 0
    assert empty_marketplace.sdk.parameters_of("Invoke") == []
    assert empty_marketplace.sweep(time_left=5_000) == 3
    assert empty_marketplace.sdk.parameters_of("Invoke") == []


def test_a_backlog_in_one_shard_does_not_starve_the_others(
    empty_marketplace: Marketplace, sdk: SdkInterceptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if there is time for one round only, it includes each shard."""
    monkeypatch.setattr(table, "BATCH", 2)
    contracts = [f"c-{number}" for number in range(200)]
    backlog = [contract_id for contract_id in contracts if items.due_shard(contract_id) == 0][:6]
    elsewhere = [contract_id for contract_id in contracts if items.due_shard(contract_id) == 15][:1]
    _overdue(empty_marketplace, *backlog, *elsewhere)
    sdk.respond("Invoke", lambda *_: {})
    assert _sweep_one_round(empty_marketplace) == 3
    empty_marketplace.process_stream()
    assert len(empty_marketplace.feedback_tab(elsewhere[0]).body["past_requests"]) == 1


def test_unprocessed_items_of_a_batch_are_retried(two_due_in_one_batch: Marketplace) -> None:
    """The call succeeds; only its response lists what was not done."""
    sdk = two_due_in_one_batch.sdk
    _leave_one_unprocessed(sdk)
    assert two_due_in_one_batch.sweep_by_hand().body == {"expired": 2}
    assert len(sdk.parameters_of("BatchWriteItem")) == 2
    two_due_in_one_batch.process_stream()
    assert len(two_due_in_one_batch.dash_messages_of("feedback_request_expired")) == 2


def test_a_conflict_with_a_transaction_is_retried(two_due_in_one_batch: Marketplace, sleeps: list[int]) -> None:
    sdk = two_due_in_one_batch.sdk
    sdk.respond_with_error("BatchWriteItem", "TransactionConflictException")
    assert two_due_in_one_batch.sweep_by_hand().refusal == (503, "temporarily_unavailable")
    assert len(sleeps) == table.ATTEMPTS
    sdk.restore()
    assert two_due_in_one_batch.sweep() == 2


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The attempts that were followed by a pause, without really pausing."""
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
        marketplace.start_eligible_contract(contract_id)
        assert marketplace.request_feedback(contract_id).status == 201
    marketplace.wait(14 * DAY)


def _sweep_one_round(marketplace: Marketplace) -> int:
    """With time for one round only."""
    time_left = iter([5_000, 4_999])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lambda_runtime.Context, "get_remaining_time_in_millis", lambda _: next(time_left))
        return marketplace.sweep()


def _leave_one_unprocessed(sdk: SdkInterceptor) -> None:
    """Once, the first item of a batch is left unprocessed; the others are done."""
    responses = iter(["unprocessed"])

    def respond(client: object, parameters: dict[str, Any]) -> Any:
        [writes] = parameters["RequestItems"].values()
        if next(responses, None) is None:
            return sdk.send(client, "BatchWriteItem", parameters)
        if others := writes[1:]:
            sdk.send(client, "BatchWriteItem", {"RequestItems": {"feedback": others}})
        return {"UnprocessedItems": {"feedback": writes[:1]}}

    sdk.respond("BatchWriteItem", respond)
