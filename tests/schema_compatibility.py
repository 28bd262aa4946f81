"""Whether a changed JSON Schema still fits what others have written by the released one.

For what the service reads, whatever fitted the released schema has to fit the changed one. For what it writes,
whatever fits the changed schema has to fit the released one. So both are one question: is every value of one
schema also a value of another? It is answered for the keywords that our schemas use; others have to stay.
"""

from collections.abc import Iterator
from typing import Any

type Schema = dict[str, Any]

_ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "examples", "default"}
_COMPARED = {"type", "const", "enum", "anyOf", "items", "properties", "required", "additionalProperties"}
_UPPER, _LOWER = ("maximum", "maxLength"), ("minimum", "minLength")
_OPEN_VALUES = "x-extensible-enum"


def breaking_changes(released: Schema, changed: Schema, *, is_received: bool) -> list[str]:
    """`is_received`: whether the service reads such messages, and others write them."""
    narrow, wide = (released, changed) if is_received else (changed, released)
    return list(_Comparison(narrow, wide).differences(narrow, wide, ""))


class _Comparison:
    def __init__(self, narrow: Schema, wide: Schema) -> None:
        self._roots = narrow, wide

    def differences(self, narrow: Schema, wide: Schema, place: str) -> Iterator[str]:
        """Why a value of `narrow` may be none of `wide`."""
        narrow, wide = (_resolved(schema, root) for schema, root in zip((narrow, wide), self._roots, strict=True))
        if "anyOf" in narrow:
            for branch in narrow["anyOf"]:
                yield from self.differences(branch, wide, place)
        elif "anyOf" in wide:
            reasons = [list(self.differences(narrow, branch, place)) for branch in wide["anyOf"]]
            if all(reasons):
                yield f"{place}: fits no alternative: {'; '.join(reason for found in reasons for reason in found)}"
        else:
            yield from _of_values(narrow, wide, place)
            yield from self._of_parts(narrow, wide, place)

    def _of_parts(self, narrow: Schema, wide: Schema, place: str) -> Iterator[str]:
        for name in set(wide.get("required", ())) - set(narrow.get("required", ())):
            yield f"{place}.{name}: is required by one and may be missing in the other"
        known = narrow.get("properties", {}), wide.get("properties", {})
        for name in known[0].keys() & known[1].keys():
            yield from self.differences(known[0][name], known[1][name], f"{place}.{name}")
        if wide.get("additionalProperties") is False:
            for name in known[0].keys() - known[1].keys():
                yield f"{place}.{name}: is unknown to the other, which takes no further fields"
            if narrow.get("additionalProperties") is not False:
                yield f"{place}: may have further fields, which the other does not take"
        if "items" in wide:
            yield from self.differences(narrow.get("items", {}), wide["items"], f"{place}[]")


def _resolved(schema: Schema, root: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return _resolved(found, root)


def _of_values(narrow: Schema, wide: Schema, place: str) -> Iterator[str]:
    if "type" in wide and not _is_of_type(narrow.get("type"), wide["type"]):
        yield f"{place}: {narrow.get('type')} is no {wide['type']}"
    values = _values(narrow), _values(wide)
    if values[1] is not None and (values[0] is None or not set(values[0]) <= set(values[1])):
        yield f"{place}: {values[0] or 'any value'} is not among {values[1]}"
    if missing := set(wide.get(_OPEN_VALUES, ())) - set(narrow.get(_OPEN_VALUES, ())):
        yield f"{place}: {sorted(missing)} is no longer a value"
    for bound in _UPPER:
        if bound in wide and narrow.get(bound, float("inf")) > wide[bound]:
            yield f"{place}: {bound} is {wide[bound]} in one and {narrow.get(bound)} in the other"
    for bound in _LOWER:
        if bound in wide and narrow.get(bound, float("-inf")) < wide[bound]:
            yield f"{place}: {bound} is {wide[bound]} in one and {narrow.get(bound)} in the other"
    for keyword in wide.keys() - _ANNOTATIONS - _COMPARED - {*_UPPER, *_LOWER, _OPEN_VALUES}:
        if narrow.get(keyword) != wide[keyword]:
            yield f"{place}: {keyword} is {wide[keyword]} in one and {narrow.get(keyword)} in the other"


def _is_of_type(narrow: str | None, wide: str) -> bool:
    return narrow == wide or (narrow, wide) == ("integer", "number")


def _values(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")
