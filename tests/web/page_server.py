"""Serves the pages as deployed: files built by web/build.py, responses by functions/web, below a stage's path."""

import base64
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any, ClassVar
from urllib.parse import unquote

from tests.template import ROOT

PATH_PREFIX = "/_aws/execute-api/0123abcd/$default"


def build_pages_layer(folder: Path) -> Path:
    """Builds PagesLayer as `sam build` does. Returns the folder that Lambda mounts as /opt/python."""
    subprocess.run(  # noqa: S603
        ["make", "-s", "-C", str(ROOT / "web"), "build-PagesLayer", f"ARTIFACTS_DIR={folder}"],  # noqa: S607
        env={**os.environ, "PATH": os.pathsep.join([str(ROOT / ".venv/bin"), os.environ["PATH"]])},
        check=True,
    )
    return folder / "python"


@contextmanager
def serve_pages(web_function: ModuleType) -> Iterator[str]:
    """Starts an HTTP server in front of functions/web. Yields the stack's URL, below which the API is faked."""
    handler = type("Handler", (_Handler,), {"web_function": web_function})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{PATH_PREFIX}"
    server.shutdown()
    server.server_close()


class _Handler(BaseHTTPRequestHandler):
    web_function: ClassVar[ModuleType]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        response = self.web_function.handler(self._event(), None)
        body = response.get("body", "")
        content = base64.b64decode(body) if response.get("isBase64Encoded") else body.encode()
        self.send_response(response["statusCode"])
        for name, value in {**response["headers"], "content-length": len(content)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass

    def _event(self) -> dict[str, Any]:
        """The event of an HTTP API (payload format 2.0), which decodes the path once."""
        path, _, query = self.path.removeprefix(PATH_PREFIX).partition("?")
        path = unquote(path)
        proxy = path.removeprefix("/app/")
        return {
            "rawPath": path,
            "rawQueryString": query,
            "requestContext": {"requestId": "page-request", "http": {"method": self.command}},
            "headers": {name.lower(): value for name, value in self.headers.items()},
            **({"pathParameters": {"proxy": proxy}} if proxy not in {"", path} else {}),
        }
