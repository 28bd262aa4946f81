"""Domain events: what happened, for programs. Pure: an announcement in, an event out.

Each class is named after its detail-type. Events carry ids and what the Feedback tab shows, and no address. An
`event_id` depends on nothing but what happened, so a consumer recognizes an event that is delivered twice.

The `feedback` of an event is as both parties see it when the event is put on the bus. It never has text that was
removed before.
"""

from typing import Annotated, Any, Final, Literal, assert_never

from pydantic import WithJsonSchema

from mid_job_feedback.domain import announcements, views
from mid_job_feedback.domain.announcements import Announcement, FeedbackAsRead
from mid_job_feedback.domain.models import (
    Contract,
    FeedbackRequest,
    Ground,
    Id,
    Instant,
    Policy,
    ReportTarget,
    RequestStatus,
    Value,
)

SOURCE: Final = "mid-job-feedback"
_CLOSED: Final[dict[str, Any]] = {
    "type": "string",
    "enum": [status.value for status in RequestStatus if status is not RequestStatus.PENDING],
}


class DomainEvent(Value):
    """`version` is that of the event's schema. It changes if programs that read the old one would go wrong."""

    event_id: str
    occurred_at: Instant
    version: Literal[1] = 1
    contract_id: Id
    freelancer_id: Id
    client_id: Id


class FeedbackRequested(DomainEvent):
    """The freelancer requested feedback. `request` is as the Feedback tab shows it."""

    request: FeedbackRequest


class FeedbackRequestClosed(DomainEvent):
    """A request is no longer open. `status` says why; `request` has the same one."""

    status: Annotated[RequestStatus, WithJsonSchema(_CLOSED)]
    request: FeedbackRequest


class FeedbackRequestUndeliverable(DomainEvent):
    """The e-mail about a request was returned for good. `request` is as the Feedback tab shows it."""

    request: views.RequestView


class FeedbackProvided(DomainEvent):
    """The client gave mid-contract feedback."""

    feedback: views.FeedbackView


class FeedbackCorrected(DomainEvent):
    """The client corrected mid-contract feedback."""

    feedback: views.FeedbackView


class FeedbackReplied(DomainEvent):
    """The freelancer replied to feedback for the first time. The reply is null if it was taken back since."""

    feedback: views.FeedbackView


class FeedbackReported(DomainEvent):
    """A party reported a text. Who it was, and in which words, is not told."""

    report_id: Id
    target: ReportTarget
    ground: Ground
    feedback: views.FeedbackView


class FeedbackRemoved(DomainEvent):
    """The staff of the marketplace removed a text."""

    target: ReportTarget
    ground: Ground
    feedback: views.FeedbackView


class FeedbackRestored(DomainEvent):
    """The staff of the marketplace made a text public again."""

    target: ReportTarget
    ground: Ground
    feedback: views.FeedbackView


def event_about(announcement: Announcement, policy: Policy) -> DomainEvent | None:
    """The announcement's event; None if only people are told."""
    match announcement:
        case announcements.RequestOpened(contract=contract, request=request):
            return FeedbackRequested(
                event_id=f"FeedbackRequested:{request.request_id}",
                occurred_at=request.requested_at,
                **_of_contract(contract),
                request=request,
            )
        case (
            announcements.RequestExpired(contract=contract, request=request)
            | announcements.RequestDeclined(contract=contract, request=request)
            | announcements.RequestWithdrawn(contract=contract, request=request)
            | announcements.RequestClosed(contract=contract, request=request)
        ):
            return FeedbackRequestClosed(
                event_id=f"FeedbackRequestClosed:{request.request_id}",
                occurred_at=request.closed_at or request.expires_at,
                **_of_contract(contract),
                status=request.status,
                request=request,
            )
        case (
            announcements.FeedbackProvided()
            | announcements.FeedbackCorrected()
            | announcements.FeedbackReplied()
            | announcements.FeedbackReported()
            | announcements.FeedbackDecided()
        ):
            return _about_feedback(announcement, policy)
        case announcements.RequestUndeliverable(contract=contract, request=request, report=report):
            return FeedbackRequestUndeliverable(
                event_id=f"FeedbackRequestUndeliverable:{request.request_id}:{report.email_number}",
                occurred_at=report.at,
                **_of_contract(contract),
                request=views.request_view(request, report),
            )
        case announcements.RequestReaddressed() | announcements.RequestReminder() | announcements.ReportDecided():
            return None
        case unexpected:
            assert_never(unexpected)


def _about_feedback(
    announcement: announcements.FeedbackProvided
    | announcements.FeedbackCorrected
    | announcements.FeedbackReplied
    | announcements.FeedbackReported
    | announcements.FeedbackDecided,
    policy: Policy,
) -> DomainEvent:
    feedback_id, said = announcement.feedback.feedback_id, _as_shown(announcement, policy)
    match announcement:
        case announcements.FeedbackProvided(feedback=feedback):
            return FeedbackProvided(
                event_id=f"FeedbackProvided:{feedback_id}", occurred_at=feedback.provided_at, **said
            )
        case announcements.FeedbackCorrected(revision=revision, edited_at=edited_at):
            return FeedbackCorrected(
                event_id=f"FeedbackCorrected:{feedback_id}:{revision}", occurred_at=edited_at, **said
            )
        case announcements.FeedbackReplied(first_replied_at=replied_at):
            return FeedbackReplied(event_id=f"FeedbackReplied:{feedback_id}", occurred_at=replied_at, **said)
        case announcements.FeedbackReported(report=report):
            return FeedbackReported(
                event_id=f"FeedbackReported:{report.report_id}",
                occurred_at=report.reported_at,
                report_id=report.report_id,
                target=report.target,
                ground=report.ground,
                **said,
            )
        case announcements.FeedbackDecided(decision=decision):
            decided = FeedbackRemoved if decision.state == "removed" else FeedbackRestored
            return decided(
                event_id=f"{decided.__name__}:{decision.decision_id}",
                occurred_at=decision.decided_at,
                target=decision.target,
                ground=decision.ground,
                **said,
            )
        case unexpected:
            assert_never(unexpected)


def _as_shown(read: FeedbackAsRead, policy: Policy) -> dict[str, Any]:
    """The contract, and the feedback as the Feedback tab shows it now: without what was removed."""
    return {
        **_of_contract(read.contract),
        "feedback": views.party_feedback(read.feedback, read.earlier, policy),
    }


def _of_contract(contract: Contract) -> dict[str, Any]:
    return {
        "contract_id": contract.contract_id,
        "freelancer_id": contract.freelancer.id,
        "client_id": contract.client.id,
    }
