"""The channel e-mail: renders templates and sends by SES."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, assert_never

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from mid_job_feedback import aws, links, observability
from mid_job_feedback.domain import messages
from mid_job_feedback.domain.messages import (
    Announcement,
    Email,
    FeedbackProvided,
    RequestClosed,
    RequestDeclined,
    RequestExpired,
    RequestOpened,
    RequestWithdrawn,
)
from mid_job_feedback.domain.refusals import Dependency
from mid_job_feedback.domain.wording import PLACEHOLDERS_OF_PEOPLE, Wording, direction_of, wording_in
from mid_job_feedback.messaging.contrast import text_colour_on
from mid_job_feedback.messaging.delivery import send_once
from mid_job_feedback.messaging.mailbox import mailbox, shortened
from mid_job_feedback.observability import LambdaContext
from mid_job_feedback.settings import notify_settings

# How long a message takes at most if one dependency does not respond, be it the channel or the idempotency table.
LONGEST_SEND_MS: Final = max(aws.LONGEST_SEND_MS, aws.LONGEST_CALL_MS)
_TEMPLATES: Final = Path(__file__).parent / "templates"


def send(announcement: Announcement, context: LambdaContext) -> None:
    """Sends the announcement's e-mail once, if it has one and the recipient's address has not been erased.

    Raises:
        Unavailable: SES, the signing key or the idempotency table is unavailable.
        IdempotencyKeyInProgress: another process is sending it.
    """
    email = _compose(announcement)
    contract_id = announcement.contract.contract_id
    if email is None:
        return
    if not email.to:
        ids = {"channel": "email", "message_id": f"email:{email.message_id}", "contract_id": contract_id}
        observability.logger.info("e-mail not sent: address erased", extra=ids)
        return
    send_once("email", email.message_id, contract_id, lambda: _deliver(email), context)


def _compose(announcement: Announcement) -> Email | None:
    contract, settings = announcement.contract, notify_settings()
    match announcement:
        case RequestOpened(request=request, still_open=True, now=now):
            link = messages.feedback_form_url(settings.app_base_url, links.sign_link(request))
            return messages.feedback_requested_email(contract, request, link, now)
        case RequestOpened(request=request):
            ids = {"request_id": request.request_id, "contract_id": contract.contract_id}
            observability.logger.info("e-mail not sent: request closed", extra=ids)
            return None
        case FeedbackProvided(feedback=feedback):
            room = messages.contract_room_url(settings.contract_page, contract.contract_id)
            return messages.feedback_provided_email(contract, feedback, room)
        case RequestExpired() | RequestDeclined() | RequestWithdrawn() | RequestClosed():
            return None
        case unexpected:
            assert_never(unexpected)


def _deliver(email: Email) -> None:
    text, html, settings = _text(email), _html(email), notify_settings()
    with aws.calling(Dependency.EMAIL, "SendEmail"):
        aws.sender("sesv2").send_email(
            FromEmailAddress=mailbox(_display_name(email), settings.sender_email),
            Destination={"ToAddresses": [email.to]},
            **({"ReplyToAddresses": [settings.reply_to_email]} if settings.reply_to_email else {}),
            ConfigurationSetName=settings.configuration_set,
            Content={
                "Simple": {
                    "Subject": _utf8(email.subject),
                    "Body": {"Text": _utf8(text), "Html": _utf8(html)},
                    "Headers": _headers(email),
                }
            },
        )
    observability.counted("EmailsSent", 1)


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


def _headers(email: Email) -> list[dict[str, str]]:
    domain = notify_settings().sender_email.rpartition("@")[2]
    headers = {
        "Auto-Submitted": "auto-generated",  # no vacation notice or ticket in return (RFC 3834)
        # No conversation of e-mails with equal subjects: mail programs join what refers to the same message.
        "References": f"<{email.message_id.replace(':', '.')}@{domain}>",
        "X-Entity-Ref-ID": email.message_id,  # the same, for older rules of Gmail
    }
    return [{"Name": name, "Value": value} for name, value in headers.items()]


def _display_name(email: Email) -> str:
    """Empty without a name of the marketplace: a freelancer's name alone would pass for the sender."""
    marketplace = notify_settings().marketplace_name
    if not marketplace or email.asked_by is None:
        return marketplace
    wording = wording_in(email.language)
    return wording.say("sender", freelancer=shortened(email.asked_by), marketplace=marketplace)


def _text(email: Email) -> str:
    return _rendered(email, "txt", wording_in(email.language).say)


def _html(email: Email) -> str:
    return _rendered(email, "html", partial(_marked_up, wording_in(email.language)))


def _rendered(email: Email, form: str, say: Callable[..., str]) -> str:
    wording, settings = wording_in(email.language), notify_settings()
    return (
        _environment()
        .get_template(f"{email.template}.{form}")
        .render(
            say=say,
            language=wording.language,
            direction=wording.direction,
            start="left" if wording.direction == "ltr" else "right",
            end="right" if wording.direction == "ltr" else "left",
            subject=email.subject,
            brand=settings,
            on_accent=text_colour_on(settings.accent_color),
            **email.fields,
        )
    )


def _marked_up(wording: Wording, key: str, **values: str) -> Markup:
    """A text as HTML. Names are isolated by `<span dir>`: many mail clients remove `<bdi>`, and few `dir`."""
    return escape(wording.texts[key]).format_map(
        {name: _isolated(name, value, wording) for name, value in values.items()}
    )


def _isolated(placeholder: str, value: str, wording: Wording) -> Any:
    if placeholder not in PLACEHOLDERS_OF_PEOPLE:
        return escape(value)
    return Markup('<span dir="{}">{}</span>').format(direction_of(value, wording.direction), value)


def _lines(text: str) -> Markup:
    """Text of several lines as HTML, also for clients that know no `white-space`."""
    return Markup("<br>").join(text.splitlines())


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"lines": _lines, "direction": direction_of}
    return environment
