"""Model-based tests: commands and events in any order have the result that the reference model expects."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from mid_job_feedback.storage import table
from tests import lambda_runtime
from tests.conftest import Tried
from tests.sdk_interceptor import SdkInterceptor
from tests.soak import SOAK, either
from tests.store.in_process_service import InProcessService
from tests.store.model_comparison import COLLISIONS, CollisionCounts, Tally
from tests.store.model_values import LIFETIME
from tests.store.state_machine import STEPS, FeedbackStateMachine

# Every run must see these responses; a state machine that no longer gets there proves nothing.
RESPONSES = {
    "200",
    "201",
    "403 not_the_client",
    "403 not_the_freelancer",
    "403 requests_not_enabled",
    "404 contract_not_found",
    "404 feedback_not_found",
    "404 request_not_found",
    "409 correction_closed",
    "409 feedback_removed",
    "409 not_eligible",
    "409 request_closed",
    "409 request_pending",
    "410 already_answered",
    "410 contract_ended",
    "410 link_expired",
    "410 request_declined",
    "422 idempotency_key_reused",
}


@pytest.fixture
def service(tables: Any, sdk: SdkInterceptor, monkeypatch: pytest.MonkeyPatch) -> InProcessService:
    monkeypatch.setattr(table, "pause", lambda _: None)  # no backoff: retries are tested in tests/component
    flags = lambda_runtime.Flags()
    lambda_runtime.set_rollout(monkeypatch, flags)
    return InProcessService(sdk, lambda_runtime.set_clock(monkeypatch), flags)


@pytest.mark.parametrize("request_state", COLLISIONS)
def test_any_command_overtaken_by_any_other_does_what_the_model_says(
    service: InProcessService, tried: Tried, request_state: str
) -> None:
    """The second command commits between the read and the commit of the first."""
    collisions: CollisionCounts = Counter()
    pairs = pairs_of(*COLLISIONS[request_state])
    for slower, faster in pairs:
        machine = FeedbackStateMachine(service, Counter(), collisions)
        delay = LIFETIME if request_state == "overdue request" else timedelta()
        machine.create_contracts({"c-1": "eligible" if request_state == "no request" else "open request"}, delay)
        with machine.step("collide"):
            assert machine.request_state("c-1") == request_state
            machine.collide("c-1", slower, faster)
        machine.teardown()
    assert collisions == Counter(pairs)
    tried("model: collisions, one by one", collisions.total())


def pairs_of(slower: Sequence[str], faster: Sequence[str]) -> list[tuple[str, str]]:
    """Every pair in `make soak`, otherwise some of them, in which each command comes on either side.

    `test_schedules` explores all pairs in `make test`, too, on tables in memory.
    """
    places, some = product(range(len(slower)), range(len(faster))), min(len(slower), len(faster))
    return [(slower[one], faster[other]) for one, other in places if SOAK or (one + other) % some == 0]


def test_the_service_does_what_the_model_says(service: InProcessService, tried: Tried) -> None:
    tally: Tally = Counter()
    collisions: CollisionCounts = Counter()

    class CountedRun(FeedbackStateMachine):
        def __init__(self) -> None:
            super().__init__(service, tally, collisions)

    run_state_machine_as_test(
        CountedRun,
        settings=settings(
            max_examples=either(8, 120),
            stateful_step_count=either(25, 50),
            derandomize=not SOAK,
            database=None,
            deadline=None,
            print_blob=True,
            suppress_health_check=[*HealthCheck],
        ),
    )
    assert {f"model runs: responses {response}" for response in RESPONSES} <= tally.keys()
    assert {f"model runs: {name.replace('_', ' ')}" for name in STEPS} <= tally.keys()
    assert collisions.total() > either(3, 60)
    for (slower, faster), number in collisions.items():
        tried(f"model runs: {slower} overtaken by {faster}", number)
    for what, number in tally.items():
        tried(what, number)
