"""Stub of a stack for the import of contracts: describes its outputs, and keeps what is published on its bus."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SOURCE = "marketplace.contracts"
_OUTPUTS = {"EventBusName": "marketplace", "EventSource": SOURCE}
_MEMBERS = "".join(
    f"<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>"
    for name, value in _OUTPUTS.items()
)
_STACK = f"""\
<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>
<member><StackName>mid-job-feedback</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>
<StackStatus>CREATE_COMPLETE</StackStatus><Outputs>{_MEMBERS}</Outputs></member>
</Stacks></DescribeStacksResult></DescribeStacksResponse>""".encode()


@dataclass
class EventBus:
    """`entries`: of all PutEvents, in order."""

    port: int
    entries: list[dict[str, Any]] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # With Nagle's algorithm the body would wait 40 ms until the client acknowledges the headers.
    disable_nagle_algorithm = True
    server: "_Server"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "X-Amz-Target" not in self.headers:  # CloudFormation
            self._respond(_STACK, "text/xml")
            return
        entries = json.loads(body)["Entries"]
        self.server.bus.entries += entries
        taken = {"FailedEntryCount": 0, "Entries": [{"EventId": "e"} for _ in entries]}
        self._respond(json.dumps(taken).encode(), "application/x-amz-json-1.1")

    def _respond(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class names it so
        """Log nothing: a line per request would fill the terminal."""


class _Server(ThreadingHTTPServer):
    bus: EventBus

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of a client that was killed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def running() -> Iterator[EventBus]:
    """Serve until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.bus = EventBus(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.bus
    finally:
        server.shutdown()
        server.server_close()
