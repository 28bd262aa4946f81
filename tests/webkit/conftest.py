"""Tests in WebKitGTK, whose engine is Safari's (`browser`). The pages and the fake API are those of tests/web.

WebDriver cannot answer a page's calls, so that all of it is served on this machine: the stack from one origin, the
marketplace's page from another. Both are new in each test, and with them the storage of the browser.
"""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from tests.lambda_runtime import function
from tests.web.fake_api import FakeApi
from tests.web.page_server import build_pages_layer, serve, serve_pages
from tests.webkit.browser import webkit
from tests.webkit.element import Element

type Open = Callable[[str], Element]
type Embed = Callable[..., Element]

HOST_PAGE = """<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Marketplace</title>
{scripts}<script src="/own.js"></script>
<body><main><h1>Marketplace</h1>{tags}</main>"""
SCRIPT = '<script type="module" src="{stack_url}/app/{name}"></script>\n'
POLICY = "default-src 'none'; script-src 'self' {origin}; connect-src {origin}"


@pytest.fixture(scope="session")
def driver() -> Iterator[WebDriver]:
    with webkit() as driver:
        yield driver


@pytest.fixture(scope="session")
def _pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(build_pages_layer(tmp_path_factory.mktemp("pages-layer")))
        yield


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


class _Marketplace(BaseHTTPRequestHandler):
    """A page and its script, with a strict content policy."""

    policy = ""
    files: dict[str, tuple[str, str]]

    def do_GET(self) -> None:
        content_type, body = self.files[self.path]
        content = body.encode()
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(content)))
        self.send_header("content-security-policy", self.policy)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def marketplace() -> Iterator[tuple[type[_Marketplace], str]]:
    """What the marketplace serves, and its origin."""
    handler = type("Marketplace", (_Marketplace,), {"files": {}})
    with serve(handler) as origin:
        yield handler, origin


@pytest.fixture
def stack_url(_pages: None, api: FakeApi, marketplace: tuple[type[_Marketplace], str]) -> Iterator[str]:
    """The stack allows the marketplace to embed its elements (AllowedOrigins)."""
    with serve_pages(function("web"), api, allowed_origin=marketplace[1]) as url:
        yield url


@pytest.fixture
def open_page(driver: WebDriver, stack_url: str) -> Open:
    """Opens one of our own pages, by its address below /app/."""

    def open_page(address: str) -> Element:
        driver.get(f"{stack_url}/app/{address}")
        tag = {"feedback": "feedback-form", "contract": "contract-feedback", "freelancer": "work-history"}
        return Element(driver, tag[address.partition("#")[0].partition("?")[0]])

    return open_page


@pytest.fixture
def embed(driver: WebDriver, stack_url: str, marketplace: tuple[type[_Marketplace], str]) -> Embed:
    """Opens a page of the marketplace with scripts of the stack, tags, and a script of its own.

    Returns the first element.
    """
    handler, origin = marketplace

    def embed(*scripts: str, tags: str, js: str = "", language: str = "en") -> Element:
        markup = "".join(SCRIPT.format(stack_url=stack_url, name=name) for name in scripts)
        handler.policy = POLICY.format(origin=stack_url.partition("/_aws")[0])
        handler.files = {
            "/": ("text/html", HOST_PAGE.format(scripts=markup, tags=tags, language=language)),
            "/own.js": ("text/javascript", js),
        }
        driver.get(f"{origin}/")
        return Element(driver, tags.partition("<")[2].partition(" ")[0])

    return embed
