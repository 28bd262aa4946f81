"""The process dies before or after any call to AWS: whoever called calls again, and all is as if nothing had been.

Nothing is lost. Nobody is told anything twice but the one message that was sent, and whose sending was not
remembered yet, when the process died: the channel cannot tell. What is set aside may be there twice.
"""

from collections import Counter
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from tests.component.marketplace import Marketplace
from tests.component.rehearsal import Rehearsal, told
from tests.component.scenarios import POSTS, SCENARIOS
from tests.component.seam import Call, Seam, Send
from tests.conftest import Tried
from tests.sdk import Killed
from tests.soak import SOAK

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics")  # a process that dies has none

# The next process may die as well: so many calls later, 0 for not at all.
AND_AGAIN = range(4) if SOAK else [0]


class Kill:
    """At a call: `before` it has any effect, or after it and before its answer."""

    def __init__(self, seam: Seam, *, before: bool) -> None:
        self._seam = seam
        self._before = before
        self.happened = False
        self.may_be_doubled = Counter[str]()

    def __call__(self, _: Call, send: Send) -> None:
        self.happened = True
        if not self._before:
            with suppress(ClientError):  # it may well be refused, as it would have been
                send()
        done = self._seam.effects_of_run
        self.may_be_doubled = told(done[-1:]) | told([call for call in done if call.operation == "SendMessage"])
        raise Killed


@pytest.mark.parametrize("name", SCENARIOS)
def test_killed_at_any_call_to_aws(marketplace: Marketplace, seam: Seam, tried: Tried, name: str) -> None:
    rehearsal = Rehearsal(marketplace, seam, SCENARIOS[name])
    calls = [call.kind for call in rehearsal.go_through(rehearsal.begin())]
    undisturbed = rehearsal.end()
    points = [
        (number, before, later) for later in AND_AGAIN for number in range(len(calls)) for before in (True, False)
    ]
    assert points
    kills_again = 0
    for number, before, later in points:
        where = f"{'before' if before else 'after'} call {number} of {calls}, and {later} later"
        sources, kills = rehearsal.begin(), [Kill(seam, before=before) for _ in range(2)]
        seam.fault(number, kills[0])
        if later:
            seam.fault(number + later, kills[1])
        killed = rehearsal.go_through(sources)
        end = rehearsal.end()
        assert kills[0].happened, where
        assert kills[1].happened == (0 < later < len(killed) - number), where
        kills_again += kills[1].happened
        assert [call.kind for call in killed[: number + 1]] == calls[: number + 1], where
        assert end.rows == undisturbed.rows, where
        assert end.remembered == undisturbed.remembered, where
        assert not undisturbed.told - end.told, f"lost when killed {where}"
        doubled = end.told - undisturbed.told
        assert doubled <= kills[0].may_be_doubled + kills[1].may_be_doubled, f"doubled when killed {where}"
        if name in POSTS:
            assert rehearsal.said(sources) == rehearsal.truth(sources), where
    assert bool(kills_again) == any(AND_AGAIN)
    tried("crash points", len(points))
    tried("crash points, killed again a little later", kills_again)
