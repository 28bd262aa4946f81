"""moto's DELETE in PartiQL takes no parameters. This adds the one we use, answered as DynamoDB Local does."""

import re
from typing import Any

import pytest
from moto.dynamodb.exceptions import ConditionalCheckFailed
from moto.dynamodb.models import DynamoDBBackend

_STATEMENT = re.compile(
    r'DELETE FROM "(?P<table>[^"]+)" WHERE "PK" = \? AND "SK" = \? AND "request_id" = \? RETURNING ALL OLD \*'
)


def teach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        DynamoDBBackend,
        "batch_execute_statement",
        lambda backend, statements: [_answer(backend, statement) for statement in statements],
    )


def _answer(backend: DynamoDBBackend, statement: dict[str, Any]) -> dict[str, Any]:
    found = _STATEMENT.fullmatch(statement["Statement"])
    assert found, statement["Statement"]
    partition, sort, request_id = statement["Parameters"]
    try:
        removed = backend.delete_item(
            found["table"],
            {"PK": partition, "SK": sort},
            expression_attribute_values={":request_id": request_id},
            condition_expression="request_id = :request_id",
        )
    except ConditionalCheckFailed as failed:
        return {"Error": {"Code": "ConditionalCheckFailed", "Message": failed.message}}
    assert removed
    return {"TableName": found["table"], "Item": removed.to_json()["Attributes"]}
