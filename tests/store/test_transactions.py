"""Each transaction commits as mapped; each clause fails it when it should, and then nothing is half done."""

from collections.abc import Callable
from typing import Any

import pytest

from mid_job_feedback.domain import lifecycle
from mid_job_feedback.domain.lifecycle import Change, Snapshot
from mid_job_feedback.domain.models import RequestInput
from mid_job_feedback.storage import items, store, transactions
from mid_job_feedback.storage import table as table_module
from tests.builders import DAY, NOW, POLICY, SECOND, a_contract, a_request, an_answer
from tests.store import rows
from tests.store.commands import STALE_REQUEST


def request_made(seen: Snapshot, request_id: str = "r-2") -> Change:
    return lifecycle.request(
        seen, "u-freelancer", RequestInput(), enabled=True, request_id=request_id, policy=POLICY, now=NOW
    )


def feedback_given(seen: Snapshot, feedback_id: str = "f-1") -> Change:
    return lifecycle.submit(seen, "u-client", an_answer(), feedback_id=feedback_id, policy=POLICY, now=NOW)


def contract_ended(seen: Snapshot) -> Change:
    return lifecycle.end(seen, NOW - DAY, NOW)


def commit(change: Change) -> None:
    table_module.transact(transactions.writes(change))


def row_kinds(client: Any) -> list[str]:
    """Rows by their kind."""
    kinds = {items.OPEN_REQUEST: "open", items.CLOSED_REQUEST: "closed", items.FEEDBACK: "feedback"}
    return sorted(
        next((kind for prefix, kind in kinds.items() if sort.startswith(prefix)), "contract")
        for sort in rows.all_by_sort_key(client)
    )


def open_request(client: Any) -> Any:
    [row] = rows.open_requests(client)
    return items.plain(row)


def test_a_request_is_put_once_there_is_none(table: Any) -> None:
    rows.put_contract(table, a_contract())
    commit(request_made(store.snapshot("c-1")))
    assert row_kinds(table) == ["contract", "open"]
    row = open_request(table)
    assert (row["request_id"], row["expires_at"]) == ("r-2", int((NOW + 14 * DAY).timestamp()))
    assert row["due_shard"] == items.due_shard("c-1")
    stored = store.snapshot("c-1").stored
    assert stored
    assert stored.expires_at - stored.requested_at == 14 * DAY


def test_a_request_takes_the_place_of_an_expired_one_which_is_recorded(table: Any) -> None:
    rows.put_contract(table, a_contract(), STALE_REQUEST)
    commit(request_made(store.snapshot("c-1")))
    found = rows.all_by_sort_key(table)
    assert open_request(table)["request_id"] == "r-2"
    closed = found[items.closed_request_sort(STALE_REQUEST.requested_at, "r-1")]
    assert (closed["status"], closed["closed_at"]) == ("expired", items.stamp(STALE_REQUEST.expires_at))


def test_feedback_is_put_and_the_request_it_answers_becomes_fulfilled(table: Any) -> None:
    rows.put_contract(table, a_contract(), a_request())
    commit(feedback_given(store.snapshot("c-1")))
    room = store.room("c-1")
    assert room.seen.stored is None
    assert room.seen.contract.last_feedback_at == NOW
    assert [request.status for request in room.past_requests] == ["fulfilled"]
    assert [entry.request_id for entry in room.feedback] == ["r-1"]


def test_feedback_without_a_request_closes_none(table: Any) -> None:
    rows.put_contract(table, a_contract())
    commit(feedback_given(store.snapshot("c-1")))
    assert row_kinds(table) == ["contract", "feedback"]


@pytest.mark.parametrize(
    "decide", [request_made, feedback_given, contract_ended], ids=["request", "submit", "end"]
)
def test_a_request_that_is_long_closed_is_in_nobodys_way(table: Any, decide: Callable[[Snapshot], Change]) -> None:
    rows.put_contract(table, a_contract(last_request_id="r-1"))
    commit(decide(store.snapshot("c-1")))
    assert rows.all_by_sort_key(table)["CONTRACT"]["last_request_id"] == (
        "r-2" if decide is request_made else "r-1"
    )


def test_the_end_of_a_contract_cancels_its_request(table: Any) -> None:
    rows.put_contract(table, a_contract(), a_request())
    commit(contract_ended(store.snapshot("c-1")))
    room = store.room("c-1")
    assert (room.seen.contract.ended_at, room.seen.stored) == (NOW - DAY, None)
    assert [request.status for request in room.past_requests] == ["cancelled"]


