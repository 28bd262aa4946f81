"""Fixtures and reports of all tests. Powertools reads two environment variables when it is imported."""

import os
from collections import Counter
from collections.abc import Callable

import hypothesis
import pytest

from tests.log_search import SEARCHED, SessionLogSearch

pytest_plugins = ["pytester"]

os.environ["POWERTOOLS_SERVICE_NAME"] = "mid-job-feedback"
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "MidJobFeedback"

# No test is timed: on a busy machine any example may take long.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

type Tried = Callable[[str, int], None]


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(SessionLogSearch("tests/component", "tests/store"))


@pytest.fixture
def tried(record_property: Callable[[str, object], None]) -> Tried:
    """Report a number of cases, such as `tried("crash points", 41)`; the end of the run shows the totals."""

    def count(what: str, number: int) -> None:
        record_property("tried", (what, number))

    return count


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    totals = Counter(SEARCHED)
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "tried" and report.when == "call":
                what, number = value
                totals[what] += number
    if totals:
        terminalreporter.section("tried")
        for what, number in sorted(totals.items()):
            terminalreporter.write_line(f"{number:>9,}  {what}")
