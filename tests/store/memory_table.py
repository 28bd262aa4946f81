"""DynamoDB tables in memory, immutable: any state can be kept, compared, and continued in several ways.

It knows the operations, parameters and expressions that the service uses, and rejects all others.
test_memory_table.py compares it with DynamoDB Local.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, Final, NamedTuple

from tests.store import expressions
from tests.store.expressions import Placeholders
from tests.template import template

type Json = dict[str, Any]
type Text = str  # a row as JSON
type Rows = Mapping[Key, Text]

READS: Final = frozenset({"Query", "BatchGetItem"})
WRITES: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"})

_ANY: Final = {
    "TableName",
    "Key",
    "Item",
    "ConditionExpression",
    "UpdateExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ReturnValuesOnConditionCheckFailure",
}
_OF_A_QUERY: Final = {
    "TableName",
    "IndexName",
    "KeyConditionExpression",
    "ExpressionAttributeValues",
    "ConsistentRead",
    "ScanIndexForward",
    "Limit",
}
_BY_TTL: Final = {"userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}}
_FAILED: Final = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}


class Key(NamedTuple):
    """The key of a row: its table, and its key attributes as JSON."""

    table: str
    attributes: str


class Index(NamedTuple):
    """`projected`: the attributes that a read of the index returns; None for all."""

    partition: str
    sort: str
    projected: frozenset[str] | None


class Schema(NamedTuple):
    """A table's key attributes and its indexes."""

    key: tuple[str, ...]
    indexes: dict[str, Index]


class Response(NamedTuple):
    """What a call returns: `body` as JSON, or an error with this code and these additional members."""

    body: str
    error: str | None = None

    @property
    def data(self) -> Json:
        loaded: Json = json.loads(self.body)
        return loaded


class Tables:
    """All rows of all tables."""

    def __init__(self, rows: Rows | None = None) -> None:
        self.rows: dict[Key, Text] = dict(rows or {})

    @cached_property
    def _content(self) -> frozenset[tuple[Key, Text]]:
        return frozenset(self.rows.items())

    def __hash__(self) -> int:
        return hash(self._content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tables) and (self is other or self._content == other._content)

    def of(self, table: str) -> Iterator[Json]:
        """The rows of one table."""
        return (row(text) for key, text in self.rows.items() if key.table == table)


class Written(NamedTuple):
    """The result of a write. `records` are those of the stream, in order."""

    tables: Tables
    response: Response
    records: tuple[str, ...] = ()


@cache
def row(text: Text) -> Json:
    """The row with this JSON. Callers must not change it."""
    loaded: Json = json.loads(text)
    return loaded


def as_text(item: Mapping[str, Any]) -> Text:
    return json.dumps(_normalised(item), sort_keys=True, separators=(",", ":"))


@cache
def schema(table: str) -> Schema:
    """By the table's name in the environment of the tests: `feedback` or `idempotency`."""
    described = template()["Resources"]["Table" if table.startswith("feedback") else "IdempotencyTable"][
        "Properties"
    ]
    indexes = {}
    for index in described.get("GlobalSecondaryIndexes", []):
        partition, sort = (part["AttributeName"] for part in index["KeySchema"])
        indexes[index["IndexName"]] = Index(partition, sort, _projected(index["Projection"], {partition, sort}))
    return Schema(tuple(part["AttributeName"] for part in described["KeySchema"]), indexes)


def _projected(projection: Json, index_key: set[str]) -> frozenset[str] | None:
    if projection["ProjectionType"] == "ALL":
        return None
    return frozenset({"PK", "SK", *index_key, *projection.get("NonKeyAttributes", [])})


def key_of(table: str, item: Mapping[str, Any]) -> Key:
    return Key(table, as_text({name: item[name] for name in schema(table).key}))


# Reads: `scope` says which rows a read looks at, and `answer` what it returns if it sees them as in `rows`. So a
# caller can also find out what it returns if it sees some of them before a write and others after it.


def scope(tables: Tables, operation: str, parameters: Json) -> dict[Key, Text]:
    """The rows that this read finds."""
    if operation == "BatchGetItem":
        wanted = {
            key_of(table, key)
            for table, request in parameters["RequestItems"].items()
            for key in _known(request, {"Keys", "ConsistentRead"})["Keys"]
        }
        return {key: tables.rows[key] for key in wanted & tables.rows.keys()}
    _known(parameters, _OF_A_QUERY)
    placeholders, condition = Placeholders(parameters), parameters["KeyConditionExpression"]
    placeholders.check(condition)
    return {
        key: text
        for key, text in tables.rows.items()
        if key.table == parameters["TableName"]
        and _is_indexed(row(text), parameters)
        and expressions.holds(condition, row(text), placeholders)
    }


def answer(rows: Rows, operation: str, parameters: Json) -> Response:
    """The response of a read that finds these rows."""
    if operation == "BatchGetItem":
        responses: dict[str, list[Json]] = {table: [] for table in parameters["RequestItems"]}
        for key in sorted(rows):
            responses[key.table].append(row(rows[key]))
        return _response({"Responses": responses, "UnprocessedKeys": {}})
    index = _index(parameters)
    sort = index.sort if index else schema(parameters["TableName"]).key[-1]
    ordered = sorted((row(text) for text in rows.values()), key=lambda found: expressions.comparable(found[sort]))
    if not parameters.get("ScanIndexForward", True):
        ordered.reverse()
    limit = parameters.get("Limit", len(ordered) + 1)
    if len(ordered) >= limit:
        raise expressions.Unsupported("more than one page")
    if index and index.projected is not None:
        projected = index.projected
        ordered = [{name: found[name] for name in found.keys() & projected} for found in ordered]
    return _response({"Items": ordered, "Count": len(ordered), "ScannedCount": len(ordered)})


