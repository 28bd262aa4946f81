"""The values of the reference model: contracts, requests, feedback, and what it expects of the service."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum, auto
from typing import Any, Final, NamedTuple

MINIMUM_AGE: Final = timedelta(days=30)
PAYMENT_WINDOW: Final = timedelta(days=30)
INTERVAL: Final = timedelta(days=30)
LIFETIME: Final = timedelta(days=14)
REMINDERS: Final = (timedelta(days=7), timedelta(days=2))  # before the deadline
REMINDER_PAUSE: Final = timedelta(days=1)
DECLINE_INTERVAL: Final = timedelta(days=30)
COOLDOWN: Final = timedelta(days=1)
CORRECTION_WINDOW: Final = timedelta(days=2)
REPLY_WINDOW: Final = timedelta(days=28)
CORRECTIONS: Final = 5

_CONDITIONAL_INSTANTS: Final = ("_until_if_given_now", "_at_if_withdrawn")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

type Json = dict[str, Any]
type Reasons = dict[str, datetime | None]  # code -> when it clears, if that is known


class Person(NamedTuple):
    id: str
    name: str
    email: str
    locale: str | None = None


class StartDetails(NamedTuple):
    """What one ContractStarted event says."""

    title: str
    started_at: datetime
    client: Person
    freelancer: Person

    @property
    def people(self) -> tuple[str, str]:
        return self.client.id, self.freelancer.id


class Response(NamedTuple):
    """An expected HTTP response. `data` is the body, or, of a problem document, the members its code requires."""

    status: int
    code: str | None
    data: Json


class Message(NamedTuple):
    """An expected message. `about` is a Dash message's contract, instant and data, a domain event's detail, an
    e-mail's request or title, and the contract of an event in the dead-letter queue.

    `language`: of an e-mail, which says it.
    """

    channel: str
    kind: str
    to: str
    about: object
    language: str | None = None


class RowState(Enum):
    """Where a request's row is. While it is `REMOVED` and its end is not `RECORDED` yet, readers may miss it."""

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
    reminded_at: datetime | None = None  # when a sweep last found a reminder due
    mailed_at: datetime | None = None  # the last e-mail about it
    report: Json | None = None  # what became of that; None while it is queued

    def status(self, now: datetime) -> str:
        return self.closed_as or ("expired" if now >= self.expires_at else "pending")

    @property
    def due_at(self) -> datetime:
        """When a sweep has to act next: at the first reminder that keeps the pause, or else at the deadline."""
        earliest = (self.reminded_at or self.requested_at) + REMINDER_PAUSE
        return next((at for before in REMINDERS if (at := self.expires_at - before) >= earliest), self.expires_at)

    def note_email(self, now: datetime) -> None:
        """Two e-mails of the same instant are a millisecond apart."""
        self.mailed_at = max(now, self.mailed_at + timedelta(milliseconds=1)) if self.mailed_at else now
        self.report = {"status": "sent", "reason": None, "at": now}

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

    def party_view(self, now: datetime) -> Json:
        """As the parties see it: with what became of its e-mail."""
        queued = {"status": "queued", "reason": None, "at": self.requested_at}
        return self.view(now) | {"delivery": {"email": self.report or queued}}


@dataclass
class Feedback:
    """`removed`: the tombstone, while it is removed; its text is kept. A removed reply has a tombstone, too."""

    feedback_id: str
    contract_id: str
    kind: str
    ratings: Json
    comment: str | None
    provided_at: datetime
    request_id: str | None = None
    revision: int = 1
    edited_at: datetime | None = None
    earlier_versions: list[Json] = field(default_factory=list)
    reply: Json | None = None
    removed: Json | None = None
    decisions: dict[str, Json] = field(default_factory=dict)  # the last one on each text

    @property
    def text(self) -> Json:
        mean = Decimal(sum(self.ratings.values())) / 6
        score = float(mean.quantize(Decimal("0.01"), ROUND_HALF_UP))
        return {"ratings": self.ratings, "score": score, "comment": self.comment}

    @property
    def correctable_until(self) -> datetime | None:
        is_final = self.kind == "end_of_contract" or self.removed or self.revision > CORRECTIONS
        return None if is_final else self.provided_at + CORRECTION_WINDOW

    @property
    def reply_closes_at(self) -> datetime:
        return self.reply["replied_at"] + CORRECTION_WINDOW if self.reply else self.provided_at + REPLY_WINDOW

    @property
    def reply_removed(self) -> Json | None:
        removed: Json | None = self.reply.get("removed") if self.reply else None
        return removed

    def party_view(self) -> Json:
        """As the parties see it."""
        is_closed = self.removed or self.reply_removed
        return self.public_view() | {
            "request_id": self.request_id,
            "correctable_until": self.correctable_until,
            "earlier_versions": [] if self.removed else [*self.earlier_versions],
            "replyable_until": None if is_closed else self.reply_closes_at,
        }

    def public_view(self) -> Json:
        hidden = dict.fromkeys(("ratings", "score", "comment"))
        return {
            "feedback_id": self.feedback_id,
            "contract_id": self.contract_id,
            "kind": self.kind,
            **(hidden if self.removed else self.text),
            "provided_at": self.provided_at,
            "counts_towards_job_success_score": self.kind == "end_of_contract",
            "revision": self.revision,
            "edited_at": self.edited_at,
            "reply": self.reply and (self.reply | {"text": None} if self.reply_removed else self.reply),
            "removed": self.removed,
        }


