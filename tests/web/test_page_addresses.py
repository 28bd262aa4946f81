"""Links as mail gateways and people leave them, and addresses that lead nowhere, in a browser."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.lambda_runtime import function
from tests.web.conftest import OpenPage
from tests.web.fake_api import FakeApi
from tests.web.page_server import serve_pages
from tests.web.page_states import given_open_request
from tests.web.test_accessibility import AXE, COLOUR_RULES, violations


@pytest.mark.parametrize(
    ("address", "opened"),
    [
        ("feedback%23t=link-token", "feedback#t=link-token"),
        ("feedback%23t=link-token%26rating=4", "feedback#t=link-token&rating=4"),
        ("feedback/%23t=link-token", "feedback#t=link-token"),
        ("feedback%23t=link-token).", "feedback#t=link-token"),
        ("feedback/#t=link-token", "feedback#t=link-token"),
        ("email-preferences%23t=link-token.", "email-preferences#t=link-token"),
        ("Feedback#t=link-token&rating=2", "feedback#t=link-token&rating=2"),
    ],
)
def test_a_spoiled_link_still_leads_to_the_form(
    open_page: OpenPage, api: FakeApi, stack_url: str, address: str, opened: str
) -> None:
    """Browsers keep the part after the # when they are redirected."""
    given_open_request(api)
    page = open_page(address)
    expect(page.get_by_role("radio").first).to_be_visible()
    assert page.url == f"{stack_url}/app/{opened}"


@pytest.mark.parametrize("path", ["/", "/app", "/app/", "/app/nothing", "/app/nothing/deeper"])
def test_a_wrong_address_shows_a_page_that_anybody_can_read(
    kept_context: Callable[..., BrowserContext], stack_url: str, path: str
) -> None:
    page = kept_context(viewport={"width": 320, "height": 640}).new_page()
    response = page.goto(f"{stack_url}{path}")
    assert response
    assert response.status == 404
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    expect(page.get_by_text("If you contact support, mention reference page-request.")).to_be_visible()
    page.evaluate(AXE)
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOUR_RULES) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.usefixtures("stack_url")
def test_a_cached_script_of_another_release_loads_the_current_one_whole(browser: Browser) -> None:
    """The stable address, as an embedder's browser keeps it for some minutes, names a script that is gone."""
    cached = {
        "host": ("text/html", '<!doctype html><script type="module" src="elements.js"></script><work-history>'),
        "elements.js": ("text/javascript", 'export * from "./elements-OLDHASH2.js";'),
    }
    web = ModuleType("web")

    def handler(event: dict[str, Any], context: object) -> Any:
        if event["pathParameters"]["proxy"] not in cached:
            return function("web").handler(event, context)
        content_type, body = cached[event["pathParameters"]["proxy"]]
        return {"statusCode": 200, "headers": {"content-type": content_type}, "body": body}

    web.__dict__["handler"] = handler
    with serve_pages(web) as url:
        page = browser.new_page()
        page.goto(f"{url}/app/host")
        expect(page.locator("work-history:defined")).to_be_attached()
        page.close()
