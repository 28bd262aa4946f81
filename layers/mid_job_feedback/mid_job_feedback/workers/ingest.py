"""Takes contract events from the queue; what can never be applied is set aside with its reason."""

from datetime import datetime
from typing import Final

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mid_job_feedback import aws, observability
from mid_job_feedback.domain import contract_events
from mid_job_feedback.settings import ingest_settings
from mid_job_feedback.storage import contract_writes

_REASON_LIMIT: Final = 1000  # characters; the reason travels as an attribute of the message


def ingest(record: SQSRecord, now: datetime) -> None:
    """Applies one event, or sets it aside for good.

    Raises:
        Unavailable: the table is busy; the event comes again.
    """
    try:
        event = contract_events.parse(record.body)
    except ValidationError as invalid:
        _set_aside(record, _reason(invalid))
        return
    applied = contract_writes.apply(event, int(record.attributes.sent_timestamp or 0), now)
    observability.accepted(
        "ingest", event=event.detail_type, contract_id=event.detail.contract_id, applied=str(applied).lower()
    )


def _set_aside(record: SQSRecord, reason: str) -> None:
    aws.client("sqs").send_message(
        QueueUrl=ingest_settings().dead_letter_queue_url,
        MessageBody=record.body,
        MessageAttributes={"reason": {"DataType": "String", "StringValue": reason}},
    )
    observability.set_aside(record.message_id, reason)


def _reason(invalid: ValidationError) -> str:
    """What is wrong and where, without what was sent: that may be an address."""
    found = (_told(error) for error in invalid.errors(include_url=False, include_input=False))
    return "; ".join(found)[:_REASON_LIMIT]


def _told(error: ErrorDetails) -> str:
    if error["type"] == "union_tag_invalid":
        return "detail-type: is none that we know"  # pydantic would quote it
    sent = error["type"] == "extra_forbidden"  # then the last part of the place is a name that was sent
    place = error["loc"][:-1] if sent else error["loc"]
    return f"{'.'.join(str(part) for part in place) or 'event'}: {error['msg']}"
