"""Who may ask for and who may give feedback, when, and if not, why not (product rules, section 1).

Every failing reason is returned, each with the instant it clears if one is known.
"""

from datetime import datetime
from enum import StrEnum

from mid_job_feedback.domain.models import Contract, FeedbackRequest, Instant, Policy, Value


class ReasonCode(StrEnum):
    CONTRACT_NOT_ACTIVE = "contract_not_active"
    CONTRACT_TOO_NEW = "contract_too_new"
    NO_RECENT_PAYMENT = "no_recent_payment"
    FEEDBACK_TOO_RECENT = "feedback_too_recent"
    REQUEST_PENDING = "request_pending"
    REQUESTS_NOT_ENABLED = "requests_not_enabled"


DETAILS = {
    ReasonCode.CONTRACT_NOT_ACTIVE: "The contract has ended.",
    ReasonCode.CONTRACT_TOO_NEW: "The contract has not run long enough yet.",
    ReasonCode.NO_RECENT_PAYMENT: "There was no payment recently enough.",
    ReasonCode.FEEDBACK_TOO_RECENT: "The last feedback was given too recently.",
    ReasonCode.REQUEST_PENDING: "An earlier request is still open.",
    ReasonCode.REQUESTS_NOT_ENABLED: "Requesting feedback is not available to this freelancer yet.",
}


NOT_STARTED = "The contract has not started yet."


class Reason(Value):
    code: ReasonCode
    detail: str
    clears_at: Instant | None


class Eligibility(Value):
    """`eligible_at`: the earliest instant at which all reasons clear with no further event, if there is one."""

    eligible: bool
    eligible_at: Instant | None
    reasons: tuple[Reason, ...]


ELIGIBLE = Eligibility(eligible=True, eligible_at=None, reasons=())


def to_give(contract: Contract, stored: FeedbackRequest | None, policy: Policy, now: datetime) -> Eligibility:
    """Whether the client may give feedback.

    An open request makes the client of an active contract eligible by itself: the other criteria were met when
    it was made and are not asked again.
    """
    if stored and stored.is_open(now) and contract.status == "active":
        return ELIGIBLE
    return _judge(_standing(contract, policy, now), contract, policy)


def to_request(
    contract: Contract, stored: FeedbackRequest | None, policy: Policy, now: datetime, *, enabled: bool
) -> Eligibility:
    """Whether the freelancer may request feedback. `enabled` says whether the rollout reaches them."""
    reasons = _standing(contract, policy, now)
    if stored and stored.is_open(now):
        reasons.append(_reason(ReasonCode.REQUEST_PENDING, stored.expires_at))
    if not enabled:
        reasons.append(_reason(ReasonCode.REQUESTS_NOT_ENABLED))
    return _judge(reasons, contract, policy)


def _standing(contract: Contract, policy: Policy, now: datetime) -> list[Reason]:
    """The criteria that both sides share. Windows are closed: at exactly 30 days old a contract is old enough,
    a payment exactly 30 days old is recent, and feedback exactly 30 days old is no longer too recent.
    """
    reasons = []
    if contract.status == "ended":
        reasons.append(_reason(ReasonCode.CONTRACT_NOT_ACTIVE))
    elif now < contract.started_at:
        reasons.append(_reason(ReasonCode.CONTRACT_NOT_ACTIVE, contract.started_at, NOT_STARTED))
    if now - contract.started_at < policy.minimum_contract_age:
        reasons.append(_reason(ReasonCode.CONTRACT_TOO_NEW, contract.started_at + policy.minimum_contract_age))
    if contract.last_payment_at is None or now - contract.last_payment_at > policy.payment_window:
        reasons.append(_reason(ReasonCode.NO_RECENT_PAYMENT))  # only a new payment clears it
    last = contract.last_feedback_at
    if last is not None and now - last < policy.feedback_interval:
        reasons.append(_reason(ReasonCode.FEEDBACK_TOO_RECENT, last + policy.feedback_interval))
    return reasons


def _judge(reasons: list[Reason], contract: Contract, policy: Policy) -> Eligibility:
    if not reasons:
        return ELIGIBLE
    return Eligibility(eligible=False, eligible_at=_eligible_at(reasons, contract, policy), reasons=tuple(reasons))


def _eligible_at(reasons: list[Reason], contract: Contract, policy: Policy) -> datetime | None:
    """When the last reason has cleared, unless one never clears or the last payment is too old by then."""
    instants = [reason.clears_at for reason in reasons if reason.clears_at is not None]
    if len(instants) < len(reasons) or contract.last_payment_at is None:
        return None
    earliest = max(instants)
    return earliest if earliest - contract.last_payment_at <= policy.payment_window else None


def _reason(code: ReasonCode, clears_at: datetime | None = None, detail: str | None = None) -> Reason:
    return Reason(code=code, detail=detail or DETAILS[code], clears_at=clears_at)
