"""The open reports of all contracts, oldest first, for the marketplace's staff; and the decisions on a text.

The index `reports` names the reports that may be open. It lags behind the table, so the rows of these reports and
of their feedback are read again, consistently: what was decided a moment ago is absent at once. A report that was
made a moment ago may be missing until the index has it.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import batched
from typing import Any, Final

from mid_job_feedback import links
from mid_job_feedback.domain import views
from mid_job_feedback.domain.models import is_id
from mid_job_feedback.domain.refusals import FeedbackNotFound, Invalid
from mid_job_feedback.storage import items, store, table

_ROWS_PER_REPORT: Final = 2  # its own and its feedback's
_KEY: Final = ("PK", "SK", "open_reports", "report_key")


def page(limit: int, cursor: str | None) -> views.OpenReports:
    """Reads the page of at most `limit` reports that follows `cursor`.

    A page may be shorter than `limit`, or empty, although another follows: if reports on it were settled a moment
    ago.

    Raises:
        Invalid: the cursor was not made here.
        Unavailable: the table is throttled or out of reach.
    """
    after = _position(cursor) if cursor is not None else None
    read = table.query(
        IndexName="reports",
        KeyConditionExpression="open_reports = :open",
        ExpressionAttributeValues={":open": items.dynamo(items.OPEN_REPORTS)},
        Limit=limit + 1,
        **({"ExclusiveStartKey": items.to_dynamo(after)} if after else {}),
    )
    entries = read["Items"][:limit]
    more = len(read["Items"]) > limit or "LastEvaluatedKey" in read
    position = items.plain({name: entries[-1][name] for name in _KEY}) if entries and more else None
    return views.OpenReports(
        reports=tuple(_open(entries)),
        next_cursor=links.sign_cursor(links.Cursor.OPEN_REPORTS, position) if position else None,
    )


def decisions(contract_id: str, feedback_id: str) -> views.Decisions:
    """The audit trail: all decisions on a piece of feedback and on the reply to it, oldest first.

    Raises:
        FeedbackNotFound: the ids do not have the form of ids.
        Unavailable: the table is throttled or out of reach.
    """
    if not (is_id(contract_id) and is_id(feedback_id)):
        raise FeedbackNotFound
    rows = store.partition(contract_id, items.decisions_sort(feedback_id))
    found = (items.from_decision_item(items.plain(row)) for row in rows)
    return views.Decisions(decisions=tuple(sorted(found, key=lambda decision: decision.decided_at)))


def _position(cursor: str) -> dict[str, Any]:
    position = links.read_cursor(links.Cursor.OPEN_REPORTS, cursor)
    if position is None:
        raise Invalid([{"field": "cursor", "detail": "is not a cursor of the open reports"}])
    return position


def _open(entries: Iterable[items.Item]) -> Iterator[views.OpenReport]:
    """Those of these reports that are still open, with the text that they are about, as the table has them now."""
    for batch in batched(entries, table.READ_BATCH // _ROWS_PER_REPORT, strict=False):
        rows = _read((entry["PK"]["S"], entry["SK"]["S"]) for entry in batch)
        still_open = {key: row for key, row in rows.items() if "open_reports" in row}
        feedback = _read((partition, row["feedback_key"]) for (partition, _), row in still_open.items())
        for entry in batch:
            row = still_open.get((entry["PK"]["S"], entry["SK"]["S"]))
            if row is not None:
                about = feedback.get((row["PK"], row["feedback_key"]))
                yield views.open_report(
                    items.from_report_item(row), items.from_feedback_item(about) if about else None
                )


def _read(keys: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], items.Item]:
    """The rows with these keys, each read once: two reports may be about the same feedback."""
    once = [{"PK": {"S": partition}, "SK": {"S": sort}} for partition, sort in dict.fromkeys(keys)]
    rows = [items.plain(row) for row in table.get_many(once)] if once else []
    return {(row["PK"], row["SK"]): row for row in rows}
