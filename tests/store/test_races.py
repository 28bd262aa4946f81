"""Simultaneous commands on DynamoDB Local, with real contention: one wins, and the others are told the truth."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from mid_job_feedback.domain import lifecycle, refusals
from mid_job_feedback.domain.models import RequestStatus
from mid_job_feedback.storage import store, summaries
from tests.builders import NOW, a_contract, a_request
from tests.conftest import Tried
from tests.soak import SOAK, either
from tests.store import rows, summary_rows
from tests.store.commands import (
    DUE_REQUEST,
    STALE_REQUEST,
    decline_and_mute,
    decline_request,
    end_contract,
    expire_due_request,
    expire_stale_request,
    make_request,
    recount,
    submit_by_link,
    submit_by_link_just_before_deadline,
    submit_feedback,
    submit_feedback_on_a_contract_of_its_own,
    submit_just_before_deadline,
    withdraw_request,
)

TIMEOUT = 60  # seconds at a barrier: if one thread fails, the others must not wait forever
ROUNDS = either(3, 12)  # repetitions of the races that either side may win

type Contender = Callable[[int], object]

many = pytest.mark.parametrize("contenders", [2, 8, 32] if SOAK else [2, 8])


@pytest.fixture(autouse=True)
def _counted(request: pytest.FixtureRequest, tried: Tried) -> None:
    tried("contenders in races", request.getfixturevalue("contenders"))


def outcomes(contenders: list[Contender]) -> Counter[str]:
    """Runs all at once; counts `done` and the codes of refusals. Other exceptions are raised."""
    start = Barrier(len(contenders), timeout=TIMEOUT)

    def run(number: int, command: Contender) -> str:
        start.wait()
        try:
            command(number)
        except refusals.Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(len(contenders)) as pool:
        return Counter(pool.map(run, range(len(contenders)), contenders))


@many
def test_of_many_requests_one_is_made(table: Any, contenders: int) -> None:
    rows.put_contract(table, a_contract())
    assert outcomes([make_request] * contenders) == {"done": 1, "request_pending": contenders - 1}
    assert len(rows.all_by_sort_key(table)) == 2


@many
def test_of_many_submissions_one_is_accepted(table: Any, contenders: int) -> None:
    rows.put_contract(table, a_contract(), a_request())
    assert outcomes([submit_feedback] * contenders) == {"done": 1, "not_eligible": contenders - 1}
    room = store.room("c-1")
    assert len(room.feedback) == 1
    assert [request.status for request in room.past_requests] == ["fulfilled"]


@many
def test_feedback_of_one_freelancer_on_many_contracts_is_added_up(
    table: Any, tried: Tried, contenders: int
) -> None:
    """All write the same summary. Who loses the race too often is told to try again, and has not been counted."""
    for number in range(contenders):
        rows.put_contract(table, a_contract(contract_id=f"c-{number}"))
    results = outcomes([submit_feedback_on_a_contract_of_its_own] * contenders)
    assert results.keys() <= {"done", "temporarily_unavailable"}
    assert results["done"] > 0
    assert results["done"] == contenders or contenders > 8
    stored = rows.everything(table)
    assert summary_rows.drift(stored) == {}
    assert [int(row["count"]) for row in stored if row["SK"].startswith("SUMMARY#")] == [results["done"]]
    tried("races of feedback for one freelancer: committed", results["done"])
    tried("races of feedback for one freelancer: refused", results["temporarily_unavailable"])


@many
def test_recounts_against_feedback(table: Any, monkeypatch: pytest.MonkeyPatch, contenders: int) -> None:
    """The summary is wrong at first. A recount corrects it, and loses nothing that is added meanwhile."""
    monkeypatch.setattr(summaries, "await_index", lambda: None)
    for number in range(contenders + 1):
        rows.put_contract(table, a_contract(contract_id=f"c-{number}"))
    submit_feedback_on_a_contract_of_its_own(contenders)
    rows.set_summary(table, "skills", 400)
    half = contenders // 2
    results = outcomes([submit_feedback_on_a_contract_of_its_own, recount] * half)
    assert results.keys() <= {"done", "temporarily_unavailable"}
    recount(0)
    stored = rows.everything(table)
    assert summary_rows.drift(stored) == {}
    given = [row for row in stored if row["SK"].startswith("FEEDBACK#")]
    assert summaries.read("u-freelancer").mid_contract.count == len(given) > 1


@many
def test_of_many_submissions_by_the_same_link_one_is_accepted(table: Any, contenders: int) -> None:
    rows.put_contract(table, a_contract(), a_request())
    assert outcomes([submit_by_link] * contenders) == {"done": 1, "already_answered": contenders - 1}
    assert len(store.room("c-1").feedback) == 1


@many
def test_of_submissions_by_link_and_in_the_contract_room_one_is_accepted(table: Any, contenders: int) -> None:
    rows.put_contract(table, a_contract(), a_request())
    results = outcomes([submit_feedback, submit_by_link] * (contenders // 2))
    by_link = contenders // 2 - results["already_answered"]
    assert by_link in {0, 1}
    assert results == Counter(
        done=1, already_answered=contenders // 2 - by_link, not_eligible=contenders // 2 - 1 + by_link
    )
    assert len(store.room("c-1").feedback) == 1


@many
def test_submissions_against_the_end_of_the_contract(table: Any, contenders: int) -> None:
    rows.put_contract(table, a_contract(), a_request())
    results = outcomes([submit_feedback, end_contract] * (contenders // 2))
    room = store.room("c-1")
    assert room.seen.contract.ended_at == NOW
    [request] = room.past_requests
    accepted = request.status is RequestStatus.FULFILLED
    assert accepted or request.status is RequestStatus.CANCELLED
    assert len(room.feedback) == accepted
    assert results == Counter(done=contenders // 2 + accepted, not_eligible=contenders // 2 - accepted)


@many
def test_requests_against_submissions(table: Any, contenders: int) -> None:
    rows.put_contract(table, a_contract())
    results = outcomes([make_request, submit_feedback] * (contenders // 2))
    room = store.room("c-1")
    assert len(room.feedback) == 1
    assert room.seen.pending is None  # a request made before the feedback is fulfilled, one after it refused
    requested = len(room.past_requests)
    assert results["done"] == 1 + requested
    assert results["not_eligible"] >= contenders // 2 - 1
    assert results["not_eligible"] + results["request_pending"] == contenders - 1 - requested


@many
def test_of_declines_withdrawals_and_answers_one_closes_the_request(
    table: Any, tried: Tried, contenders: int
) -> None:
    """Whoever wants what was done gets the same answer; the others learn how the request was closed."""
    rows.put_contract(table, a_contract(), a_request())
    commands = [decline_request, withdraw_request, submit_by_link, decline_and_mute][: max(2, contenders // 2)]
    each = contenders // len(commands)
    results = outcomes(commands * each)
    room = store.room("c-1")
    [request] = room.past_requests
    assert room.seen.pending is None
    assert len(room.feedback) == (request.status is RequestStatus.FULFILLED)
    match request.status:
        case RequestStatus.DECLINED:
            declines = sum(command in {decline_request, decline_and_mute} for command in commands) * each
            assert results["done"] == declines
            assert room.seen.contract.requests_muted is (decline_and_mute in commands)
        case RequestStatus.WITHDRAWN:
            assert results["done"] == each
            assert not room.seen.contract.requests_muted
        case _:
            assert results["done"] == 1
    assert results.keys() <= {
        "done",
        "request_closed",
        "already_answered",
        "request_declined",
        "request_withdrawn",
    }
    tried(f"races of declines, withdrawals and answers, {request.status}", 1)


@many
def test_no_request_follows_a_decline_that_turns_requests_off(table: Any, contenders: int) -> None:
    """Half of the contenders read at every moment around the decline, and none sees only half of it."""
    rows.put_contract(table, a_contract(), a_request())
    results = outcomes([decline_and_mute, make_request] * (contenders // 2))
    assert results["done"] == contenders // 2
    assert results["request_pending"] + results["not_eligible"] == contenders // 2
    assert store.room("c-1").seen.pending is None


@many
def test_a_decline_against_the_end_of_the_contract(table: Any, contenders: int) -> None:
    rows.put_contract(table, a_contract(), a_request())
    results = outcomes([decline_request, end_contract] * (contenders // 2))
    [request] = store.room("c-1").past_requests
    declined = request.status is RequestStatus.DECLINED
    assert declined or request.status is RequestStatus.CANCELLED
    assert results["request_closed"] == (0 if declined else contenders // 2)


@many
def test_submissions_against_a_late_expiry(table: Any, contenders: int) -> None:
    """The deadline is long past, but the row is still open: the feedback fulfils no request."""
    rows.put_contract(table, a_contract(), STALE_REQUEST)
    results = outcomes([submit_feedback, expire_stale_request] * (contenders // 2))
    room = store.room("c-1")
    assert room.past_requests == [lifecycle.close(STALE_REQUEST, "deadline_passed", NOW)]
    assert [entry.request_id for entry in room.feedback] == [None]
    assert results == Counter({"done": contenders // 2 + 1, "not_eligible": contenders // 2 - 1})


@many
def test_submissions_by_link_against_expiry_at_the_deadline(table: Any, tried: Tried, contenders: int) -> None:
    """Either one submission was in time, or all of them were too late."""
    half = contenders // 2
    for _ in range(ROUNDS):
        results = race_at_deadline(table, submit_by_link_just_before_deadline, contenders)
        room = store.room("c-1")
        [request] = room.past_requests
        assert room.seen.pending is None
        if request.status is RequestStatus.FULFILLED:
            assert results == Counter(done=half + 1, already_answered=half - 1)
            assert [entry.request_id for entry in room.feedback] == [DUE_REQUEST.request_id]
        else:
            assert request == lifecycle.close(DUE_REQUEST, "deadline_passed", NOW)
            assert results == Counter(done=half, link_expired=half)
            assert room.feedback == []
        tried(f"races of submissions by link with a deadline, {request.status}", 1)


@many
def test_submissions_against_expiry_at_the_deadline(table: Any, tried: Tried, contenders: int) -> None:
    """One submission is accepted: it fulfils the request or, if that has expired, no request."""
    half = contenders // 2
    for _ in range(ROUNDS):
        results = race_at_deadline(table, submit_just_before_deadline, contenders)
        room = store.room("c-1")
        [request] = room.past_requests
        assert room.seen.pending is None
        assert results == Counter(done=half + 1, not_eligible=half - 1)
        if request.status is RequestStatus.FULFILLED:
            assert [entry.request_id for entry in room.feedback] == [DUE_REQUEST.request_id]
        else:
            assert request == lifecycle.close(DUE_REQUEST, "deadline_passed", NOW)
            assert [entry.request_id for entry in room.feedback] == [None]
        tried(f"races of submissions with a deadline, {request.status}", 1)


def race_at_deadline(client: Any, submit: Callable[..., object], contenders: int) -> Counter[str]:
    """Half decide before the deadline. The others expire the request when these are about to commit."""
    rows.delete_all(client)
    rows.put_contract(client, a_contract(), DUE_REQUEST)
    decided = Barrier(contenders, timeout=TIMEOUT)

    def expire(number: int) -> None:
        decided.wait()
        expire_due_request(number)

    return outcomes([lambda number: submit(number, decided.wait), expire] * (contenders // 2))


@many
def test_new_requests_against_expiry_of_the_last_one(table: Any, contenders: int) -> None:
    rows.put_contract(table, a_contract(), STALE_REQUEST)
    results = outcomes([make_request, expire_stale_request] * (contenders // 2))
    room = store.room("c-1")
    assert room.past_requests == [lifecycle.close(STALE_REQUEST, "deadline_passed", NOW)]
    assert room.seen.pending is not None
    assert results == Counter(done=contenders // 2 + 1, request_pending=contenders // 2 - 1)


@many
def test_of_many_expiries_one_is_recorded(table: Any, contenders: int) -> None:
    rows.put_contract(table, a_contract(), STALE_REQUEST)
    removed: list[int] = []
    assert outcomes([lambda number: removed.append(expire_stale_request(number))] * contenders) == {
        "done": contenders
    }
    assert sorted(removed) == [0] * (contenders - 1) + [1]
    assert store.room("c-1").past_requests == [lifecycle.close(STALE_REQUEST, "deadline_passed", NOW)]
