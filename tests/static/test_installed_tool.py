"""The tool for operators as `pipx` and `uv tool` install it: without the rest of the repository."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.template import ROOT

PARTS = (
    *("pyproject.toml", "LICENSE", "cli", "docs/openapi.json"),
    *("layers/dependencies/requirements.in", "layers/mid_job_feedback"),
)
"""What the build of the wheel reads. A copy of it is built, since setuptools leaves files beside its sources."""
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
GENERATED = shutil.ignore_patterns("__pycache__")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel."""
    folder = tmp_path_factory.mktemp("tool")
    sources, wheels = folder / "sources", folder / "wheels"
    for part in PARTS:
        copy = sources / part
        copy.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, copy, symlinks=True, ignore=GENERATED)
        else:
            shutil.copy(ROOT / part, copy)
    build = [sys.executable, "-c", BUILD, str(wheels)]
    done = subprocess.run(build, cwd=sources, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    [wheel] = wheels.glob("*.whl")
    ZipFile(wheel).extractall(folder / "installed")
    return folder / "installed"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for package in ("cli", "mid_job_feedback")
        for file in (folder / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def test_it_has_every_file_of_both_packages(installed: Path) -> None:
    of_checkout = contents(ROOT) | contents(ROOT / "layers/mid_job_feedback")
    del of_checkout["cli/mid-job-feedback"]  # which runs it from the checkout
    assert contents(installed) == of_checkout
    assert b'"/contracts/{contract_id}/feedback"' in of_checkout["cli/smoke/openapi.json"]


def test_its_requirements_are_those_of_the_service_and_its_own(installed: Path) -> None:
    [metadata] = installed.glob("*.dist-info/METADATA")
    for requirement in ("pydantic<2.14", "typer<0.24", "pyjwt", "boto3"):
        assert f"\nRequires-Dist: {requirement}\n" in metadata.read_text()


def test_it_runs_without_the_rest_of_the_repository(installed: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-m", "cli", "smoke", "--port", "1"]
    done = subprocess.run(  # noqa: S603
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "No stack runs on port 1: start one with `make up PORT=1`.\n"
