"""HTTP requests and responses: callers, bodies, idempotency keys, and problem documents for refusals."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any, Final
from urllib.parse import quote, unquote

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from pydantic import BaseModel, BeforeValidator
from pydantic_core import from_json

from mid_job_feedback import observability
from mid_job_feedback.domain import refusals
from mid_job_feedback.domain.models import is_id
from mid_job_feedback.http import browser_headers, forms, problems
from mid_job_feedback.observability import LambdaContext
from mid_job_feedback.settings import settings

__all__ = ["Body", "Query", "Response"]  # for handlers, which import nothing but this package; see its `__init__`

BODY_LIMIT: Final = 128 * 1024  # bytes; the longest comment is 60 KB even if every character is escaped
_KEY_LIMIT: Final = 128
_MAX_ERRORS: Final = 100  # validation errors per response; a full body could cause 20,000
# Nothing was done and the caller will change the body, so a repeat with the same key is a new attempt.
_NOT_REMEMBERED: Final = HTTPStatus.UNPROCESSABLE_ENTITY
_JSON_CHARSETS: Final = frozenset({"utf-8", "utf8", "us-ascii"})  # ASCII is a part of UTF-8
_REPLACEMENT: Final = "\ufffd"
_WITH_BODY: Final = ("POST", "PUT")
_OF_LINKS: Final = "/feedback-links/"  # the routes of people who hold a link
_LOGGED_PARAMETERS: Final = ("contract_id", "freelancer_id", "request_id", "feedback_id")

# For a response that is the same for everybody. Its CORS headers, which API Gateway sets, differ by the site that
# embeds the elements, so caches keep one response for each.
CACHED_FOR_A_MINUTE: Final = {"Cache-Control": "public, max-age=60", "Vary": "Origin"}

type HttpResponse = dict[str, Any]

# A parameter of a path, decoded again: see `_path`. What it must look like is for the handler to say.
PathParameter = Annotated[str, BeforeValidator(unquote)]


class Resolver(APIGatewayHttpResolver):
    command: str
    forms: Mapping[str, forms.Forms]
    pages: Mapping[str, str]


def resolver(
    command: str,
    accepted_forms: Mapping[str, forms.Forms] = MappingProxyType({}),
    pages: Mapping[str, str] = MappingProxyType({}),
) -> Resolver:
    """The router of one function, which responds to refusals with problem documents. Log lines carry `command`.

    `accepted_forms`: by the path of a route, the HTML forms that it takes besides JSON, and what each stands for.
    `pages`: by the path of a route, the page to which a browser is led instead. Relative, since a function does
    not know below which path it is called.
    """
    app = Resolver(enable_validation=True, json_body_deserializer=_json)
    app.command = command
    app.forms, app.pages = accepted_forms, pages

    def refuse(refusal: refusals.Refusal) -> Response[str]:
        who = _logged_user(app.current_event) if isinstance(refusal, refusals.ContractNotFound) else {}
        observability.refused(command, refusal, **who)
        return problems.response(refusal, app.current_event.request_context.request_id)

    def invalid(error: RequestValidationError) -> Response[str]:
        return refuse(refusals.Invalid([field_error(e) for e in error.errors()[:_MAX_ERRORS]]))

    def not_found(_: NotFoundError) -> Response[str]:
        return refuse(refusals.NotFound())

    app.exception_handler(refusals.Refusal)(refuse)
    app.exception_handler(RequestValidationError)(invalid)
    app.not_found(not_found)
    return app


def respond(app: Resolver, event: dict[str, Any], context: LambdaContext) -> HttpResponse:
    """Handles one API call. Checks the body of a POST or PUT first. A POST with an Idempotency-Key is carried out
    once; a PUT needs no key, since to repeat it changes nothing. A HEAD is answered as the GET, without the body.

    From here on, the log lines of this call carry its `reference` and the ids in its path.
    """
    event = {**event, "rawPath": _path(event)}
    call = APIGatewayProxyEventV2(event)
    reference = call.request_context.request_id
    observability.log_with(reference=reference, **_ids(event))
    if call.http_method not in _WITH_BODY:
        answered: HttpResponse = _page(app, event) or app.resolve(event, context)
        return {**answered, "body": ""} if call.http_method == "HEAD" else answered
    try:
        accepted_forms = app.forms.get(_route(event), {})
        body = _accepted_body(call, accepted_forms)
        key = _idempotency_key(call) if call.http_method == "POST" else None
        event["headers"] = {**event["headers"], "content-type": "application/json"}  # replaces other spellings
        if accepted_forms:
            event |= {"body": json.dumps(body), "isBase64Encoded": False}
        if key is None:
            return app.resolve(event, context)
        observability.counted("CallsWithIdempotencyKey", 1)
        return _once(key, app, call, body, context)
    except refusals.Refusal as refusal:
        observability.refused(app.command, refusal)
        response = problems.response(refusal, reference)
        headers = {name: value for name, value in response.headers.items() if isinstance(value, str)}
        headers["Content-Type"] = response.content_type or ""
        return {"statusCode": response.status_code, "headers": headers, "body": response.body}


def ok(
    model: BaseModel, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> Response[str]:
    """A successful response with the JSON of `model`."""
    return Response(
        status_code=status,
        content_type="application/json",
        headers={**problems.HEADERS, **(headers or {})},
        body=model.model_dump_json(),
    )


def caller(app: APIGatewayHttpResolver) -> str:
    """The id of the signed-in person; empty if the token has none. No contract has a party with an empty id."""
    return _user(app.current_event)


def caller_in_any_role(app: Resolver) -> str:
    """As `caller`, for a route that refuses nobody. If the token has no id, the log says which claim was read."""
    caller_id = caller(app)
    if not caller_id:
        observability.without_id(app.command, **_logged_user(app.current_event))
    return caller_id


def _path(event: Mapping[str, Any]) -> str:
    """The path in the form of the route, with its parameters percent-encoded.

    `rawPath` cannot be used. It begins with the base path of a custom domain, and its parameters are decoded, so
    that an id with a slash in it would match another route.
    """
    parameters = event.get("pathParameters") or {}
    return re.sub(r"{(\w+)}", lambda name: quote(parameters[name[1]], safe=":"), _route(event))


def _page(app: Resolver, event: Mapping[str, Any]) -> HttpResponse | None:
    """Leads a browser, which a person uses, to the page of this route, if it has one."""
    page = app.pages.get(_route(event))
    if page is None or not browser_headers.accepts_html(event["headers"]):
        return None
    parameters = {name: quote(value, safe="") for name, value in event["pathParameters"].items()}
    headers = {**problems.HEADERS, "Location": page.format_map(parameters), "Vary": "Accept"}
    return {"statusCode": HTTPStatus.SEE_OTHER.value, "headers": headers, "body": ""}


def _route(event: Mapping[str, Any]) -> str:
    """The path of the route, such as `/feedback-links/{token}`."""
    route: str = event["routeKey"].partition(" ")[2]
    return route


def _ids(event: Mapping[str, Any]) -> dict[str, str]:
    """The path's ids, for the log. Leaves out invalid ids, so that callers cannot write text into the log."""
    parameters = event.get("pathParameters") or {}
    return {name: parameters[name] for name in _LOGGED_PARAMETERS if is_id(parameters.get(name, ""))}


