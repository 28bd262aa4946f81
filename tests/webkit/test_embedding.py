"""The elements in a page of another origin."""

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from tests.web.fake_api import FakeApi, Reply
from tests.web.page_states import given_open_request, given_two_pages_of_history
from tests.webkit.conftest import Embed
from tests.webkit.element import Element

HISTORY = '<work-history freelancer-id="u-freelancer"></work-history>'
ROOM = '<contract-feedback contract-id="c-1"></contract-feedback>'
SIGN_IN = """addEventListener("DOMContentLoaded", () => {
    document.querySelector("contract-feedback").token = async () => "client-token"; });"""
SHOW_SCORE = (
    """addEventListener("feedback-given", ({ detail }) => { document.title = `Given: ${detail.score}`; });"""
)
LOADS = 16


def test_two_elements_with_a_script_each_are_always_defined(
    embed: Embed, driver: WebDriver, api: FakeApi, stack_url: str
) -> None:
    given_two_pages_of_history(api)
    for _ in range(LOADS):
        embed("work-history.js", "contract-feedback.js", tags=f"{HISTORY}{ROOM}", js=SIGN_IN)
        for tag in ("work-history", "contract-feedback"):
            Element(driver, tag).shows("Website relaunch")


def test_a_signed_in_person_uses_an_element_of_another_origin(
    embed: Embed, driver: WebDriver, api: FakeApi
) -> None:
    room = embed("elements.js", tags=ROOM, js=SIGN_IN + SHOW_SCORE)
    room.press("Give feedback")
    room.rate(4)
    room.press("Publish feedback")
    room.shows("Thank you. Your feedback is public.")
    assert driver.title == "Given: 4"
    assert api.posts[0].headers["authorization"] == "Bearer client-token"


def test_the_readers_clock_does_not_matter(embed: Embed, api: FakeApi) -> None:
    """Half a year lies between the clock of this machine and that of the API."""
    given_open_request(api)
    embed("elements.js", tags=ROOM, js=SIGN_IN).shows("13 days left")


@pytest.mark.parametrize(
    ("language", "direction", "text"),
    [("ar", "rtl", "عرض المزيد"), ("de", "ltr", "Mehr anzeigen"), ("en", "ltr", "Show more")],
)
def test_the_page_sets_language_and_direction(
    embed: Embed, api: FakeApi, language: str, direction: str, text: str
) -> None:
    given_two_pages_of_history(api)
    history = embed("elements.js", tags=HISTORY, language=language)
    history.shows(text)
    assert history.find("[part=root]").get_attribute("lang") == language
    assert history.find("[part=root]").value_of_css_property("direction") == direction


def test_a_service_out_of_reach_is_explained_and_can_be_asked_again(embed: Embed, api: FakeApi) -> None:
    given_two_pages_of_history(api)
    api.fail_next("GET")
    history = embed("elements.js", tags=HISTORY)
    history.shows("We couldn’t reach the service")
    history.press("Try again")
    history.shows("Website relaunch")


def test_an_unexpected_error_has_a_reference(embed: Embed, api: FakeApi) -> None:
    api.fail_next("GET", Reply(500, {"message": "Internal Server Error"}))
    embed("elements.js", tags=HISTORY).shows("mention reference request-1")
