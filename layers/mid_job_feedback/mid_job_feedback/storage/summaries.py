"""Summaries of a freelancer's feedback: one row for each kind, which every change of feedback keeps exact.

Invariant: the summary of a freelancer and a kind is the sum over the feedback rows of this kind whose
`freelancer_id` is the freelancer's and that have `ratings`. Feedback whose contract has not started yet has no
`freelancer_id`, and removed feedback has no `ratings`.

So whatever changes these two attributes of a feedback row does it in a transaction. It has the updates of
`moved`, and the condition of `still_counted`. Then neither a retry nor a crash counts anything twice.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from mid_job_feedback.domain import totals, views
from mid_job_feedback.domain.models import ERASED, FeedbackKind, is_id
from mid_job_feedback.domain.refusals import NotFound
from mid_job_feedback.domain.totals import Totals
from mid_job_feedback.storage import items, table
from mid_job_feedback.storage.conditional_updates import set_if

# The feedback counts for the same freelancer as when it was read, with the same ratings.
SAME_FREELANCER_STILL: Final = "freelancer_id = :counted_freelancer_id"
UNFILED_STILL: Final = "attribute_not_exists(freelancer_id)"
SAME_RATINGS_STILL: Final = "ratings = :counted_ratings"
NO_RATINGS_STILL: Final = "attribute_not_exists(ratings)"
# The summary has not changed since it was read: every change counts its version up.
NO_SUMMARY_STILL: Final = "attribute_not_exists(version)"
SUMMARY_STILL: Final = "version = :seen_version"

# How long a recount waits before it believes a difference: the index that names the contracts may lag.
_INDEX_LAG: Final = 3  # seconds


class Counted(NamedTuple):
    """What a piece of feedback counts in the summary of a freelancer."""

    freelancer_id: str
    kind: FeedbackKind
    ratings: Mapping[str, int]


class _Row(NamedTuple):
    """Which summary: the row of a freelancer and a kind."""

    freelancer_id: str
    kind: FeedbackKind


def counted(row: items.Item) -> Counted | None:
    """What a feedback row, converted from DynamoDB JSON, counts. None if it is unfiled or removed."""
    if "freelancer_id" not in row or "ratings" not in row:
        return None
    ratings = {category: int(rating) for category, rating in row["ratings"].items()}
    return Counted(row["freelancer_id"], FeedbackKind(row["kind"]), ratings)


def moved(before: Counted | None, after: Counted | None) -> list[items.Item]:
    """The writes of a transaction that keep the summaries exact when a feedback row changes: one for each summary.

    Empty if the row counts the same before and after.
    """
    if before == after:
        return []
    changes: dict[_Row, Totals] = {}
    if before:
        changes[_row(before)] = totals.minus(totals.NONE, totals.of(before.ratings))
    if after:
        so_far = changes.get(_row(after), totals.NONE)
        changes[_row(after)] = totals.plus(so_far, totals.of(after.ratings))
    return [_adding(row, change) for row, change in changes.items()]


def still_counted(row: items.Item) -> tuple[str, items.Item]:
    """The condition that a feedback row counts what it did when it was read, and the values that it compares.

    `row` is converted from DynamoDB JSON; the values are in DynamoDB JSON.
    """
    filed, rated = "freelancer_id" in row, "ratings" in row
    compared = {
        **({":counted_freelancer_id": items.dynamo(row["freelancer_id"])} if filed else {}),
        **({":counted_ratings": items.dynamo(row["ratings"])} if rated else {}),
    }
    conditions = (
        SAME_FREELANCER_STILL if filed else UNFILED_STILL,
        SAME_RATINGS_STILL if rated else NO_RATINGS_STILL,
    )
    return " AND ".join(conditions), compared


def read(freelancer_id: str) -> views.FeedbackSummary:
    """The summary that everybody may see: one Query, whatever the number of contracts. A freelancer is named as in
    the newest contract.

    Raises:
        NotFound: `freelancer_id` does not have the form of an id.
        Unavailable: the table is throttled or out of reach.
    """
    _require_id(freelancer_id)
    page = table.query(
        IndexName="summary",
        KeyConditionExpression="freelancer_id = :freelancer_id",
        ExpressionAttributeValues={":freelancer_id": items.dynamo(freelancer_id)},
        ScanIndexForward=False,
        Limit=len(FeedbackKind) + 1,  # the summaries come first, then contracts
    )
    rows = [items.plain(row) for row in page["Items"]]
    newest = next((row for row in rows if row["SK"] == items.CONTRACT), None)
    name = newest.get("freelancer_name", ERASED) if newest else None
    summaries = {row["SK"]: row for row in rows}
    return views.feedback_summary(
        freelancer_id,
        name,
        {kind: _totals(summaries.get(items.summary_sort(kind), {})) for kind in FeedbackKind},
    )


def recount(freelancer_id: str, *, dry_run: bool = False) -> views.Recount:
    """Counts the feedback of a freelancer anew, and corrects the summaries that say something else.

    Reads the contracts that the index names, each consistently. A summary is corrected only if it has not changed
    since before they were read. A difference counts only if it is still there some seconds later: the index may
    lag behind a contract that has just become the freelancer's. A dry run corrects nothing.

    Raises:
        NotFound, Unavailable: as `read`; or feedback of the freelancer changed during every count.
    """
    _require_id(freelancer_id)
    corrected: dict[FeedbackKind, dict[str, views.Difference]] = {kind: {} for kind in FeedbackKind}
    return table.retried(lambda: _recount(freelancer_id, corrected, dry_run=dry_run), "UpdateItem")


class _Count(NamedTuple):
    """Both summaries as they are stored, and what the feedback rows add up to."""

    stored: dict[FeedbackKind, items.Item]
    contracts: int
    totals: dict[FeedbackKind, Totals]

    def differences(self, kind: FeedbackKind) -> dict[str, views.Difference]:
        stored = _totals(self.stored[kind])
        return {
            name: views.Difference(stored=stored[name], counted=number)
            for name, number in self.totals[kind].items()
            if stored[name] != number
        }


def _recount(
    freelancer_id: str, corrected: dict[FeedbackKind, dict[str, views.Difference]], *, dry_run: bool
) -> views.Recount:
    """Adds what it corrects to `corrected`, so that the report has it even if the other summary then changes."""
    count = _count(freelancer_id)
    differences = {kind: count.differences(kind) for kind in FeedbackKind}
    if any(differences.values()):
        await_index()
        if _count(freelancer_id) != count:
            raise table.LostRace
    for kind, found in differences.items():
        if found and not dry_run:
            _correct(_Row(freelancer_id, kind), count.stored[kind], count.totals[kind])
        corrected[kind] |= found
    recounts = {
        kind: views.KindRecount(count=count.totals[kind]["count"], corrected=corrected[kind])
        for kind in FeedbackKind
    }
    return views.Recount(
        freelancer_id=freelancer_id,
        contracts=count.contracts,
        mid_contract=recounts[FeedbackKind.MID_CONTRACT],
        end_of_contract=recounts[FeedbackKind.END_OF_CONTRACT],
    )


def await_index() -> None:
    """Waits long enough for the index to have earlier writes. After an outage it may still lag."""
    time.sleep(_INDEX_LAG)


def _count(freelancer_id: str) -> _Count:
    """Reads the summaries first: if they are the same at the end, no feedback has changed meanwhile."""
    stored = _stored(freelancer_id)
    contract_ids = _contract_ids(freelancer_id)
    added = dict.fromkeys(FeedbackKind, totals.NONE)
    for found in _feedback(freelancer_id, contract_ids):
        added[found.kind] = totals.plus(added[found.kind], totals.of(found.ratings))
    return _Count(stored, len(contract_ids), added)


def _stored(freelancer_id: str) -> dict[FeedbackKind, items.Item]:
    rows = _rows(items.summaries_partition(freelancer_id), items.SUMMARY)
    found = {row["SK"]: row for row in rows}
    return {kind: found.get(items.summary_sort(kind), {}) for kind in FeedbackKind}


def _rows(partition: items.Item, beginning: str) -> Iterator[items.Item]:
    """The rows of a partition whose sort key has this beginning, read consistently."""
    found = table.query_all(
        KeyConditionExpression="PK = :pk AND begins_with(SK, :sort)",
        ExpressionAttributeValues={":pk": partition, ":sort": items.dynamo(beginning)},
        ConsistentRead=True,
    )
    return map(items.plain, found)


def _contract_ids(freelancer_id: str) -> list[str]:
    rows = table.query_all(
        IndexName="work_history",
        KeyConditionExpression="freelancer_id = :freelancer_id",
        ExpressionAttributeValues={":freelancer_id": items.dynamo(freelancer_id)},
    )
    return sorted({row["contract_id"]["S"] for row in rows})


def _feedback(freelancer_id: str, contract_ids: Iterable[str]) -> Iterator[Counted]:
    for contract_id in contract_ids:
        for found in map(counted, _rows(items.key(contract_id, "")["PK"], items.FEEDBACK)):
            if found and found.freelancer_id == freelancer_id:
                yield found


def _correct(row: _Row, stored: items.Item, counted_anew: Totals) -> None:
    version = int(stored.get("version", 0))
    compared = {":seen_version": items.dynamo(version)} if version else {}
    corrected = {**items.summary_item(*row), **counted_anew, "version": version + 1}
    condition = SUMMARY_STILL if version else NO_SUMMARY_STILL
    if not set_if(items.summary_row_key(*row), corrected, condition, compared):
        raise table.LostRace


def _row(counts: Counted) -> _Row:
    return _Row(counts.freelancer_id, counts.kind)


def _totals(row: items.Item) -> Totals:
    return {name: int(row.get(name, 0)) for name in totals.NAMES}


def _adding(row: _Row, change: Totals) -> items.Item:
    """An update that adds to a summary, or creates it. Needs no condition: additions commute."""
    keys = items.summary_item(*row)
    added = {"version": 1, **{name: number for name, number in change.items() if number}}
    return {
        "Update": {
            "Key": items.summary_row_key(*row),
            "UpdateExpression": (
                "SET "
                + ", ".join(f"#{name} = :{name}" for name in keys)
                + " ADD "
                + ", ".join(f"#{name} :{name}" for name in added)
            ),
            "ExpressionAttributeNames": {f"#{name}": name for name in (*keys, *added)},
            "ExpressionAttributeValues": {
                f":{name}": items.dynamo(value) for name, value in (keys | added).items()
            },
        }
    }


def _require_id(freelancer_id: str) -> None:
    if not is_id(freelancer_id):
        raise NotFound("This is not the ID of a freelancer.")
