"""Serves pages as deployed (built by web/build.py, responses by functions/web), with a fake API if wanted."""

import base64
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any, ClassVar
from urllib.parse import unquote

from tests.template import ROOT
from tests.web.fake_api import Call, FakeApi, cors_headers

PATH_PREFIX = "/_aws/execute-api/0123abcd/$default"


def build_pages_layer(folder: Path, source: Path = ROOT / "web") -> Path:
    """Builds PagesLayer as `sam build` does. Returns the folder that Lambda mounts as /opt/python."""
    subprocess.run(  # noqa: S603
        ["make", "-s", "-C", str(source), "build-PagesLayer", f"ARTIFACTS_DIR={folder}"],  # noqa: S607
        env={**os.environ, "PATH": os.pathsep.join([str(ROOT / ".venv/bin"), os.environ["PATH"]])},
        check=True,
    )
    return folder / "python"


@contextmanager
def serve_pages(web_function: ModuleType, api: FakeApi | None = None, allowed_origin: str = "") -> Iterator[str]:
    """Starts an HTTP server in front of functions/web and `api`, which pages of `allowed_origin` may call, too.

    Yields the stack's URL. Without an API, a test fakes it in the browser.
    """
    cors = cors_headers(allowed_origin) if allowed_origin else {}
    with serve(type("Handler", (_Handler,), {"web_function": web_function, "api": api, "cors": cors})) as origin:
        yield origin + PATH_PREFIX


@contextmanager
def serve(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Starts an HTTP server with an origin of its own, and yields that."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class _Handler(BaseHTTPRequestHandler):
    web_function: ClassVar[ModuleType]
    api: ClassVar[FakeApi | None]
    cors: ClassVar[Mapping[str, str]]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # with it, the body would wait until the browser acknowledges the headers

    def do_GET(self) -> None:
        path, _, query = self.path.removeprefix(PATH_PREFIX).partition("?")
        if self.api and not path.startswith("/app/"):
            self._call(self.api)
            return
        response = self.web_function.handler(self._event(path, query), None)
        body = response.get("body", "")
        content = base64.b64decode(body) if response.get("isBase64Encoded") else body.encode()
        self._send(response["statusCode"], {**response["headers"], **self.cors}, content)

    def do_POST(self) -> None:
        assert self.api
        self._call(self.api)

    def do_PUT(self) -> None:
        self.do_POST()

    def do_DELETE(self) -> None:
        self.do_POST()

    def do_OPTIONS(self) -> None:
        """Whether a page of another origin may call the API."""
        self._send(204, self.cors, b"")

    def _call(self, api: FakeApi) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        content = self.rfile.read(int(headers.get("content-length", 0))).decode()
        path = self.path.removeprefix(f"{PATH_PREFIX}/")
        reply = api.answer(Call(self.command, path, headers, content))
        if reply:
            self._send(reply.status, {**reply.headers, **self.cors}, reply.body.encode())
        else:
            self._break_off()

    def _break_off(self) -> None:
        """Ends the connection within a response: browsers repeat a GET that got none."""
        self._send(200, {"content-length": "1000"}, b"")
        self.close_connection = True

    def _send(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        """Without a `Date`, unless the API says one: the clock of the tests is a fixed one."""
        self.send_response_only(status)
        for name, value in {"content-length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass

    def _event(self, path: str, query: str) -> dict[str, Any]:
        """The event of an HTTP API (payload format 2.0), which decodes the path once."""
        path = unquote(path)
        proxy = path.removeprefix("/app/")
        return {
            "rawPath": path,
            "rawQueryString": query,
            "requestContext": {"requestId": "page-request", "http": {"method": self.command}},
            "headers": {name.lower(): value for name, value in self.headers.items()},
            **({"pathParameters": {"proxy": proxy}} if proxy not in {"", path} else {}),
        }
