"""Contract events as their queue delivers them, each built from its event file."""

import json
from datetime import datetime
from typing import Any

from tests import lambda_runtime, queues
from tests.builders import NOW

_SENT = int(NOW.timestamp()) * 1000  # milliseconds, as SQS has it


def event(case: str, at: datetime = NOW, **detail: Any) -> str:
    """The event of events/ingest-<case>.json at another time and with other details."""
    [record] = lambda_runtime.event(f"ingest-{case}")["Records"]
    envelope = json.loads(record["body"])
    envelope["time"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    envelope["detail"] |= detail
    return json.dumps(envelope)


def deliver(*bodies: str) -> list[str]:
    """Deliver one batch in this order; return the positions of the events that failed, from "0"."""
    return deliver_records(records(*bodies))


def replay(*bodies: str) -> list[str]:
    """Deliver events as they come from EventBridge's archive: queued again, an hour later."""
    batch = records(*(json.dumps(json.loads(body) | {"replay-name": "after-the-outage"}) for body in bodies))
    for record in batch:
        record["attributes"]["SentTimestamp"] = str(int(record["attributes"]["SentTimestamp"]) + 3_600_000)
    return deliver_records(batch)


def records(*bodies: str) -> list[dict[str, Any]]:
    """As if sent one millisecond after the other."""
    [record] = lambda_runtime.event("ingest-contract-started")["Records"]
    return [
        record
        | {
            "messageId": str(place),
            "body": body,
            "attributes": record["attributes"] | {"SentTimestamp": str(_SENT + place)},
        }
        for place, body in enumerate(bodies)
    ]


def deliver_records(batch: list[dict[str, Any]]) -> list[str]:
    """Deliver one batch; return the message IDs of the events that failed."""
    return [
        failure["itemIdentifier"]
        for failure in lambda_runtime.invoke("ingest", {"Records": batch})["batchItemFailures"]
    ]


def dead_letters() -> list[queues.Message]:
    """Take all messages from the dead-letter queue."""
    return queues.take("DEAD_LETTER_QUEUE_URL")
