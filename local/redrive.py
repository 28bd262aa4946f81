"""Moves messages from the failure queues back into the queues that functions read.

On AWS, SQS does this itself (docs/operations.md); the embedded cloud has no such operation.
"""

from typing import Any

from local.stack import Stack

READ_FROM = {
    "contract_events_dead_letter": "contract_events",
    "notify_failure": "notify_retry",
    "expire_failure": "expire_retry",
}


def redrive(stack: Stack) -> dict[str, int]:
    """Returns the number of messages moved, by failure queue.

    Moves as many messages as each queue has at the start: those that fail again at once would be moved for ever.
    """
    sqs = stack.client("sqs")
    return {
        failed: _move(sqs, stack.queue_urls[failed], stack.queue_urls[source])
        for failed, source in READ_FROM.items()
    }


def _move(sqs: Any, failed: str, source: str) -> int:
    name = "ApproximateNumberOfMessages"
    waiting = int(sqs.get_queue_attributes(QueueUrl=failed, AttributeNames=[name])["Attributes"][name])
    for moved in range(waiting):
        found = sqs.receive_message(QueueUrl=failed, MessageAttributeNames=["All"]).get("Messages")
        if not found:
            return moved
        [message] = found
        attributes = message.get("MessageAttributes", {})
        sqs.send_message(QueueUrl=source, MessageBody=message["Body"], MessageAttributes=attributes)
        sqs.delete_message(QueueUrl=failed, ReceiptHandle=message["ReceiptHandle"])
    return waiting
