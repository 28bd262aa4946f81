"""Fault injection: every call to AWS fails in every way it can, once or until it is repaired.

HTTP clients get at worst a 503 with Retry-After. The number of attempts is bounded. The table is always in the
state before a command or after it, never in between. The end state is as if nothing had happened.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest

from tests.component.fault_injection import Call, FaultInjector, Send
from tests.component.faults import Fault, faults_of
from tests.component.marketplace import Marketplace
from tests.component.scenario_runner import Partitions, ScenarioRunner, messages_sent
from tests.component.scenarios import API_CALLS, DISTURBED, REMEMBER, SCENARIOS
from tests.conftest import Tried
from tests.soak import SOAK

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics")  # a run that fails may emit none

type Turns = dict[str, Iterator[tuple[Fault, bool]]]

ATTEMPTS = 8  # in a lost race
# A repeated start event tries its three conditions one after the other. Then it reads why it was refused, and last
# the contract's feedback.
AT_LEAST = {"UpdateItem feedback": 3}
AT_LEAST_IN_ALL = 5
RETRIES_UNTIL_REPAIR = 2  # of a lasting fault
REORDERED = {"events of all kinds, one of them malformed"}  # a failed event is applied after later ones


class InjectedFault:
    """Counts how often a fault happens, and which messages it may double."""

    def __init__(self, injector: FaultInjector, fault: Fault) -> None:
        self._injector = injector
        self._fault = fault
        self.times = 0
        self.may_be_doubled = Counter[str]()

    def __call__(self, call: Call, send: Send) -> Any:
        self.times += 1
        before = len(self._injector.effects)
        last_effect = self._injector.effects_of_invocation[-1:]
        not_recorded = messages_sent(last_effect) if call.kind == REMEMBER else Counter[str]()
        try:
            return self._fault.misbehave(call, send)
        finally:
            effects = self._injector.effects[before:]
            self.may_be_doubled += messages_sent(effects) if effects else not_recorded


@pytest.fixture(autouse=True)
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts, in seconds, without really pausing."""
    taken: list[float] = []
    monkeypatch.setattr("mid_job_feedback.storage.table.time.sleep", taken.append)
    return taken


@pytest.fixture(scope="module")
def turns() -> Turns:
    """In the quick form, each call takes the next fault of its kind."""
    return {}


@pytest.mark.parametrize("name", DISTURBED)
def test_a_fault_at_any_call_to_aws_is_recovered_from(
    marketplace: Marketplace, injector: FaultInjector, tried: Tried, turns: Turns, name: str
) -> None:
    runner = ScenarioRunner(marketplace, injector, SCENARIOS[name])
    undisturbed = Undisturbed(runner)
    cases = [
        (number, fault, lasting)
        for number, call in enumerate(undisturbed.calls)
        for fault, lasting in (_all_of(call) if SOAK else [_next(call, turns)])
    ]
    assert {number for number, _, _ in cases} == set(range(len(undisturbed.calls)))
    for number, fault, lasting in cases:
        kind = undisturbed.calls[number].kind
        where = f"{fault.name} {'until repaired' if lasting else 'once'} at call {number}, {kind}"
        injected, sources = InjectedFault(injector, fault), runner.reset()
        states, sources.on_retry = _recorded_states(runner)
        injector.inject(number, injected, lasting=lasting)
        runner.run(sources)
        outcome = runner.outcome()
        assert injected.times, where
        assert outcome.rows == undisturbed.outcome.rows, where
        assert outcome.idempotency_records == undisturbed.outcome.idempotency_records, where
        assert not undisturbed.outcome.messages - outcome.messages, f"lost by {where}"
        doubled = _to_people(outcome.messages - undisturbed.outcome.messages)
        assert doubled <= injected.may_be_doubled, f"doubled by {where}"
        if name not in REORDERED:
            assert all(map(undisturbed.was_in, states)), where
        for calls in injector.calls_by_invocation:
            most = max(undisturbed.most[kind] * (2 * ATTEMPTS if fault.race else 2), AT_LEAST.get(kind, 0))
            assert calls[kind] <= most, f"{calls} by {where}"
            most = max(undisturbed.longest * (ATTEMPTS if fault.race else 2), AT_LEAST_IN_ALL)
            assert calls.total() <= most, f"{calls} by {where}"
        if name in API_CALLS:
            assert runner.final_response(sources) == runner.expected_response(sources), where
        assert all(response.status < 500 or response.status == 503 for response in sources.responses), where
    tried("faults injected", len(cases))


class Undisturbed:
    """A run without faults, to compare the others with."""

    def __init__(self, runner: ScenarioRunner) -> None:
        sources = runner.reset()
        self.states = [runner.partitions()]
        runner.injector.after_effect = lambda: self.states.append(runner.partitions())
        self.calls = runner.run(sources)
        self.outcome = runner.outcome()
        self.longest = max(calls.total() for calls in runner.injector.calls_by_invocation)
        self.most = Counter[str]()
        for calls in runner.injector.calls_by_invocation:
            self.most |= calls

    def was_in(self, state: Partitions) -> bool:
        """Whether each contract, by itself, is in a state that it also had in this run."""
        contracts = set().union(*self.states)
        return state.keys() <= contracts and all(
            any(state.get(contract) == known.get(contract) for known in self.states) for contract in contracts
        )


def _recorded_states(runner: ScenarioRunner) -> tuple[list[Partitions], Callable[[], None]]:
    """The table's state before every retry, and what records it; after a few retries that repairs the fault."""
    states: list[Partitions] = []

    def on_retry() -> None:
        states.append(runner.partitions())
        if len(states) == RETRIES_UNTIL_REPAIR:
            runner.injector.repair()

    return states, on_retry


def _all_of(call: Call) -> list[tuple[Fault, bool]]:
    return [(fault, lasting) for fault in faults_of(call) for lasting in (False, True)]


def _next(call: Call, turns: Turns) -> tuple[Fault, bool]:
    return next(turns.setdefault(call.kind, cycle(_all_of(call))))


def _to_people(messages: Counter[str]) -> Counter[str]:
    return Counter({message: n for message, n in messages.items() if not message.startswith("SendMessage")})
