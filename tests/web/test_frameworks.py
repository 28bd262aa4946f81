"""The packed npm package in React, in Vue, and in a page without a framework."""

import base64
import hashlib
import json
import mimetypes
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from mid_job_feedback.domain.models import Role
from tests.builders import NOW
from tests.web import fake_api, marketplace_apps
from tests.web.conftest import FEEDBACK, MARKETPLACE, serve_from_stack
from tests.web.fake_api import FakeApi, a_jwt
from tests.web.page_states import fill_in_and_publish, press, rate
from tests.web.test_accessibility import AXE, violations

type OpenApp = Callable[..., Page]

JWT = a_jwt("u-client")
HTML = '<!doctype html><html lang="{language}"><title>Marketplace</title>{scripts}<body>{body}</body>'
FORM = '<main><h1>Contract</h1><feedback-form contract-id="c-1"></feedback-form></main>'
IMPORT_MAP = {
    "imports": {
        "@mid-job-feedback/elements": f"/{marketplace_apps.PACKAGE}/elements/index.js",
        "@mid-job-feedback/elements/define": f"/{marketplace_apps.PACKAGE}/define.js",
    }
}


@pytest.fixture(scope="module")
def files(apps: Path) -> Path:
    """What the marketplace serves."""
    marketplace_apps.bundle(apps)
    return apps


@pytest.fixture
def told() -> list[str]:
    """The warnings in the console."""
    return []


@pytest.fixture
def open_html(
    new_context: Callable[..., BrowserContext],
    stack_url: str,
    api: FakeApi,
    files: Path,
    told: list[str],
) -> OpenApp:
    """Opens a page with this HTML, at an address of the marketplace."""

    def open_html(html: str, address: str = "/", *, scripts_allowed: str = "") -> Page:
        policy = f"default-src 'none'; script-src 'self' {FEEDBACK} {scripts_allowed}; connect-src {FEEDBACK}"

        def serve(route: Route) -> None:
            path = urlsplit(route.request.url).path
            content_type = mimetypes.guess_type(path)[0] or "text/html"
            headers = {"content-type": content_type, "content-security-policy": policy}
            route.fulfill(body=html if path == "/" else (files / path[1:]).read_text(), headers=headers)

        context = new_context()
        context.on("console", lambda message: told.append(message.text) if message.type == "warning" else None)
        context.route(f"{MARKETPLACE}/**", serve)
        context.route(f"{FEEDBACK}/app/**", lambda route: serve_from_stack(route, stack_url))
        api.install(context, FEEDBACK, allowed_origin=MARKETPLACE)
        page = context.new_page()
        page.goto(f"{MARKETPLACE}{address}")
        return page

    return open_html


@pytest.fixture
def open_app(open_html: OpenApp, monkeypatch: pytest.MonkeyPatch) -> OpenApp:
    """Opens `react` or `vue` with the settings that apps/settings.ts reads."""
    monkeypatch.setitem(fake_api.TOKENS, JWT, Role.CLIENT)

    def open_app(app: str, **settings: str) -> Page:
        html = HTML.format(language="en", scripts=script(f"/{app}.js"), body='<div id="app"></div>')
        return open_html(html, f"/?{urlencode({'jwt': JWT, **settings})}")

    return open_app


def script(address: str) -> str:
    return f'<script type="module" src="{address}"></script>'


@pytest.fixture
def calls(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Method and authorization of each call that the API gets."""
    calls = list[tuple[str, str]]()
    answer = api._reply_once

    def count(request: Request, base_url: str) -> fake_api.Reply:
        calls.append((request.method, request.headers["authorization"]))
        return answer(request, base_url)

    monkeypatch.setattr(api, "_reply_once", count)
    return calls


@pytest.mark.parametrize("element", ["feedback-form", "contract-feedback"])
@pytest.mark.parametrize("app", ["react", "vue"])
def test_what_is_typed_stays_though_the_page_renders_again_at_every_keystroke(
    open_app: OpenApp, app: str, element: str, calls: list[tuple[str, str]], told: list[str]
) -> None:
    page = open_app(app, element=element)
    if element == "contract-feedback":
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
    assert told == []


@pytest.mark.parametrize("app", ["react", "vue"])
def test_a_token_in_the_markup_that_came_before_the_script_is_taken_out_and_used(
    open_app: OpenApp, app: str, told: list[str]
) -> None:
    page = open_app(app, late="", token="string")
    expect(page.locator("feedback-form")).to_have_attribute("token", JWT)  # which is all that a framework can do
    page.evaluate("loadElements()")
    expect(page.get_by_role("button", name="Publish feedback")).to_be_visible()
    assert JWT not in page.content()
    press("Render again")(page)
    expect(page.get_by_role("button", name="Send it")).to_be_visible()
    assert sorted(told) == [
        "<feedback-form> cannot use its attribute texts: set the property texts instead.",
        "<feedback-form> took a token out of its attribute token: set the property token instead.",
    ]


@pytest.mark.parametrize("app", ["react", "vue"])
def test_the_console_says_that_a_function_set_before_the_script_came_is_lost(
    open_app: OpenApp, app: str, told: list[str], calls: list[tuple[str, str]]
) -> None:
    page = open_app(app, late="")
    page.clock.install(time=NOW)
    page.evaluate("loadElements()")
    page.clock.run_for(5_000)
    page.clock.resume()
    assert told[-1] == "<feedback-form> shows nothing until you set the property linkToken or token."
    assert calls == []
    press("Render again")(page)
    expect(page.get_by_role("button", name="Send it")).to_be_visible()


def test_the_modules_of_the_package_run_as_they_are_by_an_import_map(open_html: OpenApp, api: FakeApi) -> None:
    imports = json.dumps(IMPORT_MAP)
    digest = base64.b64encode(hashlib.sha256(imports.encode()).digest()).decode()
    scripts = f'<script type="importmap">{imports}</script>{script("/plain.js")}'
    html = HTML.format(language="en", scripts=scripts, body=FORM)
    page = open_html(html, scripts_allowed=f"'sha256-{digest}'")
    page.evaluate(AXE)
    fill_in_and_publish(page)
    expect(page).to_have_title("You gave 4 stars.")
    assert violations(page) == []


def test_the_elements_can_be_loaded_from_two_addresses(open_html: OpenApp) -> None:
    """By a page's own bundle and from the stack. Errors in the console fail the test."""
    addresses = ("/bundled.js", f"{FEEDBACK}/app/elements.js", f"{FEEDBACK}/app/feedback-form.js")
    page = open_html(HTML.format(language="de", scripts="".join(map(script, addresses)), body=FORM))
    page.wait_for_load_state()
    expect(page.get_by_role("button", name="Feedback veröffentlichen")).to_be_visible()
