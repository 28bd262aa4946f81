"""The suite in other zones, on a leap day and over a year end: what depends on time; in `make soak` all of it."""

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


class There(NamedTuple):
    zone: str
    now: str


THERE_AND_THEN = [
    There("Africa/Lagos", "2028-02-29T12:00:00Z"),  # a leap day
    There("America/Los_Angeles", "2026-12-31T23:59:58Z"),  # two seconds before the year ends
    There("Asia/Kathmandu", "2028-02-15T18:20:00Z"),  # past midnight; what is asked now expires on the leap day
]
RULES = ["tests/unit/test_eligibility.py", "tests/unit/test_lifecycle.py", "tests/unit/test_messages.py"]
HANDLERS = [
    "links",
    "feedback_tab",
    "request_feedback",
    "submit_feedback",
    "expiry",
    "notifications",
    "ttl_removals",
]
QUICK = RULES + [f"tests/component/test_{name}.py" for name in HANDLERS]
ALL = ["tests/unit", "tests/component", "tests/store"]

type Runs = dict[There, Future[subprocess.CompletedProcess[str]]]


def run(there: There) -> subprocess.CompletedProcess[str]:
    """In its quick form, also inside the long one."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "SOAK"))}
    environment |= {"TZ": there.zone, "SUITE_NOW": there.now}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(ALL if SOAK else QUICK)]
    return subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    """Those in the quick form at once, as most of each is starting up."""
    with ThreadPoolExecutor(either(len(THERE_AND_THEN), 1)) as pool:
        yield {there: pool.submit(run, there) for there in THERE_AND_THEN}


@pytest.mark.parametrize("there", THERE_AND_THEN, ids=lambda there: there.zone)
def test_the_suite_is_green_there_and_then(runs: Runs, there: There, tried: Tried) -> None:
    done = runs[there].result()
    assert done.returncode == 0, done.stdout[-5000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    tried("tests at other times and places", int(passed[1]))
