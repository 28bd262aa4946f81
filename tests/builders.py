"""Builders of values that are valid by default; a test overrides only what it is about."""

from datetime import timedelta
from typing import Any

from mid_job_feedback.domain import addresses
from mid_job_feedback.domain.email_delivery import EmailReport, EmailState, email_number
from mid_job_feedback.domain.lifecycle import Link
from mid_job_feedback.domain.models import (
    Contract,
    Feedback,
    FeedbackInput,
    FeedbackKind,
    FeedbackRequest,
    Ground,
    Party,
    Policy,
    Ratings,
    Report,
    ReportTarget,
    RequestStatus,
)
from tests import suite_clock

NOW = suite_clock.NOW
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
POLICY = Policy(
    minimum_contract_age=30 * DAY,
    payment_window=30 * DAY,
    feedback_interval=30 * DAY,
    request_lifetime=14 * DAY,
    decline_interval=30 * DAY,
    request_cooldown=DAY,
    reminder_pause=DAY,
    correction_window=2 * DAY,
    reply_window=28 * DAY,
    reminder_before=(7 * DAY, 2 * DAY),
)
# All lengths differ, so that a test notices if one is mistaken for another.
UNEVEN_POLICY = POLICY.model_copy(
    update={
        "payment_window": 29 * DAY,
        "feedback_interval": 28 * DAY,
        "decline_interval": 27 * DAY,
        "request_cooldown": 2 * DAY,
    }
)
# Ids as issuers and databases make them, and every character of an id that is neither a letter nor a digit.
IDS = (
    *("c-1", "auth0|abc", "google-oauth2|1", "f:uuid:name", "a+b@example.com", "YWJj+_==", "..."),
    "!$&'()*+,-.:;=@[]^_`{|}~",
)
# The subjects of tokens as issuers make them.
SUBJECTS = {
    "Auth0": "auth0|507f1f77bcf86cd799439020",
    "Auth0, of Google": "google-oauth2|108204268033311374519",
    "Cognito": "4d0c1b0e-9a3f-4f0e-8a51-0d8f5b1e7c22",
    "Cognito, an identity pool": "eu-west-1:4d0c1b0e-9a3f-4f0e-8a51-0d8f5b1e7c22",
    "Entra, sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bb_-Q",
    "Entra, oid": "690222be-ff1a-4d56-abd1-7e4f7d38e474",
    "Google": "110169484474386276334",
    "Keycloak": "0e9a5c3e-7d3b-4d7e-9a43-2f0b6f1a9c55",
    "Keycloak, user federation": "f:0e9a5c3e-7d3b-4d7e-9a43-2f0b6f1a9c55:ana.ruiz",
    "Okta": "00u1a2b3c4D5e6F7g8h9",
    "Okta, access token": "ana.ruiz@example.com",
}
CLIENT = Party(id="u-client", name="Ben Okoye", email="client@example.com")
FREELANCER = Party(id="u-freelancer", name="Ana Ruiz", email="freelancer@example.com")
RATINGS = {
    "skills": 5,
    "quality": 5,
    "availability": 4,
    "deadlines": 4,
    "communication": 5,
    "cooperation": 5,
}


def a_contract(**overrides: Any) -> Contract:
    """Eligible: active, old enough and recently paid."""
    return Contract(
        **{
            "contract_id": "c-1",
            "title": "Website relaunch",
            "started_at": NOW - 60 * DAY,
            "client": CLIENT,
            "freelancer": FREELANCER,
            "last_payment_at": NOW - DAY,
            **overrides,
        }
    )


def a_link(request: FeedbackRequest | None = None, address: str = CLIENT.email) -> Link:
    """The link of a request, as it was mailed to this address."""
    request = request or a_request()
    return Link(
        contract_id=request.contract_id,
        request_id=request.request_id,
        requested_at=request.requested_at,
        expires_at=request.expires_at,
        address_digest=addresses.digest(address),
    )


def a_request(**overrides: Any) -> FeedbackRequest:
    """Open, requested a day ago."""
    requested_at = overrides.pop("requested_at", NOW - DAY)
    return FeedbackRequest(
        **{
            "request_id": "r-1",
            "contract_id": "c-1",
            "status": RequestStatus.PENDING,
            "requested_at": requested_at,
            "expires_at": requested_at + POLICY.request_lifetime,
            **overrides,
        }
    )


def a_feedback(**overrides: Any) -> Feedback:
    ratings = Ratings(**overrides.pop("ratings", RATINGS))
    return Feedback(
        **{
            "feedback_id": "f-1",
            "contract_id": "c-1",
            "kind": FeedbackKind.MID_CONTRACT,
            "ratings": ratings.model_dump(),
            "score": ratings.score(),
            "comment": "Reliable and quick.",
            "provided_at": NOW,
            **overrides,
        }
    )


def a_report(**overrides: Any) -> Report:
    """Of the feedback, by the freelancer; still open."""
    return Report(
        **{
            "report_id": "rep-1",
            "number": 1,
            "contract_id": "c-1",
            "feedback_id": "f-1",
            "target": ReportTarget.FEEDBACK,
            "ground": Ground.ABUSIVE,
            "reporter_id": FREELANCER.id,
            "reported_at": NOW,
            **overrides,
        }
    )


def an_email_report(**overrides: Any) -> EmailReport:
    """On an e-mail to the client that was handed to SES a day ago."""
    sent_at = NOW - DAY
    return EmailReport(
        **{
            "email_number": email_number(sent_at),
            "address_digest": addresses.digest(CLIENT.email),
            "state": EmailState.SENT,
            "at": sent_at,
            **overrides,
        }
    )


def a_feedback_input(**overrides: Any) -> FeedbackInput:
    return FeedbackInput(**{"ratings": Ratings(**RATINGS), "comment": "Reliable and quick.", **overrides})
