"""Two or many at once, on DynamoDB Local with real contention: one winner, and the losers are told the truth."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from mid_job_feedback.domain import lifecycle, refusals
from mid_job_feedback.domain.models import RequestStatus
from mid_job_feedback.storage import store
from tests.builders import NOW, a_contract, a_request
from tests.conftest import Tried
from tests.soak import either
from tests.store import rows
from tests.store.commands import (
    DUE,
    STALE,
    answering,
    answering_as_time_runs_out,
    ending,
    expiring,
    expiring_at_once,
    requesting,
    submitting,
    submitting_as_time_runs_out,
)

PATIENCE = 60  # seconds until those who wait for one that failed fail, too
ROUNDS = either(3, 12)  # of the races that either side may win

type Contender = Callable[[int], object]

many = pytest.mark.parametrize("contenders", [2, 8, 32])


@pytest.fixture(autouse=True)
def _counted(request: pytest.FixtureRequest, tried: Tried) -> None:
    tried("contenders in races", request.getfixturevalue("contenders"))


def outcomes(contenders: list[Contender]) -> Counter[str]:
    """How each ended: `done`, or the code of its refusal. Anything else is raised."""
    together = Barrier(len(contenders), timeout=PATIENCE)

    def run(number: int, contend: Contender) -> str:
        together.wait()
        try:
            contend(number)
        except refusals.Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(len(contenders)) as pool:
        return Counter(pool.map(run, range(len(contenders)), contenders))


@many
def test_of_many_requests_one_is_made(real_table: Any, contenders: int) -> None:
    rows.put(real_table, a_contract())
    assert outcomes([requesting] * contenders) == {"done": 1, "request_pending": contenders - 1}
    assert len(rows.everything(real_table)) == 2


@many
def test_of_many_submissions_one_is_accepted(real_table: Any, contenders: int) -> None:
    rows.put(real_table, a_contract(), a_request())
    assert outcomes([submitting] * contenders) == {"done": 1, "not_eligible": contenders - 1}
    room = store.room("c-1")
    assert len(room.feedback) == 1
    assert [request.status for request in room.past_requests] == ["fulfilled"]


@many
def test_of_many_answers_by_the_same_link_one_is_accepted(real_table: Any, contenders: int) -> None:
    rows.put(real_table, a_contract(), a_request())
    assert outcomes([answering] * contenders) == {"done": 1, "already_answered": contenders - 1}
    assert len(store.room("c-1").feedback) == 1


@many
def test_an_answer_by_link_and_one_from_the_contract_room(real_table: Any, contenders: int) -> None:
    rows.put(real_table, a_contract(), a_request())
    told = outcomes([submitting, answering] * (contenders // 2))
    by_link = contenders // 2 - told["already_answered"]
    assert by_link in {0, 1}
    assert told == Counter(
        done=1, already_answered=contenders // 2 - by_link, not_eligible=contenders // 2 - 1 + by_link
    )
    assert len(store.room("c-1").feedback) == 1


@many
def test_a_submission_and_the_end_of_the_contract(real_table: Any, contenders: int) -> None:
    rows.put(real_table, a_contract(), a_request())
    told = outcomes([submitting, ending] * (contenders // 2))
    room = store.room("c-1")
    assert room.seen.contract.ended_at == NOW
    [request] = room.past_requests
    accepted = request.status is RequestStatus.FULFILLED
    assert accepted or request.status is RequestStatus.CANCELLED
    assert len(room.feedback) == accepted
    assert told == Counter(done=contenders // 2 + accepted, not_eligible=contenders // 2 - accepted)


@many
def test_a_request_and_a_submission(real_table: Any, contenders: int) -> None:
    rows.put(real_table, a_contract())
    told = outcomes([requesting, submitting] * (contenders // 2))
    room = store.room("c-1")
    assert len(room.feedback) == 1
    assert room.seen.stored is None  # asked before: answered; asked after: refused
    asked = len(room.past_requests)
    assert told["done"] == 1 + asked
    assert told["not_eligible"] >= contenders // 2 - 1
    assert told["not_eligible"] + told["request_pending"] == contenders - 1 - asked


@many
def test_a_submission_and_an_expiry(real_table: Any, contenders: int) -> None:
    """The deadline is long past, yet nobody has recorded it: the answer stands by itself."""
    rows.put(real_table, a_contract(), STALE)
    told = outcomes([submitting, expiring] * (contenders // 2))
    room = store.room("c-1")
    assert room.past_requests == [lifecycle.close(STALE, "deadline_passed", NOW)]
    assert [entry.request_id for entry in room.feedback] == [None]
    assert told == Counter({"done": contenders // 2 + 1, "not_eligible": contenders // 2 - 1})


@many
def test_an_answer_by_link_and_an_expiry_at_the_deadline(real_table: Any, tried: Tried, contenders: int) -> None:
    """Either it was in time and the only one, or it was too late for everybody."""
    half = contenders // 2
    for _ in range(ROUNDS):
        told = at_the_deadline(real_table, answering_as_time_runs_out, contenders)
        room = store.room("c-1")
        [request] = room.past_requests
        assert room.seen.stored is None
        if request.status is RequestStatus.FULFILLED:
            assert told == Counter(done=half + 1, already_answered=half - 1)
            assert [entry.request_id for entry in room.feedback] == [DUE.request_id]
        else:
            assert request == lifecycle.close(DUE, "deadline_passed", NOW)
            assert told == Counter(done=half, link_expired=half)
            assert room.feedback == []
        tried(f"races of answers with a deadline, {request.status}", 1)


@many
def test_a_submission_and_an_expiry_at_the_deadline(real_table: Any, tried: Tried, contenders: int) -> None:
    """Feedback is given once, as the answer to the request or, once that has expired, by itself."""
    half = contenders // 2
    for _ in range(ROUNDS):
        told = at_the_deadline(real_table, submitting_as_time_runs_out, contenders)
        room = store.room("c-1")
        [request] = room.past_requests
        assert room.seen.stored is None
        assert told == Counter(done=half + 1, not_eligible=half - 1)
        if request.status is RequestStatus.FULFILLED:
            assert [entry.request_id for entry in room.feedback] == [DUE.request_id]
        else:
            assert request == lifecycle.close(DUE, "deadline_passed", NOW)
            assert [entry.request_id for entry in room.feedback] == [None]
        tried(f"races of submissions with a deadline, {request.status}", 1)


def at_the_deadline(client: Any, giving: Callable[..., object], contenders: int) -> Counter[str]:
    """Half have read and decided in time; the others begin when these are about to commit."""
    rows.clear(client)
    rows.put(client, a_contract(), DUE)
    decided = Barrier(contenders, timeout=PATIENCE)

    def expire(number: int) -> None:
        decided.wait()
        expiring_at_once(number)

    return outcomes([lambda number: giving(number, decided.wait), expire] * (contenders // 2))


@many
def test_an_expiry_and_a_new_request(real_table: Any, contenders: int) -> None:
    rows.put(real_table, a_contract(), STALE)
    told = outcomes([requesting, expiring] * (contenders // 2))
    room = store.room("c-1")
    assert room.past_requests == [lifecycle.close(STALE, "deadline_passed", NOW)]
    assert room.seen.stored is not None
    assert told == Counter(done=contenders // 2 + 1, request_pending=contenders // 2 - 1)


@many
def test_of_many_expiries_one_happens(real_table: Any, contenders: int) -> None:
    rows.put(real_table, a_contract(), STALE)
    removed: list[int] = []
    assert outcomes([lambda number: removed.append(expiring(number))] * contenders) == {"done": contenders}
    assert sorted(removed) == [0] * (contenders - 1) + [1]
    assert store.room("c-1").past_requests == [lifecycle.close(STALE, "deadline_passed", NOW)]
