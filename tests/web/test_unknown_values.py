"""A newer API may send values that these pages do not know. None is mistaken for a value that they know."""

from typing import Any

from playwright.sync_api import Browser, expect

from tests.web.conftest import OpenPage
from tests.web.fake_api import FakeApi, Reply
from tests.web.page_states import (
    CLIENT_ROOM,
    FREELANCER_ROOM,
    HISTORY,
    LINK,
    fill_in_and_publish,
    given_earlier_feedback,
    given_open_request,
    given_three_reasons,
    given_two_pages_of_history,
    once_there,
    set_delivery,
)

PROBLEM_TYPE = "application/problem+json"


def refusal(status: int, code: str, detail: str) -> Reply:
    return Reply(status, {"title": "Title", "detail": detail, "code": code}, content_type=PROBLEM_TYPE)


def test_an_unknown_request_status_is_shown_as_it_is(open_page: OpenPage, api: FakeApi) -> None:
    given_earlier_feedback(api)

    def taken_back(tab: Any) -> None:
        tab["past_requests"] = [{**tab["past_requests"][0], "status": "taken_back"}]

    api.edit = taken_back
    page = open_page(FREELANCER_ROOM)
    past = page.locator("[part~=past-requests] li")
    expect(past).to_have_text("taken back Asked on 5 May 2026, closed on 6 May 2026", use_inner_text=True)


def test_unknown_news_of_an_email_is_shown_as_it_is(open_page: OpenPage, api: FakeApi) -> None:
    """Nor is an older API, which tells nothing of e-mails and preferences, taken for one that does."""
    given_open_request(api)
    api.edit = lambda tab: set_delivery(tab, "read_aloud")
    page = open_page(CLIENT_ROOM)
    delivery = page.locator("[part~=delivery]")
    expect(delivery).to_have_text("E-mail: read aloud")
    expect(delivery.locator("[lang=en]")).to_have_text("read aloud")
    api.edit = lambda tab: set_delivery(tab, "not_sent", "quiet_hours")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(delivery).to_have_text("No e-mail was sent.")

    def as_of_old(tab: Any) -> None:
        del tab["requests_muted"]
        tab["open_request"].pop("delivery", None)

    api.edit = as_of_old
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(delivery).to_have_count(0)
    page.get_by_role("button", name="More actions").click()
    expect(page.get_by_role("menuitem")).to_have_text(["Give feedback", "Decline request"])


def test_an_unknown_contract_status_is_shown_as_it_is(open_page: OpenPage, api: FakeApi) -> None:
    given_two_pages_of_history(api)

    def on_hold(body: Any) -> None:
        for contract in filter(None, body.get("contracts", [body.get("contract")])):  # the summary has none
            contract["status"] = "on_hold"

    api.edit = on_hold
    for address in (CLIENT_ROOM, HISTORY):
        expect(open_page(address).locator("[part~=status]").first).to_have_text("on hold")


def test_unknown_kinds_of_feedback_grounds_and_categories_are_shown_as_they_are(
    open_page: OpenPage, api: FakeApi
) -> None:
    given_earlier_feedback(api)

    def another_kind(tab: Any) -> None:
        entry = tab["feedback"][0]
        entry["kind"] = "half_time"
        entry["ratings"] = {"team_spirit": 2, "skills": 5}
        tab["feedback"][1]["removed"] = {"at": "2026-06-01T12:00:00.000Z", "ground": "house_rules"}

    api.edit = another_kind
    entry, taken_down = once_there(open_page(CLIENT_ROOM).get_by_role("article"), 2)
    expect(taken_down.locator("[part~=removed] [lang=en]")).to_have_text("house rules")
    expect(entry.get_by_role("heading")).to_have_text("half time")
    expect(entry.locator("[part~=categories] div")).to_have_text(["Skills5", "team spirit2"])


def as_agency(tab: Any) -> None:
    tab["viewer"] = "agency"


def test_an_unknown_viewer_is_neither_client_nor_freelancer(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    api.edit = as_agency
    page = open_page(FREELANCER_ROOM)
    expect(page.get_by_role("heading", name="Ana Ruiz asked Ben Okoye for feedback")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)


def test_an_unknown_reason_is_explained_in_the_words_of_the_api(open_page: OpenPage, api: FakeApi) -> None:
    given_three_reasons(api)

    def another_reason(tab: Any) -> None:
        reason = {"code": "market_closed", "detail": "The market is closed.", "clears_at": "2026-07-01T12:00:00Z"}
        tab["actions"]["give_feedback"] |= {"reasons": [reason], "eligible_at": None}

    api.edit = another_reason
    page = open_page(CLIENT_ROOM)
    expect(page.locator("[part~=reasons]")).to_contain_text("The market is closed.")
    expect(page.locator("[part~=reasons]")).to_contain_text("1 July (in 16 days)")
    expect(page.locator("[part~=reasons] [lang=en]")).to_have_text("The market is closed.")
    expect(page.get_by_text("payment")).to_have_count(0)


def test_an_unknown_refusal_of_a_link_is_explained_in_the_words_of_the_api(
    open_page: OpenPage, api: FakeApi
) -> None:
    api.fail_next("GET", refusal(410, "request_on_hold", "This request is on hold."))
    page = open_page(LINK)
    expect(page.get_by_role("heading", name="This isn’t possible")).to_be_visible()
    expect(page.get_by_text("This request is on hold.")).to_have_attribute("lang", "en")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    expect(page.get_by_text("our fault")).to_have_count(0)


def test_an_unknown_refusal_of_feedback_keeps_the_form(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    api.fail_next("POST", refusal(409, "market_closed", "The market is closed."))
    page = open_page(LINK)
    fill_in_and_publish(page)
    expect(page.get_by_text("The market is closed.")).to_be_visible()
    expect(page.get_by_label("Comment")).not_to_be_empty()


def test_an_unknown_failure_of_the_service_can_be_tried_again(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    api.fail_next("GET", refusal(500, "market_on_fire", "The market is on fire."))
    page = open_page(LINK)
    expect(page.get_by_role("heading", name="Something went wrong")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Publish feedback")).to_be_visible()


def test_a_response_that_the_page_cannot_read_is_shown_as_an_error(
    browser: Browser, stack_url: str, api: FakeApi
) -> None:
    """In a context of its own, because the error is also on the console."""
    api.edit = lambda tab: tab.update(contract=None)
    context = browser.new_context()
    api.install(context, stack_url)
    page = context.new_page()
    with page.expect_event("pageerror"):
        page.goto(f"{stack_url}/app/{CLIENT_ROOM}")
    expect(page.get_by_role("heading", name="Something went wrong")).to_be_visible()
    context.close()
