"""Addresses of the pages as people, mail programs and old pages spell them, and where each of them leads.

    feedback/  Feedback            a slash or capitals too many: the page
    feedback%23t=TOKEN%26rating=4  a mail gateway escaped the `#` of an e-mail's link: the link as it was sent
    elements-OLDHASH.js            an old page or a cached script after a deployment: the current script

`Location` is always relative: a function does not know below which path the API is served.
"""

import re
import string
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, unquote

from mid_job_feedback.http import browser_headers

HASHED: Final = re.compile(r"-[A-Z2-7]{8}\.(js|css)$")  # names with esbuild's hash of the content
_SCRIPT: Final = re.compile(r"(elements|links)-[A-Z2-7]{8}\.js")  # each contains everything but the languages

_MOST_ESCAPES: Final = 3  # times that a link is escaped, if each mail gateway on its way does it again
_LINK_PAGE: Final = re.compile(r"(feedback|email-preferences)(?![\w-])", re.IGNORECASE | re.ASCII)
_TOKEN: Final = re.compile(r"(?<![\w-])t=([\w.-]+)", re.ASCII)
# What the links in an e-mail may ask of the page: suggested stars, or the dialog to decline.
_REQUESTED: Final = re.compile(r"(?<![\w-])(rating=[1-5]|decline=1)(?!\.?\w)", re.ASCII)


def path_of(event: Mapping[str, Any]) -> str:
    """The path below `/app/`, decoded; empty if the call fits no route.

    A slash at its end may be in `rawPath` only. It counts: relative addresses in a page depend on it.
    """
    path: str = (event.get("pathParameters") or {}).get("proxy", "")
    has_lost_slash = event["rawPath"].endswith("/") and not path.endswith("/")
    return f"{path}/" if path and has_lost_slash else path


def redirect(files: Collection[str], path: str, query: str) -> dict[str, Any] | None:
    """The redirect to what `path` means, or None. `files` are the paths that exist; `path` is not one of them."""
    if script := _SCRIPT.fullmatch(path):
        return _to_current_script(files, script[1])
    up = "../" * path.count("/")
    if link := _link(path):
        return _found(f"{up}{link}")
    name = path.strip("/").lower()
    if name in files and "." not in name:  # a page
        return _found(f"{up}{name}{_as_sent(query)}")
    return None


def _to_current_script(files: Collection[str], name: str) -> dict[str, Any] | None:
    """To its hashed name: browsers may have cached what the stable name led to before the deployment.

    The current script loads languages by its own address, so a browser never mixes two releases.
    """
    current = next((file for file in files if (script := _SCRIPT.fullmatch(file)) and script[1] == name), None)
    return _found(current, **browser_headers.ANY_ORIGIN) if current else None


def _link(path: str) -> str:
    """The page and fragment of an e-mail's link that arrived as a path; empty if it is none.

    What people and programs put behind the token, such as a full stop or a bracket, is left out.
    """
    for _ in range(_MOST_ESCAPES):
        path = unquote(path)
    page, token = _LINK_PAGE.match(path), _TOKEN.search(path)
    if page is None or token is None or not token[1].strip("."):
        return ""
    requested = _REQUESTED.search(path)
    return f"{page[1].lower()}#t={token[1].rstrip('.')}" + (f"&{requested[1]}" if requested else "")


def _as_sent(query: str) -> str:
    return f"?{quote(query, safe=string.punctuation)}" if query else ""


def _found(location: str, **headers: str) -> dict[str, Any]:
    fixed = browser_headers.SAFETY | {"cache-control": "no-store", "location": location}
    return {"statusCode": HTTPStatus.FOUND.value, "headers": headers | fixed, "body": ""}
