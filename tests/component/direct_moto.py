"""Moto without its HTTP layer, ten times as fast, for tests that repeat the same calls thousands of times.

DynamoDB calls go straight to moto's handlers. Of other services, there are only the calls that the functions make.

Moto is slow at expressions, so the tables in memory of tests/store apply the writes. They are compared with
DynamoDB Local. Of a table, moto copies only the rows and the list of the stream's records.
"""

import io
import json
from collections import defaultdict
from collections.abc import Callable
from copy import copy, deepcopy
from typing import Any, Final

from botocore import xform_name
from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.dynamodbstreams.models import dynamodbstreams_backends

from tests.sdk_interceptor import Parameters, raise_client_error
from tests.store import memory_table
from tests.store.expressions import Unsupported
from tests.store.memory_table import Key, Tables
from tests.template import rollout_flags

ACCOUNT, REGION = "123456789012", "eu-west-1"
_WRITTEN_IN_MEMORY: Final = frozenset({"PutItem", "UpdateItem", "TransactWriteItems"})


def _copied(table: Table, memo: dict[int, Any]) -> Table:
    copied = copy(table)
    copied.items = deepcopy(table.items, memo)
    if table.stream_shard:
        copied.stream_shard = copy(table.stream_shard)
        copied.stream_shard.table = copied
        copied.stream_shard.items = [*table.stream_shard.items]
    return copied


Table.__deepcopy__ = _copied  # type: ignore[attr-defined]

type Send = Callable[[Any, str, Parameters], Any]


class DirectMoto:
    def __init__(self, send: Send) -> None:
        self._send = send
        self._queues: dict[str, list[Parameters]] = defaultdict(list)

    def __call__(self, client: Any, operation: str, parameters: Parameters) -> Any:
        if client.meta.service_model.service_name == "dynamodb":
            return _dynamodb(client, operation, parameters)
        respond = getattr(self, f"_{xform_name(operation)}", None)
        return respond(parameters) if respond else self._send(client, operation, parameters)

    def _send_message(self, parameters: Parameters) -> Parameters:
        message = {"Body": parameters["MessageBody"], "MessageAttributes": parameters["MessageAttributes"]}
        self._queues[parameters["QueueUrl"]].append(message)
        return {"MessageId": "1"}

    def _receive_message(self, parameters: Parameters) -> Parameters:
        messages = self._queues[parameters["QueueUrl"]][: parameters["MaxNumberOfMessages"]]
        return {"Messages": [{**message, "ReceiptHandle": "0"} for message in messages]} if messages else {}

    def _delete_message(self, parameters: Parameters) -> Parameters:
        self._queues[parameters["QueueUrl"]].pop(int(parameters["ReceiptHandle"]))
        return {}

    def _send_email(self, _: Parameters) -> Parameters:
        return {"MessageId": "1"}

    def _publish(self, _: Parameters) -> Parameters:
        return {"MessageId": "1"}

    def _put_events(self, _: Parameters) -> Parameters:
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}

    def _invoke(self, _: Parameters) -> Parameters:
        return {"StatusCode": 202}

    def _get_secret_value(self, _: Parameters) -> Parameters:
        return {"SecretString": json.dumps({"current": "k" * 64})}

    def _start_configuration_session(self, _: Parameters) -> Parameters:
        return {"InitialConfigurationToken": "token"}

    def _get_latest_configuration(self, _: Parameters) -> Parameters:
        flags = io.BytesIO(json.dumps(rollout_flags(100, [])).encode())
        return {"Configuration": flags, "NextPollConfigurationToken": "token"}


def dynamodb_only(send: Send) -> Send:
    """Calls of the tables and of their streams go straight to moto; `send` makes all others."""

    def direct(client: Any, operation: str, parameters: Parameters) -> Any:
        match client.meta.service_model.service_name, operation:
            case "dynamodb", _:
                return _dynamodb(client, operation, parameters)
            case "dynamodbstreams", "GetRecords":
                return _stream_records(parameters)
            case _:
                return send(client, operation, parameters)

    return direct


def _stream_records(parameters: Parameters) -> Any:
    records = dynamodbstreams_backends[ACCOUNT][REGION].get_records(parameters["ShardIterator"], limit=1000)
    return deepcopy(records)  # moto keeps them, and tests change what they get


def _dynamodb(client: Any, operation: str, parameters: Parameters) -> Any:
    if operation in _WRITTEN_IN_MEMORY:
        try:
            return _written(client, operation, parameters)
        except Unsupported:
            pass  # a test's own write, which the service would not make
    handler = DynamoHandler()
    handler.current_account, handler.region = ACCOUNT, REGION
    handler.body = parameters
    try:
        return getattr(handler, xform_name(operation))().result
    except JsonRESTError as error:
        response = json.loads(error.description)
        code = response.pop("__type").rpartition("#")[2]
        return raise_client_error(client, operation, code, **response)


def _written(client: Any, operation: str, parameters: Parameters) -> Any:
    """What a write does to its rows is decided by the tables in memory of tests/store. Moto stores the result."""
    tables, changed = dynamodb_backends[ACCOUNT][REGION].tables, _keys(operation, parameters)
    before = {key: text for key in changed if (text := _stored(tables[key.table], key))}
    written = memory_table.write(Tables(before), operation, parameters)
    if written.response.error:
        return raise_client_error(client, operation, written.response.error, **written.response.data)
    for key in changed:
        text = written.tables.rows.get(key)
        if text is None and key in before:
            tables[key.table].delete_item(*_values(tables[key.table], key))
        elif text is not None and text != before.get(key):
            tables[key.table].put_item(json.loads(text), overwrite=True)
    return written.response.data


def _keys(operation: str, parameters: Parameters) -> list[Key]:
    if operation != "TransactWriteItems":
        return [memory_table.key_of(parameters["TableName"], parameters.get("Item") or parameters["Key"])]
    writes = [write for item in parameters["TransactItems"] for write in item.values()]
    return [memory_table.key_of(write["TableName"], write.get("Item") or write["Key"]) for write in writes]


def _stored(table: Table, key: Key) -> str | None:
    partition, sort = _values(table, key)
    item = table.get_item(partition, sort)
    return memory_table.as_text(item.to_json()["Attributes"]) if item else None


def _values(table: Table, key: Key) -> tuple[DynamoType, DynamoType | None]:
    """The key as moto has it: its partition key and its sort key."""
    attributes = {name: DynamoType(value) for name, value in json.loads(key.attributes).items()}
    return attributes[table.hash_key_attr], attributes.get(table.range_key_attr)
