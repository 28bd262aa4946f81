"""Idempotency-Key: a repeat of a POST gets the first answer and does nothing."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.aws import TIME_LEFT
from tests.builders import CLIENT, DAY, RATINGS
from tests.component.calls import Answer
from tests.component.marketplace import Marketplace
from tests.sdk import Killed, Sdk

type Post = Callable[..., Answer]

KEY: dict[str, str | None] = {"idempotency-key": "key-1"}
OTHER_KEY: dict[str, str | None] = {"idempotency-key": "key-2"}
DAY_IN_SECONDS = 24 * 60 * 60


@pytest.fixture(params=["ask", "give", "answer", "sweep_by_hand"])
def post(request: pytest.FixtureRequest, marketplace: Marketplace) -> Post:
    """Each POST route, with what it needs to succeed."""
    if request.param == "answer":
        marketplace.ask()
        return partial(marketplace.answer, marketplace.link())
    post: Post = getattr(marketplace, request.param)
    return post


def test_a_repeat_gets_the_first_answer_and_does_nothing(marketplace: Marketplace, post: Post) -> None:
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


def test_a_repeat_while_the_first_is_under_way_waits(marketplace: Marketplace, post: Post, sdk: Sdk) -> None:
    sdk.interrupt("BatchGetItem", Killed())
    sdk.interrupt("Query", Killed())
    before = time.time()
    with pytest.raises(Killed):
        post(headers=KEY)
    [record] = marketplace.remembered()
    latest = float(record["in_progress_expiration"]["N"]) / 1000 - TIME_LEFT / 1000
    assert before - 1 <= latest <= time.time() + 1
    sdk.heal()
    waiting = post(headers=KEY)
    assert waiting.refusal == (409, "idempotency_key_in_progress")
    assert waiting.headers["Retry-After"] == "1"
    marketplace.let_runs_under_way_time_out()
    assert post(headers=KEY).status in {200, 201}


def test_the_same_key_twice_at_once_acts_once(marketplace: Marketplace, post: Post, sdk: Sdk) -> None:
    """The second call comes while the first is reading what it is about to change."""
    second: list[Answer] = []

    def call_again(operation: str) -> None:
        def answer(client: Any, asked: Any) -> Any:
            sdk.heal()
            second.append(post(headers=KEY))
            return sdk.send(client, operation, asked)

        sdk.instead(operation, answer)

    call_again("BatchGetItem")
    call_again("Query")
    sdk.calls.clear()
    first = post(headers=KEY)
    assert first.status in {200, 201}
    assert [answer.refusal for answer in second] == [(409, "idempotency_key_in_progress")]
    assert sdk.operations.count("TransactWriteItems") == (first.status == 201)
    assert post(headers=KEY) == first


def test_busy_is_not_remembered(post: Post, sdk: Sdk) -> None:
    sdk.refuse("BatchGetItem", "ThrottlingException")
    sdk.refuse("Query", "ThrottlingException")
    assert post(headers=KEY).status == 503
    sdk.heal()
    assert post(headers=KEY).status in {200, 201}


@pytest.mark.parametrize("key", ["", "k" * 129, "a\nb", "a\x00b", "a\x7fb", "schlüssel", "🙂"])
def test_a_key_is_one_to_128_printable_ascii_characters(post: Post, key: str) -> None:
    assert post(headers={"idempotency-key": key}).wrong_fields == ["Idempotency-Key"]


def test_a_key_may_be_128_characters_of_any_printable_kind(post: Post) -> None:
    printable = "".join(map(chr, range(0x20, 0x7F)))
    assert post(headers={"idempotency-key": printable + "k" * (128 - len(printable))}).status in {200, 201}


def test_a_key_is_remembered_for_24_hours(marketplace: Marketplace, post: Post) -> None:
    before = time.time()
    post(headers=KEY)
    [record] = marketplace.remembered()
    assert record["status"]["S"] == "COMPLETED"
    assert before - 1 <= float(record["expiration"]["N"]) - DAY_IN_SECONDS <= time.time() + 1


def test_after_24_hours_a_key_is_as_good_as_new(marketplace: Marketplace, post: Post) -> None:
    """Whether its row is still in the table or not: DynamoDB may take days to remove it."""
    post(headers=KEY)
    marketplace.let_what_is_remembered_expire()
    anew = post(headers=KEY)
    assert anew.status in {409, 410} or anew.body == {"expired": 0}
    assert (anew.status, anew.body) == (post().status, post().body)


def test_what_an_old_key_did_is_done_again(marketplace: Marketplace) -> None:
    first = marketplace.ask(headers=KEY).body["request_id"]
    marketplace.wait(14 * DAY)
    marketplace.let_what_is_remembered_expire()
    assert marketplace.sweep_by_hand(headers=OTHER_KEY).body == {"expired": 1}
    second = marketplace.ask(headers=KEY)
    assert second.status == 201
    assert second.body["request_id"] != first
    marketplace.let_what_is_remembered_expire()
    assert marketplace.sweep_by_hand(headers=OTHER_KEY).body == {"expired": 0}


def test_what_is_remembered_holds_no_link(marketplace: Marketplace) -> None:
    marketplace.ask()
    link = marketplace.link()
    assert marketplace.answer(link, headers=KEY).status == 201
    assert link not in str(marketplace.remembered())


def test_without_a_key_nothing_is_remembered(marketplace: Marketplace, post: Post) -> None:
    post()
    assert marketplace.remembered() == []


def test_a_key_belongs_to_one_contract(marketplace: Marketplace) -> None:
    marketplace.run("c-2")
    assert marketplace.ask("c-1", headers=KEY).body["contract_id"] == "c-1"
    assert marketplace.ask("c-2", headers=KEY).body["contract_id"] == "c-2"


def test_a_key_belongs_to_one_route(marketplace: Marketplace) -> None:
    body = {"ratings": RATINGS}
    marketplace.ask()
    assert marketplace.answer(marketplace.link(), body=body, headers=KEY).status == 201
    assert marketplace.give(body=body, headers=KEY).refusal == (409, "not_eligible")


def test_a_key_belongs_to_one_caller(marketplace: Marketplace) -> None:
    assert marketplace.ask(person="u-stranger", headers=KEY).status == 404
    assert marketplace.ask(person=CLIENT.id, headers=KEY).status == 403
    assert marketplace.ask(headers=KEY).status == 201
    assert marketplace.ask(person="u-stranger", headers=KEY).status == 404


def test_a_refusal_is_repeated_too(empty_marketplace: Marketplace) -> None:
    empty_marketplace.start()
    refused = empty_marketplace.ask(headers=KEY)
    assert refused.refusal == (409, "not_eligible")
    empty_marketplace.pay()
    assert empty_marketplace.ask(headers=KEY) == refused
    assert empty_marketplace.ask(headers=OTHER_KEY).status == 201


def test_a_body_refused_as_it_stood_may_be_corrected(marketplace: Marketplace) -> None:
    assert marketplace.give(headers=KEY, body="{").status == 400
    assert marketplace.give(headers=KEY, body={"ratings": {}}).status == 422
    assert marketplace.give(headers=KEY, body={"ratings": RATINGS}).status == 201


def test_a_repeated_sweep_says_what_the_first_one_did(marketplace: Marketplace) -> None:
    marketplace.ask()
    marketplace.wait(14 * DAY)
    assert marketplace.sweep_by_hand(headers=KEY).body == {"expired": 1}
    assert marketplace.sweep_by_hand(headers=KEY).body == {"expired": 1}
    assert marketplace.sweep_by_hand(headers=OTHER_KEY).body == {"expired": 0}
