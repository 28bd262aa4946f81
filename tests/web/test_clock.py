"""Readers' clocks can be days off. What depends on the time follows the clock of the API."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.builders import DAY, NOW, SECOND, a_request
from tests.web.conftest import Embed
from tests.web.fake_api import FakeApi
from tests.web.page_states import CLIENT_ROOM, LINK, given_open_request, given_open_request_and_earlier_feedback

wrong_clocks = pytest.mark.parametrize("error", [15 * DAY, -15 * DAY], ids=["ahead", "behind"])
ROOM = '<contract-feedback contract-id="c-1"></contract-feedback>'
SIGN_IN = """addEventListener("DOMContentLoaded", () => {
    document.querySelector("contract-feedback").token = "client-token"; });"""


@pytest.fixture
def open_room(new_context: Callable[..., BrowserContext], stack_url: str) -> Callable[[timedelta], Page]:
    """Opens the client's Contract Room in a browser whose clock is wrong by `error`, and goes on."""

    def open_room(error: timedelta) -> Page:
        page = new_context().new_page()
        page.clock.install(time=NOW + error)
        page.goto(f"{stack_url}/app/{CLIENT_ROOM}")
        return page

    return open_room


@wrong_clocks
def test_how_long_is_left_is_counted_from_the_apis_time(
    open_room: Callable[[timedelta], Page], api: FakeApi, error: timedelta
) -> None:
    given_open_request(api)
    expect(open_room(error).get_by_text("You have until 28 June (13 days left).")).to_be_visible()


@wrong_clocks
def test_a_page_of_another_origin_can_read_the_apis_time(embed: Embed, api: FakeApi, error: timedelta) -> None:
    given_open_request(api)

    def set_clock(context: BrowserContext) -> None:
        context.clock.set_fixed_time(NOW + error)

    page = embed("contract-feedback.js", ROOM, js=SIGN_IN, prepare=set_clock)
    expect(page.get_by_text("You have until June 28 (13 days left).")).to_be_visible()


def test_a_page_that_does_not_learn_the_apis_time_does_not_ask_the_api_every_minute(
    open_room: Callable[[timedelta], Page], api: FakeApi
) -> None:
    given_open_request(api)
    api.tells_the_time = False
    page = open_room(15 * DAY)
    expect(page.get_by_role("heading", name="Ana Ruiz asked for your feedback")).to_be_visible()
    page.clock.run_for("10:00")
    assert api.replies == 1


@wrong_clocks
@pytest.mark.parametrize("address", [CLIENT_ROOM, LINK])
def test_a_page_with_a_wrong_clock_does_not_ask_the_api_every_minute(
    new_context: Callable[..., BrowserContext], stack_url: str, api: FakeApi, error: timedelta, address: str
) -> None:
    given_open_request_and_earlier_feedback(api)
    page = new_context().new_page()
    page.clock.install(time=NOW + error)
    page.goto(f"{stack_url}/app/{address}")
    expect(page.get_by_text("13 days left")).to_be_visible()
    page.clock.run_for("10:00")
    expect(page.get_by_text("13 days left")).to_be_visible()
    assert api.replies == 1


@wrong_clocks
def test_a_request_that_expires_by_the_apis_clock_is_loaded_again_once(
    open_room: Callable[[timedelta], Page], api: FakeApi, error: timedelta
) -> None:
    api.open_request = a_request(requested_at=NOW - 14 * DAY + 90 * SECOND)
    page = open_room(error)
    expect(page.get_by_role("heading", name="Ana Ruiz asked for your feedback")).to_be_visible()
    api.now = NOW + 120 * SECOND
    page.clock.run_for("02:01")
    expect(page.get_by_text("Expired", exact=True)).to_be_visible()
    page.clock.run_for("05:00")
    assert api.replies == 2
