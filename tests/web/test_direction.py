"""An element reads in the direction of its own language, whatever that of the page is."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Embed
from tests.web.fake_api import FakeApi
from tests.web.page_states import given_open_request_and_earlier_feedback, press

SIGN_IN = """addEventListener("DOMContentLoaded", () => {{
    document.documentElement.dir = "{around}";
    document.querySelector("contract-feedback").token = "client-token"; }});"""


@pytest.fixture
def room(embed: Embed, api: FakeApi, around: str, language: str) -> Page:
    given_open_request_and_earlier_feedback(api)
    tag = f'<contract-feedback contract-id="c-1" lang="{language}"></contract-feedback>'
    return embed("contract-feedback.js", tag, js=SIGN_IN.format(around=around))


def edges(page: Page, inner: str, outer: str) -> tuple[float, float]:
    """How far `inner` is from the left and from the right edge of `outer`."""
    box, around = (page.locator(part).first.bounding_box() for part in (inner, outer))
    assert box
    assert around
    return box["x"] - around["x"], around["x"] + around["width"] - box["x"] - box["width"]


@pytest.mark.parametrize("around", ["ltr", "rtl"])
@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("de", "ltr"), ("ar", "rtl")])
def test_the_element_has_the_direction_of_its_language(room: Page, direction: str) -> None:
    room.get_by_role("tablist").wait_for()
    expect(room.locator("[part=root]")).to_have_css("direction", direction)
    expect(room.locator("[part~=title]").first).to_have_css("direction", direction)
    left, right = edges(room, "[part=menu-button]", "[part=header]")
    assert (left > right) == (direction == "ltr")


@pytest.mark.parametrize(("around", "language"), [("rtl", "en")])
def test_a_sentence_keeps_its_order_in_a_page_that_reads_from_right_to_left(room: Page) -> None:
    sentence = room.get_by_text("You have until")
    expect(sentence).to_have_text("You have until June 28 (13 days left).")
    x_of = """(paragraph, word) => {
        const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            const at = walker.currentNode.data.indexOf(word);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(walker.currentNode, at);
            range.setEnd(walker.currentNode, at + word.length);
            return range.getBoundingClientRect().x;
        }
    }"""
    places = [sentence.evaluate(x_of, word) for word in ("You", "until", "June", "28", "13", "left", ".")]
    assert places == sorted(places)


@pytest.mark.parametrize(("around", "language", "key"), [("ltr", "ar", "ArrowLeft"), ("rtl", "en", "ArrowRight")])
def test_arrow_keys_move_between_tabs_as_they_are_seen(room: Page, key: str) -> None:
    expect(room.get_by_role("tab")).to_have_count(2)
    first, second = room.get_by_role("tab").all()
    first.focus()
    room.keyboard.press(key)
    expect(second).to_be_focused()


@pytest.mark.parametrize(("around", "language"), [("rtl", "en")])
def test_text_that_people_typed_has_its_own_direction(room: Page, api: FakeApi) -> None:
    room.get_by_role("article").first.wait_for()
    press("Details")(room)
    expect(room.locator("dd").first).to_have_css("direction", "ltr")
    expect(room.locator("[part~=comment]").first).to_have_attribute("dir", "auto")
