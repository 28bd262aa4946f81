"""AWS's own DynamoDB Local, run for as long as the tests need it."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import boto3

from local.programs import dynamodb_local, java
from tests.template import create_table

PATIENCE = 30  # seconds until it must answer


@contextmanager
def running() -> Iterator[str]:
    """DynamoDB Local, in memory; yields its address."""
    port = _free_port()
    command = [
        str(java.find().executable),
        "-Djava.library.path=./DynamoDBLocal_lib",
        "-jar",
        "DynamoDBLocal.jar",
        "-inMemory",
        "-disableTelemetry",
        "-port",
        str(port),
    ]
    process = subprocess.Popen(  # noqa: S603
        command, cwd=dynamodb_local.find(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port, process)
        _warm(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _warm(address: str) -> None:
    """The first table takes seconds to make, longer than the service would wait for an answer."""
    client = boto3.client(
        "dynamodb", "us-east-1", endpoint_url=address, aws_access_key_id="a", aws_secret_access_key="b"
    )
    create_table(client, "IdempotencyTable", "first")
    client.delete_table(TableName="first")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, "DynamoDB Local ended before it answered"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("DynamoDB Local did not answer")
