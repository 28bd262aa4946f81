"""docs/openapi.json is what the code says, and is right about the routes, who may call them, and every refusal."""

import ast
import json
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from local import openapi
from mid_job_feedback.domain import refusals
from tests.openapi_document import document, undocumented
from tests.template import ROOT, resources, template

type Route = tuple[str, str]

AUTHORIZERS: dict[str, list[Any]] = {"Jwt": [{"jwt": []}], "AWS_IAM": [{"iam": []}], "NONE": []}


def operations() -> dict[Route, Any]:
    return {(method, path): found for path, item in document()["paths"].items() for method, found in item.items()}


def deployed() -> dict[Route, str]:
    """The routes of the template, without the pages, and the authorizer of each."""
    api = template()["Resources"]["HttpApi"]["Properties"]["Auth"]
    events = [
        event["Properties"]
        for function in resources("AWS::Serverless::Function").values()
        for event in function["Properties"]["Events"].values()
        if event["Type"] == "HttpApi"
    ]
    return {
        (event["Method"].lower(), event["Path"]): event.get("Auth", {}).get("Authorizer", api["DefaultAuthorizer"])
        for event in events
        if not event.get("Path", "/app/").startswith("/app/")
    }


def with_codes(kind: type[refusals.Refusal] = refusals.Refusal) -> Iterator[type[refusals.Refusal]]:
    """Those that have a code of their own."""
    for below in kind.__subclasses__():
        if "code" in vars(below):
            yield below
        yield from with_codes(below)


REFUSALS = sorted(with_codes(), key=lambda kind: kind.code)


def test_the_document_is_what_the_code_says_now() -> None:
    assert openapi.DOCUMENT.read_text() == openapi.text(), "write it anew: make openapi"


def test_it_is_openapi() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(document()).iter_errors()] == []


def test_its_routes_are_those_deployed() -> None:
    # HEAD of a link is what mail scanners send: it comes by the default route, and list answers it.
    assert operations().keys() == deployed().keys() | {("head", "/feedback-links/{token}")}


@pytest.mark.parametrize("route", sorted(deployed()), ids=" ".join)
def test_who_may_call_is_what_the_template_says(route: Route) -> None:
    assert operations()[route]["security"] == AUTHORIZERS[deployed()[route]]


@pytest.mark.parametrize("route", sorted(operations()), ids=" ".join)
def test_every_parameter_of_the_path_is_described(route: Route) -> None:
    described = {p["name"]: p for p in operations()[route]["parameters"] if p["in"] == "path"}
    assert {f"{{{name}}}" for name in described} == {part for part in route[1].split("/") if part.startswith("{")}
    assert all({"pattern", "maxLength"} <= parameter["schema"].keys() for parameter in described.values())


@pytest.mark.parametrize("route", sorted(operations()), ids=" ".join)
def test_every_post_takes_an_idempotency_key_and_nothing_else_does(route: Route) -> None:
    headers = [p["name"] for p in operations()[route]["parameters"] if p["in"] == "header"]
    assert headers == (["Idempotency-Key"] if route[0] == "post" else [])


@pytest.mark.parametrize("refusal", REFUSALS, ids=[kind.code for kind in REFUSALS])
def test_every_refusal_is_described_under_its_status(refusal: type[refusals.Refusal]) -> None:
    schema = document()["components"]["schemas"][refusal.__name__]["properties"]
    assert schema["code"]["const"] == refusal.code
    answered = {
        status
        for operation in operations().values()
        for status, response in operation["responses"].items()
        if f"schemas/{refusal.__name__}" + '"' in json.dumps(response)
    }
    assert answered == {str(schema["status"]["const"])}


def test_busy_answers_say_when_to_come_back() -> None:
    for operation in operations().values():
        assert "Retry-After" in operation["responses"]["503"]["headers"]


@pytest.mark.parametrize(
    ("route", "status", "body"),
    [
        ("GET /nowhere", 200, "{}"),
        ("POST /expirations", 201, "{}"),
        ("POST /expirations", 200, '{"expired": "1"}'),
        ("POST /expirations", 200, '{"expired": 1, "more": 1}'),
        ("POST /expirations", 200, "{}"),
    ],
)
def test_an_answer_that_is_not_as_described_is_noticed(route: str, status: int, body: str) -> None:
    assert undocumented(route, status, {"Content-Type": "application/json"}, body)
    assert not undocumented("POST /expirations", 200, {"content-type": "application/json"}, '{"expired": 1}')


@pytest.mark.parametrize("function", openapi.FUNCTIONS)
def test_no_function_carries_the_document(function: str) -> None:
    """A route names its path and methods; whatever else describes it would be built at every cold start."""
    source = ast.parse((ROOT / "functions" / function / "app.py").read_text())
    decorators = [
        decorator
        for found in ast.walk(source)
        if isinstance(found, ast.FunctionDef)
        for decorator in found.decorator_list
        if isinstance(decorator, ast.Call)
    ]
    assert decorators
    assert {keyword.arg for decorator in decorators for keyword in decorator.keywords} <= {"method"}
