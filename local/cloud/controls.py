"""Controls of the local cloud, at `/_local/` on its port. AWS has nothing like them.

    GET     /_local/clock                {"offset_seconds": 0, "now": "2026-11-26T12:00:00.000Z"}
    PUT     /_local/clock                {"offset_seconds": 86400}: the clock is a day ahead; 0 is real time
    GET     /_local/faults               {"faults": [{"dependency": "ses", "calls_left": 3, "failed": 2}]}
    PUT     /_local/faults/{dependency}  {"calls": 3}, or {"calls": null} until it is mended
    DELETE  /_local/faults/{dependency}  mends it
    POST    /_local/ttl                  {"removed": 2}: TTL deletes what has expired, now

PUT and DELETE answer as GET does. Dependencies: ses, sns, bus, table, signing_key. A fault that has used up its
calls is no longer listed. Errors are problem documents (RFC 9457). See shifted_clock.py and faults.py.
"""

import functools
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from ministack import app

from local.cloud import faults, shifted_clock, ttl

type Json = dict[str, Any]
type Response = tuple[int, dict[str, Any], bytes]
type Handle = Callable[..., Awaitable[Response | None]]

PREFIX: Final = "/_local/"
MOST_CALLS: Final = 1_000_000


class Refused(Exception):
    """Carries the status and a sentence for the person."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def apply() -> None:
    app._handle_post_body_shortcuts = _with_controls(app._handle_post_body_shortcuts)


def _with_controls(handle: Handle) -> Handle:
    @functools.wraps(handle)
    async def handle_controls(
        method: str, path: str, headers: Json, body: bytes, *request: Any
    ) -> Response | None:
        if path.startswith(PREFIX):
            return _response(method, path.removeprefix(PREFIX).split("/"), body)
        return await handle(method, path, headers, body, *request)

    return handle_controls


def _response(method: str, path: list[str], body: bytes) -> Response:
    try:
        answer = _answer(method, path, body)
    except Refused as refused:
        status = refused.status
        problem = {"type": "about:blank", "title": status.phrase, "status": status, "detail": refused.detail}
        return status, {"Content-Type": "application/problem+json"}, json.dumps(problem).encode()
    return HTTPStatus.OK, {"Content-Type": "application/json"}, json.dumps(answer).encode()


def _answer(method: str, path: list[str], body: bytes) -> Json:
    match method, path:
        case "PUT", ["clock"]:
            shifted_clock.jump(_seconds(_field(body, "offset_seconds")))
            return _clock()
        case "GET", ["clock"]:
            return _clock()
        case "GET", ["faults"]:
            return _faults()
        case "PUT", ["faults", name]:
            faults.break_dependency(_dependency(name), _calls(_field(body, "calls")))
            return _faults()
        case "DELETE", ["faults", name]:
            faults.mend(_dependency(name))
            return _faults()
        case "POST", ["ttl"]:
            return {"removed": ttl.sweep()}
        case _:
            raise Refused(HTTPStatus.NOT_FOUND, f"The local cloud has no {method} {PREFIX}{'/'.join(path)}.")


def _clock() -> Json:
    now = datetime.fromtimestamp(shifted_clock.now(), UTC).isoformat(timespec="milliseconds")
    return {"offset_seconds": shifted_clock.offset(), "now": now.replace("+00:00", "Z")}


def _faults() -> Json:
    listed = [
        {"dependency": dependency, "calls_left": fault.calls_left, "failed": fault.failed}
        for dependency, fault in sorted(faults.faults.items())
    ]
    return {"faults": listed}


def _field(body: bytes, name: str) -> Any:
    try:
        match json.loads(body):
            case {**fields} if fields.keys() == {name}:
                return fields[name]
    except ValueError:
        pass
    raise Refused(HTTPStatus.BAD_REQUEST, f"The body must be a JSON object with the one field {name}.")


def _seconds(value: Any) -> int:
    if type(value) is int and 0 <= value <= shifted_clock.MOST_SECONDS:
        return value
    most = f"{shifted_clock.MOST_SECONDS:,}"
    raise Refused(HTTPStatus.BAD_REQUEST, f"offset_seconds must be a whole number from 0, real time, to {most}.")


def _calls(value: Any) -> int | None:
    if value is None or (type(value) is int and 1 <= value <= MOST_CALLS):
        return value
    detail = f"calls must be a whole number from 1 to {MOST_CALLS:,}, or null: until the dependency is mended."
    raise Refused(HTTPStatus.BAD_REQUEST, detail)


def _dependency(name: str) -> faults.Dependency:
    if name in set(faults.Dependency):
        return faults.Dependency(name)
    names = ", ".join(faults.Dependency)
    raise Refused(HTTPStatus.NOT_FOUND, f"There is no dependency of this name. There are: {names}.")
