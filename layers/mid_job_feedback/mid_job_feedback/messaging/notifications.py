"""Tells people what the table's stream says has happened: e-mail by SES, Dash messages by SNS.

Each channel of each message is sent once by its own record, so that one failing neither loses nor doubles the
other, and a retry sends only what was not sent.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from aws_lambda_powertools.utilities.typing import LambdaContext
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from mid_job_feedback import aws, links, observability, rollout
from mid_job_feedback.domain import eligibility, messages
from mid_job_feedback.domain.models import Feedback, FeedbackKind, FeedbackRequest, RequestStatus
from mid_job_feedback.idempotency import DAY, once
from mid_job_feedback.settings import notify_settings, settings
from mid_job_feedback.storage import items, store
from mid_job_feedback.storage.row_changes import RowChange

_REMEMBERED: Final = 30 * DAY  # longer than a failed record can wait to be sent again
_TEMPLATES: Final = Path(__file__).parent / "templates"

type News = FeedbackRequest | Feedback
type Send = Callable[[], None]


def read(change: RowChange) -> News | None:
    """The request made, the feedback given or the request expired that a stream record tells of; else None."""
    image = change.new
    match change.event, change.sort:
        case "INSERT", sort if sort.startswith(items.OPEN_REQUEST):
            return items.from_open_request_item(image)
        case "INSERT", sort if sort.startswith(items.FEEDBACK) and image.get("kind") == FeedbackKind.MID_CONTRACT:
            return items.from_feedback_item(image)
        case "INSERT", sort if (
            sort.startswith(items.CLOSED_REQUEST) and image.get("status") == RequestStatus.EXPIRED
        ):
            return items.from_closed_request_item(image)
        case _:
            return None


def announce(news: News, now: datetime, context: LambdaContext) -> None:
    """Sends what the news calls for.

    Raises:
        ExceptionGroup: a channel failed; the others were tried all the same.
        Unavailable: the table, the key or the rollout is out of reach; nothing was sent.
    """
    match news:
        case Feedback():
            sends = _about_feedback(news, context)
        case FeedbackRequest(status=RequestStatus.PENDING):
            sends = _about_request(news, now, context)
        case _:
            sends = _about_expiry(news, now, context)
    _each(sends)


def _about_request(request: FeedbackRequest, now: datetime, context: LambdaContext) -> list[Send]:
    """The state is read again: an e-mail about a request that is no longer open would only lead nowhere."""
    seen = store.snapshot(request.contract_id)
    dash = messages.feedback_requested_dash(seen.contract, request, _room(request.contract_id))
    still_open = seen.stored is not None and seen.stored.request_id == request.request_id
    if not (still_open and request.is_open(now)):
        observability.logger.info("e-mail not sent: settled", extra={"request_id": request.request_id})
        return [lambda: _publish(dash, context)]
    link = messages.answer_link(_base_url(), links.sign_link(request))
    email = messages.feedback_requested_email(seen.contract, request, link)
    return [lambda: _mail(email, context), lambda: _publish(dash, context)]


def _about_feedback(feedback: Feedback, context: LambdaContext) -> list[Send]:
    contract, room = store.snapshot(feedback.contract_id).contract, _room(feedback.contract_id)
    email = messages.feedback_provided_email(contract, feedback, room)
    dash = messages.feedback_provided_dash(contract, feedback, room)
    return [lambda: _mail(email, context), lambda: _publish(dash, context)]


def _about_expiry(request: FeedbackRequest, now: datetime, context: LambdaContext) -> list[Send]:
    seen = store.snapshot(request.contract_id)
    enabled = rollout.requests_enabled(seen.contract.freelancer.id)
    verdict = eligibility.to_request(seen.contract, seen.stored, settings().policy, now, enabled=enabled)
    dash = messages.request_expired_dash(seen.contract, request, verdict, _room(request.contract_id))
    return [lambda: _publish(dash, context)]


def _each(sends: list[Send]) -> None:
    failures = []
    for send in sends:
        try:
            send()
        except Exception as failure:  # noqa: BLE001 - the other channel is tried whatever went wrong
            failures.append(failure)
    if failures:
        raise ExceptionGroup("not every channel could be reached", failures)


def _mail(email: messages.Email, context: LambdaContext) -> None:
    if not email.to:
        observability.logger.info("e-mail not sent: address erased", extra={"message_id": email.message_id})
        return

    def send() -> None:
        aws.sender("sesv2").send_email(
            FromEmailAddress=notify_settings().sender_email,
            Destination={"ToAddresses": [email.to]},
            ConfigurationSetName=notify_settings().configuration_set,
            Content={
                "Simple": {
                    "Subject": _utf8(email.subject),
                    "Body": {"Text": _utf8(_render(email, "txt")), "Html": _utf8(_render(email, "html"))},
                }
            },
        )
        observability.counted("EmailsSent", 1)

    _once(f"email:{email.message_id}", send, context)


def _publish(dash: messages.DashMessage, context: LambdaContext) -> None:
    def send() -> None:
        aws.sender("sns").publish(
            TopicArn=notify_settings().dash_topic_arn,
            Message=dash.model_dump_json(),
            MessageAttributes={
                "kind": {"DataType": "String", "StringValue": dash.kind.value},
                "recipient_id": {"DataType": "String", "StringValue": dash.recipient_id},
            },
        )
        observability.counted("DashMessagesSent", 1)

    _once(f"dash:{dash.message_id}", send, context)


def _once(key: str, send: Send, context: LambdaContext) -> None:
    once("message", key, None, send, remembered=_REMEMBERED, context=context)
    observability.accepted("notify", message_id=key)


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


def _render(email: messages.Email, form: str) -> str:
    template = _environment().get_template(f"{email.template}.{form}")
    return template.render(subject=email.subject, base_url=_base_url(), **email.fields)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _base_url() -> str:
    return notify_settings().app_base_url


def _room(contract_id: str) -> str:
    return messages.room_link(_base_url(), contract_id)
