"""`make openapi`: generates docs/openapi.json from the functions' routes, models and refusals.

What is not in the code's types (summaries, refusals of each route) is here and not in decorators: functions would
load it at every cold start.
"""

import importlib.util
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.json_schema import models_json_schema

from local.cloud_process import ROOT
from mid_job_feedback.domain import eligibility, models, refusals, views
from mid_job_feedback.http import api, problems
from mid_job_feedback.workers import expiry

DOCUMENT: Final = ROOT / "docs/openapi.json"
FUNCTIONS: Final = ("request", "submit", "list", "expire")
PROBLEM_JSON: Final = "application/problem+json"

type Json = dict[str, Any]
type Refusals = tuple[type[refusals.Refusal], ...]
type Security = Literal["jwt", "iam"] | None


@dataclass(frozen=True)
class Operation:
    """What the types of a route do not say. `refusals` are the route's own, without those of every POST."""

    operation_id: str
    summary: str
    result: type[BaseModel]
    refusals: Refusals
    security: Security = None
    success: HTTPStatus = HTTPStatus.OK


_ANY_POST: Final[Refusals] = (
    refusals.Malformed,
    refusals.IdempotencyKeyInProgress,
    refusals.TooLarge,
    refusals.Invalid,
    refusals.IdempotencyKeyReused,
)
_LINK: Final[Refusals] = (
    refusals.LinkInvalid,
    refusals.ContractNotFound,
    refusals.LinkExpired,
    refusals.AlreadyAnswered,
    refusals.ContractEnded,
    refusals.RequestCancelled,
)
OPERATIONS: Final[Mapping[tuple[str, str], Operation]] = {
    ("get", "/contracts/{contract_id}/feedback"): Operation(
        "feedbackTab", "The Feedback tab", views.FeedbackTab, (refusals.ContractNotFound,), "jwt"
    ),
    ("head", "/contracts/{contract_id}/feedback"): Operation(
        "probeFeedbackTab",
        "Whether the caller can read the Feedback tab",
        views.FeedbackTab,
        (refusals.ContractNotFound,),
        "jwt",
    ),
    ("post", "/contracts/{contract_id}/feedback-requests"): Operation(
        "requestFeedback",
        "Request feedback (freelancer)",
        models.FeedbackRequest,
        (
            refusals.NotTheFreelancer,
            refusals.RequestsNotEnabled,
            refusals.ContractNotFound,
            refusals.NotEligible,
            refusals.RequestPending,
        ),
        "jwt",
        HTTPStatus.CREATED,
    ),
    ("post", "/contracts/{contract_id}/feedback"): Operation(
        "giveFeedback",
        "Give feedback (client)",
        views.FeedbackView,
        (refusals.NotTheClient, refusals.ContractNotFound, refusals.NotEligible),
        "jwt",
        HTTPStatus.CREATED,
    ),
    ("get", "/freelancers/{freelancer_id}/work-history"): Operation(
        "workHistory", "The public work history", views.WorkHistory, (refusals.NotFound, refusals.Invalid)
    ),
    ("head", "/freelancers/{freelancer_id}/work-history"): Operation(
        "probeWorkHistory",
        "Whether the work history can be read",
        views.WorkHistory,
        (refusals.NotFound, refusals.Invalid),
    ),
    ("get", "/feedback-links/{token}"): Operation(
        "feedbackLink", "The feedback request behind a link", views.LinkView, _LINK
    ),
    ("head", "/feedback-links/{token}"): Operation(
        "probeFeedbackLink", "Whether a link is valid", views.LinkView, _LINK
    ),
    ("post", "/feedback-links/{token}"): Operation(
        "giveFeedbackByLink",
        "Give feedback through a link",
        views.FeedbackView,
        _LINK,
        success=HTTPStatus.CREATED,
    ),
    ("post", "/expirations"): Operation("expire", "Run an expiry sweep (operators)", expiry.Swept, (), "iam"),
}

_SIGNED: Final = {"type": "string", "minLength": 1, "maxLength": 4096, "pattern": "^[A-Za-z0-9_.-]+$"}
_PARAMETERS: Final[Mapping[str, Json]] = {  # what the functions check after routing
    "contract_id": {"schema": models.ID_SCHEMA},
    "freelancer_id": {"schema": models.ID_SCHEMA},
    "token": {"schema": _SIGNED, "description": "The token from the link in an e-mail."},
    "limit": {"description": "Maximum number of contracts and feedback in a page."},
    "cursor": {"schema": _SIGNED, "description": "`next_cursor` of the previous page."},
}
_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A repeated call with the same key and body gets the first response again, for 24 hours.",
    "schema": {"type": "string", "maxLength": 128, "pattern": "^[!-~]([ -~]*[!-~])?$"},
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
    """API Gateway's own response."""

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
    reference: Annotated[str, Field(description="The API call's request id; mention it to support.")]


