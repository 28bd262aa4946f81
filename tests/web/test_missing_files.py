"""A script or a language that could not be loaded never leaves a person with nothing, and never breaks a page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.web.conftest import FEEDBACK, Embed
from tests.web.fake_api import FakeApi
from tests.web.page_states import LINK, given_open_request, given_two_pages_of_history

HISTORY = '<work-history freelancer-id="u-freelancer" lang="de"></work-history>'

failures = pytest.mark.parametrize("status", [None, 404, 503], ids=["no response", "404", "503"])


def fail(route: Route, status: int | None) -> None:
    """As API Gateway fails: with JSON, which is neither a script nor a style sheet."""
    if status is None:
        route.abort()
    else:
        body = '{"message":"Service Unavailable"}'
        route.fulfill(status=status, content_type="application/json", body=body)


@failures
def test_a_language_that_cannot_be_loaded_leaves_the_page_in_english(
    new_context: Callable[..., BrowserContext], stack_url: str, api: FakeApi, status: int | None
) -> None:
    given_open_request(api)
    context = new_context(locale="de-DE", viewport={"width": 1280, "height": 800})
    context.route("**/de-*.js", lambda route: fail(route, status))
    page = context.new_page()
    page.goto(f"{stack_url}/app/{LINK}")
    expect(page.get_by_role("button", name="Publish feedback")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.evaluate("document.documentElement.scrollHeight") < 2000


@failures
def test_an_embedded_element_is_in_english_if_its_language_cannot_be_loaded(
    embed: Embed, api: FakeApi, status: int | None
) -> None:
    given_two_pages_of_history(api)

    def block(context: BrowserContext) -> None:
        context.route(f"{FEEDBACK}/app/de-*.js", lambda route: fail(route, status))

    page = embed("work-history.js", HISTORY, prepare=block)
    expect(page.get_by_role("button", name="Show more")).to_be_visible()
    expect(page.locator("[part=root]")).to_have_attribute("lang", "en")


def test_a_page_whose_script_is_an_error_says_what_to_do(
    new_context: Callable[..., BrowserContext], stack_url: str
) -> None:
    context = new_context()
    context.route("**/links-*.js", lambda route: fail(route, 503))
    page = context.new_page()
    page.goto(f"{stack_url}/app/{LINK}")
    expect(page.locator(".fallback")).to_have_css("opacity", "1", timeout=8000)
    expect(page.get_by_text("Please turn it on, or reload the page.")).to_be_visible()
