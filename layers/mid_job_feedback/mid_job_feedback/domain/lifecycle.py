"""What each command changes. Pure: a `Snapshot` and `now` in, a `Change` out, or a named refusal.

    pending ──feedback given────▶ fulfilled
       │─────now >= expires_at──▶ expired
       │─────contract ends──────▶ cancelled (also if an older start names another freelancer, or the
       │                                    data of the client is erased)
       │─────client declines────▶ declined
       └─────taken back─────────▶ withdrawn

A request reaches exactly one final status and keeps it. A request that is still open at its deadline is expired
from then on, even if its row is still in the table.
"""

from datetime import datetime
from typing import Literal, assert_never

from mid_job_feedback.domain import addresses, change_windows, eligibility, refusals, reminders
from mid_job_feedback.domain.email_delivery import EmailReport
from mid_job_feedback.domain.models import (
    Contract,
    DeclineInput,
    Feedback,
    FeedbackInput,
    FeedbackKind,
    FeedbackRequest,
    Id,
    Instant,
    Policy,
    RequestInput,
    RequestPreference,
    RequestStatus,
    Role,
    Value,
)

type ClosedBy = Literal[
    "feedback_given",
    "deadline_passed",
    "contract_ended",
    "freelancer_replaced",
    "client_erased",
    "declined",
    "withdrawn",
]


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
    not been removed yet. `closed` is the row of a closed request; it is read only for a link or a path that names
    this request. Then `pending` is the row of a later request. `report`, on its e-mail, is read for a path only.
    `answer`, the feedback that fulfilled it, is read for a link only.

    `reminded_at`: when the sweep last found a reminder of `pending` due.
    """

    contract: Contract
    pending: FeedbackRequest | None = None
    reminded_at: Instant | None = None
    closed: FeedbackRequest | None = None
    report: EmailReport | None = None
    answer: Feedback | None = None


class Change(Value):
    """Everything that one command changes. Committed only if what the decision rests on is still as in `seen`.

    `due_at`: when the sweep has to look at the opened request first, to remind the client or at the deadline.
    `muted`: whether the client wants no further requests on the contract; None if that stays as it is. A command
    that finds everything as it wants it changes nothing. `by_link`: whether it rests on a link, which counts only
    while the client has the address to which it was mailed.
    """

    seen: Snapshot
    closed: FeedbackRequest | None = None
    opened: FeedbackRequest | None = None
    due_at: Instant | None = None
    feedback: Feedback | None = None
    ended_at: Instant | None = None
    muted: bool | None = None
    by_link: bool = False

    @property
    def changes(self) -> bool:
        """Whether there is anything to commit."""
        return any((self.closed, self.opened, self.feedback, self.ended_at, self.muted is not None))


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


class RequestSettled(Change):
    """A request was declined or withdrawn. `request` is as it is now; `closed` is None if it was so before."""

    request: FeedbackRequest


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
    require_role(seen.contract, caller_id, Role.FREELANCER)
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
    require_role(seen.contract, caller_id, Role.CLIENT)
    verdict = eligibility.to_give(seen.contract, seen.pending, policy, now)
    if not verdict.eligible:
        raise refusals.NotEligible(verdict)
    return _accept(seen, body, feedback_id, now, by_link=False)


def submit_by_link(
    seen: Snapshot, link: Link, body: FeedbackInput, *, feedback_id: str, policy: Policy, now: datetime
) -> FeedbackGiven:
    """Whoever holds the link of an open request gives feedback.

    Raises:
        LinkSuperseded, LinkExpired, AlreadyAnswered, ContractEnded, RequestCancelled, RequestDeclined,
        RequestWithdrawn
    """
    require_open(seen, link, policy, now)
    return _accept(seen, body, feedback_id, now, by_link=True)


def decline(seen: Snapshot, caller_id: str, request_id: str, body: DeclineInput, now: datetime) -> RequestSettled:
    """The client declines an open request. Declining it again changes nothing, except that it can mute requests.

    Raises:
        ContractNotFound, NotTheClient, RequestNotFound, RequestClosed
    """
    require_role(seen.contract, caller_id, Role.CLIENT)
    return _decline(seen, _current(seen, request_id, now), body, now)


def decline_by_link(seen: Snapshot, link: Link, body: DeclineInput, now: datetime) -> RequestSettled:
    """Whoever holds the link of an open request declines it.

    Raises:
        LinkSuperseded, RequestClosed
    """
    return _decline(seen, _current_of_link(seen, link, now), body, now).model_copy(update={"by_link": True})


def withdraw(seen: Snapshot, caller_id: str, request_id: str, now: datetime) -> RequestSettled:
    """The freelancer takes an open request back. To do it again changes nothing.

    Raises:
        ContractNotFound, NotTheFreelancer, RequestNotFound, RequestClosed
    """
    require_role(seen.contract, caller_id, Role.FREELANCER)
    return _settle(seen, _current(seen, request_id, now), "withdrawn", now)


def prefer(seen: Snapshot, caller_id: str, preference: RequestPreference) -> Change:
    """The client turns requests off for this contract, or on again. An open request stays open.

    Raises:
        ContractNotFound, NotTheClient
    """
    require_role(seen.contract, caller_id, Role.CLIENT)
    return Change(seen=seen, muted=_muted(seen, muted=preference.muted))


def end(seen: Snapshot, ended_at: datetime, now: datetime) -> Change:
    """The contract ends. An open request is cancelled, since end-of-contract feedback takes over."""
    return Change(seen=seen, ended_at=ended_at, closed=_closed(seen, "contract_ended", now))


def erase_client(seen: Snapshot, person_id: str, now: datetime) -> Change:
    """The data of this person is erased. If they are the client, who cannot be reached any more, cancels the open
    request.
    """
    is_client = seen.contract.role_of(person_id) is Role.CLIENT
    still_open = seen.pending is not None and seen.pending.is_open(now) and seen.contract.status == "active"
    return Change(seen=seen, closed=_closed(seen, "client_erased", now) if is_client and still_open else None)


def require_party(contract: Contract, caller_id: str) -> Role:
    """The caller's role in the contract.

    Raises:
        ContractNotFound: the caller is not a party, and is told the same as if there were no contract.
    """
    role = contract.role_of(caller_id)
    if role is None:
        raise refusals.ContractNotFound
    return role


def require_role(contract: Contract, caller_id: str, role: Role) -> None:
    """Makes sure that the caller has this role in the contract.

    Raises:
        ContractNotFound, NotTheFreelancer, NotTheClient
    """
    if require_party(contract, caller_id) is role:
        return
    match role:
        case Role.FREELANCER:
            raise refusals.NotTheFreelancer
        case Role.CLIENT:
            raise refusals.NotTheClient
        case unexpected:
            assert_never(unexpected)


def is_asked(contract: Contract, request: FeedbackRequest, person_id: str, now: datetime) -> bool:
    """Whether this person is the client of the contract, and can still answer its request."""
    is_client = contract.role_of(person_id) is Role.CLIENT
    return is_client and contract.status == "active" and request.is_open(now)


def require_open(seen: Snapshot, link: Link, policy: Policy, now: datetime) -> FeedbackRequest:
    """The open request that a link names.

    Raises:
        LinkSuperseded: the client has another address now. Whoever reads the old mailbox is told nothing else.
        LinkExpired, AlreadyAnswered, ContractEnded, RequestCancelled, RequestDeclined, RequestWithdrawn: how the
            request was closed, and when.
    """
    found = _current_of_link(seen, link, now)
    if found is seen.pending:
        return found
    raise _gone(found, seen, policy, now)


def require_answered(seen: Snapshot, link: Link, policy: Policy, now: datetime) -> Feedback:
    """The feedback that was given through this link.

    Raises:
        LinkSuperseded: as `require_open`.
        NotAnswered: the request is still open.
        LinkExpired, AlreadyAnswered, ContractEnded, RequestCancelled, RequestDeclined, RequestWithdrawn: the
            request was closed in another way, or was answered, but not through the link.
    """
    found = _current_of_link(seen, link, now)
    if found is seen.pending:
        raise refusals.NotAnswered
    if found.status is RequestStatus.FULFILLED and seen.answer and seen.answer.by_link:
        return seen.answer
    raise _gone(found, seen, policy, now)


def _current(seen: Snapshot, request_id: str, now: datetime) -> FeedbackRequest:
    """The request with this id in its present status.

    Raises:
        RequestNotFound: the contract has no such request.
        RequestClosed: TTL or the sweep has removed its row, and its end has not been recorded yet.
    """
    if found := _stored(seen, request_id, now):
        return found
    deadline = seen.contract.last_request_expires_at
    if request_id == seen.contract.last_request_id and deadline:
        raise refusals.RequestClosed(RequestStatus.EXPIRED, deadline)
    raise refusals.RequestNotFound


def _current_of_link(seen: Snapshot, link: Link, now: datetime) -> FeedbackRequest:
    """The request of a link in its present status.

    If it has no row, the signature still proves that there was such a request. So TTL or the sweep has removed its
    row, and its end has not been recorded yet.

    Raises:
        LinkSuperseded: the client has another address now. Whoever reads the old mailbox is told nothing else.
    """
    if link.address_digest != addresses.digest(seen.contract.client.email):
        raise refusals.LinkSuperseded
    return _stored(seen, link.request_id, now) or FeedbackRequest(
        request_id=link.request_id,
        contract_id=link.contract_id,
        status=RequestStatus.EXPIRED,
        requested_at=link.requested_at,
        expires_at=link.expires_at,
    )


def _stored(seen: Snapshot, request_id: str, now: datetime) -> FeedbackRequest | None:
    """The request as its row has it. Its row may not have been removed yet when it is closed."""
    if seen.pending is None or seen.pending.request_id != request_id:
        return seen.closed
    if seen.pending.is_open(now) and seen.contract.status == "active":
        return seen.pending
    return seen.closed or close(seen.pending, "contract_ended", now)


def _decline(seen: Snapshot, found: FeedbackRequest, body: DeclineInput, now: datetime) -> RequestSettled:
    settled = _settle(seen, found, "declined", now)
    if body.further_requests == "allowed":
        return settled
    muted = True if settled.closed else _muted(seen, muted=True)
    return settled.model_copy(update={"muted": muted})


def _settle(
    seen: Snapshot, found: FeedbackRequest, settled_by: Literal["declined", "withdrawn"], now: datetime
) -> RequestSettled:
    if found is seen.pending:
        closed = close(found, settled_by, now)
        return RequestSettled(seen=seen, closed=closed, request=closed)
    if found.status is _final_status(settled_by):
        return RequestSettled(seen=seen, request=found)
    raise refusals.RequestClosed(found.status, found.closed_at or found.expires_at)


def _muted(seen: Snapshot, *, muted: bool) -> bool | None:
    return None if muted is seen.contract.requests_muted else muted


def _gone(closed: FeedbackRequest, seen: Snapshot, policy: Policy, now: datetime) -> refusals.ClosedRequest:
    """Why the link of a closed request no longer works."""
    closed_at = closed.closed_at or closed.expires_at
    match closed.status:
        case RequestStatus.FULFILLED:
            return refusals.AlreadyAnswered(closed_at, _correctable_until(seen.answer, policy, now))
        case RequestStatus.EXPIRED:
            return _unanswered(refusals.LinkExpired, closed_at, seen, policy, now)
        case RequestStatus.DECLINED:
            return _unanswered(refusals.RequestDeclined, closed_at, seen, policy, now)
        case RequestStatus.WITHDRAWN:
            return _unanswered(refusals.RequestWithdrawn, closed_at, seen, policy, now)
        case RequestStatus.CANCELLED if ended_at := seen.contract.ended_at:
            return refusals.ContractEnded(ended_at)
        case RequestStatus.CANCELLED:
            return refusals.RequestCancelled(closed_at)
        case RequestStatus.PENDING:
            raise ValueError("a pending request is not closed")
        case unexpected:
            assert_never(unexpected)


def _correctable_until(answer: Feedback | None, policy: Policy, now: datetime) -> datetime | None:
    """Until when the link that gave this feedback can correct it; None if it cannot, or if another way gave it."""
    until = change_windows.correctable_until(answer, policy) if answer and answer.by_link else None
    return until if until and now < until else None


def _unanswered(
    kind: type[refusals.Unanswered], closed_at: datetime, seen: Snapshot, policy: Policy, now: datetime
) -> refusals.Unanswered:
    verdict = eligibility.to_give(seen.contract, seen.pending, policy, now)
    return kind(closed_at, seen.contract.contract_id, can_give_feedback=verdict.eligible)


def _accept(
    seen: Snapshot, body: FeedbackInput, feedback_id: str, now: datetime, *, by_link: bool
) -> FeedbackGiven:
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
        by_link=by_link,
    )
    # Feedback that nobody asked for turns requests on again, whatever was read: they may be turned off meanwhile.
    muted = None if fulfilled else False
    return FeedbackGiven(seen=seen, feedback=feedback, closed=closed, muted=muted, by_link=by_link)


def _closed(seen: Snapshot, closed_by: ClosedBy, now: datetime) -> FeedbackRequest | None:
    return close(seen.pending, closed_by, now) if seen.pending else None


def _final_status(closed_by: ClosedBy) -> RequestStatus:
    match closed_by:
        case "feedback_given":
            return RequestStatus.FULFILLED
        case "deadline_passed":
            return RequestStatus.EXPIRED
        case "contract_ended" | "freelancer_replaced" | "client_erased":
            return RequestStatus.CANCELLED
        case "declined":
            return RequestStatus.DECLINED
        case "withdrawn":
            return RequestStatus.WITHDRAWN
        case unexpected:
            assert_never(unexpected)
