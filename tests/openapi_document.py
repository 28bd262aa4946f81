"""Checks HTTP responses against docs/openapi.json."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from tests.template import ROOT

type Json = dict[str, Any]


@cache
def document() -> Json:
    loaded: Json = json.loads((ROOT / "docs/openapi.json").read_text())
    return loaded


def undocumented(route: str, status: int, headers: Mapping[str, str], text: str) -> str:
    """Why the document does not allow this response of a route, such as `GET /feedback-links/{token}`, or "".

    An undocumented route may only respond 404.
    """
    method, _, path = route.partition(" ")
    operation = document()["paths"].get(path, {}).get(method.lower())
    if operation is None:
        return "" if status == 404 else f"{route} is not documented"
    response = operation["responses"].get(str(status))
    if response is None:
        return f"{route} is not documented to respond {status}"
    if not text and "content" not in response:
        return ""
    kind = {name.lower(): value for name, value in headers.items()}.get("content-type", "").partition(";")[0]
    if kind not in response.get("content", {}):
        return "" if method == "HEAD" else f"{route} is not documented to respond {status} with {kind}"
    errors = [str(error) for error in _validator(path, method.lower(), status, kind).iter_errors(json.loads(text))]
    return f"{route} {status}: {errors}" if errors else ""


def route_of(method: str, path: str) -> str:
    """The route that API Gateway chooses for a path, `$default` if none matches."""
    plain = path.partition("?")[0]
    for known, operations in document()["paths"].items():
        if method.lower() in operations and re.fullmatch(re.sub(r"{\w+}", "[^/]+", known), plain):
            return f"{method} {known}"
    return "$default"


@cache
def _validator(path: str, method: str, status: int, kind: str) -> jsonschema_rs.Draft202012Validator:
    return strict_validator(document()["paths"][path][method]["responses"][str(status)]["content"][kind]["schema"])


def strict_validator(schema: Json) -> jsonschema_rs.Draft202012Validator:
    """A validator for a schema of the document, which also refuses properties that are not described."""
    whole = _closed({**schema, "components": {"schemas": document()["components"]["schemas"]}})
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def _closed(schema: Any) -> Any:
    """Allows no property that is not described: callers have to ignore those, but we describe all that we send."""
    match schema:
        case {"properties": _}:
            return {"additionalProperties": False} | {name: _closed(part) for name, part in schema.items()}
        case dict():
            return {name: _closed(part) for name, part in schema.items()}
        case _:
            return schema
