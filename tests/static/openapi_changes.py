"""Finds the changes between two OpenAPI documents that would break a client of the first one.

A client is broken by

- a path, method, parameter, status, media type, header or refusal that is gone, and by another way to sign in;
- in a request: a field that is gone (it would be refused) or is required now; a type, value, limit or pattern that
  allows less;
- in a response: a property that is gone or may be missing now; a type that it did not have, such as null; another
  format.

It has to tolerate new paths, optional parameters and fields, statuses, refusals, properties, and new values of an
`enum` in a response: docs/versioning.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

type Json = Mapping[str, Any]

LOWER_LIMITS = ("minimum", "minLength", "minItems")
UPPER_LIMITS = ("maximum", "maxLength", "maxItems")


class Direction(Enum):
    REQUEST = auto()
    RESPONSE = auto()


def breaking(before: Json, after: Json) -> list[str]:
    """Each change that would break a client, as a sentence that begins with the place."""
    comparison = _Comparison(before, after)
    found = list[str]()
    for path, operations in before["paths"].items():
        for method, operation in operations.items():
            place = f"{method.upper()} {path}"
            changed = after["paths"].get(path, {}).get(method)
            if changed is None:
                found.append(f"{place}: is gone")
            else:
                found.extend(f"{place}: {change}" for change in comparison.of_operations(operation, changed))
    return found


def is_new_version(before: Json, after: Json) -> bool:
    """Whether the major version is a higher one."""
    first, second = (int(document["info"]["version"].partition(".")[0]) for document in (before, after))
    return second > first


@dataclass(frozen=True)
class _Comparison:
    before: Json
    after: Json

    def of_operations(self, before: Json, after: Json) -> Iterator[str]:
        if before["security"] != after["security"]:
            yield "other credentials are needed"
        yield from self._of_parameters(before, after)
        yield from self._of_bodies(before.get("requestBody", {}), after.get("requestBody", {}))
        for status, response in before["responses"].items():
            if status in after["responses"]:
                yield from self._of_responses(status, response, after["responses"][status])
            else:
                yield f"status {status} is gone"

    def _of_parameters(self, before: Json, after: Json) -> Iterator[str]:
        first, second = (
            {(one["in"], one["name"]): one for one in operation["parameters"]} for operation in (before, after)
        )
        for key, parameter in first.items():
            if key in second:
                place = f"parameter {key[1]}"
                yield from self._of_schemas(parameter["schema"], second[key]["schema"], Direction.REQUEST, place)
            else:
                yield f"parameter {key[1]} is gone"
        for key, parameter in second.items():
            if parameter.get("required") and not first.get(key, {}).get("required"):
                yield f"parameter {key[1]} is required now"

    def _of_bodies(self, before: Json, after: Json) -> Iterator[str]:
        if after.get("required") and not before.get("required"):
            yield "a body is required now"
        for media_type, content in before.get("content", {}).items():
            if media_type in after.get("content", {}):
                changed = after["content"][media_type]
                yield from self._of_schemas(content["schema"], changed["schema"], Direction.REQUEST, "body")
            else:
                yield f"a body of {media_type} is no longer accepted"

    def _of_responses(self, status: str, before: Json, after: Json) -> Iterator[str]:
        for name in before.get("headers", {}).keys() - after.get("headers", {}).keys():
            yield f"header {name} of {status} is gone"
        for media_type, content in before.get("content", {}).items():
            if media_type in after.get("content", {}):
                changed = after["content"][media_type]
                yield from self._of_schemas(content["schema"], changed["schema"], Direction.RESPONSE, status)
            else:
                yield f"{media_type} of {status} is gone"

    def _of_schemas(self, before: Json, after: Json, direction: Direction, place: str) -> Iterator[str]:
        first, second = _alternatives(self.before, before), _alternatives(self.after, after)
        for key in first.keys() & second.keys():
            yield from self._of_alternatives(first[key], second[key], direction, place)
        gone, new = first.keys() - second.keys(), second.keys() - first.keys()
        if direction is Direction.RESPONSE:
            gone = {key for key in gone if key.startswith("code ")}
            new = {key for key in new if not key.startswith("code ")}
        else:
            new = set()
        gone -= {"integer"} if "number" in second else set()
        new -= {"integer"} if "number" in first else set()
        yield from (f"{place} can no longer be {key}" for key in sorted(gone))
        yield from (f"{place} can now be {key}" for key in sorted(new))

    def _of_alternatives(self, before: Json, after: Json, direction: Direction, place: str) -> Iterator[str]:
        if before.get("format") != after.get("format"):
            yield f"{place} has another format"
        if direction is Direction.REQUEST:
            yield from _narrowed(before, after, place)
        elif "const" in before and before["const"] != after.get("const"):
            yield f"{place} is no longer always {before['const']}"
        if "items" in before and "items" in after:
            yield from self._of_schemas(before["items"], after["items"], direction, f"{place}[]")
        yield from self._of_properties(before, after, direction, place)

    def _of_properties(self, before: Json, after: Json, direction: Direction, place: str) -> Iterator[str]:
        first, second = before.get("properties", {}), after.get("properties", {})
        required_before, required = set(before.get("required", [])), set(after.get("required", []))
        for name, schema in first.items():
            if name in second:
                yield from self._of_schemas(schema, second[name], direction, f"{place}.{name}")
            else:
                yield f"{place}.{name} is gone"
        if direction is Direction.REQUEST:
            yield from (f"{place}.{name} is required now" for name in sorted(required - required_before))
        else:
            missing = (required_before - required) & second.keys()
            yield from (f"{place}.{name} may be missing now" for name in sorted(missing))


def _alternatives(document: Json, schema: Json) -> dict[str, Json]:
    """What a value may be, by type, and problem documents by their code."""
    if "$ref" in schema:
        return _alternatives(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    choices: Iterable[Json] = schema.get("anyOf") or schema.get("oneOf") or ()
    if choices:
        return {key: found for choice in choices for key, found in _alternatives(document, choice).items()}
    code = schema.get("properties", {}).get("code", {}).get("const")
    return {f"code {code}" if code else schema.get("type", "anything"): schema}


def _narrowed(before: Json, after: Json, place: str) -> Iterator[str]:
    """How fewer values are accepted than before."""
    for name in LOWER_LIMITS:
        if after.get(name, float("-inf")) > before.get(name, float("-inf")):
            yield f"{place} has a higher {name}"
    for name in UPPER_LIMITS:
        if after.get(name, float("inf")) < before.get(name, float("inf")):
            yield f"{place} has a lower {name}"
    if "pattern" in after and after["pattern"] != before.get("pattern"):
        yield f"{place} has another pattern"
    values, allowed = _values(before), _values(after)
    if allowed is not None and (values is None or values - allowed):
        yield f"{place} accepts fewer values"
    if after.get("additionalProperties") is False and before.get("additionalProperties") is not False:
        yield f"{place} accepts no other fields now"


def _values(schema: Json) -> set[Any] | None:
    """The values that are allowed, or None for any."""
    if "const" in schema:
        return {schema["const"]}
    return set(schema["enum"]) if "enum" in schema else None
