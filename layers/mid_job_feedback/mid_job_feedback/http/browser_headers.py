"""Headers of browsers: what says that a person opens an address, and what restricts the use of a response."""

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Final

SAFETY: Final = {
    "referrer-policy": "no-referrer",  # addresses of the pages carry credentials
    "x-content-type-options": "nosniff",
}

# Marketplaces load the elements from their own origin.
ANY_ORIGIN: Final = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}

_ACCEPTS_HTML: Final = re.compile(r"\btext/html\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
_STYLE: Final = re.compile(rb"<style[^>]*>(.*?)</style>", re.DOTALL)


def accepts_html(headers: Mapping[str, str]) -> bool:
    """Whether a person opens the address in a browser. Programs accept JSON, or anything."""
    return _ACCEPTS_HTML.search(headers.get("accept", "")) is not None


def inline_styles(html: bytes) -> list[str]:
    """The sources for `style-src` that allow the `<style>` elements of this document and no other inline style."""
    digests = (hashlib.sha256(style).digest() for style in _STYLE.findall(html))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
