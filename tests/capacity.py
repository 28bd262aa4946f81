"""Capacity units that calls to DynamoDB consume, as DynamoDB Local reports them, corrected for transactions.

DynamoDB charges two units for every item of a transaction, checked or written, of up to a kilobyte. DynamoDB Local
counts some of them four times, and the entries of indexes too.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

READS = {"BatchGetItem", "GetItem", "Query", "Scan"}
# The operations that are charged and that this service uses.
CHARGED = READS | {"BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"}


@dataclass
class Consumed:
    """Capacity units of one or more calls, for the tables themselves and for their indexes."""

    calls: list[str] = field(default_factory=list)
    reads: Decimal = Decimal(0)
    writes: Decimal = Decimal(0)
    index_writes: Decimal = Decimal(0)

    def add(self, operation: str, response: Mapping[str, Any], items: int) -> None:
        """`items`: the number of items in the transaction."""
        self.calls.append(operation)
        found = response.get("ConsumedCapacity") or []
        for consumed in found if isinstance(found, list) else [found]:
            if operation in READS:
                self.reads += _units(consumed)
            elif operation == "TransactWriteItems":
                self.writes += 2 * items
                self.index_writes += _of_indexes(consumed) / 2
            else:
                self.writes += _units(consumed["Table"])
                self.index_writes += _of_indexes(consumed)


def _units(consumed: Mapping[str, Any]) -> Decimal:
    return Decimal(str(consumed["CapacityUnits"]))


def _of_indexes(consumed: Mapping[str, Any]) -> Decimal:
    return sum(map(_units, consumed.get("GlobalSecondaryIndexes", {}).values()), Decimal(0))


@contextmanager
def metered(client: Any) -> Iterator[Consumed]:
    """Count what the client's calls consume. Calls with a failed condition consume too, but do not report it."""
    consumed = Consumed()
    items = 0

    def request_report(params: dict[str, Any], model: Any, **_: Any) -> None:
        nonlocal items
        if model.name in CHARGED:
            params["ReturnConsumedCapacity"] = "INDEXES"
            items = len(params.get("TransactItems", ()))

    def count(parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
        if model.name in CHARGED:
            consumed.add(model.name, parsed, items)

    hooks = client.meta.events
    hooks.register("provide-client-params.dynamodb", request_report)
    hooks.register("after-call.dynamodb", count)
    try:
        yield consumed
    finally:
        hooks.unregister("provide-client-params.dynamodb", request_report)
        hooks.unregister("after-call.dynamodb", count)
