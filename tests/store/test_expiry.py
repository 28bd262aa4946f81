"""The end of a request past its deadline is recorded once, whoever comes first."""

from typing import Any

from mid_job_feedback import lifecycle, store
from tests.builders import NOW, a_contract, a_request
from tests.store import rows
from tests.store.commands import STALE


def test_expiry_removes_the_request_and_records_it(table: Any) -> None:
    rows.put(table, a_contract(), STALE)
    assert store.expire(lifecycle.close(STALE, "deadline_passed", NOW)) is True
    assert store.expire(lifecycle.close(STALE, "deadline_passed", NOW)) is False
    room = store.room("c-1")
    assert room.seen.stored is None
    assert [request.status for request in room.past_requests] == ["expired"]


def test_an_expiry_recorded_already_removes_nothing(table: Any) -> None:
    rows.put(table, a_contract())
    store.record_removed(lifecycle.close(STALE, "deadline_passed", NOW))
    rows.put_request(table, STALE)
    before = rows.everything(table)
    assert store.expire(lifecycle.close(STALE, "deadline_passed", NOW)) is False
    assert rows.everything(table) == before


def test_a_removal_by_ttl_is_recorded_once(table: Any) -> None:
    rows.put(table, a_contract())
    closed = lifecycle.close(STALE, "deadline_passed", NOW)
    assert [store.record_removed(closed) for _ in range(3)] == [True, False, False]
    assert store.room("c-1").past_requests == [closed]


def test_an_expiry_does_not_touch_a_request_renewed_meanwhile(table: Any) -> None:
    rows.put(table, a_contract(), a_request(request_id="r-9"))
    before = rows.everything(table)
    assert store.expire(lifecycle.close(STALE, "deadline_passed", NOW)) is False
    assert rows.everything(table) == before
