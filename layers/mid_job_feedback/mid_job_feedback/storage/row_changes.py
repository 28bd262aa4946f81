"""Records of the table's stream: what happened to one row, and how it looked before and after."""

from collections.abc import Collection, Mapping
from typing import Any, Final, Literal, NamedTuple

from mid_job_feedback.domain import addresses
from mid_job_feedback.domain.models import is_id
from mid_job_feedback.storage import items

_IDS: Final = ("contract_id", "request_id", "feedback_id")
_ABOUT_THE_RECORD: Final = (
    *("eventID", "eventName", "eventVersion", "eventSource", "eventSourceARN"),
    *("awsRegion", "userIdentity"),
)
_ABOUT_THE_CHANGE: Final = (
    "ApproximateCreationDateTime",
    "Keys",
    "SequenceNumber",
    "SizeBytes",
    "StreamViewType",
)
_IMAGES: Final = ("OldImage", "NewImage")
IMPERSONAL: Final[Mapping[str, frozenset[str]]] = {
    items.OPEN_REQUEST: frozenset(
        ("contract_id", "request_id", "freelancer_id", "requested_at", "expires_at", "reminded_at")
    ),
    items.CONTRACT: frozenset(("contract_id",)),
    items.CLOSED_REQUEST: frozenset(
        ("contract_id", "request_id", "status", "requested_at", "deadline", "closed_at")
    ),
    items.FEEDBACK: frozenset(
        (
            *("contract_id", "feedback_id", "kind", "ratings", "score", "provided_at", "request_id", "by_link"),
            *("revision", "edited_at", "first_replied_at", "removed"),
        )
    ),
    items.REPORT: frozenset(
        (
            *("contract_id", "feedback_id", "report_id", "number", "reporter_id", "target", "ground"),
            *("status", "reported_at", "settled_at", "outcome"),
        )
    ),
    items.DECISION: frozenset(("contract_id", "feedback_id", "decision_id", "changed")),
    items.DELIVERY: frozenset(("contract_id", "request_id", "version", "email_number", "status", "reason", "at")),
}
"""What a queue gets of each kind of row, by the beginning of its sort key: enough to know what happened.

No names, addresses or words are among it, nor is any attribute that a later version adds.
"""


class RowChange(NamedTuple):
    """`old` and `new` are empty where the row did not exist.

    `has_new_address`: whether the client of this contract has an address now, and had none or another one before.
    `words_left_out`: whether the record was in a queue, so that the rows lack what is not `IMPERSONAL`.
    """

    event: Literal["INSERT", "MODIFY", "REMOVE"]
    sort: str
    old: items.Item
    new: items.Item
    has_new_address: bool = False
    words_left_out: bool = False


def parse(record: Mapping[str, Any]) -> RowChange:
    """Parses a stream record in Lambda's format, also one that `for_queue` has made.

    Raises:
        KeyError, TypeError: the record is malformed, or its row holds a value of a kind that is never stored.
    """
    changed = record["dynamodb"]
    keys, old, new = (items.plain(changed.get(part, {})) for part in ("Keys", *_IMAGES))
    return RowChange(
        record["eventName"], keys["SK"], old, new, _has_new_address(record), record.get("words_left_out", False)
    )


def for_queue(record: Mapping[str, Any], also: Collection[str] = ()) -> dict[str, Any]:
    """The record as a queue may keep it for days: without names, addresses and words.

    `parse` reads it like the record itself. The record may be malformed; what is not expected is left out.
    `also`: attributes that may stay, too.
    """
    changed = _as_map(record.get("dynamodb"))
    sort = text_of(changed.get("Keys"), "SK")
    kept = {"PK", "SK", *also, *next((IMPERSONAL[kind] for kind in IMPERSONAL if sort.startswith(kind)), ())}
    images = {
        image: {name: value for name, value in _as_map(changed[image]).items() if name in kept}
        for image in _IMAGES
        if image in changed
    }
    about = {name: changed[name] for name in _ABOUT_THE_CHANGE if name in changed}
    return {
        **{name: record[name] for name in _ABOUT_THE_RECORD if name in record},
        "dynamodb": about | images,
        "has_new_address": _has_new_address(record),
        "words_left_out": True,
    }


def ids(record: Mapping[str, Any]) -> dict[str, str]:
    """The ids in a stream record, for the log. The record may be malformed; what is no id is left out."""
    changed = _as_map(record.get("dynamodb"))
    row = _as_map(changed.get("NewImage")) or _as_map(changed.get("OldImage"))
    values = {name: text_of(row, name) for name in _IDS}
    return {name: value for name, value in values.items() if is_id(value)}


def text_of(row: Any, name: str) -> str:
    """The text in an attribute of a row in DynamoDB JSON, which may be malformed; "" if there is none."""
    value = _as_map(_as_map(row).get(name)).get("S")
    return value if isinstance(value, str) else ""


def _has_new_address(record: Mapping[str, Any]) -> bool:
    if "has_new_address" in record:
        return record["has_new_address"] is True
    changed = _as_map(record.get("dynamodb"))
    if text_of(changed.get("Keys"), "SK") != items.CONTRACT:
        return False
    before, now = (text_of(changed.get(image), "client_email") for image in _IMAGES)
    return bool(now) and addresses.digest(now) != addresses.digest(before)


def _as_map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
