"""Tells schemathesis, which imports this module, who calls and which contracts, links and cursors exist.

Half of its valid cases use resources that exist, the others use ids that it generates.
"""

import itertools
import json
import os
import re
import unicodedata
from pathlib import Path
from typing import Any, Final

import schemathesis

_RESOURCES: Final[dict[str, Any]] = json.loads(Path(os.environ["KNOWN_RESOURCES"]).read_text())
_BY_THE_FREELANCER: Final = {"requestFeedback", "withdrawRequest", "reply", "takeBackReply"}
_VISIBLE: Final = ("operator", "reason", "text")
"""The texts in bodies that are refused if they show nothing."""
_turns = itertools.count()


@schemathesis.auth(refresh_interval=None)
class SignedIn:
    """Signs in as the role that the operation is for: the freelancer for some, the client for all others."""

    def get(self, _case: schemathesis.Case[Any], context: schemathesis.AuthContext) -> str:
        operation = context.operation.definition.raw["operationId"]
        role = "freelancer" if operation in _BY_THE_FREELANCER else "client"
        token: str = _RESOURCES["tokens"][role]
        return token

    def set(self, case: schemathesis.Case[Any], data: str, context: schemathesis.AuthContext) -> None:
        if context.operation.definition.raw["security"]:
            case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(_context: schemathesis.HookContext, case: schemathesis.Case[Any], _kwargs: dict[str, Any]) -> None:
    if not case.meta or case.meta.generation.mode.is_negative:
        return
    turn = next(_turns)
    operation = case.operation.definition.raw["operationId"]
    known_resources = _RESOURCES["path_parameters"].get(operation, {})
    if turn % 2 or "cursor" in (case.query or {}):
        for name, values in known_resources.items():
            case.path_parameters[name] = values[turn // 2 % len(values)]
    if "cursor" in (case.query or {}):  # signed, and valid for one list: a generated one never is
        case.query["cursor"] = _RESOURCES["cursors"][operation]
    if isinstance(case.body, dict):
        case.body |= {name: "a" for name in _VISIBLE if _is_blank(str(case.body.get(name, "a")))}
    if_match = case.headers.get("If-Match")
    if if_match and not re.search(_pattern(case, "If-Match"), if_match):  # made by the coverage phase
        case.headers["If-Match"] = f'"{turn % 3 + 1}"'
    if key := case.headers.get("Idempotency-Key"):  # a key is valid for one call
        case.headers["Idempotency-Key"] = f"{turn}{key}"[:128].strip()


def _is_blank(text: str) -> bool:
    """No pattern that every tool reads can say that a text needs a visible character; its description does."""
    return all(unicodedata.category(character)[0] in "CZ" for character in text)


def _pattern(case: schemathesis.Case[Any], header: str) -> str:
    parameters = case.operation.definition.raw["parameters"]
    [pattern] = [each["schema"]["pattern"] for each in parameters if each["name"] == header]
    return str(pattern)
