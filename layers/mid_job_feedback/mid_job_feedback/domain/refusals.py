"""Refusals: every foreseeable "no", as a named exception with the data its reader needs.

    Refusal
    ├── Malformed                 400  the body is not JSON
    ├── TooLarge                  413
    ├── Invalid                   422  well-formed, but not what the route takes
    ├── IdempotencyKeyReused      422
    ├── NotFound                  404
    │   ├── ContractNotFound
    │   ├── RequestNotFound
    │   ├── FeedbackNotFound
    │   └── LinkInvalid
    ├── Forbidden                 403
    │   ├── NotTheFreelancer
    │   ├── NotTheClient
    │   └── RequestsNotEnabled
    ├── Conflict                  409
    │   ├── NotEligible
    │   ├── RequestPending
    │   ├── RequestClosed
    │   ├── CorrectionClosed
    │   ├── ReplyClosed
    │   ├── NotAnswered
    │   ├── TooManyCorrections
    │   ├── AlreadyReported
    │   ├── FeedbackRemoved
    │   └── IdempotencyKeyInProgress
    ├── RevisionMismatch          412  the feedback was corrected since the caller read it
    ├── Gone                      410  a link that no longer works
    │   ├── LinkExpired
    │   ├── AlreadyAnswered
    │   ├── ContractEnded
    │   ├── RequestCancelled
    │   ├── RequestDeclined
    │   ├── RequestWithdrawn
    │   └── LinkSuperseded
    └── Unavailable               503  a dependency is busy, unreachable or misconfigured

`http.problems` maps each family to its status. `code` is documented and never changes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from mid_job_feedback.domain.eligibility import Eligibility
from mid_job_feedback.domain.models import RequestStatus


class Refusal(Exception):
    """Base class. `data` becomes additional members of the problem document."""

    code: ClassVar[str]
    title: ClassVar[str]
    detail: str

    def __init__(self, detail: str, **data: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.data: Mapping[str, Any] = data


class Malformed(Refusal):
    """The body is not JSON."""

    code = "not_json"
    title = "Not JSON"


class TooLarge(Refusal):
    code = "body_too_large"
    title = "Body too large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body may have at most {limit} bytes.")


class Invalid(Refusal):
    """The body or a parameter breaks the route's schema. `errors` is a list of `{"field", "detail"}`."""

    code = "invalid_request"
    title = "Invalid request"

    def __init__(self, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__("; ".join(f"{e['field']}: {e['detail']}" for e in errors[:6]), errors=errors)


class IdempotencyKeyReused(Refusal):
    code = "idempotency_key_reused"
    title = "Idempotency key reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was already used with a different body.")


class NotFound(Refusal):
    code = "not_found"
    title = "Not found"

    def __init__(self, detail: str = "There is nothing at this address.") -> None:
        super().__init__(detail)


class ContractNotFound(NotFound):
    """The contract does not exist, or the caller is not a party to it; callers cannot tell which."""

    code = "contract_not_found"
    title = "Contract not found"

    def __init__(self) -> None:
        super().__init__("You have no contract with this ID.")


class RequestNotFound(NotFound):
    code = "request_not_found"
    title = "Request not found"

    def __init__(self) -> None:
        super().__init__("This contract has no request with this ID.")


class FeedbackNotFound(NotFound):
    """The contract has no such feedback, or the feedback has no reply to report or to decide about."""

    code = "feedback_not_found"
    title = "Feedback not found"

    def __init__(self, detail: str = "This contract has no feedback with this ID.") -> None:
        super().__init__(detail)


class LinkInvalid(NotFound):
    """This stack did not sign the link, or it was altered; callers cannot tell which."""

    code = "link_invalid"
    title = "Link invalid"

    def __init__(self) -> None:
        super().__init__("This link is not valid. Open it from the e-mail again, or copy all of it.")


class Forbidden(Refusal):
    pass


class NotTheFreelancer(Forbidden):
    code = "not_the_freelancer"
    title = "Not the freelancer"

    def __init__(self) -> None:
        super().__init__("Only the freelancer of this contract can do this.")


class NotTheClient(Forbidden):
    code = "not_the_client"
    title = "Not the client"

    def __init__(self) -> None:
        super().__init__("Only the client of this contract can do this.")


class RequestsNotEnabled(Forbidden):
    code = "requests_not_enabled"
    title = "Requests not enabled"

    def __init__(self) -> None:
        super().__init__("You cannot request feedback yet.")


class Conflict(Refusal):
    pass


class NotEligible(Conflict):
    code = "not_eligible"
    title = "Not eligible"

    def __init__(self, eligibility: Eligibility) -> None:
        detail = " ".join(reason.detail for reason in eligibility.reasons)
        super().__init__(detail, reasons=eligibility.reasons, eligible_at=eligibility.eligible_at)


class RequestPending(Conflict):
    code = "request_pending"
    title = "Request pending"

    def __init__(self, expires_at: datetime) -> None:
        super().__init__("An earlier request is still open.", expires_at=expires_at)


class RequestClosed(Conflict):
    """The request was closed in another way, so it can neither be declined nor withdrawn."""

    code = "request_closed"
    title = "Request closed"

    def __init__(self, request_status: RequestStatus, closed_at: datetime) -> None:
        super().__init__("This request is already closed.", request_status=request_status, closed_at=closed_at)


class CorrectionClosed(Conflict):
    """The time to correct is over. `closed_at` is None for end-of-contract feedback, never corrected here."""

    code = "correction_closed"
    title = "Correction closed"

    def __init__(self, closed_at: datetime | None) -> None:
        detail = "The time to correct this feedback is over."
        if closed_at is None:
            detail = "End-of-contract feedback cannot be corrected here."
        super().__init__(detail, closed_at=closed_at)


