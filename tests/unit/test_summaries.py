"""Which writes keep the summaries exact: what `moved` adds where, and under which condition."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mid_job_feedback.domain.models import FeedbackKind
from mid_job_feedback.storage import items, summaries
from mid_job_feedback.storage.summaries import Counted
from tests.builders import RATINGS
from tests.store import expressions

MID, END = FeedbackKind.MID_CONTRACT, FeedbackKind.END_OF_CONTRACT
ALL_FOUR = dict.fromkeys(RATINGS, 4)
ALL_FIVE = dict.fromkeys(RATINGS, 5)

type Row = dict[str, Any]


def counted(freelancer_id: str = "u-f", kind: FeedbackKind = MID, **ratings: int) -> Counted:
    return Counted(freelancer_id, kind, ALL_FOUR | ratings)


def feedback_row(**changes: Any) -> Row:
    row = {"PK": "CONTRACT#c-1", "SK": "FEEDBACK#f", "kind": "mid_contract", "freelancer_id": "u-f"}
    return {name: value for name, value in {**row, "ratings": ALL_FOUR, **changes}.items() if value is not None}


def applied(writes: list[Row], rows: dict[str, Row] | None = None) -> dict[str, Row]:
    """The summaries after these writes, by partition and sort key."""
    after = dict(rows or {})
    for write in writes:
        [update] = write.values()
        assert "ConditionExpression" not in update
        key = f"{update['Key']['PK']['S']} {update['Key']['SK']['S']}"
        placeholders = expressions.Placeholders(update)
        placeholders.check(update["UpdateExpression"])
        found = items.to_dynamo(after.get(key, {}))
        after[key] = items.plain(expressions.updated(update["UpdateExpression"], found, placeholders))
    return after


def test_new_feedback_creates_a_summary_that_is_in_its_index() -> None:
    after = applied(summaries.moved(None, counted(skills=5)))
    assert after == {
        "FREELANCER#u-f SUMMARY#mid_contract": {
            "freelancer_id": "u-f",
            "summary_key": "~mid_contract",
            "version": 1,
            "count": 1,
            "scored_4": 1,
            **(ALL_FOUR | {"skills": 5}),
        }
    }


def test_a_summary_sorts_above_every_contract_of_the_freelancer() -> None:
    latest = items.contract_summary_key("zz", datetime(2999, 12, 31, tzinfo=UTC))
    assert all(items.summary_item("u-f", kind)["summary_key"] > latest for kind in FeedbackKind)


def test_a_correction_adds_the_difference_in_one_write() -> None:
    rows = applied(summaries.moved(None, counted()))
    [write] = summaries.moved(counted(), counted(skills=1, quality=5))
    [row] = applied([write], rows).values()
    assert (row["skills"], row["quality"], row["deadlines"], row["count"]) == (1, 5, 4, 1)
    added = write["Update"]["ExpressionAttributeValues"]
    assert added[":skills"] == {"N": "-3"}
    assert not added.keys() & {":count", ":deadlines", ":scored_3"}


def test_a_correction_can_move_feedback_to_another_score() -> None:
    rows = applied(summaries.moved(None, counted()))
    [row] = applied(summaries.moved(counted(), Counted("u-f", MID, ALL_FIVE)), rows).values()
    assert (row["scored_4"], row["scored_5"], row["count"]) == (0, 1, 1)


@pytest.mark.parametrize("one", [None, counted(), counted(kind=END)])
def test_what_counts_the_same_needs_no_write(one: Counted | None) -> None:
    assert summaries.moved(one, one) == []


def test_removal_and_restoration_leave_the_summary_as_it_was() -> None:
    before = applied(summaries.moved(None, counted()))
    removed = applied(summaries.moved(counted(), None), before)
    [row] = removed.values()
    assert {name: row[name] for name in ("count", "skills", "scored_4")} == {
        "count": 0,
        "skills": 0,
        "scored_4": 0,
    }
    [restored], [first] = applied(summaries.moved(None, counted()), removed).values(), before.values()
    assert restored == first | {"version": 3}


def test_feedback_that_moves_to_another_freelancer_is_taken_from_one_and_given_to_the_other() -> None:
    before = applied(summaries.moved(None, counted("u-old")))
    writes = summaries.moved(counted("u-old"), counted("u-new"))
    assert len(writes) == 2
    after = applied(writes, before)
    assert after["FREELANCER#u-old SUMMARY#mid_contract"]["count"] == 0
    assert after["FREELANCER#u-new SUMMARY#mid_contract"]["count"] == 1


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (feedback_row(), counted()),
        (feedback_row(kind="end_of_contract"), counted(kind=END)),
        (feedback_row(freelancer_id=None), None),
        (feedback_row(ratings=None), None),
    ],
    ids=["filed", "of the other kind", "unfiled", "removed"],
)
def test_feedback_counts_if_it_is_filed_and_has_ratings(row: Row, expected: Counted | None) -> None:
    assert summaries.counted(items.plain(items.to_dynamo(row))) == expected


CHANGES: dict[str, Row] = {
    "nothing": {},
    "the comment": {"comment": "Late."},
    "the ratings": {"ratings": ALL_FIVE},
    "the freelancer": {"freelancer_id": "u-other"},
    "it was removed": {"ratings": None},
    "it was unfiled": {"freelancer_id": None},
}


@pytest.mark.parametrize("seen", CHANGES)
@pytest.mark.parametrize("now", CHANGES)
def test_the_condition_holds_only_while_the_feedback_counts_what_was_read(seen: str, now: str) -> None:
    read, stored = feedback_row(**CHANGES[seen]), feedback_row(**CHANGES[now])
    condition, compared = summaries.still_counted(read)
    values = expressions.Placeholders({"ExpressionAttributeValues": compared})
    values.check(condition)
    same = all(read.get(name) == stored.get(name) for name in ("ratings", "freelancer_id"))
    assert expressions.holds(condition, items.to_dynamo(stored), values) is same
