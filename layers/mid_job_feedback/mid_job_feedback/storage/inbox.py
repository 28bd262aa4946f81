"""The requests that a client can answer now, of all contracts, soonest deadline first.

The index `client` names the requests that may be open. It lags behind the table, so the rows of these requests and
of their contracts are read again, consistently: what was closed a moment ago is absent at once. A request that was
made a moment ago may be missing until the index has it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import batched
from typing import Final, NamedTuple

from mid_job_feedback import links
from mid_job_feedback.domain import lifecycle, views
from mid_job_feedback.domain.email_delivery import EmailReport
from mid_job_feedback.domain.models import Contract, FeedbackRequest, is_id
from mid_job_feedback.domain.refusals import Invalid
from mid_job_feedback.settings import settings
from mid_job_feedback.storage import items, table, torn_reads

_ROWS_PER_REQUEST: Final = 3  # its own, its contract's, and what became of its e-mail
# Reads of the index for one page. Each but the first replaces requests that turned out to be closed.
_INDEX_READS: Final = 3


class _Entries(NamedTuple):
    """Entries of the index `client`; `more` says whether further entries follow."""

    rows: list[items.Item]
    more: bool


def page(client_id: str, limit: int, cursor: str | None, now: datetime) -> views.OpenRequests:
    """Reads the page of at most `limit` requests that follows `cursor`.

    A page may be shorter than `limit`, or empty, although another follows: if the index names many requests that
    were closed a moment ago.

    Raises:
        Invalid: the cursor was not made here for this client.
        Unavailable: the table is throttled or out of reach.
    """
    after = _position(client_id, cursor) if cursor is not None else ""
    found: list[views.OpenRequest] = []
    more = is_id(client_id)  # nobody is asked without an id, and DynamoDB takes no empty key
    reads = 0
    while more and len(found) < limit and reads < _INDEX_READS:
        entries = _entries(client_id, limit - len(found), after, now)
        found += _open(client_id, entries.rows, now)
        more = entries.more
        after = entries.rows[-1]["client_key"]["S"] if entries.rows else after
        reads += 1
    position = {"client_id": client_id, "after": after}
    return views.OpenRequests(
        requests=tuple(found),
        next_cursor=links.sign_cursor(links.Cursor.OPEN_REQUESTS, position) if more else None,
    )


def _position(client_id: str, cursor: str) -> str:
    position = links.read_cursor(links.Cursor.OPEN_REQUESTS, cursor)
    if position is None or position["client_id"] != client_id:
        raise Invalid([{"field": "cursor", "detail": "is not a cursor of your open requests"}])
    after: str = position["after"]
    return after


def _entries(client_id: str, limit: int, after: str, now: datetime) -> _Entries:
    """At most `limit` entries after the key `after` whose deadline has not passed.

    Reads one entry more, to know whether another follows. The position is part of the range: DynamoDB rejects an
    ExclusiveStartKey outside of the range, which moves with the time.
    """
    first, last = items.client_keys_open_at(now)
    read = table.query(
        IndexName="client",
        KeyConditionExpression="client_id = :client_id AND client_key BETWEEN :first AND :last",
        ExpressionAttributeValues={
            ":client_id": items.dynamo(client_id),
            ":first": items.dynamo(max(first, items.next_client_key(after))),
            ":last": items.dynamo(last),
        },
        Limit=limit + 1,
    )
    rows = read["Items"]
    return _Entries(rows[:limit], more=len(rows) > limit or "LastEvaluatedKey" in read)


def _open(client_id: str, entries: Iterable[items.Item], now: datetime) -> Iterator[views.OpenRequest]:
    """Those of these requests that the client can still answer, as the table has them now."""
    for batch in batched(entries, table.READ_BATCH // _ROWS_PER_REQUEST, strict=False):
        read = _Rows(batch)
        for entry in batch:
            contract, request, report = read.of(entry)
            if contract and request and lifecycle.is_asked(contract, request, client_id, now):
                yield views.open_request(contract, request, report, settings().policy, now)


class _Rows:
    """What the table has for entries of the index, read in one call."""

    def __init__(self, entries: Iterable[items.Item]) -> None:
        keys = {key: None for entry in entries for key in self._keys(entry)}  # each once: two may share a contract
        read = table.get_many([{"PK": {"S": partition}, "SK": {"S": sort}} for partition, sort in keys])
        self._found = {(row["PK"]["S"], row["SK"]["S"]): items.plain(row) for row in read}

    def of(self, entry: items.Item) -> tuple[Contract | None, FeedbackRequest | None, EmailReport | None]:
        found, request, delivery = map(self._found.get, self._keys(entry))
        contract = items.from_contract_item(found or {})
        is_whole = contract and request and torn_reads.is_of(contract, request)
        return (
            contract,
            items.from_open_request_item(request) if request and is_whole else None,
            items.from_delivery_item(delivery) if delivery else None,
        )

    @staticmethod
    def _keys(entry: items.Item) -> Iterator[tuple[str, str]]:
        partition, sort = entry["PK"]["S"], entry["SK"]["S"]
        yield partition, items.CONTRACT
        yield partition, sort
        yield partition, items.DELIVERY + sort.removeprefix(items.OPEN_REQUEST)
