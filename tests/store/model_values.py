"""The values of the model: what it knows of a contract and its requests, and what it says must come of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final, NamedTuple

MINIMUM_AGE: Final = timedelta(days=30)
PAYMENT_WINDOW: Final = timedelta(days=30)
INTERVAL: Final = timedelta(days=30)
LIFETIME: Final = timedelta(days=14)

type Json = dict[str, Any]
type Reasons = dict[str, datetime | None]  # code: when it clears, if that is known


class Person(NamedTuple):
    id: str
    name: str
    email: str


class StartDetails(NamedTuple):
    """What one ContractStarted event says."""

    title: str
    started_at: datetime
    client: Person
    freelancer: Person


class Response(NamedTuple):
    """`data` is the answer's body, or of a problem the members that its code calls for."""

    status: int
    code: str | None
    data: Json


class Message(NamedTuple):
    """`about` tells those of one kind apart: the instant a Dash message names, an e-mail's request or title."""

    channel: str
    kind: str
    to: str
    about: object


class RowState(Enum):
    """Where a request's end stands. Between `REMOVED` and `RECORDED`, and only then, readers may miss it."""

    STORED = auto()
    REMOVED = auto()
    RECORDED = auto()


@dataclass
class Request:
    request_id: str
    contract_id: str
    message: str | None
    requested_at: datetime
    expires_at: datetime
    closed_as: str | None = None
    closed_at: datetime | None = None
    row: RowState = RowState.STORED

    def status(self, now: datetime) -> str:
        return self.closed_as or ("expired" if now >= self.expires_at else "pending")

    def view(self, now: datetime) -> Json:
        expired = self.status(now) == "expired"
        return {
            "request_id": self.request_id,
            "contract_id": self.contract_id,
            "status": self.status(now),
            "message": self.message,
            "requested_at": self.requested_at,
            "expires_at": self.expires_at,
            "closed_at": self.expires_at if expired else self.closed_at,
        }


@dataclass
class Contract:
    contract_id: str
    starts: dict[datetime, StartDetails] = field(default_factory=dict)  # by the time of the event
    last_payment_at: datetime | None = None
    ended_at: datetime | None = None
    requests: list[Request] = field(default_factory=list)
    mid_contract_feedback: list[Json] = field(default_factory=list)
    end_of_contract_feedback: dict[str, tuple[datetime, Json]] = field(
        default_factory=dict
    )  # by feedback id, with the event's time

    @property
    def started_at(self) -> datetime:
        return self.starts[min(self.starts)].started_at

    @property
    def newest(self) -> StartDetails:
        return self.starts[max(self.starts)]

    @property
    def client(self) -> Person:
        return self.newest.client

    @property
    def freelancer(self) -> Person:
        return self.newest.freelancer

    @property
    def feedback(self) -> list[Json]:
        return [*self.mid_contract_feedback, *(entry for _, entry in self.end_of_contract_feedback.values())]

    @property
    def heading(self) -> Json:
        return {
            "contract_id": self.contract_id,
            "title": self.newest.title,
            "status": "ended" if self.ended_at else "active",
            "started_at": self.started_at,
            "ended_at": self.ended_at,
        }

    def stored_request(self) -> Request | None:
        return next((request for request in self.requests if request.row is RowState.STORED), None)

    def open_request(self, at: datetime) -> Request | None:
        return next((request for request in self.requests if request.status(at) == "pending"), None)

    def failing_criteria(self, at: datetime) -> Reasons:
        """What stands against feedback at that instant, if nothing else happens until then."""
        last = max((entry["provided_at"] for entry in self.mid_contract_feedback), default=None)
        reasons: Reasons = {}
        if self.ended_at:
            reasons["contract_not_active"] = None
        elif at < self.started_at:
            reasons["contract_not_active"] = self.started_at
        if at < self.started_at + MINIMUM_AGE:
            reasons["contract_too_new"] = self.started_at + MINIMUM_AGE
        if self.last_payment_at is None or at > self.last_payment_at + PAYMENT_WINDOW:
            reasons["no_recent_payment"] = None
        if last and at < last + INTERVAL:
            reasons["feedback_too_recent"] = last + INTERVAL
        return reasons

    def boundaries(self) -> Iterator[datetime]:
        """When something can change with no further event."""
        if self.starts:
            yield self.started_at
            yield self.started_at + MINIMUM_AGE
        if self.last_payment_at:
            yield self.last_payment_at + PAYMENT_WINDOW
        yield from (entry["provided_at"] + INTERVAL for entry in self.mid_contract_feedback[-1:])
        yield from (request.expires_at for request in self.requests[-1:])
