"""The part of AppConfig's data plane that a function calls: a session, and the rollout's flags in it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.template import rollout_flags

FLAGS = json.dumps(rollout_flags(100, [])).encode()


class _Stub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or the body would wait for the headers to be acknowledged, 40 ms

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(201, b'{"InitialConfigurationToken": "first"}')

    def do_GET(self) -> None:
        tokens = {"Next-Poll-Configuration-Token": "next", "Next-Poll-Interval-In-Seconds": "60"}
        self._answer(200, FLAGS, **tokens)

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        lengths = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        for name, value in (lengths | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name it has there
        """Says nothing."""


@contextmanager
def running() -> Iterator[int]:
    """Yields the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Stub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
