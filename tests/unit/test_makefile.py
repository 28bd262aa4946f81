"""In which order `make` does things, and what it hands on."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.template import ROOT


def dry_run(*arguments: str) -> str:
    """What would be run, without running it."""
    command = ["make", "--dry-run", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603


@pytest.mark.parametrize("target", ["test", "soak"])
@pytest.mark.parametrize("jobs", ["--jobs=1", "--jobs=8"])
def test_what_the_tests_lack_is_said_before_lint_and_tests_begin(target: str, jobs: str) -> None:
    said = dry_run(target, jobs)
    assert (
        0
        <= said.index("-m local.preflight\n")
        < said.index("ruff check")
        < said.index("tests-e2e" if target == "test" else "soak-inside")
    )


def test_every_folder_of_tests_is_run() -> None:
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    targets = re.findall(r"tests-\w+", dry_run("test"))
    run = set(re.findall(r"tests/(\w+)", dry_run(*targets)))
    assert run == folders - {"webkit"}  # which needs programs of the system; see test-webkit


@pytest.mark.parametrize("target", ["dev", "up", "unit", "check"])
def test_what_needs_no_browser_or_java_looks_for_none(target: str) -> None:
    said = dry_run(target, "--always-make")
    assert set(re.findall(r"-m local\.preflight(.*)", said)) <= {" esbuild"}


@pytest.mark.parametrize(
    ("target", "then"),
    [
        ("dev", "-m local dev"),
        ("up", "-m local up"),
        ("bench", "-m bench"),
        ("screenshots", "-m tests.web.screenshots"),
        ("package", "-m local.npm_package"),
    ],
)
def test_what_builds_the_pages_gets_esbuild_first(target: str, then: str) -> None:
    said = dry_run(target, "--always-make")
    assert 0 <= said.index("-m local.preflight esbuild\n") < said.index(then)


def test_esbuild_is_looked_for_once_and_again_when_it_or_the_environment_changes(tmp_path: Path) -> None:
    sources = ("Makefile", "requirements/dev.txt", "local/programs/esbuild.py", "cli/mid-job-feedback")
    program, link = tmp_path / "program", tmp_path / ".venv/bin/esbuild"
    for path in [*(tmp_path / source for source in sources), program, link]:
        path.parent.mkdir(parents=True, exist_ok=True)
    for age, source in enumerate((*sources, ".venv/installed", ".venv/esbuild-installed")):
        (tmp_path / source).touch()
        os.utime(tmp_path / source, (age, age))
    shutil.copy(ROOT / "Makefile", tmp_path)
    program.touch()
    os.utime(program, (0, 0))  # npm's archives have old files
    link.symlink_to(program)
    tools = ("tools", f"--directory={tmp_path}")
    assert "local.preflight" not in dry_run(*tools)
    for changed in ("local/programs/esbuild.py", ".venv/installed"):
        assert "local.preflight esbuild" in dry_run(*tools, f"--what-if={changed}")


def test_what_the_tests_in_webkit_lack_is_said_before_they_begin() -> None:
    said = dry_run("test-webkit")
    assert 0 <= said.index("-m local.preflight webkit\n") < said.index("-m pytest tests/webkit")


@pytest.mark.parametrize(
    ("there", "user", "ran"),
    [
        (["WebKitWebDriver", "Xvfb"], "1000", []),
        ([], "0", ["apt-get update", "apt-get install"]),
        (["WebKitWebDriver"], "0", ["apt-get update", "apt-get install"]),
        ([], "1000", ["sudo apt-get update", "sudo apt-get install"]),
    ],
    ids=["nothing", "as root", "one of two", "with sudo"],
)
def test_ci_installs_webkit_if_it_is_missing_then_runs_all_tests(
    tmp_path: Path, there: list[str], user: str, ran: list[str]
) -> None:
    for command in there:
        says_its_arguments(tmp_path / command)
    done = run_ci(tmp_path, user)
    assert done.returncode == 0
    *installed, test, test_webkit = [re.sub(r" -\S+", "", line) for line in done.stderr.splitlines()]
    assert (test, test_webkit) == ("make test", "make test-webkit")
    environments = ("cloud", "checkov", "mutmut", "locust", "workflows")
    prepared = " ".join(["make preflight", *(f".local/{name}/installed" for name in environments)])
    installed.remove(prepared)  # at the same time
    packages = " webkit2gtk-driver xvfb"
    assert installed == [line + packages if line.endswith("install") else line for line in ran]


def test_ci_runs_no_test_if_webkit_cannot_be_installed(tmp_path: Path) -> None:
    stand_in(tmp_path / "apt-get", "exit 100")
    done = run_ci(tmp_path, user="0")
    assert done.returncode == 100
    assert [line.split()[1] for line in done.stderr.splitlines()] == ["--jobs=6"]


def run_ci(folder: Path, user: str) -> subprocess.CompletedProcess[str]:
    """With stand-ins for its commands: those in the folder, and others that print their arguments to stderr."""
    stand_in(folder / "id", f"echo {user}")
    for command in ("apt-get", "sudo", "make"):
        if not (folder / command).exists():
            says_its_arguments(folder / command)
    for command in ("bash", "dirname"):
        (folder / command).symlink_to(str(shutil.which(command)))
    return subprocess.run(  # noqa: S603
        [ROOT / ".ci/run"], env={"PATH": str(folder)}, capture_output=True, text=True, check=False
    )


def says_its_arguments(path: Path) -> None:
    stand_in(path, f'echo "{path.name} $*" >&2')


def stand_in(path: Path, line: str) -> None:
    """A command that does nothing else."""
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("chosen", "pip", "uv"),
    [
        ({}, "", ""),
        ({"PIP_INDEX_URL": "pips"}, "pips", "pips"),
        ({"UV_DEFAULT_INDEX": "uvs"}, "uvs", "uvs"),
        ({"UV_INDEX_URL": "uvs"}, "uvs", "uvs"),
        ({"PIP_INDEX_URL": "pips", "UV_DEFAULT_INDEX": "uvs"}, "pips", "uvs"),
    ],
    ids=["none", "pip", "uv", "uv, old name", "both"],
)
def test_a_package_index_chosen_for_pip_is_chosen_for_uv_and_the_other_way_round(
    tmp_path: Path, chosen: dict[str, str], pip: str, uv: str
) -> None:
    asks = tmp_path / "Makefile"
    asks.write_text(f"include {ROOT}/Makefile\nindex:\n\t@echo $$PIP_INDEX_URL,$$UV_DEFAULT_INDEX\n")
    names = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
    environment = {name: value for name, value in os.environ.items() if name not in names} | chosen
    said = subprocess.run(  # noqa: S603
        ["make", "--no-print-directory", "-f", str(asks), "index"],  # noqa: S607
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == f"{pip},{uv}\n"


@pytest.mark.parametrize(
    ("variables", "options"),
    [
        (("STACK=mid-job-feedback-dev",), "--stack mid-job-feedback-dev smoke"),
        (("STACK=mid-job-feedback-dev", "EVENT=1"), "--stack mid-job-feedback-dev smoke --event"),
        (("PORT=4600",), "--port 4600 smoke"),
    ],
)
def test_smoke_is_a_command_of_the_tool_for_operators(variables: tuple[str, ...], options: str) -> None:
    words = dry_run("smoke", *variables).splitlines()[-1].split()
    assert " ".join(words) == f".venv/bin/mid-job-feedback {options}"
