"""How e-mails look in a browser: they fit narrow screens, and can be read in light and dark, without images too.

tests/unit/test_email_html.py says what mail clients support.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.rendered_emails import (
    BRAND,
    LEFT_TO_RIGHT,
    RIGHT_TO_LEFT,
    UNBROKEN,
    Rendered,
    rendered,
)
from tests.web.browser import chromium
from tests.web.contrast import faint
from tests.web.test_accessibility import AXE, COLOUR_RULES, violations

WIDTHS = (320, 375, 480, 640)
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="120">'
    '<rect width="900" height="120" fill="#2f7d4f"/></svg>'
)
# Rules about whole pages. A mail client shows an e-mail as a part of its own page.
NOT_A_PAGE: Any = {"rules": {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}}}


@pytest.fixture(scope="module")
def emails() -> Callable[..., list[Rendered]]:
    def emails(words: Mapping[str, str] = LEFT_TO_RIGHT, **how: Any) -> list[Rendered]:
        with pytest.MonkeyPatch.context() as patch:
            return rendered(patch, words, **how)

    return emails


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """One page for all e-mails. The logo is the only thing that it can load."""
    context = chromium().new_context(viewport={"width": 320, "height": 640})
    context.route("**/*", lambda route: route.abort())
    context.route(BRAND["LOGO_URL"], lambda route: route.fulfill(body=LOGO, content_type="image/svg+xml"))
    page = context.new_page()
    yield page
    context.close()


def without_style_sheet(html: str) -> str:
    """As some Gmail apps show it."""
    return html[: html.index("<style>")] + html[html.index("</style>") + len("</style>") :]


@pytest.mark.parametrize("words", [LEFT_TO_RIGHT, RIGHT_TO_LEFT, UNBROKEN], ids=["ltr", "rtl", "unbroken"])
def test_every_email_fits_every_screen(
    page: Page, emails: Callable[..., list[Rendered]], words: Mapping[str, str]
) -> None:
    """From 320 to 640 px, with and without its style sheet. `written` has a word of 97 characters."""
    wide = []
    for email in emails(words, brand=BRAND):
        for html in (email.html, without_style_sheet(email.html)):
            page.set_content(html)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 640})
                if page.evaluate("document.documentElement.scrollWidth") != width:
                    wide.append((email.name, width))
    assert wide == []


@pytest.mark.parametrize("colour", ["#2f7d4f", "#ffde00", "#ffffff", "#000000", "#767676"])
def test_every_email_is_accessible_in_light_and_dark(
    page: Page, emails: Callable[..., list[Rendered]], colour: str
) -> None:
    """Each colour of the marketplace in one of the languages, and the default colour in all.

    By all rules with the default colour; another one changes nothing else.
    """
    languages = {"#ffde00": ("ar",), "#ffffff": ("de",), "#000000": ("en",), "#767676": ("es",)}.get(colour)
    chosen = {"languages": languages} if languages else {}
    page.set_viewport_size({"width": 320, "height": 640})
    for email in emails(RIGHT_TO_LEFT, brand=BRAND | {"ACCENT_COLOR": colour}, **chosen):
        page.set_content(email.html)
        page.evaluate(AXE)
        light = COLOUR_RULES if languages else NOT_A_PAGE
        rules_of: dict[Literal["light", "dark"], Any] = {"light": light, "dark": COLOUR_RULES}
        for scheme, rules in rules_of.items():
            page.emulate_media(color_scheme=scheme)
            assert violations(page, rules) == [], (email.name, scheme)
            assert faint(page) == [], (email.name, scheme)
    page.emulate_media(color_scheme="light")


def test_a_wide_logo_keeps_its_shape_and_without_images_its_name_stands_there(
    page: Page, emails: Callable[..., list[Rendered]]
) -> None:
    [requested, *_] = emails(brand=BRAND, languages=("en",))
    page.set_viewport_size({"width": 320, "height": 640})
    page.set_content(requested.html)
    logo = page.get_by_role("img", name="Example Market")
    box = logo.bounding_box()
    assert box
    assert box["width"] <= 320
    assert box["width"] / box["height"] == pytest.approx(900 / 120, rel=0.02)
    page.set_content(requested.html.replace(BRAND["LOGO_URL"], "https://www.example.com/blocked.png"))
    named = page.get_by_role("img", name="Example Market").bounding_box()
    assert named
    assert named["width"] > 100  # as wide as the words in this size
    assert named["height"] >= 18


@pytest.mark.parametrize(("language", "start"), [("en", "left"), ("ar", "right")])
def test_an_email_begins_on_the_side_of_its_language_and_a_quote_on_its_own(
    page: Page, emails: Callable[..., list[Rendered]], language: str, start: str
) -> None:
    requested, _, provided, replied = emails(LEFT_TO_RIGHT, languages=(language,))
    for email in (requested, provided, replied):
        page.set_content(email.html)
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_css("text-align", start)
        expect(heading).to_have_css("direction", "rtl" if start == "right" else "ltr")
        quote = page.locator('div[dir="ltr"]', has_text="First, the good:").last
        expect(quote).to_have_css("text-align", "left")
        expect(quote).to_have_css("border-left-width", "3px")


def test_in_a_sentence_of_the_other_direction_a_name_keeps_the_order_of_its_words(
    page: Page, emails: Callable[..., list[Rendered]]
) -> None:
    """The title ends in a bracket, which would jump to its other end. Compares where its characters are shown."""
    requested, *_ = emails(LEFT_TO_RIGHT, languages=("ar",))
    page.set_content(requested.html)
    places = page.get_by_text("(2nd phase)").last.evaluate(
        """element => {
            const node = element.firstChild, places = [];
            for (const sign of "(2)") {
                const range = document.createRange(), at = node.data.indexOf(sign);
                range.setStart(node, at);
                range.setEnd(node, at + 1);
                places.push(range.getBoundingClientRect().left);
            }
            return places;
        }"""
    )
    assert places == sorted(places)
