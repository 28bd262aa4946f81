"""Torn reads: those that see half of a transaction.

DynamoDB reads the rows of a Query or a BatchGetItem one after the other, and not at one instant. If a transaction
commits meanwhile, some rows are from before it and others from after it. A command cannot commit what it decides
on such a read: its conditions fail. What is shown or refused has no conditions, so the rows are read again.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, assert_never

from mid_job_feedback.domain.lifecycle import Snapshot
from mid_job_feedback.domain.models import (
    Contract,
    EarlierVersion,
    Feedback,
    FeedbackKind,
    FeedbackRequest,
    RequestStatus,
)
from mid_job_feedback.domain.refusals import Cause, Dependency, Unavailable
from mid_job_feedback.storage import items, table

_ATTEMPTS: Final = 8


def whole[Found](read: Callable[[], Found], looks_torn: Callable[[Found], bool]) -> Found:
    """What `read` returns, never torn. Reads again only if that looks torn, or if `read` raises LostRace.

    Two equal reads in succession are not torn: what a transaction has changed never changes back.

    Raises:
        Unavailable: as `read`, or the rows changed during every read.
    """
    before: Found | None = None
    for _ in range(_ATTEMPTS):
        try:
            found = read()
        except table.LostRace:
            continue
        if found == before or not looks_torn(found):
            return found
        before = found
    raise Unavailable(Dependency.TABLE, "Query", Cause.LOST_RACE)


def is_of(contract: Contract, open_request: items.Item) -> bool:
    """Whether the people are the same. If not, an older start has replaced them while the rows were read."""
    people = {"client_id": contract.client.id, "freelancer_id": contract.freelancer.id}
    return all(open_request.get(name, person) == person for name, person in people.items())


def is_snapshot_torn(seen: Snapshot, closed_id: str | None = None) -> bool:
    """Whether the rows of a snapshot may be torn. `closed_id`: a request that is known to be closed.

    If the last request has no open row, that may have been deleted after the contract was read. Only a closed row
    shows that it was not.
    """
    closed = [seen.closed] if seen.closed else []
    known = {None, closed_id, *(request.request_id for request in closed)}
    may_be_missing = seen.pending is None and seen.contract.last_request_id not in known
    return may_be_missing or _contradict(seen.contract, seen.pending, closed)


def is_room_torn(
    seen: Snapshot,
    past: Sequence[FeedbackRequest],
    feedback: Sequence[Feedback],
    earlier: Mapping[str, Sequence[EarlierVersion]],
) -> bool:
    """As `is_snapshot_torn`, for all rows of a contract."""
    given = [entry for entry in feedback if entry.kind is FeedbackKind.MID_CONTRACT]
    answered = {entry.request_id for entry in given if entry.request_id}
    fulfilled = {request.request_id for request in past if request.status is RequestStatus.FULFILLED}
    newest = max((entry.provided_at for entry in given), default=None)
    return (
        newest != seen.contract.last_feedback_at
        or answered != fulfilled
        or is_snapshot_torn(seen, max(past, key=lambda request: request.requested_at).request_id if past else None)
        or _contradict(seen.contract, seen.pending, past)
        or any(_is_half_corrected(entry, earlier.get(entry.feedback_id, ())) for entry in feedback)
    )


def _is_half_corrected(feedback: Feedback, earlier: Sequence[EarlierVersion]) -> bool:
    """Whether a version is missing, or is among the earlier ones although it is still the present one."""
    return sorted(version.revision for version in earlier) != list(range(1, feedback.revision))


def _contradict(contract: Contract, pending: FeedbackRequest | None, closed: Sequence[FeedbackRequest]) -> bool:
    """Whether the contract's row and those of its requests cannot have existed together."""
    if pending and _is_closed(contract, pending):
        return True
    return any(
        (pending is not None and pending.request_id == request.request_id) or not _is_known(contract, request)
        for request in closed
    )


def _is_known(contract: Contract, closed: FeedbackRequest) -> bool:
    """Whether the contract's row shows what closed this request, as far as it tells.

    A request can also be cancelled without an end of the contract, which only costs a second read.
    """
    match closed.status:
        case RequestStatus.FULFILLED:
            return not _is_before(contract.last_feedback_at, closed.closed_at)
        case RequestStatus.DECLINED:
            return not _is_before(contract.last_declined_at, closed.closed_at)
        case RequestStatus.WITHDRAWN:
            return not _is_before(contract.last_withdrawn_request_at, closed.requested_at)
        case RequestStatus.CANCELLED:
            return contract.ended_at is not None
        case RequestStatus.EXPIRED | RequestStatus.PENDING:
            return True
        case unexpected:
            assert_never(unexpected)


def _is_closed(contract: Contract, request: FeedbackRequest) -> bool:
    """Whether the contract's row says that this request is closed."""
    return (
        contract.last_request_id != request.request_id
        or contract.ended_at is not None
        or not _is_before(contract.last_feedback_at, request.requested_at)
        or not _is_before(contract.last_declined_at, request.requested_at)
        or contract.last_withdrawn_request_at == request.requested_at
    )


def _is_before(earlier: datetime | None, later: datetime | None) -> bool:
    return earlier is None or (later is not None and earlier < later)
