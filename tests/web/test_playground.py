"""`/app/playground`: every element in every state without an API, and code that works where it is copied to."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

from tests.builders import DAY, NOW, SECOND
from tests.web.conftest import FEEDBACK, Embed, OpenPage
from tests.web.fake_api import FakeApi
from tests.web.page_states import (
    REPLY_TEXT,
    edit,
    fill_in_and_publish,
    given_open_request,
    given_two_pages_of_history,
    press,
    rate,
    reply_to,
    report,
)
from tests.web.playground_replies import CLIENT, CONTRACT, FORM, FREELANCER, HISTORY, LINK, STATES
from tests.web.test_accessibility import AXE, COLOUR_RULES, violations


def choose(page: Page, **settings: str) -> None:
    """Chooses settings by their labels, as a person does."""
    for label, option in settings.items():
        setting(page, label.capitalize()).select_option(option)


def setting(page: Page, label: str) -> Locator:
    return page.get_by_role("combobox", name=label, exact=True)


def preview(page: Page) -> Locator:
    return page.locator(".stage")


@pytest.fixture
def code_for(open_page: OpenPage, stack_url: str) -> Callable[..., dict[str, str]]:
    """Returns the code that the playground shows for some settings, for a stack at another address."""

    def code_for(**settings: str) -> dict[str, str]:
        page = open_page(f"playground#{urlencode(settings)}")
        return {
            name: page.locator(f"[data-file={name}] code").inner_text().replace(stack_url, FEEDBACK)
            for name in ("html", "js", "css")
            if page.locator(f"[data-file={name}]").count()
        }

    return code_for


def test_every_state_can_be_reached_without_any_call_to_an_api(
    new_context: Callable[..., BrowserContext], stack_url: str, api: FakeApi
) -> None:
    """In each of them people can do what they can do on the pages. The console shows no error."""
    loaded: list[str] = []
    context = new_context()
    context.on("request", lambda request: loaded.append(request.url.removeprefix(stack_url)))
    page = context.new_page()
    page.goto(f"{stack_url}/app/playground")
    for state in STATES:
        choose(page, element=state.element, role=state.role, state=state.name)
        shown = state.shows or state.page_state.shows
        if not state.shows:
            state.page_state.act(page)
        expect(preview(page).get_by_text(shown).filter(visible=True).first, f"{state}").to_be_visible()
    assert api.replies == 0
    assert all(path.startswith("/app/") for path in loaded)
    assert len(loaded) == 4  # the page, its script, and two for the elements


def test_deadlines_stay_as_far_away_as_when_they_were_recorded(
    new_context: Callable[..., BrowserContext], stack_url: str
) -> None:
    context = new_context()
    context.clock.set_fixed_time(NOW + 400 * DAY)
    page = context.new_page()
    page.goto(f"{stack_url}/app/playground#element={CONTRACT}&role={FREELANCER}&state=contract-freelancer-waiting")
    expect(preview(page).get_by_text("13 days left")).to_be_visible()


def test_an_address_leads_to_the_settings_that_it_was_copied_with(open_page: OpenPage) -> None:
    page = open_page("playground")
    choose(page, element=FORM, role=LINK, state="link-expired", language="de", theme="dark", width="phone")
    page.get_by_label("Accent colour", exact=True).check()
    again = open_page(page.url.rpartition("/")[2])
    assert again.evaluate("JSON.stringify([...new FormData(document.forms[0])])") == page.evaluate(
        "JSON.stringify([...new FormData(document.forms[0])])"
    )
    expect(preview(again).get_by_role("heading", name="Diese Anfrage ist abgelaufen")).to_be_visible()


def test_the_settings_change_the_preview_but_not_what_is_typed(open_page: OpenPage) -> None:
    page = open_page(f"playground#element={FORM}&role={LINK}&state=form")
    page.get_by_label("Comment").fill("Half a sentence")
    choose(page, language="de", theme="dark", width="phone")
    page.get_by_label("Accent colour", exact=True).check()
    page.get_by_label("Your accent colour").fill("#ffcc00")
    button = preview(page).get_by_role("button", name="Feedback veröffentlichen")
    expect(button).to_have_css("background-color", "rgb(255, 204, 0)")
    expect(button).to_have_css("color", "rgb(0, 0, 0)")
    expect(preview(page)).to_have_css("color-scheme", "dark")
    expect(preview(page)).to_have_css("width", "375px")
    expect(preview(page).get_by_role("textbox")).to_have_value("Half a sentence")
    press("Load the element again")(page)
    expect(preview(page).get_by_role("textbox")).to_have_value("Half a sentence")


@pytest.mark.parametrize(
    ("role", "state", "other"),
    [(LINK, "form", "form-hostile-text"), (CLIENT, "contract-client", "contract-client-unprompted")],
)
def test_what_is_typed_in_one_state_is_not_in_another(
    open_page: OpenPage, role: str, state: str, other: str
) -> None:
    page = open_page(f"playground#element={FORM}&role={role}&state={state}")
    comment = preview(page).get_by_role("textbox")
    comment.fill("Half a sentence")
    choose(page, state=other)
    expect(comment).to_have_value("")
    choose(page, state=state)
    expect(comment).to_have_value("Half a sentence")


@pytest.mark.parametrize(
    ("calls", "shown"),
    [("busy", "The service is busy"), ("error", "Something went wrong"), ("unreachable", "reach the service")],
)
def test_calls_can_fail_until_they_are_allowed_to_succeed(open_page: OpenPage, calls: str, shown: str) -> None:
    page = open_page(f"playground#element={FORM}&role={LINK}&state=form")
    expect(preview(page).get_by_role("radiogroup", name="Skills")).to_be_visible()
    setting(page, "Calls to the API").select_option(calls)
    fill_in_and_publish(page)
    expect(preview(page).get_by_text(shown)).to_be_visible()
    setting(page, "Calls to the API").select_option("recorded")
    press("Publish feedback")(page)
    expect(preview(page).get_by_role("heading", name="Thank you.")).to_be_visible()


def test_calls_can_take_a_while(new_context: Callable[..., BrowserContext], stack_url: str) -> None:
    page = new_context().new_page()
    page.clock.install(time=NOW)
    page.clock.pause_at(NOW + SECOND)
    page.goto(f"{stack_url}/app/playground#element={HISTORY}&calls=slow")
    loading = preview(page).get_by_text("Loading…")
    expect(loading).to_be_visible()
    page.clock.run_for(2_900)
    expect(loading).to_be_visible()
    page.clock.run_for(100)
    expect(preview(page).get_by_role("heading", name="Website relaunch")).to_be_visible()


def test_the_page_shows_calls_events_and_where_links_lead(open_page: OpenPage) -> None:
    page = open_page(f"playground#element={CONTRACT}&role={FREELANCER}&state=contract-freelancer")
    heard = page.get_by_role("log")
    expect(heard).to_have_text("GET /contracts/c-1/feedback → 200")
    press("Request feedback", "Send request")(page)
    expect(heard).to_contain_text("POST /contracts/c-1/feedback-requests → 201")
    expect(heard).to_contain_text('feedback-requested {"request_id":"r-new"')
    expect(preview(page).get_by_role("heading", name="You asked")).to_be_visible()
    choose(page, state="contract-freelancer-replies")
    reply_to(REPLY_TEXT)(page)
    expect(preview(page).get_by_role("article").first).to_contain_text(REPLY_TEXT)
    press("Take back reply")(page)
    page.get_by_role("dialog").get_by_role("button", name="Take back reply").click()
    expect(preview(page).get_by_role("article").first).not_to_contain_text(REPLY_TEXT)
    choose(page, role=CLIENT, state="contract-freelancer-replies")
    edit("Better than ever.")(page)
    expect(preview(page).get_by_role("article").nth(1)).to_contain_text("Better than ever.")
    expect(preview(page).get_by_text("Earlier versions (2)")).to_be_visible()
    report("reply", "Abusive language")(page)
    expect(heard).to_contain_text('"target":"reply","ground":"abusive","status":"open"')
    choose(page, element=FORM, role=LINK, state="link-answered-editable")
    press("Edit feedback")(page)
    rate(page)
    page.get_by_label("Comment").fill("Not as before.")
    press("Save changes")(page)
    expect(preview(page).get_by_role("article")).to_contain_text("Not as before.")
    choose(page, element=CONTRACT, role=CLIENT, state="contract-signed-out")
    address = page.url
    preview(page).get_by_role("link", name="Sign in").click()
    expect(heard).to_contain_text("link to /sign-in?return=http")
    assert page.url == address


# The code


def test_the_code_shows_the_contract_room_in_the_chosen_language_and_colours(
    code_for: Callable[..., dict[str, str]], embed_copied: Embed, api: FakeApi
) -> None:
    given_open_request(api)
    page = embed_copied(code_for(element=CONTRACT, lang="de", theme="dark", branded="on", accent="#ffcc00"))
    button = page.get_by_role("button", name="Feedback geben", exact=True)
    expect(button).to_have_css("background-color", "rgb(255, 204, 0)")
    expect(button).to_have_css("color", "rgb(0, 0, 0)")
    expect(page.locator("contract-feedback [part=root]")).to_have_css("color", "rgb(236, 238, 234)")


@pytest.mark.parametrize(("role", "address"), [(CLIENT, "/"), (LINK, "/#t=link-token&rating=3")])
def test_the_code_shows_a_form_that_can_be_published(
    code_for: Callable[..., dict[str, str]], embed_copied: Embed, api: FakeApi, role: str, address: str
) -> None:
    given_open_request(api)
    page = embed_copied(code_for(element=FORM, role=role), address)
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    expect(page.get_by_role("radiogroup", name="Skills")).to_be_visible()
    expect(page.get_by_label("Yes, 3 stars")).to_have_count(1 if role == LINK else 0)
    fill_in_and_publish(page)
    expect(page.get_by_role("heading", name="Thank you.")).to_be_visible()
    assert messages[0].startswith("feedback-given ")


def test_the_code_shows_the_work_history_without_a_script_of_its_own(
    code_for: Callable[..., dict[str, str]], embed_copied: Embed, api: FakeApi
) -> None:
    given_two_pages_of_history(api)
    code = code_for(element=HISTORY)
    page = embed_copied(code)
    expect(page.get_by_role("heading", name="Website relaunch")).to_be_visible()
    assert "js" not in code


@pytest.mark.parametrize(("label", "name"), [("HTML", "html"), ("JavaScript", "js"), ("CSS", "css")])
def test_a_button_copies_the_code(
    new_context: Callable[..., BrowserContext], stack_url: str, label: str, name: str
) -> None:
    context = new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{stack_url}/app/playground")
    page.get_by_role("button", name=f"Copy {label}").press("Enter")
    expect(page.get_by_text(f"The {label} is in the clipboard.")).to_be_visible()
    code = page.locator(f"[data-file={name}] code").text_content()
    assert page.evaluate("navigator.clipboard.readText()") == code


def test_without_a_clipboard_the_code_is_selected(open_page: OpenPage) -> None:
    page = open_page("playground")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    press("Copy CSS")(page)
    expect(page.get_by_text("The CSS is selected.")).to_be_visible()
    assert page.evaluate("getSelection().toString()") == page.locator("[data-file=css] code").text_content()


# For everybody


@pytest.mark.parametrize("element", [CONTRACT, FORM, HISTORY])
def test_it_is_accessible_in_light_and_dark_and_fits_320_px(
    kept_context: Callable[..., BrowserContext], stack_url: str, element: str
) -> None:
    page = kept_context(viewport={"width": 320, "height": 640}, reduced_motion="reduce").new_page()
    page.goto(f"{stack_url}/app/playground#element={element}&width=tablet")
    expect(preview(page).get_by_text("Website relaunch").first).to_be_visible()
    page.evaluate(AXE)
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOUR_RULES) == []
    choose(page, theme="light")
    assert violations(page, COLOUR_RULES) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_keyboard_reaches_every_setting_before_the_preview(open_page: OpenPage) -> None:
    page = open_page("playground")
    expect(preview(page).get_by_role("tab").first).to_be_visible()
    reached = []
    while True:
        page.keyboard.press("Tab")
        name: Any = page.evaluate("document.activeElement.name ?? document.activeElement.localName")
        if name == CONTRACT:
            break
        reached.append(name)
    fields = ["element", "role", "state", "lang", "theme", "width", "calls", "branded", "accent", ""]
    assert reached == fields


def test_arrow_keys_choose_a_state(open_page: OpenPage) -> None:
    page = open_page(f"playground#element={HISTORY}")
    expect(preview(page).get_by_role("heading", name="Website relaunch")).to_be_visible()
    setting(page, "State").press("ArrowDown")
    expect(preview(page).get_by_role("heading", name="No contracts yet")).to_be_visible()


def test_the_other_pages_load_nothing_of_it(open_page: OpenPage) -> None:
    page = open_page("playground")
    loaded: list[Request] = []

    def record(request: Request) -> None:
        loaded.append(request)

    page.on("request", record)
    page.goto(page.url.partition("/app/")[0] + "/app/freelancer?id=u-freelancer")
    expect(page.get_by_role("heading", name="No contracts yet")).to_be_visible()
    assert [request.url for request in loaded if "playground" in request.url] == []