def _user(call: Any) -> str:
    """The id in the claim `JwtUserClaim` of the caller's token; empty if that is missing or no id."""
    claims = _claims(call) or {}
    user = str(claims.get(settings().jwt_user_claim, ""))
    return user if is_id(user) else ""


def _claims(call: Any) -> Mapping[str, Any] | None:
    """The claims that API Gateway has verified; None on a route that needs no token."""
    authorizer = call.request_context.authorizer
    return authorizer.jwt_claim if authorizer else None


def _logged_user(call: Any) -> dict[str, str]:
    """Which claim was read and what was in it, for the log. Callers cannot write text into the log: see `_ids`."""
    claims, claim = _claims(call), settings().jwt_user_claim
    if claims is None:
        return {}
    if claim not in claims:
        return {"user_claim": claim, "user_claim_problem": "missing"}
    user = _user(call)
    return {"user_claim": claim, **({"user_id": user} if user else {"user_claim_problem": "not an id"})}


def _accepted_body(call: APIGatewayProxyEventV2, accepted_forms: forms.Forms) -> Any:
    """The parsed body; `{}` if nothing was sent and the route needs no body. A form becomes what it stands for.

    Raises:
        TooLarge, Malformed, Invalid
    """
    if len(call.get("body") or "") > BODY_LIMIT * 4 // 3 + 4:  # in Base64, before it is decoded
        raise refusals.TooLarge(BODY_LIMIT)
    if not call.get("body") and call.path == "/expirations":
        return {}
    content_type = call.headers.get("content-type") or "application/json"
    is_form = bool(accepted_forms) and forms.is_form(content_type)
    if not is_form:
        _require_json_in_utf8(content_type)
    try:
        text = call.decoded_body or ""
        size = len(text.encode())
    except ValueError as error:  # not Base64, or not UTF-8
        raise refusals.Malformed("The body is not UTF-8 text.") from error
    if size > BODY_LIMIT:
        raise refusals.TooLarge(BODY_LIMIT)
    if _REPLACEMENT in text:  # on its way here, it took the place of bytes that are not UTF-8
        raise refusals.Malformed("The body is not UTF-8 text. Write the character U+FFFD as \\ufffd.")
    return _from_form(forms.fields(content_type, text), accepted_forms) if is_form else _json(text)


