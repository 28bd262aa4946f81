"""Which changes of the table are announced: records of its stream in, news out.

What exactly is told of them is decided later, in `notifications`, with the state as it is then. So no news needs a
name, an address or words: a record that was in a queue has none.
"""

from datetime import datetime
from typing import NamedTuple, assert_never

from mid_job_feedback.domain.email_delivery import EmailReport, EmailState
from mid_job_feedback.domain.models import Feedback, FeedbackKind, FeedbackRequest, Report
from mid_job_feedback.storage import items
from mid_job_feedback.storage.row_changes import RowChange


class RequestChanged(NamedTuple):
    """A request was made, or its end was recorded.

    `message_left_out`: whether `request` lacks its message, which a queue does not get.
    """

    request: FeedbackRequest
    message_left_out: bool

    @property
    def contract_id(self) -> str:
        return self.request.contract_id


class AddressCorrected(NamedTuple):
    """The client of a contract has another e-mail address than before."""

    contract_id: str


class ReminderDue(NamedTuple):
    """The sweep has found a reminder due, and recorded when."""

    contract_id: str
    request_id: str
    reminded_at: datetime


class EmailBounced(NamedTuple):
    """The e-mail about a request has bounced for good. `report` may lack the digest of its address."""

    contract_id: str
    request_id: str
    report: EmailReport


class CorrectionMade(NamedTuple):
    """The client has corrected feedback, whose row is now at this revision."""

    contract_id: str
    feedback_id: str
    revision: int
    edited_at: datetime


class FirstReplyGiven(NamedTuple):
    """The freelancer has replied to feedback for the first time."""

    contract_id: str
    feedback_id: str
    replied_at: datetime


class DecisionMade(NamedTuple):
    """The staff have decided about a text, which has changed it."""

    contract_id: str
    feedback_id: str
    decision_id: str


type NewsOfFeedback = Feedback | CorrectionMade | FirstReplyGiven | Report | DecisionMade
type News = RequestChanged | AddressCorrected | ReminderDue | EmailBounced | NewsOfFeedback


def read(change: RowChange) -> News | None:
    """What this change announces; None if it announces nothing."""
    if change.sort.startswith(items.DELIVERY):
        return _email_bounced(change)
    match change.event:
        case "INSERT":
            return _read_new(change)
        case "MODIFY":
            return (
                _address_corrected(change)
                or _reminder_due(change)
                or _feedback_changed(change)
                or _report_changed(change)
            )
        case "REMOVE":
            return None
        case unexpected:
            assert_never(unexpected)


def _read_new(change: RowChange) -> RequestChanged | Feedback | Report | DecisionMade | None:
    sort, row = change.sort, change.new
    if sort.startswith(items.OPEN_REQUEST):
        return RequestChanged(items.from_open_request_item(row), change.words_left_out)
    if sort.startswith(items.CLOSED_REQUEST):
        return RequestChanged(items.from_closed_request_item(row), change.words_left_out)
    if sort.startswith(items.FEEDBACK) and _is_feedback_announced(FeedbackKind(row["kind"])):
        return items.from_feedback_item(row)
    if sort.startswith(items.REPORT):
        return items.from_report_item(row)
    if sort.startswith(items.DECISION) and row["changed"]:
        return DecisionMade(row["contract_id"], row["feedback_id"], row["decision_id"])
    return None


def _is_feedback_announced(kind: FeedbackKind) -> bool:
    match kind:
        case FeedbackKind.MID_CONTRACT:
            return True
        case FeedbackKind.END_OF_CONTRACT:  # the marketplace has announced it itself
            return False
        case unexpected:
            assert_never(unexpected)


def _address_corrected(change: RowChange) -> AddressCorrected | None:
    return AddressCorrected(change.new["contract_id"]) if change.has_new_address else None


def _reminder_due(change: RowChange) -> ReminderDue | None:
    """The reminder that the sweep has recorded by this change of an open request's row; None for other changes."""
    if not change.sort.startswith(items.OPEN_REQUEST):
        return None
    before, reminded_at = items.reminded_at(change.old), items.reminded_at(change.new)
    if reminded_at is None or reminded_at == before:
        return None
    return ReminderDue(change.new["contract_id"], change.new["request_id"], reminded_at)


def _feedback_changed(change: RowChange) -> CorrectionMade | FirstReplyGiven | None:
    """The correction or the first reply that this change of a feedback row records; None for other changes."""
    if not change.sort.startswith(items.FEEDBACK):
        return None
    before, after = (items.from_feedback_item(row) for row in (change.old, change.new))
    if after.revision > before.revision and after.edited_at:
        return CorrectionMade(after.contract_id, after.feedback_id, after.revision, after.edited_at)
    if after.first_replied_at and not before.first_replied_at:
        return FirstReplyGiven(after.contract_id, after.feedback_id, after.first_replied_at)
    return None


def _report_changed(change: RowChange) -> Report | None:
    """The report that this change settles, or that replaces a settled one; None for other changes."""
    if not change.sort.startswith(items.REPORT):
        return None
    before, after = (items.from_report_item(row) for row in (change.old, change.new))
    is_same = (before.report_id, before.status) == (after.report_id, after.status)
    return None if is_same else after


def _email_bounced(change: RowChange) -> EmailBounced | None:
    """The permanent bounce that this change of a delivery's row records first; None for other changes."""
    before, after = (items.from_delivery_item(row) if row else None for row in (change.old, change.new))
    if after is None or after.state is not EmailState.BOUNCED:
        return None
    if before and (before.state, before.email_number) == (after.state, after.email_number):
        return None
    return EmailBounced(change.new["contract_id"], change.new["request_id"], after)
