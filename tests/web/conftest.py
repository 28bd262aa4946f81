"""Browser tests: the pages as deployed (`page_server`), in Chromium (`browser`), with a fake API (`fake_api`).

`page_states` has every state of every page, and what a person does to get there.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route

from local.programs import chromium as program
from tests.builders import NOW
from tests.lambda_runtime import function
from tests.web import marketplace_apps
from tests.web.browser import chromium
from tests.web.fake_api import FakeApi
from tests.web.page_server import build_pages_layer, serve_pages

type OpenPage = Callable[..., Page]
type Embed = Callable[..., Page]

MARKETPLACE = "https://marketplace.example.com"
FEEDBACK = "https://feedback.example.com"
# The rules of docs/embedding.md, on top of the strictest that a page can have.
POLICY = f"default-src 'none'; style-src 'self'; script-src 'self' {FEEDBACK}; connect-src 'self' {FEEDBACK}"
HOST_PAGE = """<!doctype html><html lang="en"><title>Marketplace</title>
<link rel="stylesheet" href="/own.css">
<script type="module" src="{feedback}/app/{module}"></script>
<script src="/own.js"></script>
<body><main><h1>Marketplace</h1>{tag}</main>"""
# A page of which somebody copied the parts from a document.
COPIED_PAGE = """<!doctype html><html lang="en"><title>Marketplace</title>
<link rel="stylesheet" href="/own.css">
<body><main><h1>Marketplace</h1>{html}</main>
<script type="module" src="/own.js"></script>"""


@pytest.fixture
def browser(request: pytest.FixtureRequest) -> Browser:
    """The current Chromium, unless a test says `in_the_oldest_too`."""
    return chromium(getattr(request, "param", program.find))


@pytest.fixture(scope="session")
def stack_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Pages are served below {stack_url}/app/; the API that they call is faked below {stack_url}/."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(build_pages_layer(tmp_path_factory.mktemp("pages-layer")))
        with serve_pages(function("web")) as url:
            yield url


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def new_context(browser: Browser, stack_url: str, api: FakeApi) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a browser context: British English, Berlin time, at NOW, unless a test sets other options.

    The test fails if the console shows an error.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def new_context(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"locale": "en-GB", "timezone_id": "Europe/Berlin", **options})
        context.clock.set_fixed_time(NOW)
        context.on("console", lambda message: errors.extend(_console_errors(message)))
        context.on("weberror", lambda error: errors.append(str(error.error)))
        api.install(context, stack_url)
        contexts.append(context)
        return context

    yield new_context
    for context in contexts:
        context.close()
    assert not errors


def _console_errors(message: ConsoleMessage) -> list[str]:
    """Script errors and content policy violations. Failed calls do not count: tests cause them on purpose."""
    return [message.text] if message.type == "error" and "Failed to load resource" not in message.text else []


@pytest.fixture
def open_page(new_context: Callable[..., BrowserContext], stack_url: str) -> OpenPage:
    """Opens an address below /app/ in a new browser context."""

    def open_page(address: str, **options: Any) -> Page:
        page = new_context(**options).new_page()
        page.goto(f"{stack_url}/app/{address}")
        return page

    return open_page


def serve_from_stack(route: Route, stack_url: str) -> None:
    route.fulfill(response=route.fetch(url=route.request.url.replace(FEEDBACK, stack_url)))


@pytest.fixture
def open_marketplace(
    new_context: Callable[..., BrowserContext], stack_url: str, api: FakeApi
) -> Callable[..., Page]:
    """Opens an address of the marketplace, which has `files` by their paths.

    `prepare` gets the browser context, whose other options follow, before the page is opened.
    """

    def open_marketplace(
        files: Mapping[str, tuple[str, str]],
        address: str = "/",
        policy: str = POLICY,
        prepare: Callable[[BrowserContext], None] = lambda _: None,
        **options: Any,
    ) -> Page:
        def serve(route: Route) -> None:
            content_type, body = files[urlsplit(route.request.url).path]
            route.fulfill(body=body, headers={"content-type": content_type, "content-security-policy": policy})

        context = new_context(**options)
        context.route(f"{MARKETPLACE}/**", serve)
        context.route(f"{FEEDBACK}/app/**", lambda route: serve_from_stack(route, stack_url))
        api.install(context, FEEDBACK, allowed_origin=MARKETPLACE)
        prepare(context)
        page = context.new_page()
        page.goto(f"{MARKETPLACE}{address}")
        return page

    return open_marketplace


@pytest.fixture
def embed(open_marketplace: Callable[..., Page]) -> Embed:
    """Opens a page of the marketplace with one script, one tag, and its own style sheet and script."""

    def open_embedding_page(module: str, tag: str, *, css: str = "", js: str = "", **options: Any) -> Page:
        html = HOST_PAGE.format(feedback=FEEDBACK, module=module, tag=tag)
        return open_marketplace(
            {"/": ("text/html", html), "/own.css": ("text/css", css), "/own.js": ("text/javascript", js)},
            **options,
        )

    return open_embedding_page


@pytest.fixture
def embed_copied(open_marketplace: Callable[..., Page]) -> Embed:
    """Opens a page of the marketplace with `html`, `js` and `css` that somebody copied into it.

    Its script gets the signed-in person's token from the marketplace.
    """

    def open_copied_code(code: Mapping[str, str], address: str = "/", role: str = "client") -> Page:
        files = {
            "/": ("text/html", COPIED_PAGE.format(html=code.get("html", ""))),
            "/own.css": ("text/css", code.get("css", "")),
            "/own.js": ("text/javascript", code.get("js", "")),
            "/session-token": ("text/plain", f"{role}-token"),
        }
        return open_marketplace(files, address)

    return open_copied_code


@pytest.fixture(scope="session")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the installed npm package and the apps that use it."""
    return marketplace_apps.install(tmp_path_factory.mktemp("apps"))
