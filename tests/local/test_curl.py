"""The stand-in for curl sends what curl would send."""

import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

CURL = Path(__file__).with_name("curl.py")
JSON = "Content-Type: application/json"


class _Server(BaseHTTPRequestHandler):
    """Answers with what it was sent; a path /404 with that status."""

    received: ClassVar[list[tuple[str, str | None, bytes]]] = []

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.received.append((self.command, self.headers["content-type"], body))
        self.send_response(404 if self.path == "/404" else 200)
        self.end_headers()
        self.wfile.write(b"answered")

    do_GET = do_POST = _respond  # noqa: N815 - as http.server names them

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    _Server.received.clear()
    with HTTPServer(("127.0.0.1", 0), _Server) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def curl(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(CURL), "--silent", "--fail-with-body", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("options", "received"),
    [
        ([], ("GET", None, b"")),
        (["-d", "{}"], ("POST", "application/x-www-form-urlencoded", b"{}")),
        (["-H", JSON, "-d", '{"a": 1}'], ("POST", "application/json", b'{"a": 1}')),
    ],
    ids=["get", "form", "json"],
)
def test_it_sends_what_curl_would(
    address: str, options: list[str], received: tuple[str, str | None, bytes]
) -> None:
    response = curl(*options, address)
    assert (response.returncode, response.stdout) == (0, "answered")
    assert _Server.received == [received]


def test_it_fails_on_an_http_error_and_shows_the_body(address: str) -> None:
    response = curl(f"{address}/404")
    assert (response.returncode, response.stdout) == (22, "answered")


def test_it_refuses_options_it_does_not_know(address: str) -> None:
    assert curl("--proxy", "somewhere", address).returncode == 2
    assert _Server.received == []
