"""Warm-up during the init phase: on Lambda only, and never a reason for the process not to start."""

import gc
import threading
from collections.abc import Iterator

import pytest

from mid_job_feedback import startup
from mid_job_feedback.domain.models import Value

pytestmark = pytest.mark.usefixtures("_unfrozen")


@pytest.fixture
def _unfrozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gc, "freeze", lambda: None)


@pytest.fixture
def on_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")


@pytest.fixture
def stuck() -> Iterator[threading.Event]:
    """An event that is set only when the test is over."""
    over = threading.Event()
    yield over
    over.set()


def test_nothing_happens_outside_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_INITIALIZATION_TYPE", raising=False)
    done: list[str] = []
    monkeypatch.setattr(gc, "freeze", lambda: done.append("freeze"))
    startup.warm_up(lambda: done.append("table"))
    assert done == []


def test_everything_is_read_once(on_lambda: None) -> None:
    read: list[str] = []
    startup.warm_up(lambda: read.append("table"), lambda: read.append("flags"))
    assert sorted(read) == ["flags", "table"]


def test_models_are_built(on_lambda: None) -> None:
    class Unused(Value):
        name: str

    assert not Unused.__pydantic_complete__
    startup.warm_up(models=(Unused,))
    assert Unused.__pydantic_complete__


def test_a_failing_read_is_ignored(on_lambda: None) -> None:
    read: list[str] = []

    def fail() -> None:
        raise ConnectionError

    startup.warm_up(fail, lambda: read.append("flags"))
    assert read == ["flags"]


def test_a_hanging_read_is_abandoned(
    on_lambda: None, stuck: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "LONGEST_WAIT_SECONDS", 0.01)
    startup.warm_up(stuck.wait, stuck.wait)
    assert not stuck.is_set()


def test_warm_up_takes_a_small_part_of_the_ten_seconds_that_lambda_allows() -> None:
    assert startup.LONGEST_WAIT_SECONDS <= 2


def test_the_garbage_collector_skips_the_objects_made_at_start_up(
    on_lambda: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen: list[bool] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(True))
    startup.warm_up()
    assert frozen == [True]
