"""When the client of an open request is reminded."""

from datetime import datetime

from mid_job_feedback.domain.models import Policy


def next_due(expires_at: datetime, policy: Policy, told_at: datetime) -> datetime:
    """When the sweep has to look at an open request next: at its next reminder, or else at its deadline.

    `told_at`: when the client was last told of the request. A reminder comes at least `ReminderPause` later. Those
    that would come sooner are left out, so after an outage of the sweep one reminder stands for all that are due.
    """
    reminders = (expires_at - before for before in policy.reminder_before)
    pause = policy.reminder_pause
    return min((at for at in reminders if told_at < at < expires_at and at - told_at >= pause), default=expires_at)
