"""What each command changes. Pure: a `Snapshot` and `now` in, a `Change` out, or a named refusal.

    pending ──feedback given────▶ fulfilled
       │─────now >= expires_at──▶ expired
       └─────contract ends──────▶ cancelled (also if an older start names another freelancer)

A request reaches exactly one final status and keeps it. A request that is still open at its deadline is expired
from then on, even if its row is still in the table.
"""

from datetime import datetime
from typing import Literal, assert_never

from mid_job_feedback.domain import addresses, eligibility, refusals, reminders
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

type ClosedBy = Literal["feedback_given", "deadline_passed", "contract_ended", "freelancer_replaced"]


class Link(Value):
    """The content of a signed feedback link: the request, and what is needed to find its rows in one read.

    `address_digest` stands for the address to which the link was mailed.
    """

    contract_id: Id
    request_id: Id
    requested_at: Instant
    expires_at: Instant
    address_digest: str


class Snapshot(Value):
    """What a command reads.

    `pending` is the row of the open request. If it is past its deadline, the request has expired, but the row has
    not been removed yet. `closed` is the row of a closed request; it is read only for the link that names it.
    For such a link, `pending` is the row of a later request.

    `reminded_at`: when the sweep last found a reminder of `pending` due.
    """

    contract: Contract
    pending: FeedbackRequest | None = None
    reminded_at: Instant | None = None
    closed: FeedbackRequest | None = None


class Change(Value):
    """Everything that one command changes. Committed only if the rows are still as in `seen`.

    `due_at`: when the sweep has to look at the opened request first, to remind the client or at the deadline.
    """

    seen: Snapshot
    closed: FeedbackRequest | None = None
    opened: FeedbackRequest | None = None
    due_at: Instant | None = None
    feedback: Feedback | None = None
    ended_at: Instant | None = None


class RequestMade(Change):
    opened: FeedbackRequest
    due_at: Instant


class FeedbackGiven(Change):
    feedback: Feedback

    @property
    def seconds_to_answer(self) -> int | None:
        """How long the client took to answer the request; None if the feedback answers none."""
        if self.closed is None or self.feedback.request_id is None:  # a request that is closed may have expired
            return None
        return int((self.feedback.provided_at - self.closed.requested_at).total_seconds())


def close(request: FeedbackRequest, closed_by: ClosedBy, now: datetime) -> FeedbackRequest:
    """The request in its final status. An expired request is closed at its deadline, not when that was noticed.

    Raises:
        ValueError: the request is closed already.
    """
    if request.status is not RequestStatus.PENDING:
        raise ValueError(f"a request that is {request.status} stays so")
    if now >= request.expires_at:
        closed_by, now = "deadline_passed", request.expires_at
    return request.model_copy(update={"status": _final_status(closed_by), "closed_at": now})


def request(
    seen: Snapshot,
    caller_id: str,
    body: RequestInput,
    *,
    enabled: bool,
    request_id: str,
    policy: Policy,
    now: datetime,
) -> RequestMade:
    """The freelancer requests feedback. If an expired request still has its row, the same change closes it.

    Raises:
        ContractNotFound, NotTheFreelancer, RequestsNotEnabled, NotEligible
        RequestPending: reported before any other reason.
    """
    _require_role(seen.contract, caller_id, Role.FREELANCER)
    if not enabled:
        raise refusals.RequestsNotEnabled
    if seen.pending and seen.pending.is_open(now):
        raise refusals.RequestPending(seen.pending.expires_at)
    verdict = eligibility.to_request(seen.contract, seen.pending, policy, now, enabled=enabled)
    if not verdict.eligible:
        raise refusals.NotEligible(verdict)
    requested_at = now.replace(microsecond=0)  # the deadline is stored in whole seconds, as TTL needs them
    opened = FeedbackRequest(
        request_id=request_id,
        contract_id=seen.contract.contract_id,
        status=RequestStatus.PENDING,
        message=body.message,
        requested_at=requested_at,
        expires_at=requested_at + policy.request_lifetime,
    )
    due_at = reminders.next_due(opened.expires_at, policy, told_at=requested_at)
    return RequestMade(seen=seen, opened=opened, due_at=due_at, closed=_closed(seen, "deadline_passed", now))


def submit(
    seen: Snapshot, caller_id: str, body: FeedbackInput, *, feedback_id: str, policy: Policy, now: datetime
) -> FeedbackGiven:
    """The client gives feedback, prompted by a request or not. Either way it fulfils the open request.

    Raises:
        ContractNotFound, NotTheClient, NotEligible
    """
    _require_role(seen.contract, caller_id, Role.CLIENT)
    verdict = eligibility.to_give(seen.contract, seen.pending, policy, now)
    if not verdict.eligible:
        raise refusals.NotEligible(verdict)
    return _accept(seen, body, feedback_id, now)


