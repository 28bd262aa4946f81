"""Which changes of the table are announced: records of its stream in, news out.

What exactly is told of them is decided later, in `notifications`, with the state as it is then.
"""

from datetime import datetime
from typing import NamedTuple, assert_never

from mid_job_feedback.domain import addresses
from mid_job_feedback.domain.email_delivery import EmailReport, EmailState
from mid_job_feedback.domain.models import Decision, Feedback, FeedbackKind, FeedbackRequest, Report
from mid_job_feedback.storage import items
from mid_job_feedback.storage.row_changes import RowChange


class AddressCorrected(NamedTuple):
    """The client of a contract has another e-mail address than before."""

    contract_id: str


class ReminderDue(NamedTuple):
    """The sweep has found a reminder due, and recorded when."""

    contract_id: str
    request_id: str
    reminded_at: datetime


class EmailBounced(NamedTuple):
    """The e-mail about a request has bounced for good."""

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


type NewsOfFeedback = Feedback | CorrectionMade | FirstReplyGiven | Report | Decision
type News = FeedbackRequest | AddressCorrected | ReminderDue | EmailBounced | NewsOfFeedback


def read(change: RowChange) -> News | None:
    """What this change announces; None if it announces nothing."""
    if change.sort.startswith(items.DELIVERY):
        return _email_bounced(change)
    match change.event:
        case "INSERT":
            return _read_new(change.sort, change.new)
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


def _read_new(sort: str, row: items.Item) -> FeedbackRequest | Feedback | Report | Decision | None:
    if sort.startswith(items.OPEN_REQUEST):
        return items.from_open_request_item(row)
    if sort.startswith(items.CLOSED_REQUEST):
        return items.from_closed_request_item(row)
    if sort.startswith(items.FEEDBACK) and _is_feedback_announced(FeedbackKind(row["kind"])):
        return items.from_feedback_item(row)
    if sort.startswith(items.REPORT):
        return items.from_report_item(row)
    if sort.startswith(items.DECISION):
        decision = items.from_decision_item(row)
        return decision if decision.changed else None
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
    """None unless the client of this contract has an address now, and had none or another one before."""
    before, now = (row.get("client_email", "") for row in (change.old, change.new))
    if change.sort != items.CONTRACT or not now or addresses.digest(now) == addresses.digest(before):
        return None
    return AddressCorrected(change.new["contract_id"])


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
