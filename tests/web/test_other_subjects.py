"""What is typed belongs to one person and one contract: it goes nowhere else, shows to nobody else, and stays."""

import re

import pytest
from playwright.sync_api import Page, expect

from mid_job_feedback.domain import refusals
from mid_job_feedback.domain.models import Role
from tests.web.conftest import Embed, OpenPage
from tests.web.fake_api import TOKENS, FakeApi, a_jwt, problem
from tests.web.page_states import COMMENT, LINK, fill_in, fill_in_and_publish, given_open_request

FORM = '<feedback-form contract-id="c-1"></feedback-form>'
SIGN_IN = """addEventListener("DOMContentLoaded", () => {
    document.querySelector("feedback-form").token = "client-token"; });"""


def hold_back(page: Page, path: str) -> None:
    """Leaves calls of this path without a response."""
    page.context.route(re.compile(path), lambda _: None)


def submit_by_script(page: Page) -> None:
    """As no person can: in an inert form."""
    page.evaluate("document.querySelector('feedback-form').shadowRoot.querySelector('form').requestSubmit()")


def calls_after_setting_the_token(page: Page, token: str) -> int:
    calls: int = page.evaluate(f"""async () => {{
        let calls = 0;
        const send = window.fetch;
        window.fetch = (...call) => {{ calls += 1; return send(...call); }};
        document.querySelector("feedback-form").token = {token};
        await new Promise((resolve) => setTimeout(resolve));
        window.fetch = send;
        return calls;
    }}""")
    return calls


@pytest.fixture
def form(embed: Embed, api: FakeApi) -> Page:
    page = embed("feedback-form.js", FORM, js=SIGN_IN)
    fill_in(page)
    return page


def test_a_form_is_inert_as_soon_as_the_element_is_about_another_contract(form: Page, api: FakeApi) -> None:
    hold_back(form, "/contracts/c-2/feedback")
    form.evaluate("document.querySelector('feedback-form').setAttribute('contract-id', 'c-2')")
    expect(form.locator("feedback-form [part=root]")).to_have_js_property("inert", value=True)
    submit_by_script(form)
    expect(form.get_by_role("heading", name="Thank you.", include_hidden=True)).to_be_attached()
    assert [call.path.split("/")[-2] for call in api.posts] == ["c-1"]


def test_a_form_for_one_link_never_goes_to_another(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    page = open_page(LINK)
    fill_in(page)
    hold_back(page, "/feedback-links/another-token")
    page.evaluate("location.hash = 't=another-token'")
    expect(page.locator("feedback-form [part=root]")).to_have_js_property("inert", value=True)
    submit_by_script(page)
    expect(page.get_by_role("heading", name="Thank you.", include_hidden=True)).to_be_attached()
    assert [call.path.split("/")[-1] for call in api.posts] == ["link-token"]


def test_a_renewed_token_keeps_what_is_typed_and_the_focus(form: Page) -> None:
    comment = form.get_by_label("Comment")
    comment.focus()
    with form.expect_response(re.compile("/contracts/c-1/feedback")):
        form.evaluate("document.querySelector('feedback-form').token = async () => 'client-token'")
    form.keyboard.press("End")
    form.keyboard.type("!")
    expect(comment).to_have_value(f"{COMMENT}!")


def test_the_thanks_stay_when_the_token_is_renewed(embed: Embed, api: FakeApi) -> None:
    page = embed("feedback-form.js", FORM, js=SIGN_IN)
    fill_in_and_publish(page)
    page.get_by_role("heading", name="Thank you.").wait_for()
    assert calls_after_setting_the_token(page, "async () => 'client-token'") == 0
    expect(page.get_by_role("heading", name="Thank you.")).to_be_visible()


def test_an_equal_token_is_not_new(form: Page) -> None:
    assert calls_after_setting_the_token(form, "'client-token'") == 0


@pytest.mark.parametrize("token", [f"'{a_jwt('u-other')}'", "null"], ids=["somebody else", "nobody"])
def test_what_one_person_saw_goes_soon_after_a_function_returns_no_token_of_theirs(
    embed: Embed, api: FakeApi, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setitem(TOKENS, a_jwt("u-client"), Role.CLIENT)
    page = embed("feedback-form.js", FORM, js=SIGN_IN.replace('"client-token"', f"() => '{a_jwt('u-client')}'"))
    fill_in(page)
    page.evaluate(f"document.querySelector('feedback-form').token = () => {token}")
    expect(page.get_by_role("heading", name="Please sign in")).to_be_visible()


@pytest.mark.parametrize("refusal", [refusals.NotTheClient(), refusals.ContractNotFound()])
def test_a_draft_is_not_shown_to_another_person(form: Page, api: FakeApi, refusal: refusals.Refusal) -> None:
    api.fail_next("GET", problem(refusal))
    form.evaluate("document.querySelector('feedback-form').token = async () => 'freelancer-token'")
    expect(form.get_by_role("button", name="Publish feedback")).to_have_count(0)
    expect(form.get_by_text("Clear plans, honest estimates")).to_have_count(0)
