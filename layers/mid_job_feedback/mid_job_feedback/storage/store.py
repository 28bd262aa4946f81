"""Reads of contracts and their feedback, and the one way to change them: read, decide, commit if still so."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Final, NamedTuple

from mid_job_feedback.domain.lifecycle import Change, Link, Snapshot
from mid_job_feedback.domain.models import Contract, Feedback, FeedbackRequest, is_id
from mid_job_feedback.domain.refusals import ContractNotFound, Unavailable
from mid_job_feedback.storage import items, table, transactions

_DUE_PAGE: Final = 200  # rows; sixteen such pages are in memory at once


class ContractRoom(NamedTuple):
    """A contract with everything that hangs on it."""

    seen: Snapshot
    past_requests: list[FeedbackRequest]
    feedback: list[Feedback]


class HistoryPage(NamedTuple):
    """Rows of the work history in reading order, as plain items; `more` says whether others follow."""

    rows: list[items.Item]
    more: bool


def snapshot(contract_id: str, link: Link | None = None) -> Snapshot:
    """The contract and its stored request; for a link the request it names, open or closed. One call.

    Raises:
        ContractNotFound: there is none, or it has not started yet.
        Unavailable: the table is throttled or out of reach.
    """
    if not is_id(contract_id):
        raise ContractNotFound
    if link is None:
        return _snapshot(partition(contract_id, items.CONTRACT))
    keys = [
        items.key(contract_id, items.CONTRACT),
        items.open_request_key(contract_id, link.request_id),
        items.key(contract_id, items.closed_request_sort(link.requested_at, link.request_id)),
    ]
    seen = _snapshot(table.get_many(keys))
    if not (seen.stored or seen.closed):
        # The rows are not read at one instant: the request may just have moved from the one to the other.
        seen = _snapshot(table.get_many(keys))
    return seen


def room(contract_id: str) -> ContractRoom:
    """The whole Contract Room: one Query on the contract's partition, read consistently.

    Raises:
        ContractNotFound, Unavailable: as `snapshot`.
    """
    if not is_id(contract_id):
        raise ContractNotFound
    found = list(partition(contract_id))
    rows = [items.plain(row) for row in found]
    past = [items.from_closed_request_item(row) for row in rows if row["SK"].startswith(items.CLOSED_REQUEST)]
    seen = _snapshot(row for row in found if row["SK"]["S"].startswith(items.CONTRACT))
    if seen.stored and seen.stored.request_id in {request.request_id for request in past}:
        seen = seen.model_copy(update={"stored": None})  # it was closed between the one row and the other
    return ContractRoom(
        seen=seen,
        past_requests=past,
        feedback=[items.from_feedback_item(row) for row in rows if row["SK"].startswith(items.FEEDBACK)],
    )


def partition(contract_id: str, sort: str = "") -> Iterator[dict[str, Any]]:
    """All rows of a contract, or those whose sort keys begin with `sort`, read consistently."""
    beginning = {":sort": {"S": sort}} if sort else {}
    return table.query_all(
        KeyConditionExpression="PK = :pk AND begins_with(SK, :sort)" if sort else "PK = :pk",
        ExpressionAttributeValues={":pk": items.key(contract_id, "")["PK"], **beginning},
        ConsistentRead=True,
    )


def change[Decided: Change](
    contract_id: str, decide: Callable[[Snapshot], Decided], link: Link | None = None
) -> Decided:
    """Reads, lets `decide` say what changes, and commits it if nothing it depends on has moved meanwhile.

    A lost race is read and decided again, so that the loser is told the truth.

    Raises:
        Refusal: whatever `decide` raises.
        ContractNotFound: see `snapshot`.
        Unavailable: the table is busy, or the race was lost too many times.
    """
    for attempt in range(table.ATTEMPTS):
        decided = decide(snapshot(contract_id, link))
        try:
            table.transact(transactions.writes(decided))
        except table.LostRace:
            table.pause(attempt)
        else:
            return decided
    raise Unavailable("This contract")


def remove(due: Sequence[items.Item]) -> None:
    """Removes rows of due requests. A row is one request's for good, so nothing later can be hit.

    Raises:
        Unavailable: the table is throttled or out of reach; what was removed stays so.
    """
    table.delete_all([{"PK": row["PK"], "SK": row["SK"]} for row in due])


def record_removed(closed: FeedbackRequest) -> bool:
    """Records the end of a request whose row is gone. False if it is recorded already."""
    try:
        table.put(**transactions.record(closed))
    except table.LostRace:
        return False
    return True


def due(shard: int, now: datetime) -> Iterator[items.Item]:
    """Rows of one shard of the due index past their deadline, as the table has them, longest overdue first.

    A page is read when the one before it is used up, so that a backlog of any size takes the same memory.
    """
    return table.query_all(
        IndexName="due",
        Limit=_DUE_PAGE,
        KeyConditionExpression="due_shard = :shard AND expires_at <= :now",
        ExpressionAttributeValues={":shard": items.dynamo(shard), ":now": items.dynamo(int(now.timestamp()))},
    )


def history(freelancer_id: str, limit: int, after: items.Item | None) -> HistoryPage:
    """At most `limit` rows of the index `work_history`, newest contract first. `after`: the key of a row.

    One row more than asked for is read, so that a page knows whether another follows.
    """
    page = table.query(
        IndexName="work_history",
        KeyConditionExpression="freelancer_id = :freelancer_id",
        ExpressionAttributeValues={":freelancer_id": items.dynamo(freelancer_id)},
        ScanIndexForward=False,
        Limit=limit + 1,
        **({"ExclusiveStartKey": items.to_dynamo(after)} if after else {}),
    )
    rows = [items.plain(row) for row in page["Items"]]
    return HistoryPage(rows[:limit], more=len(rows) > limit or "LastEvaluatedKey" in page)


def _snapshot(rows: Iterable[items.Item]) -> Snapshot:
    """Of the contract's row, of that of a request that is or was open, and of that of one that is closed."""
    by_sort = {row["SK"]["S"]: items.plain(row) for row in rows}

    def request(kind: str) -> items.Item | None:
        """The newest, should one be seen going and the next one coming."""
        found = [row for sort, row in by_sort.items() if sort.startswith(kind)]
        return max(found, key=itemgetter("requested_at"), default=None)

    stored, closed = request(items.OPEN_REQUEST), request(items.CLOSED_REQUEST)
    return Snapshot(
        contract=_contract(by_sort.get(items.CONTRACT)),
        stored=items.from_open_request_item(stored) if stored else None,
        closed=items.from_closed_request_item(closed) if closed else None,
    )


def _contract(row: items.Item | None) -> Contract:
    contract = items.from_contract_item(row) if row else None
    if contract is None:
        raise ContractNotFound
    return contract
