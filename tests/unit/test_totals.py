"""What the summary adds up, and how its averages are rounded."""

from decimal import Decimal
from itertools import combinations_with_replacement

import pytest

from mid_job_feedback.domain import totals, views
from mid_job_feedback.domain.models import FeedbackKind, Ratings
from mid_job_feedback.domain.totals import Totals

CATEGORIES = ("skills", "quality", "availability", "deadlines", "communication", "cooperation")


def ratings(*values: int) -> dict[str, int]:
    return dict(zip(CATEGORIES, values, strict=True))


def added(*given: dict[str, int]) -> Totals:
    sums: Totals = totals.NONE
    for each in given:
        sums = totals.plus(sums, totals.of(each))
    return sums


def test_feedback_counts_its_ratings_and_once_in_the_bucket_of_its_score() -> None:
    given = ratings(5, 4, 3, 2, 1, 5)
    assert totals.of(given) == {**totals.NONE, **given, "count": 1, "scored_3": 1}


@pytest.mark.parametrize(
    ("given", "bucket"),
    [
        ((1, 1, 1, 1, 1, 1), 1),
        ((2, 2, 1, 1, 1, 1), 1),  # 1.33
        ((2, 2, 2, 1, 1, 1), 2),  # 1.5
        ((3, 3, 3, 2, 2, 2), 3),  # 2.5: half up, not to the even number
        ((5, 5, 4, 4, 4, 4), 4),  # 4.33
        ((5, 5, 5, 4, 4, 4), 5),  # 4.5
        ((5, 5, 5, 5, 5, 5), 5),
    ],
)
def test_the_bucket_is_the_score_rounded_half_up(given: tuple[int, ...], bucket: int) -> None:
    counted = totals.distribution(totals.of(ratings(*given)))
    assert counted == {str(score): int(score == bucket) for score in range(1, 6)}


def test_the_bucket_of_the_exact_mean_is_that_of_the_score_that_is_shown() -> None:
    """Which is rounded to two places first."""
    for values in combinations_with_replacement(range(1, 6), 6):
        shown = Ratings(**ratings(*values)).score()
        [bucket] = [score for score, number in totals.distribution(totals.of(ratings(*values))).items() if number]
        assert int(bucket) == int(shown + Decimal("0.5"))


def test_the_average_is_that_of_all_ratings_and_not_of_rounded_scores() -> None:
    """The scores are 4.33, 4.33 and 4.17, whose mean is 4.28."""
    low = ratings(5, 5, 4, 4, 4, 4)
    sums = added(low, low, ratings(5, 4, 4, 4, 4, 4))
    assert totals.average(sums) == Decimal("4.28")  # 77 / 18 is 4.2777…
    assert totals.average(added(*[ratings(5, 4, 4, 4, 4, 4)] * 3)) == Decimal("4.17")


@pytest.mark.parametrize(
    ("total", "average"),
    [
        (4_806, "4.01"),  # 4.005: in binary fractions it would be 4.00
        (4_803, "4.00"),  # 4.0025
        (1_002, "0.84"),  # 0.835: half up
        (1_026, "0.86"),  # 0.855: half up, not to the even digit
        (6_000, "5.00"),
    ],
)
def test_averages_are_rounded_half_up_in_decimal(total: int, average: str) -> None:
    sums = {**totals.NONE, "count": 200, "skills": total}
    assert str(totals.average(sums)) == average


def test_averages_of_categories_are_rounded_likewise() -> None:
    sums = {**totals.NONE, "count": 200, "skills": 901, "quality": 899, "availability": 801}
    found = totals.category_averages(sums)
    assert (found["skills"], found["quality"]) == (Decimal("4.51"), Decimal("4.50"))  # 4.505 and 4.495
    assert found["availability"] == Decimal("4.01")  # 4.005


def test_without_feedback_numbers_are_zero_and_averages_null() -> None:
    shown = views.feedback_summary("u-f", None, dict.fromkeys(FeedbackKind, totals.NONE))
    empty = {
        "count": 0,
        "average": None,
        "categories": dict.fromkeys(CATEGORIES),
        "distribution": dict.fromkeys("12345", 0),
    }
    assert shown.model_dump(mode="json") == {
        "freelancer_id": "u-f",
        "name": None,
        "mid_contract": empty,
        "end_of_contract": empty,
    }


def test_adding_and_taking_away_cancel_out() -> None:
    one, other = ratings(5, 4, 3, 2, 1, 5), ratings(1, 1, 1, 1, 1, 2)
    assert totals.minus(added(one, other), totals.of(other)) == totals.of(one)
    assert totals.minus(added(one), totals.of(one)) == totals.NONE