_MEMBERS: Final[Mapping[type[refusals.Refusal], Mapping[str, Any]]] = {
    refusals.Invalid: {"errors": tuple[FieldError, ...]},
    refusals.NotEligible: {"reasons": tuple[eligibility.Reason, ...], "eligible_at": models.Instant | None},
    refusals.RequestPending: {"expires_at": models.Instant},
    refusals.LinkExpired: {
        "closed_at": models.Instant,
        "contract_id": str,
        "can_give_feedback": Annotated[
            bool, Field(description="Whether the client may give feedback on the contract now, signed in.")
        ],
    },
    refusals.Gone: {"closed_at": models.Instant},
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
            "description": "Clients give freelancers public feedback while the contract is still running. All "
            f"responses are JSON. A body is JSON in UTF-8 and can have {api.BODY_LIMIT} bytes. Instants in "
            "responses are UTC with milliseconds, such as `2026-12-09T17:37:38.000Z`.",
        },
        "servers": [{"url": "/", "description": "The stack's `ApiUrl`."}],
        "paths": {path: dict(sorted(paths[path].items())) for path in sorted(paths)},
        "components": {
            "schemas": dict(sorted({**bodies, **_schemas()}.items())),
            "securitySchemes": _SECURITY_SCHEMES,
        },
    }


def text() -> str:
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _routes(bodies: Json) -> Iterator[tuple[tuple[str, str], Json]]:
    """All routes, as the functions' resolvers describe them. Adds the schemas of request bodies to `bodies`."""
    for name in FUNCTIONS:
        described = json.loads(_resolver(name).get_openapi_json_schema(title="", version=""))
        schemas = described["components"]["schemas"]
        bodies |= {name: schema for name, schema in schemas.items() if "Validation" not in name}
        for path, operations in described["paths"].items():
            for method, route in operations.items():
                yield (method, path), route


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
    parameters = [{**known, **_PARAMETERS[known["name"]]} for known in route.get("parameters", [])]
    kinds = (*operation.refusals, *(_ANY_POST if is_post else ()), refusals.Unavailable)
    described: Json = {
        "operationId": operation.operation_id,
        "summary": operation.summary,
        "security": [{operation.security: []}] if operation.security else [],
        "parameters": [*parameters, *([_IDEMPOTENCY_KEY] if is_post else [])],
        "responses": _responses(operation, kinds),
    }
    if is_post:
        described["requestBody"] = route.get("requestBody") or {"content": _json({"type": "object"})}
    if method == "head":
        for response in described["responses"].values():
            response.pop("content", None)
    return described


def _responses(operation: Operation, kinds: Iterable[type[refusals.Refusal]]) -> Json:
    success: Json = {
        "description": operation.success.phrase,
        "content": _json(_reference(operation.result.__name__)),
    }
    if operation.operation_id == "requestFeedback":
        success["headers"] = {"Location": _LOCATION}
    if operation.result is views.WorkHistory:
        success["headers"] = {name: _constant(value) for name, value in api.CACHED_FOR_A_MINUTE.items()}
    responses = {operation.success: success}
    by_status: dict[HTTPStatus, list[type[refusals.Refusal]]] = defaultdict(list)
    for kind in kinds:
        by_status[problems.status_of(kind)].append(kind)
    for status, kinds_with_status in by_status.items():
        responses[status] = _refused(kinds_with_status)
    for status, meaning in {**_AUTHORIZER[operation.security], **_GATEWAY}.items():
        response = responses.setdefault(status, {"description": meaning, "content": {}})
        response["content"] |= _json(_reference(GatewayMessage.__name__))
    return {str(status.value): response for status, response in sorted(responses.items())}


def _constant(value: str) -> Json:
    """A header that always has this value."""
    return {"required": True, "schema": {"type": "string", "const": value}}


def _refused(kinds: list[type[refusals.Refusal]]) -> Json:
    schemas = [_reference(kind.__name__) for kind in kinds]
    response: Json = {
        "description": ", ".join(f"`{kind.code}`" for kind in kinds),
        "content": {PROBLEM_JSON: {"schema": schemas[0] if len(schemas) == 1 else {"oneOf": schemas}}},
    }
    if any(issubclass(kind, problems.RETRY_LATER) for kind in kinds):
        response["headers"] = {"Retry-After": _RETRY_AFTER}
    return response


def _schemas() -> Json:
    """The schemas of all responses, by the names of their classes."""
    results = {operation.result for operation in OPERATIONS.values()}
    kinds = {kind for operation in OPERATIONS.values() for kind in operation.refusals}
    documents = [_problem(kind) for kind in kinds | {*_ANY_POST, refusals.Unavailable}]
    answered: list[type[BaseModel]] = [*results, *documents, GatewayMessage]
    answered.sort(key=lambda model: model.__name__)
    _, schemas = models_json_schema(
        [(model, "serialization") for model in answered], ref_template="#/components/schemas/{model}"
    )
    found: Json = schemas["$defs"]
    for schema in found.values():
        if "properties" in schema:  # responses contain all properties, also those with a default
            schema["required"] = list(schema["properties"])
    return found


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
    model: type[BaseModel] = create_model(kind.__name__, __base__=Problem, __doc__=kind.__doc__, **fields)
    return model


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


if __name__ == "__main__":
    DOCUMENT.write_text(text())
