"""Idempotency-Key: a repeat of a POST gets the first answer and does nothing."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.builders import CLIENT, DAY, RATINGS
from tests.component.http_calls import HttpResponse
from tests.component.marketplace import InProcessMarketplace
from tests.lambda_runtime import TIME_LEFT
from tests.sdk_interceptor import ProcessKilled, SdkInterceptor

type Post = Callable[..., HttpResponse]

KEY: dict[str, str | None] = {"idempotency-key": "key-1"}
OTHER_KEY: dict[str, str | None] = {"idempotency-key": "key-2"}
DAY_IN_SECONDS = 24 * 60 * 60


@pytest.fixture(params=["request_feedback", "submit_feedback", "submit_by_link", "sweep_by_hand"])
def post(request: pytest.FixtureRequest, marketplace: InProcessMarketplace) -> Post:
    """Each POST route, with what it needs to succeed."""
    if request.param == "submit_by_link":
        marketplace.request_feedback()
        return partial(marketplace.submit_by_link, marketplace.link_token())
    post: Post = getattr(marketplace, request.param)
    return post


def test_a_repeat_gets_the_first_answer_and_does_nothing(marketplace: InProcessMarketplace, post: Post) -> None:
    first, rows = post(headers=KEY), marketplace.rows()
    assert first.status in {200, 201}
    marketplace.wait(DAY)
    assert post(headers=KEY) == first
    assert marketplace.rows() == rows


def test_the_same_key_with_another_body_is_refused(marketplace: InProcessMarketplace, post: Post) -> None:
    post(headers=KEY)
    rows = marketplace.rows()
    assert post(headers=KEY, body={"another": "body"}).refusal == (422, "idempotency_key_reused")
    assert marketplace.rows() == rows


def test_a_repeat_while_the_first_is_under_way_waits(
    marketplace: InProcessMarketplace, post: Post, sdk: SdkInterceptor
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


def test_the_same_key_twice_at_once_acts_once(
    marketplace: InProcessMarketplace, post: Post, sdk: SdkInterceptor
) -> None:
    """The second call comes while the first is reading what it is about to change."""
    second: list[HttpResponse] = []

    def call_again(operation: str) -> None:
        def respond(client: Any, asked: Any) -> Any:
            sdk.restore()
            second.append(post(headers=KEY))
            return sdk.send(client, operation, asked)

        sdk.respond(operation, respond)

    call_again("BatchGetItem")
    call_again("Query")
    sdk.calls.clear()
    first = post(headers=KEY)
    assert first.status in {200, 201}
    assert [response.refusal for response in second] == [(409, "idempotency_key_in_progress")]
    assert sdk.operations.count("TransactWriteItems") == (first.status == 201)
    assert post(headers=KEY) == first


def test_busy_is_not_remembered(post: Post, sdk: SdkInterceptor) -> None:
    sdk.respond_with_error("BatchGetItem", "ThrottlingException")
    sdk.respond_with_error("Query", "ThrottlingException")
    assert post(headers=KEY).status == 503
    sdk.restore()
    assert post(headers=KEY).status in {200, 201}


@pytest.mark.parametrize("key", ["", "k" * 129, "a\nb", "a\x00b", "a\x7fb", "schlüssel", "🙂"])
def test_a_key_is_one_to_128_printable_ascii_characters(post: Post, key: str) -> None:
    assert post(headers={"idempotency-key": key}).wrong_fields == ["Idempotency-Key"]


def test_a_key_may_be_128_characters_of_any_printable_kind(post: Post) -> None:
    printable = "".join(map(chr, range(0x20, 0x7F)))
    assert post(headers={"idempotency-key": printable + "k" * (128 - len(printable))}).status in {200, 201}


def test_a_key_is_remembered_for_24_hours(marketplace: InProcessMarketplace, post: Post) -> None:
    before = time.time()
    post(headers=KEY)
    [record] = marketplace.idempotency_records()
    assert record["status"]["S"] == "COMPLETED"
    assert before - 1 <= float(record["expiration"]["N"]) - DAY_IN_SECONDS <= time.time() + 1


def test_after_24_hours_a_key_is_as_good_as_new(marketplace: InProcessMarketplace, post: Post) -> None:
    """Whether its row is still in the table or not: DynamoDB may take days to remove it."""
    post(headers=KEY)
    marketplace.expire_idempotency_records()
    anew = post(headers=KEY)
    assert anew.status in {409, 410} or anew.body == {"expired": 0}
    assert (anew.status, anew.body) == (post().status, post().body)


def test_what_an_old_key_did_is_done_again(marketplace: InProcessMarketplace) -> None:
    first = marketplace.request_feedback(headers=KEY).body["request_id"]
    marketplace.wait(14 * DAY)
    marketplace.expire_idempotency_records()
    assert marketplace.sweep_by_hand(headers=OTHER_KEY).body == {"expired": 1}
    second = marketplace.request_feedback(headers=KEY)
    assert second.status == 201
    assert second.body["request_id"] != first
    marketplace.expire_idempotency_records()
    assert marketplace.sweep_by_hand(headers=OTHER_KEY).body == {"expired": 0}


def test_what_is_remembered_holds_no_link(marketplace: InProcessMarketplace) -> None:
    marketplace.request_feedback()
    link = marketplace.link_token()
    assert marketplace.submit_by_link(link, headers=KEY).status == 201
    assert link not in str(marketplace.idempotency_records())


def test_without_a_key_nothing_is_remembered(marketplace: InProcessMarketplace, post: Post) -> None:
    post()
    assert marketplace.idempotency_records() == []


def test_a_key_belongs_to_one_contract(marketplace: InProcessMarketplace) -> None:
    marketplace.start_eligible_contract("c-2")
    assert marketplace.request_feedback("c-1", headers=KEY).body["contract_id"] == "c-1"
    assert marketplace.request_feedback("c-2", headers=KEY).body["contract_id"] == "c-2"


def test_a_key_belongs_to_one_route(marketplace: InProcessMarketplace) -> None:
    body = {"ratings": RATINGS}
    marketplace.request_feedback()
    assert marketplace.submit_by_link(marketplace.link_token(), body=body, headers=KEY).status == 201
    assert marketplace.submit_feedback(body=body, headers=KEY).refusal == (409, "not_eligible")


def test_a_key_belongs_to_one_caller(marketplace: InProcessMarketplace) -> None:
    assert marketplace.request_feedback(person="u-stranger", headers=KEY).status == 404
    assert marketplace.request_feedback(person=CLIENT.id, headers=KEY).status == 403
    assert marketplace.request_feedback(headers=KEY).status == 201
    assert marketplace.request_feedback(person="u-stranger", headers=KEY).status == 404


def test_a_refusal_is_repeated_too(empty_marketplace: InProcessMarketplace) -> None:
    empty_marketplace.start_contract()
    refused = empty_marketplace.request_feedback(headers=KEY)
    assert refused.refusal == (409, "not_eligible")
    empty_marketplace.pay()
    assert empty_marketplace.request_feedback(headers=KEY) == refused
    assert empty_marketplace.request_feedback(headers=OTHER_KEY).status == 201


def test_a_body_refused_as_it_stood_may_be_corrected(marketplace: InProcessMarketplace) -> None:
    assert marketplace.submit_feedback(headers=KEY, body="{").status == 400
    assert marketplace.submit_feedback(headers=KEY, body={"ratings": {}}).status == 422
    assert marketplace.submit_feedback(headers=KEY, body={"ratings": RATINGS}).status == 201


def test_a_repeated_sweep_says_what_the_first_one_did(marketplace: InProcessMarketplace) -> None:
    marketplace.request_feedback()
    marketplace.wait(14 * DAY)
    assert marketplace.sweep_by_hand(headers=KEY).body == {"expired": 1}
    assert marketplace.sweep_by_hand(headers=KEY).body == {"expired": 1}
    assert marketplace.sweep_by_hand(headers=OTHER_KEY).body == {"expired": 0}
