"""When the client of an open request is reminded: the next due instant, from when the client was told last."""

from datetime import datetime, timedelta

import pytest

from mid_job_feedback.domain.models import Policy
from mid_job_feedback.domain.reminders import next_due
from tests.builders import DAY, NOW, POLICY, SECOND

EXPIRES_AT = NOW + 14 * DAY


def policy(*before: timedelta, pause: timedelta = DAY) -> Policy:
    return POLICY.model_copy(update={"reminder_before": before, "reminder_pause": pause})


def days_left(due_at: datetime) -> float:
    return (EXPIRES_AT - due_at) / DAY


@pytest.mark.parametrize(
    ("told", "due"),
    [
        (14 * DAY, 7),
        (8 * DAY, 7),
        (8 * DAY - SECOND, 2),  # the first one would come a second too soon
        (7 * DAY, 2),
        (3 * DAY, 2),
        (3 * DAY - SECOND, 0),
        (2 * DAY, 0),
        (SECOND, 0),
    ],
)
def test_the_next_reminder_comes_at_least_the_pause_after_the_client_was_told(told: timedelta, due: int) -> None:
    assert days_left(next_due(EXPIRES_AT, policy(7 * DAY, 2 * DAY), told_at=EXPIRES_AT - told)) == due


def test_the_order_in_which_reminders_are_configured_makes_no_difference() -> None:
    told_at = EXPIRES_AT - 14 * DAY
    assert next_due(EXPIRES_AT, policy(2 * DAY, 7 * DAY, 2 * DAY), told_at) == EXPIRES_AT - 7 * DAY


def test_without_reminders_the_deadline_is_due() -> None:
    assert next_due(EXPIRES_AT, policy(), told_at=NOW) == EXPIRES_AT


@pytest.mark.parametrize("before", [14 * DAY, 20 * DAY])
def test_a_reminder_that_would_come_with_the_request_or_before_it_is_left_out(before: timedelta) -> None:
    """Even without a pause, so that a sweep never finds the same instant due again."""
    assert next_due(EXPIRES_AT, policy(before, pause=timedelta()), told_at=NOW) == EXPIRES_AT


def test_reminders_come_one_after_the_other_until_the_deadline() -> None:
    daily = policy(*(days * DAY for days in range(1, 6)))
    told_at, reminders = NOW, []
    while (due_at := next_due(EXPIRES_AT, daily, told_at)) < EXPIRES_AT:
        reminders.append(days_left(due_at))
        told_at = due_at
    assert reminders == [5, 4, 3, 2, 1]
