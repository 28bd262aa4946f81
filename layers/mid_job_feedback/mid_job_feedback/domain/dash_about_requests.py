"""Dash messages about requests. Pure: what is announced in, a message in the recipient's language out."""

from datetime import datetime
from typing import Any

from mid_job_feedback.domain.announcements import RequestReminder, RequestUndeliverable
from mid_job_feedback.domain.dash_messages import (
    DashKind,
    DashMessage,
    FeedbackRequestDeclinedDash,
    FeedbackRequestDeclinedData,
    FeedbackRequestedDash,
    FeedbackRequestedData,
    FeedbackRequestExpiredDash,
    FeedbackRequestExpiredData,
    FeedbackRequestReminderDash,
    FeedbackRequestReminderData,
    FeedbackRequestUndeliverableDash,
    FeedbackRequestUndeliverableData,
    FeedbackRequestWithdrawnDash,
    FeedbackRequestWithdrawnData,
    envelope,
    facts,
)
from mid_job_feedback.domain.eligibility import Eligibility, Reason, ReasonCode
from mid_job_feedback.domain.models import Contract, FeedbackRequest, Party, shown
from mid_job_feedback.domain.phrases import deadline, inert, name_of, wording_of


def requested_id(request: FeedbackRequest) -> str:
    return f"{DashKind.FEEDBACK_REQUESTED}:{request.request_id}"


def reminder_id(reminder: RequestReminder) -> str:
    return f"{DashKind.FEEDBACK_REQUEST_REMINDER}:{reminder.request.request_id}:{shown(reminder.reminded_at)}"


def feedback_requested(contract: Contract, request: FeedbackRequest, link: str, now: datetime) -> DashMessage:
    wording, _ = wording_of(contract.client)
    until = deadline(request, contract.client, now)
    return FeedbackRequestedDash(
        **envelope(contract, contract.client, link),
        message_id=requested_id(request),
        title=wording.say("requested_dash_title", freelancer=name_of(contract.freelancer, wording)),
        body=wording.say("requested_dash_body", title=inert(contract.title), deadline=until),
        occurred_at=request.requested_at,
        data=FeedbackRequestedData(**facts(contract), **_asked(request)),
    )


def request_reminder(reminder: RequestReminder, link: str) -> DashMessage:
    contract, request = reminder.contract, reminder.request
    wording, _ = wording_of(contract.client)
    until = deadline(request, contract.client, reminder.now)
    return FeedbackRequestReminderDash(
        **envelope(contract, contract.client, link),
        message_id=reminder_id(reminder),
        title=wording.say("reminder_dash_title", freelancer=name_of(contract.freelancer, wording)),
        body=wording.say("requested_dash_body", title=inert(contract.title), deadline=until),
        occurred_at=reminder.reminded_at,
        data=FeedbackRequestReminderData(**facts(contract), **_asked(request)),
    )


def request_expired(
    contract: Contract, request: FeedbackRequest, next_request: Eligibility, link: str
) -> DashMessage:
    """To the freelancer: that the client did not answer, and whether they may ask again, or when."""
    wording, _ = wording_of(contract.freelancer)
    client, title = name_of(contract.client, wording), inert(contract.title)
    again = _asking_again(next_request, contract.freelancer)
    return FeedbackRequestExpiredDash(
        **envelope(contract, contract.freelancer, link),
        message_id=f"{DashKind.FEEDBACK_REQUEST_EXPIRED}:{request.request_id}",
        title=wording.say("expired_dash_title"),
        body=wording.say("expired_dash_body", client=client, title=title, next=again),
        occurred_at=request.expires_at,
        data=FeedbackRequestExpiredData(**facts(contract), **_asked(request), next_request=next_request),
    )


