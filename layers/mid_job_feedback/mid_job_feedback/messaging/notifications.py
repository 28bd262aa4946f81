"""What is told of a change, and on which channels.

To add a channel: write a module with `LONGEST_SEND_MS` and `send`, and add it to `CHANNELS`.
"""

from datetime import datetime
from typing import Final, Protocol, assert_never

from mid_job_feedback import observability, rollout
from mid_job_feedback.domain import addresses, eligibility
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
from mid_job_feedback.domain.eligibility import Eligibility
from mid_job_feedback.domain.lifecycle import Snapshot
from mid_job_feedback.domain.models import Feedback, FeedbackRequest, Report, RequestStatus
from mid_job_feedback.messaging import dash, email, event_bus
from mid_job_feedback.messaging.news import (
    AddressCorrected,
    CorrectionMade,
    DecisionMade,
    EmailBounced,
    FirstReplyGiven,
    News,
    NewsOfFeedback,
    ReminderDue,
    RequestChanged,
)
from mid_job_feedback.observability import LambdaContext
from mid_job_feedback.settings import settings
from mid_job_feedback.storage import reports, store


class Channel(Protocol):
    """One way to tell people or programs: a module of this folder."""

    @property
    def LONGEST_SEND_MS(self) -> int: ...  # noqa: N802 - a module's constant
    def send(self, announcement: Announcement, context: LambdaContext) -> None: ...


CHANNELS: Final[tuple[Channel, ...]] = (email, dash, event_bus)
# Milliseconds that one record takes at most if one dependency does not respond. Every channel may have to wait for
# it; if reading the state has to, no channel is tried. The six seconds are for calls that do get a response.
RECORD_TIME: Final = 6_000 + sum(channel.LONGEST_SEND_MS for channel in CHANNELS)


class RequestNotFound(Exception):
    """The request has neither an open row nor a closed one yet, because its removal is still being recorded."""


def announce(news: News, now: datetime, context: LambdaContext) -> None:
    """Announces news on every channel. If one fails, the others are still tried, and a retry does not repeat them.

    Raises:
        ExceptionGroup: at least one channel failed; all were tried.
        Unavailable: the table or the rollout flags are unavailable; nothing was sent.
        ContractNotFound, RequestNotFound: a row is missing; nothing was sent.
    """
    announcement = _with_current_state(news, now)
    if announcement is None:
        return
    failures = []
    for channel in CHANNELS:
        try:
            channel.send(announcement, context)
        except Exception as failure:  # noqa: BLE001 - the other channels are tried whatever went wrong
            failures.append(failure)
    if failures:
        raise ExceptionGroup("not every channel could be reached", failures)


def _with_current_state(news: News, now: datetime) -> Announcement | None:
    """Reads the state again, since the record may be hours old. None if there is nothing to announce any more."""
    if isinstance(news, EmailBounced):
        return _undeliverable(news, now)
    if isinstance(news, Feedback | CorrectionMade | FirstReplyGiven | Report | DecisionMade):
        return _about_feedback(news)
    # What is said may depend on both the contract and its open request, so it must not be half of a transaction.
    seen = store.whole_snapshot(news.contract_id, closed_id=_closed_id(news))
    if isinstance(news, AddressCorrected):
        return _readdressed(seen, now)
    if isinstance(news, ReminderDue):
        return _reminder(news, seen, now)
    return _about_request(_with_its_message(news, seen), seen, now)


def _with_its_message(news: RequestChanged, seen: Snapshot) -> FeedbackRequest:
    """The request with its message, unless that was erased after the record was written.

    Raises:
        RequestNotFound: the record lacks the message, and no row has it.
    """
    request = news.request
    if not seen.contract.freelancer.is_reachable:
        return request.model_copy(update={"message": None})
    if seen.pending and seen.pending.request_id == request.request_id:
        return request.model_copy(update={"message": seen.pending.message})
    if not news.message_left_out:
        return request
    closed = store.closed_request(request)
    if closed is None:
        raise RequestNotFound
    return request.model_copy(update={"message": closed.message})


def _closed_id(news: News) -> str | None:
    """The request that the news shows to be closed."""
    return news.request.request_id if isinstance(news, RequestChanged) and news.request.closed_at else None


