"""`make openapi`: generates docs/openapi.json from the functions' routes, models and refusals.

What the types of the code do not say is beside it: `openapi_operations` has the summary and the refusals of each
route, `openapi_texts` the texts, and `openapi_examples` the examples.
"""

import importlib.util
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.json_schema import models_json_schema

from local import openapi_examples, openapi_texts
from local.cloud_process import ROOT
from local.openapi_operations import ANY_POST, ANY_PUT, OPERATIONS, Operation, Security
from mid_job_feedback.domain import eligibility, models, refusals, views
from mid_job_feedback.http import api, problems
from mid_job_feedback.http.forms import ENCODED, MULTIPART, Forms

DOCUMENT: Final = ROOT / "docs/openapi.json"
FUNCTIONS: Final = ("request", "submit", "list", "moderate", "expire")
PROBLEM_JSON: Final = "application/problem+json"

type Json = dict[str, Any]

_SIGNED: Final = {"type": "string", "minLength": 1, "maxLength": 4096, "pattern": "^[A-Za-z0-9_.-]+$"}
_PARAMETERS: Final[Mapping[str, Json]] = {  # what the functions check after routing
    "contract_id": {"schema": models.ID_SCHEMA, "description": "The id of the contract, percent-encoded."},
    "freelancer_id": {"schema": models.ID_SCHEMA, "description": "The id of the freelancer, percent-encoded."},
    "request_id": {"schema": models.ID_SCHEMA, "description": "The id of the request, percent-encoded."},
    "feedback_id": {"schema": models.ID_SCHEMA, "description": "The id of the feedback, percent-encoded."},
    "token": {"schema": _SIGNED, "description": "The token from the link in an e-mail."},
    "limit": {"description": "Maximum number of entries in a page."},
    "cursor": {"schema": _SIGNED, "description": "`next_cursor` of the previous page."},
}
_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A repeated call with the same key and body gets the first response again, for 24 hours.",
    "schema": {"type": "string", "maxLength": 128, "pattern": "^[!-~]([ -~]*[!-~])?$"},
}
_IF_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The revision that the caller has read, in quotes. If the feedback has another one by now, the "
    "call is refused as `revision_mismatch`. Without the header, or with `*`, any revision is corrected.",
    "schema": {"type": "string", "pattern": r'^(\*|(W/)?"[!#-~]*"([ \t]*,[ \t]*(W/)?"[!#-~]*")*)$'},
    "example": '"1"',
}
_RETRY_AFTER: Final = {
    "description": "Seconds to wait before retrying.",
    "schema": {"type": "integer", "minimum": 0},
}
_LOCATION: Final = {
    "description": "The Feedback tab, relative to the address of the call.",
    "required": True,
    "schema": {"type": "string", "format": "uri-reference"},
}
_GATEWAY: Final[Mapping[HTTPStatus, str]] = {  # API Gateway's own responses, on any route
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than 10 MB.",
    HTTPStatus.TOO_MANY_REQUESTS: "The API's rate limit is exceeded.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "An unexpected error.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The function did not respond in time.",
}
_AUTHORIZER: Final[Mapping[Security, Mapping[HTTPStatus, str]]] = {  # and on routes with an authorizer
    None: {},
    "jwt": {HTTPStatus.UNAUTHORIZED: "The token is missing or invalid."},
    "iam": {HTTPStatus.FORBIDDEN: "The request is not signed, or the caller lacks permission."},
}
_SECURITY_SCHEMES: Final[Json] = {
    "jwt": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of `JwtIssuer` for `JwtAudience`. Its claim `JwtUserClaim` is the caller.",
    },
    "iam": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "AWS Signature Version 4. The caller needs `execute-api:Invoke`.",
    },
}


class GatewayMessage(BaseModel):
    message: str | None


class FieldError(BaseModel):
    model_config = ConfigDict(extra="forbid")

    field: str
    detail: str


class Problem(BaseModel):
    """Problem details (RFC 9457). `code` is stable and determines which other members there are."""

    model_config = ConfigDict(extra="forbid")

    type: str
    title: str
    status: int
    detail: str
    code: str
    reference: str


_MEMBERS: Final[Mapping[type[refusals.Refusal], Mapping[str, Any]]] = {
    refusals.Invalid: {"errors": tuple[FieldError, ...]},
    refusals.NotEligible: {"reasons": tuple[eligibility.Reason, ...], "eligible_at": models.Instant | None},
    refusals.RequestPending: {"expires_at": models.Instant},
    refusals.RequestClosed: {"request_status": models.RequestStatus, "closed_at": models.Instant},
    refusals.Unanswered: {
        "closed_at": models.Instant,
        "contract_id": str,
        "can_give_feedback": Annotated[
            bool, Field(description="Whether the client may give feedback on the contract now, signed in.")
        ],
    },
    refusals.AlreadyAnswered: {
        "closed_at": models.Instant,
        "correctable_until": Annotated[
            models.Instant | None,
            Field(description="While this link can still correct the feedback, until when; else null."),
        ],
    },
    refusals.ClosedRequest: {"closed_at": models.Instant},
    refusals.CorrectionClosed: {
        "closed_at": Annotated[
            models.Instant | None,
            Field(description="Since when. Null for end-of-contract feedback, which is never corrected here."),
        ]
    },
    refusals.ReplyClosed: {"closed_at": Annotated[models.Instant, Field(description="Since when.")]},
    refusals.RevisionMismatch: {
        "revision": Annotated[int, Field(ge=1, description="The revision that the feedback has now.")]
    },
}


