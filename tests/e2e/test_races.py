"""Two, eight or thirty-two at once over HTTP: one winner, truthful losers, and never a 5xx."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.marketplace import Marketplace, eventually
from tests.soak import SOAK

type Contender = Callable[[], httpx.Response]
type Tried = Callable[[str, int], None]

# Each is a process of its own, which takes a second to start: thirty-two are for the long form.
CONTENDERS = [2, 8, 32] if SOAK else [2, 8]
many = pytest.mark.parametrize("contenders", CONTENDERS)


def outcomes(*contenders: Contender) -> Counter[str]:
    """How each was answered: the status, and the code of a refusal."""
    together = Barrier(len(contenders))

    def run(contend: Contender) -> str:
        together.wait()
        answer = contend()
        return f"{answer.status_code} {answer.json().get('code')}" if answer.is_error else str(answer.status_code)

    with ThreadPoolExecutor(len(contenders)) as pool:
        return Counter(pool.map(run, contenders))


@pytest.fixture(autouse=True, scope="module")
def _processes(marketplace: Marketplace) -> None:
    """As many of each function as there are contenders, started a few at a time: that is not what is tested."""
    for route in ("feedback", "feedback-requests"):
        for number in range(4, max(CONTENDERS) + 1, 4):
            refused: Counter[str] = Counter()
            while refused != {"422 invalid_request": number}:
                refused = outcomes(*[partial(_refused, marketplace, route)] * number)


def _refused(marketplace: Marketplace, route: str) -> httpx.Response:
    address = f"{marketplace.stack.api_url}/contracts/c-none/{route}"
    headers = {"Authorization": f"Bearer {marketplace.client.token}"}
    return marketplace.http.post(address, headers=headers, json={"unknown": 0})


@pytest.fixture
def asked(marketplace: Marketplace) -> tuple[str, str]:
    """A contract with an open request, and the token of its link."""
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
def test_submissions_and_the_end_of_the_contract(
    marketplace: Marketplace, asked: tuple[str, str], contenders: int, tried: Tried
) -> None:
    contract_id, token = asked

    def end() -> httpx.Response:
        marketplace.end(contract_id)
        return httpx.Response(200)

    told = outcomes(*[lambda: marketplace.answer(token)] * (contenders - 1), end)

    def ended() -> bool:
        status: str = marketplace.tab(contract_id, marketplace.client).json()["contract"]["status"]
        return status == "ended"

    eventually(ended, "the end")
    tab = marketplace.tab(contract_id, marketplace.client).json()
    assert [past["status"] for past in tab["past_requests"]] == ["fulfilled" if tab["feedback"] else "cancelled"]
    assert told["201"] == len(tab["feedback"])
    assert told.keys() <= {"200", "201", "410 already_answered", "410 contract_ended"}
    tried("contenders over HTTP", contenders)


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