def submit_by_link(
    seen: Snapshot, link: Link, body: FeedbackInput, *, feedback_id: str, policy: Policy, now: datetime
) -> FeedbackGiven:
    """Whoever holds the link of an open request gives feedback.

    Raises:
        LinkSuperseded, LinkExpired, AlreadyAnswered, ContractEnded, RequestCancelled
    """
    require_open(seen, link, policy, now)
    return _accept(seen, body, feedback_id, now)


def end(seen: Snapshot, ended_at: datetime, now: datetime) -> Change:
    """The contract ends. An open request is cancelled, since end-of-contract feedback takes over."""
    return Change(seen=seen, ended_at=ended_at, closed=_closed(seen, "contract_ended", now))


def require_party(contract: Contract, caller_id: str) -> Role:
    """The caller's role in the contract.

    Raises:
        ContractNotFound: the caller is not a party, and is told the same as if there were no contract.
    """
    role = contract.role_of(caller_id)
    if role is None:
        raise refusals.ContractNotFound
    return role


def is_asked(contract: Contract, request: FeedbackRequest, person_id: str, now: datetime) -> bool:
    """Whether this person is the client of the contract, and can still answer its request."""
    is_client = contract.role_of(person_id) is Role.CLIENT
    return is_client and contract.status == "active" and request.is_open(now)


def require_open(seen: Snapshot, link: Link, policy: Policy, now: datetime) -> FeedbackRequest:
    """The open request that a link names.

    Raises:
        LinkSuperseded: the client has another address now. Whoever reads the old mailbox is told nothing else.
        LinkExpired, AlreadyAnswered, ContractEnded, RequestCancelled: how it was closed, and when.
    """
    if link.address_digest != addresses.digest(seen.contract.client.email):
        raise refusals.LinkSuperseded
    if seen.pending and seen.pending.request_id == link.request_id:
        if seen.pending.is_open(now) and seen.contract.status == "active":
            return seen.pending
        raise _refusal(close(seen.pending, "contract_ended", now), seen, policy, now)
    if seen.closed:
        raise _refusal(seen.closed, seen, policy, now)
    # Neither row exists, but the signature proves that the request did. So TTL or the sweep has removed its row,
    # and its end has not been recorded yet.
    raise _link_expired(link.expires_at, seen, policy, now)


def _refusal(closed: FeedbackRequest, seen: Snapshot, policy: Policy, now: datetime) -> refusals.Gone:
    closed_at = closed.closed_at or closed.expires_at
    match closed.status:
        case RequestStatus.FULFILLED:
            return refusals.AlreadyAnswered(closed_at)
        case RequestStatus.EXPIRED:
            return _link_expired(closed_at, seen, policy, now)
        case RequestStatus.CANCELLED if ended_at := seen.contract.ended_at:
            return refusals.ContractEnded(ended_at)
        case RequestStatus.CANCELLED:
            return refusals.RequestCancelled(closed_at)
        case RequestStatus.PENDING:
            raise ValueError("a pending request is not closed")
        case unexpected:
            assert_never(unexpected)


def _link_expired(closed_at: datetime, seen: Snapshot, policy: Policy, now: datetime) -> refusals.LinkExpired:
    verdict = eligibility.to_give(seen.contract, seen.pending, policy, now)
    return refusals.LinkExpired(closed_at, seen.contract.contract_id, can_give_feedback=verdict.eligible)


def _require_role(contract: Contract, caller_id: str, role: Role) -> None:
    if require_party(contract, caller_id) is role:
        return
    match role:
        case Role.FREELANCER:
            raise refusals.NotTheFreelancer
        case Role.CLIENT:
            raise refusals.NotTheClient
        case unexpected:
            assert_never(unexpected)


def _accept(seen: Snapshot, body: FeedbackInput, feedback_id: str, now: datetime) -> FeedbackGiven:
    closed = _closed(seen, "feedback_given", now)
    fulfilled = closed if closed and closed.status is RequestStatus.FULFILLED else None
    feedback = Feedback(
        feedback_id=feedback_id,
        contract_id=seen.contract.contract_id,
        kind=FeedbackKind.MID_CONTRACT,
        ratings=body.ratings.model_dump(),
        score=body.ratings.score(),
        comment=body.comment,
        provided_at=now,
        request_id=fulfilled.request_id if fulfilled else None,
    )
    return FeedbackGiven(seen=seen, feedback=feedback, closed=closed)


def _closed(seen: Snapshot, closed_by: ClosedBy, now: datetime) -> FeedbackRequest | None:
    return close(seen.pending, closed_by, now) if seen.pending else None


def _final_status(closed_by: ClosedBy) -> RequestStatus:
    match closed_by:
        case "feedback_given":
            return RequestStatus.FULFILLED
        case "deadline_passed":
            return RequestStatus.EXPIRED
        case "contract_ended" | "freelancer_replaced":
            return RequestStatus.CANCELLED
        case unexpected:
            assert_never(unexpected)
