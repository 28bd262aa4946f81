"""Any call to AWS goes wrong, in any way it can, once or until somebody mends it.

HTTP clients get a 503 with Retry-After and nothing worse; the number of attempts has a bound; what is in the table
is as before the command or as after it, never between; and in the end all is as if nothing had been.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest

from tests.component.faults import Fault, faults_of
from tests.component.marketplace import Marketplace
from tests.component.rehearsal import Partitions, Rehearsal, told
from tests.component.scenarios import POSTS, REMEMBER, SCENARIOS
from tests.component.seam import Call, Seam, Send
from tests.conftest import Tried
from tests.soak import SOAK

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics")  # a run that failed may have none

type Turns = dict[str, Iterator[tuple[Fault, bool]]]

ATTEMPTS = 8  # in a lost race
AT_LEAST = {"UpdateItem feedback": 3}  # a start that is known already tries its three conditions
SETBACKS = 2  # until a lasting fault is mended
IN_ANY_ORDER = {"events of all sorts, one of them malformed"}  # what fails is applied after what came behind it


class Trouble:
    """A fault as it happens, and what it may cost."""

    def __init__(self, seam: Seam, fault: Fault) -> None:
        self._seam = seam
        self._fault = fault
        self.times = 0
        self.may_be_doubled = Counter[str]()

    def __call__(self, call: Call, send: Send) -> Any:
        self.times += 1
        before = len(self._seam.effects)
        not_remembered = told(self._seam.effects_of_run[-1:]) if call.kind == REMEMBER else Counter[str]()
        try:
            return self._fault.happen(call, send)
        finally:
            had_effect = self._seam.effects[before:]
            self.may_be_doubled += told(had_effect) if had_effect else not_remembered


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited between attempts; nobody does wait."""
    taken: list[float] = []
    monkeypatch.setattr("mid_job_feedback.storage.table.time.sleep", taken.append)
    return taken


@pytest.fixture(scope="module")
def turns() -> Turns:
    """In the short form each call has two of its faults, and the next one of its kind the next two."""
    return {}


@pytest.mark.parametrize("name", SCENARIOS)
def test_any_call_to_aws_goes_wrong(
    marketplace: Marketplace, seam: Seam, tried: Tried, turns: Turns, name: str
) -> None:
    rehearsal = Rehearsal(marketplace, seam, SCENARIOS[name])
    calm = Calm(rehearsal)
    cases = [
        (number, fault, lasting)
        for number, call in enumerate(calm.calls)
        for fault, lasting in (_all_of(call) if SOAK else _next_two(call, turns))
    ]
    assert {number for number, _, _ in cases} == set(range(len(calm.calls)))
    for number, fault, lasting in cases:
        kind = calm.calls[number].kind
        where = f"{fault.name} {'for long' if lasting else 'once'} at call {number}, {kind}"
        trouble, sources = Trouble(seam, fault), rehearsal.begin()
        states, sources.set_back = _watched(rehearsal)
        seam.fault(number, trouble, lasting=lasting)
        rehearsal.go_through(sources)
        end = rehearsal.end()
        assert trouble.times, where
        assert end.rows == calm.end.rows, where
        assert end.remembered == calm.end.remembered, where
        assert not calm.end.told - end.told, f"lost by {where}"
        assert _to_people(end.told - calm.end.told) <= trouble.may_be_doubled, f"doubled by {where}"
        if name not in IN_ANY_ORDER:
            assert all(map(calm.has_been, states)), where
        for run in seam.runs:
            most = max(calm.most[kind] * (2 * ATTEMPTS if fault.race else 2), AT_LEAST.get(kind, 0))
            assert run[kind] <= most, f"{run} by {where}"
            assert run.total() <= calm.longest * (ATTEMPTS if fault.race else 2), f"{run} by {where}"
        if name in POSTS:
            assert rehearsal.said(sources) == rehearsal.truth(sources), where
        assert all(answer.status < 500 or answer.status == 503 for answer in sources.answers), where
    tried("faults injected", len(cases))


class Calm:
    """How it goes with nothing wrong."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        sources = rehearsal.begin()
        self.states = [rehearsal.partitions()]
        rehearsal.seam.after_effect = lambda: self.states.append(rehearsal.partitions())
        self.calls = rehearsal.go_through(sources)
        self.end = rehearsal.end()
        self.longest = max(run.total() for run in rehearsal.seam.runs)
        self.most = Counter[str]()
        for run in rehearsal.seam.runs:
            self.most |= run

    def has_been(self, state: Partitions) -> bool:
        """Each contract, by itself."""
        known = set().union(*self.states)
        return state.keys() <= known and all(
            any(state.get(contract) == been.get(contract) for been in self.states) for contract in known
        )


def _watched(rehearsal: Rehearsal) -> tuple[list[Partitions], Callable[[], None]]:
    """The states at each setback, and what to do at one: after a few the trouble is over."""
    states: list[Partitions] = []

    def set_back() -> None:
        states.append(rehearsal.partitions())
        if len(states) == SETBACKS:
            rehearsal.seam.heal()

    return states, set_back


def _all_of(call: Call) -> list[tuple[Fault, bool]]:
    return [(fault, lasting) for fault in faults_of(call) for lasting in (False, True)]


def _next_two(call: Call, turns: Turns) -> list[tuple[Fault, bool]]:
    turn = turns.setdefault(call.kind, cycle(_all_of(call)))
    return [next(turn), next(turn)]


def _to_people(told_to_all: Counter[str]) -> Counter[str]:
    return Counter({message: n for message, n in told_to_all.items() if not message.startswith("SendMessage")})
