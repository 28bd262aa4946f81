"""What the two indexes return, and in which order."""

from typing import Any

from mid_job_feedback.domain import lifecycle
from mid_job_feedback.domain.lifecycle import Snapshot
from mid_job_feedback.storage import items, store, transactions, work_history
from mid_job_feedback.storage import table as table_module
from tests.builders import DAY, NOW, SECOND, a_contract, a_feedback, a_request
from tests.store import rows


def test_the_work_history_lists_the_newest_contract_first_and_its_newest_feedback_first(table: Any) -> None:
    for contract_id, age in (("c-1", 90), ("c-10", 90), ("c-2", 60), ("c-3", 120)):
        rows.put_contract(table, a_contract(contract_id=contract_id, started_at=NOW - age * DAY))
    for feedback_id, days_ago in (("older", 40), ("newer", 5)):
        feedback = a_feedback(feedback_id=feedback_id, provided_at=NOW - days_ago * DAY)
        given = lifecycle.FeedbackGiven(seen=Snapshot(contract=store.snapshot("c-1").contract), feedback=feedback)
        table_module.transact(transactions.writes(given))
    page = work_history.page("u-freelancer", 100, None)
    found = [
        (contract.contract_id, [entry.feedback_id for entry in contract.feedback]) for contract in page.contracts
    ]
    assert found == [("c-2", []), ("c-10", []), ("c-1", ["newer", "older"]), ("c-3", [])]
    assert page.next_cursor is None


def test_a_full_last_page_of_the_work_history_says_that_nothing_follows(table: Any) -> None:
    for contract_id in ("c-1", "c-2"):
        rows.put_contract(table, a_contract(contract_id=contract_id))
    assert [store.history("u-freelancer", limit, None).more for limit in (1, 2, 3)] == [True, False, False]


def test_the_due_index_returns_expired_requests_by_shard_longest_overdue_first(table: Any) -> None:
    found = []
    for number in range(40):
        contract_id = f"c-{number}"
        requested_at = NOW - 14 * DAY + (5 - number) * SECOND
        rows.put_request(table, a_request(contract_id=contract_id, requested_at=requested_at))
    for shard in range(items.DUE_SHARDS):
        due = list(store.due(shard, NOW))
        assert [request.expires_at for request in due] == sorted(request.expires_at for request in due)
        contract_ids = [request.key["PK"]["S"].removeprefix("CONTRACT#") for request in due]
        assert all(items.due_shard(contract_id) == shard for contract_id in contract_ids)
        found += contract_ids
    assert sorted(found) == sorted(f"c-{number}" for number in range(5, 40))
