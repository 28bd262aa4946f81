"""The freelancer replies to feedback, in public. Pure: what was read and `now` in, a change out, or a refusal."""

from datetime import datetime

from mid_job_feedback.domain import change_windows, lifecycle, refusals
from mid_job_feedback.domain.feedback_changes import FeedbackChange, FeedbackSeen
from mid_job_feedback.domain.models import Feedback, Policy, Reply, ReplyInput, Role


def reply(
    seen: FeedbackSeen, caller_id: str, body: ReplyInput, *, policy: Policy, now: datetime
) -> FeedbackChange:
    """The freelancer replies, or changes the reply. To repeat a reply changes nothing.

    Raises:
        ContractNotFound, NotTheFreelancer, FeedbackNotFound, FeedbackRemoved, ReplyClosed
    """
    feedback = _feedback(seen, caller_id)
    before = feedback.reply
    if before and before.text == body.text:
        return FeedbackChange(seen=seen, before=feedback, feedback=feedback)
    _require_open(feedback, policy, now)
    if before:
        changed = before.model_copy(update={"text": body.text, "edited_at": now})
    else:
        changed = Reply(text=body.text, replied_at=now)
    replied = feedback.model_copy(update={"reply": changed, "first_replied_at": feedback.first_replied_at or now})
    return FeedbackChange(seen=seen, before=feedback, feedback=replied)


def take_back(seen: FeedbackSeen, caller_id: str, *, policy: Policy, now: datetime) -> FeedbackChange:
    """The freelancer takes the reply back. Without a reply, this changes nothing.

    Raises:
        ContractNotFound, NotTheFreelancer, FeedbackNotFound, FeedbackRemoved, ReplyClosed
    """
    feedback = _feedback(seen, caller_id)
    if feedback.reply is None:
        return FeedbackChange(seen=seen, before=feedback, feedback=feedback)
    _require_open(feedback, policy, now)
    return FeedbackChange(seen=seen, before=feedback, feedback=feedback.model_copy(update={"reply": None}))


def _feedback(seen: FeedbackSeen, caller_id: str) -> Feedback:
    lifecycle.require_role(seen.contract, caller_id, Role.FREELANCER)
    if seen.feedback is None:
        raise refusals.FeedbackNotFound
    if seen.feedback.removed or (seen.feedback.reply and seen.feedback.reply.removed):
        raise refusals.FeedbackRemoved
    return seen.feedback


def _require_open(feedback: Feedback, policy: Policy, now: datetime) -> None:
    closes_at = change_windows.reply_closes_at(feedback, policy)
    if now >= closes_at:
        raise refusals.ReplyClosed(closes_at, replied=feedback.reply is not None)