def _from_form(fields: str, accepted_forms: forms.Forms) -> Any:
    if fields not in accepted_forms:
        raise refusals.Invalid([{"field": "body", "detail": f"must be the form {' or '.join(accepted_forms)}"}])
    return accepted_forms[fields]


def _require_json_in_utf8(content_type: str) -> None:
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    if media_type != "application/json":
        raise refusals.Malformed("Send the body as application/json.")
    for name, _, value in (parameter.partition("=") for parameter in parameters):
        if name.strip() == "charset" and value.strip().strip('"') not in _JSON_CHARSETS:
            raise refusals.Malformed("Send the body in UTF-8.")


def _json(text: str) -> Any:
    """Parses strict JSON (no NaN, no lone surrogates, bounded nesting) and requires an object."""
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
    """Carries a response that must not be stored: the body was invalid, or a dependency was unavailable."""

    def __init__(self, response: HttpResponse) -> None:
        self.response = response


def _once(
    key: str, app: Resolver, call: APIGatewayProxyEventV2, body: Any, context: LambdaContext
) -> HttpResponse:
    """Returns the first response if the caller has used this key on this path before; otherwise resolves the call.

    Raises:
        IdempotencyKeyReused, IdempotencyKeyInProgress, Unavailable
    """
    from mid_job_feedback.idempotency import DAY, once  # noqa: PLC0415 - most calls carry no key

    is_replay = True

    def act() -> HttpResponse:
        nonlocal is_replay
        is_replay = False
        response = app.resolve(call.raw_event, context)
        status = response["statusCode"]
        if status == _NOT_REMEMBERED or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _NotRemembered(response)
        return response

    scope = f"{_caller_scope(call)} {call.http_method} {call.path} {key}"
    try:
        first: HttpResponse = once(
            "http", scope, body, act, remembered=DAY, context=context, contract_id=_contract_of(call)
        )
    except _NotRemembered as unremembered:
        return unremembered.response
    if is_replay:
        observability.replayed(app.command)
    return first


def _contract_of(call: APIGatewayProxyEventV2) -> str | None:
    """The contract that the path names, by its id or by a link. None if there is none, or if a link is invalid.

    Raises:
        Unavailable: the signing key cannot be fetched.
    """
    from mid_job_feedback import links  # noqa: PLC0415 - most calls carry no key

    parameters = call.raw_event.get("pathParameters") or {}
    if _route(call.raw_event).startswith(_OF_LINKS):
        try:
            return links.read_link(parameters["token"]).contract_id
        except refusals.LinkInvalid:
            return None
    contract_id = parameters.get("contract_id", "")
    return contract_id if is_id(contract_id) else None


def _caller_scope(call: APIGatewayProxyEventV2) -> str:
    """Scope of idempotency keys: the id of the person, or the IAM ARN; empty for link holders, whose path contains
    the token.
    """
    authorizer = call.request_context.authorizer
    iam = (authorizer.iam if authorizer else None) if not _user(call) else None
    return _user(call) or (iam.user_arn if iam and iam.user_arn else "")


def field_error(error: Any) -> dict[str, str]:
    """Names the field by its path: `("body", "ratings", "skills")` becomes `ratings.skills`."""
    place = [str(part) for part in error["loc"] if part not in {"body", "query", "path", "header"}]
    return {"field": ".".join(place) or "body", "detail": str(error["msg"])}
