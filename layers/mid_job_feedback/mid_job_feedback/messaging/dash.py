"""The channel Dash: messages for the marketplace's own notification centre, published to an SNS topic."""

from typing import Final

from mid_job_feedback import aws, observability
from mid_job_feedback.domain import dash_about_feedback, dash_about_requests, dash_announcements, page_urls
from mid_job_feedback.domain.announcements import Announcement, FeedbackDecided, RequestWithdrawn
from mid_job_feedback.domain.dash_messages import DashMessage
from mid_job_feedback.domain.refusals import Dependency
from mid_job_feedback.messaging.delivery import revoked, send_once
from mid_job_feedback.observability import LambdaContext
from mid_job_feedback.settings import notify_settings

# How long a message takes at most if one dependency does not respond, be it the channel or the idempotency table.
LONGEST_SEND_MS: Final = max(aws.LONGEST_SEND_MS, aws.LONGEST_CALL_MS)


def send(announcement: Announcement, context: LambdaContext) -> None:
    """Publishes the announcement's Dash message once, if it has one.

    Raises:
        Unavailable: SNS or the idempotency table is unavailable.
        IdempotencyKeyInProgress: another process is sending it.
    """
    contract_id = announcement.contract.contract_id
    room = page_urls.contract_room_url(notify_settings().contract_page, contract_id)
    message = dash_announcements.message_about(announcement, room)
    if message is None or _undoes_what_was_never_told(announcement, context):
        return
    send_once("dash", message.message_id, message.contract_id, lambda: _deliver(message), context)


def _undoes_what_was_never_told(announcement: Announcement, context: LambdaContext) -> bool:
    """Whether a request was withdrawn, or a text restored, before its recipient was told of the request, or of the
    removal. Then they are told of neither.
    """
    if isinstance(announcement, RequestWithdrawn):
        return revoked("dash", dash_about_requests.requested_id(announcement.request), context)
    if isinstance(announcement, FeedbackDecided) and announcement.undone:
        return revoked("dash", dash_about_feedback.removed_id(announcement.undone), context)
    return False


def _deliver(message: DashMessage) -> None:
    with aws.calling(Dependency.DASH, "Publish"):
        aws.sender("sns").publish(
            TopicArn=notify_settings().dash_topic_arn,
            Message=message.model_dump_json(),
            MessageAttributes={
                "kind": {"DataType": "String", "StringValue": message.kind.value},
                "recipient_id": {"DataType": "String", "StringValue": message.recipient_id},
            },
        )
    observability.counted("DashMessagesSent", 1)
