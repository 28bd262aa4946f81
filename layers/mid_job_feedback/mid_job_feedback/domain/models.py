"""The values the rules work on. All are frozen; all instants are timezone-aware and in UTC."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from threading import RLock
from typing import Annotated, Any, Final, Literal, NamedTuple, assert_never

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

ID_LENGTH: Final = 255
NOT_IN_IDS: Final = frozenset(' /\\?#%"<>')  # they have a meaning in paths, URLs, sort keys or markup
NOT_IDS: Final = frozenset({".", ".."})  # browsers remove them from a path
# Unicode categories of characters that show nothing: controls, formats (zero-width, direction) and separators.
_SHOWING_NOTHING: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
# Of other categories: fillers, joiners, variation selectors, and the empty Braille cell.
_ALSO_SHOWING_NOTHING: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]"
)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(3000, 1, 1, tzinfo=UTC)  # every policy duration can be added without overflow


def is_id(text: str) -> bool:
    """Whether `text` has the form of an id, such as `c-1`, `auth0|ana` or `ana@example.com`."""
    is_visible = text.isascii() and text.isprintable() and NOT_IN_IDS.isdisjoint(text)
    return 0 < len(text) <= ID_LENGTH and is_visible and text not in NOT_IDS


def is_blank(text: str) -> bool:
    """Whether `text` shows nothing: only blanks, controls, and format or zero-width characters."""
    return all(
        unicodedata.category(c) in _SHOWING_NOTHING or _ALSO_SHOWING_NOTHING.match(c) is not None for c in text
    )


def cut(instant: datetime) -> datetime:
    """Cuts to milliseconds, not rounding up: no rule may apply before the instant that people are shown."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def shown(instant: datetime) -> str:
    """The one form of instants in answers and messages: UTC, milliseconds, cut: `2026-12-09T17:37:38.000Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _not_a_number(instant: Any) -> Any:
    """Rejects bare numbers. Pydantic would read one as Unix time, in seconds or milliseconds by its size."""
    if isinstance(instant, datetime) or (isinstance(instant, str) and ":" in instant):
        return instant
    raise ValueError("must be a date and time with its zone, such as 2026-06-15T12:00:00Z")


def _to_utc(instant: datetime) -> datetime:
    if not _EARLIEST <= instant < _LATEST:
        raise ValueError("must lie between the years 1970 and 2999")
    return instant.astimezone(UTC)


def _valid_id(text: str) -> str:
    if not is_id(text):
        raise ValueError(
            f'must be 1 to {ID_LENGTH} printable ASCII characters other than a blank and / \\ ? # % " < >, '
            "and not . or .."
        )
    return text


def _without_controls(text: Any) -> Any:
    """Replaces control characters by spaces, so that a name cannot break a header or a line of text."""
    if not isinstance(text, str):
        return text
    return "".join(" " if unicodedata.category(c) == "Cc" else c for c in text).strip()


def _not_blank(text: str) -> str:
    if is_blank(text):
        raise ValueError("must have at least one visible character")
    return text


def _none_if_blank(text: str | None) -> str | None:
    return None if text is None or is_blank(text) else text


def _whole(rating: Any) -> Any:
    """In JSON, `5.0` is the same number as `5`."""
    return int(rating) if isinstance(rating, float) and rating.is_integer() else rating


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_not_a_number),
    AfterValidator(_to_utc),
    PlainSerializer(shown, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
# The form of an id, as `is_id` has it, for the documents that are generated from the models.
ID_SCHEMA: Final = {
    "type": "string",
    "minLength": 1,
    "maxLength": ID_LENGTH,
    "pattern": r"^[!$&-.0-;=@-\[\]-~]+$",
    "not": {"enum": sorted(NOT_IDS)},
}
_VISIBLE: Final = {"pattern": r"\S"}

Id = Annotated[str, AfterValidator(_valid_id), WithJsonSchema(ID_SCHEMA)]
Title = Annotated[
    str,
    Field(min_length=1, max_length=300, json_schema_extra=_VISIBLE),
    BeforeValidator(_without_controls),
    AfterValidator(_not_blank),
]
Name = Annotated[
    str,
    Field(min_length=1, max_length=200, json_schema_extra=_VISIBLE),
    BeforeValidator(_without_controls),
    AfterValidator(_not_blank),
]
Comment = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000)] | None,
    AfterValidator(_none_if_blank),
]
RequestMessage = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] | None,
    AfterValidator(_none_if_blank),
]
ReplyText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), AfterValidator(_not_blank)
]
ReportDetails = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] | None,
    AfterValidator(_none_if_blank),
]
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(_not_blank)
]
Operator = Annotated[
    str,
    Field(min_length=1, max_length=200, json_schema_extra=_VISIBLE),
    BeforeValidator(_without_controls),
    AfterValidator(_not_blank),
]
Rating = Annotated[int, Field(strict=True, ge=1, le=5), BeforeValidator(_whole)]


def _with_categories(schema: dict[str, Any]) -> None:
    """Names the categories in the OpenAPI document, which would otherwise show a map of any keys."""
    rating = schema.pop("additionalProperties")
    schema |= {"properties": dict.fromkeys(Ratings.model_fields, rating), "additionalProperties": False}


# Ratings as they are read from the table: feedback given before a category was introduced lacks it.
RecordedRatings = Annotated[dict[str, Rating], Field(json_schema_extra=_with_categories)]
Score = Annotated[Decimal, PlainSerializer(float, when_used="json")]


_building: Final = RLock()


class Value(BaseModel):
    """Errors do not quote the input: Lambda logs the text of an unhandled one, and a row may hold a comment.

    Pydantic builds a model when it is first used. A function imports eighty models and uses a quarter of them, and
    building all takes a quarter of its imports' time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)

    @classmethod
    def model_rebuild(cls, **options: Any) -> bool | None:
        """Builds the model, once if several threads use it first: pydantic's own method is not thread-safe."""
        with _building:
            return super().model_rebuild(**options)


