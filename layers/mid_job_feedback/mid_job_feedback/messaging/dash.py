"""The channel Dash: messages for the marketplace's own notification centre, published to an SNS topic."""

from typing import Final, assert_never

from mid_job_feedback import aws, observability
from mid_job_feedback.domain import dash_about_feedback, dash_about_requests, page_urls
from mid_job_feedback.domain.announcements import (
    Announcement,
    FeedbackCorrected,
    FeedbackDecided,
    FeedbackProvided,
    FeedbackReplied,
    FeedbackReported,
    ReportDecided,
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
    if message is None or _undoes_what_was_never_told(announcement, context):
        return
    send_once("dash", message.message_id, message.contract_id, lambda: _deliver(message), context)


def _compose(announcement: Announcement) -> DashMessage | None:
    contract = announcement.contract
    room = page_urls.contract_room_url(notify_settings().contract_page, contract.contract_id)
    match announcement:
        case RequestOpened(request=request, now=now):  # even if it is closed by now: every request is announced
            return dash_about_requests.feedback_requested(contract, request, room, now)
        case RequestReminder():
            return dash_about_requests.request_reminder(announcement, room)
        case RequestExpired() | RequestDeclined() | RequestWithdrawn():
            return _about_closed_request(announcement, room)
        case RequestUndeliverable(still_matters=still_matters):
            return dash_about_requests.request_undeliverable(announcement, room) if still_matters else None
        case FeedbackProvided() | FeedbackCorrected() | FeedbackReplied() | FeedbackDecided() | ReportDecided():
            return _about_feedback(announcement, room)
        case RequestReaddressed() | RequestClosed() | FeedbackReported():
            return None
        case unexpected:
            assert_never(unexpected)


def _about_closed_request(
    announcement: RequestExpired | RequestDeclined | RequestWithdrawn, room: str
) -> DashMessage:
    contract, request = announcement.contract, announcement.request
    match announcement:
        case RequestExpired(next_request=next_request):
            return dash_about_requests.request_expired(contract, request, next_request, room)
        case RequestDeclined(next_request=next_request):
            return dash_about_requests.request_declined(contract, request, next_request, room)
        case RequestWithdrawn():
            return dash_about_requests.request_withdrawn(contract, request, room)
        case unexpected:
            assert_never(unexpected)


def _about_feedback(
    announcement: FeedbackProvided | FeedbackCorrected | FeedbackReplied | FeedbackDecided | ReportDecided,
    room: str,
) -> DashMessage | None:
    """None if what there was to tell is no longer true."""
    contract = announcement.contract
    match announcement:
        case FeedbackProvided(feedback=feedback):
            return None if feedback.removed else dash_about_feedback.feedback_provided(contract, feedback, room)
        case FeedbackCorrected(still_true=still_true):
            return dash_about_feedback.feedback_corrected(announcement, room) if still_true else None
        case FeedbackReplied(public_reply=reply):
            return dash_about_feedback.feedback_replied(announcement, room) if reply else None
        case FeedbackDecided(still_true=still_true):
            return dash_about_feedback.feedback_decided(announcement, room) if still_true else None
        case ReportDecided(report=report):
            reporter = contract.party(report.reporter_id)
            return dash_about_feedback.report_decided(announcement, reporter, room) if reporter else None
        case unexpected:
            assert_never(unexpected)


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
