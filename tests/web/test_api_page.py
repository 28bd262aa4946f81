"""`/app/api`: the page about the API, without a script."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.web.test_accessibility import AXE, COLOUR_RULES, violations

OPEN_ALL = "document.querySelectorAll('details').forEach(details => details.open = true)"


def test_with_every_example_open_it_is_accessible_in_light_and_dark_and_fits_320_px(
    new_context: Callable[..., BrowserContext], stack_url: str
) -> None:
    page = new_context(viewport={"width": 320, "height": 640}).new_page()
    page.goto(f"{stack_url}/app/api")
    page.evaluate(OPEN_ALL)
    page.evaluate(AXE)
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOUR_RULES) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_contents_lead_to_an_operation_and_its_refusals_with_examples(
    new_context: Callable[..., BrowserContext], stack_url: str
) -> None:
    """Without JavaScript, and with nothing but the page itself loaded."""
    loaded: list[str] = []
    context = new_context(viewport={"width": 1280, "height": 800}, java_script_enabled=False)
    context.on("request", lambda request: loaded.append(request.url.removeprefix(stack_url)))
    page = context.new_page()
    page.goto(f"{stack_url}/app/api")
    page.get_by_role("navigation").get_by_role("link", name="Request feedback (freelancer)").click()
    expect(page.get_by_role("heading", name="Request feedback (freelancer)")).to_be_in_viewport()
    refusal = page.locator("#requestFeedback details", has_text="request_pending")
    expect(refusal.locator("pre")).to_be_hidden()
    refusal.locator("summary").click()
    expect(refusal.locator("pre")).to_contain_text('"expires_at": "2026-12-09T17:37:38.000Z"')
    assert loaded == ["/app/api"]
