"""Bodies that are not JSON objects, are too large, or claim another content type."""

import json
from collections.abc import Callable

import pytest

from tests.builders import RATINGS
from tests.component.http_calls import HttpResponse
from tests.component.marketplace import Marketplace

type Post = Callable[..., HttpResponse]

FEEDBACK = json.dumps({"ratings": RATINGS, "comment": "Fine."})
LIMIT = 128 * 1024
POSTS: dict[str, Post] = {
    "request_feedback": Marketplace.request_feedback,
    "submit_feedback": Marketplace.submit_feedback,
    "submit_by_link": lambda marketplace, **how: marketplace.submit_by_link("TOKEN", **how),
    "sweep": Marketplace.sweep_by_hand,
}
NOT_JSON: list[str | bytes] = [
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
]
NOT_AN_OBJECT = ["[]", f"[{FEEDBACK}]", "null", "5", "true", '"text"', "[[[[]]]]"]
OTHER_TYPES = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "application/jsonp",
    "json",
]

every_post = pytest.mark.parametrize("post", POSTS.values(), ids=POSTS.keys())


@every_post
def test_a_body_that_is_not_json_is_refused_unread(empty_marketplace: Marketplace, post: Post) -> None:
    for body in NOT_JSON:
        assert (body[:30], post(empty_marketplace, body=body).refusal) == (body[:30], (400, "not_json"))
    assert empty_marketplace.sdk.calls == []


@every_post
def test_a_body_that_is_not_an_object_is_refused(empty_marketplace: Marketplace, post: Post) -> None:
    for body in NOT_AN_OBJECT:
        assert (body, post(empty_marketplace, body=body).wrong_fields) == (body, ["body"])
    assert empty_marketplace.sdk.calls == []


@every_post
def test_a_body_that_is_too_large_is_refused(empty_marketplace: Marketplace, post: Post) -> None:
    for body in (b" " * (LIMIT + 1), FEEDBACK + " " * LIMIT, "é" * (LIMIT // 2 + 1)):
        assert post(empty_marketplace, body=body).refusal == (413, "body_too_large")
    assert empty_marketplace.sdk.calls == []


@pytest.mark.parametrize("body", [FEEDBACK.ljust(LIMIT), FEEDBACK.ljust(LIMIT).encode()])
def test_a_body_of_exactly_the_limit_is_accepted(marketplace: Marketplace, body: str | bytes) -> None:
    assert marketplace.submit_feedback(body=body).status == 201


@every_post
def test_another_content_type_is_refused(empty_marketplace: Marketplace, post: Post) -> None:
    for content_type in OTHER_TYPES:
        response = post(empty_marketplace, body=FEEDBACK, headers={"content-type": content_type})
        assert (content_type, response.refusal) == (content_type, (400, "not_json"))


@pytest.mark.parametrize(
    "content_type", [None, "", "application/json", "Application/JSON", "application/json; charset=utf-8"]
)
def test_the_content_type_may_be_json_or_missing(marketplace: Marketplace, content_type: str | None) -> None:
    assert marketplace.submit_feedback(body=FEEDBACK, headers={"content-type": content_type}).status == 201


def test_a_base64_body_is_decoded(marketplace: Marketplace) -> None:
    body = json.dumps({"ratings": RATINGS, "comment": "Schön 🙂"}, ensure_ascii=False).encode()
    response = marketplace.submit_feedback(body=body)
    assert (response.status, response.body["comment"]) == (201, "Schön 🙂")


@pytest.mark.parametrize("body", ["", b""])
def test_an_empty_body_is_refused_where_one_is_required(marketplace: Marketplace, body: str | bytes) -> None:
    assert marketplace.request_feedback(body=body).refusal == (400, "not_json")
    assert marketplace.submit_feedback(body=body).refusal == (400, "not_json")


def test_a_refusal_repeats_nothing_of_the_body(marketplace: Marketplace) -> None:
    response = marketplace.submit_feedback(body={"ratings": RATINGS | {"skills": "SECRET"}, "comment": ["SECRET"]})
    assert response.wrong_fields == ["ratings.skills", "comment"]
    assert "SECRET" not in response.text


def test_at_most_one_hundred_errors_are_reported(marketplace: Marketplace) -> None:
    body = {"ratings": RATINGS, **{f"field-{number}": 1 for number in range(150)}}
    assert marketplace.submit_feedback(body=body).wrong_fields == [f"field-{number}" for number in range(100)]
