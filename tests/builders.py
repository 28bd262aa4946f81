"""Builders of values that are valid by default; a test overrides only what it is about."""

from datetime import timedelta
from typing import Any

from mid_job_feedback.domain.models import (
    Contract,
    Feedback,
    FeedbackInput,
    FeedbackKind,
    FeedbackRequest,
    Party,
    Policy,
    Ratings,
    RequestStatus,
)
from tests import suite_clock

NOW = suite_clock.NOW
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
POLICY = Policy(
    minimum_contract_age=30 * DAY, payment_window=30 * DAY, feedback_interval=30 * DAY, request_lifetime=14 * DAY
)
# All lengths differ, so that a test notices if one is mistaken for another.
UNEVEN_POLICY = POLICY.model_copy(update={"payment_window": 29 * DAY, "feedback_interval": 28 * DAY})
# Ids as issuers and databases make them, and every character of an id that is neither a letter nor a digit.
IDS = (
    *("c-1", "auth0|abc", "google-oauth2|1", "f:uuid:name", "a+b@example.com", "YWJj+_==", "..."),
    "!$&'()*+,-.:;=@[]^_`{|}~",
)
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


def a_feedback_input(**overrides: Any) -> FeedbackInput:
    return FeedbackInput(**{"ratings": Ratings(**RATINGS), "comment": "Reliable and quick.", **overrides})
