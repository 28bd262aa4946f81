"""The channel e-mail: renders templates and sends by SES."""

from functools import cache
from pathlib import Path
from typing import Final, assert_never

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from mid_job_feedback import aws, links, observability
from mid_job_feedback.domain import messages
from mid_job_feedback.domain.messages import Announcement, Email, FeedbackProvided, RequestExpired, RequestOpened
from mid_job_feedback.domain.refusals import Dependency
from mid_job_feedback.messaging.delivery import send_once
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
        case RequestOpened(request=request, still_open=True):
            link = messages.feedback_form_url(settings.app_base_url, links.sign_link(request))
            return messages.feedback_requested_email(contract, request, link)
        case RequestOpened(request=request):
            ids = {"request_id": request.request_id, "contract_id": contract.contract_id}
            observability.logger.info("e-mail not sent: request closed", extra=ids)
            return None
        case FeedbackProvided(feedback=feedback):
            room = messages.contract_room_url(settings.contract_page, contract.contract_id)
            return messages.feedback_provided_email(contract, feedback, room)
        case RequestExpired():
            return None
        case unexpected:
            assert_never(unexpected)


def _deliver(email: Email) -> None:
    text, html = _rendered(email, "txt"), _rendered(email, "html")
    with aws.calling(Dependency.EMAIL, "SendEmail"):
        aws.sender("sesv2").send_email(
            FromEmailAddress=notify_settings().sender_email,
            Destination={"ToAddresses": [email.to]},
            ConfigurationSetName=notify_settings().configuration_set,
            Content={
                "Simple": {
                    "Subject": _utf8(email.subject),
                    "Body": {"Text": _utf8(text), "Html": _utf8(html)},
                }
            },
        )
    observability.counted("EmailsSent", 1)


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


def _rendered(email: Email, form: str) -> str:
    template = _environment().get_template(f"{email.template}.{form}")
    return template.render(subject=email.subject, **email.fields)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
