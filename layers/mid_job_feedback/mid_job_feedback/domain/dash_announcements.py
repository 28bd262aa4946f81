"""Which Dash message an announcement has. Pure: an announcement in, a message in the recipient's language out."""

from typing import assert_never

from mid_job_feedback.domain import dash_about_feedback, dash_about_requests
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


def message_about(announcement: Announcement, link: str) -> DashMessage | None:
    """The announcement's Dash message; None if people are not told of it on this channel, or no more.

    `link`: where the message leads.
    """
    contract = announcement.contract
    match announcement:
        case RequestOpened(request=request, now=now):  # even if it is closed by now: every request is announced
            return dash_about_requests.feedback_requested(contract, request, link, now)
        case RequestReminder():
            return dash_about_requests.request_reminder(announcement, link)
        case RequestExpired() | RequestDeclined() | RequestWithdrawn():
            return _about_closed_request(announcement, link)
        case RequestUndeliverable(still_matters=still_matters):
            return dash_about_requests.request_undeliverable(announcement, link) if still_matters else None
        case FeedbackProvided() | FeedbackCorrected() | FeedbackReplied() | FeedbackDecided() | ReportDecided():
            return _about_feedback(announcement, link)
        case RequestReaddressed() | RequestClosed() | FeedbackReported():
            return None
        case unexpected:
            assert_never(unexpected)


def _about_closed_request(
    announcement: RequestExpired | RequestDeclined | RequestWithdrawn, link: str
) -> DashMessage:
    contract, request = announcement.contract, announcement.request
    match announcement:
        case RequestExpired(next_request=next_request):
            return dash_about_requests.request_expired(contract, request, next_request, link)
        case RequestDeclined(next_request=next_request):
            return dash_about_requests.request_declined(contract, request, next_request, link)
        case RequestWithdrawn():
            return dash_about_requests.request_withdrawn(contract, request, link)
        case unexpected:
            assert_never(unexpected)


def _about_feedback(
    announcement: FeedbackProvided | FeedbackCorrected | FeedbackReplied | FeedbackDecided | ReportDecided,
    link: str,
) -> DashMessage | None:
    """None if what there was to tell is no longer true."""
    contract = announcement.contract
    match announcement:
        case FeedbackProvided(feedback=feedback):
            return None if feedback.removed else dash_about_feedback.feedback_provided(contract, feedback, link)
        case FeedbackCorrected(still_true=still_true):
            return dash_about_feedback.feedback_corrected(announcement, link) if still_true else None
        case FeedbackReplied(public_reply=reply):
            return dash_about_feedback.feedback_replied(announcement, link) if reply else None
        case FeedbackDecided(still_true=still_true):
            return dash_about_feedback.feedback_decided(announcement, link) if still_true else None
        case ReportDecided(report=report):
            reporter = contract.party(report.reporter_id)
            return dash_about_feedback.report_decided(announcement, reporter, link) if reporter else None
        case unexpected:
            assert_never(unexpected)
