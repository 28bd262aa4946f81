"""What Dash messages consist of, one class for each kind.

`dash_about_requests` and `dash_about_feedback` write them, and `messaging/dash.py` sends them.
"""

from enum import StrEnum
from typing import Any, Literal

from mid_job_feedback.domain.eligibility import Eligibility
from mid_job_feedback.domain.models import (
    Contract,
    Ground,
    Id,
    Instant,
    Party,
    ReportTarget,
    Score,
    Value,
)
from mid_job_feedback.domain.phrases import inert


class DashKind(StrEnum):
    FEEDBACK_REQUESTED = "feedback_requested"
    FEEDBACK_REQUEST_REMINDER = "feedback_request_reminder"
    FEEDBACK_PROVIDED = "feedback_provided"
    FEEDBACK_REQUEST_EXPIRED = "feedback_request_expired"
    FEEDBACK_REQUEST_DECLINED = "feedback_request_declined"
    FEEDBACK_REQUEST_WITHDRAWN = "feedback_request_withdrawn"
    FEEDBACK_REQUEST_UNDELIVERABLE = "feedback_request_undeliverable"
    FEEDBACK_CORRECTED = "feedback_corrected"
    FEEDBACK_REPLIED = "feedback_replied"
    FEEDBACK_REPORT_DECIDED = "feedback_report_decided"
    FEEDBACK_REMOVED = "feedback_removed"
    FEEDBACK_RESTORED = "feedback_restored"


class DashPerson(Value):
    id: Id
    name: str


class DashData(Value):
    """The facts of a Dash message, for programs that write texts of their own. What people typed, other than names
    and the title, is left out: it may be removed later, and a copy in an inbox would stay.
    """

    contract_title: str
    client: DashPerson
    freelancer: DashPerson


class RequestData(DashData):
    """The facts of every message about a request."""

    request_id: Id
    requested_at: Instant
    expires_at: Instant


class FeedbackRequestedData(RequestData):
    pass


class FeedbackRequestReminderData(RequestData):
    pass


class FeedbackProvidedData(DashData):
    """`request_id`: the request that this feedback answers, if it answers one."""

    feedback_id: Id
    request_id: Id | None
    score: Score
    provided_at: Instant


class FeedbackRequestExpiredData(RequestData):
    """`next_request`: whether the freelancer may ask again, when the message was written."""

    next_request: Eligibility


class FeedbackRequestUndeliverableData(RequestData):
    """`bounced_at`: when the e-mail was returned. Its address is not told to the freelancer."""

    bounced_at: Instant


class FeedbackRequestDeclinedData(RequestData):
    """`next_request`: whether the freelancer may ask again, when the message was written."""

    closed_at: Instant
    next_request: Eligibility


class FeedbackRequestWithdrawnData(RequestData):
    closed_at: Instant


class FeedbackCorrectedData(DashData):
    feedback_id: Id
    revision: int
    score: Score
    edited_at: Instant


class FeedbackRepliedData(DashData):
    feedback_id: Id
    replied_at: Instant


class FeedbackReportDecidedData(DashData):
    """`ground` is that of the report, and `outcome` says what has become of the text. Who decided is not told."""

    feedback_id: Id
    report_id: Id
    target: ReportTarget
    ground: Ground
    outcome: Literal["removed", "visible", "taken_back"]
    decided_at: Instant


class DecisionData(DashData):
    """The facts of a message to the author of a text that was removed or restored.

    Who decided, and whether anybody had reported the text, is not told.
    """

    feedback_id: Id
    target: ReportTarget
    ground: Ground
    decided_at: Instant


class FeedbackRemovedData(DecisionData):
    pass


class FeedbackRestoredData(DecisionData):
    pass


class DashMessage(Value):
    """`title` and `body` are in the recipient's language; `data` has the same facts as fields."""

    message_id: str
    kind: DashKind
    recipient_id: Id
    contract_id: Id
    title: str
    body: str
    link: str
    occurred_at: Instant
    data: DashData


class FeedbackRequestedDash(DashMessage):
    kind: Literal[DashKind.FEEDBACK_REQUESTED] = DashKind.FEEDBACK_REQUESTED
    data: FeedbackRequestedData


class FeedbackRequestReminderDash(DashMessage):
    kind: Literal[DashKind.FEEDBACK_REQUEST_REMINDER] = DashKind.FEEDBACK_REQUEST_REMINDER
    data: FeedbackRequestReminderData


class FeedbackProvidedDash(DashMessage):
    kind: Literal[DashKind.FEEDBACK_PROVIDED] = DashKind.FEEDBACK_PROVIDED
    data: FeedbackProvidedData


class FeedbackRequestExpiredDash(DashMessage):
    kind: Literal[DashKind.FEEDBACK_REQUEST_EXPIRED] = DashKind.FEEDBACK_REQUEST_EXPIRED
    data: FeedbackRequestExpiredData


class FeedbackRequestUndeliverableDash(DashMessage):
    kind: Literal[DashKind.FEEDBACK_REQUEST_UNDELIVERABLE] = DashKind.FEEDBACK_REQUEST_UNDELIVERABLE
    data: FeedbackRequestUndeliverableData


class FeedbackRequestDeclinedDash(DashMessage):
    kind: Literal[DashKind.FEEDBACK_REQUEST_DECLINED] = DashKind.FEEDBACK_REQUEST_DECLINED
    data: FeedbackRequestDeclinedData


class FeedbackRequestWithdrawnDash(DashMessage):
    kind: Literal[DashKind.FEEDBACK_REQUEST_WITHDRAWN] = DashKind.FEEDBACK_REQUEST_WITHDRAWN
    data: FeedbackRequestWithdrawnData


class FeedbackCorrectedDash(DashMessage):
    kind: Literal[DashKind.FEEDBACK_CORRECTED] = DashKind.FEEDBACK_CORRECTED
    data: FeedbackCorrectedData


class FeedbackRepliedDash(DashMessage):
    kind: Literal[DashKind.FEEDBACK_REPLIED] = DashKind.FEEDBACK_REPLIED
    data: FeedbackRepliedData


class FeedbackReportDecidedDash(DashMessage):
    kind: Literal[DashKind.FEEDBACK_REPORT_DECIDED] = DashKind.FEEDBACK_REPORT_DECIDED
    data: FeedbackReportDecidedData


class FeedbackRemovedDash(DashMessage):
    kind: Literal[DashKind.FEEDBACK_REMOVED] = DashKind.FEEDBACK_REMOVED
    data: FeedbackRemovedData


class FeedbackRestoredDash(DashMessage):
    kind: Literal[DashKind.FEEDBACK_RESTORED] = DashKind.FEEDBACK_RESTORED
    data: FeedbackRestoredData


def envelope(contract: Contract, recipient: Party, link: str) -> dict[str, Any]:
    """The fields of a message that do not depend on its kind."""
    return {"recipient_id": recipient.id, "contract_id": contract.contract_id, "link": link}


def facts(contract: Contract) -> dict[str, Any]:
    """The facts that every message has."""
    return {
        "contract_title": inert(contract.title),
        "client": DashPerson(id=contract.client.id, name=inert(contract.client.name)),
        "freelancer": DashPerson(id=contract.freelancer.id, name=inert(contract.freelancer.name)),
    }
