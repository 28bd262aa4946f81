"""AWS's own DynamoDB Local: fetched once, checked, and run for as long as the tests need it."""

import hashlib
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3

from tests.template import ROOT, create_table

PACKAGE, VERSION = "amplify-dynamodb-simulator", "2.9.30"  # the npm package that carries the jar
SHA512 = (
    "c5379e44bbf311fab2779961ddb1f8734907bd21c79a6843e590ec1c52804398"
    "36665e89aa515dbad6908422c7cf1129e91cb5a3b4c1ea7888a17b9002749ec1"
)
HOME = ROOT / ".local" / "dynamodb-local"
PATIENCE = 30  # seconds until it must answer


@contextmanager
def running() -> Iterator[str]:
    """DynamoDB Local, in memory; yields its address."""
    folder = _fetched()
    port = _free_port()
    command = [
        "java",
        "-Djava.library.path=./DynamoDBLocal_lib",
        "-jar",
        "DynamoDBLocal.jar",
        "-inMemory",
        "-disableTelemetry",
        "-port",
        str(port),
    ]
    process = subprocess.Popen(  # noqa: S603
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port, process)
        _warm(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _fetched() -> Path:
    folder = HOME / VERSION
    if not folder.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=HOME) as scratch:
            subprocess.run(  # noqa: S603
                ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"],  # noqa: S607
                cwd=scratch,
                check=True,
                capture_output=True,
            )
            archive = Path(scratch) / f"{PACKAGE}-{VERSION}.tgz"
            assert hashlib.sha512(archive.read_bytes()).hexdigest() == SHA512, (
                f"{archive.name} is not what was pinned"
            )
            with tarfile.open(archive) as contents:
                contents.extractall(scratch, filter="data")
            (Path(scratch) / "package" / "emulator").rename(folder)
    return folder


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
        assert process.poll() is None, "DynamoDB Local ended; is Java 17 there?"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("DynamoDB Local did not answer")
