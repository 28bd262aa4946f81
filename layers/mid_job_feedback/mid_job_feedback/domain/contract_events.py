"""The marketplace's contract events, as they arrive in EventBridge's envelope (product contract, section 3)."""

from typing import Annotated, Literal, Self

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from mid_job_feedback.domain.models import Comment, Id, Instant, Name, Ratings, Title


def _mailbox(address: str) -> str:
    """SES takes only 7-bit mailboxes; a domain in another script is sent to by its ASCII form."""
    try:
        # Reserved domains count as valid: whether mail can be delivered is not for us to guess.
        valid = validate_email(
            address, check_deliverability=False, allow_smtputf8=False, strict=True, test_environment=True
        )
    except EmailNotValidError as invalid:
        raise ValueError("must be a valid e-mail address") from invalid
    return valid.ascii_email or valid.normalized


class Incoming(BaseModel):
    """Fields that are not ours to know are ignored: the marketplace may add some."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Person(Incoming):
    id: Id
    name: Name
    email: Annotated[str, Field(max_length=320), AfterValidator(_mailbox)]


class ContractStarted(Incoming):
    contract_id: Id
    title: Title
    started_at: Instant
    client: Person
    freelancer: Person

    @model_validator(mode="after")
    def _two_people(self) -> Self:
        if self.client.id == self.freelancer.id:  # or a freelancer could rate themselves
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
_ENVELOPE: TypeAdapter[Envelope] = TypeAdapter(Envelope)


def parse(body: str) -> Envelope:
    """One event from the queue.

    Raises:
        pydantic.ValidationError: it can never be applied; the errors say why.
    """
    return _ENVELOPE.validate_json(body)
