"""The main journeys on the deployed stack in a real browser. All states of all pages are in tests/web."""

import re
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.deployed_service import DeployedService, eventually
from tests.web.browser import chromium
from tests.web.page_states import CATEGORIES, fill_in, fill_in_and_publish, press

THANKS = "Thank you. Your feedback is public."

type OpenPage = Callable[[str], Page]


@pytest.fixture
def open_page() -> Iterator[OpenPage]:
    """Opens an address in a new browser context, as for another person."""
    contexts = []

    def open_page(address: str) -> Page:
        contexts.append(chromium().new_context(locale="en-GB", timezone_id="Europe/Berlin"))
        page = contexts[-1].new_page()
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()


class Room:
    """A contract, and the addresses of its pages for each person."""

    def __init__(self, service: DeployedService) -> None:
        self.service = service
        self.title = f"Contract {uuid4()}"
        self.contract_id = service.an_eligible_contract(title=self.title)
        app = f"{service.stack.api_url}/app"
        self.client = f"{app}/contract?id={self.contract_id}#token={service.client.token}"
        self.freelancer = f"{app}/contract?id={self.contract_id}#token={service.freelancer.token}"
        self.work_history = f"{app}/freelancer?id={service.freelancer.id}"

    def link(self) -> str:
        """The link in the e-mail."""
        found = re.search(r"http\S+/app/feedback#t=[\w.-]+", self.email())
        assert found
        return found[0]

    def email(self) -> str:
        text: str = eventually(lambda: self.service.emails(self.title), "the e-mail")[-1]["BodyText"]
        return text

    def feedback(self) -> list[dict[str, object]]:
        tab = self.service.tab(self.contract_id, self.service.client)
        found: list[dict[str, object]] = tab.json()["feedback"]
        return found


@pytest.fixture
def room(service: DeployedService) -> Room:
    return Room(service)


def test_feedback_requested_by_email_is_given_by_keyboard_and_shown_everywhere(
    open_page: OpenPage, room: Room
) -> None:
    freelancer = open_page(room.freelancer)
    press("Request feedback")(freelancer)
    freelancer.get_by_label("Message to").fill("How is it going?")
    press("Send request")(freelancer)
    expect(freelancer.get_by_role("heading", name="You asked Ben Okoye for feedback")).to_be_visible()

    form = open_page(room.link())
    expect(form.get_by_text("How is it going?")).to_be_visible()
    deadline = form.locator("time").last.get_attribute("datetime")
    assert deadline
    assert f"{deadline[11:16]} UTC" in room.email()  # the e-mail shows the same minute
    form.keyboard.press("Tab")
    expect(form.get_by_role("button", name="Decline")).to_be_focused()
    form.keyboard.press("Tab")
    for _ in CATEGORIES:
        form.keyboard.press("Space")
        form.keyboard.press("ArrowLeft")  # from the first star to the fifth, which is before it
        form.keyboard.press("Tab")
    form.keyboard.type("Reliable and quick.")
    form.keyboard.press("Tab")
    form.keyboard.press("Enter")
    expect(form.get_by_role("heading", name=THANKS)).to_be_focused()

    for address in (room.freelancer, room.client):
        entry = open_page(address).get_by_role("article")
        expect(entry).to_contain_text("Reliable and quick.")
        expect(entry).to_contain_text("5.00")
    history = open_page(room.work_history).locator("[part~=contract]").filter(has_text=room.title)
    expect(history).to_contain_text("In progress")
    expect(history.get_by_role("article")).to_contain_text("Reliable and quick.")


def test_a_used_and_a_broken_link_say_what_is_wrong(open_page: OpenPage, room: Room) -> None:
    room.service.request_feedback(room.contract_id)
    link = room.link()
    form = open_page(link)
    fill_in_and_publish(form)
    expect(form.get_by_role("heading", name=THANKS)).to_be_visible()
    form.goto("about:blank")
    form.go_back()
    expect(form.get_by_text(THANKS).or_(form.get_by_text("has been answered"))).to_be_visible()
    expect(open_page(link).get_by_text("This request has been answered")).to_be_visible()
    expect(open_page(link[:-1]).get_by_text("This link doesn’t work")).to_be_visible()
    assert len(room.feedback()) == 1


def test_a_double_click_and_a_second_tab_publish_once(open_page: OpenPage, room: Room) -> None:
    room.service.request_feedback(room.contract_id)
    first = open_page(room.link())
    second = open_page(room.link())
    fill_in(second)
    fill_in(first)
    first.get_by_role("button", name="Publish feedback").dblclick()
    expect(first.get_by_role("heading", name=THANKS)).to_be_visible()
    press("Publish feedback")(second)
    expect(second.get_by_text("This request has been answered")).to_be_visible()
    expect(second.get_by_text("What you wrote was not published.")).to_be_visible()
    assert len(room.feedback()) == 1
