"""boto3 and pydantic without a framework: one handler per function, as AWS's own examples are written."""

import base64
import json
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import feedback
from pydantic import BaseModel, ValidationError

type Event = dict[str, Any]
type Response = dict[str, Any]


def submit(event: Event, _context: object) -> Response:
    return answered(event, give)


def request(event: Event, _context: object) -> Response:
    return answered(event, ask)


def show(event: Event, _context: object) -> Response:
    return answered(event, tab)


def give(event: Event) -> Response:
    body = feedback.Answer.model_validate_json(text(event))
    return created(feedback.submit(contract_id(event), caller(event), body, str(uuid4())))


def ask(event: Event) -> Response:
    body = feedback.Ask.model_validate_json(text(event))
    made = created(feedback.request(contract_id(event), caller(event), body, str(uuid4())))
    made["headers"]["Location"] = f"/contracts/{contract_id(event)}/feedback"
    return made


def tab(event: Event) -> Response:
    return json_answer(HTTPStatus.OK, feedback.tab(contract_id(event), caller(event)).model_dump_json())


def answered(event: Event, act: Any) -> Response:
    try:
        response: Response = act(event)
    except feedback.Refused as refused:
        return json_answer(refused.status, json.dumps(refused.problem))
    except ValidationError as invalid:
        return json_answer(422, json.dumps({"code": "invalid_request", "errors": invalid.errors()}, default=str))
    return response


def text(event: Event) -> str:
    body: str = event.get("body") or ""
    return base64.b64decode(body).decode() if event["isBase64Encoded"] else body


def caller(event: Event) -> str:
    return str(event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"])


def contract_id(event: Event) -> str:
    return str(event["pathParameters"]["contract_id"])


def created(model: BaseModel) -> Response:
    return json_answer(HTTPStatus.CREATED, model.model_dump_json())


def json_answer(status: int, body: str) -> Response:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return {"statusCode": int(status), "headers": headers, "body": body}
