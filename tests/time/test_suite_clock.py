"""The suite runs at the instant in SUITE_NOW, and instants written in tests are shifted by the same distance."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from tests import suite_clock
from tests.template import ROOT

LEAP_DAY = datetime(2028, 2, 29, 12, 0, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _on_a_leap_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite_clock, "NOW", LEAP_DAY)


@pytest.mark.parametrize(
    ("written", "shifted"),
    [
        ("2026-06-15T12:00:00Z", "2028-02-29T12:00:00Z"),
        ("2026-06-16T12:00:00.000001+05:45", "2028-03-01T12:00:00.000001+05:45"),
        ("until Monday, 15 June 2026, 12:00 UTC.", "until Tuesday, 29 February 2028, 12:00 UTC."),
        ("until Tuesday, 16 June 2026, 12:00 UTC.", "until Wednesday, 1 March 2028, 12:00 UTC."),
        ("by 16 June 2026", "by 1 March 2028"),
        ('{"at": 1781524800001}', '{"at": 1835438400001}'),
        ('{"at": 1781524800}', '{"at": 1835438400}'),
        ({"at": ["2026-06-15T12:00:00Z"]}, {"at": ["2028-02-29T12:00:00Z"]}),
        ("c-1", "c-1"),
    ],
)
def test_instants_are_shifted_to_the_time_of_this_run(written: object, shifted: object) -> None:
    assert suite_clock.shifted(written) == shifted


def test_at_the_usual_time_nothing_is_shifted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite_clock, "NOW", suite_clock._USUAL)
    assert suite_clock.shifted("2026-06-15T12:00:00Z") == "2026-06-15T12:00:00Z"


def test_a_run_has_the_time_and_zone_of_its_environment() -> None:
    script = (
        "import json, time; from tests.builders import NOW; print(json.dumps([NOW.isoformat(), time.timezone]))"
    )
    environment = os.environ | {"TZ": "Asia/Kathmandu", "SUITE_NOW": "2028-02-29T12:00:00Z"}
    environment["PYTHONPATH"] = str(ROOT / "layers/mid_job_feedback")
    result = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    assert json.loads(result.stdout) == ["2028-02-29T12:00:00+00:00", -(5 * 3600 + 45 * 60)]
