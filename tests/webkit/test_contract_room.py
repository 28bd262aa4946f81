"""The Contract Room, as the client and the freelancer of a contract see it."""

import json

from selenium.webdriver.remote.webdriver import WebDriver

from tests.web.fake_api import FakeApi
from tests.web.page_states import (
    CLIENT_ROOM,
    FREELANCER_ROOM,
    given_earlier_feedback,
    given_open_request,
    given_three_reasons,
)
from tests.webkit.conftest import Open


def test_the_freelancer_requests_feedback_in_the_dialog(open_page: Open, api: FakeApi) -> None:
    room = open_page(FREELANCER_ROOM)
    room.press("Request feedback")
    room.find("dialog textarea").send_keys("How is it going?")
    room.press("Send request")
    room.shows("Your request is on its way to Ben Okoye.")
    room.shows("You asked Ben Okoye for feedback")
    assert json.loads(api.posts[0].body) == {"message": "How is it going?"}


def test_a_request_that_could_not_be_sent_is_kept(open_page: Open, api: FakeApi) -> None:
    api.fail_next("POST")
    room = open_page(FREELANCER_ROOM)
    room.press("Request feedback")
    room.find("dialog textarea").send_keys("How is it going?")
    room.press("Send request")
    room.shows("We couldn’t reach the service")
    room.press("Send request")
    room.shows("You asked Ben Okoye for feedback")


def test_the_client_gives_feedback_from_the_menu(open_page: Open, api: FakeApi) -> None:
    given_earlier_feedback(api)
    room = open_page(CLIENT_ROOM)
    room.press("Details")
    room.press("More actions")
    room.press("Give feedback")
    room.rate(5)
    room.press("Publish feedback")
    room.shows("Thank you. Your feedback is public.")
    assert len(room.all("[part~=entry]")) == 3


def test_the_client_declines_in_the_dialog_but_not_without_a_choice(open_page: Open, api: FakeApi) -> None:
    given_open_request(api)
    room = open_page(CLIENT_ROOM)
    room.press("Decline")
    room.press("Decline request")
    room.shows("Choose one of the two.")
    assert api.posts == []
    room.find("dialog [value=muted]").click()
    room.press("Decline request")
    room.shows("You declined the request.")
    assert json.loads(api.posts[0].body) == {"further_requests": "muted"}
    room.press("Allow requests again")
    room.shows("Ana Ruiz can ask you for feedback again.")


def test_the_menu_leads_to_the_reasons_when_the_action_is_not_possible(
    open_page: Open, driver: WebDriver, api: FakeApi
) -> None:
    given_three_reasons(api)
    room = open_page(FREELANCER_ROOM)
    room.press("More actions")
    room.press("Request feedback")
    reason = room.find(".target")
    assert reason.text == "You can’t request feedback right now."
    assert reason == driver.execute_script("return arguments[0].getRootNode().activeElement", reason)
    assert reason.value_of_css_property("outline-style") == "solid"
