"""HTTP calls as API Gateway sends them to the functions, each built from its file in events/."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from tests import lambda_runtime
from tests.openapi_document import route_of, undocumented

DEFAULT_ROUTE = "$default"


@dataclass(frozen=True)
class HttpResponse:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def refusal(self) -> tuple[int, str]:
        """The status and the code of a problem document (RFC 9457)."""
        problem = self.body
        assert self.headers["Content-Type"] == "application/problem+json"
        assert problem.keys() >= {"type", "title", "status", "detail", "code"}
        assert problem["status"] == self.status
        return self.status, problem["code"]

    @property
    def wrong_fields(self) -> list[str]:
        """The fields that a 422 names, in order."""
        assert self.refusal == (422, "invalid_request")
        assert all(error["detail"] for error in self.body["errors"])
        return [error["field"] for error in self.body["errors"]]


def call(
    case: str,
    *,
    person: str | None = None,
    claims: dict[str, str] | None = None,
    body: Any = None,
    headers: dict[str, str | None] | None = None,
    query: dict[str, str] | None = None,
    method: str = "",
    path: str = "",
    **parameters: str,
) -> HttpResponse:
    """Send the call of events/<case>.json, with these parts of it replaced. It keeps the path of its route.

    `person` is the claim `sub` of the token, and `claims` are all claims of it.

    `body`: text is sent as it is, bytes in Base64, anything else as JSON. `headers`: one that is None is left out.
    Every response is checked against docs/openapi.json.
    """
    event = lambda_runtime.event(case)
    http = event["requestContext"]["http"]
    path = path or event["rawPath"]
    for name, value in parameters.items():
        path = path.replace(event["pathParameters"][name], value)
        event["pathParameters"][name] = value
    event["rawPath"] = http["path"] = path
    http["method"] = method or http["method"]
    if event["routeKey"] != DEFAULT_ROUTE:
        event["routeKey"] = f"{http['method']} {event['routeKey'].partition(' ')[2]}"
    if person is not None:
        event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = person
    if claims is not None:
        event["requestContext"]["authorizer"]["jwt"]["claims"] = claims
    if query:
        event["queryStringParameters"] = query
    if body is not None:
        event |= {"body": _text(body), "isBase64Encoded": isinstance(body, bytes)}
    sent = event["headers"] | (headers or {})
    event["headers"] = {name: value for name, value in sent.items() if value is not None}
    returned = lambda_runtime.invoke(case.partition("-")[0], event)
    headers_returned = {name.title(): value for name, value in returned["headers"].items()}  # their case is free
    response = HttpResponse(returned["statusCode"], headers_returned, returned["body"])
    route = event["routeKey"] if event["routeKey"] != DEFAULT_ROUTE else route_of(http["method"], path)
    assert not (why := undocumented(route, response.status, response.headers, response.text)), why
    return response


def _text(body: Any) -> str:
    if isinstance(body, bytes):
        return base64.b64encode(body).decode()
    return body if isinstance(body, str) else json.dumps(body)
