"""Until when the client can correct a piece of feedback, and the freelancer can reply to it.

Both are possible while `now` is before the instant. None: not possible at any time as things stand.
"""

from datetime import datetime
from typing import Final

from mid_job_feedback.domain.models import Feedback, FeedbackKind, Policy

MAX_CORRECTIONS: Final = 5


def correctable_until(feedback: Feedback, policy: Policy) -> datetime | None:
    """None for end-of-contract feedback, if it is removed, and if it was corrected as often as possible."""
    if feedback.kind is FeedbackKind.END_OF_CONTRACT or feedback.removed or feedback.revision > MAX_CORRECTIONS:
        return None
    return correction_closes_at(feedback, policy)


def replyable_until(feedback: Feedback, policy: Policy) -> datetime | None:
    """Until when a first reply, or a change of the reply, is possible. None if either text is removed."""
    if feedback.removed or (feedback.reply and feedback.reply.removed):
        return None
    return reply_closes_at(feedback, policy)


def correctable_until_if_given(at: datetime, policy: Policy) -> datetime | None:
    """Until when feedback that is given at `at` will be correctable. None if corrections are turned off."""
    return _correction_ends(at, policy) if policy.correction_window else None


def correction_closes_at(feedback: Feedback, policy: Policy) -> datetime:
    """When the time to correct ends, counted from when the feedback was provided."""
    return _correction_ends(feedback.provided_at, policy)


def reply_closes_at(feedback: Feedback, policy: Policy) -> datetime:
    """When the time to reply ends. A reply that was given can be changed and taken back for a time of its own."""
    if feedback.reply:
        return _correction_ends(feedback.reply.replied_at, policy)
    return feedback.provided_at + policy.reply_window


def _correction_ends(given_at: datetime, policy: Policy) -> datetime:
    return given_at + policy.correction_window