CONCURRENT_CHANGES: list[tuple[str, Callable[[Any], None]]] = [
    ("feedback was given", lambda c: rows.set_attribute(c, "last_feedback_at", items.stamp(NOW - 40 * DAY))),
    ("the contract ended", lambda c: rows.set_attribute(c, "ended_at", items.stamp(NOW - SECOND))),
    ("the contract starts elsewhere", lambda c: rows.set_attribute(c, "started_at", items.stamp(NOW - 61 * DAY))),
    ("the freelancer is another", lambda c: rows.set_attribute(c, "freelancer_id", "u-other")),
    ("the client is another", lambda c: rows.set_attribute(c, "client_id", "u-other")),
    ("a request was made", lambda c: rows.put_request(c, a_request(request_id="r-9"))),
]


@pytest.mark.parametrize("decide", [request_made, feedback_given], ids=["request", "submit"])
@pytest.mark.parametrize(
    "concurrent_change",
    [change_row for _, change_row in CONCURRENT_CHANGES],
    ids=[name for name, _ in CONCURRENT_CHANGES],
)
def test_what_a_command_depends_on_must_still_be_so(
    table: Any, decide: Callable[[Snapshot], Change], concurrent_change: Callable[[Any], None]
) -> None:
    rows.put_contract(table, a_contract())
    change = decide(store.snapshot("c-1"))
    concurrent_change(table)
    before = rows.all_by_sort_key(table)
    with pytest.raises(table_module.LostRace):
        commit(change)
    assert rows.all_by_sort_key(table) == before


@pytest.mark.parametrize("decide", [request_made, feedback_given], ids=["request", "submit"])
def test_the_last_feedback_must_still_be_the_last(table: Any, decide: Callable[[Snapshot], Change]) -> None:
    rows.put_contract(table, a_contract(last_feedback_at=NOW - 60 * DAY))
    change = decide(store.snapshot("c-1"))
    rows.set_attribute(table, "last_feedback_at", items.stamp(NOW - 40 * DAY))
    before = rows.all_by_sort_key(table)
    with pytest.raises(table_module.LostRace):
        commit(change)
    assert rows.all_by_sort_key(table) == before


@pytest.mark.parametrize(
    "decide", [request_made, feedback_given, contract_ended], ids=["request", "submit", "end"]
)
def test_the_request_in_the_table_must_be_the_one_that_was_read(
    table: Any, decide: Callable[[Snapshot], Change]
) -> None:
    stored = STALE_REQUEST if decide is request_made else a_request()
    rows.put_contract(table, a_contract(), stored)
    change = decide(store.snapshot("c-1"))
    rows.put_request(table, a_request(request_id="r-9"))
    before = rows.all_by_sort_key(table)
    with pytest.raises(table_module.LostRace):
        commit(change)
    assert rows.all_by_sort_key(table) == before


@pytest.mark.parametrize("decide", [feedback_given, contract_ended], ids=["submit", "end"])
def test_a_request_that_is_gone_meanwhile_is_not_closed_again(
    table: Any, decide: Callable[[Snapshot], Change]
) -> None:
    rows.put_contract(table, a_contract(), a_request())
    change = decide(store.snapshot("c-1"))
    rows.remove_request(table)
    before = rows.all_by_sort_key(table)
    with pytest.raises(table_module.LostRace):
        commit(change)
    assert rows.all_by_sort_key(table) == before


def test_a_contract_does_not_end_past_a_request_made_meanwhile(table: Any) -> None:
    rows.put_contract(table, a_contract())
    change = contract_ended(store.snapshot("c-1"))
    rows.put_request(table, a_request())
    with pytest.raises(table_module.LostRace):
        commit(change)
    assert "ended_at" not in rows.all_by_sort_key(table)["CONTRACT"]


def test_the_earliest_end_stays(table: Any) -> None:
    rows.put_contract(table, a_contract())
    change = contract_ended(store.snapshot("c-1"))
    rows.set_attribute(table, "ended_at", items.stamp(NOW - 2 * DAY))
    with pytest.raises(table_module.LostRace):
        commit(change)
    assert rows.all_by_sort_key(table)["CONTRACT"]["ended_at"] == items.stamp(NOW - 2 * DAY)


@pytest.mark.parametrize("decide", [request_made, feedback_given], ids=["request", "submit"])
@pytest.mark.parametrize("attribute", ["title", "last_payment_at"])
def test_a_new_title_or_payment_takes_nothing_away(
    table: Any, decide: Callable[[Snapshot], Change], attribute: str
) -> None:
    rows.put_contract(table, a_contract())
    change = decide(store.snapshot("c-1"))
    rows.set_attribute(table, attribute, items.stamp(NOW))
    commit(change)
    assert len(rows.all_by_sort_key(table)) == 2


def test_the_same_feedback_is_not_recorded_twice(table: Any) -> None:
    rows.put_contract(table, a_contract())
    change = feedback_given(store.snapshot("c-1"))
    commit(change)
    rows.put_contract(table, a_contract())
    before = rows.all_by_sort_key(table)
    with pytest.raises(table_module.LostRace):
        commit(change)
    assert rows.all_by_sort_key(table) == before
