"""The page behind the e-mail's link: stars that are only a suggestion, and what a closed link shows."""

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from mid_job_feedback.domain.models import EmailPreferences
from tests.web.conftest import OpenPage
from tests.web.fake_api import UNAVAILABLE, FakeApi, problem
from tests.web.page_states import (
    CATEGORIES,
    LINK,
    PAGE_STATES,
    PREFERENCES,
    given_open_request,
    once_there,
    press,
    turn_emails_off,
)

# What a mail scanner with a JavaScript engine would press: buttons and links of every kind, also in shadow roots.
PRESS_EVERYTHING = """() => {
  const pressable = "button, a[href], summary, [role=button], [role=menuitem], [role=tab], "
    + "input[type=submit], input[type=button], input[type=image]";
  const roots = [document, ...[...document.querySelectorAll("*")].map((e) => e.shadowRoot).filter(Boolean)];
  const all = (selector) => roots.flatMap((root) => [...root.querySelectorAll(selector)]);
  const pressed = all(pressable);
  for (const element of pressed) element.click();
  for (const form of all("form")) form.requestSubmit();
  return pressed.length;
}"""


# Playwright reports requests in the order in which they start. After this one, it has reported all before it.
ONE_LAST_REQUEST = "new Promise(requestAnimationFrame).then(() => fetch(location.href.split('#')[0]))"


def scan(page: Page) -> None:
    """Presses everything on the page several times. Fails if that sends anything but GET requests.

    A dialog that one of the buttons opens is closed before the next one is pressed by mouse.
    """
    methods: list[str] = []
    page.on("request", lambda request: methods.append(request.method))
    page.get_by_role("radio").first.wait_for()
    for _ in range(3):
        assert page.evaluate(PRESS_EVERYTHING) > 0
        page.keyboard.press("Escape")
        for button in page.get_by_role("button").all():
            button.click()
            page.keyboard.press("Escape")
    page.evaluate(ONE_LAST_REQUEST)
    assert {*methods} == {"GET"}


@pytest.mark.parametrize("address", [LINK, f"{LINK}&rating=5", f"{LINK}&decline=1", PREFERENCES])
def test_a_mail_scanner_that_presses_everything_changes_nothing(
    open_page: OpenPage, api: FakeApi, address: str
) -> None:
    given_open_request(api)
    page = open_page(address)
    scan(page)
    page.reload()
    scan(page)
    assert api.posts == []
    assert api.open_request is not None


