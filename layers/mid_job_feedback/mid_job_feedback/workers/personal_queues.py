"""Looks through the queues for messages that hold data of a person.

SQS has no search. Each message is received, which hides it from others for a while, and then made visible again.
An erasure first sends a copy of the message without the person's data, and then deletes the original. After a
crash in between, the queue has both, and the next pass finds the original.

A message that another reader holds cannot be seen, such as one that waits for its next attempt.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from mid_job_feedback import aws
from mid_job_feedback.domain.refusals import Dependency
from mid_job_feedback.settings import privacy_settings
from mid_job_feedback.workers import personal_messages
from mid_job_feedback.workers.personal_messages import Personal, Search

HIDDEN_FOR: Final = 120  # seconds; longer than an invocation
LONGEST_WAIT: Final = 1  # seconds; with a wait, SQS asks all of its servers
MOST_HELD: Final = 1_000  # messages of one queue, which take some ten seconds
_BATCH: Final = 10  # SQS's limit

type Message = Mapping[str, Any]
type Handle = Callable[["Queue", Message, Personal], bool]
"""Says whether it has deleted the message."""


class Queue(NamedTuple):
    """A queue by the name that its URL has in the settings."""

    name: str
    url: str


def queues() -> list[Queue]:
    """All queues that may hold personal data, in the order in which messages move from one to the next.

    The two of `notify` hold none: see `row_changes.for_queue`.
    """
    found = privacy_settings()
    return [
        Queue("contract_events", found.contract_events_queue_url),
        Queue("contract_events_dead_letters", found.dead_letter_queue_url),
        Queue("expire_retry", found.expire_retry_queue_url),
        Queue("expire_failure", found.expire_failure_queue_url),
        Queue("email_events_failure", found.failed_events_queue_url),
    ]


def look_through(queue: Queue, search: Search, handle: Handle) -> bool:
    """Calls `handle` for each message that holds data of the person. False if it could not look at all messages:
    some are held by others, or there are too many.

    Raises:
        Unavailable: SQS or the table is unavailable. Messages stay hidden for two minutes at most.
    """
    others_hold_some = _hidden(queue) > 0
    held: list[Message] = []
    try:
        for message in _visible(queue):
            personal = personal_messages.find(message["Body"], search)
            if not (personal and handle(queue, message, personal)):
                held.append(message)
            if len(held) >= MOST_HELD:
                return False
        return not others_hold_some
    finally:
        _show(queue, held)


def erase(queue: Queue, message: Message, personal: Personal) -> None:
    """Replaces a message by itself without the person.

    Raises:
        Unavailable: SQS is unavailable.
    """
    sqs = aws.client("sqs")
    if personal.without is not None:
        with aws.calling(Dependency.QUEUE, "SendMessage"):
            sqs.send_message(
                QueueUrl=queue.url,
                MessageBody=personal.without,
                MessageAttributes=_attributes(message),
            )
    with aws.calling(Dependency.QUEUE, "DeleteMessage"):
        sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])


def _hidden(queue: Queue) -> int:
    """About how many messages others hold."""
    name = "ApproximateNumberOfMessagesNotVisible"
    with aws.calling(Dependency.QUEUE, "GetQueueAttributes"):
        found = aws.client("sqs").get_queue_attributes(QueueUrl=queue.url, AttributeNames=[name])
    return int(found["Attributes"][name])


def _attributes(message: Message) -> dict[str, Any]:
    found = message.get("MessageAttributes", {})
    return {
        name: {"DataType": value["DataType"], "StringValue": value["StringValue"]} for name, value in found.items()
    }


def _visible(queue: Queue) -> Iterator[Message]:
    while True:
        with aws.calling(Dependency.QUEUE, "ReceiveMessage"):
            received = aws.client("sqs").receive_message(
                QueueUrl=queue.url,
                MaxNumberOfMessages=_BATCH,
                VisibilityTimeout=HIDDEN_FOR,
                WaitTimeSeconds=LONGEST_WAIT,
                MessageAttributeNames=["All"],
            )
        messages = received.get("Messages", [])
        yield from messages
        if not messages:
            return


def _show(queue: Queue, held: list[Message]) -> None:
    """Makes messages visible again."""
    for message in held:
        with aws.calling(Dependency.QUEUE, "ChangeMessageVisibility"):
            aws.client("sqs").change_message_visibility(
                QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
