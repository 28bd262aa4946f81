"""Reports of texts, and what the marketplace's staff decide. Pure: what was read and `now` in, a change out.

A removed text is withheld, and a tombstone stays in its place. To restore it brings everything back as it was.
"""

from datetime import datetime
from typing import assert_never

from mid_job_feedback.domain import lifecycle, refusals
from mid_job_feedback.domain.feedback_changes import FeedbackSeen, Moderated, ReportMade
from mid_job_feedback.domain.models import (
    Decision,
    Feedback,
    ModerationInput,
    Removal,
    Reply,
    Report,
    ReportInput,
    ReportTarget,
)

_NO_REPLY = "This feedback has no reply."


def report(seen: FeedbackSeen, caller_id: str, body: ReportInput, *, report_id: str, now: datetime) -> ReportMade:
    """A party reports the feedback or the reply to it.

    Raises:
        ContractNotFound, FeedbackNotFound, FeedbackRemoved, AlreadyReported
    """
    lifecycle.require_party(seen.contract, caller_id)
    feedback = _feedback(seen)
    if body.target is ReportTarget.REPLY and feedback.reply is None:
        raise refusals.FeedbackNotFound(_NO_REPLY)
    if _removal(feedback, body.target):
        raise refusals.FeedbackRemoved
    earlier = [each for each in seen.reports_on(body.target) if each.reporter_id == caller_id]
    if any(not _is_outdated(each, feedback) for each in earlier):
        raise refusals.AlreadyReported
    made = Report(
        report_id=report_id,
        number=max((each.number for each in seen.reports), default=0) + 1,
        contract_id=feedback.contract_id,
        feedback_id=feedback.feedback_id,
        target=body.target,
        ground=body.ground,
        details=body.details,
        reporter_id=caller_id,
        reported_at=now,
    )
    return ReportMade(seen=seen, before=feedback, feedback=feedback, reports=(made,), report=made)


def moderate(seen: FeedbackSeen, body: ModerationInput, *, decision_id: str, now: datetime) -> Moderated:
    """The staff remove a text, restore it, or leave it as it is. That settles the open reports on it.

    An equal decision without an open report changes nothing. A report on a reply that was taken back can still be
    settled.

    Raises:
        FeedbackNotFound
    """
    before = _feedback(seen)
    reports = [each for each in seen.reports_on(body.target) if each.settled_at is None]
    if body.target is ReportTarget.REPLY and before.reply is None and not reports:
        raise refusals.FeedbackNotFound(_NO_REPLY)
    last = max(seen.decisions_on(body.target), key=lambda each: each.number, default=None)
    after = _decided(seen, before, body, now)
    if after == before and not reports and last and (last.state, last.ground) == (body.state, body.ground):
        return Moderated(seen=seen, before=before, feedback=before, standing=last)
    decision = Decision(
        decision_id=decision_id,
        number=last.number + 1 if last else 1,
        contract_id=before.contract_id,
        feedback_id=before.feedback_id,
        **dict(body),
        decided_at=now,
        changed=bool(_removal(before, body.target)) is not bool(_removal(after, body.target)),
    )
    return Moderated(
        seen=seen,
        before=before,
        feedback=after,
        reports=tuple(each.model_copy(update={"settled_at": now, "outcome": body.state}) for each in reports),
        decision=decision,
        standing=decision,
    )


def _feedback(seen: FeedbackSeen) -> Feedback:
    if seen.feedback is None:
        raise refusals.FeedbackNotFound
    return seen.feedback


def _removal(feedback: Feedback, target: ReportTarget) -> Removal | None:
    match target:
        case ReportTarget.FEEDBACK:
            return feedback.removed
        case ReportTarget.REPLY:
            return feedback.reply.removed if feedback.reply else None
        case unexpected:
            assert_never(unexpected)


def _is_outdated(settled: Report, feedback: Feedback) -> bool:
    """Whether the text that was reported has changed since the staff decided about it."""
    if settled.settled_at is None:
        return False
    changed = [feedback.edited_at]
    if settled.target is ReportTarget.REPLY and feedback.reply:
        changed = [feedback.reply.replied_at, feedback.reply.edited_at]
    return any(instant and instant > settled.settled_at for instant in changed)


def _decided(seen: FeedbackSeen, before: Feedback, body: ModerationInput, now: datetime) -> Feedback:
    """The feedback after the decision. A text that is removed already keeps the instant of its removal."""
    standing = _removal(before, body.target)
    removed = None
    if body.state == "removed":
        removed = Removal(at=standing.at if standing else now, ground=body.ground)
    match body.target:
        case ReportTarget.FEEDBACK:
            return _with_feedback(seen, before, removed)
        case ReportTarget.REPLY:
            return before.model_copy(update={"reply": _with_reply(seen, before.reply, removed)})
        case unexpected:
            assert_never(unexpected)


def _with_feedback(seen: FeedbackSeen, before: Feedback, removed: Removal | None) -> Feedback:
    if removed:
        text = {"ratings": None, "score": None, "comment": None}
    else:
        text = seen.withheld._asdict() if seen.withheld else {}
    return before.model_copy(update={**text, "removed": removed})


def _with_reply(seen: FeedbackSeen, before: Reply | None, removed: Removal | None) -> Reply | None:
    if before is None:
        return None
    text = None if removed else (seen.withheld_reply if before.removed else before.text)
    return before.model_copy(update={"text": text, "removed": removed})
