"""The custom elements in a page of the marketplace: another origin, with a strict content policy of its own."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.browser import in_the_oldest_too
from tests.web.fake_api import FakeApi, Reply
from tests.web.page_states import (
    fill_in,
    fill_in_and_publish,
    given_earlier_feedback,
    given_open_request,
    given_two_pages_of_history,
    press,
)

pytestmark = in_the_oldest_too


def test_one_script_and_one_tag_show_the_work_history(embed: Callable[..., Page], api: FakeApi) -> None:
    given_two_pages_of_history(api)
    page = embed("work-history.js", '<work-history freelancer-id="u-freelancer"></work-history>')
    expect(page.get_by_role("heading", name="Website relaunch")).to_be_visible()
    press("Show more")(page)
    expect(page.get_by_role("heading", name="Style guide")).to_be_visible()


def test_the_token_can_be_set_before_the_script_has_loaded(embed: Callable[..., Page], api: FakeApi) -> None:
    given_earlier_feedback(api)
    page = embed(
        "contract-feedback.js",
        '<contract-feedback contract-id="c-1"></contract-feedback>',
        js="""addEventListener("DOMContentLoaded", () => {
            document.querySelector("contract-feedback").token = async () => "client-token"; });""",
    )
    expect(page.get_by_role("article")).to_have_count(2)


def test_a_token_that_could_not_be_fetched_can_be_fetched_again(embed: Callable[..., Page], api: FakeApi) -> None:
    page = embed(
        "feedback-form.js",
        '<feedback-form contract-id="c-1"></feedback-form>',
        js="""var offline = true;
            addEventListener("DOMContentLoaded", () => {
                document.querySelector("feedback-form").token = async () => {
                    if (offline) throw new Error("no session");
                    return "client-token"; }; });""",
    )
    expect(page.get_by_text("reach the service")).to_be_visible()
    page.evaluate("offline = false")
    press("Try again")(page)
    fill_in(page)
    page.evaluate("offline = true")
    press("Publish feedback")(page)
    expect(page.get_by_text("reach the service")).to_be_visible()
    page.evaluate("offline = false")
    press("Publish feedback")(page)
    expect(page.get_by_role("heading", name="Thank you.")).to_be_visible()
    assert len(api.posts) == 1


def test_the_page_receives_the_elements_events(embed: Callable[..., Page], api: FakeApi) -> None:
    page = embed(
        "feedback-form.js",
        '<feedback-form contract-id="c-1"></feedback-form>',
        js="""addEventListener("feedback-given", ({ detail }) => { document.title = detail.score; });
            addEventListener("DOMContentLoaded", () => {
                document.querySelector("feedback-form").token = "client-token"; });""",
    )
    fill_in_and_publish(page)
    expect(page).to_have_title("4")
    expect(page.get_by_role("heading", name="Thank you.")).to_be_visible()


def test_the_page_styles_the_elements_by_custom_properties_and_parts(
    embed: Callable[..., Page], api: FakeApi
) -> None:
    given_open_request(api)
    page = embed(
        "contract-feedback.js",
        '<contract-feedback contract-id="c-1"></contract-feedback>',
        js="""addEventListener("DOMContentLoaded", () => {
            document.querySelector("contract-feedback").token = "client-token"; });""",
        css="""contract-feedback { --feedback-accent: rgb(90, 20, 120); }
            contract-feedback::part(header), contract-feedback::part(tabs) { display: none; }""",
    )
    button = page.get_by_role("button", name="Give feedback")
    expect(button).to_have_css("background-color", "rgb(90, 20, 120)")
    expect(page.get_by_role("tablist")).to_be_hidden()


def test_a_client_who_cannot_give_feedback_gets_the_reasons_instead_of_a_form(
    embed: Callable[..., Page], api: FakeApi
) -> None:
    api.contract = api.contract.model_copy(update={"last_payment_at": None})
    page = embed(
        "feedback-form.js",
        '<feedback-form contract-id="c-1"></feedback-form>',
        js="""addEventListener("DOMContentLoaded", () => {
            document.querySelector("feedback-form").token = "client-token"; });""",
    )
    expect(page.get_by_text("There has been no recent payment on this contract.")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)


def test_a_page_of_another_origin_can_read_the_gateways_request_id(
    embed: Callable[..., Page], api: FakeApi
) -> None:
    api.fail_next("GET", Reply(500, {"message": "Internal Server Error"}))
    page = embed("work-history.js", '<work-history freelancer-id="u-freelancer"></work-history>')
    expect(page.locator("[part~=reference]")).to_have_text(re.compile("reference request-1."))


@pytest.mark.parametrize("viewer", ["freelancer", "agency"])
def test_only_the_client_gets_a_form(embed: Callable[..., Page], api: FakeApi, viewer: str) -> None:
    api.edit = lambda tab: tab.update(viewer=viewer)
    page = embed(
        "feedback-form.js",
        '<feedback-form contract-id="c-1"></feedback-form>',
        js="""addEventListener("DOMContentLoaded", () => {
            document.querySelector("feedback-form").token = "client-token"; });""",
    )
    expect(page.get_by_role("heading", name="Only the client can do this")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)


def test_a_late_page_of_one_history_is_not_added_to_another(embed: Callable[..., Page], api: FakeApi) -> None:
    given_two_pages_of_history(api)
    page = embed("work-history.js", '<work-history freelancer-id="u-freelancer"></work-history>')
    late: list[Route] = []

    def delay(route: Route) -> None:
        late.append(route)

    page.route("**/work-history?cursor=next", delay)
    with page.expect_request("**/work-history?cursor=next"):
        press("Show more")(page)
    api.history[None] = api.history[None].model_copy(update={"next_cursor": None})
    page.evaluate("document.querySelector('work-history').setAttribute('freelancer-id', 'u-other')")
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)
    with page.expect_request_finished(lambda request: request.url.endswith("?cursor=next")):
        late[0].fallback()
    page.evaluate("new Promise(requestAnimationFrame)")
    assert page.get_by_role("heading", level=3).all_text_contents() == ["Website relaunch"]
