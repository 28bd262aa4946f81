"""The committed JSON Schemas of events and messages."""

import json
from functools import cache
from typing import Any

import jsonschema_rs

from tests.template import ROOT

FOLDER = ROOT / "events" / "schemas"


@cache
def schema_of(path: str) -> jsonschema_rs.Draft202012Validator:
    """The newest, by its path without the version and the ending, such as `domain-events/FeedbackProvided`."""
    newest = max(FOLDER.glob(f"{path}.v*.json"), key=lambda file: int(file.stem.rpartition(".v")[2]))
    return jsonschema_rs.Draft202012Validator(json.loads(newest.read_text()), validate_formats=True)


def checked(path: str, instance: Any) -> Any:
    """The instance, which has to fit its schema."""
    assert [error.message for error in schema_of(path).iter_errors(instance)] == [], path
    return instance
