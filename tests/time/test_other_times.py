"""The tests that depend on time, on other days and in other time zones. In `make soak`: all of unit to store."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import pytest

from tests.conftest import Tried
from tests.soak import SOAK, either
from tests.template import ROOT


class TimeAndZone(NamedTuple):
    zone: str
    now: str


TIMES_AND_ZONES = [
    *([TimeAndZone("Africa/Lagos", "2028-02-29T12:00:00Z")] if SOAK else []),  # a leap day
    TimeAndZone("America/Los_Angeles", "2026-12-31T23:59:58Z"),  # two seconds before the year ends
    TimeAndZone("Asia/Kathmandu", "2028-02-15T18:20:00Z"),  # 00:05 there; requests expire on the leap day
]
RULE_TESTS = ["tests/unit/test_eligibility.py", "tests/unit/test_lifecycle.py", "tests/unit/test_messages.py"]
HANDLER_TESTS = "request_feedback submit_feedback expiry"
QUICK_TESTS = RULE_TESTS + [f"tests/component/test_{name}.py" for name in HANDLER_TESTS.split()]
ALL_TESTS = ["tests/unit", "tests/component", "tests/store"]

type Runs = dict[TimeAndZone, Future[subprocess.CompletedProcess[str]]]


def run(when: TimeAndZone) -> subprocess.CompletedProcess[str]:
    """Runs the tests in their quick form, also in `make soak`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "SOAK"))}
    environment |= {"TZ": when.zone, "SUITE_NOW": when.now}
    tests = ALL_TESTS if SOAK else QUICK_TESTS
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    return subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    """Starts the quick runs all at once, since most of their time is start-up."""
    with ThreadPoolExecutor(either(len(TIMES_AND_ZONES), 1)) as pool:
        yield {when: pool.submit(run, when) for when in TIMES_AND_ZONES}


@pytest.mark.parametrize("when", TIMES_AND_ZONES, ids=lambda when: when.zone)
def test_the_tests_pass_at_another_time_in_another_zone(runs: Runs, when: TimeAndZone, tried: Tried) -> None:
    result = runs[when].result()
    assert result.returncode == 0, result.stdout[-5000:]
    passed = re.search(r"(\d+) passed", result.stdout)
    assert passed
    tried("tests at other times and places", int(passed[1]))
