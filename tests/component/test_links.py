"""The link of an e-mail: opening it changes nothing, and it answers once."""

import pytest

from tests.builders import DAY, RATINGS, SECOND
from tests.component.http_calls import HttpResponse
from tests.component.marketplace import InProcessMarketplace
from tests.sdk_interceptor import SdkInterceptor
from tests.suite_clock import shifted

READS = {"BatchGetItem", "GetSecretValue"}


@pytest.fixture
def link(marketplace: InProcessMarketplace) -> str:
    """The token of the link to a request made just now."""
    assert marketplace.request_feedback().status == 201
    return marketplace.link_token()


def test_a_link_shows_what_is_asked(marketplace: InProcessMarketplace, link: str) -> None:
    response = marketplace.open_link(link)
    assert response.status == 200
    assert response.body == {
        "contract": {"contract_id": "c-1", "title": "Website relaunch", "freelancer": {"name": "Freelancer"}},
        "request": marketplace.feedback_tab().body["open_request"],
    }


def test_opening_a_link_changes_nothing_however_often(
    marketplace: InProcessMarketplace, link: str, sdk: SdkInterceptor
) -> None:
    before, first = marketplace.rows(), marketplace.open_link(link)
    sdk.calls.clear()
    assert {marketplace.open_link(link).text for _ in range(50)} == {first.text}
    assert {marketplace.head_link(link).status for _ in range(50)} == {200}
    assert set(sdk.operations) <= READS
    assert marketplace.rows() == before
    assert marketplace.submit_by_link(link).status == 201


def test_a_link_answers(marketplace: InProcessMarketplace, link: str) -> None:
    request = marketplace.feedback_tab().body["open_request"]
    response = marketplace.submit_by_link(link, body={"ratings": RATINGS, "comment": "By mail."})
    assert response.status == 201
    assert response.body["request_id"] == request["request_id"]
    tab = marketplace.feedback_tab().body
    assert tab["feedback"] == [response.body]
    assert tab["past_requests"] == [request | {"status": "fulfilled", "closed_at": response.body["provided_at"]}]


def test_a_link_answers_until_its_deadline(marketplace: InProcessMarketplace, link: str) -> None:
    marketplace.wait(14 * DAY - SECOND)
    assert marketplace.open_link(link).status == 200
    assert marketplace.submit_by_link(link).status == 201


def test_the_first_answer_wins(marketplace: InProcessMarketplace, link: str) -> None:
    """A scanner may submit the form after its reader did."""
    first = marketplace.submit_by_link(link, body={"ratings": RATINGS})
    second = marketplace.submit_by_link(link, body={"ratings": dict.fromkeys(RATINGS, 1)})
    assert second.refusal == (410, "already_answered")
    assert marketplace.feedback_tab().body["feedback"] == [first.body]


def test_a_form_without_a_rating_is_no_answer(marketplace: InProcessMarketplace, link: str) -> None:
    assert marketplace.submit_by_link(link, body={}).wrong_fields == ["ratings"]
    assert marketplace.open_link(link).status == 200


def test_at_the_deadline_a_link_has_expired(marketplace: InProcessMarketplace, link: str) -> None:
    marketplace.wait(14 * DAY)
    _gone(marketplace, link, "link_expired", shifted("2026-06-29T12:00:00Z"))


def test_swept_or_not_a_link_expired_at_its_deadline(marketplace: InProcessMarketplace, link: str) -> None:
    marketplace.wait(20 * DAY)
    before = _gone(marketplace, link, "link_expired", shifted("2026-06-29T12:00:00Z"))
    assert marketplace.sweep() == 1
    assert _gone(marketplace, link, "link_expired", shifted("2026-06-29T12:00:00Z")).text == before.text


def test_a_link_whose_request_ttl_removed_expired_at_its_deadline(
    marketplace: InProcessMarketplace, link: str
) -> None:
    marketplace.wait(20 * DAY)
    marketplace.remove_by_ttl()
    _gone(marketplace, link, "link_expired", shifted("2026-06-29T12:00:00Z"))


def test_an_answered_link_says_since_when(marketplace: InProcessMarketplace, link: str) -> None:
    marketplace.wait(DAY)
    marketplace.submit_by_link(link)
    marketplace.wait(20 * DAY)
    _gone(marketplace, link, "already_answered", shifted("2026-06-16T12:00:00Z"))


def test_feedback_from_the_contract_room_answers_the_link(marketplace: InProcessMarketplace, link: str) -> None:
    marketplace.submit_feedback()
    _gone(marketplace, link, "already_answered", shifted("2026-06-15T12:00:00Z"))


def test_a_link_ends_with_its_contract(marketplace: InProcessMarketplace, link: str) -> None:
    marketplace.wait(DAY)
    marketplace.end_contract()
    marketplace.wait(DAY)
    _gone(marketplace, link, "contract_ended", shifted("2026-06-16T12:00:00Z"))


def test_a_link_that_expired_before_its_contract_ended_has_expired(
    marketplace: InProcessMarketplace, link: str
) -> None:
    marketplace.wait(15 * DAY)
    marketplace.end_contract()
    _gone(marketplace, link, "link_expired", shifted("2026-06-29T12:00:00Z"))


def test_a_cancelled_request_says_so(marketplace: InProcessMarketplace, link: str) -> None:
    """Only an end cancels today; what a link answers depends on the request's record all the same."""
    marketplace.end_contract()
    marketplace.remove_attribute("ended_at")
    _gone(marketplace, link, "request_cancelled", shifted("2026-06-15T12:00:00Z"))


def test_a_link_does_not_answer_a_later_request(marketplace: InProcessMarketplace, link: str) -> None:
    marketplace.wait(14 * DAY)
    marketplace.request_feedback()
    _gone(marketplace, link, "link_expired", shifted("2026-06-29T12:00:00Z"))
    assert marketplace.open_link(marketplace.link_token()).status == 200


def _gone(marketplace: InProcessMarketplace, link: str, code: str, closed_at: str) -> HttpResponse:
    """Both routes say the same, and change nothing."""
    before = marketplace.rows()
    opened, answered = marketplace.open_link(link), marketplace.submit_by_link(link)
    assert opened.refusal == (410, code)
    assert opened.body["closed_at"] == closed_at
    assert answered.text == opened.text
    assert marketplace.rows() == before
    return opened
