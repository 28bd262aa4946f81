"""The tables in memory do what DynamoDB Local does: the same calls have the same responses, rows and records."""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.conftest import Tried
from tests.soak import SOAK, either
from tests.store import memory_table
from tests.store.expressions import Placeholders, Unsupported, holds, updated
from tests.store.memory_table import Response
from tests.store.scheduled_commands import SCENARIOS, Scenario, twin
from tests.store.stepping import Process
from tests.store.world import SENDS, TTL, Call, World, carried_out
from tests.template import create_table

SEND: Final = vars(BaseClient)["_make_api_call"]
SCHEDULES: Final = either(1, 30)  # of each scenario
MADE: Final = {
    *("Query", "BatchGetItem", "BatchWriteItem"),
    *("PutItem", "UpdateItem", "TransactWriteItems"),
    *("PutItem fails", "UpdateItem fails", "TransactWriteItems fails"),
}

type Json = dict[str, Any]
type Records = list[str]


class DynamoDbLocal:
    """The tables `feedback` and `idempotency`, without TTL: its clock is this machine's."""

    def __init__(self, address: str) -> None:
        access: Json = {"endpoint_url": address, "aws_access_key_id": "a", "aws_secret_access_key": "b"}
        self._client: Any = boto3.client("dynamodb", "us-east-1", **access)
        self._streams: Any = boto3.client("dynamodbstreams", "us-east-1", **access)
        for resource, name in (("Table", "feedback"), ("IdempotencyTable", "idempotency")):
            create_table(self._client, resource, name)
            ttl = self._client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["AttributeName"]
            off: Any = {"Enabled": False, "AttributeName": ttl}
            self._client.update_time_to_live(TableName=name, TimeToLiveSpecification=off)
        self._iterator = self._beginning()

    def delete(self) -> None:
        for name in ("feedback", "idempotency"):
            self._client.delete_table(TableName=name)

    def fill(self, world: World) -> None:
        for table in ("feedback", "idempotency"):
            names = memory_table.schema(table).key
            for found in self._send("Scan", {"TableName": table})["Items"]:
                key = {name: found[name] for name in names}
                self._send("DeleteItem", {"TableName": table, "Key": key})
            for row in world.tables.of(table):
                self._send("PutItem", {"TableName": table, "Item": row})
        self.new_records()

    def call(self, call: Call) -> Response:
        """What it responds, in the form of the tables in memory."""
        try:
            responded = self._send(call.operation, json.loads(call.parameters))  # botocore adds to them
        except ClientError as error:
            reasons = error.response.get("CancellationReasons", [])
            found: Json = dict(error.response)
            item = {"Item": found["Item"]} if "Item" in found else {}
            data = {"CancellationReasons": [{"Code": r["Code"]} for r in reasons]} if reasons else item
            return Response(json.dumps(data, sort_keys=True), error.response["Error"]["Code"])
        return Response(json.dumps(responded, sort_keys=True))

    def rows(self) -> set[str]:
        return {
            memory_table.as_text(row)
            for table in ("feedback", "idempotency")
            for row in self._send("Scan", {"TableName": table, "ConsistentRead": True})["Items"]
        }

    def new_records(self) -> Records:
        """Records since the last call, sorted. Like `TableStream`, leaves out what DynamoDB does not record."""
        page = SEND(self._streams, "GetRecords", {"ShardIterator": self._iterator})
        self._iterator = page["NextShardIterator"]
        changes = [(record["eventName"], record["dynamodb"]) for record in page["Records"]]
        return sorted(
            _record(event, changed)
            for event, changed in changes
            if not (event == "REMOVE" and "OldImage" not in changed)
        )

    def _send(self, operation: str, parameters: Json) -> Json:
        response: Json = SEND(self._client, operation, parameters)
        return {
            name: value for name, value in response.items() if name not in {"ResponseMetadata", "ConsumedCapacity"}
        }

    def _beginning(self) -> str:
        arn = self._client.describe_table(TableName="feedback")["Table"]["LatestStreamArn"]
        [shard] = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        iterator: str = self._streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        return iterator


