"""The packed npm package in React, in Vue, and in a page without a framework."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from mid_job_feedback.domain.models import Role
from tests.builders import NOW
from tests.web import marketplace_apps
from tests.web.conftest import FEEDBACK, POLICY
from tests.web.fake_api import TOKENS, Call, FakeApi, Reply, a_jwt
from tests.web.page_states import fill_in_and_publish, give_feedback, given_open_request, press, rate
from tests.web.test_accessibility import AXE, violations

type OpenHtml = Callable[..., Page]
type OpenApp = Callable[..., Page]

JWT = a_jwt("u-client")
HTML = '<!doctype html><html lang="{language}"><title>Marketplace</title>{scripts}<body>{body}</body>'
ROOM_FOR_APP = '<div id="app"></div>'
FORM = '<main><h1>Contract</h1><feedback-form contract-id="c-1"></feedback-form></main>'
IMPORT_MAP = {
    "imports": {
        "@mid-job-feedback/elements": f"/{marketplace_apps.PACKAGE}/elements/index.js",
        "@mid-job-feedback/elements/define": f"/{marketplace_apps.PACKAGE}/define.js",
    }
}


@pytest.fixture(scope="module")
def scripts(apps: Path) -> Mapping[str, tuple[str, str]]:
    """What the marketplace serves besides the page."""
    return {path: ("text/javascript", code) for path, code in marketplace_apps.bundle(apps).items()}


@pytest.fixture
def open_html(
    open_marketplace: Callable[..., Page], scripts: Mapping[str, tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> OpenHtml:
    """Opens a page with these scripts and this body."""
    monkeypatch.setitem(TOKENS, JWT, Role.CLIENT)

    def open_html(
        *tags: str,
        body: str = ROOM_FOR_APP,
        language: str = "en",
        query: str = "",
        policy: str = POLICY,
        own_context: bool = False,
    ) -> Page:
        html = HTML.format(language=language, scripts="".join(tags), body=body)
        files = {"/": ("text/html", html), **scripts}
        return open_marketplace(files, f"/?{query}", policy, own_context=own_context)

    return open_html


@pytest.fixture
def open_app(open_html: OpenHtml) -> OpenApp:
    """Opens `react` or `vue` with the settings that apps/settings.ts reads."""

    def open_app(app: str, *, own_context: bool = False, **settings: str) -> Page:
        query = urlencode({"jwt": JWT, **settings})
        return open_html(script(f"/{app}.js"), query=query, own_context=own_context)

    return open_app


def script(address: str) -> str:
    return f'<script type="module" src="{address}"></script>'


def warnings(page: Page) -> list[str]:
    return sorted(message.text for message in page.console_messages() if message.type == "warning")


@pytest.fixture
def calls(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Method and authorization of each call that the API gets."""
    calls = list[tuple[str, str]]()
    answer = api.answer

    def count(call: Call) -> Reply | None:
        calls.append((call.method, call.headers["authorization"]))
        return answer(call)

    monkeypatch.setattr(api, "answer", count)
    return calls


@pytest.mark.parametrize("element", ["feedback-form", "contract-feedback", "feedback-inbox"])
@pytest.mark.parametrize("app", ["react", "vue"])
def test_what_is_typed_stays_though_the_page_renders_again_at_every_keystroke(
    open_app: OpenApp, api: FakeApi, app: str, element: str, calls: list[tuple[str, str]]
) -> None:
    if element == "feedback-inbox":
        given_open_request(api)
    page = open_app(app, element=element)
    if element != "feedback-form":
        press("Give feedback")(page)
    rate(page)
    comment, renders = page.get_by_label("Comment"), page.locator("main > p output")
    comment.focus()
    page.keyboard.type("All good.")
    expect(renders).to_have_text(str(6 + len("All good.")))
    expect(comment).to_be_focused()
    expect(comment).to_have_value("All good.")
    expect(page.get_by_role("radio", checked=True)).to_have_count(6)
    assert calls == [("GET", f"Bearer {JWT}")]
    page.evaluate(AXE)
    assert violations(page) == []
    press("Send it")(page)
    expect(page.get_by_text("You gave 4 stars.")).to_be_visible()
    press("Render again")(page)
    expect(renders).to_have_text("16")
    expect(page.get_by_role("heading", name="Thank you.")).to_be_visible()
    assert [method for method, _ in calls][:2] == ["GET", "POST"]
    assert warnings(page) == []


@pytest.mark.parametrize("app", ["react", "vue"])
def test_a_token_in_the_markup_that_came_before_the_script_is_taken_out_and_used(
    open_app: OpenApp, app: str
) -> None:
    page = open_app(app, late="", token="string")
    expect(page.locator("feedback-form")).to_have_attribute("token", JWT)  # which is all that a framework can do
    page.evaluate("loadElements()")
    expect(page.get_by_role("button", name="Publish feedback")).to_be_visible()
    assert JWT not in page.content()
    press("Render again")(page)
    expect(page.get_by_role("button", name="Send it")).to_be_visible()
    assert warnings(page) == [
        "<feedback-form> cannot use its attribute texts: set the property texts instead.",
        "<feedback-form> took a token out of its attribute token: set the property token instead.",
    ]


@pytest.mark.parametrize("app", ["react", "vue"])
def test_the_console_says_that_a_function_set_before_the_script_came_is_lost(
    open_app: OpenApp, app: str, calls: list[tuple[str, str]]
) -> None:
    page = open_app(app, late="", own_context=True)
    page.clock.install(time=NOW)
    page.evaluate("loadElements()")
    page.clock.run_for(5_000)
    page.clock.resume()
    assert "<feedback-form> shows nothing until you set the property linkToken or token." in warnings(page)
    assert calls == []
    press("Render again")(page)
    expect(page.get_by_role("button", name="Send it")).to_be_visible()


@pytest.mark.parametrize("app", ["react-example", "vue-example"])
def test_the_components_in_the_document_work(open_html: OpenHtml, app: str) -> None:
    page = open_html(script(f"/{app}.js"))
    give_feedback(page)
    expect(page.get_by_text("You gave 4 of 5.")).to_be_visible()
    assert warnings(page) == []


def test_the_modules_of_the_package_run_as_they_are_by_an_import_map(open_html: OpenHtml) -> None:
    imports = json.dumps(IMPORT_MAP)
    digest = base64.b64encode(hashlib.sha256(imports.encode()).digest()).decode()
    page = open_html(
        f'<script type="importmap">{imports}</script>',
        script("/plain.js"),
        body=FORM,
        policy=POLICY.replace("script-src", f"script-src 'sha256-{digest}'"),
    )
    page.evaluate(AXE)
    fill_in_and_publish(page)
    expect(page).to_have_title("You gave 4 stars.")
    assert violations(page) == []


def test_the_elements_can_be_loaded_from_two_addresses(open_html: OpenHtml) -> None:
    """By a page's own bundle and from the stack. Errors in the console fail the test."""
    addresses = ("/bundled.js", f"{FEEDBACK}/app/elements.js", f"{FEEDBACK}/app/feedback-form.js")
    page = open_html(*map(script, addresses), body=FORM, language="de")
    expect(page.get_by_role("button", name="Feedback veröffentlichen")).to_be_visible()
