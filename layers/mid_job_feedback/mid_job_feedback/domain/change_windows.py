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


def correction_closes_at(feedback: Feedback, policy: Policy) -> datetime:
    """When the time to correct ends, counted from when the feedback was provided."""
    return feedback.provided_at + policy.correction_window


def reply_closes_at(feedback: Feedback, policy: Policy) -> datetime:
    """When the time to reply ends. A reply that was given can be changed and taken back for a time of its own."""
    if feedback.reply:
        return feedback.reply.replied_at + policy.correction_window
    return feedback.provided_at + policy.reply_window
