"""What a browser loads for a page, by Chromium's own network log: little at first, then almost nothing.

After a deployment it loads the new release, and never a part of the old one.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from mid_job_feedback.http import static_files
from tests.builders import NOW
from tests.lambda_runtime import function
from tests.template import ROOT
from tests.web.fake_api import FakeApi
from tests.web.page_server import build_pages_layer, serve_pages
from tests.web.page_states import (
    CLIENT_ROOM,
    HISTORY,
    INBOX,
    LINK,
    PREFERENCES,
    given_open_request_and_earlier_feedback,
    given_two_pages_of_history,
)

MOST_FILES = 3
MOST_BYTES_OF_THE_FORM = 30 * 1024

every_page = pytest.mark.parametrize(
    "address",
    [CLIENT_ROOM, LINK, HISTORY, INBOX, PREFERENCES],
    ids=["contract", "form", "history", "inbox", "preferences"],
)
ANSWERED = re.compile("Website relaunch|E-mails about feedback requests|E-Mails zu Feedback-Anfragen")
every_language = pytest.mark.parametrize("locale", ["en-GB", "de-DE"])


# What has moved on the page since it was opened, as Chromium sees it.
_JUMPS = """() => new Promise((resolve) => {
    const observer = new PerformanceObserver((list) => resolve(list.getEntries().map((entry) => entry.value)));
    observer.observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => setTimeout(() => resolve([])));
})"""


@dataclass
class Loaded:
    """One request of a page."""

    path: str
    status: int = 0
    bytes_received: int = 0
    from_cache: bool = False


@pytest.fixture(scope="module")
def whole_stack_url(stack_url: str) -> Iterator[str]:
    """As `stack_url`, with an API: to fake it in the browser would turn the browser's cache off."""
    api = FakeApi()
    given_open_request_and_earlier_feedback(api)
    given_two_pages_of_history(api)
    with serve_pages(function("web"), api) as url:
        yield url


@pytest.fixture
def context(browser: Browser, locale: str) -> Iterator[BrowserContext]:
    context = browser.new_context(locale=locale)
    context.clock.set_fixed_time(NOW)
    yield context
    context.close()


@pytest.fixture
def deploy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Serves another release, in which a German text differs."""

    def deploy() -> None:
        source = shutil.copytree(ROOT / "web", tmp_path / "web")
        texts = source / "elements/wording/de.js"
        texts.write_text(texts.read_text().replace('"Abbrechen"', '"Doch nicht"', 1))
        folder = build_pages_layer(tmp_path / "built", source) / "mid_job_feedback_pages"
        monkeypatch.setattr(function("web"), "PAGES", static_files.read(folder, {}))

    return deploy


def view(context: BrowserContext, stack_url: str, address: str, locale: str) -> list[Loaded]:
    """Opens a page until it shows what the API answered. Returns what it loaded, the API's answer last."""
    page, loaded = context.new_page(), dict[str, Loaded]()
    network = context.new_cdp_session(page)

    def on_request(event: dict[str, Any]) -> None:
        loaded[event["requestId"]] = Loaded(event["request"]["url"].removeprefix(stack_url))

    def on_response(event: dict[str, Any]) -> None:
        one, response = loaded[event["requestId"]], event["response"]
        one.status, one.from_cache = response["status"], one.from_cache or response["fromDiskCache"]

    def on_memory_cache(event: dict[str, Any]) -> None:
        loaded[event["requestId"]].from_cache = True

    def on_end(event: dict[str, Any]) -> None:
        loaded[event["requestId"]].bytes_received = event["encodedDataLength"]

    network.on("Network.requestWillBeSent", on_request)
    network.on("Network.responseReceived", on_response)
    network.on("Network.requestServedFromCache", on_memory_cache)
    network.on("Network.loadingFinished", on_end)
    network.send("Network.enable")
    page.goto(f"{stack_url}/app/{address}")
    expect(page.get_by_text(ANSWERED).first).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", locale)
    return sorted(loaded.values(), key=lambda one: not one.path.startswith("/app/"))


def answers(address: str) -> int:
    """How many answers of the API a page needs: the work history and its summary, which are loaded at once."""
    return 2 if address == HISTORY else 1


@every_language
@every_page
def test_a_first_view_loads_few_files_besides_the_apis_answers(
    context: BrowserContext, whole_stack_url: str, address: str, locale: str
) -> None:
    loaded = view(context, whole_stack_url, address, locale)
    files = [one for one in loaded if one.path.startswith("/app/")]
    assert len(files) <= MOST_FILES
    assert not any(file.from_cache for file in files)
    assert len(loaded) - len(files) == answers(address)
    [page] = context.pages
    assert page.evaluate(_JUMPS) == []


@every_language
@every_page
def test_a_second_view_loads_only_the_page_and_the_apis_answers(
    context: BrowserContext, whole_stack_url: str, address: str, locale: str
) -> None:
    view(context, whole_stack_url, address, locale)
    page, *others = view(context, whole_stack_url, address, locale)
    fetched = [one.path for one in others if not one.from_cache]
    assert len(fetched) == answers(address)
    assert not any(path.startswith("/app/") for path in fetched)
    assert page.path == f"/app/{address.partition('#')[0]}"
    assert page.bytes_received < 1024  # its headers: it is the same page


@every_language
def test_the_form_loads_quickly_on_a_phone(context: BrowserContext, whole_stack_url: str, locale: str) -> None:
    *files, _ = view(context, whole_stack_url, LINK, locale)
    assert all(file.bytes_received for file in files)
    assert sum(file.bytes_received for file in files) <= MOST_BYTES_OF_THE_FORM


@pytest.mark.parametrize("locale", ["de-DE"])
def test_after_a_deployment_a_page_loads_only_files_of_the_new_release(
    context: BrowserContext, whole_stack_url: str, deploy: Callable[[], None], locale: str
) -> None:
    def scripts() -> set[str]:
        return {one.path for one in view(context, whole_stack_url, LINK, locale) if one.path.endswith(".js")}

    before = scripts()
    deploy()
    after = scripts()
    assert len(before) == len(after) == 2
    assert not before & after


@pytest.mark.parametrize("locale", ["de-DE"])
def test_a_cached_address_of_an_earlier_release_leads_to_the_whole_current_one(
    context: BrowserContext, whole_stack_url: str, deploy: Callable[[], None], locale: str
) -> None:
    """An embedding page may have cached the name of the script, but not the script."""
    [old] = [path for path in function("web").PAGES if re.fullmatch(r"elements-[A-Z2-7]{8}\.js", path)]
    deploy()
    [new] = [path for path in function("web").PAGES if re.fullmatch(r"elements-[A-Z2-7]{8}\.js", path)]
    host = f'<script type="module" src="app/{old}"></script><work-history lang="de" freelancer-id="u-freelancer">'
    context.route(f"{whole_stack_url}/host", lambda route: route.fulfill(body=host, content_type="text/html"))
    page = context.new_page()
    loaded: list[str] = []
    page.on("response", lambda response: loaded.append(response.url.rpartition("/")[2]))
    page.goto(f"{whole_stack_url}/host")
    expect(page.get_by_text("Website relaunch").first).to_be_visible()
    [language] = [path for path in function("web").PAGES if path.startswith("de-")]
    assert [name for name in loaded if name.endswith(".js")] == [old, new, language]
