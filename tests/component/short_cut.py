"""moto without HTTP: a tenth of the time, for tests that go through the same thing thousands of times.

DynamoDB's calls go straight to moto's handlers. Of other services there is just what the functions ask of them.
"""

import io
import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from botocore import xform_name
from moto.core.exceptions import JsonRESTError
from moto.dynamodb.responses import DynamoHandler

from tests.sdk import Parameters, fail
from tests.template import rollout_flags

type Send = Callable[[Any, str, Parameters], Any]


class ShortCut:
    def __init__(self, send: Send) -> None:
        self._send = send
        self._queues: dict[str, list[Parameters]] = defaultdict(list)

    def __call__(self, client: Any, operation: str, parameters: Parameters) -> Any:
        if client.meta.service_model.service_name == "dynamodb":
            return _dynamodb(client, operation, parameters)
        answer = getattr(self, f"_{xform_name(operation)}", None)
        return answer(parameters) if answer else self._send(client, operation, parameters)

    def _send_message(self, asked: Parameters) -> Parameters:
        message = {"Body": asked["MessageBody"], "MessageAttributes": asked["MessageAttributes"]}
        self._queues[asked["QueueUrl"]].append(message)
        return {"MessageId": "1"}

    def _receive_message(self, asked: Parameters) -> Parameters:
        messages = self._queues[asked["QueueUrl"]][: asked["MaxNumberOfMessages"]]
        return {"Messages": [{**message, "ReceiptHandle": "0"} for message in messages]} if messages else {}

    def _delete_message(self, asked: Parameters) -> Parameters:
        self._queues[asked["QueueUrl"]].pop(int(asked["ReceiptHandle"]))
        return {}

    def _send_email(self, _: Parameters) -> Parameters:
        return {"MessageId": "1"}

    def _publish(self, _: Parameters) -> Parameters:
        return {"MessageId": "1"}

    def _invoke(self, _: Parameters) -> Parameters:
        return {"StatusCode": 202}

    def _get_secret_value(self, _: Parameters) -> Parameters:
        return {"SecretString": json.dumps({"current": "k" * 64})}

    def _start_configuration_session(self, _: Parameters) -> Parameters:
        return {"InitialConfigurationToken": "token"}

    def _get_latest_configuration(self, _: Parameters) -> Parameters:
        flags = io.BytesIO(json.dumps(rollout_flags(100, [])).encode())
        return {"Configuration": flags, "NextPollConfigurationToken": "token"}


def _dynamodb(client: Any, operation: str, parameters: Parameters) -> Any:
    handler = DynamoHandler()
    handler.current_account, handler.region = "123456789012", "eu-west-1"
    handler.body = parameters
    try:
        return getattr(handler, xform_name(operation))().result
    except JsonRESTError as refused:
        told = json.loads(refused.description)
        code = told.pop("__type").rpartition("#")[2]
        return fail(client, operation, code, **told)
