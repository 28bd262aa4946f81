"""Bodies that are no JSON object, are too large, or say they are something else."""

import json
from collections.abc import Callable

import pytest

from tests.builders import RATINGS
from tests.component.http_calls import HttpResponse
from tests.component.marketplace import InProcessMarketplace

type Post = Callable[..., HttpResponse]

ANSWER = json.dumps({"ratings": RATINGS, "comment": "Fine."})
LIMIT = 128 * 1024
POSTS = {
    "request_feedback": InProcessMarketplace.request_feedback,
    "submit_feedback": InProcessMarketplace.submit_feedback,
    "submit_by_link": lambda marketplace, **how: marketplace.submit_by_link("TOKEN", **how),
    "sweep": InProcessMarketplace.sweep_by_hand,
}

every_post = pytest.mark.parametrize("post", POSTS.values(), ids=POSTS.keys())


@every_post
@pytest.mark.parametrize(
    "body",
    [
        "{",
        "{'ratings': 5}",
        "hello",
        '{"comment": NaN}',
        '{"comment": -Infinity}',
        '{"comment": "\\ud800"}',
        '{"comment": "\ud800"}',
        '{"comment": "\x00"}',
        "[" * 100_000,
        '{"a":' * 20_000,
        "{} {}",
        b"\xff\xfe{}",
        b'{"comment": "\xc3("}',
        "ratings=5&comment=Fine.",
    ],
)
def test_a_body_that_is_not_json(empty_marketplace: InProcessMarketplace, post: Post, body: str | bytes) -> None:
    assert post(empty_marketplace, body=body).refusal == (400, "not_json")
    assert empty_marketplace.sdk.calls == []


@every_post
@pytest.mark.parametrize("body", ["[]", f"[{ANSWER}]", "null", "5", "true", '"text"', "[[[[]]]]"])
def test_a_body_that_is_not_an_object(empty_marketplace: InProcessMarketplace, post: Post, body: str) -> None:
    assert post(empty_marketplace, body=body).wrong_fields == ["body"]
    assert empty_marketplace.sdk.calls == []


@every_post
@pytest.mark.parametrize(
    "body", [b" " * (LIMIT + 1), ANSWER + " " * LIMIT, ANSWER.ljust(1 << 20), "é" * (LIMIT // 2 + 1)]
)
def test_a_body_that_is_too_large(empty_marketplace: InProcessMarketplace, post: Post, body: str | bytes) -> None:
    assert post(empty_marketplace, body=body).refusal == (413, "body_too_large")
    assert empty_marketplace.sdk.calls == []


@pytest.mark.parametrize("body", [ANSWER.ljust(LIMIT), ANSWER.ljust(LIMIT).encode()])
def test_a_body_as_large_as_allowed(marketplace: InProcessMarketplace, body: str | bytes) -> None:
    assert marketplace.submit_feedback(body=body).status == 201


@every_post
@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "application/jsonp",
        "json",
    ],
)
def test_a_body_that_says_it_is_something_else(
    marketplace: InProcessMarketplace, post: Post, content_type: str
) -> None:
    assert post(marketplace, body=ANSWER, headers={"content-type": content_type}).refusal == (400, "not_json")


@pytest.mark.parametrize(
    "content_type", [None, "", "application/json", "Application/JSON", "application/json; charset=utf-8"]
)
def test_a_body_that_says_it_is_json_or_nothing(
    marketplace: InProcessMarketplace, content_type: str | None
) -> None:
    assert marketplace.submit_feedback(body=ANSWER, headers={"content-type": content_type}).status == 201


def test_a_body_in_base64_is_the_same_body(marketplace: InProcessMarketplace) -> None:
    response = marketplace.submit_feedback(
        body=json.dumps({"ratings": RATINGS, "comment": "Schön 🙂"}, ensure_ascii=False).encode()
    )
    assert (response.status, response.body["comment"]) == (201, "Schön 🙂")


@pytest.mark.parametrize("body", ["", b""])
def test_an_empty_body_is_none_where_one_is_needed(marketplace: InProcessMarketplace, body: str | bytes) -> None:
    assert marketplace.request_feedback(body=body).refusal == (400, "not_json")
    assert marketplace.submit_feedback(body=body).refusal == (400, "not_json")


def test_nothing_of_a_refused_body_comes_back(marketplace: InProcessMarketplace) -> None:
    response = marketplace.submit_feedback(body={"ratings": RATINGS | {"skills": "SECRET"}, "comment": ["SECRET"]})
    assert response.wrong_fields == ["ratings.skills", "comment"]
    assert "SECRET" not in response.text