def test_a_mail_scanner_that_types_and_reloads_changes_nothing(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    page = open_page(f"{LINK}&rating=5")
    page.get_by_label("Comment").fill("test@example.com")
    page.reload()
    scan(page)
    assert api.posts == []


def test_opening_the_link_any_number_of_times_changes_nothing(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    page = open_page(LINK)
    for rating in range(1, 6):
        page.goto(page.url.partition("#")[0] + f"#t=link-token&rating={rating}")
        expect(page.get_by_label(f"Yes, {rating} star")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Yes, 5 stars")).to_be_visible()
    assert api.posts == []


def test_stars_from_the_email_fill_in_all_six_categories_but_a_person_must_confirm(
    open_page: OpenPage, api: FakeApi
) -> None:
    given_open_request(api)
    page = open_page(f"{LINK}&rating=4")
    for category in CATEGORIES:
        group = page.get_by_role("radiogroup", name=category)
        expect(group.get_by_role("radio", name="4 stars")).to_be_checked()
    press("Publish feedback")(page)
    confirmation = page.get_by_role("checkbox", name="Yes, 4 stars in all six categories")
    expect(confirmation).to_be_focused()
    expect(confirmation).to_have_accessible_description(
        "Tick this box if you mean this for all six, or change a rating above."
    )
    assert api.posts == []
    expect(page.get_by_text("out of 5")).to_be_hidden()  # no average of what nobody has chosen
    page.keyboard.press("Space")
    expect(page.get_by_text("Average: 4.00 out of 5")).to_be_visible()
    press("Publish feedback")(page)
    expect(page.get_by_text("Thank you.")).to_be_visible()


@pytest.mark.parametrize("stars", ["4 stars", "2 stars"])
def test_choosing_any_star_even_the_suggested_one_confirms_the_suggestion(
    open_page: OpenPage, api: FakeApi, stars: str
) -> None:
    given_open_request(api)
    page = open_page(f"{LINK}&rating=4")
    page.get_by_role("radiogroup", name="Skills").get_by_role("radio", name=stars).click()
    expect(page.get_by_role("checkbox")).to_be_hidden()
    press("Publish feedback")(page)
    expect(page.get_by_text("Thank you.")).to_be_visible()


def test_stars_that_a_person_chose_win_over_those_from_the_email(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    page = open_page(f"{LINK}&rating=4")
    skills = page.get_by_role("radiogroup", name="Skills")
    skills.get_by_role("radio", name="2 stars").click()
    page.reload()
    expect(skills.get_by_role("radio", name="2 stars")).to_be_checked()


@pytest.mark.parametrize("rating", ["0", "6", "5.5", "-1", "x", "", "05", "55"])
def test_an_invalid_rating_in_the_link_is_ignored(open_page: OpenPage, api: FakeApi, rating: str) -> None:
    given_open_request(api)
    page = open_page(f"{LINK}&rating={rating}")
    page.get_by_role("radio").first.wait_for()
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    expect(page.get_by_role("checkbox")).to_have_count(0)


@pytest.mark.parametrize(
    ("state", "title", "text"),
    [
        ("link-expired", "This request has expired", "ended on 9 June. The freelancer can ask"),
        (
            "link-expired-unprompted",
            "You can still give feedback",
            "ended on 9 June. You can give feedback without it",
        ),
        ("link-answered", "This request has been answered", "on 5 June"),
        ("link-cancelled", "This request was cancelled", "on 5 June"),
        ("link-contract-ended", "This contract has ended", "on 5 June"),
        ("link-declined", "You declined this request", "on 13 June. If you have changed your mind"),
        ("link-withdrawn", "This request was withdrawn", "on 15 June"),
        ("link-superseded", "This link no longer works", "the e-mail to your new address"),
        ("link-invalid", "This link doesn’t work", "copy the whole link"),
        ("link-missing", "This link doesn’t work", "copy the whole link"),
    ],
)
def test_a_link_that_no_longer_works_says_why_and_since_when(
    open_page: OpenPage, api: FakeApi, state: str, title: str, text: str
) -> None:
    PAGE_STATES[state].arrange(api)
    page = open_page(PAGE_STATES[state].address)
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.get_by_text(text)).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)


def test_an_expired_link_leads_a_client_who_can_give_feedback_to_the_contract(
    open_page: OpenPage, api: FakeApi
) -> None:
    PAGE_STATES["link-expired-unprompted"].arrange(api)
    page = open_page(LINK)
    page.get_by_role("link", name="Go to the contract").click()
    expect(page.get_by_role("heading", name="Please sign in")).to_be_visible()
    assert page.url.endswith("/app/contract?id=c-1")


@pytest.mark.parametrize(
    "fragment",
    [
        "t%3Dlink-token%26rating%3D4",
        "t=link-token&amp;rating=4",
        "t=link-token.&rating=4.",
        "t=link-token)&rating=4",
        "%23t=link-token%5D&rating=4>",
    ],
)
def test_a_link_that_mail_programs_or_people_changed_still_works(
    open_page: OpenPage, api: FakeApi, fragment: str
) -> None:
    given_open_request(api)
    page = open_page(f"feedback#{fragment}")
    expect(page.get_by_label("Yes, 4 stars")).to_be_visible()


def test_a_link_can_be_tried_again_if_the_api_did_not_respond(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    api.fail_next("GET")
    page = open_page(LINK)
    expect(page.get_by_role("heading", name="We couldn’t reach the service")).to_be_visible()
    press("Try again")(page)
    expect(page.get_by_role("button", name="Publish feedback")).to_be_visible()


def test_a_page_loads_by_itself_when_the_connection_is_back(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    api.fail_next("GET")
    page = open_page(LINK)
    expect(page.get_by_role("heading", name="We couldn’t reach the service")).to_be_visible()
    for is_offline in (True, False):
        page.context.set_offline(is_offline)
    page.get_by_label("Comment").fill("Fine.")
    for is_offline in (True, False):
        page.context.set_offline(is_offline)
    expect(page.get_by_label("Comment")).to_have_value("Fine.")
    assert api.replies == 1


@pytest.mark.parametrize("blocked", ["nothing", "links-*.js"])
def test_without_its_scripts_the_page_asks_for_javascript(browser: Browser, stack_url: str, blocked: str) -> None:
    """At once if scripts are switched off, after a few seconds if they could not be loaded."""
    context = browser.new_context(java_script_enabled=blocked != "nothing")
    context.route(f"**/{blocked}", lambda route: route.abort())
    page = context.new_page()
    page.goto(f"{stack_url}/app/{LINK}")
    expect(page.locator(".fallback")).to_have_css("opacity", "1", timeout=8000)
    expect(page.get_by_text("This page needs JavaScript")).to_be_visible()
    context.close()


def test_people_turn_emails_off_and_on_again(open_page: OpenPage, api: FakeApi) -> None:
    """The page shows what is stored. To send it takes a choice and a button; what failed can be sent again."""
    api.fail_next("POST", problem(UNAVAILABLE))
    page = open_page(PREFERENCES)
    on, off = once_there(page.get_by_role("radio"), 2)
    saved, save = page.get_by_role("status"), page.get_by_role("button", name="Save")
    expect(page).to_have_title("E-mail settings")
    expect(on).to_be_checked()
    save.click()
    expect(saved).to_have_text("Choose the other option to change this.")
    assert api.posts == []
    turn_emails_off(page)
    expect(page.get_by_text("The service is busy")).to_be_visible()
    save.click()
    expect(saved).to_have_text("Saved. You get no more e-mails about feedback requests.")
    assert api.preferences == EmailPreferences(feedback_requests="unsubscribed")
    page.reload()
    expect(off).to_be_checked()
    on.check()
    save.click()
    expect(saved).to_have_text("Saved. You get e-mails about feedback requests again.")
    assert api.preferences == EmailPreferences(feedback_requests="subscribed")
    bodies = [json.loads(call.body)["feedback_requests"] for call in api.posts]
    assert bodies == ["unsubscribed", "unsubscribed", "subscribed"]
