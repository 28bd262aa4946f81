"""Records of the table's stream: what happened to one row, and how it looked before and after."""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from mid_job_feedback.domain.models import is_id
from mid_job_feedback.storage import items

_IDS: Final = ("contract_id", "request_id", "feedback_id")


class RowChange(NamedTuple):
    """`old` and `new` are empty where the row did not exist."""

    event: Literal["INSERT", "MODIFY", "REMOVE"]
    sort: str
    old: items.Item
    new: items.Item


def parse(record: Mapping[str, Any]) -> RowChange:
    """Parses a stream record in Lambda's format.

    Raises:
        KeyError, TypeError: the record is malformed, or its row holds a value of a kind that is never stored.
    """
    changed = record["dynamodb"]
    keys, old, new = (items.plain(changed.get(part, {})) for part in ("Keys", "OldImage", "NewImage"))
    return RowChange(record["eventName"], keys["SK"], old, new)


def ids(record: Mapping[str, Any]) -> dict[str, str]:
    """The ids in a stream record, for the log. The record may be malformed; what is no id is left out."""
    changed = _as_map(record.get("dynamodb"))
    row = _as_map(changed.get("NewImage")) or _as_map(changed.get("OldImage"))
    values = {name: _as_map(row.get(name)).get("S") for name in _IDS}
    return {name: value for name, value in values.items() if isinstance(value, str) and is_id(value)}


def _as_map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
