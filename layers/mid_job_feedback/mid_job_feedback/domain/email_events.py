"""SES's events about e-mails, as they arrive, and what they say about an e-mail of ours.

The shapes are those that SES publishes to SNS; fields that are not needed are ignored, and AWS may add others.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal, NamedTuple, assert_never

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from mid_job_feedback.domain import addresses, email_tags
from mid_job_feedback.domain.addresses import UndeliverableReason
from mid_job_feedback.domain.email_delivery import EmailReport, EmailState
from mid_job_feedback.domain.email_tags import EmailTags
from mid_job_feedback.domain.models import Instant

EVENT_TYPES: Final = ("Send", "Delivery", "DeliveryDelay", "Bounce", "Complaint", "Reject")
# SES publishes this text, which is no event, when the event destination is created or changed.
TOPIC_VALIDATED: Final = "Successfully validated SNS topic for Amazon SES event publishing."
_PERMANENT: Final = "Permanent"
_NOT_SPAM: Final = "not-spam"


class _Part(BaseModel):
    """Errors do not quote the input, which holds addresses."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, hide_input_in_errors=True)


class _Recipient(_Part):
    email_address: str


class _Mail(_Part):
    timestamp: Instant
    destination: list[str]
    tags: Annotated[EmailTags, BeforeValidator(email_tags.decoded)]


class _Event(_Part):
    mail: _Mail


class Send(_Event):
    """SES has accepted the e-mail and will try to deliver it."""

    event_type: Literal["Send"]


class _Delivered(_Part):
    timestamp: Instant
    recipients: list[str]


class Delivery(_Event):
    """The recipient's mail server has accepted the e-mail."""

    event_type: Literal["Delivery"]
    delivery: _Delivered


class _Delayed(_Part):
    timestamp: Instant
    delayed_recipients: list[_Recipient]


class DeliveryDelay(_Event):
    """The e-mail could not be delivered yet; SES tries again."""

    event_type: Literal["DeliveryDelay"]
    delivery_delay: _Delayed


class _Bounced(_Part):
    """`bounce_type`: Permanent, Transient or Undetermined. Of automatic replies, recipients may be missing."""

    timestamp: Instant
    bounce_type: str
    bounced_recipients: list[_Recipient]


class Bounce(_Event):
    """The mail server refuses the e-mail for good, or SES has given up, or an automatic reply was sent."""

    event_type: Literal["Bounce"]
    bounce: _Bounced


class _Complained(_Part):
    timestamp: Instant
    complained_recipients: list[_Recipient]
    complaint_feedback_type: str | None = None


class Complaint(_Event):
    """The recipient has reported the e-mail as spam."""

    event_type: Literal["Complaint"]
    complaint: _Complained


class Reject(_Event):
    """SES has found malware in the e-mail and does not deliver it."""

    event_type: Literal["Reject"]


type EmailEvent = Send | Delivery | DeliveryDelay | Bounce | Complaint | Reject


class _Tagged(_Part):
    """The part of an event that says whose e-mail it is about."""

    class _Tags(_Part):
        tags: dict[str, list[str]] = {}

    mail: _Tags


class Finding(NamedTuple):
    """What an event says: which e-mail it is about, how far that got, and why its address is not mailed again."""

    about: EmailTags
    report: EmailReport
    undeliverable: UndeliverableReason | None


_EVENTS: Final[TypeAdapter[EmailEvent]] = TypeAdapter(
    Annotated[EmailEvent, Field(discriminator="event_type")], config=ConfigDict(hide_input_in_errors=True)
)


def original(message: str) -> str:
    """The event in a message of the failure queue that was published again: a report of Lambda, or one of SNS."""
    try:
        match json.loads(message):
            case {"requestPayload": {"Records": [{"Sns": {"Message": str(original)}}]}} | {
                "TopicArn": str(),
                "Message": str(original),
            }:
                return original
    except (ValueError, RecursionError):
        pass
    return message


def parse(body: str) -> EmailEvent | None:
    """The event in a message of SES; None if it is about an e-mail that this service has not sent.

    Raises:
        pydantic.ValidationError: the event is malformed. The errors say which field is wrong, and how.
    """
    if body == TOPIC_VALIDATED:
        return None
    if not email_tags.are_ours(_Tagged.model_validate_json(body).mail.tags):
        return None
    return _EVENTS.validate_json(body)


def finding(event: EmailEvent) -> Finding | None:
    """What the event says about our recipient; None if it is about other recipients, or changes nothing."""
    about, said = event.mail.tags, _said(event)
    if said is None or not _concerns(about, event.mail.destination, said.recipients):
        return None
    report = EmailReport(
        email_number=about.email_number, address_digest=about.address_digest, state=said.state, at=said.at
    )
    return Finding(about, report, said.undeliverable)


def without_addresses(event: EmailEvent) -> str:
    """A message with the event, and no address, name or subject. `parse` reads it, and `finding` finds the same.

    Only for events that change something.
    """
    found = event.model_dump(mode="json", by_alias=True)
    tags = {name: [value] for name, value in event.mail.tags.as_tags().items()}
    mail = found.pop("mail") | {"destination": [""], "tags": tags}
    parts = {
        name: {field: [] if isinstance(value, list) else value for field, value in part.items()}
        for name, part in found.items()
        if isinstance(part, dict)
    }
    return json.dumps(found | parts | {"mail": mail})


class _Said(NamedTuple):
    """`recipients`: those that the event names."""

    state: EmailState
    at: datetime
    recipients: Sequence[str]
    undeliverable: UndeliverableReason | None = None


def _said(event: EmailEvent) -> _Said | None:
    match event:
        case Send(mail=mail):
            return _Said(EmailState.SENT, mail.timestamp, mail.destination)
        case Reject(mail=mail):
            return _Said(EmailState.REJECTED, mail.timestamp, mail.destination)
        case Delivery(delivery=delivered):
            return _Said(EmailState.DELIVERED, delivered.timestamp, delivered.recipients)
        case DeliveryDelay(delivery_delay=delayed):
            return _Said(EmailState.DELAYED, delayed.timestamp, _addresses(delayed.delayed_recipients))
        case Bounce(bounce=bounced):
            return _said_by_bounce(bounced)
        case Complaint(complaint=complained):
            return _said_by_complaint(complained)
        case unexpected:
            assert_never(unexpected)


def _said_by_bounce(bounced: _Bounced) -> _Said:
    recipients = _addresses(bounced.bounced_recipients)
    if bounced.bounce_type == _PERMANENT:
        return _Said(EmailState.BOUNCED, bounced.timestamp, recipients, UndeliverableReason.BOUNCED)
    return _Said(EmailState.BOUNCED_FOR_NOW, bounced.timestamp, recipients)


def _said_by_complaint(complained: _Complained) -> _Said | None:
    """None for a report that an e-mail is no spam, which takes the same way."""
    if complained.complaint_feedback_type == _NOT_SPAM:
        return None
    recipients = _addresses(complained.complained_recipients)
    return _Said(EmailState.COMPLAINED, complained.timestamp, recipients, UndeliverableReason.COMPLAINED)


def _concerns(about: EmailTags, destination: Sequence[str], recipients: Sequence[str]) -> bool:
    """Whether an event about these recipients is about the address that the tags name.

    Our e-mails have one recipient each. An event about one may name another address, to which the recipient's
    provider forwarded it, or none. With several recipients, the event must name ours.
    """
    return len(destination) == 1 or about.address_digest in {addresses.digest(each) for each in recipients}


def _addresses(recipients: Sequence[_Recipient]) -> list[str]:
    return [recipient.email_address for recipient in recipients]
