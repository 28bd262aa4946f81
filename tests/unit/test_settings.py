import traceback
from collections.abc import Iterator
from datetime import timedelta

import pytest

from mid_job_feedback import settings
from mid_job_feedback.domain.models import Policy
from tests.lambda_runtime import ENVIRONMENT
from tests.template import template


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    settings.settings.cache_clear()
    yield
    settings.settings.cache_clear()


def test_durations_are_iso_8601() -> None:
    assert settings.settings().policy.request_lifetime == timedelta(days=14)


@pytest.mark.parametrize("name", Policy.model_fields)
def test_each_duration_comes_from_the_parameter_of_its_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name.upper(), "P3DT4H")
    policy, length = settings.settings().policy, timedelta(days=3, hours=4)
    assert [each for each, value in policy if value in (length, (length,))] == [name]
    given = template()["Globals"]["Function"]["Environment"]["Variables"][name.upper()]
    assert given == {"Ref": name.title().replace("_", "")}


@pytest.mark.parametrize(
    ("listed", "durations"),
    [("", ()), ("P2D", (timedelta(days=2),)), ("P7D,PT36H", (timedelta(days=7), timedelta(hours=36)))],
)
def test_reminders_are_a_list_that_may_be_empty(
    listed: str, durations: tuple[timedelta, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REMINDER_BEFORE", listed)
    assert settings.settings().policy.reminder_before == durations


@pytest.mark.parametrize("name", ["TABLE_NAME", "PAYMENT_WINDOW", "LINK_KEY_SECRET"])
def test_the_error_names_a_missing_setting(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(settings.SettingsError, match=name):
        settings.settings()


def test_the_error_quotes_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TABLE_NAME")
    with pytest.raises(settings.SettingsError) as missing:
        settings.settings()
    assert "input_value" not in "".join(traceback.format_exception(missing.value))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TABLE_NAME", ""),
        ("FEEDBACK_INTERVAL", "a month"),
        ("REMINDER_BEFORE", "P2D,soon"),
        ("REMINDER_BEFORE", ",".join(["P1D"] * 6)),
    ],
)
def test_the_error_names_an_invalid_setting(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(settings.SettingsError, match=name):
        settings.settings()
