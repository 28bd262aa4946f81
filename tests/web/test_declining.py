"""The client declines a request or turns requests off, the freelancer withdraws one; both read what follows."""

import json
import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from mid_job_feedback.domain import lifecycle, refusals
from tests.builders import DAY, NOW, a_request
from tests.web.conftest import OpenPage
from tests.web.fake_api import FakeApi, problem
from tests.web.page_states import (
    CLIENT_ROOM,
    COMMENT,
    FREELANCER_ROOM,
    LINK,
    decline,
    given_declined_request,
    given_open_request,
    press,
    set_delivery,
    withdraw,
)

LISTEN = """names => {
    window.heard = [];
    for (const name of names) addEventListener(name, ({ detail }) => heard.push([name, detail]));
}"""
RETURN_TO_PAGE = "document.dispatchEvent(new Event('visibilitychange'))"


def listen(page: Page, *names: str) -> None:
    page.evaluate(LISTEN, names)


def heard(page: Page) -> list[Any]:
    events: list[Any] = page.evaluate("heard")
    return events


def choice(page: Page, name: str) -> Locator:
    return page.get_by_role("radio", name=name)


def test_the_client_declines_by_keyboard_but_not_without_a_choice(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    page = open_page(CLIENT_ROOM)
    listen(page, "request-declined", "request-preference-changed")
    page.get_by_role("button", name="Decline").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Decline Ana Ruiz’s request")).to_be_visible()
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    page.get_by_role("button", name="Decline request").focus()
    page.keyboard.press("Enter")
    question = page.get_by_role("radiogroup", name="What should we tell Ana Ruiz?")
    expect(question).to_have_accessible_description("Choose one of the two.")
    expect(choice(page, "Not now")).to_be_focused()
    assert api.posts == []
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You declined the request. Ana Ruiz can ask you again later.")).to_be_focused()
    expect(page.locator("[part~=past-requests]")).to_contain_text("Declined")
    [post] = api.posts
    assert post.path == "contracts/c-1/feedback-requests/r-1/decline"
    assert json.loads(post.body) == {"further_requests": "allowed"}
    [(name, request)] = heard(page)
    assert (name, request["request_id"], request["status"]) == ("request-declined", "r-1", "declined")


def test_the_freelancer_reads_when_asking_again_is_possible(open_page: OpenPage, api: FakeApi) -> None:
    given_declined_request(api)
    page = open_page(FREELANCER_ROOM)
    expect(page.locator("[part~=not-yet]")).to_have_text(
        "You can request feedback from 13 July (in 28 days).The client would rather not give feedback right now."
    )
    expect(page.locator("[part~=past-requests]")).to_contain_text(
        "Declined Asked on 12 June 2026, declined on 13 June 2026", use_inner_text=True
    )


def test_the_client_turns_requests_off_and_on_and_the_freelancer_sees_it(
    open_page: OpenPage, api: FakeApi
) -> None:
    given_open_request(api)
    client = open_page(CLIENT_ROOM)
    listen(client, "request-declined", "request-preference-changed")
    decline("Don’t ask me")(client)
    note = client.locator("[part~=muted]")
    expect(note).to_contain_text("You turned off feedback requests for this contract.")
    freelancer = open_page(FREELANCER_ROOM)
    expect(freelancer.locator("[part~=reasons]")).to_contain_text("Feedback requests are turned off")
    note.get_by_role("button", name="Allow requests again").click()
    expect(client.get_by_text("Ana Ruiz can ask you for feedback again.")).to_be_focused()
    expect(note).to_be_hidden()
    press("Details", "More actions")(client)
    client.get_by_role("menuitem", name="Don’t ask me on this contract").click()
    expect(client.get_by_text("Ana Ruiz can’t ask you again on this contract.")).to_be_focused()
    expect(note).to_be_visible()
    assert [json.loads(put.body) for put in api.puts] == [{"muted": False}, {"muted": True}]
    muted = [detail["muted"] for name, detail in heard(client) if name == "request-preference-changed"]
    assert muted == [True, False, True]


def test_turning_requests_off_leaves_the_open_one_open(open_page: OpenPage, api: FakeApi) -> None:
    """If that fails, the page says so, and nothing else changes."""
    given_open_request(api)
    api.fail_next("PUT")
    client = open_page(CLIENT_ROOM)
    for said in ("reach the service", "You turned off feedback requests"):
        press("More actions")(client)
        client.get_by_role("menuitem", name="Don’t ask me").click()
        expect(client.get_by_text(said)).to_be_visible()
    expect(client.get_by_role("heading", name="Ana Ruiz asked for your feedback")).to_be_visible()
    freelancer = open_page(FREELANCER_ROOM)
    expect(freelancer.get_by_text("Ben Okoye doesn’t want more requests on this contract.")).to_be_visible()
    expect(freelancer.get_by_text("you can ask again")).to_have_count(0)


def test_a_choice_survives_a_lost_response_and_counts_once(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    api.fail_next("POST", carried_out=True)
    page = open_page(CLIENT_ROOM)
    decline("Don’t ask me")(page)
    expect(page.get_by_role("dialog")).to_contain_text("We couldn’t reach the service")
    expect(choice(page, "Don’t ask me")).to_be_checked()
    page.get_by_role("button", name="Decline request").dblclick()
    expect(page.get_by_text("You declined the request.")).to_be_focused()
    first, second = api.posts  # the second click of two found the button busy
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert [past.status for past in api.past_requests] == ["declined"]


def test_a_choice_that_was_not_sent_is_kept_until_the_client_comes_back(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    page = open_page(CLIENT_ROOM)
    press("Decline")(page)
    choice(page, "Not now").check()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Decline")).to_be_focused()
    press("Decline")(page)
    expect(choice(page, "Not now")).to_be_checked()
    assert api.posts == []


def test_a_request_that_was_answered_meanwhile_is_shown_as_it_is(open_page: OpenPage, api: FakeApi) -> None:
    for room, act in ((CLIENT_ROOM, decline("Not now")), (FREELANCER_ROOM, withdraw)):
        given_open_request(api)
        api.past_requests = []
        page = open_page(room)
        expect(page.locator("[part~=open-request]")).to_be_visible()
        api.open_request, api.past_requests = None, [lifecycle.close(a_request(), "feedback_given", NOW)]
        act(page)
        expect(page.get_by_role("dialog")).to_be_hidden()
        expect(page.get_by_text("This request is already closed")).to_be_visible()
        expect(page.get_by_role("status")).to_contain_text("It is now: Answered.")
        expect(page.locator("[part~=past-requests]")).to_contain_text("Answered")
        expect(page.locator("[part~=open-request]")).to_have_count(0)


def test_the_freelancer_withdraws_and_reads_when_asking_again_is_possible(
    open_page: OpenPage, api: FakeApi
) -> None:
    api.open_request = a_request(requested_at=NOW - DAY / 4)
    page = open_page(FREELANCER_ROOM)
    listen(page, "request-withdrawn")
    press("Withdraw request")(page)
    dialog = page.get_by_role("dialog", name="Withdraw your request")
    expect(dialog).to_contain_text("Ben Okoye will no longer be able to answer it.")
    expect(dialog).to_contain_text("You can ask again from 16 June at 08:00 CEST.")
    press("Cancel")(page)
    expect(page.get_by_role("button", name="Withdraw request")).to_be_focused()
    press("More actions")(page)
    page.get_by_role("menuitem", name="Withdraw request").click()
    dialog.get_by_role("button", name="Withdraw request").click()
    expect(page.get_by_role("status")).to_have_text(
        "You withdrew the request. You can request feedback from 16 June at 08:00 CEST (in 18 hours)."
    )
    expect(page.get_by_role("status")).to_be_focused()
    assert [(post.path, post.body) for post in api.posts] == [
        ("contracts/c-1/feedback-requests/r-1/withdrawal", "{}")
    ]
    assert [name for name, _ in heard(page)] == ["request-withdrawn"]


def test_both_parties_read_what_became_of_the_email(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    pages = [open_page(FREELANCER_ROOM), open_page(CLIENT_ROOM)]
    for status, reason, *told in (
        ("queued", None, "The e-mail is on its way.", "The e-mail is on its way."),
        ("sent", None, "E-mail sent on 15 June", "E-mail sent on 15 June"),
        ("delivered", None, "E-mail delivered on 15 June", "E-mail delivered on 15 June"),
        ("delayed", None, "The mail server of Ben Okoye", "Your mail server"),
        ("bounced", None, "Ben Okoye could not be reached by e-mail. Ask them", "could not be delivered to you"),
        ("complained", None, "Ben Okoye no longer gets e-mails", "You marked our e-mail as spam"),
        ("not_sent", "unsubscribed", "Ben Okoye unsubscribed", "you unsubscribed"),
        ("not_sent", "address_undeliverable", "Ben Okoye can’t be reached", "did not reach you"),
        ("not_sent", "no_address", "Ben Okoye has no e-mail address", "no e-mail address"),
        ("not_sent", "request_closed", "closed before", "closed before"),
    ):
        api.edit = lambda body, status=status, reason=reason: set_delivery(body, status, reason)
        for page, text in zip(pages, told, strict=True):
            page.evaluate(RETURN_TO_PAGE)
            expect(page.locator("[part~=delivery]")).to_contain_text(text)
            expect(page.get_by_text("@")).to_have_count(0)  # no address


def test_a_past_request_says_why_there_may_have_been_no_answer(open_page: OpenPage, api: FakeApi) -> None:
    api.past_requests = [lifecycle.close(a_request(requested_at=NOW - 20 * DAY), "deadline_passed", NOW)]
    api.edit = lambda body: set_delivery(body, "bounced")
    page = open_page(FREELANCER_ROOM)
    past = page.locator("[part~=past-requests]")
    expect(past).to_contain_text("Ben Okoye could not be reached by e-mail.")
    api.edit = lambda body: set_delivery(body, "delivered")
    page.evaluate(RETURN_TO_PAGE)
    expect(past.locator("[part~=delivery]")).to_have_count(0)


def test_the_link_to_decline_opens_the_dialog_and_sends_nothing(open_page: OpenPage, api: FakeApi) -> None:
    """What was typed before can be copied, and a link leads to the contract. Reloading says so, too."""
    given_open_request(api)
    page = open_page(LINK)
    listen(page, "request-declined", "request-preference-changed")
    page.get_by_label("Comment").fill(COMMENT)
    page.evaluate("location.hash += '&decline=1'")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("radio", name=re.compile("Not now|Don’t ask"), checked=True)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_label("Comment")).to_have_value(COMMENT)
    assert api.posts == []
    decline("Don’t ask me")(page)
    expect(page.get_by_role("heading", name="You declined the request.")).to_be_focused()
    expect(page.get_by_text("unless you allow requests again in the contract.")).to_be_visible()
    expect(page.get_by_role("link", name="Go to the contract")).to_have_attribute("href", "contract?id=c-1")
    expect(page.locator("[part~=unsent]")).to_contain_text("Clear plans")
    assert api.contract.requests_muted
    assert [name for name, _ in heard(page)] == ["request-declined", "request-preference-changed"]
    page.reload()
    expect(page.get_by_role("heading", name="You declined this request")).to_be_visible()
    assert len(api.posts) == 1


def test_the_link_of_a_request_that_was_answered_meanwhile_says_so(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    page = open_page(f"{LINK}&decline=1")
    expect(page.get_by_role("dialog")).to_be_visible()
    api.open_request, api.past_requests = None, [lifecycle.close(a_request(), "feedback_given", NOW)]
    decline("Not now")(page)
    expect(page.get_by_role("heading", name="This request is already closed")).to_be_visible()
    expect(page.get_by_text("It is now: Answered.")).to_be_visible()


def test_declining_from_the_menu_closes_the_open_form_and_keeps_its_text(
    open_page: OpenPage, api: FakeApi
) -> None:
    given_open_request(api)
    page = open_page(CLIENT_ROOM)
    press("Give feedback")(page)
    page.get_by_label("Comment").fill(COMMENT)
    press("More actions")(page)
    page.get_by_role("menuitem", name="Decline request").click()
    decline("Not now")(page)
    expect(page.get_by_text("You declined the request.")).to_be_focused()
    expect(page.locator("[part~=unsent]")).to_contain_text("Clear plans")
    expect(page.get_by_label("Comment")).to_have_count(0)


def test_a_refusal_that_another_try_can_change_keeps_the_dialog(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    api.fail_next("POST", problem(refusals.NotTheClient()))
    page = open_page(CLIENT_ROOM)
    decline("Not now")(page)
    expect(page.get_by_role("dialog")).to_contain_text("not as the client of this contract")
    expect(choice(page, "Not now")).to_be_checked()
