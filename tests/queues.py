"""The messages that the functions send to queues."""

from typing import NamedTuple

from mid_job_feedback.aws import client
from tests import lambda_runtime


class Message(NamedTuple):
    body: str
    reason: str


def take(setting: str) -> list[Message]:
    """Take all messages from the queue of a setting such as `RETRY_QUEUE_URL`."""
    url = lambda_runtime.ENVIRONMENT[setting]
    taken: list[Message] = []
    while (
        found := client("sqs")
        .receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        .get("Messages")
    ):
        for message in found:
            client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            taken.append(Message(message["Body"], message["MessageAttributes"]["reason"]["StringValue"]))
    return taken
