"""The table client's own response parser gives what botocore's parser gives."""

from typing import Any

import boto3
import pytest
from botocore.parsers import ResponseParserFactory

from mid_job_feedback import aws
from mid_job_feedback.settings import settings
from mid_job_feedback.storage import table as table_module
from tests.builders import a_contract, a_request
from tests.store import commands, rows


@pytest.fixture
def botocore_client(table: Any, dynamodb_local_address: str) -> Any:
    """A client with botocore's own parser. Its credentials are the table's: DynamoDB Local has tables per key."""
    key = table._get_credentials()
    return boto3.client(
        "dynamodb",
        endpoint_url=dynamodb_local_address,
        aws_access_key_id=key.access_key,
        aws_secret_access_key=key.secret_key,
    )


@pytest.fixture
def filled_table(table: Any) -> Any:
    """The table with a contract, an open request, a closed request, feedback and a summary."""
    rows.put_contract(table, a_contract(), a_request())
    commands.submit_feedback(1)
    rows.set_attribute(table, "last_feedback_at", "2026-01-01T00:00:00.000000Z")
    commands.make_request(2)
    return table


def _without_metadata(response: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in response.items() if name != "ResponseMetadata"}


def test_rows_are_parsed_alike(filled_table: Any, botocore_client: Any) -> None:
    name = settings().table_name
    reads: list[tuple[str, dict[str, Any]]] = [
        ("scan", {"TableName": name}),
        ("scan", {"TableName": name, "Limit": 2}),
        ("query", {"TableName": name, "KeyConditionExpression": "PK = :pk"}),
        (
            "batch_get_item",
            {"RequestItems": {name: {"Keys": [{"PK": {"S": "CONTRACT#c-1"}, "SK": {"S": "CONTRACT"}}]}}},
        ),
        ("get_item", {"TableName": name, "Key": {"PK": {"S": "no"}, "SK": {"S": "such"}}}),
    ]
    reads[2][1]["ExpressionAttributeValues"] = {":pk": {"S": "CONTRACT#c-1"}}
    for operation, parameters in reads:
        ours, theirs = (getattr(client, operation)(**parameters) for client in (filled_table, botocore_client))
        assert _without_metadata(ours) == _without_metadata(theirs), operation
        assert ours["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert ours["ResponseMetadata"]["RequestId"]
    assert len(filled_table.scan(TableName=name)["Items"]) == 5


def test_cancellation_reasons_are_parsed_alike(filled_table: Any, botocore_client: Any) -> None:
    name = settings().table_name
    put = {"Put": {"TableName": name, "Item": {"PK": {"S": "CONTRACT#c-1"}, "SK": {"S": "CONTRACT"}}}}
    put["Put"]["ConditionExpression"] = "attribute_not_exists(PK)"
    reasons = []
    for client in (filled_table, botocore_client):
        with pytest.raises(client.exceptions.TransactionCanceledException) as cancelled:
            client.transact_write_items(TransactItems=[put])
        reasons.append(cancelled.value.response["CancellationReasons"])
    assert reasons[0] == reasons[1]
    with pytest.raises(table_module.LostRace):
        table_module.put(Item=put["Put"]["Item"], ConditionExpression="attribute_not_exists(PK)")


def test_only_the_table_client_has_this_parser(table: Any) -> None:
    name = settings().table_name
    assert isinstance(table.describe_table(TableName=name)["Table"]["CreationDateTime"], float)
    streams = aws.client("dynamodbstreams")._endpoint._response_parser_factory
    assert type(streams) is ResponseParserFactory
