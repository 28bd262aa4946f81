"""Everything can be seen: in light, in dark, in browsers without light-dark(), and in the system's own colours."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.web.browser import in_the_oldest_too
from tests.web.conftest import Embed, OpenPage
from tests.web.contrast import faint, is_readable
from tests.web.fake_api import FakeApi
from tests.web.page_states import (
    CLIENT_ROOM,
    LINK,
    PAGE_STATES,
    given_earlier_feedback,
    given_open_request,
    given_two_pages_of_history,
    press,
)

SYSTEM_COLOURS: dict[str, Any] = {"forced_colors": "active"}
DARK_TEXT, LIGHT_TEXT = "rgb(28, 33, 30)", "rgb(236, 238, 234)"
HISTORY = '<work-history freelancer-id="u-freelancer"></work-history>'

# One of each control and of each kind of box.
STATES = [
    "contract-client",
    "contract-client-menu",
    "contract-freelancer-dialog",
    "contract-client-too-early",
    "contract-unreachable",
    "form-prefilled",
    "form-filled-in",
    "form-incomplete",
    "form-published",
    "history-all",
]

# The style of the page, what the system prefers, and what is to be read on what the page then looks like.
SCHEMES = [
    ("", "dark", DARK_TEXT),
    ("html { color-scheme: light }", "dark", DARK_TEXT),
    ("html { color-scheme: dark }", "light", LIGHT_TEXT),
    ("html { color-scheme: only dark }", "light", LIGHT_TEXT),
    ("html { color-scheme: light dark }", "light", DARK_TEXT),
    ("html { color-scheme: light dark }", "dark", LIGHT_TEXT),
    ("work-history { color-scheme: dark; background: #111 }", "light", LIGHT_TEXT),
]
DECLARED_IN_MARKUP = """document.head.append(Object.assign(
    document.createElement("meta"), { name: "color-scheme", content: "light dark" }));"""


@in_the_oldest_too
@pytest.mark.parametrize("name", STATES)
def test_every_text_control_and_star_stands_out_in_light_in_dark_and_in_system_colours(
    kept_context: Callable[..., BrowserContext], stack_url: str, api: FakeApi, name: str
) -> None:
    PAGE_STATES[name].arrange(api)
    page = kept_context(reduced_motion="reduce", color_scheme="light").new_page()
    PAGE_STATES[name].open(page, stack_url)
    assert faint(page) == []
    for colours, root in (
        ({"color_scheme": "dark"}, "root dark"),
        ({"color_scheme": "light", **SYSTEM_COLOURS}, "root"),
    ):
        page.emulate_media(**colours)
        expect(page.locator("[part=root]")).to_have_class(root)  # the elements are told a little later
        assert faint(page) == []


@in_the_oldest_too
def test_the_oldest_supported_browser_is_one_without_the_function_for_light_and_dark(
    open_page: OpenPage, request: pytest.FixtureRequest
) -> None:
    knows_it = open_page("freelancer").evaluate("CSS.supports('color', 'light-dark(red, red)')")
    assert knows_it == ("current" in request.node.name)


@in_the_oldest_too
@pytest.mark.parametrize(("css", "system", "text"), SCHEMES)
def test_light_or_dark_is_that_of_the_page_not_of_the_system(
    embed: Embed, api: FakeApi, css: str, system: str, text: str
) -> None:
    given_two_pages_of_history(api)
    page = embed("work-history.js", HISTORY, css=css, color_scheme=system)
    page.get_by_role("article").first.wait_for()
    expect(page.locator("work-history [part=root]")).to_have_css("color", text)
    assert faint(page) == []


@in_the_oldest_too
@pytest.mark.parametrize(("system", "text"), [("light", DARK_TEXT), ("dark", LIGHT_TEXT)])
def test_a_page_can_declare_in_its_markup_that_it_is_light_and_dark(
    embed: Embed, api: FakeApi, system: str, text: str
) -> None:
    given_two_pages_of_history(api)
    page = embed("work-history.js", HISTORY, js=DECLARED_IN_MARKUP, color_scheme=system)
    page.get_by_role("article").first.wait_for()
    expect(page.locator("work-history [part=root]")).to_have_css("color", text)
    assert faint(page) == []


@in_the_oldest_too
def test_the_elements_turn_dark_and_light_with_the_system(embed: Embed, api: FakeApi) -> None:
    given_two_pages_of_history(api)
    page = embed("work-history.js", HISTORY, css="html { color-scheme: light dark }", color_scheme="light")
    page.get_by_role("article").first.wait_for()
    page.emulate_media(color_scheme="dark")
    expect(page.locator("work-history [part=root]")).to_have_css("color", LIGHT_TEXT)
    assert faint(page) == []
    page.emulate_media(color_scheme="light")
    expect(page.locator("work-history [part=root]")).to_have_css("color", DARK_TEXT)


def test_the_elements_turn_dark_and_light_with_the_page(embed: Embed, api: FakeApi) -> None:
    given_two_pages_of_history(api)
    page = embed("work-history.js", HISTORY)
    for scheme, text in (("dark", LIGHT_TEXT), ("light", DARK_TEXT)):
        page.evaluate("(scheme) => { document.documentElement.style.colorScheme = scheme; }", scheme)
        expect(page.locator("work-history [part=root]")).to_have_css("color", text)


# ---- The system's own colours (Windows: contrast themes) ----


@pytest.fixture
def open_in_system_colours(open_page: OpenPage) -> Callable[[str], Page]:
    return lambda address: open_page(address, reduced_motion="reduce", **SYSTEM_COLOURS)


def differs(locator: Locator, act: Callable[[], object]) -> bool:
    """Whether `act` changes what is seen of `locator`."""
    before = locator.screenshot(caret="hide")
    act()
    return locator.screenshot(caret="hide") != before


def test_in_system_colours_the_selected_tab_is_told_apart(
    open_in_system_colours: Callable[[str], Page],
) -> None:
    page = open_in_system_colours(CLIENT_ROOM)

    def line_below(tab: Locator) -> str:
        return str(tab.evaluate("(tab) => getComputedStyle(tab).borderBlockEndColor"))

    selected, other = page.get_by_role("tab", selected=True), page.get_by_role("tab", selected=False)
    assert line_below(selected) != line_below(other)


@in_the_oldest_too
@pytest.mark.parametrize("name", ["contract-client-menu", "contract-freelancer-dialog", "form-incomplete"])
def test_in_system_colours_every_label_is_readable(
    kept_context: Callable[..., BrowserContext], stack_url: str, api: FakeApi, name: str
) -> None:
    PAGE_STATES[name].arrange(api)
    page = kept_context(**SYSTEM_COLOURS).new_page()
    PAGE_STATES[name].open(page, stack_url)
    labels = page.locator("button").filter(visible=True).all()
    assert labels
    assert [label.inner_text() for label in labels if not is_readable(label)] == []


def test_in_system_colours_the_focus_is_seen_on_every_control(
    open_in_system_colours: Callable[[str], Page], api: FakeApi
) -> None:
    given_open_request(api)
    page = open_in_system_colours(f"{LINK}&rating=4")
    controls = [
        page.get_by_role("radiogroup", name="Skills"),
        page.get_by_role("checkbox"),
        page.get_by_label("Comment"),
        page.get_by_role("button", name="Publish feedback"),
    ]
    page.get_by_role("radio").first.wait_for()
    page.keyboard.press("Tab")  # from now on, the focus moves as by keyboard
    for control in controls:
        page.evaluate("document.activeElement.blur()")
        inner = control.get_by_role("radio", checked=True).or_(control).last
        around = page.locator("[part=form]")
        assert differs(around, inner.focus), control


def test_in_system_colours_the_states_of_the_form_are_told_apart(
    open_in_system_colours: Callable[[str], Page], api: FakeApi
) -> None:
    given_open_request(api)
    page = open_in_system_colours(f"{LINK}&rating=4")
    comment, publish = page.get_by_label("Comment"), page.get_by_role("button", name="Publish feedback")
    stars = page.get_by_role("radiogroup", name="Skills").locator(".stars")
    assert differs(page.get_by_role("checkbox"), page.get_by_role("checkbox").check)
    assert differs(stars, stars.get_by_role("radio", name="5 stars").hover)
    page.mouse.move(0, 0)
    assert differs(stars, lambda: stars.get_by_role("radio", name="2 stars").press("Space"))
    width = "(field) => getComputedStyle(field).borderTopWidth"
    valid = comment.evaluate(width)
    comment.fill("x" * 5001)
    assert comment.evaluate(width) != valid
    page.get_by_label("Comment").fill("Fine.")
    page.mouse.move(0, 0)
    assert differs(publish, publish.hover) is False
    assert differs(publish, lambda: publish.evaluate("(button) => { button.disabled = true; }"))
    assert faint(page) == []


def test_in_system_colours_the_menu_and_the_dialog_have_edges_and_show_the_focus(
    open_in_system_colours: Callable[[str], Page], api: FakeApi
) -> None:
    given_earlier_feedback(api)
    page = open_in_system_colours(CLIENT_ROOM)
    page.get_by_role("button", name="More actions").focus()
    page.keyboard.press("Enter")
    item = page.get_by_role("menuitem").first
    expect(item).to_be_focused()
    assert differs(item, page.get_by_role("button", name="More actions").focus)
    expect(page.get_by_role("menu")).to_have_css("border-top-style", "solid")
    page = open_in_system_colours("contract?id=c-1#token=freelancer-token")
    api.contract = api.contract.model_copy(update={"last_feedback_at": None})
    press("Request feedback")(page)
    expect(page.get_by_role("dialog")).to_have_css("border-top-style", "solid")
