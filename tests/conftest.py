"""Powertools reads its two names when it is imported, as it would in a Lambda process."""

import os
from collections import Counter
from collections.abc import Callable

import pytest

from tests.log_search import SEARCHED, SessionLogSearch

pytest_plugins = ["pytester"]

os.environ["POWERTOOLS_SERVICE_NAME"] = "mid-job-feedback"
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "MidJobFeedback"

type Tried = Callable[[str, int], None]


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(SessionLogSearch("tests/component", "tests/store"))


@pytest.fixture
def tried(record_property: Callable[[str, object], None]) -> Tried:
    """Counts what a test tried, such as `tried("crash points", 41)`, for the table at the end of the run."""

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