def _about_feedback(news: NewsOfFeedback) -> Announcement | None:
    """None if the feedback no longer exists."""
    room = store.room(news.contract_id)
    feedback = next((each for each in room.feedback if each.feedback_id == news.feedback_id), None)
    if feedback is None:
        ids = {"feedback_id": news.feedback_id, "contract_id": news.contract_id}
        observability.logger.info("not told: feedback gone", extra=ids)
        return None
    earlier = tuple(room.earlier.get(feedback.feedback_id, ()))
    read = FeedbackAsRead(contract=room.seen.contract, feedback=feedback, earlier=earlier)
    match news:
        case Feedback():
            return FeedbackProvided(**dict(read))
        case CorrectionMade(revision=revision, edited_at=edited_at):
            return FeedbackCorrected(**dict(read), revision=revision, edited_at=edited_at)
        case FirstReplyGiven(replied_at=replied_at):
            return FeedbackReplied(**dict(read), first_replied_at=replied_at)
        case Report():
            return _about_report(news, read)
        case DecisionMade():
            return _about_decision(news, read)
        case unexpected:
            assert_never(unexpected)


def _about_decision(made: DecisionMade, read: FeedbackAsRead) -> FeedbackDecided:
    decisions = reports.decisions(made.contract_id, made.feedback_id).decisions
    [decision] = (each for each in decisions if each.decision_id == made.decision_id)
    return FeedbackDecided(**dict(read), decision=decision, decisions=decisions)


def _about_report(report: Report, read: FeedbackAsRead) -> FeedbackReported | ReportDecided:
    if report.settled_at is None:
        return FeedbackReported(**dict(read), report=report)
    state = state_of(read.feedback, report.target, report.reported_at)
    return ReportDecided(contract=read.contract, report=report, state=state)


def _about_request(news: FeedbackRequest, seen: Snapshot, now: datetime) -> Announcement:
    match news.status:
        case RequestStatus.PENDING:
            is_stored = seen.pending is not None and seen.pending.request_id == news.request_id
            still_open = is_stored and news.is_open(now)
            return RequestOpened(contract=seen.contract, request=news, still_open=still_open, now=now)
        case RequestStatus.EXPIRED:
            return RequestExpired(contract=seen.contract, request=news, next_request=_next_request(seen, now))
        case RequestStatus.DECLINED:
            return RequestDeclined(contract=seen.contract, request=news, next_request=_next_request(seen, now))
        case RequestStatus.WITHDRAWN:
            return RequestWithdrawn(contract=seen.contract, request=news)
        case RequestStatus.FULFILLED | RequestStatus.CANCELLED:
            return RequestClosed(contract=seen.contract, request=news)
        case unexpected:
            assert_never(unexpected)


def _next_request(seen: Snapshot, now: datetime) -> Eligibility:
    """Whether the freelancer may ask again, or when."""
    enabled = rollout.requests_enabled(seen.contract.freelancer.id)
    return eligibility.to_request(seen.contract, seen.pending, settings().policy, now, enabled=enabled)


def _undeliverable(bounced: EmailBounced, now: datetime) -> RequestUndeliverable:
    room = store.room(bounced.contract_id)
    contract, pending = room.seen.contract, room.seen.pending
    requests = [*room.past_requests, *([pending] if pending else [])]
    request = next((each for each in requests if each.request_id == bounced.request_id), None)
    if request is None:
        raise RequestNotFound
    newest = room.deliveries.get(bounced.request_id)
    same_address = (
        newest is not None
        and newest.email_number == bounced.report.email_number
        and newest.address_digest == addresses.digest(contract.client.email)
    )
    still_open = request.is_open(now) and contract.status == "active"
    return RequestUndeliverable(
        contract=contract, request=request, report=bounced.report, still_matters=still_open and same_address
    )


def _readdressed(seen: Snapshot, now: datetime) -> RequestReaddressed | None:
    """None without an open request, and for a client who knows it and wants to hear no more of it."""
    request, contract = seen.pending, seen.contract
    if request is None or not request.is_open(now) or contract.requests_muted:
        return None
    return RequestReaddressed(contract=contract, request=request, now=now)


def _reminder(due: ReminderDue, seen: Snapshot, now: datetime) -> RequestReminder | None:
    """Whether the client is still to be reminded. Logs why not."""
    request, contract = seen.pending, seen.contract
    reason = None
    if request is None or request.request_id != due.request_id or not request.is_open(now):
        reason = "request closed"
    elif contract.status == "ended":
        reason = "contract ended"
    elif contract.requests_muted:  # the request stays open, and can be answered
        reason = "requests muted"
    elif seen.reminded_at != due.reminded_at:  # this record has waited for so long: one reminder is enough
        reason = "later reminder due"
    if request is None or reason:
        ids = {"request_id": due.request_id, "contract_id": due.contract_id}
        observability.logger.info("reminder not sent: %s", reason, extra=ids)
        return None
    return RequestReminder(contract=contract, request=request, reminded_at=due.reminded_at, now=now)
