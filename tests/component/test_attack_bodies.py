"""Bodies made to be expensive: they are refused before any read, and with a short response."""

import json
from collections.abc import Iterator

import pytest

from tests.builders import RATINGS
from tests.component.marketplace import Marketplace
from tests.component.test_request_bodies import POSTS, Post, every_post
from tests.conftest import Tried

FEEDBACK = json.dumps({"ratings": RATINGS})
SHORT = 20_000  # bytes of a response


def deep() -> Iterator[str]:
    """Well-formed JSON, nested as deep as the size limit permits."""
    for depth in (10, 100, 1000, 10_000, 60_000):
        yield '{"comment": ' + "[" * depth + "]" * depth + "}"
    for depth in (10, 1000, 18_000):
        yield '{"a":' * depth + "1" + "}" * depth
        yield '{"message": ' + '{"a":' * (depth - 10) + "1" + "}" * (depth - 10) + "}"


def expensive() -> Iterator[str]:
    """Thousands of fields, huge or odd numbers, and duplicate or magic fields."""
    fields = ",".join(f'"{number}":0' for number in range(9_000))
    yield f'{{"ratings": {{{fields}}}}}'
    yield f'{{{fields}, "ratings": {{}}}}'
    for number in (
        "1" * 100_000,
        "-" + "9" * 5000,
        "4.5" + "0" * 100_000,
        "1e-400",
        "1e308",
        "45e-1",
        "05",
        "+5",
        "0x5",
    ):
        yield FEEDBACK.replace('"skills": 5', f'"skills": {number}')
    yield '{"ratings": ' + FEEDBACK + ', "ratings": 5}'
    yield FEEDBACK[:-1] + ', "__proto__": {"a": 1}}'
    yield FEEDBACK[:-1] + ', "comment": "' + "\\u0000" * 5001 + '"}'


@every_post
def test_ten_megabytes_are_refused_unread(empty_marketplace: Marketplace, post: Post, tried: Tried) -> None:
    large = FEEDBACK.ljust(10 * 1024 * 1024)
    bodies: list[str | bytes] = [
        large,
        large.encode(),
        "[" * len(large),
        "é" * (len(large) // 2),
        "\x00" * len(large),
    ]
    for body in bodies:
        assert post(empty_marketplace, body=body).refusal == (413, "body_too_large")
    assert empty_marketplace.sdk.calls == []
    tried("bodies", len(bodies))


@every_post
def test_no_nesting_is_too_deep(empty_marketplace: Marketplace, post: Post, tried: Tried) -> None:
    bodies = list(deep())
    for body in bodies:
        response = post(empty_marketplace, body=body)
        assert (len(body), response.status) in {(len(body), status) for status in (200, 400, 404, 422)}
        assert len(response.text) < SHORT
    assert not {call.operation for call in empty_marketplace.sdk.calls} & {"PutItem", "TransactWriteItems"}
    tried("bodies", len(bodies))


@pytest.mark.parametrize("name", ["submit_feedback", "submit_by_link"])
def test_an_expensive_body_is_refused_with_a_short_response(
    marketplace: Marketplace, name: str, tried: Tried
) -> None:
    bodies = list(expensive())
    marketplace.sdk.calls.clear()
    for body in bodies:
        response = POSTS[name](marketplace, body=body)
        assert (body[:60], response.status in {400, 422}) == (body[:60], True)
        assert len(response.text) < SHORT
    assert marketplace.sdk.calls == []
    tried("bodies", len(bodies))
