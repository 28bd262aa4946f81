"""Moto without its HTTP layer, in a tenth of the time, for tests that repeat the same calls thousands of times.

DynamoDB calls go straight to moto's handlers. Of other services there is only what the functions call.

The few expressions of the service are parsed once: moto parses each twice a call, and changes only copies. What it
copies whenever a transaction names a table are only the table's rows and the list of its stream's records.
"""

import io
import json
from collections import defaultdict, deque
from collections.abc import Callable
from copy import copy, deepcopy
from functools import cache
from typing import Any

from botocore import xform_name
from moto.core.exceptions import JsonRESTError
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]
from moto.dynamodb.responses import DynamoHandler
from moto.dynamodbstreams.models import dynamodbstreams_backends

from tests.sdk_interceptor import Parameters, raise_client_error
from tests.template import rollout_flags

ACCOUNT, REGION = "123456789012", "eu-west-1"

UpdateExpressionParser.make = cache(UpdateExpressionParser.make)

_lex = ConditionExpressionParser._lex_condition_expression


@cache
def _tokens(expression: str) -> tuple[Any, ...]:
    return tuple(_lex(ConditionExpressionParser(expression, {}, {})))


def _copied(table: Table, memo: dict[int, Any]) -> Table:
    copied = copy(table)
    copied.items = deepcopy(table.items, memo)
    if table.stream_shard:
        copied.stream_shard = copy(table.stream_shard)
        copied.stream_shard.table = copied
        copied.stream_shard.items = [*table.stream_shard.items]
    return copied


ConditionExpressionParser._lex_condition_expression = (  # type: ignore[method-assign]
    lambda self: deque(_tokens(self.condition_expression))
)
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
    handler = DynamoHandler()
    handler.current_account, handler.region = ACCOUNT, REGION
    handler.body = parameters
    try:
        return getattr(handler, xform_name(operation))().result
    except JsonRESTError as error:
        response = json.loads(error.description)
        code = response.pop("__type").rpartition("#")[2]
        return raise_client_error(client, operation, code, **response)
