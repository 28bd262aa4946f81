"""Entries of PutEvents, as the examples in docs/examples publish them, on their way through bus and queue."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from mid_job_feedback.domain.contract_events import DETAIL_TYPES
from tests import contract_queue
from tests.builders import DAY, NOW, RATINGS

BUS = "arn:aws:events:eu-west-1:111122223333:event-bus/feedback"
# What the examples are asked to publish. The comment is as long as can be, of characters of four bytes.
STARTED_AT = (NOW - 60 * DAY).astimezone(timezone(timedelta(hours=1)))
SHOWN_START = f"{STARTED_AT.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
COMMENT = "🙂" * 5_000
ID = "auth0|507f1f77bcf86cd799439020"


def apply(entries: list[dict[str, Any]]) -> None:
    """Deliver entries as EventBridge passes them on by the rule of the stack. None may fail."""
    for entry in entries:
        assert (entry["EventBusName"], entry["Source"]) == (BUS, contract_queue.EXPECTED.source)
        assert entry["DetailType"] in DETAIL_TYPES
    assert contract_queue.deliver(*map(_envelope, entries)) == []
    assert contract_queue.dead_letters() == []


def _envelope(entry: dict[str, Any]) -> str:
    time = datetime.fromisoformat(str(entry["Time"]))
    [record] = contract_queue.records(contract_queue.event("payment-made", NOW))
    event = json.loads(record["body"])
    named = {"source": entry["Source"], "detail-type": entry["DetailType"], "time": f"{time:%Y-%m-%dT%H:%M:%SZ}"}
    return json.dumps({**event, **named, "detail": json.loads(entry["Detail"])})


def a_dash_message(**changes: Any) -> dict[str, Any]:
    message = {
        "message_id": "m-1",
        "kind": "feedback_requested",
        "recipient_id": ID,
        "contract_id": "c-1",
        "title": "Ana Ruiz asks for your feedback",
        "body": "About “Website relaunch”.",
        "link": "https://www.example.com/contracts/c-1",
        "occurred_at": "2026-12-09T17:37:38.000Z",
        "data": {"request_id": "r-1"},
        "a_later_field": 1,
    }
    return {**message, **changes}


FEEDBACK = {"feedback_id": "e-1", "ratings": RATINGS, "comment": COMMENT}
