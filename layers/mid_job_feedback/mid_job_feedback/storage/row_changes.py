"""Records of the table's stream: what happened to one row, and how it looked before and after."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mid_job_feedback.storage import items


class RowChange(NamedTuple):
    """`event` is INSERT, MODIFY or REMOVE; `old` and `new` are empty where the row did not exist."""

    event: str
    sort: str
    old: items.Item
    new: items.Item


def parse(record: Mapping[str, Any]) -> RowChange:
    """Reads a stream record in Lambda's format.

    Raises:
        KeyError, TypeError: the record is malformed, or its row holds a value of a kind that we never store.
    """
    changed = record["dynamodb"]
    keys, old, new = (items.plain(changed.get(part, {})) for part in ("Keys", "OldImage", "NewImage"))
    return RowChange(record["eventName"], keys["SK"], old, new)
