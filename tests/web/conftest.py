"""Browser tests: the pages as deployed (`page_server`), in Chromium (`browser`), with a fake API (`fake_api`).

`page_states` has every state of every page, and what a person does to get there.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.builders import NOW
from tests.lambda_runtime import function
from tests.web.browser import chromium
from tests.web.fake_api import FakeApi
from tests.web.page_server import build_pages_layer, serve_pages

type OpenPage = Callable[..., Page]


# Not "session": only one Playwright can run at a time, and tests/e2e starts its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


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
