"""Links of e-mails: opening one changes nothing, and it takes feedback once."""

from collections.abc import Callable

import pytest

from mid_job_feedback import links
from tests.builders import CLIENT, DAY, RATINGS, SECOND, a_request
from tests.component.http_calls import HttpResponse
from tests.component.marketplace import Marketplace
from tests.sdk_interceptor import SdkInterceptor
from tests.suite_clock import shifted

READS = {"BatchGetItem", "GetSecretValue"}
DEADLINE = shifted("2026-06-29T12:00:00.000Z")


@pytest.fixture
def link(marketplace: Marketplace) -> str:
    """The token of the link to a request made just now."""
    assert marketplace.request_feedback().status == 201
    return marketplace.link_token()


def test_a_link_shows_the_request_and_its_contract(marketplace: Marketplace, link: str) -> None:
    """As the tab does, but for what became of the e-mail: whoever opens the link has it."""
    response = marketplace.open_link(link)
    assert response.status == 200
    request = marketplace.feedback_tab().body["open_request"]
    del request["delivery"]
    assert response.body == {
        "contract": {"contract_id": "c-1", "title": "Website relaunch", "freelancer": {"name": "Freelancer"}},
        "request": request,
        "correctable_until_if_given_now": shifted("2026-06-17T12:00:00.000Z"),
    }


def test_opening_a_link_changes_nothing_however_often(
    marketplace: Marketplace, link: str, sdk: SdkInterceptor
) -> None:
    before, first = marketplace.rows(), marketplace.open_link(link)
    sdk.calls.clear()
    assert {marketplace.open_link(link).text for _ in range(50)} == {first.text}
    assert {marketplace.head_link(link).status for _ in range(50)} == {200}
    assert set(sdk.operations) <= READS
    assert marketplace.rows() == before
    assert marketplace.submit_by_link(link).status == 201


def test_feedback_by_link_fulfils_the_request(marketplace: Marketplace, link: str) -> None:
    request = marketplace.feedback_tab().body["open_request"]
    response = marketplace.submit_by_link(link, body={"ratings": RATINGS, "comment": "By mail."})
    assert response.status == 201
    assert response.body["request_id"] == request["request_id"]
    tab = marketplace.feedback_tab().body
    assert tab["feedback"] == [response.body]
    assert tab["past_requests"] == [request | {"status": "fulfilled", "closed_at": response.body["provided_at"]}]


def test_a_link_works_until_its_deadline(marketplace: Marketplace, link: str) -> None:
    marketplace.wait(14 * DAY - SECOND)
    assert marketplace.open_link(link).status == 200
    assert marketplace.submit_by_link(link).status == 201


def test_the_first_submission_wins(marketplace: Marketplace, link: str) -> None:
    """A mail scanner may submit the form after its reader did."""
    first = marketplace.submit_by_link(link, body={"ratings": RATINGS})
    second = marketplace.submit_by_link(link, body={"ratings": dict.fromkeys(RATINGS, 1)})
    assert second.refusal == (410, "already_answered")
    assert marketplace.feedback_tab().body["feedback"] == [first.body]


def _expire(marketplace: Marketplace) -> None:
    marketplace.wait(14 * DAY)


def _expire_and_remove_by_ttl(marketplace: Marketplace) -> None:
    marketplace.wait(20 * DAY)
    marketplace.remove_by_ttl()


def _submit_and_wait(marketplace: Marketplace) -> None:
    marketplace.wait(DAY)
    marketplace.submit_by_link(marketplace.link_token())
    marketplace.wait(20 * DAY)


def _end(marketplace: Marketplace) -> None:
    marketplace.wait(DAY)
    marketplace.end_contract()
    marketplace.wait(DAY)


def _end_after_the_deadline(marketplace: Marketplace) -> None:
    marketplace.wait(15 * DAY)
    marketplace.end_contract()


def _cancel_without_an_end(marketplace: Marketplace) -> None:
    """Only an end cancels today; the link depends on the request's own record all the same."""
    marketplace.end_contract()
    marketplace.remove_attribute("ended_at")


def _request_again(marketplace: Marketplace) -> None:
    marketplace.wait(14 * DAY)
    marketplace.request_feedback()


