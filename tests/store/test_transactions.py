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
from tests.store.commands import (
    STALE_REQUEST,
    feedback_given,
    request_declined,
    request_made,
    request_withdrawn,
    requests_muted,
)

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
    assert len(rows.of_contract(table, "c-1")) == 2


def test_the_same_feedback_is_recorded_once(table: Any) -> None:
    rows.put_contract(table, a_contract())
    change = feedback_given(store.snapshot("c-1"))
    commit(change)
    rows.put_contract(table, a_contract())
    assert_not_committed(table, change)


def muted_by_decline(seen: Snapshot) -> Change:
    return request_declined(seen, "muted")


settlements = pytest.mark.parametrize(
    ("settle", "expected"),
    [
        (request_declined, {"last_declined_at": items.stamp(NOW)}),
        (muted_by_decline, {"last_declined_at": items.stamp(NOW), "requests_muted": True}),
        (request_withdrawn, {"last_withdrawn_request_at": items.stamp(a_request().requested_at)}),
    ],
    ids=["decline", "decline and mute", "withdraw"],
)


@settlements
def test_a_decline_or_withdrawal_closes_the_request_and_says_so_on_the_contract(
    table: Any, settle: Decide, expected: rows.Row
) -> None:
    rows.put_contract(table, a_contract(), a_request())
    before = rows.all_by_sort_key(table)[items.CONTRACT]
    settled = settle(store.snapshot("c-1", "r-1"))
    commit(settled)
    after = rows.all_by_sort_key(table)
    assert after[items.CONTRACT] == before | expected
    assert settled.closed
    closed = items.closed_request_sort(settled.closed.requested_at, "r-1")
    assert after.keys() == {items.CONTRACT, closed}
    assert items.from_closed_request_item(after[closed]) == settled.closed


@settlements
@pytest.mark.parametrize(
    "change_row",
    ["the contract ended", "the freelancer changed", "the client changed", "a request was made"],
)
def test_what_a_decline_or_withdrawal_rests_on_must_still_be_so(
    table: Any, settle: Decide, expected: rows.Row, change_row: str
) -> None:
    rows.put_contract(table, a_contract(), a_request())
    change = settle(store.snapshot("c-1", "r-1"))
    CONCURRENT_CHANGES[change_row](table)
    assert_not_committed(table, change)
    assert not expected.keys() & rows.all_by_sort_key(table)[items.CONTRACT].keys()


@settlements
def test_a_request_that_was_removed_meanwhile_is_neither_declined_nor_withdrawn(
    table: Any, settle: Decide, expected: rows.Row
) -> None:
    rows.put_contract(table, a_contract(), a_request())
    change = settle(store.snapshot("c-1", "r-1"))
    rows.remove_request(table)
    assert_not_committed(table, change)
    assert not expected.keys() & rows.all_by_sort_key(table)[items.CONTRACT].keys()


@settlements
@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("title", "Relaunch"),
        ("last_payment_at", items.stamp(NOW)),
        ("started_at", items.stamp(NOW - 61 * DAY)),
        ("last_feedback_at", items.stamp(NOW - 40 * DAY)),
        ("requests_muted", True),
    ],
)
def test_nothing_else_on_the_contract_fails_a_decline_or_withdrawal(
    table: Any, settle: Decide, expected: rows.Row, attribute: str, value: str
) -> None:
    rows.put_contract(table, a_contract(), a_request())
    change = settle(store.snapshot("c-1", "r-1"))
    rows.set_attribute(table, attribute, value)
    commit(change)
    contract = rows.all_by_sort_key(table)[items.CONTRACT]
    assert contract.items() >= ({attribute: value} | expected).items()


def in_the_contract(name: str, value: object) -> Callable[[Any], None]:
    return lambda table: rows.set_attribute(table, name, value)


