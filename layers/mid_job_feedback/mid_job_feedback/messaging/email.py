"""The channel e-mail: renders templates and sends by SES."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, assert_never

from botocore.exceptions import ClientError
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from mid_job_feedback import aws, clock, links, observability
from mid_job_feedback.domain import email_delivery, emails, letters, page_urls
from mid_job_feedback.domain.announcements import (
    Announcement,
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
)
from mid_job_feedback.domain.email_delivery import EmailReport, EmailState, Letter, NotSentReason
from mid_job_feedback.domain.email_tags import EmailTags
from mid_job_feedback.domain.emails import Email, RequestLinks
from mid_job_feedback.domain.models import Contract, FeedbackRequest, Reply
from mid_job_feedback.domain.refusals import Dependency, Unavailable
from mid_job_feedback.domain.wording import PLACEHOLDERS_OF_PEOPLE, Wording, direction_of, wording_in
from mid_job_feedback.idempotency_keys import message_key
from mid_job_feedback.messaging.contrast import text_colour_on
from mid_job_feedback.messaging.delivery import send_once
from mid_job_feedback.messaging.mailbox import mailbox, shortened
from mid_job_feedback.observability import LambdaContext
from mid_job_feedback.settings import notify_settings, settings
from mid_job_feedback.storage import deliveries

# How long a message takes at most if one dependency does not respond, be it the channel or the idempotency table.
LONGEST_SEND_MS: Final = max(aws.LONGEST_SEND_MS, aws.LONGEST_CALL_MS)
_CHANNEL: Final = "email"
_TEMPLATES: Final = Path(__file__).parent / "templates"


def send(announcement: Announcement, context: LambdaContext) -> None:
    """Sends the announcement's e-mail once, if it has one and its recipient may be mailed. Reports what was done.

    Raises:
        Unavailable: the table, SES, the signing key or the idempotency table is unavailable.
        IdempotencyKeyInProgress: another process is sending it.
    """
    letter = letters.letter_about(announcement, settings().policy.reminder_pause)
    if letter is None:
        return
    standing, last = deliveries.read_before_sending(letter)
    reason = email_delivery.reason_not_to_send(letter, standing)
    if reason and letter.pause is None:
        _skip(letter, reason, last)
        return
    skipped = reason is not None or email_delivery.is_settled(letter, last, clock.now())
    email = _compose(announcement)

    def deliver() -> bool:
        if skipped:  # this is recorded, too: a reminder that was skipped is not sent later
            _skip(letter, reason, last)
        else:
            _deliver(email, letter, last)
        return not skipped

    send_once(_CHANNEL, letter.message_id, letter.contract_id, deliver, context)


def _compose(announcement: Announcement) -> Email:
    """Raises ValueError if the announcement has no e-mail."""
    contract = announcement.contract
    match announcement:
        case RequestOpened(request=request, now=now) | RequestReaddressed(request=request, now=now):
            return emails.feedback_requested(contract, request, _request_links(contract, request), now)
        case RequestReminder(request=request):
            return emails.request_reminder(announcement, _request_links(contract, request))
        case FeedbackProvided(feedback=feedback):
            return emails.feedback_provided(contract, feedback, _room(contract))
        case FeedbackReplied(feedback=feedback, public_reply=Reply() as reply):
            return emails.feedback_replied(contract, feedback.feedback_id, reply, _room(contract))
        case RequestExpired() | RequestDeclined() | RequestWithdrawn() | RequestClosed() | RequestUndeliverable():
            raise ValueError("this announcement has no e-mail")
        case FeedbackReplied() | FeedbackCorrected() | FeedbackReported() | FeedbackDecided() | ReportDecided():
            raise ValueError("this announcement has no e-mail")
        case unexpected:
            assert_never(unexpected)


def _room(contract: Contract) -> str:
    return page_urls.contract_room_url(notify_settings().contract_page, contract.contract_id)


def _request_links(contract: Contract, request: FeedbackRequest) -> RequestLinks:
    base_url, client = notify_settings().app_base_url, contract.client
    return RequestLinks(
        form=page_urls.feedback_form_url(base_url, links.sign_link(request, client.email)),
        preferences=page_urls.preferences_urls(base_url, links.sign_email_preferences(client.id)),
    )


def _ids(letter: Letter) -> dict[str, str]:
    ids = {"contract_id": letter.contract_id, "request_id": letter.request_id}
    return {name: value for name, value in ids.items() if value}


def _skip(letter: Letter, reason: NotSentReason | None, last: EmailReport | None) -> None:
    """Logs why the letter is not sent, and reports it if the parties are shown that. No reason: it is settled."""
    words = reason.replace("_", " ") if reason else _why_settled(letter, last)
    named = {**_ids(letter), "message_id": message_key(_CHANNEL, letter.message_id)}
    observability.logger.info("e-mail not sent: %s", words, extra=named)
    report = email_delivery.not_sent(letter, reason, last, clock.now()) if reason else None
    if report and letter.request_id:
        deliveries.record(letter.contract_id, letter.request_id, report)


def _why_settled(letter: Letter, last: EmailReport | None) -> str:
    if letter.pause is None:
        return "sent or skipped before"
    return "last one too recent" if last else "request not mailed yet"


def _deliver(email: Email, letter: Letter, last: EmailReport | None) -> None:
    text, html, given = _text(email), _html(email), notify_settings()
    report = EmailReport(
        email_number=email_delivery.email_number(clock.now(), last),
        address_digest=letter.address_digest,
        state=EmailState.SENT,
        at=clock.now(),
    )
    with aws.calling(Dependency.EMAIL, "SendEmail"):
        aws.sender("sesv2").send_email(
            FromEmailAddress=mailbox(_display_name(email), given.sender_email),
            Destination={"ToAddresses": [email.to]},
            **({"ReplyToAddresses": [given.reply_to_email]} if given.reply_to_email else {}),
            ConfigurationSetName=given.configuration_set,
            EmailTags=_tags(letter, report),
            Content={
                "Simple": {
                    "Subject": _utf8(email.subject),
                    "Body": {"Text": _utf8(text), "Html": _utf8(html)},
                    "Headers": _headers(email),
                }
            },
        )
    observability.counted("EmailsSent", 1)
    _report_sent(letter, report)


def _tags(letter: Letter, report: EmailReport) -> list[dict[str, str]]:
    """SES's events repeat them."""
    tags = EmailTags(
        email_number=report.email_number,
        address_digest=report.address_digest,
        person_id=letter.recipient.id,
        contract_id=letter.contract_id,
        request_id=letter.request_id,
    )
    return [{"Name": name, "Value": value} for name, value in tags.as_tags().items()]


def _report_sent(letter: Letter, report: EmailReport) -> None:
    """A failure is logged and not raised: the e-mail would be sent again. SES's event Send reports the same."""
    if letter.request_id is None:
        return
    try:
        deliveries.record(letter.contract_id, letter.request_id, report)
    except (Unavailable, ClientError) as failure:
        ids = {"contract_id": letter.contract_id, "request_id": letter.request_id}
        observability.logger.warning("sent e-mail not reported", extra={**ids, **observability.explained(failure)})


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
    if email.preferences:  # one-click unsubscribe (RFC 8058): mail programs show a button for it
        headers["List-Unsubscribe"] = f"<{email.preferences.one_click}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return [{"Name": name, "Value": value} for name, value in headers.items()]


def _display_name(email: Email) -> str:
    """Empty without a name of the marketplace: a freelancer's name alone would pass for the sender."""
    marketplace = notify_settings().marketplace_name
    if not marketplace or email.on_behalf_of is None:
        return marketplace
    wording = wording_in(email.language)
    return wording.say("sender", freelancer=shortened(email.on_behalf_of), marketplace=marketplace)


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
            preferences=email.preferences,
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