def reads_index(parameters: Json) -> bool:
    return "IndexName" in parameters


def _index(parameters: Json) -> Index | None:
    name = parameters.get("IndexName")
    return schema(parameters["TableName"]).indexes[name] if name else None


def _is_indexed(found: Json, parameters: Json) -> bool:
    """Indexes are sparse: they have the rows that have both key attributes."""
    index = _index(parameters)
    return index is None or (index.partition in found and index.sort in found)


# Writes


def write(tables: Tables, operation: str, parameters: Json) -> Written:
    match operation:
        case "TransactWriteItems":
            return _transact(tables, _known(parameters, {"TransactItems"})["TransactItems"])
        case "BatchWriteItem":
            return _delete_all(tables, _known(parameters, {"RequestItems"})["RequestItems"])
        case "PutItem" | "UpdateItem" | "DeleteItem":
            return _write_one(tables, operation.removesuffix("Item"), parameters)
        case _:
            raise expressions.Unsupported(operation)


def _write_one(tables: Tables, verb: str, parameters: Json) -> Written:
    change = _change(tables, verb, parameters)
    if change.holds:
        return _commit(tables, [change], {})
    kept = parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and change.old
    details = {"Item": row(change.old)} if kept and change.old else {}
    return Written(tables, _response(details, "ConditionalCheckFailedException"))


def _transact(tables: Tables, writes: Sequence[Json]) -> Written:
    changes = [_change(tables, verb, parameters) for part in writes for verb, parameters in part.items()]
    if len({change.key for change in changes}) < len(changes):
        raise expressions.Unsupported("a transaction with two operations on one row")
    if all(change.holds for change in changes):
        return _commit(tables, changes, {})
    reasons = [{"Code": "None"} if change.holds else _FAILED for change in changes]
    return Written(tables, _response({"CancellationReasons": reasons}, "TransactionCanceledException"))


def _delete_all(tables: Tables, requests: Mapping[str, Sequence[Json]]) -> Written:
    changes = [
        _change(tables, "Delete", {"TableName": table, **request["DeleteRequest"]})
        for table, batch in requests.items()
        for request in batch
    ]
    return _commit(tables, changes, {"UnprocessedItems": {}})


def remove_expired(tables: Tables, now: int) -> Written:
    """Removes what TTL may remove at this time, in seconds since the epoch."""
    changes = [
        _Change(key, text, None, holds=True)
        for key, text in tables.rows.items()
        if key.table == "feedback" and int(row(text).get("expires_at", {}).get("N", now + 1)) <= now
    ]
    return _commit(tables, changes, {}, _BY_TTL)


class _Change(NamedTuple):
    """One row before and after a write, and whether the write's condition holds."""

    key: Key
    old: Text | None
    new: Text | None
    holds: bool


def _change(tables: Tables, verb: str, parameters: Json) -> _Change:
    _known(parameters, _ANY)
    table, placeholders = parameters["TableName"], Placeholders(parameters)
    condition, update = parameters.get("ConditionExpression"), parameters.get("UpdateExpression")
    placeholders.check(*filter(None, [condition, update]))
    key = key_of(table, parameters["Item" if verb == "Put" else "Key"])
    old = tables.rows.get(key)
    found = row(old) if old else {}
    holds = condition is None or expressions.holds(condition, found, placeholders)
    match verb:
        case "Put":
            new: Text | None = as_text(parameters["Item"])
        case "Update":
            new = as_text(expressions.updated(update or "", found or parameters["Key"], placeholders))
        case "Delete":
            new = None
        case "ConditionCheck":
            new = old
        case _:
            raise expressions.Unsupported(verb)
    return _Change(key, old, new, holds)


def _commit(tables: Tables, changes: Sequence[_Change], body: Json, identity: Json | None = None) -> Written:
    changed = [change for change in changes if change.new != change.old]
    rows = dict(tables.rows)
    for change in changed:
        if change.new is None:
            del rows[change.key]
        else:
            rows[change.key] = change.new
    records = tuple(_record(change, identity) for change in changed if change.key.table.startswith("feedback"))
    return Written(Tables(rows) if changed else tables, _response(body), records)


def _record(change: _Change, identity: Json | None) -> str:
    """The stream record of a change: the fields that Lambda's filters and the functions read."""
    event = "INSERT" if change.old is None else "REMOVE" if change.new is None else "MODIFY"
    images = {"OldImage": change.old, "NewImage": change.new}
    changed = {
        "Keys": row(change.key.attributes),
        **{name: row(text) for name, text in images.items() if text is not None},
    }
    return json.dumps({"eventName": event, "dynamodb": changed, **(identity or {})}, sort_keys=True)


def _response(body: Json, error: str | None = None) -> Response:
    return Response(json.dumps(body, sort_keys=True), error)


def _known(parameters: Json, known: set[str]) -> Json:
    if unknown := parameters.keys() - known:
        raise expressions.Unsupported(f"parameters {sorted(unknown)}")
    return parameters


def _normalised(value: Any, kind: str = "M") -> Any:
    """A value in DynamoDB JSON as DynamoDB returns it: numbers without trailing zeros."""
    match kind:
        case "M":
            return {
                name: {kind: _normalised(part, kind) for kind, part in found.items()}
                for name, found in value.items()
            }
        case "N":
            return f"{Decimal(value).normalize():f}"
        case "S" | "BOOL":
            return value
        case _:
            raise expressions.Unsupported(f"a value of kind {kind}")
