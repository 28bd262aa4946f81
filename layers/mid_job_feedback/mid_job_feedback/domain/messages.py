"""What people are told, and when it is known. Pure: values in, messages out; `notifications` sends them."""

import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import Field

from mid_job_feedback.domain.eligibility import Eligibility, ReasonCode
from mid_job_feedback.domain.models import Contract, Feedback, FeedbackRequest, Instant, Value


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
    """`template` names a text and an HTML template; `fields` are what they show."""

    message_id: str
    to: str
    subject: Annotated[str, Field(max_length=998)]
    template: Literal["feedback_requested", "feedback_provided"]
    fields: dict[str, str | dict[str, str] | None]


def room_link(base_url: str, contract_id: str) -> str:
    return f"{base_url}/app/contract?id={quote(contract_id)}"


def answer_link(base_url: str, token: str) -> str:
    """The token stands in the fragment, which browsers send to nobody."""
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
        body=f"On “{title}”. You can answer until {in_words(request.expires_at)}.",
        link=link,
        occurred_at=request.requested_at,
    )


def feedback_provided_email(contract: Contract, feedback: Feedback, link: str) -> Email:
    """To the freelancer: what the client says, and that it is public but does not touch the score."""
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
            "ratings": {name: str(rating) for name, rating in feedback.ratings.model_dump().items()},
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
        body=f"{feedback.score:.2f} of 5 on “{title}”.",
        link=link,
        occurred_at=feedback.provided_at,
    )


def request_expired_dash(
    contract: Contract, request: FeedbackRequest, verdict: Eligibility, link: str
) -> DashMessage:
    """To the freelancer: whether they may ask again, or when. `verdict`: on requesting, as it stands now."""
    return DashMessage(
        message_id=f"{DashKind.FEEDBACK_REQUEST_EXPIRED}:{request.request_id}",
        kind=DashKind.FEEDBACK_REQUEST_EXPIRED,
        recipient_id=contract.freelancer.id,
        contract_id=contract.contract_id,
        title="Your request for feedback has expired",
        body=f"{_inert(contract.client.name)} did not answer in time on “{_inert(contract.title)}”. "
        + _asking_again(verdict),
        link=link,
        occurred_at=request.expires_at,
    )


def in_words(instant: datetime) -> str:
    """With its zone, to the second: the very instant the API enforces."""
    return f"{instant.day} {instant:%B %Y, %H:%M:%S} UTC"


def _asking_again(verdict: Eligibility) -> str:
    codes = {reason.code for reason in verdict.reasons}
    if verdict.eligible:
        return "You can ask again now."
    if ReasonCode.REQUEST_PENDING in codes:
        return "You have asked again already."
    if verdict.eligible_at:
        return f"You can ask again from {in_words(verdict.eligible_at)}."
    return "You cannot ask again for now: " + " ".join(reason.detail for reason in verdict.reasons)


def _inert(text: str) -> str:
    """Without characters that steer: those that end a line or turn the direction of the text around them."""
    return "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Zl", "Zp"} and c not in _TURNING)


# Directional marks, embeddings, overrides and isolates.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