@dataclass
class Contract:
    contract_id: str
    # By the time of the event, also those that name other people than the oldest.
    starts: dict[datetime, StartDetails] = field(default_factory=dict)
    last_payment_at: datetime | None = None
    ended_at: datetime | None = None
    requests_muted: bool = False
    last_declined_at: datetime | None = None
    last_withdrawn_request_at: datetime | None = None
    requests: list[Request] = field(default_factory=list)
    mid_contract_feedback: list[Feedback] = field(default_factory=list)
    # By feedback id, with the time of the event.
    end_of_contract_feedback: dict[str, tuple[datetime, Feedback]] = field(default_factory=dict)

    @property
    def oldest(self) -> StartDetails:
        return self.starts[min(self.starts)]

    @property
    def started_at(self) -> datetime:
        return self.oldest.started_at

    @property
    def newest(self) -> StartDetails:
        """The newest start that names the people of the oldest one."""
        times = [time for time, start in self.starts.items() if start.people == self.oldest.people]
        return self.starts[max(times)]

    @property
    def client(self) -> Person:
        return self.newest.client

    @property
    def freelancer(self) -> Person:
        return self.newest.freelancer

    @property
    def people(self) -> dict[str, Person]:
        return {"client": self.client, "freelancer": self.freelancer}

    @property
    def feedback(self) -> list[Feedback]:
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
        """The criteria for feedback that fail at `at`, if no event happens until then."""
        last = max((entry.provided_at for entry in self.mid_contract_feedback), default=None)
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

    def request_criteria(self, at: datetime) -> Reasons:
        """The further criteria for a request that fail at `at`, if no event happens until then."""
        reasons: Reasons = {}
        for code, clears_at in self._waits():
            if at < clears_at:
                reasons[code] = clears_at
        if self.requests_muted:
            reasons["requests_muted"] = None
        return reasons

    def _waits(self) -> Iterator[tuple[str, datetime]]:
        """Until when the freelancer has to wait after the newest declined and the newest withdrawn request."""
        if self.last_declined_at:
            yield "request_declined", self.last_declined_at + DECLINE_INTERVAL
        if self.last_withdrawn_request_at:
            yield "request_withdrawn_recently", self.last_withdrawn_request_at + COOLDOWN

    def boundaries(self) -> Iterator[datetime]:
        """The instants at which something changes without an event."""
        if self.starts:
            yield self.started_at
            yield self.started_at + MINIMUM_AGE
        if self.last_payment_at:
            yield self.last_payment_at + PAYMENT_WINDOW
        yield from (entry.provided_at + INTERVAL for entry in self.mid_contract_feedback[-1:])
        yield from (request.expires_at for request in self.requests[-1:])
        yield from (clears_at for _, clears_at in self._waits())


def parsed(body: Any, name: str = "") -> Any:
    """A response body in the model's values: instants as datetimes, and reasons as `Reasons`."""
    match body:
        case str() if name == "at" or name.endswith(("_at", "_until", *_CONDITIONAL_INSTANTS)):
            assert _INSTANT.fullmatch(body), f"{name} is {body}"
            return datetime.fromisoformat(body)
        case list() if name == "reasons":
            assert all(reason["detail"] for reason in body)
            reasons = {reason["code"]: parsed(reason["clears_at"], "clears_at") for reason in body}
            assert len(reasons) == len(body), "a reason is listed twice"
            return reasons
        case list():
            return [parsed(entry) for entry in body]
        case dict():
            return {key: parsed(value, key) for key, value in body.items()}
    return body
