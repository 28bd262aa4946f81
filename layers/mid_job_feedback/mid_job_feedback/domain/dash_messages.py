"""Dash messages. Pure: what is announced in, a message in the recipient's language out.

`messaging/dash.py` sends it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from mid_job_feedback.domain.announcements import RequestReminder, RequestUndeliverable
from mid_job_feedback.domain.eligibility import Eligibility, Reason, ReasonCode
from mid_job_feedback.domain.models import (
    Contract,
    Feedback,
    FeedbackRequest,
    Id,
    Instant,
    Party,
    Score,
    Value,
    shown,
)
from mid_job_feedback.domain.phrases import deadline, inert, name_of, wording_of


class DashKind(StrEnum):
    FEEDBACK_REQUESTED = "feedback_requested"
    FEEDBACK_REQUEST_REMINDER = "feedback_request_reminder"
    FEEDBACK_PROVIDED = "feedback_provided"
    FEEDBACK_REQUEST_EXPIRED = "feedback_request_expired"
    FEEDBACK_REQUEST_DECLINED = "feedback_request_declined"
    FEEDBACK_REQUEST_WITHDRAWN = "feedback_request_withdrawn"
    FEEDBACK_REQUEST_UNDELIVERABLE = "feedback_request_undeliverable"


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


def requested_id(request: FeedbackRequest) -> str:
    return f"{DashKind.FEEDBACK_REQUESTED}:{request.request_id}"


def reminder_id(reminder: RequestReminder) -> str:
    return f"{DashKind.FEEDBACK_REQUEST_REMINDER}:{reminder.request.request_id}:{shown(reminder.reminded_at)}"


def feedback_requested(contract: Contract, request: FeedbackRequest, link: str, now: datetime) -> DashMessage:
    wording, _ = wording_of(contract.client)
    until = deadline(request, contract.client, now)
    return FeedbackRequestedDash(
        **_sent(contract, contract.client, link),
        message_id=requested_id(request),
        title=wording.say("requested_dash_title", freelancer=name_of(contract.freelancer, wording)),
        body=wording.say("requested_dash_body", title=inert(contract.title), deadline=until),
        occurred_at=request.requested_at,
        data=FeedbackRequestedData(**_facts(contract), **_asked(request)),
    )


def request_reminder(reminder: RequestReminder, link: str) -> DashMessage:
    contract, request = reminder.contract, reminder.request
    wording, _ = wording_of(contract.client)
    until = deadline(request, contract.client, reminder.now)
    return FeedbackRequestReminderDash(
        **_sent(contract, contract.client, link),
        message_id=reminder_id(reminder),
        title=wording.say("reminder_dash_title", freelancer=name_of(contract.freelancer, wording)),
        body=wording.say("requested_dash_body", title=inert(contract.title), deadline=until),
        occurred_at=reminder.reminded_at,
        data=FeedbackRequestReminderData(**_facts(contract), **_asked(request)),
    )


def feedback_provided(contract: Contract, feedback: Feedback, link: str) -> DashMessage:
    wording, _ = wording_of(contract.freelancer)
    given = feedback.text
    score = wording.number(given.score)
    return FeedbackProvidedDash(
        **_sent(contract, contract.freelancer, link),
        message_id=f"{DashKind.FEEDBACK_PROVIDED}:{feedback.feedback_id}",
        title=wording.say("provided_dash_title", client=name_of(contract.client, wording)),
        body=wording.say("provided_dash_body", score=score, title=inert(contract.title)),
        occurred_at=feedback.provided_at,
        data=FeedbackProvidedData(
            **_facts(contract),
            feedback_id=feedback.feedback_id,
            request_id=feedback.request_id,
            score=given.score,
            provided_at=feedback.provided_at,
        ),
    )


def request_expired(
    contract: Contract, request: FeedbackRequest, next_request: Eligibility, link: str
) -> DashMessage:
    """To the freelancer: that the client did not answer, and whether they may ask again, or when."""
    wording, _ = wording_of(contract.freelancer)
    client, title = name_of(contract.client, wording), inert(contract.title)
    again = _asking_again(next_request, contract.freelancer)
    return FeedbackRequestExpiredDash(
        **_sent(contract, contract.freelancer, link),
        message_id=f"{DashKind.FEEDBACK_REQUEST_EXPIRED}:{request.request_id}",
        title=wording.say("expired_dash_title"),
        body=wording.say("expired_dash_body", client=client, title=title, next=again),
        occurred_at=request.expires_at,
        data=FeedbackRequestExpiredData(**_facts(contract), **_asked(request), next_request=next_request),
    )


def request_undeliverable(undeliverable: RequestUndeliverable, link: str) -> DashMessage:
    """To the freelancer: that the client's e-mail address does not work, and what the client can do."""
    contract, request, report = undeliverable.contract, undeliverable.request, undeliverable.report
    wording, time_zone = wording_of(contract.freelancer)
    client, title = name_of(contract.client, wording), inert(contract.title)
    date = wording.minute(request.expires_at, time_zone)
    return FeedbackRequestUndeliverableDash(
        **_sent(contract, contract.freelancer, link),
        message_id=f"{DashKind.FEEDBACK_REQUEST_UNDELIVERABLE}:{request.request_id}:{report.email_number}",
        title=wording.say("undeliverable_dash_title", client=client),
        body=wording.say("undeliverable_dash_body", client=client, title=title, date=date),
        occurred_at=report.at,
        data=FeedbackRequestUndeliverableData(**_facts(contract), **_asked(request), bounced_at=report.at),
    )


