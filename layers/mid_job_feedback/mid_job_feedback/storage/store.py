"""Reads contracts and their feedback. Changes them in one way only: read, decide, commit if unchanged."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Final, NamedTuple, assert_never

from mid_job_feedback.domain.email_delivery import EmailReport
from mid_job_feedback.domain.lifecycle import Change, Link, Snapshot
from mid_job_feedback.domain.models import (
    Contract,
    EarlierVersion,
    Feedback,
    FeedbackRequest,
    RequestStatus,
    is_id,
)
from mid_job_feedback.domain.refusals import ContractNotFound, Refusal
from mid_job_feedback.storage import items, table, torn_reads, transactions
from mid_job_feedback.storage.conditional_updates import set_if

_DUE_PAGE: Final = 200  # rows; the sweep holds one such page of each of the sixteen shards in memory


class ContractRoom(NamedTuple):
    """A contract with its requests and feedback.

    `deliveries`: reports on e-mails, by the id of the request. `earlier`: versions before corrections, by the id
    of the feedback. `unfiled`: whether some feedback arrived before the contract's start and is not in the work
    history yet.
    """

    seen: Snapshot
    past_requests: list[FeedbackRequest]
    feedback: list[Feedback]
    deliveries: dict[str, EmailReport]
    earlier: dict[str, list[EarlierVersion]]
    unfiled: bool


class HistoryPage(NamedTuple):
    """Rows of the work history in display order; `more` says whether further rows follow."""

    rows: list[items.Item]
    more: bool


def snapshot(contract_id: str, named: Link | str | None = None) -> Snapshot:
    """Reads the contract and its open request, or the request that is named by a link or an id, open or closed.

    One call. With an id, a second one if its request is not open. With a link, a second one if neither row of its
    request was found. One more if feedback fulfilled it, and one more if a later request was made, which may be
    open.

    Raises:
        ContractNotFound: the contract does not exist, or its ContractStarted has not arrived yet.
        Unavailable: the table is throttled or out of reach.
        table.LostRace: the contract's people were replaced during the read.
    """
    if not is_id(contract_id):
        raise ContractNotFound
    match named:
        case None:
            return _snapshot(partition(contract_id, items.CONTRACT))
        case str() as request_id:
            return _snapshot_with(contract_id, request_id)
        case Link() as link:
            return _snapshot_of_link(contract_id, link)
        case unexpected:
            assert_never(unexpected)


def _snapshot_with(contract_id: str, request_id: str) -> Snapshot:
    if not is_id(request_id):  # it would not fit into a key
        return _snapshot(partition(contract_id, items.CONTRACT))
    keys = [
        items.key(contract_id, items.CONTRACT),
        items.open_request_key(contract_id, request_id),
        items.delivery_key(contract_id, request_id),
    ]
    seen = _snapshot(table.get_many(keys))
    if seen.pending and seen.contract.status == "active":
        return seen
    closed = _closed(contract_id, request_id)
    if closed is None and request_id == seen.contract.last_request_id:
        # The read is not atomic: the request may have been closed between reading the open row and the closed one.
        closed = _closed(contract_id, request_id)
    return seen.model_copy(update={"closed": closed})


def _closed(contract_id: str, request_id: str) -> FeedbackRequest | None:
    rows = (items.plain(row) for row in partition(contract_id, items.CLOSED_REQUEST))
    row = next((row for row in rows if row["request_id"] == request_id), None)
    return items.from_closed_request_item(row) if row else None


def _snapshot_of_link(contract_id: str, link: Link) -> Snapshot:
    keys = [
        items.key(contract_id, items.CONTRACT),
        items.open_request_key(contract_id, link.request_id),
        items.key(contract_id, items.closed_request_sort(link.requested_at, link.request_id)),
    ]
    seen = _snapshot(table.get_many(keys))
    if not (seen.pending or seen.closed):
        # The read is not atomic: the request may have been closed between reading the closed row and the open one.
        seen = _snapshot(table.get_many(keys))
    if seen.closed and seen.closed.status is RequestStatus.FULFILLED:
        seen = seen.model_copy(update={"answer": _answer(contract_id, seen.closed)})
    later_id = seen.contract.last_request_id
    if seen.pending or later_id is None or later_id == link.request_id:
        return seen
    later = _snapshot(table.get_many([keys[0], items.open_request_key(contract_id, later_id)]))
    return later.model_copy(update={"closed": seen.closed, "answer": seen.answer})


def _answer(contract_id: str, fulfilled: FeedbackRequest) -> Feedback | None:
    """The feedback that fulfilled a request: provided at the instant at which the request was closed."""
    sort = f"{items.FEEDBACK}{items.stamp(fulfilled.closed_at or fulfilled.expires_at)}#"
    row = next(partition(contract_id, sort), None)
    return items.from_feedback_item(items.plain(row)) if row else None


def closed_request(request: FeedbackRequest) -> FeedbackRequest | None:
    """The request as its closed row has it; None if it has none yet.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    sort = items.closed_request_sort(request.requested_at, request.request_id)
    found = table.get_many([items.key(request.contract_id, sort)])
    return items.from_closed_request_item(items.plain(found[0])) if found else None


