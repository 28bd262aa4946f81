"""Compares the rows of summaries with the feedback rows that they add up, without the service's own code."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

type Row = dict[str, Any]
type Sums = dict[tuple[str, str], Counter[str]]  # by freelancer and kind

_NO_NUMBERS: Final = {"PK", "SK", "freelancer_id", "summary_key", "version"}


def drift(rows: Iterable[Row]) -> Sums:
    """By how much each summary differs from what the feedback adds up to. Empty if all are exact."""
    found: Sums = {}
    for row in rows:
        if row["SK"].startswith("SUMMARY#"):
            key = row["PK"].removeprefix("FREELANCER#"), row["SK"].removeprefix("SUMMARY#")
            numbers = {name: int(value) for name, value in row.items() if name not in _NO_NUMBERS}
            found.setdefault(key, Counter()).update(numbers)
        elif row["SK"].startswith("FEEDBACK#") and "freelancer_id" in row and "ratings" in row:
            found.setdefault((row["freelancer_id"], row["kind"]), Counter()).subtract(_of(row["ratings"]))
    differing = {key: Counter({name: n for name, n in sums.items() if n}) for key, sums in found.items()}
    return {key: sums for key, sums in differing.items() if sums}


def _of(ratings: dict[str, Any]) -> dict[str, int]:
    """What one piece of feedback counts. A mean of 4.5 is a 5."""
    score = int(sum(ratings.values()) / len(ratings) * 2 + 1) // 2
    return {"count": 1, f"scored_{score}": 1} | {category: int(rating) for category, rating in ratings.items()}
