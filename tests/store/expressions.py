"""Evaluates DynamoDB's expressions, as far as the service uses them. Anything else raises `Unsupported`.

conditions   AND, OR, NOT, parentheses, = <> < <= > >=, attribute_exists, attribute_not_exists, begins_with
updates      SET name = :value, …   REMOVE name, …   ADD name :number, …
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final, NamedTuple

type Row = Mapping[str, Any]
type Syntax = tuple[Any, ...]

_TOKEN: Final = re.compile(r"\s*([:#]?\w+|<>|<=|>=|[()=<>,])")
_COMPARISONS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})
_FUNCTIONS: Final = {"attribute_exists": 1, "attribute_not_exists": 1, "begins_with": 2}  # number of arguments
_KEYWORDS: Final = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"})
_ORDERED: Final = frozenset({"S", "N"})


class Unsupported(Exception):
    """An expression that this module does not know, or that DynamoDB would reject."""


class Update(NamedTuple):
    """Parsed UpdateExpression: placeholders or names, still to be resolved."""

    assigned: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]
    added: tuple[tuple[str, str], ...]


class Placeholders:
    """The names and values of one call. DynamoDB rejects undefined ones and unused ones."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._names: Mapping[str, str] = parameters.get("ExpressionAttributeNames", {})
        self._values: Mapping[str, Any] = parameters.get("ExpressionAttributeValues", {})

    def name(self, token: str) -> str:
        return self._names[token] if token.startswith("#") else token

    def value(self, token: str) -> Any:
        return self._values[token]

    def check(self, *expressions: str) -> None:
        used = {token for expression in expressions for token in _tokens(expression) if token[0] in "#:"}
        defined = self._names.keys() | self._values.keys()
        if used != defined:
            raise Unsupported(f"undefined or unused placeholders: {sorted(used ^ defined)}")


@cache
def _tokens(expression: str) -> tuple[str, ...]:
    found, place = [], 0
    while place < len(expression.rstrip()):
        token = _TOKEN.match(expression, place)
        if token is None:
            raise Unsupported(f"at {expression[place:]!r}")
        found.append(token[1])
        place = token.end()
    return tuple(found)


def holds(condition: str, row: Row, placeholders: Placeholders) -> bool:
    """Whether the condition holds for a row; for no row, if it is empty."""
    return _holds(_parsed_condition(condition), row, placeholders)


def updated(expression: str, row: Row, placeholders: Placeholders) -> dict[str, Any]:
    """The row after the update."""
    update = _parsed_update(expression)
    removed = {placeholders.name(token) for token in update.removed}
    kept = {name: value for name, value in row.items() if name not in removed}
    assigned = {placeholders.name(name): placeholders.value(value) for name, value in update.assigned}
    added = {placeholders.name(name): placeholders.value(value) for name, value in update.added}
    if len(removed | assigned.keys() | added.keys()) < len(removed) + len(assigned) + len(added):
        raise Unsupported("an attribute is changed in two ways")
    return kept | assigned | {name: _sum(row.get(name), number) for name, number in added.items()}


def comparable(value: Any) -> Any:
    """A value in DynamoDB JSON as one that compares as in DynamoDB: numbers by value, text by its UTF-8 bytes."""
    ((kind, found),) = value.items()
    match kind:
        case "S":
            return kind, found.encode()
        case "N":
            return kind, Decimal(found)
        case "BOOL":
            return kind, found
        case "M":
            return kind, {name: comparable(part) for name, part in found.items()}
        case _:
            raise Unsupported(f"a value of kind {kind}")


def _sum(number: Any, added: Any) -> Any:
    """A missing attribute counts as zero."""
    if [*added] != ["N"] or [*(number or added)] != ["N"]:
        raise Unsupported("ADD of something that is no number")
    return {"N": str(Decimal(number["N"] if number else 0) + Decimal(added["N"]))}


