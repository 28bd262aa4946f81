"""Idempotency-Key: a repeated POST gets the first response and has no effect."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.builders import CLIENT, DAY, RATINGS
from tests.component.http_calls import HttpResponse
from tests.component.marketplace import Marketplace
from tests.lambda_runtime import TIME_LEFT
from tests.sdk_interceptor import ProcessKilled, SdkInterceptor

type Post = Callable[..., HttpResponse]

KEY: dict[str, str | None] = {"idempotency-key": "key-1"}
OTHER_KEY: dict[str, str | None] = {"idempotency-key": "key-2"}
DAY_IN_SECONDS = 24 * 60 * 60


@pytest.fixture(params=["request_feedback", "submit_feedback", "submit_by_link", "sweep_by_hand"])
def post(request: pytest.FixtureRequest, marketplace: Marketplace) -> Post:
    """Each POST route, prepared to succeed."""
    if request.param == "submit_by_link":
        marketplace.request_feedback()
        return partial(marketplace.submit_by_link, marketplace.link_token())
    post: Post = getattr(marketplace, request.param)
    return post


def test_a_repeat_gets_the_first_response_and_has_no_effect(marketplace: Marketplace, post: Post) -> None:
    first, rows = post(headers=KEY), marketplace.rows()
    assert first.status in {200, 201}
    marketplace.wait(DAY)
    assert post(headers=KEY) == first
    assert marketplace.rows() == rows


def test_the_same_key_with_another_body_is_refused(marketplace: Marketplace, post: Post) -> None:
    post(headers=KEY)
    rows = marketplace.rows()
    assert post(headers=KEY, body={"another": "body"}).refusal == (422, "idempotency_key_reused")
    assert marketplace.rows() == rows


def test_a_repeat_during_the_first_call_is_told_to_retry(
    marketplace: Marketplace, post: Post, sdk: SdkInterceptor
) -> None:
    sdk.raise_error("BatchGetItem", ProcessKilled())
    sdk.raise_error("Query", ProcessKilled())
    before = time.time()
    with pytest.raises(ProcessKilled):
        post(headers=KEY)
    [record] = marketplace.idempotency_records()
    latest = float(record["in_progress_expiration"]["N"]) / 1000 - TIME_LEFT / 1000
    assert before - 1 <= latest <= time.time() + 1
    sdk.restore()
    waiting = post(headers=KEY)
    assert waiting.refusal == (409, "idempotency_key_in_progress")
    assert waiting.headers["Retry-After"] == "1"
    marketplace.time_out_runs_in_progress()
    assert post(headers=KEY).status in {200, 201}


def test_two_simultaneous_calls_with_one_key_act_once(
    marketplace: Marketplace, post: Post, sdk: SdkInterceptor
) -> None:
    """The second call arrives while the first reads what it is about to change."""
    second: list[HttpResponse] = []

    def call_again(operation: str) -> None:
        def respond(client: Any, parameters: Any) -> Any:
            sdk.restore()
            second.append(post(headers=KEY))
            return sdk.send(client, operation, parameters)

        sdk.respond(operation, respond)

    call_again("BatchGetItem")
    call_again("Query")
    sdk.calls.clear()
    first = post(headers=KEY)
    assert first.status in {200, 201}
    assert [response.refusal for response in second] == [(409, "idempotency_key_in_progress")]
    assert sdk.operations.count("TransactWriteItems") == (first.status == 201)
    assert post(headers=KEY) == first


def test_a_503_is_not_stored(post: Post, sdk: SdkInterceptor) -> None:
    sdk.respond_with_error("BatchGetItem", "ThrottlingException")
    sdk.respond_with_error("Query", "ThrottlingException")
    assert post(headers=KEY).status == 503
    sdk.restore()
    assert post(headers=KEY).status in {200, 201}


def test_any_other_key_is_refused(post: Post) -> None:
    for key in ("", "k" * 129, "a\nb", "a\x00b", "a\x7fb", "schlüssel", "🙂"):
        assert post(headers={"idempotency-key": key}).wrong_fields == ["Idempotency-Key"]


def test_a_key_may_have_128_printable_ascii_characters(post: Post) -> None:
    printable = "".join(map(chr, range(0x20, 0x7F)))
    assert post(headers={"idempotency-key": printable + "k" * (128 - len(printable))}).status in {200, 201}


def test_a_response_is_stored_for_24_hours(marketplace: Marketplace, post: Post) -> None:
    before = time.time()
    post(headers=KEY)
    [record] = marketplace.idempotency_records()
    assert record["status"]["S"] == "COMPLETED"
    assert before - 1 <= float(record["expiration"]["N"]) - DAY_IN_SECONDS <= time.time() + 1


def test_after_24_hours_a_key_can_be_used_again(marketplace: Marketplace, post: Post) -> None:
    """Even if its record is still in the table: TTL may take days to remove it."""
    post(headers=KEY)
    marketplace.expire_idempotency_records()
    again = post(headers=KEY)
    assert again.status in {409, 410} or again.body == {"expired": 0}
    assert (again.status, again.body) == (post().status, post().body)


def test_a_stored_response_holds_no_link(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    link = marketplace.link_token()
    assert marketplace.submit_by_link(link, headers=KEY).status == 201
    assert link not in str(marketplace.idempotency_records())


def test_without_a_key_nothing_is_stored(marketplace: Marketplace, post: Post) -> None:
    post()
    assert marketplace.idempotency_records() == []


def test_a_key_belongs_to_one_contract(marketplace: Marketplace) -> None:
    marketplace.start_eligible_contract("c-2")
    assert marketplace.request_feedback("c-1", headers=KEY).body["contract_id"] == "c-1"
    assert marketplace.request_feedback("c-2", headers=KEY).body["contract_id"] == "c-2"


def test_a_key_belongs_to_one_route(marketplace: Marketplace) -> None:
    body = {"ratings": RATINGS}
    marketplace.request_feedback()
    assert marketplace.submit_by_link(marketplace.link_token(), body=body, headers=KEY).status == 201
    assert marketplace.submit_feedback(body=body, headers=KEY).refusal == (409, "not_eligible")


def test_a_key_belongs_to_one_caller(marketplace: Marketplace) -> None:
    assert marketplace.request_feedback(person="u-stranger", headers=KEY).status == 404
    assert marketplace.request_feedback(person=CLIENT.id, headers=KEY).status == 403
    assert marketplace.request_feedback(headers=KEY).status == 201
    assert marketplace.request_feedback(person="u-stranger", headers=KEY).status == 404


def test_a_stored_refusal_is_repeated(empty_marketplace: Marketplace) -> None:
    empty_marketplace.start_contract()
    refused = empty_marketplace.request_feedback(headers=KEY)
    assert refused.refusal == (409, "not_eligible")
    empty_marketplace.pay()
    assert empty_marketplace.request_feedback(headers=KEY) == refused
    assert empty_marketplace.request_feedback(headers=OTHER_KEY).status == 201


def test_an_invalid_body_may_be_corrected_under_the_same_key(marketplace: Marketplace) -> None:
    assert marketplace.submit_feedback(headers=KEY, body="{").status == 400
    assert marketplace.submit_feedback(headers=KEY, body={"ratings": {}}).status == 422
    assert marketplace.submit_feedback(headers=KEY, body={"ratings": RATINGS}).status == 201


def test_a_repeated_sweep_returns_the_number_of_the_first_one(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.wait(14 * DAY)
    assert marketplace.sweep_by_hand(headers=KEY).body == {"expired": 1}
    assert marketplace.sweep_by_hand(headers=KEY).body == {"expired": 1}
    assert marketplace.sweep_by_hand(headers=OTHER_KEY).body == {"expired": 0}
