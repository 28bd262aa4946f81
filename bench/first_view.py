"""First view: what a browser with an empty cache loads for each page, and how long that takes."""

import gzip
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from string import Template
from typing import Any, Final, NamedTuple

from playwright.sync_api import Browser
from rich.progress import track

from bench.figures import Benchmark, Figure, ratio, series
from bench.harness import deployment_packages, page_server
from bench.harness.lambda_process import ROOT, FunctionPackage, lambda_process
from bench.harness.page_server import File, Files, PageServer
from tests.builders import NOW
from tests.web import page_states
from tests.web.browser import chromium
from tests.web.fake_api import FakeApi
from web import build

ROUNDS, QUICK_ROUNDS = 7, 2
COLD_STARTS: Final = 5
WEB: Final = ROOT / "web"
PAGES: Final = {
    "form": page_states.LINK,
    "Contract Room": page_states.CLIENT_ROOM,
    "work history": page_states.HISTORY,
}
ONE_SCRIPT, MODULES = "one script", "a file per module"
IMPORT: Final = re.compile(r'^(?:import|export|\}) ?[^"\n]*"(\.[^"]+)"', re.MULTILINE)
LOCALE: Final = "de-DE"  # its texts are not in the script
CONTENT_TYPES: Final = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
PAGE_EVENT: Final = {
    "rawPath": "/app/feedback",
    "rawQueryString": "",
    "headers": {},
    "pathParameters": {"proxy": "feedback"},
    "requestContext": {"requestId": "request-1", "http": {"method": "GET"}},
}


# Parameters of Chromium's `Network.emulateNetworkConditions`.
UNTHROTTLED: Final = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
SLOW_4G: Final = {"latency": 562.5, "downloadThroughput": 180_000, "uploadThroughput": 84_375}


class Condition(NamedTuple):
    name: str
    network: Mapping[str, float]
    cold_start: float
    """Seconds until a new instance of the function responds."""


class View(NamedTuple):
    milliseconds: float
    files: int
    kilobytes: float


type Views = Mapping[str, list[View]]
"""By variant."""


def measure(*, quick: bool) -> Benchmark:
    rounds = QUICK_ROUNDS if quick else ROUNDS
    deployment_packages.compile_runtime()
    web = deployment_packages.web()
    cold_start = _cold_start(web)
    conditions = (Condition("cold functions", UNTHROTTLED, cold_start), Condition("Slow 4G", SLOW_4G, 0))
    sites = {ONE_SCRIPT: built_site(web), MODULES: modules_site()}
    with ExitStack() as stack:
        servers = {
            variant: stack.enter_context(page_server.running(files, _answers()))
            for variant, files in sites.items()
        }
        views = {
            (page, condition.name): _views(chromium(), servers, page, condition, rounds)
            for condition in conditions
            for page in PAGES
        }
    times = (_times(f"{page}, {condition}", seen) for (page, condition), seen in views.items())
    return Benchmark("First view", _method(rounds, cold_start), (*_sizes(views), *times))


def built_site(web: FunctionPackage) -> Files:
    """As deployed."""
    folder = web.find("mid_job_feedback_pages")
    assert folder
    return {
        f"/app/{path.name.removesuffix('.html')}": File(
            CONTENT_TYPES[path.suffix], Path(f"{path}.gz").read_bytes()
        )
        for path in folder.iterdir()
        if path.suffix in CONTENT_TYPES
    }


def modules_site() -> Files:
    """The same sources without a bundler. Each page names its modules, so that a browser fetches them at once."""
    elements, pages = WEB / "elements", WEB / "pages"
    texts = {_address(path): path.read_text() for path in (*elements.rglob("*.js"), *pages.iterdir())}
    texts |= {f"/app/{name}": _page_of_modules(page) for name, page in build.PAGES.items()}
    files = {
        path: File(CONTENT_TYPES[Path(path).suffix or ".html"], gzip.compress(text.encode()))
        for path, text in texts.items()
    }
    style = (
        f"export default {json.dumps((elements / 'elements.css').read_text())};"  # browsers import only scripts
    )
    return {**files, "/elements/elements.css": File("text/javascript", gzip.compress(style.encode()))}


def _page_of_modules(page: build.Page) -> str:
    """The page with its own entry module, and with all modules that this one imports."""
    entry = WEB / build.ENTRIES[page.script]
    html = Template((WEB / "pages/page.html").read_text()).substitute(page._asdict())
    script, (_, *imported) = '<script type="module" src="app.js">', _modules(entry)
    assert script in html
    preloads = [f'<link rel="modulepreload" href="{_address(module)}">' for module in imported]
    return html.replace(script, "\n".join([*preloads, script.replace("app.js", entry.name)]))