class _Parser:
    """Recursive descent. NOT binds tighter than AND, and AND tighter than OR."""

    def __init__(self, expression: str) -> None:
        self._tokens = [*_tokens(expression)]

    def condition(self) -> Syntax:
        parsed = self._either()
        if self._tokens:
            raise Unsupported(f"unexpected {self._tokens[0]}")
        return parsed

    def update(self) -> Update:
        assigned: list[tuple[str, str]] = []
        removed: list[str] = []
        added: list[tuple[str, str]] = []
        while self._tokens:
            match self._next():
                case "SET":
                    assigned += self._list(self._assignment)
                case "REMOVE":
                    removed += self._list(self._name)
                case "ADD":
                    added += self._list(self._addition)
                case other:
                    raise Unsupported(f"an update with {other}")
        return Update(tuple(assigned), tuple(removed), tuple(added))

    def _either(self) -> Syntax:
        parsed = self._all()
        while self._took("OR"):
            parsed = ("OR", parsed, self._all())
        return parsed

    def _all(self) -> Syntax:
        parsed = self._single()
        while self._took("AND"):
            parsed = ("AND", parsed, self._single())
        return parsed

    def _single(self) -> Syntax:
        if self._took("NOT"):
            return "NOT", self._single()
        if self._took("("):
            parsed = self._either()
            self._require(")")
            return parsed
        if self._tokens and self._tokens[0] in _FUNCTIONS:
            return self._function()
        left, comparison, right = self._operand(), self._next(), self._operand()
        if comparison == "BETWEEN":
            self._require("AND")
            return "AND", (">=", left, right), ("<=", left, self._operand())
        if comparison not in _COMPARISONS:
            raise Unsupported(f"unexpected {comparison}")
        return comparison, left, right

    def _function(self) -> Syntax:
        function = self._next()
        self._require("(")
        arguments = self._list(self._operand)
        self._require(")")
        if len(arguments) != _FUNCTIONS[function]:
            raise Unsupported(f"{function} with {len(arguments)} arguments")
        return function, *arguments

    def _assignment(self) -> tuple[str, str]:
        name = self._name()
        self._require("=")
        value = self._next()
        if not value.startswith(":"):
            raise Unsupported(f"an assignment of {value}")
        return name, value

    def _addition(self) -> tuple[str, str]:
        name, value = self._name(), self._next()
        if not value.startswith(":"):
            raise Unsupported(f"an addition of {value}")
        return name, value

    def _list(self, element: Any) -> list[Any]:
        found = [element()]
        while self._took(","):
            found.append(element())
        return found

    def _name(self) -> str:
        name = self._operand()
        if name.startswith(":"):
            raise Unsupported(f"{name} is no attribute")
        return name

    def _operand(self) -> str:
        token = self._next()
        if token in _KEYWORDS or not re.fullmatch(r"[:#]?\w+", token):
            raise Unsupported(f"unexpected {token}")
        return token

    def _next(self) -> str:
        if not self._tokens:
            raise Unsupported("unexpected end")
        return self._tokens.pop(0)

    def _took(self, token: str) -> bool:
        if self._tokens[:1] != [token]:
            return False
        self._tokens.pop(0)
        return True

    def _require(self, token: str) -> None:
        if not self._took(token):
            raise Unsupported(f"{token} is missing")


@cache
def _parsed_condition(expression: str) -> Syntax:
    return _Parser(expression).condition()


@cache
def _parsed_update(expression: str) -> Update:
    return _Parser(expression).update()


def _holds(syntax: Syntax, row: Row, placeholders: Placeholders) -> bool:  # noqa: PLR0911 - one for each operator
    match syntax:
        case "AND", left, right:
            return _holds(left, row, placeholders) and _holds(right, row, placeholders)
        case "OR", left, right:
            return _holds(left, row, placeholders) or _holds(right, row, placeholders)
        case "NOT", inner:
            return not _holds(inner, row, placeholders)
        case "attribute_exists", name:
            return placeholders.name(name) in row
        case "attribute_not_exists", name:
            return placeholders.name(name) not in row
        case "begins_with", name, beginning:
            found = [*_found([name, beginning], row, placeholders)]
            return len(found) == 2 and all("S" in value for value in found) and _begins(*found)
        case comparison, left, right:
            found = [*_found([left, right], row, placeholders)]
            if len(found) < 2:
                return bool(comparison == "<>")
            return _compares(comparison, *found)
        case _:
            raise Unsupported(str(syntax))


def _found(operands: list[str], row: Row, placeholders: Placeholders) -> Iterator[Any]:
    """The values of these operands that exist."""
    for token in operands:
        if token.startswith(":"):
            yield placeholders.value(token)
        elif (name := placeholders.name(token)) in row:
            yield row[name]


def _begins(text: Any, beginning: Any) -> bool:
    return bool(text["S"].startswith(beginning["S"]))


def _compares(comparison: str, left: Any, right: Any) -> bool:  # noqa: PLR0911 - one for each operator
    (kind, mine), (other_kind, other) = comparable(left), comparable(right)
    same_kind = kind == other_kind
    match comparison:
        case "=":
            return bool(same_kind and mine == other)
        case "<>":
            return not (same_kind and mine == other)
        case _ if not (same_kind and kind in _ORDERED):
            return False
        case "<":
            return bool(mine < other)
        case "<=":
            return bool(mine <= other)
        case ">":
            return bool(mine > other)
        case _:
            return bool(mine >= other)
