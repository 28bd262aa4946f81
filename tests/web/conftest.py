from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.builders import NOW
from tests.lambda_runtime import function
from tests.web.browser import chromium
from tests.web.marketplace import Marketplace
from tests.web.site import build, served

type OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")  # only one Playwright can run at a time, and tests/e2e has its own
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(build(tmp_path_factory.mktemp("pages-layer")))
        with served(function("web")) as address:
            yield address


@pytest.fixture
def marketplace() -> Marketplace:
    return Marketplace()


@pytest.fixture
def new_context(browser: Browser, site: str, marketplace: Marketplace) -> Iterator[Callable[..., BrowserContext]]:
    """A person's browser: in Berlin, reading British English, at the tests' time, unless said otherwise.

    The test fails on anything the console complains about.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def new(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"locale": "en-GB", "timezone_id": "Europe/Berlin", **options})
        context.clock.set_fixed_time(NOW)
        context.on("console", lambda message: complaints.extend(_complaint(message)))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        marketplace.install(context, site)
        contexts.append(context)
        return context

    yield new
    for context in contexts:
        context.close()
    assert not complaints


def _complaint(message: ConsoleMessage) -> list[str]:
    """Errors of ours and breaches of the content policy; not that a call was refused, which tests arrange."""
    return [message.text] if message.type == "error" and "Failed to load resource" not in message.text else []


@pytest.fixture
def open_page(new_context: Callable[..., BrowserContext], site: str) -> OpenPage:
    """Opens an address below /app/ in a new browser."""

    def open_page(address: str, **options: Any) -> Page:
        page = new_context(**options).new_page()
        page.goto(f"{site}/app/{address}")
        return page

    return open_page