def _modules(entry: Path) -> list[Path]:
    """A module and those that it imports, directly or not. What is loaded only when needed is left out."""
    found = [entry]
    for module in found:
        names = IMPORT.findall(module.read_text()) if module.suffix == ".js" else []
        found += sorted({(module.parent / name).resolve() for name in names} - set(found))
    return found


def _address(path: Path) -> str:
    return f"/app/{path.name}" if path.parent.name == "pages" else f"/{path.relative_to(WEB)}"


def _answers() -> dict[str, str]:
    api = FakeApi()
    page_states.given_open_request_and_earlier_feedback(api)
    page_states.given_two_pages_of_history(api)
    return api.answers()


def _cold_start(web: FunctionPackage) -> float:
    """Seconds from the start of the function's process to its first response."""

    def samples() -> Iterator[float]:
        for _ in range(COLD_STARTS):
            with lambda_process(web, {}) as process:
                yield process.call(PAGE_EVENT)[0] / 1000

    return median(samples())


def _views(
    browser: Browser, servers: Mapping[str, PageServer], page: str, condition: Condition, rounds: int
) -> Views:
    views: dict[str, list[View]] = {variant: [] for variant in servers}
    for number in track(range(rounds), f"first view of the {page}, {condition.name}", transient=True):
        for variant in list(servers)[:: 1 if number % 2 else -1]:
            server = servers[variant]
            server.restart(condition.cold_start)
            milliseconds = _milliseconds(browser, f"{server.url}/app/{PAGES[page]}", condition.network)
            views[variant].append(View(milliseconds, len(server.sent), sum(server.sent) / 1024))
    return views


def _milliseconds(browser: Browser, address: str, network: Mapping[str, float]) -> float:
    """From the call of a page to what the API answered, as people can see and use it."""
    context = browser.new_context(locale=LOCALE)
    context.clock.set_fixed_time(NOW)
    page = context.new_page()
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", {"offline": False, **network})
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.get_by_text("Website relaunch").first.wait_for()
    milliseconds = (time.perf_counter() - start) * 1000
    context.close()
    return milliseconds


def _sizes(views: Mapping[tuple[str, str], Views]) -> Iterator[Figure]:
    """How much is loaded, which depends on the page only."""
    of_pages = {page: seen for (page, _), seen in views.items()}
    for name, unit, size in (("Files", "files", "files"), ("Size of the files", "KB", "kilobytes")):
        samples: dict[tuple[str, str], Any] = {
            (page, variant): [getattr(view, size) for view in seen[variant]]
            for page, seen in of_pages.items()
            for variant in seen
        }
        yield Figure(
            name,
            unit,
            tuple(series(f"{page}, {variant}", values) for (page, variant), values in samples.items()),
            tuple(
                ratio(f"{page}, {ONE_SCRIPT} vs. {MODULES}", samples[page, ONE_SCRIPT], samples[page, MODULES])
                for page in of_pages
            ),
        )


def _times(name: str, views: Views) -> Figure:
    samples = {variant: [view.milliseconds for view in seen] for variant, seen in views.items()}
    return Figure(
        name,
        "ms",
        tuple(series(variant, values) for variant, values in samples.items()),
        (ratio(f"{ONE_SCRIPT} vs. {MODULES}", samples[ONE_SCRIPT], samples[MODULES]),),
    )


def _method(rounds: int, cold_start: float) -> str:
    return f"""\
Files of a page that a browser loads with an empty cache, their size with gzip, and the milliseconds until
Chromium shows what the API answered. The page is in German, whose texts are not in the script. "{ONE_SCRIPT}"
is what `sam build` makes; "{MODULES}" are the same sources; each page names those that it needs with
`modulepreload`. Rounds: {rounds}. Each round views the page once by each variant, in alternating order.

"Cold functions": no instance of the function that serves the pages has started. A request waits for a cold
start, {cold_start * 1000:.0f} ms as measured here with the function's own process, unless an instance that has
started is idle. "Slow 4G": as Chrome's developer tools throttle it, with warm functions. The API answers at
once. The server speaks HTTP/1.1, so the browser loads at most six files at the same time; on AWS, HTTP/2 can
load more, each of which needs an instance of its own.

No threshold: how much each page loads is a test (`tests/web/test_first_view.py`)."""
