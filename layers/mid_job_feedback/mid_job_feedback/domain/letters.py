"""Which e-mail an announcement has, and who gets it. Pure. `emails` writes it, `messaging/email.py` sends it."""

from datetime import timedelta
from typing import assert_never

from mid_job_feedback.domain import emails
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
from mid_job_feedback.domain.dash_about_requests import reminder_id
from mid_job_feedback.domain.email_delivery import Letter


def letter_about(announcement: Announcement, reminder_pause: timedelta) -> Letter | None:
    """Whom the announcement is mailed to; None if it has no e-mail, or none any more.

    `reminder_pause`: how long after the last e-mail about the request a reminder may be sent.
    """
    contract = announcement.contract
    match announcement:
        case RequestOpened() | RequestReaddressed() | RequestReminder():
            return _about_request(announcement, reminder_pause)
        case FeedbackProvided(feedback=feedback):
            to_freelancer = Letter(
                message_id=emails.provided_email_id(feedback.feedback_id),
                contract_id=contract.contract_id,
                recipient=contract.freelancer,
            )
            return None if feedback.removed else to_freelancer
        case FeedbackReplied(feedback=feedback, public_reply=reply):
            to_client = Letter(
                message_id=emails.replied_email_id(feedback.feedback_id),
                contract_id=contract.contract_id,
                recipient=contract.client,
            )
            return to_client if reply else None
        case RequestExpired() | RequestDeclined() | RequestWithdrawn() | RequestClosed() | RequestUndeliverable():
            return None
        case FeedbackCorrected() | FeedbackReported() | FeedbackDecided() | ReportDecided():
            return None
        case unexpected:
            assert_never(unexpected)


def _about_request(
    announcement: RequestOpened | RequestReaddressed | RequestReminder, reminder_pause: timedelta
) -> Letter:
    contract, request = announcement.contract, announcement.request
    asking = Letter(
        message_id=emails.requested_email_id(contract, request),
        contract_id=contract.contract_id,
        recipient=contract.client,
        request=request,
    )
    match announcement:
        case RequestOpened(still_open=still_open):
            return asking.model_copy(update={"still_open": still_open})
        case RequestReaddressed():
            return asking
        case RequestReminder():
            return asking.model_copy(update={"message_id": reminder_id(announcement), "pause": reminder_pause})
        case unexpected:
            assert_never(unexpected)
