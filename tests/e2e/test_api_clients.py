"""Clients in TypeScript and Python, generated from the document that the stack serves, play a contract through."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from local.programs import esbuild, node, npm_packages
from tests.e2e.conftest import ALLOWED_ORIGINS
from tests.e2e.deployed_service import DeployedService, eventually
from tests.openapi_document import document
from tests.template import ROOT

SOURCES = ROOT / "tests/openapi"


@pytest.fixture(scope="module")
def folder(service: DeployedService, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document as the stack serves it, and the sources of both stories."""
    folder = tmp_path_factory.mktemp("clients")
    served = service.http.get(f"{service.stack.api_url}/app/openapi.json", headers={"Origin": ALLOWED_ORIGINS[0]})
    assert (served.status_code, served.headers["Content-Type"]) == (200, "application/json")
    assert served.headers["Access-Control-Allow-Origin"] == ALLOWED_ORIGINS[0]
    assert served.json() == document()
    (folder / "openapi.json").write_text(served.text)
    for source in SOURCES.iterdir():
        shutil.copy(source, folder)
    (folder / "node_modules").symlink_to(npm_packages.OPENAPI_TOOLS.find())
    return folder


def run(folder: Path, *command: str | Path, environment: Mapping[str, str] | None = None) -> str:
    """Returns what a program wrote; fails with what it complained of."""
    done = subprocess.run(  # noqa: S603
        command, cwd=folder, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def play(service: DeployedService, folder: Path, *story: str | Path) -> None:
    """Runs a story, and checks what it says it saw."""
    contract_id = service.an_eligible_contract()
    settings = {
        "API_URL": service.stack.api_url,
        "CONTRACT_ID": contract_id,
        "FREELANCER_ID": service.freelancer.id,
        "FREELANCER_TOKEN": service.freelancer.token,
        "CLIENT_TOKEN": service.client.token,
        "KEY": str(uuid4()),
        "NO_PROXY": "127.0.0.1",
    }

    def saw(part: str) -> Any:
        return json.loads(run(folder, *story, part, environment=settings))

    assert saw("give") == {
        "statuses": [201, 200, 409, 201],
        "asked": True,
        "refused": ["request_pending", True],
        "score": 4.67,
        "answers": True,
    }
    eventually(lambda: contract_id in service.work_history(), "the work history")
    assert saw("history") == {"comments": ["Good."]}


def test_a_typescript_client_plays_a_contract_through_and_its_types_refuse_mistakes(
    service: DeployedService, folder: Path
) -> None:
    executable = node.find().executable
    run(folder, executable, "node_modules/openapi-typescript/bin/cli.js", "openapi.json", "--output=api.d.ts")
    compiler = npm_packages.FRAMEWORKS.find() / "typescript/bin/tsc"
    told = subprocess.run(  # noqa: S603
        [executable, compiler, "--pretty", "false"], cwd=folder, stdout=subprocess.PIPE, text=True, check=False
    ).stdout
    lines = (folder / "wrong.ts").read_text().splitlines()
    mistakes = [(number, line.partition("// ")[2]) for number, line in enumerate(lines, 1) if "; // TS" in line]
    found = re.findall(r"^([\w.]+)\((\d+),\d+\): error (TS\d+)", told, re.MULTILINE)
    assert found == [("wrong.ts", str(number), code) for number, code in mistakes], told
    options = ("--bundle", "--format=esm", "--platform=node", "--log-level=warning", "--outfile=story.js")
    run(folder, esbuild.find().executable, "story.ts", *options)
    play(service, folder, executable, "story.js")


def test_a_python_client_plays_a_contract_through(service: DeployedService, folder: Path) -> None:
    generator = (ROOT / ".venv/bin/openapi-python-client", "generate", "--path=openapi.json", "--meta=none")
    run(folder, *generator, "--config=python-client.yml", "--output-path=feedback_client", "--fail-on-warning")
    play(service, folder, sys.executable, "story.py")
