"""Refusals as problem documents (RFC 9457): the one map from a kind of refusal to its HTTP status."""

import json
from http import HTTPStatus
from typing import Any, Final

from aws_lambda_powertools.event_handler import Response
from pydantic import TypeAdapter

from mid_job_feedback import errors

_STATUS: Final[tuple[tuple[type[errors.Refusal], HTTPStatus], ...]] = (
    (errors.Malformed, HTTPStatus.BAD_REQUEST),
    (errors.Forbidden, HTTPStatus.FORBIDDEN),
    (errors.NotFound, HTTPStatus.NOT_FOUND),
    (errors.Conflict, HTTPStatus.CONFLICT),
    (errors.Gone, HTTPStatus.GONE),
    (errors.TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (errors.Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.IdempotencyKeyReused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
SAY_WHEN: Final = (errors.Unavailable, errors.IdempotencyKeyInProgress)  # these carry Retry-After
_DATA: Final = TypeAdapter(dict[str, Any])


def status_of(kind: type[errors.Refusal]) -> HTTPStatus:
    return next(status for family, status in _STATUS if issubclass(kind, family))


def type_of(kind: type[errors.Refusal]) -> str:
    return f"urn:mid-job-feedback:problem:{kind.code}"


def response(refusal: errors.Refusal) -> Response[str]:
    status = status_of(type(refusal))
    wait = {"Retry-After": "1"} if isinstance(refusal, SAY_WHEN) else {}
    document = {
        "type": type_of(type(refusal)),
        "title": refusal.title,
        "status": status.value,
        "detail": refusal.detail,
        "code": refusal.code,
        **_DATA.dump_python(dict(refusal.data), mode="json"),
    }
    return Response(
        status_code=status,
        content_type="application/problem+json",
        headers={**HEADERS, **wait},
        body=json.dumps(document, ensure_ascii=False),
    )
