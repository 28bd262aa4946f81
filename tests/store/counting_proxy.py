"""An HTTP proxy in front of AWS: it records every request, forwards the table's, and answers the others itself."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

from tests.template import rollout_flags

_SECRET: Final = json.dumps({"Name": "link-key", "SecretString": json.dumps({"current": "k" * 64})}).encode()
_SESSION: Final = json.dumps({"InitialConfigurationToken": "first"}).encode()
_HOP_BY_HOP: Final = {"connection", "transfer-encoding", "content-length", "server", "date"}


class CountingProxy:
    """`requests`: the operation of every HTTP request, in order."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.requests: list[str] = []


@contextmanager
def counting_proxy(table: str) -> Iterator[CountingProxy]:
    """Runs the proxy. `table` is the address of DynamoDB Local."""
    proxy = CountingProxy("")
    upstream = urlsplit(table).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            operation = self.headers.get("X-Amz-Target", self.path).rpartition(".")[2]
            proxy.requests.append(operation)
            if operation == "/configurationsessions":
                self._respond(201, {"Content-Type": "application/json"}, _SESSION)
            elif operation == "GetSecretValue":
                self._respond(200, {"Content-Type": "application/x-amz-json-1.1"}, _SECRET)
            else:
                self._forward(body)

        def do_GET(self) -> None:
            proxy.requests.append("GetLatestConfiguration")
            flags = json.dumps(rollout_flags(100, [])).encode()
            following = {"Next-Poll-Configuration-Token": "next", "Next-Poll-Interval-In-Seconds": "60"}
            self._respond(200, {"Content-Type": "application/json", **following}, flags)

        def _forward(self, body: bytes) -> None:
            connection = HTTPConnection(upstream)
            connection.request("POST", self.path, body, dict(self.headers))
            response = connection.getresponse()
            headers = {name: value for name, value in response.getheaders() if name.lower() not in _HOP_BY_HOP}
            self._respond(response.status, headers, response.read())
            connection.close()

        def _respond(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Does not log to stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    proxy.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