def whole_snapshot(contract_id: str, named: Link | str | None = None, closed_id: str | None = None) -> Snapshot:
    """As `snapshot`, and never half of a transaction: if its rows contradict each other, reads them again.

    Commands need no such snapshot, since their writes have conditions. `closed_id`: a request that is known to be
    closed; then the rows need not say so.
    """
    return torn_reads.whole(
        lambda: snapshot(contract_id, named), lambda seen: torn_reads.is_snapshot_torn(seen, closed_id)
    )


def room(contract_id: str) -> ContractRoom:
    """Reads the whole Contract Room: one consistent Query on the contract's partition.

    If it sees half of a transaction, a removed request that is not recorded yet, or unfiled feedback, reads it a
    second time.

    Raises:
        ContractNotFound, Unavailable: as `snapshot`.
    """
    if not is_id(contract_id):
        raise ContractNotFound
    return torn_reads.whole(lambda: room_of(list(partition(contract_id))), is_torn)


def is_torn(room: ContractRoom) -> bool:
    """Whether the rows contradict each other, so that the read may have seen half of a transaction.

    Unfiled feedback is older than the contract's start, and may be as it was before a newer event.
    """
    return room.unfiled or torn_reads.is_room_torn(room.seen, room.past_requests, room.feedback, room.earlier)


def room_of(found: Sequence[items.Item]) -> ContractRoom:
    """The Contract Room from all rows of its contract, in DynamoDB JSON."""
    rows = [items.plain(row) for row in found]
    past = [items.from_closed_request_item(row) for row in rows if row["SK"].startswith(items.CLOSED_REQUEST)]
    feedback = [row for row in rows if row["SK"].startswith(items.FEEDBACK)]
    return ContractRoom(
        seen=_snapshot(row for row in found if row["SK"]["S"].startswith(items.CONTRACT)),
        past_requests=past,
        feedback=[items.from_feedback_item(row) for row in feedback],
        deliveries={
            row["request_id"]: items.from_delivery_item(row)
            for row in rows
            if row["SK"].startswith(items.DELIVERY)
        },
        earlier=_earlier(row for row in rows if row["SK"].startswith(items.EARLIER)),
        unfiled=any("freelancer_id" not in row for row in feedback),
    )


def _earlier(rows: Iterable[items.Item]) -> dict[str, list[EarlierVersion]]:
    versions: dict[str, list[EarlierVersion]] = {}
    for row in rows:
        versions.setdefault(row["feedback_id"], []).append(items.from_earlier_item(row))
    return versions