class ReplyClosed(Conflict):
    """The time to reply, or to change the reply, is over since `closed_at`."""

    code = "reply_closed"
    title = "Reply closed"

    def __init__(self, closed_at: datetime, *, replied: bool) -> None:
        detail = "The time to change this reply is over." if replied else "The time to reply is over."
        super().__init__(detail, closed_at=closed_at)


class NotAnswered(Conflict):
    """The link has given no feedback yet, so there is nothing to correct."""

    code = "not_answered"
    title = "Not answered"

    def __init__(self) -> None:
        super().__init__("No feedback has been given through this link yet.")


class TooManyCorrections(Conflict):
    code = "too_many_corrections"
    title = "Too many corrections"

    def __init__(self, limit: int) -> None:
        super().__init__(f"This feedback was already corrected {limit} times.")


class AlreadyReported(Conflict):
    code = "already_reported"
    title = "Already reported"

    def __init__(self) -> None:
        super().__init__("You have already reported this.")


class FeedbackRemoved(Conflict):
    """The marketplace has removed the text, so it can be neither changed, replied to nor reported."""

    code = "feedback_removed"
    title = "Feedback removed"

    def __init__(self) -> None:
        super().__init__("The marketplace has removed this text.")


class IdempotencyKeyInProgress(Conflict):
    code = "idempotency_key_in_progress"
    title = "Call in progress"

    def __init__(self) -> None:
        super().__init__("A call with this Idempotency-Key is still running. Please repeat it shortly.")


class RevisionMismatch(Refusal):
    """The feedback has another revision than the caller's `If-Match` names: `revision`."""

    code = "revision_mismatch"
    title = "Revision mismatch"

    def __init__(self, revision: int) -> None:
        super().__init__("This feedback was changed since you read it.", revision=revision)


class Gone(Refusal):
    """The link has stopped working."""


class ClosedRequest(Gone):
    """The request that the link names is closed. `closed_at` says since when."""

    def __init__(self, closed_at: datetime, **data: Any) -> None:
        super().__init__(self.detail, closed_at=closed_at, **data)


class Unanswered(ClosedRequest):
    """Nobody answered the request. `can_give_feedback`: whether the client may give feedback now, signed in."""

    def __init__(self, closed_at: datetime, contract_id: str, *, can_give_feedback: bool) -> None:
        super().__init__(closed_at, contract_id=contract_id, can_give_feedback=can_give_feedback)


class LinkExpired(Unanswered):
    """The deadline has passed."""

    code = "link_expired"
    title = "Link expired"
    detail = "The time to answer this request is over."


class RequestDeclined(Unanswered):
    code = "request_declined"
    title = "Request declined"
    detail = "You have declined this request."


class RequestWithdrawn(Unanswered):
    code = "request_withdrawn"
    title = "Request withdrawn"
    detail = "The freelancer has withdrawn this request."


class AlreadyAnswered(ClosedRequest):
    """`correctable_until`: while the link can still correct the feedback, until when; else None."""

    code = "already_answered"
    title = "Already answered"
    detail = "Feedback has been given, so this request is closed."

    def __init__(self, closed_at: datetime, correctable_until: datetime | None) -> None:
        super().__init__(closed_at, correctable_until=correctable_until)


class ContractEnded(ClosedRequest):
    code = "contract_ended"
    title = "Contract ended"
    detail = "The contract has ended, and this request with it."


class RequestCancelled(ClosedRequest):
    code = "request_cancelled"
    title = "Request cancelled"
    detail = "This request was cancelled."


class LinkSuperseded(Gone):
    """The client has another address now. The link of the e-mail to the new one works."""

    code = "link_superseded"
    title = "Link superseded"

    def __init__(self) -> None:
        super().__init__("This link was sent to an address that is no longer in use.")


class Dependency(StrEnum):
    """What the service depends on, by the names in the logs."""

    TABLE = "table"
    IDEMPOTENCY_TABLE = "idempotency_table"
    LINK_KEY = "link_key"
    ROLLOUT_FLAGS = "rollout_flags"
    LAMBDA = "lambda"
    EMAIL = "ses"
    EMAIL_EVENTS = "email_events_topic"
    DASH = "sns"
    EVENT_BUS = "eventbridge"
    QUEUE = "sqs"
    STREAM = "stream"


class Cause(StrEnum):
    """Why a dependency could not be used."""

    THROTTLED = "throttled"
    DAILY_QUOTA = "daily_quota"  # SES has sent as many e-mails in 24 hours as the account may send
    SENDING_PAUSED = "sending_paused"  # SES lets the account send no e-mail at all
    TIMED_OUT = "timed_out"
    NO_CONNECTION = "no_connection"
    SERVER_ERROR = "server_error"  # it responded with 5xx, or with what is not a response
    LOST_RACE = "lost_race"
    INVALID = "invalid"  # it responded, but the secret or flag is malformed
    REJECTED = "rejected"  # the call is refused: credentials, permissions, a missing resource, a parameter


class Unavailable(Refusal):
    """A dependency could not be used. Retrying is safe: nothing is done twice.

    `dependency`, `operation` (of AWS's API, such as `TransactWriteItems`) and `cause` are for the log. People are
    told only that the service is unavailable.
    """

    code = "temporarily_unavailable"
    title = "Temporarily unavailable"

    def __init__(self, dependency: Dependency, operation: str, cause: Cause) -> None:
        super().__init__("The service is temporarily unavailable. Please try again shortly.")
        self.dependency, self.operation, self.cause = dependency, operation, cause