@pytest.mark.parametrize(
    ("act", "code", "closed_at"),
    [
        (_expire, "link_expired", DEADLINE),
        (_expire_and_remove_by_ttl, "link_expired", DEADLINE),
        (_request_again, "link_expired", DEADLINE),
        (_submit_and_wait, "already_answered", shifted("2026-06-16T12:00:00.000Z")),
        (Marketplace.submit_feedback, "already_answered", shifted("2026-06-15T12:00:00.000Z")),
        (_end, "contract_ended", shifted("2026-06-16T12:00:00.000Z")),
        (_end_after_the_deadline, "link_expired", DEADLINE),
        (_cancel_without_an_end, "request_cancelled", shifted("2026-06-15T12:00:00.000Z")),
    ],
)
def test_the_link_of_a_closed_request_says_what_closed_it_and_when(
    marketplace: Marketplace, link: str, act: Callable[[Marketplace], object], code: str, closed_at: str
) -> None:
    act(marketplace)
    _gone(marketplace, link, code, closed_at)


def test_an_expired_link_responds_the_same_before_and_after_the_sweep(marketplace: Marketplace, link: str) -> None:
    marketplace.wait(20 * DAY)
    before = _gone(marketplace, link, "link_expired", DEADLINE)
    assert marketplace.sweep() == 1
    assert _gone(marketplace, link, "link_expired", DEADLINE).text == before.text


def test_an_expired_link_says_whether_the_client_may_give_feedback_unprompted(
    marketplace: Marketplace, link: str, sdk: SdkInterceptor
) -> None:
    """From what was read already; a later request alone takes another read."""
    marketplace.wait(14 * DAY)
    sdk.calls.clear()
    refused = _gone(marketplace, link, "link_expired", DEADLINE)
    assert sdk.operations == ["Scan", "BatchGetItem", "BatchGetItem", "Scan"]  # the test itself scans
    assert (refused.body["contract_id"], refused.body["can_give_feedback"]) == ("c-1", True)
    assert (
        refused.body["can_give_feedback"]
        is marketplace.feedback_tab(person=CLIENT.id).body["actions"]["give_feedback"]["eligible"]
    )
    marketplace.wait(16 * DAY)  # the last payment is 31 days old by now
    assert _gone(marketplace, link, "link_expired", DEADLINE).body["can_give_feedback"] is False


def test_an_expired_link_knows_of_a_later_request(marketplace: Marketplace, link: str) -> None:
    """The client may answer it, even when no payment is recent any more."""
    marketplace.wait(29 * DAY)
    assert marketplace.request_feedback().status == 201
    later = marketplace.link_token()
    marketplace.wait(5 * DAY)
    assert _gone(marketplace, link, "link_expired", DEADLINE).body["can_give_feedback"] is True
    assert marketplace.submit_by_link(later).status == 201
    assert _gone(marketplace, link, "link_expired", DEADLINE).body["can_give_feedback"] is False


def test_a_link_leads_to_its_own_contract_only(marketplace: Marketplace, link: str) -> None:
    marketplace.start_eligible_contract("c-2")
    marketplace.request_feedback("c-2")
    other = marketplace.link_token("c-2")
    assert marketplace.submit_by_link(other).body["contract_id"] == "c-2"
    assert marketplace.open_link(link).body["contract"]["contract_id"] == "c-1"
    assert marketplace.feedback_tab("c-1").body["feedback"] == []


def test_a_link_to_a_missing_contract_is_not_found(marketplace: Marketplace) -> None:
    """The contract was deleted, or another stage with the same key signed the link."""
    link = links.sign_link(a_request(contract_id="c-gone"), CLIENT.email)
    assert marketplace.open_link(link).refusal == (404, "contract_not_found")
    assert marketplace.submit_by_link(link).refusal == (404, "contract_not_found")


def _gone(marketplace: Marketplace, link: str, code: str, closed_at: str) -> HttpResponse:
    """Both routes respond the same, and change nothing."""
    before = marketplace.rows()
    opened, submitted = marketplace.open_link(link), marketplace.submit_by_link(link)
    assert opened.refusal == (410, code)
    assert opened.body["closed_at"] == closed_at
    assert submitted.text == opened.text
    assert marketplace.rows() == before
    return opened