def request_declined(
    contract: Contract, request: FeedbackRequest, next_request: Eligibility, link: str
) -> DashMessage:
    """To the freelancer: that the client declined, and whether they may ask again, or when."""
    wording, _ = wording_of(contract.freelancer)
    client, closed_at = name_of(contract.client, wording), request.closed_at or request.expires_at
    again = _asking_again(next_request, contract.freelancer)
    return FeedbackRequestDeclinedDash(
        **_sent(contract, contract.freelancer, link),
        message_id=f"{DashKind.FEEDBACK_REQUEST_DECLINED}:{request.request_id}",
        title=wording.say("declined_dash_title", title=inert(contract.title)),
        body=wording.say("declined_dash_body", client=client, next=again),
        occurred_at=closed_at,
        data=FeedbackRequestDeclinedData(
            **_facts(contract), **_asked(request), closed_at=closed_at, next_request=next_request
        ),
    )


def request_withdrawn(contract: Contract, request: FeedbackRequest, link: str) -> DashMessage:
    """To the client: that there is nothing to answer any more."""
    wording, _ = wording_of(contract.client)
    closed_at = request.closed_at or request.expires_at
    return FeedbackRequestWithdrawnDash(
        **_sent(contract, contract.client, link),
        message_id=f"{DashKind.FEEDBACK_REQUEST_WITHDRAWN}:{request.request_id}",
        title=wording.say("withdrawn_dash_title", freelancer=name_of(contract.freelancer, wording)),
        body=wording.say("withdrawn_dash_body", title=inert(contract.title)),
        occurred_at=closed_at,
        data=FeedbackRequestWithdrawnData(**_facts(contract), **_asked(request), closed_at=closed_at),
    )


def _sent(contract: Contract, recipient: Party, link: str) -> dict[str, Any]:
    return {"recipient_id": recipient.id, "contract_id": contract.contract_id, "link": link}


def _facts(contract: Contract) -> dict[str, Any]:
    return {
        "contract_title": inert(contract.title),
        "client": DashPerson(id=contract.client.id, name=inert(contract.client.name)),
        "freelancer": DashPerson(id=contract.freelancer.id, name=inert(contract.freelancer.name)),
    }


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
