"""What each command changes. Pure: a `Snapshot` and `now` in, a `Change` out, or a named refusal.

    pending ──feedback given────▶ fulfilled
       │─────now >= expires_at──▶ expired
       └─────contract ends──────▶ cancelled

A request reaches exactly one final state and stays there. Past its deadline it is expired, whatever else
happens to it later and whatever the table still holds.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from mid_job_feedback.domain import eligibility, refusals
from mid_job_feedback.domain.models import (
    Contract,
    Feedback,
    FeedbackInput,
    FeedbackKind,
    FeedbackRequest,
    Id,
    Instant,
    Policy,
    RequestInput,
    RequestStatus,
    Role,
    Value,
)

type Cause = Literal["feedback_given", "deadline_passed", "contract_ended"]

CLOSES_AS: Final[Mapping[Cause, RequestStatus]] = MappingProxyType(
    {
        "feedback_given": RequestStatus.FULFILLED,
        "deadline_passed": RequestStatus.EXPIRED,
        "contract_ended": RequestStatus.CANCELLED,
    }
)


class Link(Value):
    """What the signed link of an e-mail says: which request, and enough to find its row in one read."""

    contract_id: Id
    request_id: Id
    requested_at: Instant
    expires_at: Instant


class Snapshot(Value):
    """What a command reads, in one call.

    `stored` is the request row the table holds; past its deadline it is no longer open but still there.
    `closed` is the row of one request that has ended, read only for the link that names it.
    """

    contract: Contract
    stored: FeedbackRequest | None = None
    closed: FeedbackRequest | None = None


class Change(Value):
    """All that one command changes, or nothing. It holds only if `seen` is still what the table says."""

    seen: Snapshot
    closed: FeedbackRequest | None = None
    opened: FeedbackRequest | None = None
    feedback: Feedback | None = None
    ended_at: Instant | None = None


class RequestMade(Change):
    opened: FeedbackRequest


class FeedbackGiven(Change):
    feedback: Feedback


class ContractEnded(Change):
    ended_at: Instant


def close(request: FeedbackRequest, cause: Cause, now: datetime) -> FeedbackRequest:
    """The final state of a pending request. It expired at its deadline, not when somebody noticed.

    Raises:
        ValueError: the request is closed already.
    """
    if request.status is not RequestStatus.PENDING:
        raise ValueError(f"a request that is {request.status} stays so")
    if now >= request.expires_at:
        return request.model_copy(update={"status": CLOSES_AS["deadline_passed"], "closed_at": request.expires_at})
    return request.model_copy(update={"status": CLOSES_AS[cause], "closed_at": now})


def request(
    seen: Snapshot,
    caller_id: str,
    ask: RequestInput,
    *,
    enabled: bool,
    request_id: str,
    policy: Policy,
    now: datetime,
) -> RequestMade:
    """The freelancer requests feedback. An expired request still in the table makes room and is recorded.

    Raises:
        ContractNotFound, NotTheFreelancer, RequestsNotEnabled, NotEligible
        RequestPending: reported before any other ineligibility.
    """
    _require(seen.contract, caller_id, Role.FREELANCER)
    if not enabled:
        raise refusals.RequestsNotEnabled
    if seen.stored and seen.stored.is_open(now):
        raise refusals.RequestPending(seen.stored.expires_at)
    verdict = eligibility.to_request(seen.contract, seen.stored, policy, now, enabled=enabled)
    if not verdict.eligible:
        raise refusals.NotEligible(verdict)
    requested_at = now.replace(microsecond=0)  # so that the deadline is exact in TTL's whole seconds
    opened = FeedbackRequest(
        request_id=request_id,
        contract_id=seen.contract.contract_id,
        status=RequestStatus.PENDING,
        message=ask.message,
        requested_at=requested_at,
        expires_at=requested_at + policy.request_lifetime,
    )
    return RequestMade(seen=seen, opened=opened, closed=_closed(seen, "deadline_passed", now))


def submit(
    seen: Snapshot, caller_id: str, answer: FeedbackInput, *, feedback_id: str, policy: Policy, now: datetime
) -> FeedbackGiven:
    """The client gives feedback, unprompted or as the answer to the open request; either way it closes it.

    Raises:
        ContractNotFound, NotTheClient, NotEligible
    """
    _require(seen.contract, caller_id, Role.CLIENT)
    verdict = eligibility.to_give(seen.contract, seen.stored, policy, now)
    if not verdict.eligible:
        raise refusals.NotEligible(verdict)
    return _accept(seen, answer, feedback_id, now)


def submit_by_link(
    seen: Snapshot, link: Link, answer: FeedbackInput, *, feedback_id: str, now: datetime
) -> FeedbackGiven:
    """Whoever holds the link of an open request answers it.

    Raises:
        LinkExpired, AlreadyAnswered, ContractEnded, RequestCancelled
    """
    require_open(seen, link, now)
    return _accept(seen, answer, feedback_id, now)


def end(seen: Snapshot, ended_at: datetime, now: datetime) -> ContractEnded:
    """The contract ends; what was still open is cancelled, as end-of-contract feedback takes over."""
    return ContractEnded(seen=seen, ended_at=ended_at, closed=_closed(seen, "contract_ended", now))


def require_party(contract: Contract, caller_id: str) -> Role:
    """The caller's role in the contract.

    Raises:
        ContractNotFound: they have none; to them the contract does not exist.
    """
    role = contract.role_of(caller_id)
    if role is None:
        raise refusals.ContractNotFound
    return role


def require_open(seen: Snapshot, link: Link, now: datetime) -> FeedbackRequest:
    """The open request that a link names.

    Raises:
        LinkExpired, AlreadyAnswered, ContractEnded, RequestCancelled: what closed it, and when.
    """
    if seen.stored and seen.stored.request_id == link.request_id:
        if seen.stored.is_open(now) and seen.contract.status == "active":
            return seen.stored
        _refuse(close(seen.stored, "contract_ended", now), seen.contract)
    if seen.closed:
        _refuse(seen.closed, seen.contract)
    # We signed the link, so the request existed; only TTL and the sweep remove one before its end is recorded.
    raise refusals.LinkExpired("The time to answer this request is over.", link.expires_at)


def _refuse(closed: FeedbackRequest, contract: Contract) -> None:
    closed_at = closed.closed_at or closed.expires_at
    match closed.status:
        case RequestStatus.FULFILLED:
            raise refusals.AlreadyAnswered("Feedback was given already; this request is closed.", closed_at)
        case RequestStatus.EXPIRED:
            raise refusals.LinkExpired("The time to answer this request is over.", closed_at)
        case _ if contract.ended_at:
            raise refusals.ContractEnded("The contract has ended, and this request with it.", contract.ended_at)
        case _:  # only the end of a contract cancels as yet; the code is reserved for other ways
            raise refusals.RequestCancelled("This request was cancelled.", closed_at)


def _require(contract: Contract, caller_id: str, role: Role) -> None:
    if require_party(contract, caller_id) is not role:
        raise refusals.NotTheFreelancer if role is Role.FREELANCER else refusals.NotTheClient


def _accept(seen: Snapshot, answer: FeedbackInput, feedback_id: str, now: datetime) -> FeedbackGiven:
    closed = _closed(seen, "feedback_given", now)
    answered = closed if closed and closed.status is RequestStatus.FULFILLED else None
    feedback = Feedback(
        feedback_id=feedback_id,
        contract_id=seen.contract.contract_id,
        kind=FeedbackKind.MID_CONTRACT,
        ratings=answer.ratings,
        score=answer.ratings.score(),
        comment=answer.comment,
        provided_at=now,
        request_id=answered.request_id if answered else None,
    )
    return FeedbackGiven(seen=seen, feedback=feedback, closed=closed)


def _closed(seen: Snapshot, cause: Cause, now: datetime) -> FeedbackRequest | None:
    return close(seen.stored, cause, now) if seen.stored else None
