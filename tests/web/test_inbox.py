"""The inbox: what waits for a client on all contracts, answered and declined there."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from mid_job_feedback.domain import lifecycle, refusals
from mid_job_feedback.domain.models import Role
from tests.builders import DAY, NOW, SECOND, a_contract
from tests.web.conftest import Embed, OpenPage
from tests.web.fake_api import TOKENS, FakeApi, a_jwt, problem
from tests.web.page_states import (
    CLIENT_ROOM,
    COMMENT,
    INBOX,
    decline,
    fill_in,
    fill_in_and_publish,
    given_many_requests,
    given_open_request,
    given_requests_on_two_contracts,
    once_there,
    press,
)

RETURN_TO_PAGE = "document.dispatchEvent(new Event('visibilitychange'))"
LISTEN = """() => {
    window.heard = [];
    for (const name of ["feedback-given", "request-declined", "request-preference-changed"])
        addEventListener(name, ({ detail }) => heard.push([name, detail.contract_id]));
}"""
LANGUAGES = ("de-DE", "ar-EG")  # the longest texts, and those from right to left


def titles(page: Page) -> list[str]:
    return page.locator("[part=title]").all_text_contents()


def test_the_client_sees_who_asks_on_which_contract_and_until_when_soonest_first(
    open_page: OpenPage, api: FakeApi
) -> None:
    given_requests_on_two_contracts(api)
    page = open_page(INBOX)
    expect(page.get_by_role("status")).to_have_text("2 requests are waiting for you.")
    first, second = once_there(page.get_by_role("listitem"), 2)
    expect(first.get_by_role("heading")).to_have_text("Kim Chau asked for your feedback")
    expect(first).to_contain_text("You have until 16 June")
    expect(first).to_contain_text("Our e-mail could not be delivered to you.")
    expect(second).to_contain_text("The first milestone is done.")
    expect(second).not_to_contain_text("e-mail")
    assert titles(page) == ["Style guide", "Website relaunch"]
    links = [link.get_attribute("href") for link in page.get_by_role("link", name="Go to the contract").all()]
    assert links == ["contract?id=c-8", "contract?id=c-1"]
    button = first.get_by_role("button", name="Give feedback")
    expect(button).to_have_accessible_description("Kim Chau asked for your feedback")


def test_the_client_answers_and_declines_without_leaving(open_page: OpenPage, api: FakeApi) -> None:
    given_requests_on_two_contracts(api)
    page = open_page(INBOX)
    page.evaluate(LISTEN)
    first, second = once_there(page.get_by_role("listitem"), 2)
    first.get_by_role("button", name="Give feedback").focus()
    for _ in range(2):  # the second response comes after the first is shown
        api.now += SECOND
        with page.expect_response("**/feedback-requests"):
            page.evaluate(RETURN_TO_PAGE)
    expect(first.get_by_role("button", name="Give feedback")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your feedback for Kim Chau")).to_be_focused()
    expect(page.get_by_text("You can edit it until 17 June.")).to_be_visible()
    fill_in_and_publish(page)
    expect(page.get_by_role("heading", name="Thank you")).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("1 request is waiting for you.")
    decline("Don’t ask me")(page)
    expect(second.get_by_role("heading", name="You declined the request.")).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("Nothing is waiting for you")
    assert [(post.path, json.loads(post.body).get("further_requests")) for post in api.posts] == [
        ("contracts/c-8/feedback", None),
        ("contracts/c-1/feedback-requests/r-1/decline", "muted"),
    ]
    assert page.evaluate("heard") == [
        ["feedback-given", "c-8"],
        ["request-declined", "c-1"],
        ["request-preference-changed", "c-1"],
    ]
    page.evaluate(RETURN_TO_PAGE)  # what was done stays until the page is left
    expect(first.get_by_role("heading", name="Thank you")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Nothing is waiting for you")).to_be_visible()


def test_a_form_that_is_being_filled_in_survives_a_refresh_and_a_reload(open_page: OpenPage, api: FakeApi) -> None:
    given_requests_on_two_contracts(api)
    page = open_page(INBOX)
    page.get_by_role("button", name="Give feedback").last.click()
    fill_in(page)
    page.get_by_label("Comment").focus()
    api.other_contracts.clear()
    with page.expect_response("**/feedback-requests"):
        page.evaluate(RETURN_TO_PAGE)
    expect(page.get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_label("Comment")).to_be_focused()
    page.reload()
    expect(page.get_by_label("Comment")).to_have_value(COMMENT)
    press("Cancel")(page)
    expect(page.get_by_role("button", name="Give feedback")).to_be_focused()


def test_more_requests_come_when_they_are_asked_for_and_stay_after_a_refresh(
    open_page: OpenPage, api: FakeApi
) -> None:
    given_many_requests(api)
    page = open_page(INBOX)
    expect(page.get_by_role("listitem")).to_have_count(20)
    expect(page.get_by_role("status")).to_have_text("The 20 requests with the soonest deadlines are shown.")
    press("Show more")(page)
    expect(page.get_by_role("status")).to_have_text("23 requests are waiting for you.")
    expect(page.get_by_role("heading").nth(21)).to_be_focused()
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)
    with page.expect_response("**/feedback-requests?limit=23"):
        page.evaluate(RETURN_TO_PAGE)
    expect(page.get_by_role("listitem")).to_have_count(23)


def test_a_page_that_cannot_be_loaded_keeps_what_is_shown(open_page: OpenPage, api: FakeApi) -> None:
    given_many_requests(api)
    page = open_page(INBOX)
    expect(page.get_by_role("listitem")).to_have_count(20)
    api.fail_next("GET")
    press("Show more")(page)
    expect(page.get_by_text("We couldn’t reach the service")).to_be_visible()
    press("Show more")(page)
    expect(page.get_by_role("listitem")).to_have_count(23)


def test_empty_pages_are_skipped_but_not_forever(open_page: OpenPage, api: FakeApi) -> None:
    """The API returns such pages if its index names many requests that were closed a moment ago."""
    given_many_requests(api)

    def hide(body: dict[str, object]) -> None:
        body |= {"requests": [], "next_cursor": "r-c-2"}

    api.edit = hide
    page = open_page(INBOX)
    expect(page.get_by_role("button", name="Show more")).to_be_visible()
    assert api.replies == 3
    api.edit = None
    press("Show more")(page)
    expect(page.get_by_role("listitem")).to_have_count(20)


def test_a_request_that_ended_meanwhile_says_how(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    page = open_page(INBOX)
    closed = lifecycle.close(api.linked_request, "feedback_given", NOW)
    api.fail_next("POST", problem(refusals.RequestClosed(closed.status, NOW)))
    decline("Not now")(page)
    expect(page.get_by_role("listitem").get_by_role("heading")).to_be_focused()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Decline")).to_have_count(0)


def test_a_request_disappears_at_its_deadline(open_page: OpenPage, api: FakeApi) -> None:
    given_requests_on_two_contracts(api)
    page = open_page(INBOX, own_context=True)
    expect(page.get_by_role("listitem")).to_have_count(2)
    api.now = NOW + DAY
    page.clock.set_fixed_time(NOW + DAY)
    page.evaluate("document.querySelector('feedback-inbox').tick()")
    expect(page.get_by_role("listitem")).to_have_count(1)


def test_another_persons_token_shows_nothing_of_the_first(embed: Embed, api: FakeApi) -> None:
    given_open_request(api)
    TOKENS[a_jwt("first")], TOKENS[a_jwt("second")] = Role.CLIENT, Role.FREELANCER
    page = embed("feedback-inbox.js", "<feedback-inbox></feedback-inbox>")
    set_token = "token => { document.querySelector('feedback-inbox').token = token; }"
    page.evaluate(set_token, a_jwt("first"))
    press("Give feedback")(page)
    page.get_by_label("Comment").fill(COMMENT)
    page.evaluate(set_token, a_jwt("second"))
    expect(page.get_by_role("heading", name="Nothing is waiting for you")).to_be_visible()
    page.evaluate(set_token, a_jwt("first"))
    expect(page.get_by_label("Comment")).to_have_value(COMMENT)


def test_who_is_not_signed_in_gets_a_link_to_sign_in(embed: Embed) -> None:
    tag = '<feedback-inbox sign-in-url="/sign-in?next={return_url}"></feedback-inbox>'
    page = embed("feedback-inbox.js", tag)
    page.evaluate("document.querySelector('feedback-inbox').token = null")
    link = page.get_by_role("link", name="Sign in")
    expect(link).to_have_attribute("href", re.compile(r"^/sign-in\?next=https%3A"))


@pytest.mark.parametrize("locale", LANGUAGES)
def test_nothing_is_cut_off_on_the_smallest_phone_in_another_language(
    open_page: OpenPage, api: FakeApi, locale: str
) -> None:
    given_requests_on_two_contracts(api)
    page = open_page(INBOX, locale=locale, viewport={"width": 320, "height": 640})
    expect(page.get_by_role("listitem")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("feedback-inbox .root").get_attribute("dir") == ("rtl" if locale == "ar-EG" else "ltr")


def test_the_contract_room_leads_the_client_to_the_inbox_and_nobody_else(
    open_page: OpenPage, api: FakeApi
) -> None:
    given_open_request(api)
    page = open_page(CLIENT_ROOM)
    page.get_by_role("link", name="Requests waiting for you").click()
    expect(page.get_by_role("heading", name="Ana Ruiz asked for your feedback")).to_be_visible()
    page.get_by_role("link", name="Go to the contract").click()
    expect(page.get_by_role("heading", name=a_contract().title)).to_be_visible()
    other = open_page("contract?id=c-1#token=freelancer-token")
    expect(other.get_by_role("heading", name=a_contract().title)).to_be_visible()
    expect(other.get_by_role("link", name="Requests waiting for you")).to_have_count(0)
