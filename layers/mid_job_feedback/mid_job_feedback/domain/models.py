"""The values the rules are about. All are frozen; all instants are aware and in UTC."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

ID_PATTERN: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(3000, 1, 1, tzinfo=UTC)  # leaves room for every window to be added without overflow


def is_id(text: str) -> bool:
    """Whether `text` can be an id at all: 1 to 128 characters of `A-Za-z0-9._:-`."""
    return ID_PATTERN.fullmatch(text) is not None


def _written_out(instant: Any) -> Any:
    """A bare number would be taken for Unix time, in seconds or milliseconds by its size: we do not guess."""
    if isinstance(instant, datetime) or (isinstance(instant, str) and ":" in instant):
        return instant
    raise ValueError("must be a date and time with its zone, such as 2026-06-15T12:00:00Z")


def _to_utc(instant: datetime) -> datetime:
    if not _EARLIEST <= instant < _LATEST:
        raise ValueError("must lie between the years 1970 and 2999")
    return instant.astimezone(UTC)


def _valid_id(text: str) -> str:
    if not is_id(text):
        raise ValueError("must be 1 to 128 characters of A-Z a-z 0-9 . _ : -")
    return text


def _without_controls(text: str) -> str:
    """Control characters become spaces, so that a name cannot break a header or a line of text."""
    return "".join(" " if unicodedata.category(c) == "Cc" else c for c in text).strip()


def _none_if_blank(text: str | None) -> str | None:
    return text or None


Instant = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_to_utc)]
Id = Annotated[str, AfterValidator(_valid_id)]
Title = Annotated[str, AfterValidator(_without_controls), Field(min_length=1, max_length=300)]
Name = Annotated[str, AfterValidator(_without_controls), Field(min_length=1, max_length=200)]
Comment = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000)] | None,
    AfterValidator(_none_if_blank),
]
RequestMessage = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] | None,
    AfterValidator(_none_if_blank),
]
Rating = Annotated[int, Field(strict=True, ge=1, le=5)]
Score = Annotated[Decimal, PlainSerializer(float, when_used="json")]


class Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Policy(Value):
    """The four durations of the rules; template parameters, not code."""

    minimum_contract_age: timedelta
    payment_window: timedelta
    feedback_interval: timedelta
    request_lifetime: timedelta


class Role(StrEnum):
    CLIENT = "client"
    FREELANCER = "freelancer"


class Party(Value):
    id: Id
    name: str
    email: str


class Contract(Value):
    """A contract that has started; `ended_at` is set once it has ended.

    `last_request_id` is the newest request, open or not: whoever makes another has to have seen that one.
    """

    contract_id: Id
    title: str
    started_at: Instant
    ended_at: Instant | None = None
    client: Party
    freelancer: Party
    last_payment_at: Instant | None = None
    last_feedback_at: Instant | None = None
    last_request_id: Id | None = None

    @property
    def status(self) -> Literal["active", "ended"]:
        return "active" if self.ended_at is None else "ended"

    def role_of(self, person_id: str) -> Role | None:
        """The role comes from the contract, never from a claim. Nobody is both."""
        if person_id == self.client.id:
            return Role.CLIENT
        return Role.FREELANCER if person_id == self.freelancer.id else None


class RequestStatus(StrEnum):
    PENDING = "pending"
    FULFILLED = "fulfilled"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class FeedbackRequest(Value):
    """A freelancer's request. `expires_at - requested_at` is the request lifetime, to the second."""

    request_id: Id
    contract_id: Id
    status: RequestStatus
    message: RequestMessage = None
    requested_at: Instant
    expires_at: Instant
    closed_at: Instant | None = None

    def is_open(self, now: datetime) -> bool:
        """Open until closed or `now >= expires_at`, whatever the table still holds."""
        return self.status is RequestStatus.PENDING and now < self.expires_at


class Ratings(Value):
    """Six categories, each a whole number from 1 (poor) to 5 (excellent), all required."""

    skills: Rating
    quality: Rating
    availability: Rating
    deadlines: Rating
    communication: Rating
    cooperation: Rating

    def score(self) -> Decimal:
        """The mean of the six, in decimal, rounded half up to two places."""
        values = list(self.model_dump().values())
        return (Decimal(sum(values)) / len(values)).quantize(Decimal("0.01"), ROUND_HALF_UP)


class FeedbackKind(StrEnum):
    MID_CONTRACT = "mid_contract"
    END_OF_CONTRACT = "end_of_contract"


class Feedback(Value):
    feedback_id: Id
    contract_id: Id
    kind: FeedbackKind
    ratings: Ratings
    score: Score
    comment: Comment = None
    provided_at: Instant
    request_id: Id | None = None

    @property
    def counts_towards_job_success_score(self) -> bool:
        """Only end-of-contract feedback does; mid-contract feedback never."""
        return self.kind is FeedbackKind.END_OF_CONTRACT


class FeedbackInput(Value):
    """What a client types: the body of both routes that give feedback."""

    ratings: Ratings
    comment: Comment = None


class RequestInput(Value):
    """What a freelancer types: the body of the route that requests feedback."""

    message: RequestMessage = None