@pytest.mark.parametrize(
    "change_row",
    [
        in_the_contract("last_declined_at", items.stamp(NOW - SECOND)),
        in_the_contract("last_withdrawn_request_at", items.stamp(NOW - SECOND)),
        in_the_contract("requests_muted", True),
        in_the_contract("client_email", ""),
        lambda table: rows.remove_attribute(table, "client_email"),
    ],
    ids=["declined", "withdrawn", "muted", "address blank", "address erased"],
)
def test_whether_the_client_may_be_asked_must_still_be_so(table: Any, change_row: Callable[[Any], None]) -> None:
    """A Query is not atomic: it may read the contract before a decline, and the place of the open row after it."""
    rows.put_contract(table, a_contract(last_request_id="r-1"))
    change = request_made(store.snapshot("c-1"))
    change_row(table)
    assert_not_committed(table, change)


def test_a_newer_decline_or_withdrawal_fails_the_next_request(table: Any) -> None:
    old = {"last_declined_at": NOW - 60 * DAY, "last_withdrawn_request_at": NOW - 60 * DAY}
    for name, instant in old.items():
        rows.put_contract(table, a_contract(**old))
        change = request_made(store.snapshot("c-1"))
        rows.set_attribute(table, name, items.stamp(NOW - SECOND))
        assert_not_committed(table, change)
        rows.set_attribute(table, name, items.stamp(instant))
        commit(change)
        rows.delete_all(table)


def test_another_address_of_the_client_fails_no_request(table: Any) -> None:
    rows.put_contract(table, a_contract())
    change = request_made(store.snapshot("c-1"))
    rows.set_attribute(table, "client_email", "new@example.com")
    commit(change)
    assert len(rows.open_requests(table)) == 1


def test_the_contract_names_the_deadline_of_its_newest_request(table: Any) -> None:
    rows.put_contract(table, a_contract())
    commit(request_made(store.snapshot("c-1")))
    assert store.snapshot("c-1").contract.last_request_expires_at == NOW + 14 * DAY


def test_requests_are_turned_off_and_on_even_on_an_ended_contract(table: Any) -> None:
    rows.put_contract(table, a_contract(ended_at=NOW))
    before = rows.all_by_sort_key(table)
    commit(requests_muted(store.snapshot("c-1")))
    assert store.snapshot("c-1").contract.requests_muted
    commit(requests_muted(store.snapshot("c-1"), muted=False))
    assert rows.all_by_sort_key(table) == before


@pytest.mark.parametrize("attribute", ["client_id", "freelancer_id"])
def test_only_other_people_fail_the_preference(table: Any, attribute: str) -> None:
    rows.put_contract(table, a_contract(), a_request())
    change = requests_muted(store.snapshot("c-1"))
    rows.set_attribute(table, "ended_at", items.stamp(NOW))
    rows.remove_request(table)
    commit(change)
    rows.remove_attribute(table, "requests_muted")
    rows.set_attribute(table, attribute, "u-other")
    assert_not_committed(table, change)


def test_feedback_that_nobody_asked_for_turns_requests_on_again_even_if_they_were_turned_off_since_the_read(
    table: Any,
) -> None:
    rows.put_contract(table, a_contract())
    change = feedback_given(store.snapshot("c-1"))
    rows.set_attribute(table, "requests_muted", True)
    commit(change)
    assert not store.snapshot("c-1").contract.requests_muted


def test_an_answer_leaves_requests_off(table: Any) -> None:
    rows.put_contract(table, a_contract(requests_muted=True), a_request())
    commit(feedback_given(store.snapshot("c-1")))
    assert store.snapshot("c-1").contract.requests_muted


def test_a_command_that_finds_everything_as_it_wants_it_writes_nothing(table: Any) -> None:
    rows.put_contract(table, a_contract(requests_muted=True), a_request())
    assert not requests_muted(store.snapshot("c-1")).changes
    for settle in (muted_by_decline, request_withdrawn):
        rows.put_request(table, a_request())
        store.change("c-1", settle, "r-1")
        before = rows.all_by_sort_key(table)
        assert not settle(store.snapshot("c-1", "r-1")).changes
        store.change("c-1", settle, "r-1")
        assert rows.all_by_sort_key(table) == before
        rows.delete_all(table)
        rows.put_contract(table, a_contract())