@pytest.fixture
def local(dynamodb_local_address: str) -> Iterator[DynamoDbLocal]:
    local = DynamoDbLocal(dynamodb_local_address)
    yield local
    local.delete()


@pytest.fixture
def process(local: DynamoDbLocal) -> Iterator[Process]:
    process = Process()
    with process.installed():
        yield process


def test_random_schedules_have_the_same_results_on_dynamodb_local(
    local: DynamoDbLocal, process: Process, tried: Tried
) -> None:
    chance = random.Random(None if SOAK else 1)  # noqa: S311 - of no secrets
    made: Counter[str] = Counter()
    tried_so_far = 0
    # Afterwards, at most twenty more schedules of a scenario whose commands together make all of these calls.
    for name in [name for name in SCENARIOS for _ in range(SCHEDULES)] + 20 * ["overdue request"]:
        if tried_so_far >= SCHEDULES * len(SCENARIOS) and made.keys() >= MADE:
            break
        scenario = SCENARIOS[name](process)
        local.fill(scenario.world)
        compare(local, process, scenario, chance, made)
        tried_so_far += 1
    tried("random schedules on DynamoDB Local and in memory", tried_so_far)
    tried("calls to DynamoDB Local and in memory", made.total())
    assert made.keys() >= MADE


def compare(
    local: DynamoDbLocal, process: Process, scenario: Scenario, chance: random.Random, made: Counter[str]
) -> None:
    """Runs all commands at once, each of them twice, one call after the other, on both."""
    commands = [command for command in scenario.commands if command.retried]  # all but TTL's removal
    commands += [twin(command) for command in commands]
    world, records = scenario.world, len(scenario.world.records)
    points = [process.begin(command, 1, scenario.now) for command in commands]
    while points:
        point = points.pop(chance.randrange(len(points)))
        call = point.next(process, world)
        if not isinstance(call, Call):
            continue
        world, response = carried_out(world, call)
        if call.operation not in SENDS | {TTL}:
            assert _plain(response) == _plain(local.call(call)), call
            made[f"{call.operation}{' fails' if response.error else ''}"] += 1
        points.append(point.after(response, scenario.now))
    assert set(world.tables.rows.values()) == local.rows()
    expected = [json.loads(record) for record in world.records[records:]]
    assert sorted(_record(record["eventName"], record["dynamodb"]) for record in expected) == local.new_records()


def _with_plain_number(value: Json) -> Json:
    """A number without zeros at its end. DynamoDB Local keeps those of an update in a transaction."""
    return {"N": f"{Decimal(value['N']).normalize():f}"} if value.keys() == {"N"} else value


def _plain(response: Response) -> tuple[Any, str | None]:
    """The response without texts that only people read, and with rows of a batch in one order."""
    data = json.loads(response.body, object_hook=_with_plain_number)
    for reason in data.get("CancellationReasons", []):
        reason.pop("Message", None)
    for found in data.get("Responses", {}).values():
        found.sort(key=json.dumps)
    return data, response.error


def _record(event: str, changed: Json) -> str:
    images = {name: changed[name] for name in ("Keys", "OldImage", "NewImage") if name in changed}
    plain = json.loads(json.dumps(images), object_hook=_with_plain_number)
    return json.dumps([event, plain], sort_keys=True)


