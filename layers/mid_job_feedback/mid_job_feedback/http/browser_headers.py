"""Headers that restrict what browsers do with a response: what a page loads, who loads a script, what leaks."""

import base64
import hashlib
import re
from typing import Final

SAFETY: Final = {
    "referrer-policy": "no-referrer",  # addresses of the pages carry credentials
    "x-content-type-options": "nosniff",
}

# Marketplaces load the elements from their own origin.
ANY_ORIGIN: Final = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}

_STYLE: Final = re.compile(rb"<style[^>]*>(.*?)</style>", re.DOTALL)


def inline_styles(html: bytes) -> list[str]:
    """The sources for `style-src` that allow the `<style>` elements of this document and no other inline style."""
    digests = (hashlib.sha256(style).digest() for style in _STYLE.findall(html))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
