"""The stack's queues: how many messages each has, and the messages of the failure queues."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from typing import Any, Final, NamedTuple

from cli.errors import CommandError
from cli.stacks import Stack

REDRIVEN_TO: Final = {
    "contract_events_dead_letter": "contract_events",
    "notify_failure": "notify_retry",
    "expire_failure": "expire_retry",
}
"""By failure queue, the queue that its function reads."""
EMAIL_EVENTS: Final = "email_events_failure"
"""No function reads a queue of SES's events: they are published to their topic again."""
FAILURES: Final = (*REDRIVEN_TO, EMAIL_EVENTS)
QUEUES: Final = (*(name for pair in REDRIVEN_TO.items() for name in reversed(pair)), EMAIL_EVENTS)
BATCH: Final = 10
WAIT_SECONDS: Final = 1
"""How long SQS looks for messages on all its servers; without it, a call may miss some."""
HIDDEN_SECONDS: Final = 120
"""How long a message is hidden from others while the tool has it, unless it puts it back before."""


class Depth(NamedTuple):
    """`in_flight`: being processed, or waiting to be tried again."""

    waiting: int
    in_flight: int
    delayed: int


@dataclass(frozen=True)
class FailedMessage:
    """A message in a failure queue, as it was received."""

    queue: str
    message_id: str
    reason: str
    tries: int
    sent_at: datetime
    body: str
    attributes: dict[str, Any]
    receipt: str

    @property
    def summary(self) -> dict[str, Any]:
        """Without the body, which may hold names, addresses and what people wrote."""
        return {
            "queue": self.queue,
            "message_id": self.message_id,
            "reason": self.reason,
            "tries": self.tries,
            "sent_at": self.sent_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        }


def url(stack: Stack, queue: str) -> str:
    return stack.outputs[f"{queue.title().replace('_', '')}QueueUrl"]


def depth(stack: Stack, queue: str) -> Depth:
    names = [f"ApproximateNumberOfMessages{rest}" for rest in ("", "NotVisible", "Delayed")]
    found = stack.client("sqs").get_queue_attributes(QueueUrl=url(stack, queue), AttributeNames=names)[
        "Attributes"
    ]
    return Depth(*(int(found[name]) for name in names))


@contextmanager
def held(stack: Stack, queue: str, limit: int | None = None) -> Iterator[list[FailedMessage]]:
    """The messages of a failure queue, at most `limit`. Those that are not deleted are there again afterwards."""
    sqs = stack.client("sqs")
    found: list[FailedMessage] = []
    try:
        for message in _received(sqs, stack, queue):
            found.append(message)
            if len(found) == limit:
                break
        yield found
    finally:
        _release(sqs, url(stack, queue), found)


def delete(stack: Stack, messages: Sequence[FailedMessage]) -> None:
    """Deletes messages of one queue."""
    for batch in batched(messages, BATCH, strict=False):
        entries = [{"Id": str(n), "ReceiptHandle": message.receipt} for n, message in enumerate(batch)]
        answer = stack.client("sqs").delete_message_batch(QueueUrl=url(stack, batch[0].queue), Entries=entries)
        if answer.get("Failed"):
            raise CommandError(f"SQS did not delete {len(answer['Failed'])} messages: repeat the command.")


def put_back(stack: Stack, message: FailedMessage) -> None:
    """Sends a message to where its function reads, then deletes it. Being there twice would do no harm."""
    if message.queue == EMAIL_EVENTS:
        stack.client("sns").publish(TopicArn=stack.outputs["EmailEventsTopicArn"], Message=message.body)
    else:
        stack.client("sqs").send_message(
            QueueUrl=url(stack, REDRIVEN_TO[message.queue]),
            MessageBody=message.body,
            MessageAttributes=message.attributes,
        )
    delete(stack, [message])


def _received(sqs: Any, stack: Stack, queue: str) -> Iterator[FailedMessage]:
    """Each message once, until a call finds none."""
    seen: set[str] = set()
    while found := sqs.receive_message(
        QueueUrl=url(stack, queue),
        MaxNumberOfMessages=BATCH,
        VisibilityTimeout=HIDDEN_SECONDS,
        WaitTimeSeconds=WAIT_SECONDS,
        AttributeNames=["All"],
        MessageAttributeNames=["All"],
    ).get("Messages"):
        for message in found:
            if message["MessageId"] not in seen:
                seen.add(message["MessageId"])
                yield _message(queue, message)


def _release(sqs: Any, queue_url: str, messages: Sequence[FailedMessage]) -> None:
    for batch in batched(messages, BATCH, strict=False):
        entries = [
            {"Id": str(n), "ReceiptHandle": message.receipt, "VisibilityTimeout": 0}
            for n, message in enumerate(batch)
        ]
        sqs.change_message_visibility_batch(QueueUrl=queue_url, Entries=entries)  # deleted ones fail, and may


def _message(queue: str, message: dict[str, Any]) -> FailedMessage:
    system, attributes = message["Attributes"], message.get("MessageAttributes", {})
    return FailedMessage(
        queue=queue,
        message_id=message["MessageId"],
        reason=_reason(message["Body"], attributes),
        tries=int(system["ApproximateReceiveCount"]),
        sent_at=datetime.fromtimestamp(int(system["SentTimestamp"]) / 1000, UTC),
        body=message["Body"],
        attributes=attributes,
        receipt=message["ReceiptHandle"],
    )


def _reason(body: str, attributes: dict[str, Any]) -> str:
    """Why the message is there: docs/operations.md, "Why a message failed"."""
    for name in ("reason", "ERROR_MESSAGE", "ERROR_CODE", "ErrorMessage"):
        if name in attributes:
            return str(attributes[name]["StringValue"])
    try:
        report = json.loads(body)
    except ValueError:
        return "none given"
    match report:
        case {"DDBStreamBatchInfo": _, "requestContext": {"condition": str(condition)}}:
            return f"position in the stream: {condition}"
        case {"requestContext": {"condition": str(condition)}}:
            return f"failed invocation: {condition}"
        case _:
            return "failed in every attempt"
