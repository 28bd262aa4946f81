"""docs/openapi.json is generated from the code, and right about routes, authorization and every refusal."""

import ast
import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from local import openapi
from mid_job_feedback.domain import refusals
from mid_job_feedback.domain.models import is_id
from tests.openapi_document import document, undocumented
from tests.template import ROOT, resources, template

type Route = tuple[str, str]

AUTHORIZERS: dict[str, list[Any]] = {"Jwt": [{"jwt": []}], "AWS_IAM": [{"iam": []}], "NONE": []}


def operations() -> dict[Route, Any]:
    return {(method, path): found for path, item in document()["paths"].items() for method, found in item.items()}


def deployed() -> dict[Route, str]:
    """The routes of the template, without those of the pages, each with its authorizer."""
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


def refusals_with_a_code(kind: type[refusals.Refusal] = refusals.Refusal) -> Iterator[type[refusals.Refusal]]:
    for below in kind.__subclasses__():
        if "code" in vars(below):
            yield below
        yield from refusals_with_a_code(below)


REFUSALS = sorted(refusals_with_a_code(), key=lambda kind: kind.code)


def test_the_document_is_up_to_date() -> None:
    assert openapi.DOCUMENT.read_text() == openapi.text(), "run make openapi"


def test_it_is_valid_openapi() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(document()).iter_errors()] == []


def test_it_describes_the_deployed_routes() -> None:
    assert operations().keys() == deployed().keys()


@pytest.mark.parametrize("route", sorted(deployed()), ids=" ".join)
def test_a_route_has_the_authorization_of_the_template(route: Route) -> None:
    assert operations()[route]["security"] == AUTHORIZERS[deployed()[route]]


@pytest.mark.parametrize("route", sorted(operations()), ids=" ".join)
def test_every_path_parameter_is_described(route: Route) -> None:
    described = {p["name"]: p for p in operations()[route]["parameters"] if p["in"] == "path"}
    assert {f"{{{name}}}" for name in described} == {part for part in route[1].split("/") if part.startswith("{")}
    assert all({"pattern", "maxLength"} <= parameter["schema"].keys() for parameter in described.values())


@pytest.mark.parametrize("name", ["contract_id", "freelancer_id"])
def test_the_schema_of_an_id_allows_exactly_the_ids(name: str) -> None:
    parameters = [p for operation in operations().values() for p in operation["parameters"] if p["name"] == name]
    assert parameters
    for schema in (parameter["schema"] for parameter in parameters):
        valid = jsonschema_rs.validator_for(schema)
        for text in (*map(chr, range(256)), "", "..", "...", "x" * 255, "x" * 256, "auth0|ana", "a b", "c-1\n"):
            assert valid.is_valid(text) is is_id(text), repr(text)


@pytest.mark.parametrize("route", sorted(operations()), ids=" ".join)
def test_exactly_the_post_routes_take_an_idempotency_key(route: Route) -> None:
    headers = [p["name"] for p in operations()[route]["parameters"] if p["in"] == "header"]
    assert headers == (["Idempotency-Key"] if route[0] == "post" else [])


@pytest.mark.parametrize("refusal", REFUSALS, ids=[kind.code for kind in REFUSALS])
def test_every_refusal_is_described_under_its_status(refusal: type[refusals.Refusal]) -> None:
    schema = document()["components"]["schemas"][refusal.__name__]["properties"]
    assert schema["code"]["const"] == refusal.code
    statuses = {
        status
        for operation in operations().values()
        for status, response in operation["responses"].items()
        if f"schemas/{refusal.__name__}" + '"' in json.dumps(response)
    }
    assert statuses == {str(schema["status"]["const"])}


def test_every_503_has_a_retry_after_header() -> None:
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
def test_an_undocumented_response_is_noticed(route: str, status: int, body: str) -> None:
    assert undocumented(route, status, {"Content-Type": "application/json"}, body)
    assert not undocumented("POST /expirations", 200, {"content-type": "application/json"}, '{"expired": 1}')


@pytest.mark.parametrize("function", openapi.FUNCTIONS)
def test_no_function_contains_descriptions_of_its_routes(function: str) -> None:
    """A decorator gives path and methods only: anything else would be built at every cold start."""
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
