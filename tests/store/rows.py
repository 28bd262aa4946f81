"""Writes and reads rows of the table directly, so that tests can set up and check state without the commands."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from itertools import batched
from typing import Any

from mid_job_feedback.domain.models import Contract, Feedback, FeedbackKind, FeedbackRequest
from mid_job_feedback.settings import settings
from mid_job_feedback.storage import items
from mid_job_feedback.storage.table import BATCH
from tests.builders import CLIENT

type Row = dict[str, Any]
type Rows = dict[str, dict[str, Any]]


def put_all(client: Any, rows: Iterable[Row]) -> None:
    """Puts rows of different keys, in batches."""
    for batch in batched(rows, BATCH, strict=False):
        requests = [{"PutRequest": {"Item": row}} for row in batch]
        response = client.batch_write_item(RequestItems={settings().table_name: requests})
        assert not response["UnprocessedItems"]


def put_contract(client: Any, contract: Contract, stored: FeedbackRequest | None = None) -> None:
    """Puts the contract and, if given, its open request."""
    client.put_item(TableName=settings().table_name, Item=contract_row(contract))
    if stored:
        put_request(client, stored)


def contract_row(contract: Contract) -> dict[str, Any]:
    row = {
        "contract_id": contract.contract_id,
        "title": contract.title,
        "started_at": items.stamp(contract.started_at),
        "history_key": items.contract_history_key(contract.contract_id, contract.started_at),
        "summary_key": items.contract_summary_key(contract.contract_id, contract.started_at),
        "client_key": items.contract_client_key(contract.contract_id),
        "ended_at": contract.ended_at and items.stamp(contract.ended_at),
        "last_payment_at": contract.last_payment_at and items.stamp(contract.last_payment_at),
        "last_feedback_at": contract.last_feedback_at and items.stamp(contract.last_feedback_at),
        "last_request_id": contract.last_request_id,
        "last_request_expires_at": contract.last_request_expires_at
        and items.stamp(contract.last_request_expires_at),
        "last_declined_at": contract.last_declined_at and items.stamp(contract.last_declined_at),
        "last_withdrawn_request_at": contract.last_withdrawn_request_at
        and items.stamp(contract.last_withdrawn_request_at),
        "requests_muted": contract.requests_muted or None,
        **{f"client_{name}": value for name, value in contract.client.model_dump().items()},
        **{f"freelancer_{name}": value for name, value in contract.freelancer.model_dump().items()},
    }
    return {**items.key(contract.contract_id, items.CONTRACT), **items.to_dynamo(row)}


def put_request(client: Any, request: FeedbackRequest) -> None:
    """Replaces the contract's open request, if any. The contract's row names the new one, if that row exists."""
    remove_request(client, request.contract_id)
    client.put_item(TableName=settings().table_name, Item=open_request_row(request))
    with suppress(client.exceptions.ConditionalCheckFailedException):
        set_attribute(client, "last_request_id", request.request_id, request.contract_id, "attribute_exists(PK)")


def put_feedback(client: Any, feedback: Feedback) -> None:
    """Puts feedback that the work history does not have: without its keys in the index."""
    key = items.key(feedback.contract_id, items.feedback_sort(feedback))
    row = {**key, **items.to_dynamo(items.feedback_item(feedback))}
    client.put_item(TableName=settings().table_name, Item=row)


def open_request_row(
    request: FeedbackRequest, due_at: datetime | None = None, client_id: str = CLIENT.id
) -> dict[str, Any]:
    """Due at its deadline, unless `due_at` says when its first reminder is."""
    due = items.due_item(request.contract_id, due_at or request.expires_at)
    asked = items.asked_item(client_id, request)
    return {
        **items.open_request_key(request.contract_id, request.request_id),
        **items.to_dynamo(items.open_request_item(request) | due | asked),
    }


def set_attribute(
    client: Any, attribute: str, value: object, contract_id: str = "c-1", condition: str = ""
) -> None:
    """Sets an attribute of the contract's row, as a concurrent change would."""
    client.update_item(
        TableName=settings().table_name,
        Key=items.key(contract_id, items.CONTRACT),
        UpdateExpression="SET #name = :value",
        **({"ConditionExpression": condition} if condition else {}),
        ExpressionAttributeNames={"#name": attribute},
        ExpressionAttributeValues={":value": items.dynamo(value)},
    )


def set_summary(client: Any, name: str, number: int, freelancer_id: str = "u-freelancer") -> None:
    """Makes a number of the summary of mid-contract feedback wrong."""
    client.update_item(
        TableName=settings().table_name,
        Key=items.summary_row_key(freelancer_id, FeedbackKind.MID_CONTRACT),
        UpdateExpression="SET #name = :value",
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues={":value": items.dynamo(number)},
    )


def remove_attribute(client: Any, attribute: str) -> None:
    """Removes an attribute of the row of contract c-1."""
    client.update_item(
        TableName=settings().table_name,
        Key=items.key("c-1", items.CONTRACT),
        UpdateExpression="REMOVE #name",
        ExpressionAttributeNames={"#name": attribute},
    )


def remove_request(client: Any, contract_id: str = "c-1") -> None:
    for row in open_requests(client, contract_id):
        client.delete_item(TableName=settings().table_name, Key={"PK": row["PK"], "SK": row["SK"]})


def open_requests(client: Any, contract_id: str = "c-1") -> list[dict[str, Any]]:
    """Returns the rows of open requests, expired or not. Their number is at most one if the service is correct."""
    return [row for row in of_contract(client, contract_id) if row["SK"]["S"].startswith(items.OPEN_REQUEST)]


def of_contract(client: Any, contract_id: str) -> list[dict[str, Any]]:
    """Returns all rows of a contract."""
    found: list[dict[str, Any]] = client.query(
        TableName=settings().table_name,
        KeyConditionExpression="PK = :pk",
        ExpressionAttributeValues={":pk": {"S": f"CONTRACT#{contract_id}"}},
        ConsistentRead=True,
    )["Items"]
    return found


def everything(client: Any) -> list[dict[str, Any]]:
    """Returns all rows of the table, as plain values."""
    found = client.scan(TableName=settings().table_name, ConsistentRead=True)
    assert "LastEvaluatedKey" not in found
    return [items.plain(row) for row in found["Items"]]


def all_by_sort_key(client: Any) -> Rows:
    """Returns all rows of the table, as plain values by sort key."""
    found = client.scan(TableName=settings().table_name, ConsistentRead=True)["Items"]
    return {row["SK"]["S"]: items.plain(row) for row in found}


def delete_all(client: Any) -> None:
    scan = client.get_paginator("scan").paginate(
        TableName=settings().table_name, ConsistentRead=True, ProjectionExpression="PK, SK"
    )
    for row in [row for page in scan for row in page["Items"]]:
        client.delete_item(TableName=settings().table_name, Key=row)
