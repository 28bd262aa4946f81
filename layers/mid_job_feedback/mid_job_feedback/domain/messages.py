"""What people are told. Pure: an announcement in, the text of an e-mail or a Dash message out.

An announcement is a committed change together with the state read again just before sending. `messaging` sends it.
"""

import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import Field

from mid_job_feedback.domain.eligibility import Eligibility, ReasonCode
from mid_job_feedback.domain.models import Contract, Feedback, FeedbackRequest, Instant, Value


class RequestOpened(Value):
    """`still_open`: whether the client can still answer. If not, an e-mail would only lead to a closed request."""

    contract: Contract
    request: FeedbackRequest
    still_open: bool


class FeedbackProvided(Value):
    contract: Contract
    feedback: Feedback


class RequestExpired(Value):
    """`next_request`: whether the freelancer may ask again now, or when."""

    contract: Contract
    request: FeedbackRequest
    next_request: Eligibility


type Announcement = RequestOpened | FeedbackProvided | RequestExpired


class DashKind(StrEnum):
    FEEDBACK_REQUESTED = "feedback_requested"
    FEEDBACK_PROVIDED = "feedback_provided"
    FEEDBACK_REQUEST_EXPIRED = "feedback_request_expired"


class DashMessage(Value):
    message_id: str
    kind: DashKind
    recipient_id: str
    contract_id: str
    title: str
    body: str
    link: str
    occurred_at: Instant


class Email(Value):
    """`template` names a pair of text and HTML templates; `fields` are the values they show."""

    message_id: str
    to: str
    subject: Annotated[str, Field(max_length=998)]
    template: Literal["feedback_requested", "feedback_provided"]
    fields: dict[str, str | dict[str, str] | None]


def contract_room_url(template: str, contract_id: str) -> str:
    """The URL of a contract for people who are signed in. `template` has `{contract_id}` in it."""
    return template.replace("{contract_id}", quote(contract_id, safe=""))


def feedback_form_url(base_url: str, token: str) -> str:
    """The token is in the fragment, which browsers never send to a server."""
    return f"{base_url}/app/feedback#t={token}"


def feedback_requested_email(contract: Contract, request: FeedbackRequest, link: str) -> Email:
    """To the client: who asks, for which contract, until when, and five stars that only prefill the form."""
    freelancer, title = _inert(contract.freelancer.name), _inert(contract.title)
    return Email(
        message_id=f"{DashKind.FEEDBACK_REQUESTED}:{request.request_id}",
        to=contract.client.email,
        subject=f"{freelancer} asks for your feedback on “{title}”",
        template="feedback_requested",
        fields={
            "client": _inert(contract.client.name),
            "freelancer": freelancer,
            "title": title,
            "message": request.message,
            "deadline": in_words(request.expires_at),
            "link": link,
            "stars": {str(stars): f"{link}&rating={stars}" for stars in range(1, 6)},
        },
    )


def feedback_requested_dash(contract: Contract, request: FeedbackRequest, link: str) -> DashMessage:
    freelancer, title = _inert(contract.freelancer.name), _inert(contract.title)
    return DashMessage(
        message_id=f"{DashKind.FEEDBACK_REQUESTED}:{request.request_id}",
        kind=DashKind.FEEDBACK_REQUESTED,
        recipient_id=contract.client.id,
        contract_id=contract.contract_id,
        title=f"{freelancer} asks for your feedback",
        body=f"About “{title}”. You can answer until {in_words(request.expires_at)}.",
        link=link,
        occurred_at=request.requested_at,
    )


def feedback_provided_email(contract: Contract, feedback: Feedback, link: str) -> Email:
    """To the freelancer: the ratings and the comment, that they are public, and that the score is untouched."""
    client, title = _inert(contract.client.name), _inert(contract.title)
    return Email(
        message_id=f"{DashKind.FEEDBACK_PROVIDED}:{feedback.feedback_id}",
        to=contract.freelancer.email,
        subject=f"{client} gave you feedback on “{title}”",
        template="feedback_provided",
        fields={
            "client": client,
            "freelancer": _inert(contract.freelancer.name),
            "title": title,
            "score": f"{feedback.score:.2f}",
            "ratings": {category: str(rating) for category, rating in feedback.ratings.items()},
            "comment": feedback.comment,
            "link": link,
        },
    )


def feedback_provided_dash(contract: Contract, feedback: Feedback, link: str) -> DashMessage:
    client, title = _inert(contract.client.name), _inert(contract.title)
    return DashMessage(
        message_id=f"{DashKind.FEEDBACK_PROVIDED}:{feedback.feedback_id}",
        kind=DashKind.FEEDBACK_PROVIDED,
        recipient_id=contract.freelancer.id,
        contract_id=contract.contract_id,
        title=f"{client} gave you feedback",
        body=f"Average {feedback.score:.2f} of 5 for “{title}”.",
        link=link,
        occurred_at=feedback.provided_at,
    )


def request_expired_dash(
    contract: Contract, request: FeedbackRequest, next_request: Eligibility, link: str
) -> DashMessage:
    """To the freelancer: that the client did not answer, and whether they may ask again, or when."""
    return DashMessage(
        message_id=f"{DashKind.FEEDBACK_REQUEST_EXPIRED}:{request.request_id}",
        kind=DashKind.FEEDBACK_REQUEST_EXPIRED,
        recipient_id=contract.freelancer.id,
        contract_id=contract.contract_id,
        title="Your feedback request has expired",
        body=f"{_inert(contract.client.name)} did not answer in time about “{_inert(contract.title)}”. "
        + _asking_again(next_request),
        link=link,
        occurred_at=request.expires_at,
    )


def in_words(instant: datetime) -> str:
    """With its zone, and rounded up to the second, so that what is allowed from `instant` on is allowed then."""
    instant += timedelta(microseconds=-instant.microsecond % 1_000_000)
    return f"{instant.day} {instant:%B %Y, %H:%M:%S} UTC"


def _asking_again(next_request: Eligibility) -> str:
    codes = {reason.code for reason in next_request.reasons}
    if next_request.eligible:
        return "You can ask again now."
    if ReasonCode.REQUEST_PENDING in codes:
        return "You have already asked again."
    if next_request.eligible_at:
        return f"You can ask again from {in_words(next_request.eligible_at)}."
    return "You cannot ask again now. " + " ".join(reason.detail for reason in next_request.reasons)


def _inert(text: str) -> str:
    """Removes characters that end a line or change the direction of the text around them."""
    return "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Zl", "Zp"} and c not in _DIRECTIONAL)


# Directional marks, embeddings, overrides and isolates.
_DIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
