"""Whatever happens in whatever order, the service does what the model says."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from itertools import product
from uuid import uuid4

import pytest
from botocore.config import Config
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from mid_job_feedback import aws as service_aws
from mid_job_feedback import rollout
from mid_job_feedback.storage import table
from tests import lambda_runtime
from tests.conftest import Tried
from tests.sdk_interceptor import SdkInterceptor
from tests.soak import SOAK, either
from tests.store.driver import Driver
from tests.store.held import COLLISIONS, Collided, Tally
from tests.store.machine import STEPS, Machine
from tests.store.modelled import LIFETIME

# A machine that no longer gets there proves nothing.
ANSWERS = {
    "200",
    "201",
    "403 not_the_client",
    "403 not_the_freelancer",
    "403 requests_not_enabled",
    "404 contract_not_found",
    "409 not_eligible",
    "409 request_pending",
    "410 already_answered",
    "410 contract_ended",
    "410 link_expired",
    "422 idempotency_key_reused",
}


@pytest.fixture
def service(dynamodb_local_address: str, monkeypatch: pytest.MonkeyPatch, sdk: SdkInterceptor) -> Iterator[Driver]:
    tables = {name: f"model-{uuid4()}" for name in ("TABLE_NAME", "IDEMPOTENCY_TABLE")}
    addresses = {
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_local_address,
        "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": dynamodb_local_address,
    }
    for name, value in {**lambda_runtime.ENVIRONMENT, **tables, **addresses}.items():
        monkeypatch.setenv(name, value)
    # However busy this machine is, no answer is late: a call that is sent again is another test's matter.
    monkeypatch.setattr(service_aws, "_RETRYING", Config(read_timeout=60, retries={"total_max_attempts": 1}))
    monkeypatch.setattr(table, "pause", lambda _: None)
    flags = lambda_runtime.Flags()
    monkeypatch.setattr(rollout, "_flags", cache(lambda: flags))
    _forget()
    driver = Driver(sdk, lambda_runtime.set_clock(monkeypatch), flags)
    yield driver
    driver.end()
    _forget()


def _forget() -> None:
    lambda_runtime.cold_start()
    service_aws.client.cache_clear()
    service_aws.sender.cache_clear()


@pytest.mark.parametrize("standing", COLLISIONS)
def test_whoever_is_overtaken_by_whatever_does_what_the_model_says(
    service: Driver, tried: Tried, standing: str
) -> None:
    """Every collision that can happen, one by one."""
    collided: Collided = Counter()
    for slow, fast in product(*COLLISIONS[standing]):
        machine = Machine(service, Counter(), collided)
        passed = LIFETIME if standing == "overdue" else timedelta()
        machine.some_contracts({"c-1": "eligible" if standing == "unasked" else "asked"}, passed)
        with machine.step("collide"):
            assert machine.standing("c-1") == standing
            machine.collide("c-1", slow, fast)
        machine.teardown()
    assert collided == Counter(product(*COLLISIONS[standing]))
    tried("model: collisions, one by one", collided.total())


def test_the_service_does_what_the_model_says(service: Driver, tried: Tried) -> None:
    tally: Tally = Counter()
    collided: Collided = Counter()

    class Run(Machine):
        def __init__(self) -> None:
            super().__init__(service, tally, collided)

    run_state_machine_as_test(
        Run,
        settings=settings(
            max_examples=either(20, 220),
            stateful_step_count=either(25, 50),
            derandomize=not SOAK,
            database=None,
            deadline=None,
            print_blob=True,
            suppress_health_check=[*HealthCheck],
        ),
    )
    assert {f"model runs: answers {answer}" for answer in ANSWERS} <= tally.keys()
    assert {f"model runs: {name.replace('_', ' ')}" for name in STEPS} <= tally.keys()
    assert collided.total() > either(10, 200)
    if SOAK:
        possible = {pair for acts in COLLISIONS.values() for pair in product(*acts)}
        assert {slow for slow, _ in collided} == {slow for slow, _ in possible}
        assert {fast for _, fast in collided} == {fast for _, fast in possible}
    for (slow, fast), number in collided.items():
        tried(f"model runs: {slow} overtaken by {fast}", number)
    for what, number in tally.items():
        tried(what, number)
