"""Bodies of HTML forms, for mail programs: their one-click unsubscribe (RFC 8058) sends no JSON.

Only a route that names the forms it takes accepts one; see `api.resolver`.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

ENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"  # RFC 8058 prefers it

type Forms = Mapping[str, Mapping[str, Any]]
"""The JSON body that each form stands for. A form is written as its fields: `name=value`, joined by `&`."""


def is_form(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in {ENCODED, MULTIPART}


def fields(content_type: str, text: str) -> str:
    """The fields of a form as `name=value`, joined by `&`; empty if the body is malformed."""
    try:
        pairs = _parts(content_type, text) if MULTIPART in content_type.lower() else parse_qsl(text.strip())
    except ValueError:
        return ""
    return "&".join(f"{name}={value}" for name, value in pairs)


def _parts(content_type: str, text: str) -> list[tuple[Any, Any]]:
    from email import message_from_string  # noqa: PLC0415 - few calls are forms

    message = message_from_string(f"Content-Type: {content_type}\n\n{text}")
    parts = [part for part in message.walk() if not part.is_multipart()] if message.is_multipart() else []
    return [(part.get_param("name", header="content-disposition"), part.get_payload()) for part in parts]
