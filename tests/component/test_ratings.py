"""Ratings and comments in requests and responses; tests/unit/test_models.py shows which values are valid."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from tests.builders import RATINGS
from tests.component.marketplace import Marketplace


def test_every_score_survives_the_table_and_json(empty_marketplace: Marketplace) -> None:
    """4.65 as a float is 4.6500000000000003; DynamoDB's numbers are decimal."""
    sums = range(6, 31)
    for total in sums:
        empty_marketplace.start_eligible_contract(f"c-{total}")
        response = empty_marketplace.submit_feedback(f"c-{total}", body={"ratings": _with_sum(total)})
        assert _score(response.body) == _mean(total)
    contracts = empty_marketplace.work_history(limit=100).body["contracts"]
    shown = {contract["contract_id"]: [_score(entry) for entry in contract["feedback"]] for contract in contracts}
    assert shown == {f"c-{total}": [_mean(total)] for total in sums}


@pytest.mark.parametrize(
    ("body", "wrong_fields"),
    [
        ({}, ["ratings"]),
        ({"ratings": None}, ["ratings"]),
        ({"ratings": [5, 5, 5, 5, 5, 5]}, ["ratings"]),
        ({"ratings": RATINGS | {"charm": 5}}, ["ratings.charm"]),
        ({"ratings": RATINGS, "score": 5}, ["score"]),
        ({"ratings": RATINGS, "provided_at": "2020-01-01T00:00:00.000Z"}, ["provided_at"]),
        ({"ratings": RATINGS, "comment": "🙂" * 5001}, ["comment"]),
        (
            {"ratings": RATINGS | {"skills": 6, "quality": 0}, "comment": 5, "extra": 1},
            ["ratings.skills", "ratings.quality", "comment", "extra"],
        ),
    ],
)
def test_an_invalid_body_is_refused_with_every_wrong_field(
    marketplace: Marketplace, body: object, wrong_fields: list[str]
) -> None:
    before = marketplace.rows()
    assert marketplace.submit_feedback(body=body).wrong_fields == wrong_fields
    assert marketplace.rows() == before


@pytest.mark.parametrize(("typed", "stored"), [(" \r\n\t ", None), ("  🙂\nline two ", "🙂\nline two")])
def test_a_comment_is_stored_and_shown_trimmed(marketplace: Marketplace, typed: str, stored: str | None) -> None:
    response = marketplace.submit_feedback(body={"ratings": RATINGS, "comment": typed})
    assert response.body["comment"] == stored
    assert marketplace.feedback_tab().body["feedback"][0]["comment"] == stored


def _with_sum(total: int) -> dict[str, int]:
    each, rest = divmod(total, 6)
    return {name: each + (place < rest) for place, name in enumerate(RATINGS)}


def _mean(total: int) -> Decimal:
    return (Decimal(total) / 6).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _score(feedback: dict[str, Any]) -> Decimal:
    return Decimal(str(feedback["score"]))
