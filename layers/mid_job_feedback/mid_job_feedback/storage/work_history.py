"""Pages of a freelancer's public work history.

A page is a range of rows of the index `work_history`: contracts newest first, each followed by its feedback. If a
contract's feedback continues on the next page, the contract appears on both. The cursor carries what the next page
needs to show it, so that every page is one read.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from mid_job_feedback import links
from mid_job_feedback.domain import views
from mid_job_feedback.domain.models import ERASED, is_id
from mid_job_feedback.domain.refusals import Invalid, NotFound
from mid_job_feedback.storage import items, store

_KEY: Final = ("PK", "SK", "freelancer_id", "history_key")


def page(freelancer_id: str, limit: int, cursor: str | None) -> views.WorkHistory:
    """Reads the page of at most `limit` rows that follows `cursor`.

    Raises:
        NotFound: `freelancer_id` does not have the form of an id.
        Invalid: the cursor was not made here for this freelancer.
        Unavailable: the table is throttled or out of reach.
    """
    if not is_id(freelancer_id):
        raise NotFound("This is not the ID of a freelancer.")
    position = _position(freelancer_id, cursor) if cursor is not None else {}
    found = store.history(freelancer_id, limit, position.get("after"))
    contracts = _grouped(found.rows, position.get("contract"))
    return views.WorkHistory(
        freelancer_id=freelancer_id,
        name=_name(found.rows),
        contracts=tuple(contracts),
        next_cursor=_cursor(found.rows[-1], contracts) if found.more and found.rows else None,
    )


def _name(rows: Iterable[items.Item]) -> str | None:
    headings = (row for row in rows if row["SK"] == items.CONTRACT)
    return next((row.get("freelancer_name", ERASED) for row in headings), None)


def _grouped(rows: Iterable[items.Item], continued: dict[str, Any] | None) -> list[views.HistoryContract]:
    """Groups rows into contracts with their feedback. `continued` is the contract in which the last page ended.

    A feedback row without its contract's row above it is being moved to another place in the index; it is left
    out.
    """
    headings = {continued["contract_id"]: views.HistoryContract(**continued, feedback=())} if continued else {}
    feedback: dict[str, list[views.PublicFeedbackView]] = {}
    for row in rows:
        if row["SK"] == items.CONTRACT:
            headings[row["contract_id"]] = _heading(row)
            feedback[row["contract_id"]] = []
        elif row["contract_id"] in headings:
            entry = views.public_feedback(items.from_feedback_item(row))
            feedback.setdefault(row["contract_id"], []).append(entry)
    return [
        headings[contract_id].model_copy(update={"feedback": tuple(entries)})
        for contract_id, entries in feedback.items()
    ]


def _heading(row: items.Item) -> views.HistoryContract:
    """A contract without its feedback. The index projects public attributes only."""
    return views.HistoryContract(
        contract_id=row["contract_id"],
        title=row["title"],
        status="ended" if "ended_at" in row else "active",
        started_at=datetime.fromisoformat(row["started_at"]),
        ended_at=datetime.fromisoformat(row["ended_at"]) if "ended_at" in row else None,
        feedback=(),
    )


def _cursor(last: items.Item, contracts: list[views.HistoryContract]) -> str:
    heading = contracts[-1].model_dump(mode="json", exclude={"feedback"}) if contracts else None
    position = {"after": {name: last[name] for name in _KEY}, "contract": heading}
    return links.sign_cursor(links.Cursor.WORK_HISTORY, position)


def _position(freelancer_id: str, cursor: str) -> dict[str, Any]:
    position = links.read_cursor(links.Cursor.WORK_HISTORY, cursor)
    if position is None or position["after"]["freelancer_id"] != freelancer_id:
        raise Invalid([{"field": "cursor", "detail": "is not a cursor of this work history"}])
    return position
