"""404 for a path that leads nowhere: a page for people, a problem document for programs."""

import json
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from mid_job_feedback.http import browser_headers

_PAGE: Final = Path(__file__).with_name("not_found.html").read_bytes()
_HOME: Final = "<!-- home -->"
_REFERENCE: Final = "<!-- reference -->"

_HEADERS: Final = browser_headers.SAFETY | {"cache-control": "no-store"}
_PAGE_HEADERS: Final = _HEADERS | {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": (
        f"default-src 'none'; style-src {' '.join(browser_headers.inline_styles(_PAGE))}; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


def respond(event: Mapping[str, Any], home: str = "") -> dict[str, Any]:
    """The response to a call of any method.

    `home` is the address of the marketplace's own site. The page links to it, unless it is empty.
    """
    reference = event["requestContext"]["requestId"]
    accepts_html = browser_headers.accepts_html(event["headers"])
    headers, body = (_PAGE_HEADERS, _page(reference, home)) if accepts_html else _problem(reference)
    is_head = event["requestContext"]["http"]["method"] == "HEAD"
    return {"statusCode": HTTPStatus.NOT_FOUND.value, "headers": headers, "body": "" if is_head else body}


def _page(reference: str, home: str) -> str:
    name = home.partition("://")[2]
    link = f'<p><a href="{escape(home)}">{escape(name)}</a></p>' if home else ""
    return _PAGE.decode().replace(_HOME, link).replace(_REFERENCE, escape(reference))


def _problem(reference: str) -> tuple[Mapping[str, str], str]:
    """As `problems.response` makes it of the refusal `NotFound`, without the packages that it would load."""
    document = {
        "type": "urn:mid-job-feedback:problem:not_found",
        "title": "Not found",
        "status": HTTPStatus.NOT_FOUND.value,
        "detail": "There is nothing at this address.",
        "code": "not_found",
        "reference": reference,
    }
    return _HEADERS | {"content-type": "application/problem+json"}, json.dumps(document)
