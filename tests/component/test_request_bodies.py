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


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=iso-8859-1",
        "application/json;charset=Latin1",
        'application/json; charset="windows-1252"',
        "application/json; charset=utf-16",
        "application/json; charset=",
        "application/json; charset=utf-8; charset=iso-8859-1",
    ],
)
def test_a_body_in_another_charset_is_refused_unread(empty_marketplace: Marketplace, content_type: str) -> None:
    for body in (FEEDBACK, FEEDBACK.replace("Fine.", "Sch\u00f6n.").encode("latin-1"), FEEDBACK.encode()):
        for post in POSTS.values():
            response = post(empty_marketplace, body=body, headers={"content-type": content_type})
            assert response.refusal == (400, "not_json")
    assert empty_marketplace.sdk.calls == []


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json;charset=UTF8",
        'application/json; Charset="UTF-8"',
        "application/json; v=1; charset=us-ascii",
    ],
)
def test_the_charset_may_be_utf_8_however_it_is_written(marketplace: Marketplace, content_type: str) -> None:
    assert marketplace.submit_feedback(body=FEEDBACK, headers={"content-type": content_type}).status == 201


@every_post
def test_what_was_spoiled_on_its_way_is_never_published(empty_marketplace: Marketplace, post: Post) -> None:
    """API Gateway may put U+FFFD where bytes are not UTF-8, before a function sees them."""
    for body in (FEEDBACK.replace("Fine.", "Sch\ufffdn."), FEEDBACK.replace("Fine.", "Sch\ufffdn.").encode()):
        assert post(empty_marketplace, body=body).refusal == (400, "not_json")
    assert empty_marketplace.sdk.calls == []


def test_the_replacement_character_can_be_meant(marketplace: Marketplace) -> None:
    response = marketplace.submit_feedback(body={"ratings": RATINGS, "comment": "Not \ufffd, please."})
    assert (response.status, response.body["comment"]) == (201, "Not \ufffd, please.")


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
