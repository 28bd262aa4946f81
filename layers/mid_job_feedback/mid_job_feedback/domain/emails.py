"""E-mails. Pure: what is announced in, an e-mail in the recipient's language out.

`messaging/email.py` renders and sends it. Its id begins like that of the Dash message that says the same.
"""

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from mid_job_feedback.domain import addresses
from mid_job_feedback.domain.announcements import RequestReminder
from mid_job_feedback.domain.dash_about_requests import reminder_id, requested_id
from mid_job_feedback.domain.dash_messages import DashKind
from mid_job_feedback.domain.models import Contract, Feedback, FeedbackRequest, Reply, Value
from mid_job_feedback.domain.page_urls import Preferences
from mid_job_feedback.domain.phrases import deadline, inert, name_of, wording_of

LONGEST_QUOTE: Final = 1000
"""Code points of a comment or reply in an e-mail, which stays below 30 KB. The rest is in the Contract Room."""
_CUT_AT_A_BLANK: Final = 100  # code points at the end of the cut quote in which a blank is looked for


class RequestLinks(Value):
    """The links in an e-mail about a request. `form` is the page on which the client answers or declines."""

    form: str
    preferences: Preferences


class Email(Value):
    """`template` names a pair of text and HTML templates; `fields` are the values they show, in `language`.

    `on_behalf_of`: the name of the freelancer for whom the client gets it; None if the freelancer gets it.
    `preferences`: None if people cannot turn off e-mails of this kind.
    """

    message_id: str
    to: str
    on_behalf_of: str | None
    preferences: Preferences | None = None
    subject: Annotated[str, Field(max_length=998)]
    language: str
    template: Literal["feedback_requested", "feedback_request_reminder", "feedback_provided", "feedback_replied"]
    fields: dict[str, str | bool | dict[str, str] | None]


def requested_email_id(contract: Contract, request: FeedbackRequest) -> str:
    """Each address of the client gets it once, so its id names the address."""
    return f"{requested_id(request)}:{addresses.digest(contract.client.email)}"


def provided_email_id(feedback_id: str) -> str:
    return f"{DashKind.FEEDBACK_PROVIDED}:{feedback_id}"


def replied_email_id(feedback_id: str) -> str:
    return f"{DashKind.FEEDBACK_REPLIED}:{feedback_id}"


def feedback_requested(contract: Contract, request: FeedbackRequest, links: RequestLinks, now: datetime) -> Email:
    """To the client: who asks, for which contract, until when, five stars that only prefill the form, and how to
    decline.
    """
    wording, time_zone = wording_of(contract.client)
    freelancer, title = name_of(contract.freelancer, wording), inert(contract.title)
    day = wording.day(request.expires_at, time_zone)
    return Email(
        message_id=requested_email_id(contract, request),
        to=contract.client.email,
        on_behalf_of=freelancer,
        preferences=links.preferences,
        subject=wording.say("requested_subject", freelancer=freelancer, title=title, day=day),
        language=wording.language,
        template="feedback_requested",
        fields={
            "client": inert(contract.client.name),
            "freelancer": freelancer,
            "title": title,
            "message": request.message,
            "deadline": deadline(request, contract.client, now),
            "link": links.form,
            "decline_link": f"{links.form}&decline=1",
            "stars": {str(stars): f"{links.form}&rating={stars}" for stars in range(1, 6)},
        },
    )


def request_reminder(reminder: RequestReminder, links: RequestLinks) -> Email:
    """To the client: the e-mail about the request once more, with the time that is left now."""
    contract, request = reminder.contract, reminder.request
    wording, time_zone = wording_of(contract.client)
    freelancer, title = name_of(contract.freelancer, wording), inert(contract.title)
    day = wording.day(request.expires_at, time_zone)
    changed = {
        "message_id": reminder_id(reminder),
        "subject": wording.say("reminder_subject", freelancer=freelancer, title=title, day=day),
        "template": "feedback_request_reminder",
    }
    return feedback_requested(contract, request, links, reminder.now).model_copy(update=changed)


def feedback_provided(contract: Contract, feedback: Feedback, link: str) -> Email:
    """To the freelancer: the ratings and the comment, that they are public, and that the score is untouched."""
    wording, time_zone = wording_of(contract.freelancer)
    client, title = name_of(contract.client, wording), inert(contract.title)
    day = wording.day(feedback.provided_at, time_zone)
    given = feedback.text
    comment = _beginning(given.comment) if given.comment else None
    return Email(
        message_id=provided_email_id(feedback.feedback_id),
        to=contract.freelancer.email,
        on_behalf_of=None,
        subject=wording.say("provided_subject", client=client, title=title, day=day),
        language=wording.language,
        template="feedback_provided",
        fields={
            "client": client,
            "freelancer": inert(contract.freelancer.name),
            "title": title,
            "score": wording.number(given.score),
            "ratings": {category: str(rating) for category, rating in given.ratings.items()},
            "comment": comment,
            "has_more": comment != given.comment,
            "link": link,
        },
    )


def feedback_replied(contract: Contract, feedback_id: str, reply: Reply, link: str) -> Email:
    """To the client: the reply, that it is public, and what to do if it breaks the rules of the marketplace."""
    wording, time_zone = wording_of(contract.client)
    freelancer, title = name_of(contract.freelancer, wording), inert(contract.title)
    day, text = wording.day(reply.replied_at, time_zone), reply.text or ""
    return Email(
        message_id=replied_email_id(feedback_id),
        to=contract.client.email,
        on_behalf_of=freelancer,
        subject=wording.say("replied_subject", freelancer=freelancer, title=title, day=day),
        language=wording.language,
        template="feedback_replied",
        fields={
            "client": inert(contract.client.name),
            "freelancer": freelancer,
            "title": title,
            "reply": _beginning(text),
            "has_more": _beginning(text) != text,
            "link": link,
        },
    )


def _beginning(text: str) -> str:
    """The whole text if it is short. Otherwise its beginning, cut at a blank if one is near."""
    if len(text) <= LONGEST_QUOTE:
        return text
    cut = text[:LONGEST_QUOTE]
    blank = max(cut.rfind(" "), cut.rfind("\n"))
    return (cut[:blank] if blank > LONGEST_QUOTE - _CUT_AT_A_BLANK else cut) + "…"
