"""The marketplace's contract events, as they arrive in EventBridge's envelope (docs/rules.md)."""

import json
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal, NamedTuple, Self, get_args

import email_validator
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from mid_job_feedback.domain.locales import LanguageTag, TimeZone
from mid_job_feedback.domain.models import Comment, Id, Instant, Name, Ratings, Title, cut

# How far in the future a past event may seem to be, because clocks or zones are set wrong.
MOST_AHEAD: Final = timedelta(days=1)

# Addresses in reserved domains are valid. Whether mail can be delivered is SES's to find out.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


class Expected(NamedTuple):
    """What an event is checked against: the source that the stack takes events from, and the current time."""

    source: str
    now: datetime


def _expected(info: ValidationInfo) -> Expected:
    if not isinstance(info.context, Expected):
        raise TypeError("pass an Expected as the validation context; see `parse`")
    return info.context


def _mailbox(address: str) -> str:
    """The address as SES takes it: a 7-bit mailbox, and an internationalized domain in its ASCII form."""
    try:
        valid = email_validator.validate_email(
            address, check_deliverability=False, allow_smtputf8=False, strict=True
        )
    except email_validator.EmailNotValidError as invalid:
        raise ValueError("must be one valid e-mail address, with a mailbox in ASCII") from invalid
    return valid.ascii_email or valid.normalized


def _from_expected_source(source: str, info: ValidationInfo) -> str:
    expected = _expected(info)
    if source != expected.source:
        raise ValueError(f"must be {expected.source}")
    return source


def _not_ahead(instant: datetime, info: ValidationInfo) -> datetime:
    if instant > _expected(info).now + MOST_AHEAD:
        raise ValueError("must not be more than a day in the future")
    return instant


# Instants are cut as they are shown, so that rules and people see the same ones.
EventInstant = Annotated[Instant, AfterValidator(cut)]
PastInstant = Annotated[EventInstant, AfterValidator(_not_ahead)]


class Incoming(BaseModel):
    """Unknown fields are ignored, so that the marketplace may add some. Errors do not quote the input."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Person(Incoming):
    id: Id
    name: Name
    email: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=320),
        Field(json_schema_extra={"format": "email"}),
        AfterValidator(_mailbox),
    ]
    locale: LanguageTag = None
    time_zone: TimeZone = None


class ContractStarted(Incoming):
    contract_id: Id
    title: Title
    started_at: EventInstant
    client: Person
    freelancer: Person

    @model_validator(mode="after")
    def _two_people(self) -> Self:
        if self.client.id == self.freelancer.id:  # otherwise freelancers could rate themselves
            raise ValueError("client.id and freelancer.id must be those of two people")
        return self


class PaymentMade(Incoming):
    contract_id: Id
    payment_id: Id
    paid_at: PastInstant


class ContractEnded(Incoming):
    contract_id: Id
    ended_at: PastInstant


class EndOfContractFeedbackProvided(Incoming):
    contract_id: Id
    feedback_id: Id
    ratings: Ratings
    comment: Comment = None
    provided_at: PastInstant


class _Envelope(Incoming):
    source: Annotated[str, AfterValidator(_from_expected_source)]
    time: Instant
    # Present if EventBridge replayed the event from an archive. A replay's name has this form.
    replay_name: Annotated[str, Field(pattern=r"^[.\-_A-Za-z0-9]{1,64}$")] | None = Field(
        default=None, alias="replay-name"
    )


class StartedEnvelope(_Envelope):
    detail_type: Literal["ContractStarted"] = Field(alias="detail-type")
    detail: ContractStarted


class PaidEnvelope(_Envelope):
    detail_type: Literal["PaymentMade"] = Field(alias="detail-type")
    detail: PaymentMade


class EndedEnvelope(_Envelope):
    detail_type: Literal["ContractEnded"] = Field(alias="detail-type")
    detail: ContractEnded


class FeedbackEnvelope(_Envelope):
    detail_type: Literal["EndOfContractFeedbackProvided"] = Field(alias="detail-type")
    detail: EndOfContractFeedbackProvided


Envelope = Annotated[
    StartedEnvelope | PaidEnvelope | EndedEnvelope | FeedbackEnvelope, Field(discriminator="detail_type")
]
DETAIL_TYPES: Final = tuple(
    get_args(envelope.model_fields["detail_type"].annotation)[0]
    for envelope in (StartedEnvelope, PaidEnvelope, EndedEnvelope, FeedbackEnvelope)
)
_ENVELOPE: TypeAdapter[Envelope] = TypeAdapter(Envelope, config=ConfigDict(hide_input_in_errors=True))


def parse(body: str, expected: Expected) -> Envelope:
    """Parses the body of one message from the queue.

    Raises:
        pydantic.ValidationError: the event can never be applied, or, if an instant is too far ahead, not yet. The
            errors say which field is wrong, and how.
    """
    try:
        return _ENVELOPE.validate_json(body, context=expected)
    except ValidationError as invalid:
        if invalid.errors(include_url=False, include_input=False)[0]["type"] != "json_invalid":
            raise
        return _ENVELOPE.validate_python(_leniently_parsed(body, invalid), context=expected)


def _leniently_parsed(body: str, invalid: ValidationError) -> Any:
    """Parses with Python's own parser. It accepts half a surrogate pair, so that an error can name the field."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise invalid from None
