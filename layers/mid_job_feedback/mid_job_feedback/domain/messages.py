"""What people are told. Pure: an announcement in, an e-mail or a Dash message out, in the recipient's language.

An announcement is a committed change together with the state read again just before sending. `messaging` sends it.
"""

import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from pydantic import Field

from mid_job_feedback.domain import addresses
from mid_job_feedback.domain.eligibility import Eligibility, Reason, ReasonCode
from mid_job_feedback.domain.email_delivery import EmailReport
from mid_job_feedback.domain.models import (
    ERASED,
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
from mid_job_feedback.domain.wording import Wording, wording_for

LONGEST_COMMENT: Final = 1000
"""Code points of a comment in an e-mail. The rest is in the Contract Room, and the e-mail stays below 30 KB."""
_CUT_AT_A_BLANK: Final = 100  # code points at the end of the cut comment in which a blank is looked for


class RequestOpened(Value):
    """`still_open`: whether the client can still answer. If not, an e-mail would only lead to a closed request.

    `now`: when the client is told, so that the message can say how much time is left.
    """

    contract: Contract
    request: FeedbackRequest
    still_open: bool
    now: Instant


class RequestReaddressed(Value):
    """The client's address was corrected while a request is open. Only the e-mail is sent to the new address: Dash
    and programs were told of the request when it was made.
    """

    contract: Contract
    request: FeedbackRequest
    now: Instant


class RequestReminder(Value):
    """The client is reminded of a request that is still open at `now`.

    `reminded_at`: when the sweep found the reminder due, which also identifies it.
    """

    contract: Contract
    request: FeedbackRequest
    reminded_at: Instant
    now: Instant


class FeedbackProvided(Value):
    contract: Contract
    feedback: Feedback


class RequestExpired(Value):
    """`next_request`: whether the freelancer may ask again now, or when."""

    contract: Contract
    request: FeedbackRequest
    next_request: Eligibility


class RequestDeclined(Value):
    """`next_request`: whether the freelancer may ask again, or when."""

    contract: Contract
    request: FeedbackRequest
    next_request: Eligibility


class RequestWithdrawn(Value):
    """The client is told only if they were told of the request."""

    contract: Contract
    request: FeedbackRequest


class RequestClosed(Value):
    """The request was fulfilled or cancelled. People are told of the feedback instead, or of the contract's end by
    the marketplace; only a domain event says that the request is closed.
    """

    contract: Contract
    request: FeedbackRequest


class RequestUndeliverable(Value):
    """The e-mail about a request has bounced for good. `report` names the e-mail, but not its address.

    `still_matters`: whether the request is still open, and the address still that of the client.
    """

    contract: Contract
    request: FeedbackRequest
    report: EmailReport
    still_matters: bool


type Announcement = (
    RequestOpened
    | RequestReaddressed
    | RequestReminder
    | FeedbackProvided
    | RequestExpired
    | RequestClosed
    | RequestDeclined
    | RequestWithdrawn
    | RequestUndeliverable
)


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


class FeedbackRequestedData(DashData):
    request_id: Id
    requested_at: Instant
    expires_at: Instant


class FeedbackRequestReminderData(DashData):
    request_id: Id
    requested_at: Instant
    expires_at: Instant


class FeedbackProvidedData(DashData):
    """`request_id`: the request that this feedback answers, if it answers one."""

    feedback_id: Id
    request_id: Id | None
    score: Score
    provided_at: Instant


class FeedbackRequestExpiredData(DashData):
    """`next_request`: whether the freelancer may ask again, when the message was written."""

    request_id: Id
    requested_at: Instant
    expires_at: Instant
    next_request: Eligibility


class FeedbackRequestUndeliverableData(DashData):
    """`bounced_at`: when the e-mail was returned. Its address is not told to the freelancer."""

    request_id: Id
    requested_at: Instant
    expires_at: Instant
    bounced_at: Instant


class FeedbackRequestDeclinedData(DashData):
    """`next_request`: whether the freelancer may ask again, when the message was written."""

    request_id: Id
    requested_at: Instant
    expires_at: Instant
    closed_at: Instant
    next_request: Eligibility


class FeedbackRequestWithdrawnData(DashData):
    request_id: Id
    requested_at: Instant
    expires_at: Instant
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


class Preferences(Value):
    """Where the recipient turns e-mails of this kind off: on a page, or by a button of their mail program, which
    sends a POST to `one_click` (RFC 8058).
    """

    page: str
    one_click: str


class RequestLinks(Value):
    """The links in an e-mail about a request. `form` is the page on which the client answers or declines."""

    form: str
    preferences: Preferences


class FeedbackRequestDeclinedDash(DashMessage):
    kind: Literal[DashKind.FEEDBACK_REQUEST_DECLINED] = DashKind.FEEDBACK_REQUEST_DECLINED
    data: FeedbackRequestDeclinedData


class FeedbackRequestWithdrawnDash(DashMessage):
    kind: Literal[DashKind.FEEDBACK_REQUEST_WITHDRAWN] = DashKind.FEEDBACK_REQUEST_WITHDRAWN
    data: FeedbackRequestWithdrawnData


class Email(Value):
    """`template` names a pair of text and HTML templates; `fields` are the values they show, in `language`.

    `asked_by`: the name of the freelancer who asks something of the recipient; None if nobody does.
    `preferences`: None if people cannot turn off e-mails of this kind.
    """

    message_id: str
    to: str
    asked_by: str | None
    preferences: Preferences | None = None
    subject: Annotated[str, Field(max_length=998)]
    language: str
    template: Literal["feedback_requested", "feedback_request_reminder", "feedback_provided"]
    fields: dict[str, str | bool | dict[str, str] | None]


def contract_room_url(template: str, contract_id: str) -> str:
    """The URL of a contract for people who are signed in. `template` has `{contract_id}` in it."""
    return template.replace("{contract_id}", quote(contract_id, safe=""))


def feedback_form_url(base_url: str, token: str) -> str:
    """The token is in the fragment, which browsers never send to a server."""
    return f"{base_url}/app/feedback#t={token}"


def preferences_urls(base_url: str, token: str) -> Preferences:
    return Preferences(
        page=f"{base_url}/app/email-preferences#t={token}", one_click=f"{base_url}/email-preferences/{token}"
    )


def feedback_requested_email(
    contract: Contract, request: FeedbackRequest, links: RequestLinks, now: datetime
) -> Email:
    """To the client: who asks, for which contract, until when, five stars that only prefill the form, and how to
    decline. Each address of the client gets it once, so its id names the address.
    """
    wording, time_zone = _of(contract.client)
    freelancer, title = _name(contract.freelancer, wording), _inert(contract.title)
    day = wording.day(request.expires_at, time_zone)
    return Email(
        message_id=f"{DashKind.FEEDBACK_REQUESTED}:{request.request_id}:{addresses.digest(contract.client.email)}",
        to=contract.client.email,
        asked_by=freelancer,
        preferences=links.preferences,
        subject=wording.say("requested_subject", freelancer=freelancer, title=title, day=day),
        language=wording.language,
        template="feedback_requested",
        fields={
            "client": _inert(contract.client.name),
            "freelancer": freelancer,
            "title": title,
            "message": request.message,
            "deadline": _deadline(request, contract.client, now),
            "link": links.form,
            "decline_link": f"{links.form}&decline=1",
            "stars": {str(stars): f"{links.form}&rating={stars}" for stars in range(1, 6)},
        },
    )


def requested_dash_id(request: FeedbackRequest) -> str:
    return f"{DashKind.FEEDBACK_REQUESTED}:{request.request_id}"


def feedback_requested_dash(contract: Contract, request: FeedbackRequest, link: str, now: datetime) -> DashMessage:
    wording, _ = _of(contract.client)
    freelancer, title = _name(contract.freelancer, wording), _inert(contract.title)
    deadline = _deadline(request, contract.client, now)
    return FeedbackRequestedDash(
        message_id=requested_dash_id(request),
        recipient_id=contract.client.id,
        contract_id=contract.contract_id,
        title=wording.say("requested_dash_title", freelancer=freelancer),
        body=wording.say("requested_dash_body", title=title, deadline=deadline),
        link=link,
        occurred_at=request.requested_at,
        data=FeedbackRequestedData(
            **_of_contract(contract),
            request_id=request.request_id,
            requested_at=request.requested_at,
            expires_at=request.expires_at,
        ),
    )


def request_reminder_email(reminder: RequestReminder, links: RequestLinks) -> Email:
    """To the client: the e-mail about the request once more, with the time that is left now."""
    contract, request = reminder.contract, reminder.request
    wording, time_zone = _of(contract.client)
    freelancer, title = _name(contract.freelancer, wording), _inert(contract.title)
    day = wording.day(request.expires_at, time_zone)
    changed = {
        "message_id": _reminder_id(reminder),
        "subject": wording.say("reminder_subject", freelancer=freelancer, title=title, day=day),
        "template": "feedback_request_reminder",
    }
    return feedback_requested_email(contract, request, links, reminder.now).model_copy(update=changed)


def request_reminder_dash(reminder: RequestReminder, link: str) -> DashMessage:
    contract, request = reminder.contract, reminder.request
    wording, _ = _of(contract.client)
    freelancer, title = _name(contract.freelancer, wording), _inert(contract.title)
    deadline = _deadline(request, contract.client, reminder.now)
    return FeedbackRequestReminderDash(
        message_id=_reminder_id(reminder),
        recipient_id=contract.client.id,
        contract_id=contract.contract_id,
        title=wording.say("reminder_dash_title", freelancer=freelancer),
        body=wording.say("requested_dash_body", title=title, deadline=deadline),
        link=link,
        occurred_at=reminder.reminded_at,
        data=FeedbackRequestReminderData(
            **_of_contract(contract),
            request_id=request.request_id,
            requested_at=request.requested_at,
            expires_at=request.expires_at,
        ),
    )


def feedback_provided_email(contract: Contract, feedback: Feedback, link: str) -> Email:
    """To the freelancer: the ratings and the comment, that they are public, and that the score is untouched."""
    wording, time_zone = _of(contract.freelancer)
    client, title = _name(contract.client, wording), _inert(contract.title)
    day = wording.day(feedback.provided_at, time_zone)
    comment = _beginning(feedback.comment) if feedback.comment else None
    return Email(
        message_id=f"{DashKind.FEEDBACK_PROVIDED}:{feedback.feedback_id}",
        to=contract.freelancer.email,
        asked_by=None,
        subject=wording.say("provided_subject", client=client, title=title, day=day),
        language=wording.language,
        template="feedback_provided",
        fields={
            "client": client,
            "freelancer": _inert(contract.freelancer.name),
            "title": title,
            "score": wording.number(feedback.score),
            "ratings": {category: str(rating) for category, rating in feedback.ratings.items()},
            "comment": comment,
            "has_more": comment != feedback.comment,
            "link": link,
        },
    )


def feedback_provided_dash(contract: Contract, feedback: Feedback, link: str) -> DashMessage:
    wording, _ = _of(contract.freelancer)
    client, title = _name(contract.client, wording), _inert(contract.title)
    return FeedbackProvidedDash(
        message_id=f"{DashKind.FEEDBACK_PROVIDED}:{feedback.feedback_id}",
        recipient_id=contract.freelancer.id,
        contract_id=contract.contract_id,
        title=wording.say("provided_dash_title", client=client),
        body=wording.say("provided_dash_body", score=wording.number(feedback.score), title=title),
        link=link,
        occurred_at=feedback.provided_at,
        data=FeedbackProvidedData(
            **_of_contract(contract),
            feedback_id=feedback.feedback_id,
            request_id=feedback.request_id,
            score=feedback.score,
            provided_at=feedback.provided_at,
        ),
    )


def request_expired_dash(
    contract: Contract, request: FeedbackRequest, next_request: Eligibility, link: str
) -> DashMessage:
    """To the freelancer: that the client did not answer, and whether they may ask again, or when."""
    wording, _ = _of(contract.freelancer)
    client, title = _name(contract.client, wording), _inert(contract.title)
    asking_again = _asking_again(next_request, contract.freelancer)
    return FeedbackRequestExpiredDash(
        message_id=f"{DashKind.FEEDBACK_REQUEST_EXPIRED}:{request.request_id}",
        recipient_id=contract.freelancer.id,
        contract_id=contract.contract_id,
        title=wording.say("expired_dash_title"),
        body=wording.say("expired_dash_body", client=client, title=title, next=asking_again),
        link=link,
        occurred_at=request.expires_at,
        data=FeedbackRequestExpiredData(
            **_of_contract(contract),
            request_id=request.request_id,
            requested_at=request.requested_at,
            expires_at=request.expires_at,
            next_request=next_request,
        ),
    )


def request_undeliverable_dash(undeliverable: RequestUndeliverable, link: str) -> DashMessage:
    """To the freelancer: that the client's e-mail address does not work, and what the client can do."""
    contract, request, report = undeliverable.contract, undeliverable.request, undeliverable.report
    wording, time_zone = _of(contract.freelancer)
    client, title = _name(contract.client, wording), _inert(contract.title)
    date = wording.minute(request.expires_at, time_zone)
    return FeedbackRequestUndeliverableDash(
        message_id=f"{DashKind.FEEDBACK_REQUEST_UNDELIVERABLE}:{request.request_id}:{report.email_number}",
        recipient_id=contract.freelancer.id,
        contract_id=contract.contract_id,
        title=wording.say("undeliverable_dash_title", client=client),
        body=wording.say("undeliverable_dash_body", client=client, title=title, date=date),
        link=link,
        occurred_at=report.at,
        data=FeedbackRequestUndeliverableData(
            **_of_contract(contract),
            request_id=request.request_id,
            requested_at=request.requested_at,
            expires_at=request.expires_at,
            bounced_at=report.at,
        ),
    )


def _reminder_id(reminder: RequestReminder) -> str:
    return f"{DashKind.FEEDBACK_REQUEST_REMINDER}:{reminder.request.request_id}:{shown(reminder.reminded_at)}"


def request_declined_dash(
    contract: Contract, request: FeedbackRequest, next_request: Eligibility, link: str
) -> DashMessage:
    """To the freelancer: that the client declined, and whether they may ask again, or when."""
    wording, _ = _of(contract.freelancer)
    client, title = _name(contract.client, wording), _inert(contract.title)
    closed_at = request.closed_at or request.expires_at
    asking_again = _asking_again(next_request, contract.freelancer)
    return FeedbackRequestDeclinedDash(
        message_id=f"{DashKind.FEEDBACK_REQUEST_DECLINED}:{request.request_id}",
        recipient_id=contract.freelancer.id,
        contract_id=contract.contract_id,
        title=wording.say("declined_dash_title", title=title),
        body=wording.say("declined_dash_body", client=client, next=asking_again),
        link=link,
        occurred_at=closed_at,
        data=FeedbackRequestDeclinedData(
            **_of_contract(contract),
            request_id=request.request_id,
            requested_at=request.requested_at,
            expires_at=request.expires_at,
            closed_at=closed_at,
            next_request=next_request,
        ),
    )


def request_withdrawn_dash(contract: Contract, request: FeedbackRequest, link: str) -> DashMessage:
    """To the client: that there is nothing to answer any more."""
    wording, _ = _of(contract.client)
    freelancer, title = _name(contract.freelancer, wording), _inert(contract.title)
    closed_at = request.closed_at or request.expires_at
    return FeedbackRequestWithdrawnDash(
        message_id=f"{DashKind.FEEDBACK_REQUEST_WITHDRAWN}:{request.request_id}",
        recipient_id=contract.client.id,
        contract_id=contract.contract_id,
        title=wording.say("withdrawn_dash_title", freelancer=freelancer),
        body=wording.say("withdrawn_dash_body", title=title),
        link=link,
        occurred_at=closed_at,
        data=FeedbackRequestWithdrawnData(
            **_of_contract(contract),
            request_id=request.request_id,
            requested_at=request.requested_at,
            expires_at=request.expires_at,
            closed_at=closed_at,
        ),
    )


def _of_contract(contract: Contract) -> dict[str, Any]:
    return {
        "contract_title": _inert(contract.title),
        "client": DashPerson(id=contract.client.id, name=_inert(contract.client.name)),
        "freelancer": DashPerson(id=contract.freelancer.id, name=_inert(contract.freelancer.name)),
    }


def _of(recipient: Party) -> tuple[Wording, str | None]:
    return wording_for(recipient.locale), recipient.time_zone


def _name(party: Party, wording: Wording) -> str:
    """The person's name in a message to somebody else."""
    return wording.say("erased_person") if party.name == ERASED else _inert(party.name)


def _deadline(request: FeedbackRequest, client: Party, now: datetime) -> str:
    wording, time_zone = _of(client)
    date = wording.minute(request.expires_at, time_zone)
    if now >= request.expires_at:
        return wording.say("deadline_passed", date=date)
    return wording.say("deadline", date=date, left=wording.left(request.expires_at - now))


def _asking_again(next_request: Eligibility, freelancer: Party) -> str:
    wording, time_zone = _of(freelancer)
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


def _beginning(comment: str) -> str:
    """The whole comment if it is short. Otherwise its beginning, cut at a blank if one is near."""
    if len(comment) <= LONGEST_COMMENT:
        return comment
    cut = comment[:LONGEST_COMMENT]
    blank = max(cut.rfind(" "), cut.rfind("\n"))
    return (cut[:blank] if blank > LONGEST_COMMENT - _CUT_AT_A_BLANK else cut) + "…"


def _inert(text: str) -> str:
    """Removes characters that end a line or change the direction of the text around them."""
    return "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Zl", "Zp"} and c not in _DIRECTIONAL)


# Directional marks, embeddings, overrides and isolates.
_DIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
