"""Write capacity that each command consumes, in the table and in its indexes, as DynamoDB Local counts it."""

from collections.abc import Callable
from typing import Any

import pytest

from mid_job_feedback import links
from mid_job_feedback.domain import contract_events
from mid_job_feedback.storage import contract_writes, inbox, items, summaries
from mid_job_feedback.storage.contract_starts import Outcome
from tests import contract_queue
from tests.builders import CLIENT, DAY, FREELANCER, NOW, RATINGS, SECOND, a_contract, a_request, an_email_report
from tests.capacity import Consumed, metered
from tests.store import rows
from tests.store.commands import (
    decline_request,
    make_request,
    mute_requests,
    submit_feedback,
    submit_feedback_on_a_contract_of_its_own,
    withdraw_request,
)

# A comment is stored only if its client was not erased: reads the contract, and then whether its client was.
ERASED_PEOPLE = ("BatchGetItem", "BatchGetItem")


def test_a_payment_writes_one_unit_and_touches_no_index(table: Any) -> None:
    rows.put_contract(table, a_contract(last_payment_at=NOW - 20 * DAY))
    with metered(table) as consumed:
        assert _apply("payment-made", paid_at=items.stamp(NOW))
    assert consumed.calls == ["UpdateItem"]
    assert _writes(consumed) == (1, 0)


def test_a_new_title_writes_to_the_work_history_index(table: Any) -> None:
    """So a write to an index is counted, and the zero above means something."""
    _apply("contract-started")
    with metered(table) as consumed:
        assert _apply("contract-started", at=NOW + SECOND, title="Relaunch, phase 2")
    assert consumed.index_writes > 0


def test_feedback_writes_only_its_own_index_entry(table: Any) -> None:
    """The contract's row changes too, but no attribute of it that is projected into the index."""
    rows.put_contract(table, a_contract())
    with metered(table) as consumed:
        submit_feedback(1)
    assert consumed.calls == ["Query", "TransactWriteItems"]
    assert _writes(consumed) == (6, 4)


def test_end_of_contract_feedback_is_filed_and_counted_in_one_transaction(table: Any) -> None:
    """Stated anew, it costs a transaction instead of a write: its row, the summary's, and their index entries."""
    rows.put_contract(table, a_contract())
    with metered(table) as consumed:
        assert _apply("end-of-contract-feedback")
    assert consumed.calls == [*ERASED_PEOPLE, "UpdateItem", "Query", "TransactWriteItems"]
    assert _writes(consumed) == (7, 4)
    with metered(table) as consumed:
        assert _apply("end-of-contract-feedback", at=NOW + SECOND, ratings=dict.fromkeys(RATINGS, 3))
    assert consumed.calls == [*ERASED_PEOPLE, "UpdateItem", "Query", "TransactWriteItems", "Query"]
    assert _writes(consumed) == (4, 4)


def test_a_start_writes_to_the_indexes_of_the_history_the_summary_and_the_client(
    table: Any,
) -> None:
    with metered(table) as consumed:
        assert _apply("contract-started")
    assert consumed.calls == ["BatchGetItem", "UpdateItem", "Query"]
    assert _writes(consumed) == (1, 3)


@pytest.mark.parametrize("number", [1, 40])
def test_a_summary_costs_one_read_whatever_the_number_of_contracts(table: Any, number: int) -> None:
    rows.put_all(table, [rows.contract_row(a_contract(contract_id=f"c-{n}")) for n in range(number)])
    submit_feedback_on_a_contract_of_its_own(0)
    with metered(table) as consumed:
        assert summaries.read(FREELANCER.id).mid_contract.count == 1
    assert (consumed.calls, float(consumed.reads)) == (["Query"], 0.5)


def test_a_request_writes_to_the_indexes_of_deadlines_and_of_clients(table: Any) -> None:
    rows.put_contract(table, a_contract())
    with metered(table) as consumed:
        make_request(1)
    assert consumed.calls == ["Query", "TransactWriteItems"]
    assert _writes(consumed) == (4, 4)


@pytest.mark.parametrize("settle", [decline_request, withdraw_request], ids=["decline", "withdraw"])
def test_a_decline_or_withdrawal_costs_what_an_answer_does(table: Any, settle: Callable[[int], object]) -> None:
    """Three rows: the contract's, the open one, the closed one. The open one leaves two indexes."""
    rows.put_contract(table, a_contract(), a_request())
    with metered(table) as consumed:
        settle(1)
    assert consumed.calls == ["BatchGetItem", "TransactWriteItems"]
    assert _writes(consumed) == (6, 4)
    with metered(table) as consumed:
        settle(1)
    assert consumed.calls == ["BatchGetItem", "Query"]


def test_muting_writes_one_row_and_no_index(table: Any) -> None:
    rows.put_contract(table, a_contract())
    with metered(table) as consumed:
        mute_requests(1)
    assert consumed.calls == ["Query", "TransactWriteItems"]
    assert _writes(consumed) == (2, 0)


def test_a_page_of_open_requests_costs_three_units_for_each_whatever_the_contracts_of_its_client(
    table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 contracts, of which 110 wait for an answer. The index costs half a unit for each 4 KB."""
    contracts = [a_contract(contract_id=f"c-{number}") for number in range(500)]
    asked = [a_request(request_id=f"r-{number}", contract_id=f"c-{number}") for number in range(110)]
    requests = map(rows.open_request_row, asked)
    delivered = [
        items.delivery_key(request.contract_id, request.request_id)
        | items.to_dynamo(items.delivery_item(request.contract_id, request.request_id, an_email_report()))
        for request in asked
    ]
    rows.put_all(table, [*map(rows.contract_row, contracts), *requests, *delivered])
    monkeypatch.setattr(links, "_keys", lambda: ["k" * 64])
    for limit, calls, reads in (
        (20, ["Query", "BatchGetItem"], 60.5),
        (100, ["Query", *["BatchGetItem"] * 4], 301.5),
    ):
        with metered(table) as consumed:
            page = inbox.page(CLIENT.id, limit, None, NOW)
        assert len(page.requests) == limit
        assert (consumed.calls, float(consumed.reads)) == (calls, reads)


def test_an_older_start_moves_the_open_request_in_the_transaction_that_replaces_the_people(
    table: Any,
) -> None:
    _apply("contract-started")
    rows.put_request(table, a_request())
    with metered(table) as consumed:
        _apply("contract-started", at=NOW - DAY, client={"id": "u-2", "name": "Eva", "email": "eva@example.com"})
    assert consumed.calls == ["BatchGetItem", *["UpdateItem"] * 3, "Query", "TransactWriteItems", "Query"]
    [row] = rows.open_requests(table)
    assert row["client_id"]["S"] == "u-2"


def _apply(case: str, **event: Any) -> bool:
    parsed = contract_events.parse(contract_queue.event(case, **event), contract_queue.EXPECTED)
    return contract_writes.apply(parsed, 0, NOW) is Outcome.APPLIED


def _writes(consumed: Consumed) -> tuple[float, float]:
    """Units of the table, and of its indexes."""
    return float(consumed.writes), float(consumed.index_writes)
