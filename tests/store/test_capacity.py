"""What an operation may consume, as DynamoDB Local counts it."""

from typing import Any

from mid_job_feedback.domain import contract_events
from mid_job_feedback.storage import contract_writes, items
from tests import contract_queue
from tests.builders import DAY, NOW, a_contract
from tests.capacity import Consumed, metered
from tests.store import rows
from tests.store.commands import make_request, submit_feedback


def test_a_payment_writes_one_unit_and_to_no_index(dynamodb_local_table: Any) -> None:
    rows.put_contract(dynamodb_local_table, a_contract(last_payment_at=NOW - 20 * DAY))
    event = contract_events.parse(contract_queue.event("payment-made", paid_at=items.stamp(NOW)))
    with metered(dynamodb_local_table) as consumed:
        assert contract_writes.apply(event, 0, NOW)
    assert consumed.calls == ["UpdateItem"]
    assert _writes(consumed) == (1, 0)


def test_feedback_moves_nothing_in_the_index_but_itself(dynamodb_local_table: Any) -> None:
    """The contract's row changes too, but nothing of it that the index shows."""
    rows.put_contract(dynamodb_local_table, a_contract())
    with metered(dynamodb_local_table) as consumed:
        submit_feedback(1)
    assert consumed.calls == ["Query", "TransactWriteItems"]
    assert _writes(consumed) == (4, 2)


def test_a_request_touches_only_the_index_of_deadlines(dynamodb_local_table: Any) -> None:
    rows.put_contract(dynamodb_local_table, a_contract())
    with metered(dynamodb_local_table) as consumed:
        make_request(1)
    assert consumed.calls == ["Query", "TransactWriteItems"]
    assert _writes(consumed) == (4, 2)


def _writes(consumed: Consumed) -> tuple[float, float]:
    """Units of the table, and of its indexes."""
    return float(consumed.writes), float(consumed.index_writes)
