"""The link of an e-mail: opening it changes nothing, and it answers once."""

import pytest

from tests.builders import DAY, RATINGS, SECOND
from tests.component.calls import Answer
from tests.component.marketplace import Marketplace
from tests.moment import moved
from tests.sdk import Sdk

READS = {"BatchGetItem", "GetSecretValue"}


@pytest.fixture
def link(marketplace: Marketplace) -> str:
    """The token of the link to a request made just now."""
    assert marketplace.ask().status == 201
    return marketplace.link()


def test_a_link_shows_what_is_asked(marketplace: Marketplace, link: str) -> None:
    answer = marketplace.open(link)
    assert answer.status == 200
    assert answer.body == {
        "contract": {"contract_id": "c-1", "title": "Website relaunch", "freelancer": {"name": "Freelancer"}},
        "request": marketplace.tab().body["open_request"],
    }


def test_opening_a_link_changes_nothing_however_often(marketplace: Marketplace, link: str, sdk: Sdk) -> None:
    before, first = marketplace.rows(), marketplace.open(link)
    sdk.calls.clear()
    assert {marketplace.open(link).text for _ in range(50)} == {first.text}
    assert {marketplace.probe(link).status for _ in range(50)} == {200}
    assert set(sdk.operations) <= READS
    assert marketplace.rows() == before
    assert marketplace.answer(link).status == 201


def test_a_link_answers(marketplace: Marketplace, link: str) -> None:
    request = marketplace.tab().body["open_request"]
    answer = marketplace.answer(link, body={"ratings": RATINGS, "comment": "By mail."})
    assert answer.status == 201
    assert answer.body["request_id"] == request["request_id"]
    tab = marketplace.tab().body
    assert tab["feedback"] == [answer.body]
    assert tab["past_requests"] == [request | {"status": "fulfilled", "closed_at": answer.body["provided_at"]}]


def test_a_link_answers_until_its_deadline(marketplace: Marketplace, link: str) -> None:
    marketplace.wait(14 * DAY - SECOND)
    assert marketplace.open(link).status == 200
    assert marketplace.answer(link).status == 201


def test_the_first_answer_wins(marketplace: Marketplace, link: str) -> None:
    """A scanner may submit the form after its reader did."""
    first = marketplace.answer(link, body={"ratings": RATINGS})
    second = marketplace.answer(link, body={"ratings": dict.fromkeys(RATINGS, 1)})
    assert second.refusal == (410, "already_answered")
    assert marketplace.tab().body["feedback"] == [first.body]


def test_a_form_without_a_rating_is_no_answer(marketplace: Marketplace, link: str) -> None:
    assert marketplace.answer(link, body={}).wrong_fields == ["ratings"]
    assert marketplace.open(link).status == 200


def test_at_the_deadline_a_link_has_expired(marketplace: Marketplace, link: str) -> None:
    marketplace.wait(14 * DAY)
    _gone(marketplace, link, "link_expired", moved("2026-06-29T12:00:00Z"))


def test_swept_or_not_a_link_expired_at_its_deadline(marketplace: Marketplace, link: str) -> None:
    marketplace.wait(20 * DAY)
    before = _gone(marketplace, link, "link_expired", moved("2026-06-29T12:00:00Z"))
    assert marketplace.sweep() == 1
    assert _gone(marketplace, link, "link_expired", moved("2026-06-29T12:00:00Z")).text == before.text


def test_a_link_whose_request_ttl_removed_expired_at_its_deadline(marketplace: Marketplace, link: str) -> None:
    marketplace.wait(20 * DAY)
    marketplace.remove_by_ttl()
    _gone(marketplace, link, "link_expired", moved("2026-06-29T12:00:00Z"))


def test_an_answered_link_says_since_when(marketplace: Marketplace, link: str) -> None:
    marketplace.wait(DAY)
    marketplace.answer(link)
    marketplace.wait(20 * DAY)
    _gone(marketplace, link, "already_answered", moved("2026-06-16T12:00:00Z"))


def test_feedback_from_the_contract_room_answers_the_link(marketplace: Marketplace, link: str) -> None:
    marketplace.give()
    _gone(marketplace, link, "already_answered", moved("2026-06-15T12:00:00Z"))


def test_a_link_ends_with_its_contract(marketplace: Marketplace, link: str) -> None:
    marketplace.wait(DAY)
    marketplace.end()
    marketplace.wait(DAY)
    _gone(marketplace, link, "contract_ended", moved("2026-06-16T12:00:00Z"))


def test_a_link_that_expired_before_its_contract_ended_has_expired(marketplace: Marketplace, link: str) -> None:
    marketplace.wait(15 * DAY)
    marketplace.end()
    _gone(marketplace, link, "link_expired", moved("2026-06-29T12:00:00Z"))


def test_a_cancelled_request_says_so(marketplace: Marketplace, link: str) -> None:
    """Only an end cancels today; what a link answers depends on the request's record all the same."""
    marketplace.end()
    marketplace.forget("ended_at")
    _gone(marketplace, link, "request_cancelled", moved("2026-06-15T12:00:00Z"))


def test_a_link_does_not_answer_a_later_request(marketplace: Marketplace, link: str) -> None:
    marketplace.wait(14 * DAY)
    marketplace.ask()
    _gone(marketplace, link, "link_expired", moved("2026-06-29T12:00:00Z"))
    assert marketplace.open(marketplace.link()).status == 200


def _gone(marketplace: Marketplace, link: str, code: str, closed_at: str) -> Answer:
    """Both routes say the same, and change nothing."""
    before = marketplace.rows()
    opened, answered = marketplace.open(link), marketplace.answer(link)
    assert opened.refusal == (410, code)
    assert opened.body["closed_at"] == closed_at
    assert answered.text == opened.text
    assert marketplace.rows() == before
    return opened
