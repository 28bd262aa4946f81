"""Six ratings and a comment: what is accepted, and the score they make."""

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from tests.builders import RATINGS
from tests.component.marketplace import InProcessMarketplace


@pytest.mark.parametrize(
    ("values", "score"),
    [
        ([5, 5, 5, 5, 5, 5], "5.0"),
        ([1, 1, 1, 1, 1, 1], "1.0"),
        ([5, 5, 5, 5, 5, 4], "4.83"),
        ([5, 5, 5, 5, 4, 4], "4.67"),
        ([5, 5, 5, 4, 4, 4], "4.5"),
        ([1, 1, 1, 1, 1, 2], "1.17"),
    ],
)
def test_the_score_is_the_mean_in_two_places(
    marketplace: InProcessMarketplace, values: list[int], score: str
) -> None:
    response = marketplace.submit_feedback(body={"ratings": dict(zip(RATINGS, values, strict=True))})
    assert json.loads(response.text, parse_float=str)["score"] == score


def test_every_sum_survives_the_table_and_json(empty_marketplace: InProcessMarketplace) -> None:
    """4.65 as a float is 4.6500000000000003; DynamoDB's numbers are decimal."""
    sums = range(6, 31)
    for total in sums:
        empty_marketplace.start_eligible_contract(f"c-{total}")
        response = empty_marketplace.submit_feedback(f"c-{total}", body={"ratings": _of_sum(total)})
        assert _score(response.body) == _mean(total)
    contracts = empty_marketplace.work_history(limit=100).body["contracts"]
    shown = {contract["contract_id"]: [_score(entry) for entry in contract["feedback"]] for contract in contracts}
    assert shown == {f"c-{total}": [_mean(total)] for total in sums}


@pytest.mark.parametrize("rating", [0, 6, -1, 10**400, "5", 4.5, 5.0, None, True, [5], {}])
def test_a_rating_is_a_whole_number_from_one_to_five(marketplace: InProcessMarketplace, rating: Any) -> None:
    _refused(marketplace, {"ratings": RATINGS | {"quality": rating}}, "ratings.quality")


@pytest.mark.parametrize("category", RATINGS)
def test_no_category_may_be_missing(marketplace: InProcessMarketplace, category: str) -> None:
    ratings = {name: rating for name, rating in RATINGS.items() if name != category}
    _refused(marketplace, {"ratings": ratings}, f"ratings.{category}")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "ratings"),
        ({"ratings": None}, "ratings"),
        ({"ratings": [5, 5, 5, 5, 5, 5]}, "ratings"),
        ({"ratings": RATINGS | {"charm": 5}}, "ratings.charm"),
        ({"ratings": RATINGS, "score": 5}, "score"),
        ({"ratings": RATINGS, "provided_at": "2020-01-01T00:00:00Z"}, "provided_at"),
        ({"ratings": RATINGS, "comment": 5}, "comment"),
        ({"ratings": RATINGS, "comment": "🙂" * 5001}, "comment"),
    ],
)
def test_a_wrong_body_is_refused_by_field(marketplace: InProcessMarketplace, body: object, field: str) -> None:
    _refused(marketplace, body, field)


def test_every_wrong_field_is_named(marketplace: InProcessMarketplace) -> None:
    body = {"ratings": RATINGS | {"skills": 6, "quality": 0}, "comment": 5, "extra": 1}
    assert marketplace.submit_feedback(body=body).wrong_fields == [
        "ratings.skills",
        "ratings.quality",
        "comment",
        "extra",
    ]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (None, None),
        ("", None),
        (" \r\n\t ", None),
        ("  Fine.\n", "Fine."),
        ("Line one\nline two", "Line one\nline two"),
        ("🙂" * 5000, "🙂" * 5000),
        (" " * 1000 + "é" * 5000, "é" * 5000),
    ],
)
def test_a_comment_is_trimmed_and_counted_in_code_points(
    marketplace: InProcessMarketplace, typed: str | None, kept: str | None
) -> None:
    assert marketplace.submit_feedback(body={"ratings": RATINGS, "comment": typed}).body["comment"] == kept
    assert marketplace.feedback_tab().body["feedback"][0]["comment"] == kept


def _refused(marketplace: InProcessMarketplace, body: object, field: str) -> None:
    before = marketplace.rows()
    assert marketplace.submit_feedback(body=body).wrong_fields == [field]
    assert marketplace.rows() == before


def _of_sum(total: int) -> dict[str, int]:
    each, rest = divmod(total, 6)
    return {name: each + (place < rest) for place, name in enumerate(RATINGS)}


def _mean(total: int) -> Decimal:
    return (Decimal(total) / 6).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _score(feedback: dict[str, Any]) -> Decimal:
    return Decimal(str(feedback["score"]))