def _split(durations: Any) -> Any:
    """A template parameter has them in one text, separated by commas."""
    return durations.split(",") if isinstance(durations, str) and durations else durations or ()


ReminderBefore = Annotated[tuple[timedelta, ...], BeforeValidator(_split), Field(max_length=5)]
"""How long before the deadline of a request its client is reminded."""


class Policy(Value):
    """The durations of the rules. They are template parameters, so that a marketplace sets its own.

    `reminder_before`: how long before its deadline the client is reminded of an open request.
    """

    minimum_contract_age: timedelta
    payment_window: timedelta
    feedback_interval: timedelta
    request_lifetime: timedelta
    decline_interval: timedelta
    request_cooldown: timedelta
    reminder_before: ReminderBefore
    reminder_pause: timedelta
    correction_window: timedelta
    reply_window: timedelta


class Role(StrEnum):
    CLIENT = "client"
    FREELANCER = "freelancer"


ERASED: Final = "Deleted user"
"""The name of a person whose data was erased. Messages have a text of their own in each language."""


class Party(Value):
    """`locale` is a BCP 47 tag, `time_zone` a name of the IANA database. Messages to the person follow them."""

    id: Id
    name: str
    email: str
    locale: str | None = None
    time_zone: str | None = None

    @property
    def is_reachable(self) -> bool:
        """Whether an address is known. A person whose data was erased has none."""
        return self.email != ""


ContractStatus = Literal["active", "ended"]


class Contract(Value):
    """A contract for which a start is known; `ended_at` is set once it has ended.

    `last_request_id` names the newest request, open or closed. It is compared when the next one is made
    (optimistic locking), so that of two simultaneous requests one fails. `last_request_expires_at` is its
    deadline, which must be known even after its open row was removed and before its end is recorded.

    `last_declined_at` is when the client declined the newest of the declined requests. `last_withdrawn_request_at`
    is when the newest of the withdrawn requests was made. Both stand in the contract's row, so that one Query is
    enough to decide whether the freelancer may ask again.
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
    last_request_expires_at: Instant | None = None
    last_declined_at: Instant | None = None
    last_withdrawn_request_at: Instant | None = None
    requests_muted: bool = False

    @property
    def status(self) -> ContractStatus:
        return "active" if self.ended_at is None else "ended"

    def role_of(self, person_id: str) -> Role | None:
        """The person's role in this contract, or None. The contract decides it, never a claim of a token."""
        if person_id == self.client.id:
            return Role.CLIENT
        return Role.FREELANCER if person_id == self.freelancer.id else None

    def party(self, person_id: str) -> Party | None:
        """The client or the freelancer, whichever has this id; None for everybody else."""
        return next((party for party in (self.client, self.freelancer) if party.id == person_id), None)


class RequestStatus(StrEnum):
    PENDING = "pending"
    FULFILLED = "fulfilled"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class FeedbackRequest(Value):
    """A freelancer's request for feedback. `expires_at - requested_at` is the request lifetime, to the second."""

    request_id: Id
    contract_id: Id
    status: RequestStatus
    message: RequestMessage = None
    requested_at: Instant
    expires_at: Instant
    closed_at: Instant | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether the request can still be answered: pending, and `now` before the deadline.

        A row may outlive its deadline in the table, because TTL and the sweep remove it later.
        """
        return self.status is RequestStatus.PENDING and now < self.expires_at


class Ratings(Value):
    """What a client rates: six categories, each an integer from 1 (poor) to 5 (excellent), all required."""

    skills: Rating
    quality: Rating
    availability: Rating
    deadlines: Rating
    communication: Rating
    cooperation: Rating

    def score(self) -> Decimal:
        """The mean of all categories, computed in decimal and rounded half up to two places."""
        values = list(self.model_dump().values())
        return (Decimal(sum(values)) / len(values)).quantize(Decimal("0.01"), ROUND_HALF_UP)


class FeedbackKind(StrEnum):
    MID_CONTRACT = "mid_contract"
    END_OF_CONTRACT = "end_of_contract"


class Ground(StrEnum):
    """The rule of the marketplace that a text breaks."""

    ABUSIVE = "abusive"
    OFF_TOPIC = "off_topic"
    PRIVATE_INFORMATION = "private_information"
    FALSE_STATEMENT = "false_statement"
    EXTORTION = "extortion"


class ReportTarget(StrEnum):
    """Which text a report or a decision is about."""

    FEEDBACK = "feedback"
    REPLY = "reply"


ModerationState = Literal["removed", "visible"]
"""What the staff decide about a text."""


class Removal(Value):
    """The tombstone of a text that the marketplace's staff have removed: when, and on which ground."""

    at: Instant
    ground: Ground


