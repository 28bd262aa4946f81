"""Domain events: what happened, for programs. Pure: an announcement in, an event out.

Each class is named after its detail-type. Events carry ids and what the Feedback tab shows, and no address. An
`event_id` depends on nothing but what happened, so a consumer recognizes an event that is delivered twice.
"""

from typing import Annotated, Any, Final, Literal, assert_never

from pydantic import WithJsonSchema

from mid_job_feedback.domain import announcements, views
from mid_job_feedback.domain.announcements import Announcement
from mid_job_feedback.domain.models import Contract, FeedbackRequest, Id, Instant, Policy, RequestStatus, Value

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
    """The client gave mid-contract feedback. `feedback` is as both parties see it."""

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
        case announcements.FeedbackProvided(contract=contract, feedback=feedback):
            return FeedbackProvided(
                event_id=f"FeedbackProvided:{feedback.feedback_id}",
                occurred_at=feedback.provided_at,
                **_of_contract(contract),
                feedback=views.party_feedback(feedback, (), policy),
            )
        case announcements.RequestUndeliverable(contract=contract, request=request, report=report):
            return FeedbackRequestUndeliverable(
                event_id=f"FeedbackRequestUndeliverable:{request.request_id}:{report.email_number}",
                occurred_at=report.at,
                **_of_contract(contract),
                request=views.request_view(request, report),
            )
        case announcements.RequestReaddressed() | announcements.RequestReminder():
            return None
        case unexpected:
            assert_never(unexpected)


def _of_contract(contract: Contract) -> dict[str, Any]:
    return {
        "contract_id": contract.contract_id,
        "freelancer_id": contract.freelancer.id,
        "client_id": contract.client.id,
    }
