"""Crash points: the process dies before and after every call to AWS, and the caller's retry makes up for it.

Nothing is lost, and the end state is as if nothing had happened. The only message that may be sent twice is the
last one before the process died, if that was not recorded yet. Messages to queues may also be doubled.
"""

from collections import Counter
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from mid_job_feedback.storage import items
from tests.component.fault_injection import Call, FaultInjector, Send
from tests.component.marketplace import Marketplace
from tests.component.scenario_runner import ScenarioRunner, messages_sent
from tests.component.scenarios import API_CALLS, DISTURBED, SCENARIOS
from tests.conftest import Tried
from tests.sdk_interceptor import ProcessKilled
from tests.soak import SOAK
from tests.store import summary_rows

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics")  # a process that dies emits none

# The process may die a second time, so many calls later; 0: only once.
CALLS_UNTIL_SECOND_KILL = range(4) if SOAK else [0]


class Kill:
    """Kill the process at a call: `before` it has an effect, or after that and before its response."""

    def __init__(self, injector: FaultInjector, *, before: bool) -> None:
        self._injector = injector
        self._before = before
        self.happened = False
        self.may_be_doubled = Counter[str]()

    def __call__(self, _: Call, send: Send) -> None:
        self.happened = True
        if not self._before:
            with suppress(ClientError):  # AWS may refuse it, as it would without the kill
                send()
        done = self._injector.effects_of_invocation
        self.may_be_doubled = messages_sent(done[-1:]) | messages_sent(
            [call for call in done if call.operation == "SendMessage"]
        )
        raise ProcessKilled


@pytest.mark.parametrize("name", DISTURBED)
def test_a_process_killed_at_any_call_to_aws_loses_nothing(
    marketplace: Marketplace, injector: FaultInjector, tried: Tried, name: str
) -> None:
    runner = ScenarioRunner(marketplace, injector, SCENARIOS[name])
    calls = [call.kind for call in runner.run(runner.reset())]
    undisturbed = runner.outcome()
    assert summary_rows.drift(map(items.plain, marketplace.rows())) == {}
    points = [
        (number, before, later)
        for later in CALLS_UNTIL_SECOND_KILL
        for number in range(len(calls))
        for before in (True, False)
        # To die before a call is to die after the one before it: nothing has an effect in between.
        if SOAK or not before or number == 0
    ]
    assert points
    kills_again = 0
    for number, before, later in points:
        where = f"{'before' if before else 'after'} call {number} of {calls}, and {later} later"
        sources, kills = runner.reset(), [Kill(injector, before=before) for _ in range(2)]
        injector.inject(number, kills[0])
        if later:
            injector.inject(number + later, kills[1])
        killed = runner.run(sources)
        outcome = runner.outcome()
        assert kills[0].happened, where
        assert kills[1].happened == (0 < later < len(killed) - number), where
        kills_again += kills[1].happened
        assert [call.kind for call in killed[: number + 1]] == calls[: number + 1], where
        assert outcome.rows == undisturbed.rows, where
        assert outcome.idempotency_records == undisturbed.idempotency_records, where
        assert not undisturbed.messages - outcome.messages, f"lost when killed {where}"
        doubled = outcome.messages - undisturbed.messages
        assert doubled <= kills[0].may_be_doubled + kills[1].may_be_doubled, f"doubled when killed {where}"
        if name in API_CALLS:
            assert runner.final_response(sources) == runner.expected_response(sources), where
    assert bool(kills_again) == any(CALLS_UNTIL_SECOND_KILL)
    tried("crash points", len(points))
    tried("crash points, killed again a little later", kills_again)
