"""What a process does before its first call: on Lambda only, and never at the cost of starting."""

import gc
import threading
from collections.abc import Iterator

import pytest

from mid_job_feedback import startup

pytestmark = pytest.mark.usefixtures("_unfrozen")


@pytest.fixture
def _unfrozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gc, "freeze", lambda: None)


@pytest.fixture
def on_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")


@pytest.fixture
def stuck() -> Iterator[threading.Event]:
    """A read that waits until the test is over."""
    over = threading.Event()
    yield over
    over.set()


def test_nothing_is_read_where_it_is_not_lambda_that_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_INITIALIZATION_TYPE", raising=False)
    read: list[str] = []
    startup.warm_up(lambda: read.append("table"))
    assert read == []


def test_everything_is_read_once(on_lambda: None) -> None:
    read: list[str] = []
    startup.warm_up(lambda: read.append("table"), lambda: read.append("flags"))
    assert sorted(read) == ["flags", "table"]


def test_a_read_that_fails_fails_nothing_else(on_lambda: None) -> None:
    read: list[str] = []

    def fail() -> None:
        raise ConnectionError

    startup.warm_up(fail, lambda: read.append("flags"))
    assert read == ["flags"]


def test_a_read_that_hangs_is_not_waited_for(
    on_lambda: None, stuck: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "LONGEST", 0.01)
    startup.warm_up(stuck.wait, stuck.wait)
    assert not stuck.is_set()


def test_patience_leaves_most_of_the_ten_seconds_that_lambda_gives() -> None:
    assert startup.LONGEST <= 2


def test_what_start_up_leaves_behind_is_never_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[bool] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(True))
    startup.warm_up()
    assert frozen == [True]
