"""Two or many at once, on DynamoDB Local with real contention: one winner, and the losers are told the truth."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from mid_job_feedback import errors, lifecycle, store
from mid_job_feedback.models import RequestStatus
from tests.builders import NOW, a_contract, a_request
from tests.store import rows
from tests.store.commands import STALE, answering, ending, expiring, requesting, submitting

type Contender = Callable[[int], object]

many = pytest.mark.parametrize("contenders", [2, 8, 32])


def outcomes(contenders: list[Contender]) -> Counter[str]:
    """How each ended: `done`, or the code of its refusal. Anything else is raised."""
    together = Barrier(len(contenders))

    def run(number: int, contend: Contender) -> str:
        together.wait()
        try:
            contend(number)
        except errors.Refusal as refusal:
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
    assert told["done"] == 1
    assert told["not_eligible"] + told["already_answered"] == contenders - 1
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
    assert told["not_eligible"] == contenders // 2 - accepted


@many
def test_a_request_and_a_submission(real_table: Any, contenders: int) -> None:
    rows.put(real_table, a_contract())
    told = outcomes([requesting, submitting] * (contenders // 2))
    room = store.room("c-1")
    assert len(room.feedback) == 1
    assert room.seen.stored is None  # asked before: answered; asked after: refused
    assert told["done"] == 1 + len(room.past_requests)
    assert told.keys() <= {"done", "request_pending", "not_eligible"}


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
def test_an_expiry_and_a_new_request(real_table: Any, contenders: int) -> None:
    rows.put(real_table, a_contract(), STALE)
    told = outcomes([requesting, expiring] * (contenders // 2))
    room = store.room("c-1")
    assert room.past_requests == [lifecycle.close(STALE, "deadline_passed", NOW)]
    assert room.seen.stored is not None
    assert told["request_pending"] == contenders // 2 - 1


@many
def test_of_many_expiries_one_happens(real_table: Any, contenders: int) -> None:
    rows.put(real_table, a_contract(), STALE)
    removed: list[int] = []
    outcomes([lambda number: removed.append(expiring(number))] * contenders)
    assert sorted(removed) == [0] * (contenders - 1) + [1]
    assert store.room("c-1").past_requests == [lifecycle.close(STALE, "deadline_passed", NOW)]
