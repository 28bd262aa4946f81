"""The marketplace's contract events, as they arrive in EventBridge's envelope (docs/rules.md)."""

from typing import Annotated, Literal, Self

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from mid_job_feedback.domain.locales import LanguageTag, TimeZone
from mid_job_feedback.domain.models import Comment, Id, Instant, Name, Ratings, Title


def _mailbox(address: str) -> str:
    """The address as SES takes it: a 7-bit mailbox, and an internationalized domain in its ASCII form."""
    try:
        # Reserved domains are valid here: whether mail can be delivered is SES's to find out.
        valid = validate_email(
            address, check_deliverability=False, allow_smtputf8=False, strict=True, test_environment=True
        )
    except EmailNotValidError as invalid:
        raise ValueError("must be a valid e-mail address") from invalid
    return valid.ascii_email or valid.normalized


class Incoming(BaseModel):
    """Unknown fields are ignored, so that the marketplace may add some. Errors do not quote the input."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Person(Incoming):
    id: Id
    name: Name
    email: Annotated[str, Field(max_length=320), AfterValidator(_mailbox)]
    locale: LanguageTag = None
    time_zone: TimeZone = None


class ContractStarted(Incoming):
    contract_id: Id
    title: Title
    started_at: Instant
    client: Person
    freelancer: Person

    @model_validator(mode="after")
    def _two_people(self) -> Self:
        if self.client.id == self.freelancer.id:  # otherwise freelancers could rate themselves
            raise ValueError("client and freelancer must be two people")
        return self


class PaymentMade(Incoming):
    contract_id: Id
    payment_id: Id
    paid_at: Instant


class ContractEnded(Incoming):
    contract_id: Id
    ended_at: Instant


class EndOfContractFeedbackProvided(Incoming):
    contract_id: Id
    feedback_id: Id
    ratings: Ratings
    comment: Comment = None
    provided_at: Instant


class _Envelope(Incoming):
    source: Literal["marketplace.contracts"]
    time: Instant
    replay_name: str | None = Field(default=None, alias="replay-name")  # if it comes from EventBridge's archive


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
_ENVELOPE: TypeAdapter[Envelope] = TypeAdapter(Envelope, config=ConfigDict(hide_input_in_errors=True))


def parse(body: str) -> Envelope:
    """Parses the body of one message from the queue.

    Raises:
        pydantic.ValidationError: the event can never be applied; the errors say why.
    """
    return _ENVELOPE.validate_json(body)
