"""Messages from a queue into the database."""

import json
import logging
from collections.abc import Callable
from typing import Any

from django.db import DataError

logger = logging.getLogger(__name__)


def receive_batch(sqs: Any, queue_url: str, store: Callable[[dict[str, Any]], bool]) -> int:
    """Store what waits in the queue, or comes within 20 seconds; return how many messages changed something.

    A message is deleted only when it is stored. One that cannot be stored comes again, and goes to the queue's
    dead-letter queue in the end.
    """
    received = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=20)
    changes = 0
    for message in received.get("Messages", []):
        try:
            changes += store(json.loads(message["Body"]))
        except (AttributeError, KeyError, TypeError, ValueError, DataError):
            logger.exception("Message %s cannot be stored", message["MessageId"])
            continue
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    return changes
