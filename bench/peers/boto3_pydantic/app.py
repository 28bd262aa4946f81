"""Handlers with boto3 and pydantic but without a framework, in the style of AWS's examples."""

import base64
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import feedback
from pydantic import BaseModel, ValidationError

type Event = dict[str, Any]
type Response = dict[str, Any]


def submit(event: Event, _context: object) -> Response:
    return respond(event, submit_feedback)


def request(event: Event, _context: object) -> Response:
    return respond(event, request_feedback)


def show(event: Event, _context: object) -> Response:
    return respond(event, feedback_tab)


def submit_feedback(event: Event) -> Response:
    body = feedback.FeedbackInput.model_validate_json(text(event))
    return created(feedback.submit(contract_id(event), caller(event), body, str(uuid4())))


def request_feedback(event: Event) -> Response:
    body = feedback.RequestInput.model_validate_json(text(event))
    made = created(feedback.request(contract_id(event), caller(event), body, str(uuid4())))
    made["headers"]["Location"] = f"/contracts/{contract_id(event)}/feedback"
    return made


def feedback_tab(event: Event) -> Response:
    return json_response(HTTPStatus.OK, feedback.tab(contract_id(event), caller(event)).model_dump_json())


def respond(event: Event, command: Callable[[Event], Response]) -> Response:
    try:
        response = command(event)
    except feedback.Refusal as refused:
        return json_response(refused.status, json.dumps(refused.problem))
    except ValidationError as invalid:
        return json_response(422, json.dumps({"code": "invalid_request", "errors": invalid.errors()}, default=str))
    return response


def text(event: Event) -> str:
    body: str = event.get("body") or ""
    return base64.b64decode(body).decode() if event["isBase64Encoded"] else body


def caller(event: Event) -> str:
    return str(event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"])


def contract_id(event: Event) -> str:
    return str(event["pathParameters"]["contract_id"])


def created(model: BaseModel) -> Response:
    return json_response(HTTPStatus.CREATED, model.model_dump_json())


def json_response(status: int, body: str) -> Response:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return {"statusCode": int(status), "headers": headers, "body": body}
