"""Dash messages from their queue into the inbox of a person."""

import json
import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DataError, transaction
from django.db.models import QuerySet

from feedback_integration.models import DashMessage

logger = logging.getLogger(__name__)


def receive_batch(sqs: Any) -> int:
    """Store the messages that wait in the queue, or that come within 20 seconds; return how many are new.

    A message is deleted only when it is stored. One that cannot be stored comes again, and goes to the queue's
    dead-letter queue in the end.
    """
    queue = {"QueueUrl": settings.FEEDBACK_DASH_QUEUE_URL}
    received = sqs.receive_message(**queue, MaxNumberOfMessages=10, WaitTimeSeconds=20).get("Messages", [])
    new = 0
    for message in received:
        try:
            new += store(json.loads(message["Body"]))
        except (KeyError, TypeError, ValueError, DataError):
            logger.exception("Dash message %s cannot be stored", message["MessageId"])
            continue
        sqs.delete_message(**queue, ReceiptHandle=message["ReceiptHandle"])
    return new


@transaction.atomic
def store(message: dict[str, Any]) -> bool:
    """Return whether the message is new. Fields and kinds that are unknown here do no harm."""
    _, is_new = DashMessage.objects.get_or_create(
        message_id=message["message_id"],
        defaults={
            **{name: message[name] for name in ("kind", "recipient_id", "contract_id", "title", "body", "link")},
            "data": message.get("data", {}),
            "occurred_at": datetime.fromisoformat(message["occurred_at"]),
        },
    )
    return is_new


def inbox(recipient_id: str) -> QuerySet[DashMessage]:
    """One person's messages, newest first."""
    return DashMessage.objects.filter(recipient_id=recipient_id).order_by("-occurred_at", "message_id")
