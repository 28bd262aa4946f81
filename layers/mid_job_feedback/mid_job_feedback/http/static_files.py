"""Static files: the web pages with their scripts and styles, served from memory.

All files are read once, at startup. A path is looked up among them and never reaches the file system.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Any, Final

_CONTENT_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}

_SAFETY: Final = {
    "referrer-policy": "no-referrer",  # addresses of these pages carry credentials
    "x-content-type-options": "nosniff",
}

# Scripts and styles come from this origin only; nothing may frame a page; text is never parsed as markup.
_PAGE_HEADERS: Final = _SAFETY | {
    "cache-control": "no-cache",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
}

# Marketplaces load the elements from their own origin. Names carry no content hash, so caches keep them briefly.
_ASSET_HEADERS: Final = _SAFETY | {
    "cache-control": "public, max-age=300",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
}

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


def read(folder: Traversable) -> Pages:
    """All files of a built folder by the path that serves them: `contract` for `contract.html`, else the name."""
    return {
        path.removesuffix(".html"): _page(PurePosixPath(path).suffix, file.read_bytes(), zipped.read_bytes())
        for path, file, zipped in _files(folder)
    }


def respond(pages: Pages, event: Mapping[str, Any]) -> Response:
    """The response to a GET or HEAD, in the format of HTTP APIs."""
    path, headers = event["pathParameters"]["proxy"], event["headers"]  # with names in lower case
    method = event["requestContext"]["http"]["method"]
    page = pages.get(path)
    if page is None:
        return _not_found(event["requestContext"]["requestId"])
    if page.tag in headers.get("if-none-match", ""):
        return {"statusCode": 304, "headers": dict(page.headers)}
    return _content(
        page, zipped=_ACCEPTS_GZIP.search(headers.get("accept-encoding", "")) is not None, method=method
    )


def _not_found(reference: str) -> Response:
    problem = {
        "type": "about:blank",
        "title": "Not found",
        "status": 404,
        "detail": "There is no page at this address.",
        "code": "not_found",
        "reference": reference,
    }
    headers = _SAFETY | {"content-type": "application/problem+json", "cache-control": "no-store"}
    return {"statusCode": 404, "headers": headers, "body": json.dumps(problem)}


def _content(page: Page, *, zipped: bool, method: str) -> Response:
    body = page.zipped if zipped else page.plain
    return {
        "statusCode": 200,
        "headers": {**page.headers, **({"content-encoding": "gzip"} if zipped else {})},
        "body": "" if method == "HEAD" else base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def _page(suffix: str, plain: bytes, zipped: bytes) -> Page:
    own = {
        "content-type": _CONTENT_TYPES[suffix],
        "etag": f'W/"{hashlib.sha256(plain).hexdigest()[:20]}"',
        "vary": "accept-encoding",
    }
    return Page(plain, zipped, own | (_PAGE_HEADERS if suffix == ".html" else _ASSET_HEADERS))


def _files(folder: Traversable, parent: str = "") -> Iterator[tuple[str, Traversable, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry, f"{parent}{entry.name}/")
        elif PurePosixPath(entry.name).suffix in _CONTENT_TYPES:
            yield parent + entry.name, entry, folder.joinpath(f"{entry.name}.gz")
