"""Two, eight or thirty-two simultaneous calls: one wins, the others are told the truth, none gets a 5xx."""

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
from tests.e2e.deployed_service import DeployedService, eventually
from tests.soak import SOAK, either

type Contender = Callable[[], httpx.Response]

# Each call is in a process of its own, which takes a second to start, so only `make soak` has thirty-two. Two are
# too few to meet often; `tests/store/test_races.py` has them.
CONTENDERS = [2, 8, 32] if SOAK else [8]
many = pytest.mark.parametrize("contenders", CONTENDERS)


def responses(*contenders: Contender) -> list[httpx.Response]:
    start = Barrier(len(contenders), timeout=60)

    def run(command: Contender) -> httpx.Response:
        start.wait()
        return command()

    with ThreadPoolExecutor(len(contenders)) as pool:
        return list(pool.map(run, contenders))


def outcomes(*contenders: Contender) -> Counter[str]:
    """Counts statuses, those of refusals with their code."""
    return Counter(
        f"{response.status_code} {response.json().get('code')}" if response.is_error else str(response.status_code)
        for response in responses(*contenders)
    )


# The local cloud's own limit of processes. No other error is tolerated.
CONCURRENCY_LIMIT = "429 None"
ROUNDS = 5


@pytest.fixture(autouse=True, scope="module")
def _warm_processes(service: DeployedService) -> None:
    """Starts one process of each function for every contender, a few at a time."""
    for route in ("feedback", "feedback-requests"):
        for number in range(4, max(CONTENDERS) + 1, 4):
            assert any(_all_started(service, route, number) for _ in range(ROUNDS)), (route, number)


def _all_started(service: DeployedService, route: str, number: int) -> bool:
    refused = outcomes(*[partial(_refused, service, route)] * number)
    assert refused.keys() <= {"422 invalid_request", CONCURRENCY_LIMIT}
    return CONCURRENCY_LIMIT not in refused


def _refused(service: DeployedService, route: str) -> httpx.Response:
    address = f"{service.stack.api_url}/contracts/c-none/{route}"
    headers = {"Authorization": f"Bearer {service.client.token}"}
    return service.http.post(address, headers=headers, json={"unknown": 0})


def contract_with_open_request(service: DeployedService) -> tuple[str, str]:
    """A contract with an open request, and the token of its link."""
    title = f"Race {uuid4()}"
    contract_id = service.an_eligible_contract(title=title)
    service.request_feedback(contract_id)
    return contract_id, service.emailed_token(title)


@many
def test_of_many_requests_one_is_made(service: DeployedService, contenders: int, tried: Tried) -> None:
    contract_id = service.an_eligible_contract()
    results = outcomes(*[partial(service.request_feedback, contract_id)] * contenders)
    assert results == {"201": 1, "409 request_pending": contenders - 1}
    tried("contenders over HTTP", contenders)


@many
def test_of_many_submissions_one_is_accepted(service: DeployedService, contenders: int, tried: Tried) -> None:
    contract_id = service.an_eligible_contract()
    results = outcomes(*[partial(service.give_feedback, contract_id)] * contenders)
    assert results == {"201": 1, "409 not_eligible": contenders - 1}
    assert len(service.tab(contract_id, service.client).json()["feedback"]) == 1
    tried("contenders over HTTP", contenders)


