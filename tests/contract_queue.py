"""Contract events as the queue hands them over, each made from its event file."""

import json
from datetime import datetime
from typing import Any

from tests import aws, queues
from tests.builders import NOW

_SENT = int(NOW.timestamp()) * 1000  # as the queue counts


def event(case: str, at: datetime = NOW, **detail: Any) -> str:
    """The event of events/ingest-<case>.json, told at another time and with other details."""
    [record] = aws.event(f"ingest-{case}")["Records"]
    told = json.loads(record["body"])
    told["time"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    told["detail"] |= detail
    return json.dumps(told)


def deliver(*bodies: str) -> list[str]:
    """One batch, in this order; returns which of it come again, counted from 0."""
    return hand_over(records(*bodies))


def records(*bodies: str) -> list[dict[str, Any]]:
    """As sent a millisecond after each other."""
    [record] = aws.event("ingest-contract-started")["Records"]
    return [
        record
        | {
            "messageId": str(place),
            "body": body,
            "attributes": record["attributes"] | {"SentTimestamp": str(_SENT + place)},
        }
        for place, body in enumerate(bodies)
    ]


def hand_over(batch: list[dict[str, Any]]) -> list[str]:
    """Returns the ids of those that come again."""
    return [failure["itemIdentifier"] for failure in aws.invoke("ingest", {"Records": batch})["batchItemFailures"]]


def dead_letters() -> list[queues.Message]:
    """Takes what was set aside out of the dead-letter queue."""
    return queues.take("DEAD_LETTER_QUEUE_URL")
