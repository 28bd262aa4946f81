"""Lets only the console's own page use the console: other sites cannot read it, drive it or frame it.

Every page that is open in the developer's browser can send requests to 127.0.0.1. Three checks stop them:

- `Host` must be this address. A site whose name resolves to 127.0.0.1 (DNS rebinding) has another.
- The browser must not say that another origin sent the request (`Sec-Fetch-Site`, `Origin`). Other ports of this
  machine are other origins, too.
- A body must be JSON, which a form of another site cannot send.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OWN: Final = {"same-origin", "none"}
"""Values of `Sec-Fetch-Site`: a request of the console's page, or of the person, such as by a bookmark."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
EMAIL_POLICY: Final = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src https: http: data:; base-uri 'none'; frame-ancestors 'self'"
)
"""Of the HTML of an e-mail: no script, no form, and an origin of its own. Its links open in new tabs."""


class SameOrigin:
    """ASGI middleware. `port`: the console's."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = next(self._objections(scope["method"], Headers(scope=scope)), None)
        app = PlainTextResponse(refused, HTTPStatus.FORBIDDEN) if refused else self._app

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", POLICY)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await app(scope, receive, send_with_headers)

    def _objections(self, method: str, headers: Headers) -> Iterator[str]:
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in self._hosts:
            yield f"The console is at {' and '.join(sorted(self._hosts))} only."
        if headers.get("sec-fetch-site", "none") not in OWN or origin not in {None, f"http://{host}"}:
            yield "Another page may not use the console."
        if method not in {"GET", "HEAD"} and headers.get("content-type") != "application/json":
            yield "The console takes JSON only."
