"""The form behind the e-mail's link."""

import json

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from tests.web.fake_api import FakeApi
from tests.web.page_states import CATEGORIES, LINK, given_open_request
from tests.webkit.conftest import Open
from tests.webkit.element import Element


@pytest.fixture(autouse=True)
def _asked(api: FakeApi) -> None:
    given_open_request(api)


def fill_in(form: Element) -> None:
    form.rate(4)
    form.find("textarea").send_keys("Reliable and quick.")


def test_a_client_rates_comments_and_publishes(open_page: Open, api: FakeApi) -> None:
    form = open_page(LINK)
    form.shows("Website relaunch")
    fill_in(form)
    form.shows("Average: 4.00 out of 5")
    form.press("Publish feedback")
    form.shows("Thank you. Your feedback is public.")
    body = json.loads(api.posts[0].body)
    assert [*body["ratings"].values()] == [4] * len(CATEGORIES)
    assert body["comment"] == "Reliable and quick."


def test_stars_from_the_email_must_be_confirmed(open_page: Open, api: FakeApi) -> None:
    form = open_page(f"{LINK}&rating=4")
    form.find(".star")
    assert form.stars == ["4"] * len(CATEGORIES)
    form.press("Publish feedback")
    box = form.find("input[type=checkbox][aria-invalid=true]")
    assert api.posts == []
    box.click()
    form.press("Publish feedback")
    form.shows("Thank you.")


def test_a_reload_loses_nothing_typed(open_page: Open, driver: WebDriver) -> None:
    fill_in(open_page(LINK))
    driver.refresh()
    form = Element(driver, "feedback-form")
    assert form.find("textarea").get_property("value") == "Reliable and quick."
    assert form.stars == ["4"] * len(CATEGORIES)


def test_a_lost_connection_is_explained_and_sending_again_counts_once(open_page: Open, api: FakeApi) -> None:
    api.fail_next("POST", carried_out=True)
    form = open_page(LINK)
    fill_in(form)
    form.press("Publish feedback")
    form.shows("We couldn’t reach the service")
    form.shows("You can safely try again: it counts only once.")
    form.press("Publish feedback")
    form.shows("Thank you.")
    assert len(api.feedback) == 1