def document() -> Json:
    """The OpenAPI document, generated from the code."""
    bodies: Json = {}
    paths: dict[str, Json] = defaultdict(dict)
    for (method, path), route in _routes(bodies):
        paths[path][method] = _operation(method, OPERATIONS[method, path], route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Mid-job feedback",
            "version": "1.0.0",
            "license": {"name": "MIT", "identifier": "MIT"},
            "contact": {"name": "The marketplace that runs this stack"},
            "description": openapi_texts.INTRODUCTION,
        },
        "servers": [{"url": "..", "description": "The stack's `ApiUrl`, seen from `/app/openapi.json`."}],
        "tags": [{"name": name, "description": text} for name, text in openapi_texts.TAGS.items()],
        "paths": {path: dict(sorted(paths[path].items())) for path in sorted(paths)},
        "components": {
            "schemas": _described(dict(sorted({**bodies, **_schemas()}.items()))),
            "securitySchemes": _SECURITY_SCHEMES,
        },
    }


def text() -> str:
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _routes(bodies: Json) -> Iterator[tuple[tuple[str, str], Json]]:
    """All routes, as the functions' resolvers describe them. Adds the schemas of request bodies to `bodies`."""
    for name in FUNCTIONS:
        resolver = _resolver(name)
        described = json.loads(resolver.get_openapi_json_schema(title="", version=""))
        schemas = described["components"]["schemas"]
        bodies |= {name: schema for name, schema in schemas.items() if "Validation" not in name}
        for path, operations in described["paths"].items():
            for method, route in operations.items():
                yield (method, path), {**route, "forms": resolver.forms.get(path, {})}


def _resolver(function: str) -> api.Resolver:
    """Import functions/<name>/app.py; the modules of all functions have the same name."""
    spec = importlib.util.spec_from_file_location(f"openapi_{function}", ROOT / "functions" / function / "app.py")
    if spec is None or spec.loader is None:
        raise ImportError(function)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    resolver: api.Resolver = module.app
    return resolver


def _operation(method: str, operation: Operation, route: Json) -> Json:
    is_post = method == "post"
    kinds_of_body = {"post": ANY_POST, "put": ANY_PUT}.get(method, ())
    parameters = [{**known, **_PARAMETERS[known["name"]]} for known in route.get("parameters", [])]
    kinds = (*operation.refusals, *kinds_of_body, refusals.Unavailable)
    headers = [_IDEMPOTENCY_KEY] if is_post else []
    headers += [_IF_MATCH] if refusals.RevisionMismatch in operation.refusals else []
    described: Json = {
        "operationId": operation.operation_id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "security": [{operation.security: []}] if operation.security else [],
        "parameters": [*parameters, *headers],
        "responses": _responses(operation, kinds),
    }
    if kinds_of_body:
        described["requestBody"] = _body(route.get("requestBody"))
        described["requestBody"]["content"] |= _forms(route["forms"])
    if method == "head":
        for response in described["responses"].values():
            response.pop("content", None)
    return described


def _body(described: Json | None) -> Json:
    """The request body with its examples. A route that takes no fields accepts an empty object."""
    if described is None:
        return {"content": {"application/json": {"schema": {"type": "object"}, "example": {}}}}
    content = described["content"]["application/json"]
    examples = openapi_examples.bodies()[content["schema"]["$ref"].rpartition("/")[2]]
    return {**described, "content": {"application/json": content | _examples(examples)}}


def _forms(forms: Forms) -> Json:
    """The form with its only field, in both encodings of forms."""
    if not forms:
        return {}
    [(name, _, value)] = [form.partition("=") for form in forms]
    only = {"type": "string", "const": value}
    schema = {"type": "object", "properties": {name: only}, "required": [name], "additionalProperties": False}
    examples = {"one_click": openapi_examples.Example("As mail programs send it", {name: value})}
    return {encoding: {"schema": schema} | _examples(examples) for encoding in (ENCODED, MULTIPART)}


