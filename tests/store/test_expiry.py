"""The storage side of expiry: due rows are read in pages, deleted in batches, and their end is recorded once."""

from typing import Any

from mid_job_feedback.domain import lifecycle
from mid_job_feedback.storage import items, store
from mid_job_feedback.storage.table import BATCH
from tests.builders import DAY, NOW, a_contract, a_request
from tests.sdk_interceptor import SdkInterceptor
from tests.store import rows
from tests.store.commands import STALE_REQUEST


def test_a_batch_is_deleted_in_one_call_even_if_some_rows_are_gone(table: Any, sdk: SdkInterceptor) -> None:
    due = []
    for number in range(BATCH):
        stale = a_request(contract_id=f"c-{number}", requested_at=NOW - 20 * DAY)
        due.append(items.from_due_item(rows.open_request_row(stale)))
        if number % 5:
            rows.put_request(table, stale)
    sdk.calls.clear()
    store.remove(due)
    assert sdk.operations == ["BatchWriteItem"]
    assert rows.all_by_sort_key(table) == {}


def test_the_end_of_a_removed_request_is_recorded_once(table: Any) -> None:
    rows.put_contract(table, a_contract())
    closed = lifecycle.close(STALE_REQUEST, "deadline_passed", NOW)
    assert [store.record_removed(closed) for _ in range(3)] == [True, False, False]
    assert store.room("c-1").past_requests == [closed]


def test_a_recorded_end_is_not_overwritten(table: Any) -> None:
    rows.put_contract(table, a_contract(), a_request())
    fulfilled = lifecycle.close(a_request(), "feedback_given", NOW)
    store.record_removed(fulfilled)
    expired = lifecycle.close(a_request(), "deadline_passed", NOW + 30 * DAY)
    assert store.record_removed(expired) is False
    assert store.room("c-1").past_requests == [fulfilled]


def test_due_requests_are_read_page_by_page(table: Any, sdk: SdkInterceptor) -> None:
    """So that memory does not grow with the backlog."""
    in_one_shard = [f"c-{number}" for number in range(8_000) if items.due_shard(f"c-{number}") == 3][:401]
    requests = [a_request(contract_id=contract_id, requested_at=NOW - 20 * DAY) for contract_id in in_one_shard]
    rows.put_all(table, map(rows.open_request_row, requests))
    sdk.calls.clear()
    due = store.due(3, NOW)
    next(due)
    assert sdk.operations == ["Query"]
    assert len(list(due)) == 400
    assert sdk.operations == ["Query"] * 3
