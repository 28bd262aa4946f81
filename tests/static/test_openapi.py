"""docs/openapi.json is generated from the code, and right about routes, authorization and every refusal.

Everything in it is described, and every body and answer has an example.
"""

import ast
import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from local import openapi, openapi_texts
from mid_job_feedback.domain import refusals
from mid_job_feedback.domain.models import is_id
from tests.openapi_document import document, strict_validator, undocumented
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
        for event in function["Properties"].get("Events", {}).values()
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
def test_posts_take_an_idempotency_key_and_corrections_a_revision(route: Route) -> None:
    headers = [p["name"] for p in operations()[route]["parameters"] if p["in"] == "header"]
    corrected = ("put", "/contracts/{contract_id}/feedback/{feedback_id}"), ("put", "/feedback-links/{token}")
    assert headers == (["Idempotency-Key"] if route[0] == "post" else ["If-Match"] if route in corrected else [])


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


type Content = tuple[str, dict[str, Any]]


def contents() -> Iterator[Content]:
    """Every body and response with its place, such as `POST /expirations 200 application/json`."""
    for (method, path), operation in operations().items():
        place = f"{method.upper()} {path}"
        bodies = {"body": operation["requestBody"]} if "requestBody" in operation else {}
        for part, described in (bodies | operation["responses"]).items():
            for media_type, content in described.get("content", {}).items():
                yield f"{place} {part} {media_type}", content


def examples(content: dict[str, Any]) -> list[Any]:
    alone = [content["example"]] if "example" in content else []
    return alone + [example["value"] for example in content.get("examples", {}).values()]


@pytest.mark.parametrize("content", [pytest.param(content, id=place) for place, content in contents()])
def test_every_body_and_answer_has_examples_that_fit_its_schema(content: dict[str, Any]) -> None:
    """As strictly as the service is tested: without properties that are not described."""
    assert examples(content)
    valid = strict_validator(content["schema"])
    assert [str(error) for example in examples(content) for error in valid.iter_errors(example)] == []


def test_every_refusal_of_every_operation_has_an_example() -> None:
    for place, content in contents():
        if place.endswith("problem+json"):
            schemas = content["schema"].get("oneOf", [content["schema"]])
            names = [schema["$ref"].rpartition("/")[2] for schema in schemas]
            codes = [document()["components"]["schemas"][name]["properties"]["code"]["const"] for name in names]
            assert list(content["examples"]) == codes, place
            assert [example["code"] for example in examples(content)] == codes, place


def test_an_example_that_does_not_fit_is_noticed() -> None:
    [content] = (content for place, content in contents() if place == "POST /expirations 200 application/json")
    valid = strict_validator(content["schema"])
    assert valid.is_valid({"expired": 3})
    assert not valid.is_valid({"expired": "three"})
    assert not valid.is_valid({"expired": 3, "more": 1})


def test_every_operation_has_a_known_tag_and_is_described() -> None:
    tags = {tag["name"] for tag in document()["tags"] if tag["description"]}
    assert {name for operation in operations().values() for name in operation["tags"]} == tags
    assert all(operation["summary"] and operation["description"] for operation in operations().values())
    assert all(one["description"] for operation in operations().values() for one in operation["parameters"])


@pytest.mark.parametrize("name", document()["components"]["schemas"])
def test_every_schema_and_every_property_is_described(name: str) -> None:
    """Texts are in local/openapi_texts.py."""
    schema = document()["components"]["schemas"][name]
    assert schema.get("description")
    assert [key for key, found in schema.get("properties", {}).items() if not found.get("description")] == []


def test_no_text_is_left_of_what_is_gone() -> None:
    schemas = document()["components"]["schemas"]
    described = {f"{name}.{key}" for name, schema in schemas.items() for key in schema.get("properties", {})}
    described |= {name.rpartition(".")[2] for name in described}
    assert openapi_texts.PROPERTIES.keys() <= described
    assert openapi_texts.SCHEMAS.keys() <= schemas.keys()


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
