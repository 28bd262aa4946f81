"""Puts back what failed: out of every failure queue, into the queue that the function reads.

On AWS that is a service of the queues themselves, which the embedded cloud does not have: see docs/operations.md.
"""

from typing import Any

from local.stack import Stack

READ_FROM = {
    "contract_events_dead_letter": "contract_events",
    "notify_failure": "notify_retry",
    "expire_failure": "expire_retry",
}


def redrive(stack: Stack) -> dict[str, int]:
    """How many messages were put back, by the queue they were in.

    Only as many as there are now: what fails again at once is not put back for ever.
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
