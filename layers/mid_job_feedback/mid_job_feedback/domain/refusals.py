"""Refusals: every foreseeable "no", named, with the data its reader needs.

The families below `Refusal` say what kind of no it is; `problems` turns each family into one HTTP status.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from mid_job_feedback.domain.eligibility import Eligibility


class Refusal(Exception):
    """Base of all. `code` is fixed and documented; `data` becomes further members of the problem document."""

    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, detail: str, **data: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.data: Mapping[str, Any] = data


class Malformed(Refusal):
    """The body is no JSON."""

    code = "not_json"
    title = "Not JSON"


class TooLarge(Refusal):
    code = "body_too_large"
    title = "Body too large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body may have at most {limit} bytes.")


class Invalid(Refusal):
    """Well-formed, but not what the route takes. `errors` is a list of `{"field", "detail"}`."""

    code = "invalid_request"
    title = "Invalid request"

    def __init__(self, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__("; ".join(f"{e['field']}: {e['detail']}" for e in errors[:6]), errors=errors)


class IdempotencyKeyReused(Refusal):
    code = "idempotency_key_reused"
    title = "Idempotency key reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used before with another body.")


class NotFound(Refusal):
    code = "not_found"
    title = "Not found"

    def __init__(self, detail: str = "There is nothing here.") -> None:
        super().__init__(detail)


class ContractNotFound(NotFound):
    """The same for a contract that does not exist and one the caller is no party to."""

    code = "contract_not_found"
    title = "Contract not found"

    def __init__(self) -> None:
        super().__init__("There is no such contract among yours.")


class LinkInvalid(NotFound):
    """The same for every link we did not sign, however it was made."""

    code = "link_invalid"
    title = "Link invalid"

    def __init__(self) -> None:
        super().__init__("This link is not valid. Open it exactly as it stands in the e-mail.")


class Forbidden(Refusal):
    pass


class NotTheFreelancer(Forbidden):
    code = "not_the_freelancer"
    title = "Not the freelancer"

    def __init__(self) -> None:
        super().__init__("Only the freelancer of this contract can request feedback.")


class NotTheClient(Forbidden):
    code = "not_the_client"
    title = "Not the client"

    def __init__(self) -> None:
        super().__init__("Only the client of this contract can give feedback.")


class RequestsNotEnabled(Forbidden):
    code = "requests_not_enabled"
    title = "Requests not enabled"

    def __init__(self) -> None:
        super().__init__("Requesting feedback is not available to this freelancer yet.")


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


class IdempotencyKeyInProgress(Conflict):
    code = "idempotency_key_in_progress"
    title = "Call in progress"

    def __init__(self) -> None:
        super().__init__("A call with this Idempotency-Key is being answered; repeat it in a moment.")


class Gone(Refusal):
    """The link was good once. `closed_at` says since when it is not."""

    def __init__(self, detail: str, closed_at: datetime) -> None:
        super().__init__(detail, closed_at=closed_at)


class LinkExpired(Gone):
    code = "link_expired"
    title = "Link expired"


class AlreadyAnswered(Gone):
    code = "already_answered"
    title = "Already answered"


class ContractEnded(Gone):
    code = "contract_ended"
    title = "Contract ended"


class RequestCancelled(Gone):
    code = "request_cancelled"
    title = "Request cancelled"


class Unavailable(Refusal):
    """Something we depend on is busy or out of reach. Trying again is safe: nothing is done twice."""

    code = "temporarily_unavailable"
    title = "Temporarily unavailable"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is busy. Please try again in a moment.")