class Reply(Value):
    """The freelancer's public reply to a piece of feedback. `text` is None while it is removed."""

    text: str | None
    replied_at: Instant
    edited_at: Instant | None = None
    removed: Removal | None = None


class FeedbackText(NamedTuple):
    """What a client says in a piece of feedback."""

    ratings: RecordedRatings
    score: Decimal
    comment: str | None


class EarlierVersion(Value):
    """Feedback as it read before a correction. `replaced_at` is when it was corrected."""

    revision: int
    ratings: RecordedRatings
    score: Score
    comment: Comment = None
    replaced_at: Instant


class Feedback(Value):
    """A piece of feedback. `revision` grows with each correction, the last of which was made at `edited_at`.

    While it is removed, `ratings`, `score` and `comment` are None.

    `by_link`: whether it was given through the link of an e-mail; that link can also correct it.
    `first_replied_at`: when the freelancer first replied. It stays when the reply is taken back, so that the
    client is told only once.
    """

    feedback_id: Id
    contract_id: Id
    kind: FeedbackKind
    ratings: RecordedRatings | None
    score: Score | None
    comment: Comment = None
    provided_at: Instant
    request_id: Id | None = None
    revision: int = 1
    edited_at: Instant | None = None
    by_link: bool = False
    reply: Reply | None = None
    first_replied_at: Instant | None = None
    removed: Removal | None = None

    @property
    def text(self) -> FeedbackText:
        """What it says.

        Raises:
            ValueError: it is removed.
        """
        if self.ratings is None or self.score is None:
            raise ValueError("a removed feedback shows no text")
        return FeedbackText(self.ratings, self.score, self.comment)

    @property
    def counts_towards_job_success_score(self) -> bool:
        """Mid-contract feedback never counts."""
        match self.kind:
            case FeedbackKind.MID_CONTRACT:
                return False
            case FeedbackKind.END_OF_CONTRACT:
                return True
            case unexpected:
                assert_never(unexpected)


class FeedbackInput(Value):
    """What a client submits: the body of both routes that give feedback."""

    ratings: Ratings
    comment: Comment = None


class RequestInput(Value):
    """What a freelancer submits: the body of the route that requests feedback."""

    message: RequestMessage = None


class ReplyInput(Value):
    """What a freelancer replies: the body of the route that gives or changes a reply."""

    text: ReplyText


class ReportInput(Value):
    """What a party reports: the body of the route that reports a text."""

    target: ReportTarget
    ground: Ground
    details: ReportDetails = None


class Report(Value):
    """A party's report that a text breaks the marketplace's rules. It is open until the staff decide.

    `number` counts those on the same feedback and its reply, from 1. Reports from before they were counted have 0.
    """

    report_id: Id
    number: int
    contract_id: Id
    feedback_id: Id
    target: ReportTarget
    ground: Ground
    details: ReportDetails = None
    reporter_id: Id
    reported_at: Instant
    settled_at: Instant | None = None
    outcome: ModerationState | None = None

    @property
    def status(self) -> Literal["open", "settled"]:
        return "open" if self.settled_at is None else "settled"


class ModerationInput(Value):
    """What the staff decide about a text: the body of the route that removes and restores."""

    target: ReportTarget
    state: ModerationState
    ground: Ground
    reason: Reason
    operator: Operator


class Decision(Value):
    """A decision about a text, for the audit trail. `number` counts those on the same text, from 1.

    `changed`: whether it removed or restored the text.
    """

    decision_id: Id
    number: int
    contract_id: Id
    feedback_id: Id
    target: ReportTarget
    state: ModerationState
    ground: Ground
    reason: Reason
    operator: Operator
    decided_at: Instant
    changed: bool


class EmailPreferences(Value):
    """Which e-mails a person gets: the answer of the routes behind the link in e-mails."""

    feedback_requests: Literal["subscribed", "unsubscribed"]


class EmailPreferencesInput(EmailPreferences):
    """Which e-mails a person wants: the body of the route behind the link in e-mails."""


class DeclineInput(Value):
    """The body of both routes that decline a request. `further_requests` has no default: the client chooses."""

    further_requests: Literal["allowed", "muted"]


class WithdrawalInput(Value):
    """The body of the route that withdraws a request: an empty object."""


class RequestPreference(Value):
    """Whether the client has turned requests off for a contract: the answer of the route that does so."""

    muted: Annotated[bool, Field(strict=True)]


class RequestPreferenceInput(RequestPreference):
    """Whether the client turns requests off or on: the body of that route."""
