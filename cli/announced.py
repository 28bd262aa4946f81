"""What must have been announced of a contract, as its rows tell: each change, and its message on each channel.

`notify` learns of changes from the table's stream. The rows still tell of nearly all of them afterwards, and the
service's own functions say which messages each has. What rows tell no more: reminders of requests that have ended,
reports that a later one has replaced, and bounces of e-mails that were followed by another.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple, assert_never

from mid_job_feedback.domain import (
    addresses,
    dash_about_feedback,
    dash_about_requests,
    dash_announcements,
    domain_events,
    eligibility,
    letters,
)
from mid_job_feedback.domain.announcements import (
    Announcement,
    FeedbackAsRead,
    FeedbackCorrected,
    FeedbackDecided,
    FeedbackProvided,
    FeedbackReplied,
    FeedbackReported,
    ReportDecided,
    RequestClosed,
    RequestDeclined,
    RequestExpired,
    RequestOpened,
    RequestReaddressed,
    RequestReminder,
    RequestUndeliverable,
    RequestWithdrawn,
    state_of,
)
from mid_job_feedback.domain.email_delivery import EmailState, Letter
from mid_job_feedback.domain.models import (
    Contract,
    Decision,
    Feedback,
    FeedbackKind,
    FeedbackRequest,
    Policy,
    Report,
    ReportTarget,
    RequestStatus,
)
from mid_job_feedback.messaging.news import (
    AddressCorrected,
    CorrectionMade,
    DecisionMade,
    EmailBounced,
    FirstReplyGiven,
    News,
    ReminderDue,
    RequestChanged,
)
from mid_job_feedback.storage import items, store
from mid_job_feedback.storage.store import ContractRoom

type Channel = Literal["email", "dash", "event"]

SWEPT_WITHIN: Final = timedelta(minutes=15)
"""By the default of `ExpirySchedule`, three sweeps have run by then."""
REMOVED_MEANWHILE: Final = "the text was removed for a while, and people are not told of removed texts"
GIVEN_ANEW: Final = "the reply was taken back and given anew, and people are told of the first reply only"
MUTED_MEANWHILE: Final = "the client may have turned requests off at that time"


class Undone(NamedTuple):
    """A Dash message that another one takes back, which makes sense to those only who got it.

    `is_still_told`: whether it would still be sent.
    """

    message_id: str
    is_still_told: bool


class Change(NamedTuple):
    """A committed change. `news`: what `notify` reads from its stream record.

    `doubt`: why people may rightly not have been told, as far as the rows show.
    """

    what: str
    at: datetime
    news: News
    announcement: Announcement
    doubt: str | None = None
    undoes: Undone | None = None


class Message(NamedTuple):
    """A message that must have been sent. `letter`: of an e-mail.

    `is_reported`: whether a row says what became of it, so that no other record is needed.
    """

    channel: Channel
    message_id: str
    letter: Letter | None = None
    is_reported: bool = False


@dataclass(frozen=True)
class Unrecorded:
    """What the sweep has to do about a request, or `expire` after it. `at`: when it was due.

    `is_removed`: whether its row was removed already, so that only its end is not recorded yet.
    """

    what: Literal["end of request", "reminder"]
    request_id: str
    at: datetime
    is_removed: bool = False


@dataclass(frozen=True)
class Told:
    """A contract, and what its rows tell. `due_at`: when the sweep has to look at its open request."""

    room: ContractRoom
    reports: Sequence[Report]
    decisions: Sequence[Decision]
    described_at: datetime
    due_at: datetime | None
    policy: Policy
    now: datetime
    _feedback: dict[str, Feedback] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_feedback", {each.feedback_id: each for each in self.room.feedback})

    @property
    def contract(self) -> Contract:
        return self.room.seen.contract

    def changes(self) -> Iterator[Change]:
        """Every change of which the rows tell, in no order."""
        yield from self._of_requests()
        yield from self._of_emails()
        for feedback in self.room.feedback:
            yield from self._of_feedback(feedback)
        for report in self.reports:
            yield from self._of_report(report)
        yield from (
            each for decision in self.decisions if decision.changed for each in self._of_decision(decision)
        )

    def messages(self, change: Change) -> Iterator[Message]:
        """What the service would send if it learned of the change now: what is no longer true is not told."""
        told = change.announcement
        if letter := letters.letter_about(told, self.policy.reminder_pause):
            yield Message("email", letter.message_id, letter, is_reported=self._is_reported(told))
        if dash := dash_announcements.message_about(told, ""):
            yield Message("dash", dash.message_id)
        if event := domain_events.event_about(told, self.policy):
            yield Message("event", event.event_id)

    def unrecorded(self) -> Iterator[Unrecorded]:
        """Requests that have ended without a row that says so, and a reminder that no sweep has found."""
        pending, contract = self.room.seen.pending, self.contract
        if pending and pending.expires_at + SWEPT_WITHIN <= self.now:
            yield Unrecorded("end of request", pending.request_id, pending.expires_at)
        elif pending and pending.is_open(self.now) and self.due_at and self.due_at + SWEPT_WITHIN <= self.now:
            yield Unrecorded("reminder", pending.request_id, self.due_at)
        there = {request.request_id for request in [*self.room.past_requests, *([pending] if pending else [])]}
        ended_at = {request_id: report.at for request_id, report in self.room.deliveries.items()}
        if contract.last_request_id and contract.last_request_expires_at:
            ended_at[contract.last_request_id] = contract.last_request_expires_at
        for request_id in ended_at.keys() - there:
            yield Unrecorded("end of request", request_id, ended_at[request_id], is_removed=True)

    def _is_reported(self, told: Announcement) -> bool:
        """Of a request's e-mail, the row of its delivery says what became of it, or of that to another address."""
        return isinstance(told, RequestOpened) and told.request.request_id in self.room.deliveries

    def _of_requests(self) -> Iterator[Change]:
        contract, now, pending = self.contract, self.now, self.room.seen.pending
        for request in [*self.room.past_requests, *([pending] if pending else [])]:
            made = request.model_copy(update={"status": RequestStatus.PENDING, "closed_at": None})
            is_open = request is pending and request.is_open(now)
            opened = RequestOpened(contract=contract, request=made, still_open=is_open, now=now)
            yield Change("request made", made.requested_at, RequestChanged(made, message_left_out=False), opened)
            if request.closed_at:
                yield self._of_end(request, request.closed_at)
        if pending and pending.is_open(now) and contract.status == "active" and not contract.requests_muted:
            yield from self._of_open_request(pending)

    def _of_end(self, request: FeedbackRequest, closed_at: datetime) -> Change:
        return Change(
            f"request {request.status.value}",
            closed_at,
            RequestChanged(request, message_left_out=False),
            self._closing(request),
            undoes=Undone(dash_about_requests.requested_id(request), is_still_told=True)
            if request.status is RequestStatus.WITHDRAWN
            else None,
        )

    def _closing(self, request: FeedbackRequest) -> Announcement:
        about = {"contract": self.contract, "request": request}
        match request.status:
            case RequestStatus.EXPIRED | RequestStatus.DECLINED:
                closing = RequestExpired if request.status is RequestStatus.EXPIRED else RequestDeclined
                again = eligibility.to_request(self.contract, None, self.policy, self.now, enabled=True)
                return closing(**about, next_request=again)  # which only words the message
            case RequestStatus.WITHDRAWN:
                return RequestWithdrawn(**about)
            case RequestStatus.FULFILLED | RequestStatus.CANCELLED:
                return RequestClosed(**about)
            case RequestStatus.PENDING:
                raise ValueError("a request that was closed is not pending")
            case unexpected:
                assert_never(unexpected)

    def _of_open_request(self, pending: FeedbackRequest) -> Iterator[Change]:
        """The newest reminder, and a corrected address to which the request was not mailed yet."""
        contract, now, reminded_at = self.contract, self.now, self.room.seen.reminded_at
        if reminded_at:
            due = ReminderDue(contract.contract_id, pending.request_id, reminded_at)
            reminder = RequestReminder(contract=contract, request=pending, reminded_at=reminded_at, now=now)
            yield Change("reminder", reminded_at, due, reminder)
        report, address = self.room.deliveries.get(pending.request_id), contract.client.email
        if report and address and report.address_digest != addresses.digest(address):
            corrected = AddressCorrected(contract.contract_id)
            again = RequestReaddressed(contract=contract, request=pending, now=now)
            yield Change("address corrected", self.described_at, corrected, again, MUTED_MEANWHILE)

    def _of_emails(self) -> Iterator[Change]:
        """E-mails that bounced for good."""
        pending, contract = self.room.seen.pending, self.contract
        for request in [*self.room.past_requests, *([pending] if pending else [])]:
            report = self.room.deliveries.get(request.request_id)
            if report is None or report.state is not EmailState.BOUNCED:
                continue
            still_open = request.is_open(self.now) and contract.status == "active"
            same_address = addresses.digest(contract.client.email) == report.address_digest
            bounced = RequestUndeliverable(
                contract=contract, request=request, report=report, still_matters=still_open and same_address
            )
            news = EmailBounced(contract.contract_id, request.request_id, report)
            yield Change("e-mail bounced", report.at, news, bounced)

    def _of_feedback(self, feedback: Feedback) -> Iterator[Change]:
        read, contract_id, feedback_id = self._read(feedback), feedback.contract_id, feedback.feedback_id
        if feedback.kind is FeedbackKind.MID_CONTRACT:
            doubt = self._removed_since(feedback_id, ReportTarget.FEEDBACK, feedback.provided_at)
            yield Change(
                "feedback provided", feedback.provided_at, feedback, FeedbackProvided(**dict(read)), doubt
            )
        for version in read.earlier:
            revision, edited_at = version.revision + 1, version.replaced_at
            yield Change(
                "feedback corrected",
                edited_at,
                CorrectionMade(contract_id, feedback_id, revision, edited_at),
                FeedbackCorrected(**dict(read), revision=revision, edited_at=edited_at),
                self._removed_since(feedback_id, ReportTarget.FEEDBACK, edited_at),
            )
        if replied_at := feedback.first_replied_at:
            yield Change(
                "reply",
                replied_at,
                FirstReplyGiven(contract_id, feedback_id, replied_at),
                FeedbackReplied(**dict(read), first_replied_at=replied_at),
                self._doubt_of_reply(feedback, replied_at),
            )

    def _read(self, feedback: Feedback) -> FeedbackAsRead:
        earlier = tuple(self.room.earlier.get(feedback.feedback_id, ()))
        return FeedbackAsRead(contract=self.contract, feedback=feedback, earlier=earlier)

    def _doubt_of_reply(self, feedback: Feedback, replied_at: datetime) -> str | None:
        if feedback.reply and feedback.reply.replied_at > replied_at:
            return GIVEN_ANEW
        targets = (ReportTarget.REPLY, ReportTarget.FEEDBACK)
        doubts = (self._removed_since(feedback.feedback_id, target, replied_at) for target in targets)
        return next(filter(None, doubts), None)

    def _removed_since(self, feedback_id: str, target: ReportTarget, since: datetime) -> str | None:
        removed = any(
            decision.state == "removed" and decision.changed and decision.decided_at >= since
            for decision in self.decisions
            if (decision.feedback_id, decision.target) == (feedback_id, target)
        )
        return REMOVED_MEANWHILE if removed else None

    def _of_report(self, report: Report) -> Iterator[Change]:
        feedback = self._feedback.get(report.feedback_id)
        if feedback is None:
            return
        made = report.model_copy(update={"settled_at": None, "outcome": None})
        yield Change(
            "report", report.reported_at, made, FeedbackReported(**dict(self._read(feedback)), report=made)
        )
        if report.settled_at:
            state = state_of(feedback, report.target, report.reported_at)
            decided = ReportDecided(contract=self.contract, report=report, state=state)
            yield Change("report decided", report.settled_at, report, decided)

    def _of_decision(self, decision: Decision) -> Iterator[Change]:
        feedback = self._feedback.get(decision.feedback_id)
        if feedback is None:
            return
        all_of_it = tuple(each for each in self.decisions if each.feedback_id == decision.feedback_id)
        decided = FeedbackDecided(**dict(self._read(feedback)), decision=decision, decisions=all_of_it)
        what = "removal" if decision.state == "removed" else "restoration"
        doubt = None
        if decision.state == "visible":
            doubt = self._removed_since(decision.feedback_id, decision.target, decision.decided_at)
        removal = decided.undone
        undoes = Undone(dash_about_feedback.removed_id(removal), is_still_told=False) if removal else None
        made = DecisionMade(decision.contract_id, decision.feedback_id, decision.decision_id)
        yield Change(what, decision.decided_at, made, decided, doubt, undoes)


def read(found: Sequence[items.Item], policy: Policy, now: datetime) -> Told:
    """From all rows of a contract, in DynamoDB JSON.

    Raises:
        ContractNotFound: its ContractStarted has not arrived yet.
        KeyError, TypeError, ValueError: a row is malformed.
        table.LostRace: the contract's people were replaced during the read.
    """
    room = store.room_of(found)
    rows = [items.plain(row) for row in found]
    return Told(
        room=room,
        reports=[items.from_report_item(row) for row in rows if row["SK"].startswith(items.REPORT)],
        decisions=[items.from_decision_item(row) for row in rows if row["SK"].startswith(items.DECISION)],
        described_at=next(described_at(row) for row in rows if row["SK"] == items.CONTRACT),
        due_at=max((items.from_due_item(row).due_at for row in found if "due_at" in row), default=None),
        policy=policy,
        now=now,
    )


def described_at(contract: items.Item) -> datetime:
    """When the event arrived by which the contract is described; of a replayed event, when it was published."""
    event_time, _, queued_at = contract["described_by"].partition("#")
    return (
        datetime.fromtimestamp(int(queued_at) / 1000, UTC)
        if int(queued_at)
        else datetime.fromisoformat(event_time)
    )
