"""HTTP in and out: who calls, what they sent, and what they are answered."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel
from pydantic_core import from_json

from mid_job_feedback import observability
from mid_job_feedback.domain import refusals
from mid_job_feedback.domain.models import is_id
from mid_job_feedback.http import problems

# Entries take these from here, so that this package is imported before any other: see its `__init__`.
__all__ = ["Body", "LambdaContext", "Query", "Response"]

BODY_LIMIT: Final = 128 * 1024  # bytes; the longest comment is 60 KB even if every character is escaped
_KEY_LIMIT: Final = 128
_MOST_ERRORS: Final = 100  # told at once; a body has room for twenty thousand
_NO_ROUTE: Final = "$default"  # where API Gateway sends what fits no other
_NOT_REMEMBERED: Final = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
}
type Answer = dict[str, Any]


class Resolver(APIGatewayHttpResolver):
    command: str


def resolver(command: str) -> Resolver:
    """Routes of one function, with the one map from refusals to HTTP. `command` names it in logs and metrics."""
    app = Resolver(enable_validation=True, json_body_deserializer=_json)
    app.command = command

    def refuse(refusal: refusals.Refusal) -> Response[str]:
        contract_id = app.current_event.path_parameters.get("contract_id", "")
        ids = {"contract_id": contract_id} if is_id(contract_id) else {}  # or anybody could write into the log
        observability.refused(command, refusal, **ids)
        return problems.response(refusal)

    def invalid(error: RequestValidationError) -> Response[str]:
        return refuse(refusals.Invalid([_field_error(e) for e in error.errors()[:_MOST_ERRORS]]))

    def not_found(_: NotFoundError) -> Response[str]:
        return refuse(refusals.NotFound())

    app.exception_handler(refusals.Refusal)(refuse)
    app.exception_handler(RequestValidationError)(invalid)
    app.not_found(not_found)
    return app


def answer(app: Resolver, event: dict[str, Any], context: LambdaContext) -> Answer:
    """One HTTP call, answered. A POST is admitted first, and done once if it carries an Idempotency-Key."""
    event = {**event, "rawPath": _path(event)}
    call = APIGatewayProxyEventV2(event)
    if call.http_method != "POST" or call.route_key == _NO_ROUTE:
        return app.resolve(event, context)
    try:
        body, key = _admitted(call), _idempotency_key(call)
        event["headers"] = {**event["headers"], "content-type": "application/json"}  # however it was spelled
        if key is None:
            return app.resolve(event, context)
        observability.counted("CallsWithIdempotencyKey", 1)
        return _once(key, call, body, lambda: app.resolve(event, context), context)
    except refusals.Refusal as refusal:
        observability.refused(app.command, refusal)
        response = problems.response(refusal)
        headers = {name: value for name, value in response.headers.items() if isinstance(value, str)}
        headers["Content-Type"] = response.content_type or ""
        return {"statusCode": response.status_code, "headers": headers, "body": response.body}


def ok(
    model: BaseModel, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> Response[str]:
    return Response(
        status_code=status,
        content_type="application/json",
        headers={**problems.HEADERS, **(headers or {})},
        body=model.model_dump_json(),
    )


def caller(app: APIGatewayHttpResolver) -> str:
    """The `sub` of the caller's token. One without `sub` is nobody's: it is party to no contract."""
    return _subject(app.current_event)


def _path(event: Mapping[str, Any]) -> str:
    """The path as the route has it. `rawPath` would begin with a custom domain's base path, and has its parameters
    decoded, so that an id with a slash in it would be another route; ids that are valid need no quoting.
    """
    route = event["routeKey"].partition(" ")[2]
    parameters = event.get("pathParameters") or {}
    return re.sub(r"{(\w+)\+?}", lambda name: quote(parameters[name[1]], safe=":"), route) or event["rawPath"]


def _subject(call: Any) -> str:
    authorizer = call.request_context.authorizer
    claims = (authorizer.jwt_claim if authorizer else None) or {}
    return str(claims.get("sub", ""))


def _admitted(call: APIGatewayProxyEventV2) -> Any:
    """The body, parsed; `{}` where the route takes none and nothing was sent.

    Raises:
        TooLarge, Malformed, Invalid
    """
    if len(call.get("body") or "") > BODY_LIMIT * 4 // 3 + 4:  # before Base64 is decoded
        raise refusals.TooLarge(BODY_LIMIT)
    if not call.get("body") and call.path == "/expirations":
        return {}
    content_type = (call.headers.get("content-type") or "application/json").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise refusals.Malformed("Send the body as application/json.")
    try:
        text = call.decoded_body or ""
        size = len(text.encode())
    except ValueError as error:  # no Base64, or no UTF-8
        raise refusals.Malformed("The body is not UTF-8 text.") from error
    if size > BODY_LIMIT:
        raise refusals.TooLarge(BODY_LIMIT)
    return _json(text)


def _json(text: str) -> Any:
    """Strict JSON: no NaN, no lone surrogates, no bottomless nesting; and an object, as all our bodies are."""
    try:
        body = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise refusals.Malformed("The body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise refusals.Invalid([{"field": "body", "detail": "must be a JSON object"}])
    return body


def _idempotency_key(call: APIGatewayProxyEventV2) -> str | None:
    key = call.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= _KEY_LIMIT and key.isascii() and key.isprintable()):
        detail = f"must be 1 to {_KEY_LIMIT} printable ASCII characters"
        raise refusals.Invalid([{"field": "Idempotency-Key", "detail": detail}])
    return key


class _NotRemembered(Exception):
    """Carries an answer that a repeat must not get again: the body was refused as it stood, or we were busy."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


def _once(
    key: str, call: APIGatewayProxyEventV2, body: Any, resolve: Callable[[], Answer], context: LambdaContext
) -> Answer:
    """Answers a repeat, by the same caller on the same path, with the first answer.

    Raises:
        IdempotencyKeyReused, IdempotencyKeyInProgress, Unavailable
    """
    from mid_job_feedback.idempotency import DAY, once  # noqa: PLC0415 - most calls carry no key

    def act() -> Answer:
        given = resolve()
        if given["statusCode"] in _NOT_REMEMBERED or given["statusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _NotRemembered(given)
        return given

    scope = f"{_caller_scope(call)} {call.http_method} {call.path} {key}"
    try:
        first: Answer = once("http", scope, body, act, remembered=DAY, context=context)
    except _NotRemembered as unremembered:
        return unremembered.answer
    return first


def _caller_scope(call: APIGatewayProxyEventV2) -> str:
    """Who calls: by token or by IAM. Who holds a link is nobody else, and the path says which link."""
    authorizer = call.request_context.authorizer
    iam = (authorizer.iam if authorizer else None) if not _subject(call) else None
    return _subject(call) or (iam.user_arn if iam and iam.user_arn else "")


def _field_error(error: Any) -> dict[str, str]:
    """`("body", "ratings", "skills")` reads `ratings.skills`."""
    place = [str(part) for part in error["loc"] if part not in {"body", "query", "path", "header"}]
    return {"field": ".".join(place) or "body", "detail": str(error["msg"])}
