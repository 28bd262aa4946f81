"""What the summary of a freelancer's feedback adds up, and the averages that follow from it.

count                 pieces of feedback
skills … cooperation  the sum of the ratings in each category
scored_1 … scored_5   pieces of feedback by score, rounded half up to a whole number
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from mid_job_feedback.domain.models import Ratings

type Totals = Mapping[str, int]

CATEGORIES: Final = tuple(Ratings.model_fields)
SCORES: Final = tuple(range(1, 6))
NAMES: Final = ("count", *CATEGORIES, *(f"scored_{score}" for score in SCORES))
NONE: Final[Totals] = dict.fromkeys(NAMES, 0)


def of(ratings: Mapping[str, int]) -> Totals:
    """What one piece of feedback adds."""
    score = (Decimal(sum(ratings.values())) / len(ratings)).quantize(Decimal(1), ROUND_HALF_UP)
    return {**NONE, **ratings, "count": 1, f"scored_{score}": 1}


def plus(one: Totals, other: Totals) -> Totals:
    return {name: one[name] + other[name] for name in NAMES}


def minus(one: Totals, other: Totals) -> Totals:
    return {name: one[name] - other[name] for name in NAMES}


def average(totals: Totals) -> Decimal | None:
    """The mean of all ratings in all categories; None without feedback."""
    return _mean(sum(totals[category] for category in CATEGORIES), totals["count"] * len(CATEGORIES))


def category_averages(totals: Totals) -> dict[str, Decimal | None]:
    return {category: _mean(totals[category], totals["count"]) for category in CATEGORIES}


def distribution(totals: Totals) -> dict[str, int]:
    """How many pieces of feedback have each score, from "1" to "5"."""
    return {str(score): totals[f"scored_{score}"] for score in SCORES}


def _mean(total: int, number: int) -> Decimal | None:
    """Computed in decimal and rounded half up to two places."""
    return (Decimal(total) / number).quantize(Decimal("0.01"), ROUND_HALF_UP) if number else None
