"""HTTP calls as API Gateway hands them over, each made from its event file."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from tests import aws
from tests.documented import route_of, undocumented


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and code of a problem document."""
        problem = self.body
        assert self.headers["Content-Type"] == "application/problem+json"
        assert problem.keys() >= {"type", "title", "status", "detail", "code"}
        assert problem["status"] == self.status
        return self.status, problem["code"]

    @property
    def wrong_fields(self) -> list[str]:
        assert self.refusal == (422, "invalid_request")
        assert all(error["detail"] for error in self.body["errors"])
        return [error["field"] for error in self.body["errors"]]


def call(
    case: str,
    *,
    person: str | None = None,
    body: Any = None,
    headers: dict[str, str | None] | None = None,
    query: dict[str, str] | None = None,
    method: str = "",
    path: str = "",
    **parameters: str,
) -> Answer:
    """The call of events/<case>.json: by another person, about another contract, with another body.

    A body of text is sent as it is, one of bytes in Base64, and any other as JSON; a header of None is left out.
    """
    event = aws.event(case)
    http = event["requestContext"]["http"]
    path = path or event["rawPath"]
    for name, value in parameters.items():
        path = path.replace(event["pathParameters"][name], value)
        event["pathParameters"][name] = value
    event["rawPath"] = http["path"] = path
    http["method"] = method or http["method"]
    if person is not None:
        event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = person
    if query:
        event["queryStringParameters"] = query
    if body is not None:
        event |= {"body": _text(body), "isBase64Encoded": isinstance(body, bytes)}
    sent = event["headers"] | (headers or {})
    event["headers"] = {name: value for name, value in sent.items() if value is not None}
    answer = aws.invoke(case.partition("-")[0], event)
    told = Answer(answer["statusCode"], answer["headers"], answer["body"])
    route = event["routeKey"] if event["routeKey"] != "$default" else route_of(http["method"], path)
    assert not (why := undocumented(route, told.status, told.headers, told.text)), why
    return told


def _text(body: Any) -> str:
    if isinstance(body, bytes):
        return base64.b64encode(body).decode()
    return body if isinstance(body, str) else json.dumps(body)
