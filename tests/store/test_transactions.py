"""The conditions of each transaction: it fails if what the command read has changed, and then it changes nothing.

What a transaction writes is compared by the model (test_model.py) and by the component tests.
"""

from collections.abc import Callable
from typing import Any

import pytest

from mid_job_feedback.domain import lifecycle
from mid_job_feedback.domain.lifecycle import Change, Snapshot
from mid_job_feedback.storage import items, store, transactions
from mid_job_feedback.storage import table as table_module
from tests.builders import DAY, NOW, SECOND, a_contract, a_request
from tests.store import rows
from tests.store.commands import STALE_REQUEST, feedback_given, request_made

type Decide = Callable[[Snapshot], Change]


def contract_ended(seen: Snapshot) -> Change:
    return lifecycle.end(seen, NOW - DAY, NOW)


CONCURRENT_CHANGES: dict[str, Callable[[Any], None]] = {
    "feedback was given": lambda c: rows.set_attribute(c, "last_feedback_at", items.stamp(NOW - 40 * DAY)),
    "the contract ended": lambda c: rows.set_attribute(c, "ended_at", items.stamp(NOW - SECOND)),
    "the start changed": lambda c: rows.set_attribute(c, "started_at", items.stamp(NOW - 61 * DAY)),
    "the freelancer changed": lambda c: rows.set_attribute(c, "freelancer_id", "u-other"),
    "the client changed": lambda c: rows.set_attribute(c, "client_id", "u-other"),
    "a request was made": lambda c: rows.put_request(c, a_request(request_id="r-9")),
}

requests_and_submissions = pytest.mark.parametrize(
    "decide", [request_made, feedback_given], ids=["request", "submit"]
)


def commit(change: Change) -> None:
    table_module.transact(transactions.writes(change))


def assert_not_committed(table: Any, change: Change) -> None:
    before = rows.all_by_sort_key(table)
    with pytest.raises(table_module.LostRace):
        commit(change)
    assert rows.all_by_sort_key(table) == before


def test_a_request_is_stored_with_its_deadline_for_ttl_and_its_shard_of_the_due_index(table: Any) -> None:
    rows.put_contract(table, a_contract())
    commit(request_made(store.snapshot("c-1")))
    [row] = rows.open_requests(table)
    request = items.plain(row)
    assert (request["request_id"], request["expires_at"]) == ("r-2", int((NOW + 14 * DAY).timestamp()))
    assert request["due_shard"] == items.due_shard("c-1")


@requests_and_submissions
@pytest.mark.parametrize("change_row", CONCURRENT_CHANGES.values(), ids=CONCURRENT_CHANGES)
def test_a_change_to_what_the_command_read_fails_it(
    table: Any, decide: Decide, change_row: Callable[[Any], None]
) -> None:
    rows.put_contract(table, a_contract())
    change = decide(store.snapshot("c-1"))
    change_row(table)
    assert_not_committed(table, change)


@requests_and_submissions
def test_newer_feedback_fails_the_command(table: Any, decide: Decide) -> None:
    rows.put_contract(table, a_contract(last_feedback_at=NOW - 60 * DAY))
    change = decide(store.snapshot("c-1"))
    rows.set_attribute(table, "last_feedback_at", items.stamp(NOW - 40 * DAY))
    assert_not_committed(table, change)


@pytest.mark.parametrize(
    ("decide", "stored"),
    [(request_made, STALE_REQUEST), (feedback_given, a_request()), (contract_ended, a_request())],
    ids=["request", "submit", "end"],
)
def test_another_open_request_than_the_one_read_fails_the_command(table: Any, decide: Decide, stored: Any) -> None:
    rows.put_contract(table, a_contract(), stored)
    change = decide(store.snapshot("c-1"))
    rows.put_request(table, a_request(request_id="r-9"))
    assert_not_committed(table, change)


@pytest.mark.parametrize("decide", [feedback_given, contract_ended], ids=["submit", "end"])
def test_a_request_that_was_removed_meanwhile_is_not_closed_again(table: Any, decide: Decide) -> None:
    rows.put_contract(table, a_contract(), a_request())
    change = decide(store.snapshot("c-1"))
    rows.remove_request(table)
    assert_not_committed(table, change)


def test_a_request_made_meanwhile_fails_the_end_of_the_contract(table: Any) -> None:
    rows.put_contract(table, a_contract())
    change = contract_ended(store.snapshot("c-1"))
    rows.put_request(table, a_request())
    assert_not_committed(table, change)


def test_an_earlier_end_is_kept(table: Any) -> None:
    rows.put_contract(table, a_contract())
    change = contract_ended(store.snapshot("c-1"))
    rows.set_attribute(table, "ended_at", items.stamp(NOW - 2 * DAY))
    assert_not_committed(table, change)


@requests_and_submissions
@pytest.mark.parametrize("attribute", ["title", "last_payment_at"])
def test_a_new_title_or_payment_fails_no_command(table: Any, decide: Decide, attribute: str) -> None:
    rows.put_contract(table, a_contract())
    change = decide(store.snapshot("c-1"))
    rows.set_attribute(table, attribute, items.stamp(NOW))
    commit(change)
    assert len(rows.all_by_sort_key(table)) == 2


def test_the_same_feedback_is_recorded_once(table: Any) -> None:
    rows.put_contract(table, a_contract())
    change = feedback_given(store.snapshot("c-1"))
    commit(change)
    rows.put_contract(table, a_contract())
    assert_not_committed(table, change)


def a_request_closed_by_itself(seen: Snapshot) -> Change:
    """A change that sets nothing on the contract, as a withdrawal would be."""
    assert seen.pending
    return Change(seen=seen, closed=lifecycle.close(seen.pending, "feedback_given", NOW))


def test_a_change_that_sets_nothing_on_the_contract_leaves_its_row_alone(table: Any) -> None:
    rows.put_contract(table, a_contract())
    rows.put_request(table, a_request())
    before = rows.all_by_sort_key(table)[items.CONTRACT]
    commit(a_request_closed_by_itself(store.snapshot("c-1")))
    after = rows.all_by_sort_key(table)
    assert after[items.CONTRACT] == before
    assert [sort for sort in after if sort.startswith(items.OPEN_REQUEST)] == []
    assert [sort for sort in after if sort.startswith(items.CLOSED_REQUEST)] != []


@pytest.mark.parametrize("change_row", CONCURRENT_CHANGES.values(), ids=CONCURRENT_CHANGES)
def test_such_a_change_depends_on_the_contract_as_any_other(table: Any, change_row: Callable[[Any], None]) -> None:
    rows.put_contract(table, a_contract())
    rows.put_request(table, a_request())
    change = a_request_closed_by_itself(store.snapshot("c-1"))
    change_row(table)
    assert_not_committed(table, change)
