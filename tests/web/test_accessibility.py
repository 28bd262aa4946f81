"""Every page state passes axe-core, in light and dark, and fits a screen of 320 px. The keyboard is enough."""

from collections.abc import Callable, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.web.conftest import OpenPage
from tests.web.fake_api import FakeApi
from tests.web.page_states import (
    CLIENT_ROOM,
    FREELANCER_ROOM,
    LINK,
    PAGE_STATES,
    given_earlier_feedback,
    given_open_request,
    press,
)

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()


COLOUR_RULES: Any = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""All that can find something in dark that was not there in light: no other rule looks at colours."""

_RUN = """options => axe.run(document, { resultTypes: ["violations"], ...options })
    .then(({ passes, violations }) => [passes.length, violations])"""

_CUT_OFF_AT_TWICE_THE_SIZE = """() => {
    document.documentElement.style.fontSize = "200%";
    const inside = (root) => [...root.querySelectorAll("*")]
        .flatMap((element) => [element, ...(element.shadowRoot ? inside(element.shadowRoot) : [])]);
    return inside(document.body)
        .filter((element) => element.checkVisibility() && !element.closest(".visually-hidden, svg"))
        .filter((element) => {
            const { left, right } = element.getBoundingClientRect();
            return left < -0.5 || right > innerWidth + 0.5;
        })
        .map((element) => element.outerHTML.slice(0, 200));
}"""
"""What does not fit where somebody has set the browser's text to twice its size (WCAG 2.2, 1.4.4)."""


def violations(page: Page, options: Mapping[str, Any] = MappingProxyType({})) -> list[str]:
    """What axe-core finds; by all of its rules, unless its `options` say which."""
    passed, found = page.evaluate(_RUN, dict(options))
    assert passed, "nothing was looked at"
    return [f"{v['id']}: {node['html']} {node['failureSummary']}" for v in found for node in v["nodes"]]


@pytest.mark.parametrize("name", PAGE_STATES)
def test_every_state_is_accessible_in_light_and_dark_and_fits_320_px_and_text_of_twice_the_size(
    kept_context: Callable[..., BrowserContext], stack_url: str, api: FakeApi, name: str
) -> None:
    PAGE_STATES[name].arrange(api)
    page = kept_context(viewport={"width": 320, "height": 640}, reduced_motion="reduce").new_page()
    PAGE_STATES[name].open(page, stack_url)
    page.evaluate(AXE)
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOUR_RULES) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.set_viewport_size({"width": 640, "height": 640})
    assert page.evaluate(_CUT_OFF_AT_TWICE_THE_SIZE) == []


def test_arrow_keys_home_and_end_move_between_tabs(open_page: OpenPage, api: FakeApi) -> None:
    given_earlier_feedback(api)
    page = open_page(CLIENT_ROOM)
    feedback, details = page.get_by_role("tab", name="Feedback"), page.get_by_role("tab", name="Details")
    feedback.focus()
    page.keyboard.press("ArrowRight")
    expect(details).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Details")).to_be_visible()
    expect(page.get_by_role("tabpanel", name="Feedback")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(feedback).to_have_attribute("aria-selected", "true")
    page.keyboard.press("End")
    expect(details).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("tabpanel", name="Details")).to_be_focused()


def test_the_keyboard_opens_uses_and_leaves_the_menu(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(CLIENT_ROOM)
    button = page.get_by_role("button", name="More actions")
    button.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Give feedback")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(page.get_by_role("menu")).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your feedback for Ana Ruiz")).to_be_focused()


def test_the_menu_closes_when_the_focus_goes_elsewhere(open_page: OpenPage) -> None:
    page = open_page(CLIENT_ROOM)
    press("More actions")(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("menu")).to_be_hidden()


def test_stars_are_radio_buttons_and_the_first_and_last_say_what_they_mean(
    open_page: OpenPage, api: FakeApi
) -> None:
    given_open_request(api)
    page = open_page(LINK)
    skills = page.get_by_role("radiogroup", name="Skills")
    expect(skills.get_by_role("radio")).to_have_count(5)
    expect(skills.get_by_role("radio", name="1 star, poor")).to_be_visible()
    expect(skills.get_by_role("radio", name="5 stars, excellent")).to_be_visible()
    skills.get_by_role("radio", name="3 stars").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(skills.get_by_role("radio", name="4 stars")).to_be_checked()


def test_closing_the_dialog_returns_the_focus_to_its_button(open_page: OpenPage) -> None:
    page = open_page(FREELANCER_ROOM)
    press("Request feedback")(page)
    expect(page.get_by_role("dialog", name="Request feedback")).to_be_visible()
    expect(page.get_by_label("Message to Ben Okoye")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Request feedback")).to_be_focused()


def test_touch_targets_are_at_least_44_px(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    page = open_page(LINK, viewport={"width": 320, "height": 640})
    expect(page.get_by_role("radio")).to_have_count(30)
    for control in [*page.get_by_role("radio").all(), *page.get_by_role("button").all()]:
        box = control.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44
