"""SES's events as their topic delivers them, each built from its event file."""

import json
from datetime import datetime
from typing import Any

from mid_job_feedback.domain import addresses, email_tags
from mid_job_feedback.domain.email_tags import EmailTags
from mid_job_feedback.domain.models import shown
from tests import lambda_runtime, queues
from tests.builders import CLIENT

type Json = dict[str, Any]

CASES = ("sent", "delivered", "delayed", "bounced", "answered-automatically", "complained", "rejected")
_PARTS = ("delivery", "deliveryDelay", "bounce", "complaint")


def event(case: str, at: datetime | None = None, about: EmailTags | None = None, **mail: Any) -> str:
    """The event of events/delivery-<case>.json at another time, about another e-mail."""
    [record] = lambda_runtime.event(f"delivery-{case}")["Records"]
    found: Json = json.loads(record["Sns"]["Message"])
    if at:
        dated = next((found[part] for part in _PARTS if part in found), found["mail"])
        dated["timestamp"] = shown(at)
    if about:
        found["mail"]["tags"] = {name: [value] for name, value in about.as_tags().items()}
    found["mail"] |= mail
    return json.dumps(found)


def some_tags(**overrides: Any) -> EmailTags:
    """Of the e-mail to the client about request r-1."""
    return EmailTags(
        **{
            "email_number": 1,
            "address_digest": addresses.digest(CLIENT.email),
            "person_id": CLIENT.id,
            "contract_id": "c-1",
            "request_id": "r-1",
            **overrides,
        }
    )


def tags_of(sent: Json) -> EmailTags:
    """Of an e-mail, from the parameters of its SendEmail."""
    found = {tag["Name"]: [tag["Value"]] for tag in sent["EmailTags"]}
    return EmailTags.model_validate(email_tags.decoded(found))


def invocation(body: str) -> Json:
    """How SNS invokes the function with this message."""
    [record] = lambda_runtime.event("delivery-sent")["Records"]
    return {"Records": [record | {"Sns": record["Sns"] | {"Message": body}}]}


def deliver(*bodies: str) -> None:
    """Deliver these messages one after the other.

    Raises:
        Unavailable: one could not be applied now.
    """
    for body in bodies:
        lambda_runtime.invoke("delivery", invocation(body))


def failed() -> list[queues.Message]:
    """Take all messages from the failure queue."""
    return queues.take("FAILED_EVENTS_QUEUE_URL")
