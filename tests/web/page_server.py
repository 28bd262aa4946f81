"""The pages as they are deployed: built by web/Makefile, answered by functions/web, under a path prefix."""

import base64
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any, ClassVar

from tests.template import ROOT

PREFIX = "/_aws/execute-api/0123abcd/$default"


def build(folder: Path) -> Path:
    """Runs what `sam build` runs for PagesLayer; returns what becomes /opt/python."""
    subprocess.run(  # noqa: S603
        ["make", "-s", "-C", str(ROOT / "web"), "build-PagesLayer", f"ARTIFACTS_DIR={folder}"],  # noqa: S607
        check=True,
    )
    return folder / "python"


def event(method: str, path: str, **headers: str) -> dict[str, Any]:
    """An HTTP API's event (payload 2.0) for a file below /app/."""
    return {
        "requestContext": {"http": {"method": method}},
        "pathParameters": {"proxy": path},
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
    }


@contextmanager
def served(function: ModuleType) -> Iterator[str]:
    """A gateway on this machine; yields the address that the pages and the API share."""
    handler = type("Gateway", (_Gateway,), {"function": function})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
    server.shutdown()
    server.server_close()


class _Gateway(BaseHTTPRequestHandler):
    function: ClassVar[ModuleType]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.removeprefix(f"{PREFIX}/app/").partition("?")[0]
        headers = {name.lower().replace("-", "_"): value for name, value in self.headers.items()}
        response = self.function.handler(event(self.command, path, **headers), None)
        body = response.get("body", "")
        content = base64.b64decode(body) if response.get("isBase64Encoded") else body.encode()
        self.send_response(response["statusCode"])
        for name, value in {**response["headers"], "content-length": len(content)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass
