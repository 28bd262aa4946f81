"""The client corrects feedback. Pure: what was read and `now` in, a change out, or a named refusal.

A correction moves neither the date of the feedback nor when the next feedback can be given.
"""

from datetime import datetime

from mid_job_feedback.domain import change_windows, lifecycle, refusals
from mid_job_feedback.domain.feedback_changes import FeedbackChange, FeedbackSeen
from mid_job_feedback.domain.lifecycle import Link
from mid_job_feedback.domain.models import (
    EarlierVersion,
    Feedback,
    FeedbackInput,
    FeedbackKind,
    FeedbackText,
    Policy,
    Role,
)

type Expected = frozenset[int] | None
"""The revisions that the caller takes the feedback to have; None if the caller does not say."""


def correct(
    seen: FeedbackSeen, caller_id: str, body: FeedbackInput, expected: Expected, *, policy: Policy, now: datetime
) -> FeedbackChange:
    """The client corrects feedback of a contract. To repeat a correction changes nothing.

    Raises:
        ContractNotFound, NotTheClient, FeedbackNotFound, FeedbackRemoved, CorrectionClosed, TooManyCorrections,
        RevisionMismatch
    """
    lifecycle.require_role(seen.contract, caller_id, Role.CLIENT)
    if seen.feedback is None:
        raise refusals.FeedbackNotFound
    return _corrected(seen, seen.feedback, body, expected, policy=policy, now=now)


def correct_by_link(
    seen: FeedbackSeen, link: Link, body: FeedbackInput, expected: Expected, *, policy: Policy, now: datetime
) -> FeedbackChange:
    """Whoever holds the link that gave feedback corrects it.

    Raises:
        LinkSuperseded, NotAnswered, LinkExpired, AlreadyAnswered, ContractEnded, RequestCancelled,
        RequestDeclined, RequestWithdrawn: as `lifecycle.require_answered`.
        FeedbackRemoved, CorrectionClosed, TooManyCorrections, RevisionMismatch: as `correct`.
    """
    given = lifecycle.require_answered(seen.snapshot, link, policy, now)
    corrected = _corrected(seen, given, body, expected, policy=policy, now=now)
    return corrected.model_copy(update={"by_link": True})


def _corrected(
    seen: FeedbackSeen,
    feedback: Feedback,
    body: FeedbackInput,
    expected: Expected,
    *,
    policy: Policy,
    now: datetime,
) -> FeedbackChange:
    if feedback.removed:
        raise refusals.FeedbackRemoved
    if feedback.kind is FeedbackKind.END_OF_CONTRACT:
        raise refusals.CorrectionClosed(None)
    text = FeedbackText(body.ratings.model_dump(), body.ratings.score(), body.comment)
    if text == feedback.text:
        return FeedbackChange(seen=seen, before=feedback, feedback=feedback)
    _require_correctable(feedback, expected, policy, now)
    corrected = feedback.model_copy(update={**text._asdict(), "revision": feedback.revision + 1, "edited_at": now})
    replaced = EarlierVersion(revision=feedback.revision, **feedback.text._asdict(), replaced_at=now)
    return FeedbackChange(seen=seen, before=feedback, feedback=corrected, replaced=replaced)


def _require_correctable(feedback: Feedback, expected: Expected, policy: Policy, now: datetime) -> None:
    closes_at = change_windows.correction_closes_at(feedback, policy)
    if now >= closes_at:
        raise refusals.CorrectionClosed(closes_at)
    if feedback.revision > change_windows.MAX_CORRECTIONS:
        raise refusals.TooManyCorrections(change_windows.MAX_CORRECTIONS)
    if expected is not None and feedback.revision not in expected:
        raise refusals.RevisionMismatch(feedback.revision)
