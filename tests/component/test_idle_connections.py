"""Connections dropped while Lambda had frozen the process: messages are sent nevertheless."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError
from moto.core.models import botocore_stubber

from mid_job_feedback import aws

type Call = tuple[str, dict[str, Any]]

MESSAGES: dict[str, Call] = {
    "sesv2": ("send_email", {"Content": {"Raw": {"Data": b"Hello"}}}),
    "sns": ("publish", {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:dash", "Message": "Hello"}),
}
RESPONSES = {
    "sesv2": b"{}",
    "sns": b"<PublishResponse><PublishResult/><ResponseMetadata/></PublishResponse>",
}


class _Handler(BaseHTTPRequestHandler):
    """Answers one request. Keeps the connection open, but answers nothing more that is sent on it.

    Load balancers and NAT gateways treat connections like this that were idle for long: the client cannot see that
    they are dropped until it uses them.
    """

    protocol_version = "HTTP/1.1"
    body: bytes

    def handle(self) -> None:
        self.handle_one_request()
        self.rfile.read(1)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None: ...


class _Server(ThreadingHTTPServer):
    block_on_close = False  # a connection that nobody uses again stays open


@pytest.fixture(params=MESSAGES)
def service(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, socket_enabled: None
) -> Iterator[str]:
    """The name of a service whose clients call a server that drops connections; moto does not answer."""
    name: str = request.param
    with _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"body": RESPONSES[name]})) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name.upper()}", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setattr(botocore_stubber, "enabled", False)
        yield name
        server.shutdown()


def test_a_message_is_sent_although_the_idle_connection_was_dropped(service: str) -> None:
    client = aws.sender.__wrapped__(service)
    for _ in range(3):
        assert _send(client, service) == 200


def test_a_client_that_keeps_its_connection_fails_on_this_server(service: str) -> None:
    """Or the test above would prove nothing."""
    client = aws._client(service, aws._SENDING)
    assert _send(client, service) == 200
    with pytest.raises(ConnectionClosedError):
        _send(client, service)


def _send(client: Any, service: str) -> int:
    method, arguments = MESSAGES[service]
    status: int = getattr(client, method)(**arguments)["ResponseMetadata"]["HTTPStatusCode"]
    return status