ROW = {"name": {"S": "b"}, "number": {"N": "10"}, "flag": {"BOOL": True}, "map": {"M": {"n": {"N": "1.0"}}}}
VALUES = {
    ":a": {"S": "a"},
    ":b": {"S": "b"},
    ":nine": {"N": "9"},
    ":ten": {"N": "10.0"},
    ":m": {"M": {"n": {"N": "1"}}},
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("name = :b", True),
        ("name = :ten", False),
        ("name <> :b", False),
        ("missing <> :b", True),
        ("number > :nine", True),  # as text, it would be less
        ("number <= :ten", True),
        ("name < :ten", False),
        ("missing < :b", False),
        ("map = :m", True),
        ("name BETWEEN :a AND :b", True),
        ("attribute_exists(name) AND attribute_not_exists(missing)", True),
        ("NOT attribute_exists(name) OR name = :b", True),
        ("name = :a AND name = :a OR name = :b", True),
        ("name = :a AND (name = :a OR name = :b)", False),
        ("begins_with(name, :b)", True),
        ("begins_with(name, :a)", False),
        ("begins_with(number, :a)", False),
    ],
)
def test_a_condition_holds_as_in_dynamodb(local: DynamoDbLocal, condition: str, expected: bool) -> None:  # noqa: FBT001
    used = {name: VALUES[name] for name in re.findall(r":\w+", condition)}
    key = {"PK": {"S": "1"}, "SK": {"S": "1"}}
    put = {"TableName": "idempotency", "Item": key | ROW}
    local.call(Call("PutItem", json.dumps(put)))
    names = {f"#{name}": name for name in (*ROW, "missing") if name in condition}
    text = condition
    for placeholder, name in names.items():
        text = text.replace(name, placeholder)
    checked: Json = {
        "TableName": "idempotency",
        "Item": key | ROW,
        "ConditionExpression": text,
        "ExpressionAttributeNames": names,
        **({"ExpressionAttributeValues": used} if used else {}),
    }
    assert holds(text, ROW, Placeholders(checked)) is expected
    assert (local.call(Call("PutItem", json.dumps(checked))).error is None) is expected


@pytest.mark.parametrize(
    "condition",
    ["size(name) > :b", "name", "name = :b AND", "(name = :b", "contains(name, :b)", "name = :b :b", "a.b = :b"],
)
def test_other_conditions_are_rejected(condition: str) -> None:
    with pytest.raises(Unsupported):
        holds(condition, ROW, Placeholders({"ExpressionAttributeValues": {":b": {"S": "b"}}}))


@pytest.mark.parametrize(
    "update",
    [
        "ADD name :one",
        "ADD number name",
        "SET number = :one ADD number :one",
        "SET number = number + :one",
        "SET name",
        "DELETE name :one",
    ],
)
def test_other_updates_are_rejected(update: str) -> None:
    with pytest.raises(Unsupported):
        updated(update, ROW, Placeholders({"ExpressionAttributeValues": {":one": {"N": "1"}}}))


def test_an_addition_is_made_as_in_dynamodb(local: DynamoDbLocal) -> None:
    key = {"PK": {"S": "1"}, "SK": {"S": "1"}}
    local.call(Call("PutItem", json.dumps({"TableName": "idempotency", "Item": key | ROW})))
    update: Json = {
        "TableName": "idempotency",
        "Key": key,
        "UpdateExpression": "SET #name = :a ADD #number :nine, #missing :minus",
        "ExpressionAttributeNames": {"#name": "name", "#number": "number", "#missing": "missing"},
        "ExpressionAttributeValues": {":a": {"S": "a"}, ":nine": {"N": "9"}, ":minus": {"N": "-2"}},
    }
    assert local.call(Call("UpdateItem", json.dumps(update))).error is None
    added = updated(update["UpdateExpression"], key | ROW, Placeholders(update))
    assert added.items() >= {"name": {"S": "a"}, "number": {"N": "19"}, "missing": {"N": "-2"}}.items()
    assert local.rows() == {memory_table.as_text(added)}


def test_a_placeholder_that_is_not_used_is_rejected() -> None:
    with pytest.raises(Unsupported, match=":b"):
        Placeholders({"ExpressionAttributeValues": {":a": {"S": "a"}, ":b": {"S": "b"}}}).check("name = :a")
