"""Static files: the web pages with their scripts and styles, served from memory.

All files are read once, at startup. A path is looked up among them and never reaches the file system. Other paths
are redirected if they mean one of them (`page_addresses`), else answered with 404 (`not_found`).
"""

import base64
import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Any, Final

from mid_job_feedback.http import browser_headers, not_found, page_addresses

_CONTENT_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}

_PAGE_HEADERS: Final = {
    "cache-control": "no-cache",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
}

# Scripts come from this origin only, the icon from the page; nothing may frame a page; text is never markup.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src {styles}; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)

_STABLE: Final = "public, max-age=300"
_IMMUTABLE: Final = "public, max-age=31536000, immutable"

# Variables of the function's environment, all optional, by the names of the <meta> elements that scripts read.
URLS: Final = {"contract-url": "CONTRACT_URL", "sign-in-url": "SIGN_IN_URL"}
SETTINGS: Final = URLS | {"structured-data": "STRUCTURED_DATA"}
_SETTINGS_PLACE: Final = b"<!-- settings -->"
_ORIGIN: Final = re.compile(r"https?://[^/?#]+")
_ACCEPTS_GZIP: Final = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")

type Pages = Mapping[str, Page]
type Response = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One file, plain and gzipped."""

    plain: bytes
    zipped: bytes
    headers: Mapping[str, str]

    @property
    def tag(self) -> str:
        """The entity tag, without the mark (`W/`) that makes it weak: it is the same for both encodings."""
        return self.headers["etag"].removeprefix("W/")


def read(folder: Traversable, environment: Mapping[str, str]) -> Pages:
    """All files of a built folder by the path that serves them: `contract` for `contract.html`, else the name.

    Settings from the function's environment are put into the pages, in the place of a comment.
    """
    settings = _meta_elements(environment).encode()
    return {
        path.removesuffix(".html"): _page(path, file.read_bytes(), zipped.read_bytes(), settings)
        for path, file, zipped in _files(folder)
    }


def home(environment: Mapping[str, str]) -> str:
    """The address of the marketplace's own site, if the settings say so; else empty."""
    urls = (environment.get(variable, "") for variable in URLS.values())
    origin = _ORIGIN.match(next(filter(None, urls), ""))
    return origin[0] if origin else ""


def respond(pages: Pages, event: Mapping[str, Any], home: str) -> Response:
    """The response to a GET or HEAD below `/app/`, or to any call that fits no route, in the format of HTTP APIs.

    `home` is the address of the marketplace's own site, or empty.
    """
    path = page_addresses.path_of(event)
    page = pages.get(path)
    if page is None:
        moved = page_addresses.redirect(pages.keys(), path, event["rawQueryString"])
        return moved or not_found.respond(event, home)
    headers = event["headers"]  # with names in lower case
    if page.tag in headers.get("if-none-match", ""):
        return {"statusCode": 304, "headers": dict(page.headers)}
    zipped = _ACCEPTS_GZIP.search(headers.get("accept-encoding", "")) is not None
    return _content(page, zipped=zipped, method=event["requestContext"]["http"]["method"])


def _content(page: Page, *, zipped: bool, method: str) -> Response:
    body = page.zipped if zipped else page.plain
    return {
        "statusCode": 200,
        "headers": {**page.headers, **({"content-encoding": "gzip"} if zipped else {})},
        "body": "" if method == "HEAD" else base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def _page(path: str, plain: bytes, zipped: bytes, settings: bytes) -> Page:
    suffix = PurePosixPath(path).suffix
    if suffix == ".html" and settings:
        plain = plain.replace(_SETTINGS_PLACE, settings)
        zipped = zlib.compress(plain, level=9, wbits=31)  # 31: in the format of gzip
    headers = browser_headers.SAFETY | {
        "content-type": _CONTENT_TYPES[suffix],
        "etag": f'W/"{hashlib.sha256(plain).hexdigest()[:20]}"',
        "vary": "accept-encoding",
    }
    if suffix == ".html":
        styles = " ".join(["'self'", *browser_headers.inline_styles(plain)])
        headers |= _PAGE_HEADERS | {"content-security-policy": _POLICY.format(styles=styles)}
    else:
        is_hashed = page_addresses.HASHED.search(path)
        headers |= browser_headers.ANY_ORIGIN | {"cache-control": _IMMUTABLE if is_hashed else _STABLE}
    return Page(plain, zipped, headers)


def _meta_elements(environment: Mapping[str, str]) -> str:
    """One element for each setting that is not empty."""
    given = {name: environment.get(variable, "") for name, variable in SETTINGS.items()}
    return "".join(f'<meta name="{name}" content="{escape(value)}">' for name, value in given.items() if value)


def _files(folder: Traversable, parent: str = "") -> Iterator[tuple[str, Traversable, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry, f"{parent}{entry.name}/")
        elif PurePosixPath(entry.name).suffix in _CONTENT_TYPES:
            yield parent + entry.name, entry, folder.joinpath(f"{entry.name}.gz")