def request_undeliverable(undeliverable: RequestUndeliverable, link: str) -> DashMessage:
    """To the freelancer: that the client's e-mail address does not work, and what the client can do."""
    contract, request, report = undeliverable.contract, undeliverable.request, undeliverable.report
    wording, time_zone = wording_of(contract.freelancer)
    client, title = name_of(contract.client, wording), inert(contract.title)
    date = wording.minute(request.expires_at, time_zone)
    return FeedbackRequestUndeliverableDash(
        **envelope(contract, contract.freelancer, link),
        message_id=f"{DashKind.FEEDBACK_REQUEST_UNDELIVERABLE}:{request.request_id}:{report.email_number}",
        title=wording.say("undeliverable_dash_title", client=client),
        body=wording.say("undeliverable_dash_body", client=client, title=title, date=date),
        occurred_at=report.at,
        data=FeedbackRequestUndeliverableData(**facts(contract), **_asked(request), bounced_at=report.at),
    )


def request_declined(
    contract: Contract, request: FeedbackRequest, next_request: Eligibility, link: str
) -> DashMessage:
    """To the freelancer: that the client declined, and whether they may ask again, or when."""
    wording, _ = wording_of(contract.freelancer)
    client, closed_at = name_of(contract.client, wording), request.closed_at or request.expires_at
    again = _asking_again(next_request, contract.freelancer)
    return FeedbackRequestDeclinedDash(
        **envelope(contract, contract.freelancer, link),
        message_id=f"{DashKind.FEEDBACK_REQUEST_DECLINED}:{request.request_id}",
        title=wording.say("declined_dash_title", title=inert(contract.title)),
        body=wording.say("declined_dash_body", client=client, next=again),
        occurred_at=closed_at,
        data=FeedbackRequestDeclinedData(
            **facts(contract), **_asked(request), closed_at=closed_at, next_request=next_request
        ),
    )


def request_withdrawn(contract: Contract, request: FeedbackRequest, link: str) -> DashMessage:
    """To the client: that there is nothing to answer any more."""
    wording, _ = wording_of(contract.client)
    closed_at = request.closed_at or request.expires_at
    return FeedbackRequestWithdrawnDash(
        **envelope(contract, contract.client, link),
        message_id=f"{DashKind.FEEDBACK_REQUEST_WITHDRAWN}:{request.request_id}",
        title=wording.say("withdrawn_dash_title", freelancer=name_of(contract.freelancer, wording)),
        body=wording.say("withdrawn_dash_body", title=inert(contract.title)),
        occurred_at=closed_at,
        data=FeedbackRequestWithdrawnData(**facts(contract), **_asked(request), closed_at=closed_at),
    )


def _asked(request: FeedbackRequest) -> dict[str, Any]:
    return {
        "request_id": request.request_id,
        "requested_at": request.requested_at,
        "expires_at": request.expires_at,
    }


def _asking_again(next_request: Eligibility, freelancer: Party) -> str:
    wording, time_zone = wording_of(freelancer)
    if next_request.eligible:
        return wording.say("ask_now")
    if ReasonCode.REQUEST_PENDING in {reason.code for reason in next_request.reasons}:
        return wording.say("asked_again")
    if next_request.eligible_at:
        return wording.say("ask_from", date=wording.next_minute(next_request.eligible_at, time_zone))
    clear_at = [reason.clears_at for reason in next_request.reasons if reason.clears_at]
    if len(clear_at) == len(next_request.reasons):  # but by then, the last payment is no longer recent
        return wording.say("ask_from_if_paid", date=wording.next_minute(max(clear_at), time_zone))
    declined = ReasonCode.REQUEST_DECLINED  # the message says that already
    others = [reason for reason in next_request.reasons if reason.code is not declined] or next_request.reasons
    reasons = " ".join(wording.say(_reason_key(reason)) for reason in others)
    return wording.say("ask_not_now", reasons=reasons)


def _reason_key(reason: Reason) -> str:
    not_started = reason.code is ReasonCode.CONTRACT_NOT_ACTIVE and reason.clears_at
    return "reason_contract_not_started" if not_started else f"reason_{reason.code}"
