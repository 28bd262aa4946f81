"""The channel Dash: messages for the marketplace's own notification centre, published to an SNS topic."""

from typing import Final, assert_never

from mid_job_feedback import aws, observability
from mid_job_feedback.domain import dash_messages, page_urls
from mid_job_feedback.domain.announcements import (
    Announcement,
    FeedbackProvided,
    RequestClosed,
    RequestDeclined,
    RequestExpired,
    RequestOpened,
    RequestReaddressed,
    RequestReminder,
    RequestUndeliverable,
    RequestWithdrawn,
)
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
    message = _compose(announcement)
    if message is None or _is_about_a_request_never_told(announcement, context):
        return
    send_once("dash", message.message_id, message.contract_id, lambda: _deliver(message), context)


def _compose(announcement: Announcement) -> DashMessage | None:
    contract = announcement.contract
    room = page_urls.contract_room_url(notify_settings().contract_page, contract.contract_id)
    match announcement:
        case RequestOpened(request=request, now=now):  # even if it is closed by now: every request is announced
            return dash_messages.feedback_requested(contract, request, room, now)
        case RequestReminder():
            return dash_messages.request_reminder(announcement, room)
        case FeedbackProvided(feedback=feedback):
            return dash_messages.feedback_provided(contract, feedback, room)
        case RequestExpired() | RequestDeclined() | RequestWithdrawn():
            return _about_closed_request(announcement, room)
        case RequestUndeliverable(still_matters=True):
            return dash_messages.request_undeliverable(announcement, room)
        case RequestReaddressed() | RequestClosed() | RequestUndeliverable():
            return None
        case unexpected:
            assert_never(unexpected)


def _about_closed_request(
    announcement: RequestExpired | RequestDeclined | RequestWithdrawn, room: str
) -> DashMessage:
    contract, request = announcement.contract, announcement.request
    match announcement:
        case RequestExpired(next_request=next_request):
            return dash_messages.request_expired(contract, request, next_request, room)
        case RequestDeclined(next_request=next_request):
            return dash_messages.request_declined(contract, request, next_request, room)
        case RequestWithdrawn():
            return dash_messages.request_withdrawn(contract, request, room)
        case unexpected:
            assert_never(unexpected)


def _is_about_a_request_never_told(announcement: Announcement, context: LambdaContext) -> bool:
    """Whether a request was withdrawn before the client was told of it. Then the client is told of neither."""
    if not isinstance(announcement, RequestWithdrawn):
        return False
    return revoked("dash", dash_messages.requested_id(announcement.request), context)


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
