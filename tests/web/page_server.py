"""Serves the pages as deployed: files built by web/build.py, responses by functions/web, below a stage's path."""

import base64
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import MappingProxyType, ModuleType
from typing import Any, ClassVar
from urllib.parse import unquote

from tests.template import ROOT

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
def serve_pages(web_function: ModuleType, answers: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """Starts an HTTP server in front of functions/web. Yields the stack's URL.

    Below it, the API answers with `answers`: JSON by path. Without them, a test fakes the API in the browser.
    """
    handler = type("Handler", (_Handler,), {"web_function": web_function, "answers": answers})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{PATH_PREFIX}"
    server.shutdown()
    server.server_close()


class _Handler(BaseHTTPRequestHandler):
    web_function: ClassVar[ModuleType]
    answers: ClassVar[Mapping[str, str]]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # with it, the body would wait until the browser acknowledges the headers

    def do_GET(self) -> None:
        path, _, query = self.path.removeprefix(PATH_PREFIX).partition("?")
        if path in self.answers:
            self._send(200, {"content-type": "application/json"}, self.answers[path].encode())
            return
        response = self.web_function.handler(self._event(path, query), None)
        body = response.get("body", "")
        content = base64.b64decode(body) if response.get("isBase64Encoded") else body.encode()
        self._send(response["statusCode"], response["headers"], content)

    def _send(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        """Without a `Date`: the clock of the tests is a fixed one."""
        self.send_response_only(status)
        for name, value in {**headers, "content-length": str(len(content))}.items():
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