def partition(contract_id: str, sort: str = "") -> Iterator[dict[str, Any]]:
    """All rows of a contract, or those whose sort key begins with `sort`, read consistently.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    beginning = {":sort": {"S": sort}} if sort else {}
    return table.query_all(
        KeyConditionExpression="PK = :pk AND begins_with(SK, :sort)" if sort else "PK = :pk",
        ExpressionAttributeValues={":pk": items.key(contract_id, "")["PK"], **beginning},
        ConsistentRead=True,
    )


def change[Decided: Change](
    contract_id: str, decide: Callable[[Snapshot], Decided], named: Link | str | None = None
) -> Decided:
    """Optimistic locking: reads a snapshot, asks `decide` for the change, and commits it by conditional writes.

    `named`: the request that the command is about, by its link or its id; see `snapshot`. An empty change is not
    committed.

    After a lost race it reads and decides again (bounded retries, with backoff), so that the result takes the
    winner's change into account. So it does if it refuses on what may be half of another's transaction.

    Raises:
        Refusal: whatever `decide` raises.
        ContractNotFound: see `snapshot`.
        Unavailable: the table is unavailable, or the race was lost too many times.
    """

    def read_and_write() -> Decided:
        seen = snapshot(contract_id, named)
        try:
            decided = decide(seen)
        except Refusal:
            if torn_reads.is_snapshot_torn(seen) and snapshot(contract_id, named) != seen:
                raise table.LostRace from None
            raise
        if decided.changes:
            table.transact(transactions.writes(decided))
        return decided

    return table.retried(read_and_write, "TransactWriteItems")


def remove(due: Sequence[items.DueRequest]) -> None:
    """Deletes the rows of expired requests. No condition is needed, since a key is never used for another request.

    Raises:
        Unavailable: the table is throttled or out of reach. Some rows may be deleted already.
    """
    table.delete_all([request.key for request in due])


def record_reminder(due: items.DueRequest, reminded_at: datetime, due_at: datetime) -> bool:
    """Sets in the row of an open request that its client is reminded, and when the sweep looks at it next.

    False if another run was faster or the request is closed. The table's stream tells `notify` of the reminder.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    changed = {"reminded_at": items.seconds(reminded_at), "due_at": items.seconds(due_at)}
    seen = {":seen_due_at": items.dynamo(items.seconds(due.due_at))}
    return set_if(due.key, changed, transactions.STILL_DUE, seen)


def record_removed(closed: FeedbackRequest) -> bool:
    """Puts the closed row of a request whose open row is gone. False if it is there already.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    try:
        table.put(**transactions.record(closed))
    except table.LostRace:
        return False
    return True


def due(shard: int, now: datetime) -> Iterator[items.DueRequest]:
    """Open requests that are due, from one shard of the index `due`, longest due first.

    The request is past its deadline, or its client is to be reminded.

    Reads one page at a time, so that memory use does not depend on the size of the backlog.

    Raises:
        Unavailable: the table is throttled or out of reach; some rows may have been returned already.
    """
    rows = table.query_all(
        IndexName="due",
        Limit=_DUE_PAGE,
        KeyConditionExpression="due_shard = :shard AND due_at <= :now",
        ExpressionAttributeValues={":shard": items.dynamo(shard), ":now": items.dynamo(items.seconds(now))},
    )
    return map(items.from_due_item, rows)


def history(freelancer_id: str, limit: int, after: items.Item | None) -> HistoryPage:
    """At most `limit` rows of the index `work_history` that follow the key `after`, newest contract first.

    Reads one row more than `limit`, to know whether another page follows.

    Raises:
        Unavailable: the table is throttled or out of reach.
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
    """Builds a Snapshot from whichever rows of the contract, of requests and of their e-mails are present."""
    by_sort = {row["SK"]["S"]: items.plain(row) for row in rows}

    def request(kind: str) -> items.Item | None:
        """The newest row of this kind. Reads are not atomic and may return those of two successive requests."""
        found = [row for sort, row in by_sort.items() if sort.startswith(kind)]
        return max(found, key=itemgetter("requested_at"), default=None)

    pending, closed = request(items.OPEN_REQUEST), request(items.CLOSED_REQUEST)
    delivery = next((row for sort, row in by_sort.items() if sort.startswith(items.DELIVERY)), None)
    contract = _contract(by_sort.get(items.CONTRACT))
    if pending and not torn_reads.is_of(contract, pending):
        raise table.LostRace
    return Snapshot(
        contract=contract,
        pending=items.from_open_request_item(pending) if pending else None,
        reminded_at=items.reminded_at(pending) if pending else None,
        closed=items.from_closed_request_item(closed) if closed else None,
        report=items.from_delivery_item(delivery) if delivery else None,
    )


def _contract(row: items.Item | None) -> Contract:
    contract = items.from_contract_item(row) if row else None
    if contract is None:
        raise ContractNotFound
    return contract
