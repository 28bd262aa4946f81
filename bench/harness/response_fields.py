"""The fields of a response, without their values. A comparison is fair only if both sides have the same."""

import json
from collections.abc import Mapping
from typing import Any


def of(response: Mapping[str, Any]) -> Any:
    """Names and types of the fields in the JSON body, or of the response itself if it has no body."""
    return _structure(json.loads(response["body"]) if "body" in response else response)


def _structure(value: Any) -> Any:
    match value:
        case dict():
            return {name: _structure(each) for name, each in value.items()}
        case list():
            return [_structure(each) for each in value]
        case _:
            return type(value).__name__