def _responses(operation: Operation, kinds: Iterable[type[refusals.Refusal]]) -> Json:
    responses: dict[HTTPStatus, Json] = {operation.success: _success(operation)}
    if operation.page:
        responses[HTTPStatus.SEE_OTHER] = {
            "description": operation.page,
            "headers": {"Location": _LOCATION | {"description": "The page, relative to the address of the call."}},
        }
    by_status: dict[HTTPStatus, list[type[refusals.Refusal]]] = defaultdict(list)
    for kind in kinds:
        by_status[problems.status_of(kind)].append(kind)
    for status, kinds_with_status in by_status.items():
        responses[status] = _refused(kinds_with_status, operation)
    for status, meaning in {**_AUTHORIZER[operation.security], **_GATEWAY}.items():
        response = responses.setdefault(status, {"description": "", "content": {}})
        response["description"] = f"{response['description']}\n- From API Gateway: {meaning}".strip()
        example = {"gateway": openapi_examples.gateway(status)}
        response["content"] |= _json(_reference(GatewayMessage.__name__), example)
    return {str(status.value): response for status, response in sorted(responses.items())}


def _success(operation: Operation) -> Json:
    examples = openapi_examples.answers().get(operation.operation_id, {})
    success: Json = {
        "description": operation.success.phrase,
        "content": _json(_reference(operation.result.__name__), examples),
    }
    if operation.operation_id == "requestFeedback":
        success["headers"] = {"Location": _LOCATION}
    if issubclass(operation.result, views.WorkHistory | views.FeedbackSummary):
        success["headers"] = {name: _constant(value) for name, value in api.CACHED_FOR_A_MINUTE.items()}
    return success


def _constant(value: str) -> Json:
    """A header that always has this value."""
    return {"required": True, "schema": {"type": "string", "const": value}}


def _refused(kinds: list[type[refusals.Refusal]], operation: Operation) -> Json:
    schemas = [_reference(kind.__name__) for kind in kinds]
    schema = schemas[0] if len(schemas) == 1 else {"oneOf": schemas}
    examples = {kind.code: openapi_examples.problem(kind, operation.operation_id) for kind in kinds}
    response: Json = {
        "description": "\n".join(f"- `{kind.code}`: {openapi_texts.REFUSALS[kind]}" for kind in kinds),
        "content": {PROBLEM_JSON: {"schema": schema} | _examples(examples)},
    }
    if any(issubclass(kind, problems.RETRY_LATER) for kind in kinds):
        response["headers"] = {"Retry-After": _RETRY_AFTER}
    return response


def _schemas() -> Json:
    """The schemas of all responses, by the names of their classes."""
    results = {operation.result for operation in OPERATIONS.values()}
    kinds = {kind for operation in OPERATIONS.values() for kind in operation.refusals}
    documents = [_problem(kind) for kind in kinds | {*ANY_POST, refusals.Unavailable}]
    answered: list[type[BaseModel]] = [*results, *documents, GatewayMessage]
    answered.sort(key=lambda model: model.__name__)
    _, schemas = models_json_schema(
        [(model, "serialization") for model in answered], ref_template="#/components/schemas/{model}"
    )
    found: Json = schemas["$defs"]
    for schema in found.values():
        if "properties" in schema:  # responses contain all properties, also those with a default
            schema["required"] = list(schema["properties"])
        _open(schema)
    return found


def _open(schema: Any) -> None:
    """Allows more properties, so that callers who validate responses do not break when there are new ones."""
    if isinstance(schema, dict):
        schema.pop("additionalProperties", None)
        for part in schema.values():
            _open(part)


def _problem(kind: type[refusals.Refusal]) -> type[BaseModel]:
    """The problem document of a refusal, with its fixed values as literals."""
    members = next((members for family, members in _MEMBERS.items() if issubclass(kind, family)), {})
    fixed = {
        "type": problems.type_of(kind),
        "title": kind.title,
        "status": problems.status_of(kind).value,
        "code": kind.code,
    }
    fields: Any = {name: (Literal[value], ...) for name, value in fixed.items()} | {
        name: (members_type, ...) for name, members_type in members.items()
    }
    text = openapi_texts.REFUSALS[kind]
    model: type[BaseModel] = create_model(kind.__name__, __base__=Problem, __doc__=text, **fields)
    return model


def _described(schemas: Json) -> Json:
    """Adds a description to each schema and property that has none."""
    for name, schema in schemas.items():
        if name in openapi_texts.SCHEMAS:
            schema["description"] = openapi_texts.SCHEMAS[name]
        for key, described in schema.get("properties", {}).items():
            words = openapi_texts.PROPERTIES
            if text := words.get(f"{name}.{key}") or words.get(key):
                described.setdefault("description", text)
    return schemas


def _json(schema: Json, examples: Mapping[str, openapi_examples.Example]) -> Json:
    return {"application/json": {"schema": schema} | _examples(examples)}


def _examples(examples: Mapping[str, openapi_examples.Example]) -> Json:
    return {"examples": {name: example.as_json() for name, example in examples.items()}} if examples else {}


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


if __name__ == "__main__":
    DOCUMENT.write_text(text())
