"""Refusals as problem documents (RFC 9457), and the one mapping from a family of refusals to its HTTP status."""

import json
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from aws_lambda_powertools.event_handler import Response
from pydantic import TypeAdapter

from mid_job_feedback.domain import refusals
from mid_job_feedback.domain.models import shown

_STATUS: Final[tuple[tuple[type[refusals.Refusal], HTTPStatus], ...]] = (
    (refusals.Malformed, HTTPStatus.BAD_REQUEST),
    (refusals.Forbidden, HTTPStatus.FORBIDDEN),
    (refusals.NotFound, HTTPStatus.NOT_FOUND),
    (refusals.Conflict, HTTPStatus.CONFLICT),
    (refusals.Gone, HTTPStatus.GONE),
    (refusals.RevisionMismatch, HTTPStatus.PRECONDITION_FAILED),
    (refusals.TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (refusals.Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (refusals.IdempotencyKeyReused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (refusals.Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
RETRY_LATER: Final = (refusals.Unavailable, refusals.IdempotencyKeyInProgress)  # these carry Retry-After
_DATA: Final = TypeAdapter(dict[str, Any])


def status_of(kind: type[refusals.Refusal]) -> HTTPStatus:
    return next(status for family, status in _STATUS if issubclass(kind, family))


def type_of(kind: type[refusals.Refusal]) -> str:
    return f"urn:mid-job-feedback:problem:{kind.code}"


def response(refusal: refusals.Refusal, reference: str) -> Response[str]:
    """The problem document. `reference` is the API call's request id, by which operators find its log lines."""
    status = status_of(type(refusal))
    wait = {"Retry-After": "1"} if isinstance(refusal, RETRY_LATER) else {}
    document = {
        "type": type_of(type(refusal)),
        "title": refusal.title,
        "status": status.value,
        "detail": refusal.detail,
        "code": refusal.code,
        "reference": reference,
        **_DATA.dump_python(_with_instants_shown(refusal.data), mode="json"),
    }
    return Response(
        status_code=status,
        content_type="application/problem+json",
        headers={**HEADERS, **wait},
        body=json.dumps(document, ensure_ascii=False),
    )


def _with_instants_shown(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: shown(value) if isinstance(value, datetime) else value for name, value in data.items()}
