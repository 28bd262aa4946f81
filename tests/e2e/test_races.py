"""Two, eight or thirty-two at once over HTTP: one winner, truthful losers, and never a 5xx."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.conftest import Tried
from tests.e2e.marketplace import Marketplace, eventually
from tests.soak import SOAK, either

type Contender = Callable[[], httpx.Response]

# Each is a process of its own, which takes a second to start: thirty-two are for the long form.
CONTENDERS = [2, 8, 32] if SOAK else [2, 8]
many = pytest.mark.parametrize("contenders", CONTENDERS)


def answers(*contenders: Contender) -> list[httpx.Response]:
    together = Barrier(len(contenders), timeout=60)

    def run(contend: Contender) -> httpx.Response:
        together.wait()
        return contend()

    with ThreadPoolExecutor(len(contenders)) as pool:
        return list(pool.map(run, contenders))


def outcomes(*contenders: Contender) -> Counter[str]:
    """How each was answered: the status, and the code of a refusal."""
    return Counter(
        f"{answer.status_code} {answer.json().get('code')}" if answer.is_error else str(answer.status_code)
        for answer in answers(*contenders)
    )


# The emulator's own, and no 5xx: no more processes run than it thinks the machine can carry. Only this is excused.
NO_PROCESS = "429 None"
ROUNDS = 5


@pytest.fixture(autouse=True, scope="module")
def _processes(marketplace: Marketplace) -> None:
    """As many of each function as there are contenders, started a few at a time: that is not what is tested."""
    for route in ("feedback", "feedback-requests"):
        for number in range(4, max(CONTENDERS) + 1, 4):
            assert any(_all_are_there(marketplace, route, number) for _ in range(ROUNDS)), (route, number)


def _all_are_there(marketplace: Marketplace, route: str, number: int) -> bool:
    refused = outcomes(*[partial(_refused, marketplace, route)] * number)
    assert refused.keys() <= {"422 invalid_request", NO_PROCESS}
    return NO_PROCESS not in refused


def _refused(marketplace: Marketplace, route: str) -> httpx.Response:
    address = f"{marketplace.stack.api_url}/contracts/c-none/{route}"
    headers = {"Authorization": f"Bearer {marketplace.client.token}"}
    return marketplace.http.post(address, headers=headers, json={"unknown": 0})


@pytest.fixture
def asked(marketplace: Marketplace) -> tuple[str, str]:
    return an_open_request(marketplace)


def an_open_request(marketplace: Marketplace) -> tuple[str, str]:
    """A contract with one, and the token of its link."""
    title = f"Race {uuid4()}"
    contract_id = marketplace.a_running_contract(title=title)
    marketplace.ask(contract_id)
    return contract_id, marketplace.token_mailed(title)


@many
def test_of_many_requests_one_is_made(marketplace: Marketplace, contenders: int, tried: Tried) -> None:
    contract_id = marketplace.a_running_contract()
    told = outcomes(*[lambda: marketplace.ask(contract_id)] * contenders)
    assert told == {"201": 1, "409 request_pending": contenders - 1}
    tried("contenders over HTTP", contenders)


@many
def test_of_many_submissions_one_is_accepted(marketplace: Marketplace, contenders: int, tried: Tried) -> None:
    contract_id = marketplace.a_running_contract()
    told = outcomes(*[lambda: marketplace.give(contract_id)] * contenders)
    assert told == {"201": 1, "409 not_eligible": contenders - 1}
    assert len(marketplace.tab(contract_id, marketplace.client).json()["feedback"]) == 1
    tried("contenders over HTTP", contenders)


@many
def test_of_answers_by_link_and_from_the_contract_room_one_is_accepted(
    marketplace: Marketplace, asked: tuple[str, str], contenders: int, tried: Tried
) -> None:
    contract_id, token = asked
    half = contenders // 2
    told = outcomes(*[lambda: marketplace.answer(token)] * half, *[lambda: marketplace.give(contract_id)] * half)
    assert told["201"] == 1
    assert told["410 already_answered"] + told["409 not_eligible"] == contenders - 1
    tab = marketplace.tab(contract_id, marketplace.client).json()
    assert (len(tab["feedback"]), [past["status"] for past in tab["past_requests"]]) == (1, ["fulfilled"])
    tried("contenders over HTTP", contenders)


@many
def test_a_request_and_a_submission(marketplace: Marketplace, contenders: int, tried: Tried) -> None:
    contract_id = marketplace.a_running_contract()
    half = contenders // 2
    told = outcomes(
        *[lambda: marketplace.ask(contract_id)] * half, *[lambda: marketplace.give(contract_id)] * half
    )
    tab = marketplace.tab(contract_id, marketplace.client).json()
    assert len(tab["feedback"]) == 1
    assert tab["open_request"] is None  # asked before: answered; asked after: refused
    assert told["201"] == 1 + len(tab["past_requests"])
    assert told.keys() <= {"201", "409 request_pending", "409 not_eligible"}
    tried("contenders over HTTP", contenders)


@many
def test_of_many_calls_with_one_key_one_is_made_and_the_others_get_its_answer(
    marketplace: Marketplace, contenders: int, tried: Tried
) -> None:
    contract_id = marketplace.a_running_contract()
    for call in (marketplace.ask, marketplace.give):
        repeat = partial(call, contract_id, headers={"Idempotency-Key": str(uuid4())})
        told = answers(*[repeat] * contenders)
        made = {answer.text for answer in told if answer.status_code == 201}
        refused = [answer for answer in told if answer.status_code != 201]
        assert len(made) == 1
        assert {answer.json()["code"] for answer in refused} <= {"idempotency_key_in_progress"}
        assert all(answer.headers["Retry-After"] for answer in refused)
        assert {repeat().text} == made
        tried("contenders over HTTP", contenders)
    tab = marketplace.tab(contract_id, marketplace.client).json()
    assert (len(tab["feedback"]), [past["status"] for past in tab["past_requests"]]) == (1, ["fulfilled"])


ENDS = either(quick=2, soak=5)
BETWEEN_ANSWERS = 0.01  # seconds
HEAD_START = 1.0  # seconds by which answers surely come first


@many
def test_submissions_and_the_end_of_the_contract(marketplace: Marketplace, contenders: int, tried: Tried) -> None:
    """The end takes its time through bus and queue. Answers come at once, then later or earlier, then between."""
    sooner, later, won = -HEAD_START, 0.0, Counter[str]()
    for _ in range(ENDS):
        pause = (sooner + later) / 2 if won["the end"] else later
        first, took = _answers_against_the_end(marketplace, contenders - 1, pause)
        sooner, later = (sooner, pause) if first == "the end" else (pause, max(later, took))
        won[first] += 1
        if not won["an answer"]:
            sooner *= 2  # the machine is so busy that the head start was none
        tried("contenders over HTTP", contenders)
        tried(f"contracts answered and ended at once: {first} came first", 1)
    assert won.keys() >= {"an answer", "the end"} or not SOAK


def _answers_against_the_end(marketplace: Marketplace, number: int, pause: float) -> tuple[str, float]:
    """Who came first, and after how many seconds the contract had ended. A pause below zero is the end's."""
    contract_id, token = an_open_request(marketplace)
    ways = [partial(marketplace.answer, token), partial(marketplace.give, contract_id)]

    def after_a_pause(place: int) -> httpx.Response:
        time.sleep(max(0.0, pause) + place * BETWEEN_ANSWERS)
        return ways[place % len(ways)]()

    def end() -> None:
        time.sleep(max(0.0, -pause))
        marketplace.end(contract_id)

    began = time.monotonic()
    with ThreadPoolExecutor(1) as bus:
        ended = bus.submit(end)
        told = outcomes(*[partial(after_a_pause, place) for place in range(number)])
        ended.result()
    eventually(lambda: not marketplace.active(contract_id), "the end")
    took = time.monotonic() - began
    tab = marketplace.tab(contract_id, marketplace.client).json()
    answered = bool(tab["feedback"])
    assert [past["status"] for past in tab["past_requests"]] == ["fulfilled" if answered else "cancelled"]
    assert told.pop("201", 0) == len(tab["feedback"]) == int(answered)
    assert told.keys() <= {"409 not_eligible", "410 already_answered" if answered else "410 contract_ended"}
    return "an answer" if answered else "the end", took


@many
def test_submissions_and_sweeps_past_the_deadline(
    marketplace_with_ttl: Marketplace, contenders: int, tried: Tried
) -> None:
    """And TTL besides. The request has expired, whoever comes first; the feedback stands by itself."""
    marketplace = marketplace_with_ttl
    contract_id = marketplace.a_running_contract()
    marketplace.ask(contract_id)

    def read() -> Any:
        return marketplace.tab(contract_id, marketplace.client).json()

    eventually(lambda: read()["open_request"] is None, "the deadline")
    half = contenders // 2
    told = outcomes(*[marketplace.sweep] * half, *[lambda: marketplace.give(contract_id)] * half)
    assert told == Counter({"200": half, "201": 1, "409 not_eligible": half - 1})
    [past] = eventually(lambda: read()["past_requests"], "the record of the request")
    assert past["status"] == "expired"
    assert [entry["request_id"] for entry in read()["feedback"]] == [None]
    tried("contenders over HTTP", contenders)
