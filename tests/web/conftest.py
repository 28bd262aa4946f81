"""Browser tests: the pages as deployed (`page_server`), in Chromium (`browser`), with a fake API (`fake_api`).

`page_states` has every state of every page, and what a person does to get there.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, WebError

from local.programs import chromium as program
from tests.builders import NOW
from tests.lambda_runtime import function
from tests.web import marketplace_apps
from tests.web.browser import chromium
from tests.web.fake_api import FakeApi
from tests.web.page_server import build_pages_layer, serve_pages

type OpenPage = Callable[..., Page]
type Embed = Callable[..., Page]
type Kept = dict[tuple[Browser, str], list[BrowserContext]]  # by browser and options

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
def console_errors() -> Iterator[list[str]]:
    """The test fails if the console shows an error."""
    errors: list[str] = []
    yield errors
    assert not errors


@pytest.fixture
def new_context(
    browser: Browser, stack_url: str, api: FakeApi, console_errors: list[str]
) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a browser context: British English, Berlin time, at NOW, unless a test sets other options."""
    contexts: list[BrowserContext] = []

    def new_context(**options: Any) -> BrowserContext:
        context = _new_context(browser, options)
        context.on("console", lambda message: console_errors.extend(_console_errors(message)))
        context.on("weberror", lambda error: console_errors.append(str(error.error)))
        api.install(context, stack_url)
        contexts.append(context)
        return context

    yield new_context
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def kept_contexts() -> Iterator[Kept]:
    kept: Kept = defaultdict(list)
    yield kept
    for context in chain(*kept.values()):
        context.close()


@pytest.fixture
def kept_context(
    browser: Browser, stack_url: str, api: FakeApi, console_errors: list[str], kept_contexts: Kept
) -> Iterator[Callable[..., BrowserContext]]:
    """As `new_context`, but one that an earlier test of the module may have used: a new one costs a process.

    Pages keep what they store in `sessionStorage`, which ends with them. What else a test may change for all pages
    of its context, such as the clock, it must not change here.
    """
    in_use: list[tuple[list[BrowserContext], BrowserContext]] = []

    def on_console(message: ConsoleMessage) -> None:
        console_errors.extend(_console_errors(message))

    def on_error(error: WebError) -> None:
        console_errors.append(str(error.error))

    def kept_context(**options: Any) -> BrowserContext:
        free = kept_contexts[browser, repr(sorted(options.items()))]
        context = free.pop() if free else _new_context(browser, options)
        if not context.pages:
            context.new_page()  # without a page, its process would end
        context.on("console", on_console)
        context.on("weberror", on_error)
        api.install(context, stack_url)
        in_use.append((free, context))
        return context

    yield kept_context
    for free, context in in_use:
        context.remove_listener("console", on_console)
        context.remove_listener("weberror", on_error)
        first, *others = context.pages
        for page in others:
            page.close()
        context.unroute_all()
        assert first.evaluate("Date.now()") == NOW.timestamp() * 1000, "it must ask for a context of its own"
        free.append(context)


def _new_context(browser: Browser, options: Mapping[str, Any]) -> BrowserContext:
    context = browser.new_context(**{"locale": "en-GB", "timezone_id": "Europe/Berlin", **options})
    context.clock.set_fixed_time(NOW)
    return context


def _console_errors(message: ConsoleMessage) -> list[str]:
    """Script errors and content policy violations. Failed calls do not count: tests cause them on purpose."""
    return [message.text] if message.type == "error" and "Failed to load resource" not in message.text else []


@pytest.fixture
def open_page(
    kept_context: Callable[..., BrowserContext], new_context: Callable[..., BrowserContext], stack_url: str
) -> OpenPage:
    """Opens an address below /app/; with `own_context` so that the test may change the clock."""

    def open_page(address: str, *, own_context: bool = False, **options: Any) -> Page:
        page = (new_context if own_context else kept_context)(**options).new_page()
        page.goto(f"{stack_url}/app/{address}")
        return page

    return open_page


def serve_from_stack(route: Route, stack_url: str) -> None:
    route.fulfill(response=route.fetch(url=route.request.url.replace(FEEDBACK, stack_url)))


@pytest.fixture
def open_marketplace(
    kept_context: Callable[..., BrowserContext],
    new_context: Callable[..., BrowserContext],
    stack_url: str,
    api: FakeApi,
) -> Callable[..., Page]:
    """Opens an address of the marketplace, which has `files` by their paths.

    `prepare` gets the browser context before the page is opened. No other test uses that, nor with `own_context`.
    Further options are those of the context.
    """

    def open_marketplace(
        files: Mapping[str, tuple[str, str]],
        address: str = "/",
        policy: str = POLICY,
        prepare: Callable[[BrowserContext], None] | None = None,
        *,
        own_context: bool = False,
        **options: Any,
    ) -> Page:
        def serve(route: Route) -> None:
            content_type, body = files[urlsplit(route.request.url).path]
            route.fulfill(body=body, headers={"content-type": content_type, "content-security-policy": policy})

        context = (new_context if prepare or own_context else kept_context)(**options)
        context.route(f"{MARKETPLACE}/**", serve)
        context.route(f"{FEEDBACK}/app/**", lambda route: serve_from_stack(route, stack_url))
        api.install(context, FEEDBACK, allowed_origin=MARKETPLACE)
        if prepare:
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
