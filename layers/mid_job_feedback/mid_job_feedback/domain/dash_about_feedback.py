"""Dash messages about feedback, replies and decisions on them. Pure: what is announced in, a message in the
recipient's language out.
"""

from typing import assert_never

from mid_job_feedback.domain.announcements import (
    FeedbackCorrected,
    FeedbackDecided,
    FeedbackReplied,
    ReportDecided,
)
from mid_job_feedback.domain.dash_messages import (
    DashKind,
    DashMessage,
    FeedbackCorrectedDash,
    FeedbackCorrectedData,
    FeedbackProvidedDash,
    FeedbackProvidedData,
    FeedbackRemovedDash,
    FeedbackRemovedData,
    FeedbackRepliedDash,
    FeedbackRepliedData,
    FeedbackReportDecidedDash,
    FeedbackReportDecidedData,
    FeedbackRestoredDash,
    FeedbackRestoredData,
    envelope,
    facts,
)
from mid_job_feedback.domain.models import Contract, Decision, Feedback, Party, ReportTarget
from mid_job_feedback.domain.phrases import inert, name_of, wording_of


def feedback_provided(contract: Contract, feedback: Feedback, link: str) -> DashMessage:
    wording, _ = wording_of(contract.freelancer)
    score = feedback.text.score
    return FeedbackProvidedDash(
        **envelope(contract, contract.freelancer, link),
        message_id=f"{DashKind.FEEDBACK_PROVIDED}:{feedback.feedback_id}",
        title=wording.say("provided_dash_title", client=name_of(contract.client, wording)),
        body=wording.say("provided_dash_body", score=wording.number(score), title=inert(contract.title)),
        occurred_at=feedback.provided_at,
        data=FeedbackProvidedData(
            **facts(contract),
            feedback_id=feedback.feedback_id,
            request_id=feedback.request_id,
            score=score,
            provided_at=feedback.provided_at,
        ),
    )


def feedback_corrected(corrected: FeedbackCorrected, link: str) -> DashMessage:
    """To the freelancer: the score as it is now, and that the earlier version can still be read."""
    contract, feedback = corrected.contract, corrected.feedback
    wording, _ = wording_of(contract.freelancer)
    score = feedback.text.score
    return FeedbackCorrectedDash(
        **envelope(contract, contract.freelancer, link),
        message_id=f"{DashKind.FEEDBACK_CORRECTED}:{feedback.feedback_id}:{corrected.revision}",
        title=wording.say("corrected_dash_title", client=name_of(contract.client, wording)),
        body=wording.say("corrected_dash_body", score=wording.number(score), title=inert(contract.title)),
        occurred_at=corrected.edited_at,
        data=FeedbackCorrectedData(
            **facts(contract),
            feedback_id=feedback.feedback_id,
            revision=corrected.revision,
            score=score,
            edited_at=corrected.edited_at,
        ),
    )


def feedback_replied(replied: FeedbackReplied, link: str) -> DashMessage:
    """To the client: that there is a reply. It is read in the Contract Room, from where it can be removed."""
    contract, feedback_id = replied.contract, replied.feedback.feedback_id
    wording, _ = wording_of(contract.client)
    return FeedbackRepliedDash(
        **envelope(contract, contract.client, link),
        message_id=f"{DashKind.FEEDBACK_REPLIED}:{feedback_id}",
        title=wording.say("replied_dash_title", freelancer=name_of(contract.freelancer, wording)),
        body=wording.say("replied_dash_body", title=inert(contract.title)),
        occurred_at=replied.first_replied_at,
        data=FeedbackRepliedData(**facts(contract), feedback_id=feedback_id, replied_at=replied.first_replied_at),
    )


def removed_id(removal: Decision) -> str:
    return f"{DashKind.FEEDBACK_REMOVED}:{removal.decision_id}"


def feedback_decided(decided: FeedbackDecided, link: str) -> DashMessage:
    """To the author of the text: that it was removed, and on which ground, or that it is public again.

    It does not say who decided, nor whether anybody had reported the text.
    """
    decision, author = decided.decision, _author(decided)
    wording, _ = wording_of(author)
    title = inert(decided.contract.title)
    sent = {**envelope(decided.contract, author, link), "occurred_at": decision.decided_at}
    told = {
        **facts(decided.contract),
        "feedback_id": decision.feedback_id,
        "target": decision.target,
        "ground": decision.ground,
        "decided_at": decision.decided_at,
    }
    if decision.state == "removed":
        return FeedbackRemovedDash(
            **sent,
            message_id=removed_id(decision),
            title=wording.say(f"removed_{decision.target}_dash_title", title=title),
            body=wording.say("removed_dash_body", ground=wording.say(f"ground_{decision.ground}")),
            data=FeedbackRemovedData(**told),
        )
    return FeedbackRestoredDash(
        **sent,
        message_id=f"{DashKind.FEEDBACK_RESTORED}:{decision.decision_id}",
        title=wording.say(f"restored_{decision.target}_dash_title", title=title),
        body=wording.say("restored_dash_body"),
        data=FeedbackRestoredData(**told),
    )


def report_decided(decided: ReportDecided, reporter: Party, link: str) -> DashMessage:
    """To whoever reported: whether the text is removed or stays. Not who decided."""
    contract, report = decided.contract, decided.report
    wording, _ = wording_of(reporter)
    decided_at = report.settled_at or report.reported_at
    return FeedbackReportDecidedDash(
        **envelope(contract, reporter, link),
        message_id=f"{DashKind.FEEDBACK_REPORT_DECIDED}:{report.report_id}",
        title=wording.say("report_decided_dash_title", title=inert(contract.title)),
        body=wording.say(f"report_{decided.state}_{report.target}_dash_body"),
        occurred_at=decided_at,
        data=FeedbackReportDecidedData(
            **facts(contract),
            feedback_id=report.feedback_id,
            report_id=report.report_id,
            target=report.target,
            ground=report.ground,
            outcome=decided.state,
            decided_at=decided_at,
        ),
    )


def _author(decided: FeedbackDecided) -> Party:
    match decided.decision.target:
        case ReportTarget.FEEDBACK:
            return decided.contract.client
        case ReportTarget.REPLY:
            return decided.contract.freelancer
        case unexpected:
            assert_never(unexpected)
