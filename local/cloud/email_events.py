"""SES publishes events about an e-mail to the SNS topics of its configuration set, and tries each topic at first.

ministack stores event destinations and publishes nothing to them. As on AWS, an address of SES's mailbox simulator
decides what becomes of an e-mail, with a label or without: bounce+x@simulator.amazonses.com bounces. An e-mail to
any other address is delivered.
"""

import functools
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from email.utils import parseaddr
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

from ministack.core.responses import get_account_id, get_region
from ministack.services import ses_v2, sns

from local.cloud import shifted_clock
from local.cloud.provisioning import Json

type Response = tuple[int, Any, bytes]
type Handle = Callable[..., Awaitable[Response]]
type Outcome = tuple[str, Json]  # the type of an event, and the part that only this type has

SIMULATOR: Final = "simulator.amazonses.com"
SEND_EMAIL: Final = "/outbound-emails"
VALIDATED: Final = "Successfully validated SNS topic for Amazon SES event publishing."
PARTS: Final = {"Send": "send", "Delivery": "delivery", "Bounce": "bounce", "Complaint": "complaint"}


def apply() -> None:
    ses_v2.handle_request = _with_events(ses_v2.handle_request)
    ses_v2._put_event_destination = _with_validation(ses_v2._put_event_destination)


def _with_events(handle: Handle) -> Handle:
    @functools.wraps(handle)
    async def handle_and_publish(
        method: str, path: str, headers: Json, body: bytes, query_params: Json
    ) -> Response:
        response = await handle(method, path, headers, body, query_params)
        if method == "POST" and path.rstrip("/").endswith(SEND_EMAIL) and response[0] == HTTPStatus.OK:
            _publish_events(json.loads(body), json.loads(response[2])["MessageId"])
        return response

    return handle_and_publish


def _with_validation(put: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(put)
    def put_and_validate(name: str, dest_name: str, definition: Json, *, create: bool) -> Any:
        refused = put(name, dest_name, definition, create=create)
        if not refused and (topic := _topic(definition)):
            sns.publish_internal(topic, VALIDATED)
        return refused

    return put_and_validate


def _topic(destination: Json) -> str | None:
    topic: str | None = (destination.get("SnsDestination") or {}).get("TopicArn")
    return topic


def _publish_events(sent: Json, message_id: str) -> None:
    configuration_set = ses_v2._config_sets.get(sent.get("ConfigurationSetName", "")) or {}
    destinations = [each for each in configuration_set.get("EventDestinations", {}).values() if each["Enabled"]]
    mail = _mail(sent, message_id)
    for event_type, part in _outcomes(mail["destination"]):
        event = {"eventType": event_type, "mail": mail, PARTS[event_type]: part}
        for destination in destinations:
            topic = _topic(destination)
            if topic and event_type.upper() in destination["MatchingEventTypes"]:
                sns.publish_internal(topic, json.dumps(event), "Amazon SES Email Event Notification")


def _mail(sent: Json, message_id: str) -> Json:
    to = [address for kind in sent["Destination"].values() for address in kind]
    source = parseaddr(sent["FromEmailAddress"])[1]
    tags = {
        "ses:operation": ["SendEmail"],
        "ses:configuration-set": [sent["ConfigurationSetName"]] if "ConfigurationSetName" in sent else [],
        "ses:from-domain": [source.rpartition("@")[2]],
        **{tag["Name"]: [tag["Value"]] for tag in sent.get("EmailTags", [])},
    }
    return {
        "timestamp": _now(),
        "source": sent["FromEmailAddress"],
        "sourceArn": f"arn:aws:ses:{get_region()}:{get_account_id()}:identity/{source}",
        "sendingAccountId": get_account_id(),
        "messageId": message_id,
        "destination": to,
        "headersTruncated": False,
        "headers": [{"name": "To", "value": ", ".join(to)}],
        "commonHeaders": {"to": to, "messageId": message_id},
        "tags": tags,
    }


def _outcomes(recipients: list[str]) -> Iterator[Outcome]:
    yield "Send", {}
    for recipient in recipients:
        mailbox, _, domain = parseaddr(recipient)[1].lower().partition("@")
        yield from _outcomes_of(recipient, mailbox.partition("+")[0] if domain == SIMULATOR else "success")


def _outcomes_of(recipient: str, scenario: str) -> Iterator[Outcome]:
    match scenario:
        case "bounce":
            yield "Bounce", _bounce(recipient, "Permanent", "General")
        case "suppressionlist":
            yield "Bounce", _bounce(recipient, "Permanent", "Suppressed")
        case "complaint":
            yield "Delivery", _delivery(recipient)
            yield "Complaint", _complaint(recipient)
        case "ooto":  # the automatic reply of somebody who is absent
            yield "Delivery", _delivery(recipient)
            yield "Bounce", _bounce(recipient, "Transient", "General")
        case _:
            yield "Delivery", _delivery(recipient)


def _delivery(recipient: str) -> Json:
    return {
        "timestamp": _now(),
        "processingTimeMillis": 1,
        "recipients": [recipient],
        "smtpResponse": "250 2.6.0 Message received",
        "reportingMTA": "a0-0.smtp-out.amazonses.com",
    }


def _bounce(recipient: str, kind: str, subtype: str) -> Json:
    said = {"action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
    by_mail_server = (kind, subtype) == ("Permanent", "General")
    return {
        "feedbackId": str(uuid4()),
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": [{"emailAddress": recipient, **(said if by_mail_server else {})}],
        "timestamp": _now(),
    }


def _complaint(recipient: str) -> Json:
    return {
        "feedbackId": str(uuid4()),
        "complaintSubType": None,
        "complainedRecipients": [{"emailAddress": recipient}],
        "timestamp": _now(),
        "userAgent": "Amazon SES Mailbox Simulator",
        "complaintFeedbackType": "abuse",
        "arrivalDate": _now(),
    }


def _now() -> str:
    return (
        datetime.fromtimestamp(shifted_clock.now(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
