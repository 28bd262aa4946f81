"""`make up`, the lines that it prints, and `make down`. Slow: they build and deploy the real stack."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.cloud_process import ROOT, free_port


def make(target: str, port: int, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", target],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port), "CONSOLE_PORT": str(free_port()), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def port() -> Iterator[int]:
    port = free_port()
    yield port
    make("down", port)


@pytest.fixture
def path_with_curl(tmp_path: Path) -> str:
    """The machine's own curl, or one that does the same with the options that are printed."""
    if not shutil.which("curl"):
        stand_in = tmp_path / "curl"
        stand_in.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("curl.py")}" "$@"\n')
        stand_in.chmod(0o755)
    return os.pathsep.join([str(tmp_path), os.environ["PATH"]])


def test_the_printed_curl_lines_work_until_the_stack_is_taken_down(port: int, path_with_curl: str) -> None:
    up = make("up", port, STACK_PARAMETERS="RequestLifetime=PT1H ExpirySchedule='rate(1 minute)'")
    assert up.returncode == 0, up.stdout
    stack = json.loads((ROOT / f".local/{port}/stack.json").read_text())
    assert stack["api_url"] == f"http://127.0.0.1:{port}/marketplace"
    assert stack["function_names"].keys() >= {"request", "submit", "list", "expire", "notify", "ingest"}

    pasted = [line.strip() for line in up.stdout.partition("Try\n")[2].partition("\n\n")[0].splitlines()]
    script = "\n".join(line.replace("curl", "curl --silent --fail-with-body") + " || exit" for line in pasted)
    output = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env={**os.environ, "PATH": path_with_curl},
        capture_output=True,
        text=True,
        check=False,
    )
    assert output.returncode == 0, output.stdout
    assert '"status":"pending"' in output.stdout

    other, latest = ROOT / f".local/{free_port()}", ROOT / ".local/stack.json"
    other.mkdir()
    (other / "stack.json").write_text("of another copy")
    assert make("down", port).returncode == 0
    assert not (ROOT / f".local/{port}").exists()
    assert latest.read_text() == "of another copy"
    make("down", int(other.name))
    assert not latest.exists() or latest.read_text() != "of another copy"
    with pytest.raises(httpx.ConnectError):
        httpx.get(stack["endpoint_url"])


def test_a_parameter_the_stack_does_not_have_is_refused_before_anything_starts(port: int) -> None:
    up = make("up", port, STACK_PARAMETERS="RequestLifespan=PT1H")
    assert up.returncode != 0
    assert "no parameter RequestLifespan" in up.stdout
    assert not (ROOT / f".local/{port}").exists()
