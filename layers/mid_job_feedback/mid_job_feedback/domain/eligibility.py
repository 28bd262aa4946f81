"""The eligibility rules: who may request and who may give feedback, when, and if not, why not (docs/rules.md).

Every failing reason is returned, each with the instant at which it clears, if that is known. Each rule computes
one instant and compares it with `now`, so that the decision and the instant shown to people never disagree.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal, assert_never

from mid_job_feedback.domain.models import Contract, FeedbackRequest, Instant, Policy, Value


class ReasonCode(StrEnum):
    CONTRACT_NOT_ACTIVE = "contract_not_active"
    CONTRACT_TOO_NEW = "contract_too_new"
    NO_RECENT_PAYMENT = "no_recent_payment"
    FEEDBACK_TOO_RECENT = "feedback_too_recent"
    REQUEST_PENDING = "request_pending"
    REQUESTS_NOT_ENABLED = "requests_not_enabled"
    REQUEST_DECLINED = "request_declined"
    REQUESTS_MUTED = "requests_muted"
    REQUEST_WITHDRAWN_RECENTLY = "request_withdrawn_recently"
    CLIENT_NOT_REACHABLE = "client_not_reachable"


type RequestReasonCode = Literal[
    ReasonCode.REQUEST_PENDING,
    ReasonCode.REQUESTS_NOT_ENABLED,
    ReasonCode.REQUEST_DECLINED,
    ReasonCode.REQUESTS_MUTED,
    ReasonCode.REQUEST_WITHDRAWN_RECENTLY,
    ReasonCode.CLIENT_NOT_REACHABLE,
]


class Reason(Value):
    code: ReasonCode
    detail: str
    clears_at: Instant | None


class Eligibility(Value):
    """`eligible_at` is the earliest instant at which all reasons clear without a further event, or None."""

    eligible: bool
    eligible_at: Instant | None
    reasons: tuple[Reason, ...]


ELIGIBLE = Eligibility(eligible=True, eligible_at=None, reasons=())


def to_give(contract: Contract, pending: FeedbackRequest | None, policy: Policy, now: datetime) -> Eligibility:
    """Whether the client may give feedback.

    On an active contract an open request is enough: the other criteria were met when it was made.
    """
    if pending and pending.is_open(now) and contract.status == "active":
        return ELIGIBLE
    return _verdict(_contract_reasons(contract, policy, now), contract, policy)


def to_request(
    contract: Contract, pending: FeedbackRequest | None, policy: Policy, now: datetime, *, enabled: bool
) -> Eligibility:
    """Whether the freelancer may request feedback. `enabled` says whether the rollout includes them."""
    reasons = _contract_reasons(contract, policy, now)
    if pending and pending.is_open(now):
        reasons.append(_reason(ReasonCode.REQUEST_PENDING, pending.expires_at))
    if not enabled:
        reasons.append(_reason(ReasonCode.REQUESTS_NOT_ENABLED))
    return _verdict(reasons + _request_reasons(contract, policy, now), contract, policy)


def requestable_at_if_withdrawn(
    contract: Contract, pending: FeedbackRequest, policy: Policy, now: datetime, *, enabled: bool
) -> datetime | None:
    """From when the freelancer may ask again if they withdraw `pending` now; it may be past.

    None if that is not known: another rule stands against it, and only an event clears that.
    """
    withdrawn = contract.model_copy(update={"last_withdrawn_request_at": pending.requested_at})
    verdict = to_request(withdrawn, None, policy, now, enabled=enabled)
    return _cooled_down_at(pending.requested_at, policy) if verdict.eligible else verdict.eligible_at


def _contract_reasons(contract: Contract, policy: Policy, now: datetime) -> list[Reason]:
    """The criteria that both actions share. The boundaries are eligible: a contract exactly 30 days old is old
    enough, a payment exactly 30 days old is recent, and feedback exactly 30 days old is no longer too recent.
    """
    reasons = []
    if contract.status == "ended":
        reasons.append(_reason(ReasonCode.CONTRACT_NOT_ACTIVE))
    elif now < contract.started_at:
        reasons.append(_reason(ReasonCode.CONTRACT_NOT_ACTIVE, contract.started_at))
    if now < (old_enough_at := contract.started_at + policy.minimum_contract_age):
        reasons.append(_reason(ReasonCode.CONTRACT_TOO_NEW, old_enough_at))
    paid_until = _paid_until(contract, policy)
    if paid_until is None or now > paid_until:
        reasons.append(_reason(ReasonCode.NO_RECENT_PAYMENT))  # only a new payment clears it
    next_feedback_at = _next_feedback_at(contract, policy)
    if next_feedback_at and now < next_feedback_at:
        reasons.append(_reason(ReasonCode.FEEDBACK_TOO_RECENT, next_feedback_at))
    return reasons


def _request_reasons(contract: Contract, policy: Policy, now: datetime) -> list[Reason]:
    """What earlier requests, and the client, have to do with the next request. The boundaries are eligible."""
    reasons = []
    declined_at, withdrawn_at = contract.last_declined_at, contract.last_withdrawn_request_at
    if declined_at and now < (clears_at := declined_at + policy.decline_interval):
        reasons.append(_reason(ReasonCode.REQUEST_DECLINED, clears_at))
    if contract.requests_muted:
        reasons.append(_reason(ReasonCode.REQUESTS_MUTED))  # only the client clears it
    if withdrawn_at and now < (clears_at := _cooled_down_at(withdrawn_at, policy)):
        reasons.append(_reason(ReasonCode.REQUEST_WITHDRAWN_RECENTLY, clears_at))
    if not contract.client.is_reachable:
        reasons.append(_reason(ReasonCode.CLIENT_NOT_REACHABLE))
    return reasons


def _cooled_down_at(requested_at: datetime, policy: Policy) -> datetime:
    """The first instant at which a withdrawn request no longer stands against the next one."""
    return requested_at + policy.request_cooldown


def _paid_until(contract: Contract, policy: Policy) -> datetime | None:
    """The last instant at which the newest payment counts as recent."""
    return contract.last_payment_at + policy.payment_window if contract.last_payment_at else None


def _next_feedback_at(contract: Contract, policy: Policy) -> datetime | None:
    """The first instant at which the last feedback is no longer too recent."""
    return contract.last_feedback_at + policy.feedback_interval if contract.last_feedback_at else None


def _verdict(reasons: list[Reason], contract: Contract, policy: Policy) -> Eligibility:
    if not reasons:
        return ELIGIBLE
    eligible_at = _eligible_at(reasons, contract, policy)
    return Eligibility(eligible=False, eligible_at=eligible_at, reasons=tuple(reasons))


def _eligible_at(reasons: list[Reason], contract: Contract, policy: Policy) -> datetime | None:
    """When the last reason clears; None if one needs an event to clear, or if the payment is too old by then."""
    instants = [reason.clears_at for reason in reasons if reason.clears_at is not None]
    paid_until = _paid_until(contract, policy)
    if len(instants) < len(reasons) or paid_until is None:
        return None
    earliest = max(instants)
    return earliest if earliest <= paid_until else None


def _reason(code: ReasonCode, clears_at: datetime | None = None) -> Reason:
    return Reason(code=code, detail=_detail(code, clears_at), clears_at=clears_at)


def _detail(code: ReasonCode, clears_at: datetime | None) -> str:
    match code:
        case ReasonCode.CONTRACT_NOT_ACTIVE:
            return "The contract has not started yet." if clears_at else "The contract has ended."
        case ReasonCode.CONTRACT_TOO_NEW:
            return "The contract has not been running long enough yet."
        case ReasonCode.NO_RECENT_PAYMENT:
            return "There is no recent payment on this contract."
        case ReasonCode.FEEDBACK_TOO_RECENT:
            return "The last feedback was given too recently."
        case (
            ReasonCode.REQUEST_PENDING
            | ReasonCode.REQUESTS_NOT_ENABLED
            | ReasonCode.REQUEST_DECLINED
            | ReasonCode.REQUESTS_MUTED
            | ReasonCode.REQUEST_WITHDRAWN_RECENTLY
            | ReasonCode.CLIENT_NOT_REACHABLE
        ):
            return _detail_about_requests(code)
        case unexpected:
            assert_never(unexpected)


def _detail_about_requests(code: RequestReasonCode) -> str:
    match code:
        case ReasonCode.REQUEST_PENDING:
            return "An earlier request is still open."
        case ReasonCode.REQUESTS_NOT_ENABLED:
            return "You cannot request feedback yet."
        case ReasonCode.REQUEST_DECLINED:
            return "The client declined the last request."
        case ReasonCode.REQUESTS_MUTED:
            return "The client has turned off requests for this contract."
        case ReasonCode.REQUEST_WITHDRAWN_RECENTLY:
            return "The last request was withdrawn recently."
        case ReasonCode.CLIENT_NOT_REACHABLE:
            return "The client can no longer be reached."
        case unexpected:
            assert_never(unexpected)
