"""The console's routes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from botocore.exceptions import BotoCoreError, ClientError
from httpx import HTTPError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from cli.errors import CommandError
from local.console import event_forms, pages
from local.console.controls import DEPENDENCIES, ControlRefused
from local.console.same_origin import EMAIL_POLICY, SameOrigin
from local.console.state import Console
from local.console.timeline import Numbered
from mid_job_feedback.domain.contract_events import DETAIL_TYPES


def app(console: Console, port: int, token: Callable[[str], str]) -> Starlette:
    """`token`: makes an access token of the person with this role."""

    @asynccontextmanager
    async def polling(_app: Starlette) -> AsyncIterator[None]:
        polls = asyncio.create_task(console.poll_forever())
        yield
        polls.cancel()
        with suppress(asyncio.CancelledError):
            await polls

    routes = Routes(console, token)
    return Starlette(
        routes=[
            Route("/", routes.page),
            Route("/news", routes.news),
            Route("/open", routes.open),
            Route("/messages/{number:int}", routes.message),
            Route("/messages/{number:int}/html", routes.email),
            Route("/event-form", routes.event_form),
            Route("/events", routes.send_event, methods=["POST"]),
            Route("/clock", routes.set_clock, methods=["POST"]),
            Route("/faults", routes.break_dependency, methods=["POST"]),
            Route("/mended", routes.mend, methods=["POST"]),
            Route("/jobs/{job}", routes.run, methods=["POST"]),
            Mount("/static", StaticFiles(directory=pages.STATIC)),
        ],
        middleware=[Middleware(SameOrigin, port=port)],
        exception_handlers={
            ControlRefused: _refused,
            CommandError: _refused,
            HTTPError: _unreachable,
            BotoCoreError: _unreachable,
            ClientError: _unreachable,
        },
        lifespan=polling,
    )


class Routes:
    def __init__(self, console: Console, token: Callable[[str], str]) -> None:
        self._console = console
        self._token = token

    async def page(self, _request: Request) -> Response:
        await self._console.refresh()
        return HTMLResponse(
            pages.page(
                **self._console.values(),
                entries=self._console.timeline.after(0),
                last=self._console.timeline.last,
                detail_types=DETAIL_TYPES,
            )
        )

    async def news(self, request: Request) -> Response:
        """Server-sent events. A browser that reconnects says which entry it got last."""
        number = int(request.headers.get("last-event-id") or request.query_params.get("after") or 0)

        async def events() -> AsyncIterator[ServerSentEvent]:
            async for event in self._console.follow(number):
                yield ServerSentEvent(event.data, event=event.name, id=event.number)

        return EventSourceResponse(events())

    async def open(self, request: Request) -> Response:
        """Leads to a page of the product, signed in as somebody, with a token that has just been made."""
        role, contract_id = request.query_params.get("as"), request.query_params.get("contract")
        if role is None or role not in self._console.seen.accounts.values():
            raise HTTPException(HTTPStatus.NOT_FOUND, "Nobody of this name has an account.")
        token = await asyncio.to_thread(self._token, role)
        path = f"contract?id={quote(contract_id, safe='')}" if contract_id else "inbox"
        address = f"{self._console.api_url}/app/{path}#{urlencode({'token': token})}"
        return RedirectResponse(address, HTTPStatus.SEE_OTHER)

    async def message(self, request: Request) -> Response:
        return HTMLResponse(pages.part("message", numbered=self._message(request), **self._console.values()))

    async def email(self, request: Request) -> Response:
        """The HTML of an e-mail, for an iframe."""
        scheme = request.query_params.get("scheme", "light")
        found = self._message(request).entry.message
        if not (found and found.html and scheme in pages.SCHEMES):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        document = pages.email_document(found.html, scheme)
        return HTMLResponse(document, headers={"Content-Security-Policy": EMAIL_POLICY})

    async def event_form(self, request: Request) -> Response:
        kind = request.query_params.get("detail-type")
        if kind is None or kind not in DETAIL_TYPES:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        contract = self._console.contract(request.query_params.get("contract", ""))
        form = event_forms.form(kind, contract, self._console.parties(), self._console.seen.clock.now)
        return HTMLResponse(pages.part("event-form", form=form))

    async def send_event(self, request: Request) -> Response:
        """Sends an event, from the fields of a form or from JSON.

        One that the service would refuse is sent only on demand: then the timeline shows how it is refused.
        """
        body = await _body(request)
        kind = str(body.get("detail-type"))
        if kind not in DETAIL_TYPES:
            return _problems([f"The event must be one of {', '.join(DETAIL_TYPES)}."])
        try:
            detail = json.loads(str(body["detail"])) if "detail" in body else event_forms.detail(kind, body)
        except ValueError as error:
            return _problems([f"This is not JSON: {error}."])
        problems = event_forms.problems(kind, detail, self._console.event_source, self._console.seen.clock.now)
        if problems and not body.get("anyway"):
            return _problems(problems)
        await asyncio.to_thread(self._console.controls.send_event, kind, detail)
        return await self._done(f"{kind} was sent.")

    async def set_clock(self, request: Request) -> Response:
        controls = self._console.controls
        match await _body(request):
            case {"advance": int(seconds)}:
                await asyncio.to_thread(controls.advance, seconds)
            case {"to": str(instant)} if parsed := _instant(instant):
                await asyncio.to_thread(controls.jump_to, parsed)
            case {"real": True}:
                await asyncio.to_thread(controls.back_to_real_time)
            case _:
                return _problems(["Say how far to go, or where to."])
        return await self._done("The clock was set.")

    async def break_dependency(self, request: Request) -> Response:
        body = await _body(request)
        dependency, calls = _dependency(body), str(body.get("calls") or "")
        if calls and not calls.isdecimal():
            return _problems(["The number of calls must be a whole number, or empty: until it is mended."])
        await asyncio.to_thread(self._console.controls.break_dependency, dependency, int(calls) if calls else None)
        return await self._done(f"Calls to {DEPENDENCIES[dependency]} fail from now on.")

    async def mend(self, request: Request) -> Response:
        dependency = _dependency(await _body(request))
        await asyncio.to_thread(self._console.controls.mend, dependency)
        return await self._done(f"Calls to {DEPENDENCIES[dependency]} work again.")

    async def run(self, request: Request) -> Response:
        controls = self._console.controls
        match request.path_params["job"]:
            case "sweep":
                said = f"The sweep deleted {_number(await asyncio.to_thread(controls.sweep), 'request')}."
            case "ttl":
                said = f"TTL removed {_number(await asyncio.to_thread(controls.remove_expired), 'item')}."
            case "redrive":
                count = await asyncio.to_thread(controls.redrive)
                said = f"{_number(count, 'message')} put back, to be processed again."
            case _:
                raise HTTPException(HTTPStatus.NOT_FOUND)
        return await self._done(said)

    def _message(self, request: Request) -> Numbered:
        found = self._console.timeline.message(request.path_params["number"])
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "This message is no longer kept.")
        return found

    async def _done(self, said: str) -> Response:
        """Answers when every page has been told of the change."""
        await self._console.refresh()
        return JSONResponse({"said": said})


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "The body must be a JSON object.")
    return body


def _dependency(body: dict[str, Any]) -> str:
    if body.get("dependency") not in DEPENDENCIES:
        raise ControlRefused("There is no such dependency.")
    return str(body["dependency"])


def _instant(text: str) -> datetime | None:
    """An instant with its zone; None if the text is none."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _problems(problems: list[str]) -> Response:
    return JSONResponse({"problems": problems}, HTTPStatus.UNPROCESSABLE_ENTITY)


def _refused(_request: Request, error: Exception) -> Response:
    return _problems([str(error)])


def _unreachable(_request: Request, error: Exception) -> Response:
    return JSONResponse({"problems": [f"The embedded cloud did not do it: {error}"]}, HTTPStatus.BAD_GATEWAY)


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