@many
def test_of_submissions_by_link_and_in_the_contract_room_one_is_accepted(
    service: DeployedService, contenders: int, tried: Tried
) -> None:
    contract_id, token = contract_with_open_request(service)
    commands = [partial(service.submit_by_link, token), partial(service.give_feedback, contract_id)]
    results = outcomes(*commands * (contenders // 2))
    assert results["201"] == 1
    assert results["410 already_answered"] + results["409 not_eligible"] == contenders - 1
    tab = service.tab(contract_id, service.client).json()
    assert (len(tab["feedback"]), [past["status"] for past in tab["past_requests"]]) == (1, ["fulfilled"])
    tried("contenders over HTTP", contenders)


@many
def test_requests_against_submissions(service: DeployedService, contenders: int, tried: Tried) -> None:
    contract_id = service.an_eligible_contract()
    commands = [partial(service.request_feedback, contract_id), partial(service.give_feedback, contract_id)]
    results = outcomes(*commands * (contenders // 2))
    tab = service.tab(contract_id, service.client).json()
    assert len(tab["feedback"]) == 1
    assert tab["open_request"] is None  # one made before the feedback is fulfilled, one after it refused
    assert results["201"] == 1 + len(tab["past_requests"])
    assert results.keys() <= {"201", "409 request_pending", "409 not_eligible"}
    tried("contenders over HTTP", contenders)


@many
def test_many_calls_with_one_idempotency_key_act_once_and_get_the_same_response(
    service: DeployedService, contenders: int, tried: Tried
) -> None:
    contract_id = service.an_eligible_contract()
    for call in (service.request_feedback, service.give_feedback):
        repeat = partial(call, contract_id, headers={"Idempotency-Key": str(uuid4())})
        results = responses(*[repeat] * contenders)
        made = {response.text for response in results if response.status_code == 201}
        refused = [response for response in results if response.status_code != 201]
        assert len(made) == 1
        assert {response.json()["code"] for response in refused} <= {"idempotency_key_in_progress"}
        assert all(response.headers["Retry-After"] for response in refused)
        assert {repeat().text} == made
        tried("contenders over HTTP", contenders)
    tab = service.tab(contract_id, service.client).json()
    assert (len(tab["feedback"]), [past["status"] for past in tab["past_requests"]]) == (1, ["fulfilled"])


ENDS = either(quick=2, soak=5)
SECONDS_BETWEEN_SUBMISSIONS = 0.01  # seconds
HEAD_START = 1.0  # seconds, enough for submissions to come first


@many
def test_submissions_against_the_end_of_the_contract(
    service: DeployedService, contenders: int, tried: Tried
) -> None:
    """The end takes a while through bus and queue. A binary search for the pause lets either side win."""
    earliest, latest, winners = -HEAD_START, 0.0, Counter[str]()
    for _ in range(ENDS):
        pause = (earliest + latest) / 2 if winners["the end"] else latest
        first, duration = _race_submissions_with_end(service, contenders - 1, pause)
        earliest, latest = (earliest, pause) if first == "the end" else (pause, max(latest, duration))
        winners[first] += 1
        if not winners["a submission"]:
            earliest *= 2  # on a busy machine the head start was too short
        tried("contenders over HTTP", contenders)
        tried(f"submissions against the end of a contract: {first} came first", 1)
    assert winners.keys() >= {"a submission", "the end"} or not SOAK


def _race_submissions_with_end(service: DeployedService, number: int, pause: float) -> tuple[str, float]:
    """Returns who came first, and after how many seconds the contract ended. A negative pause delays the end."""
    contract_id, token = contract_with_open_request(service)
    commands = [partial(service.submit_by_link, token), partial(service.give_feedback, contract_id)]

    def after_a_pause(place: int) -> httpx.Response:
        time.sleep(max(0.0, pause) + place * SECONDS_BETWEEN_SUBMISSIONS)
        return commands[place % len(commands)]()

    def end() -> None:
        time.sleep(max(0.0, -pause))
        service.end_contract(contract_id)

    began = time.monotonic()
    with ThreadPoolExecutor(1) as bus:
        ended = bus.submit(end)
        results = outcomes(*[partial(after_a_pause, place) for place in range(number)])
        ended.result()
    eventually(lambda: not service.is_active(contract_id), "the end")
    duration = time.monotonic() - began
    tab = service.tab(contract_id, service.client).json()
    submitted = bool(tab["feedback"])
    assert [past["status"] for past in tab["past_requests"]] == ["fulfilled" if submitted else "cancelled"]
    assert results.pop("201", 0) == len(tab["feedback"]) == int(submitted)
    assert results.keys() <= {"409 not_eligible", "410 already_answered" if submitted else "410 contract_ended"}
    return "a submission" if submitted else "the end", duration


@many
def test_submissions_against_sweeps_after_the_deadline(
    service_with_ttl: DeployedService, contenders: int, tried: Tried
) -> None:
    """And against TTL. The request has expired, whoever comes first, and the feedback fulfils no request."""
    service = service_with_ttl
    contract_id = service.an_eligible_contract()
    service.request_feedback(contract_id)

    def read() -> Any:
        return service.tab(contract_id, service.client).json()

    eventually(lambda: read()["open_request"] is None, "the deadline")
    half = contenders // 2
    commands: list[Contender] = [service.sweep, partial(service.give_feedback, contract_id)]
    results = outcomes(*commands * half)
    assert results == Counter({"200": half, "201": 1, "409 not_eligible": half - 1})
    [past] = eventually(lambda: read()["past_requests"], "the record of the request")
    assert past["status"] == "expired"
    assert [entry["request_id"] for entry in read()["feedback"]] == [None]
    tried("contenders over HTTP", contenders)
