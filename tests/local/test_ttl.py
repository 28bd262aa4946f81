"""TTL removes expired items, and the stream tells such removals from those by callers."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.local.conftest import LocalCloud, eventually, function

TABLE: dict[str, Any] = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
    },
}
RECORDING_HANDLER = """
import json, os
def handler(event, context):
    with open(os.environ["SEEN"], "a") as seen:
        for record in event["Records"]:
            print(json.dumps(record), file=seen)
"""
REMOVALS = json.dumps({"eventName": ["REMOVE"]})


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ttl") / "seen"


@pytest.fixture(scope="module")
def table(cloud: LocalCloud, seen: Path) -> str:
    changes = {
        "Stream": {"Fn::GetAtt": "Table.StreamArn"},
        "StartingPosition": "TRIM_HORIZON",
        "FilterCriteria": {"Filters": [{"Pattern": REMOVALS}]},
    }
    reader = function(
        RECORDING_HANDLER,
        Environment={"Variables": {"SEEN": str(seen)}},
        Events={"Changes": {"Type": "DynamoDB", "Properties": changes}},
    )
    return cloud.deploy({"Table": TABLE, "Reader": reader}, {"Table": {"Ref": "Table"}})["Table"]


def put(cloud: LocalCloud, table: str, name: str, expires_in: float) -> None:
    expires_at = {"N": str(int(time.time() + expires_in))}
    cloud.client("dynamodb").put_item(TableName=table, Item={"id": {"S": name}, "expires_at": expires_at})


def has(cloud: LocalCloud, table: str, name: str) -> bool:
    return "Item" in cloud.client("dynamodb").get_item(TableName=table, Key={"id": {"S": name}})


def removal_of(seen: Path, name: str) -> dict[str, Any] | None:
    records = [json.loads(line) for line in seen.read_text().splitlines()] if seen.exists() else []
    return next((record for record in records if record["dynamodb"]["Keys"] == {"id": {"S": name}}), None)


def test_the_template_enables_ttl(cloud: LocalCloud, table: str) -> None:
    described = cloud.client("dynamodb").describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


def test_a_removal_by_ttl_names_the_service_and_keeps_the_old_image(
    cloud: LocalCloud, table: str, seen: Path
) -> None:
    put(cloud, table, "expired", expires_in=-1)
    removal = eventually(lambda: removal_of(seen, "expired"))
    assert removal["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert removal["dynamodb"]["OldImage"]["id"] == {"S": "expired"}
    assert not has(cloud, table, "expired")


def test_a_removal_by_a_caller_has_no_user_identity(cloud: LocalCloud, table: str, seen: Path) -> None:
    put(cloud, table, "deleted", expires_in=60)
    cloud.client("dynamodb").delete_item(TableName=table, Key={"id": {"S": "deleted"}})
    assert "userIdentity" not in eventually(lambda: removal_of(seen, "deleted"))


def test_an_item_that_has_not_expired_stays(cloud: LocalCloud, table: str, seen: Path) -> None:
    put(cloud, table, "lasting", expires_in=60)
    put(cloud, table, "passing", expires_in=-1)
    eventually(lambda: removal_of(seen, "passing"))
    assert has(cloud, table, "lasting")


def test_an_update_can_disable_ttl(cloud: LocalCloud) -> None:
    stack = cloud.deploy({"Table": TABLE}, {"Table": {"Ref": "Table"}})
    without_ttl = {key: value for key, value in TABLE["Properties"].items() if key != "TimeToLiveSpecification"}
    cloud.deploy({"Table": TABLE | {"Properties": without_ttl}}, {}, stack["StackName"])
    described = cloud.client("dynamodb").describe_time_to_live(TableName=stack["Table"])
    assert described["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
