"""Two or many at once, on DynamoDB Local with real contention: one winner, and the losers are told the truth."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from mid_job_feedback import errors, lifecycle, store
from mid_job_feedback.models import Ask, RequestStatus
from tests.builders import DAY, NOW, POLICY, a_contract, a_request, an_answer
from tests.store import rows

type Contender = Callable[[int], Any]


def requesting(number: int) -> Any:
    return store.change(
        "c-1",
        lambda seen: lifecycle.request(
            seen, "u-freelancer", Ask(), enabled=True, request_id=f"r-{number}", policy=POLICY, now=NOW
        ),
    )


def submitting(number: int) -> Any:
    return store.change(
        "c-1",
        lambda seen: lifecycle.submit(
            seen, "u-client", an_answer(), feedback_id=f"f-{number}", policy=POLICY, now=NOW
        ),
    )


def ending(_: int) -> Any:
    return store.change("c-1", lambda seen: lifecycle.end(seen, NOW, NOW))


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


@pytest.mark.parametrize("contenders", [2, 8, 16])
def test_of_many_requests_one_is_made(real_table: Any, contenders: int) -> None:
    rows.put(real_table, a_contract())
    assert outcomes([requesting] * contenders) == {"done": 1, "request_pending": contenders - 1}
    assert len(rows.everything(real_table)) == 2


@pytest.mark.parametrize("contenders", [2, 8, 16])
def test_of_many_submissions_one_is_accepted(real_table: Any, contenders: int) -> None:
    rows.put(real_table, a_contract(), a_request())
    assert outcomes([submitting] * contenders) == {"done": 1, "not_eligible": contenders - 1}
    room = store.room("c-1")
    assert len(room.feedback) == 1
    assert [request.status for request in room.past_requests] == ["fulfilled"]


@pytest.mark.parametrize("contenders", [2, 8])
def test_a_submission_and_the_end_of_the_contract(real_table: Any, contenders: int) -> None:
    rows.put(real_table, a_contract(), a_request())
    told = outcomes([submitting, ending] * (contenders // 2))
    room = store.room("c-1")
    assert room.seen.contract.ended_at == NOW
    [request] = room.past_requests
    accepted = request.status is RequestStatus.FULFILLED
    assert len(room.feedback) == accepted
    assert told["not_eligible"] == contenders // 2 - accepted


@pytest.mark.parametrize("contenders", [2, 8])
def test_a_request_and_a_submission(real_table: Any, contenders: int) -> None:
    rows.put(real_table, a_contract())
    told = outcomes([requesting, submitting] * (contenders // 2))
    room = store.room("c-1")
    assert len(room.feedback) == 1
    made = len(room.past_requests) + (room.seen.stored is not None)
    assert room.seen.stored is None  # asked before: answered; asked after: refused
    assert told["done"] == 1 + made


@pytest.mark.parametrize("contenders", [2, 8])
def test_an_expiry_and_a_new_request(real_table: Any, contenders: int) -> None:
    stale = a_request(requested_at=NOW - 20 * DAY)
    rows.put(real_table, a_contract(), stale)
    closed = lifecycle.close(stale, "deadline_passed", NOW)

    def expiring(_: int) -> bool:
        return store.expire(closed)

    told = outcomes([requesting, expiring] * (contenders // 2))
    room = store.room("c-1")
    assert room.past_requests == [closed]
    assert room.seen.stored is not None
    assert told["request_pending"] == contenders // 2 - 1
