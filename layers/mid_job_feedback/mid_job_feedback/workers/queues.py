"""Puts a message aside in a queue, with the reason."""

from mid_job_feedback import aws
from mid_job_feedback.domain.refusals import Dependency


def send(queue_url: str, body: str, reason: str) -> None:
    """Sends the message with its reason in the message attribute `reason`.

    Raises:
        Unavailable: the queue is unavailable.
    """
    with aws.calling(Dependency.QUEUE, "SendMessage"):
        aws.client("sqs").send_message(
            QueueUrl=queue_url,
            MessageBody=body,
            MessageAttributes={"reason": {"DataType": "String", "StringValue": reason}},
        )
