"""Runs DynamoDB Local, which AWS publishes for tests."""

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import boto3

from local.cloud_process import free_port
from local.programs import dynamodb_local, java
from tests.template import create_table

# For tests, which run most of its code a few times only: the best compiler costs more than it saves.
QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
TIMEOUT = 120  # seconds to start: Java takes long on a busy machine


@contextmanager
def running(java_flags: Sequence[str] = QUICK_START) -> Iterator[str]:
    """Runs DynamoDB Local in memory; yields its address."""
    port = free_port()
    flags = [*java_flags, "-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar"]
    command = [str(java.find().executable), *flags, "-inMemory", "-disableTelemetry", "-port", str(port)]
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
    """Creates the first table, which takes seconds: longer than the service waits for a response."""
    client = boto3.client(
        "dynamodb", "us-east-1", endpoint_url=address, aws_access_key_id="a", aws_secret_access_key="b"
    )
    create_table(client, "IdempotencyTable", "first")
    client.delete_table(TableName="first")


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        assert process.poll() is None, "DynamoDB Local ended before it was ready"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"DynamoDB Local was not ready after {TIMEOUT} s")
