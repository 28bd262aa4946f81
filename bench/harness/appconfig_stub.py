"""Stub of AppConfig's data plane: starts a session and returns the rollout's feature flags."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.template import rollout_flags

FLAGS = json.dumps(rollout_flags(100, [])).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # With Nagle's algorithm the body would wait 40 ms until the client acknowledges the headers.
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._respond(201, b'{"InitialConfigurationToken": "first"}')

    def do_GET(self) -> None:
        tokens = {"Next-Poll-Configuration-Token": "next", "Next-Poll-Interval-In-Seconds": "60"}
        self._respond(200, FLAGS, **tokens)

    def _respond(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        content = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        for name, value in (content | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class names it so
        """Log nothing: a line per request would fill the terminal."""


@contextmanager
def running() -> Iterator[int]:
    """Serve until the block ends; yields the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
