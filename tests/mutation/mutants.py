"""Mutation testing of the rules with mutmut: do their unit tests notice small changes of the code?

mutmut works on a copy. It changes code inside functions only; constants beside them, such as the table of
transitions and the reason codes, are compared literally by tests.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.template import ROOT

RULES = ("eligibility", "lifecycle", "corrections", "replies", "moderation", "totals", "change_windows")
_TESTED_BY_OTHERS = {"change_windows"}  # by the tests of what the windows allow
MUTMUT = ROOT / ".local/mutmut/bin/mutmut"
KILLED = {"killed", "timeout"}

_PACKAGE = ROOT / "layers/mid_job_feedback/mid_job_feedback"
_TESTS = (
    "suite_clock.py",
    "builders.py",
    *(f"unit/test_{rules}.py" for rules in RULES if rules not in _TESTED_BY_OTHERS),
)
_SETTINGS = f"""
[tool.mutmut]
source_paths = ["{_PACKAGE.name}"]
only_mutate = {[f"{_PACKAGE.name}/domain/{rules}.py" for rules in RULES]}
also_copy = ["tests"]
pytest_add_cli_args = ["--hypothesis-seed=0"]
pytest_add_cli_args_test_selection = ["tests/unit"]

[tool.pytest.ini_options]
addopts = ["--import-mode=importlib"]
pythonpath = ["."]
"""


class Mutant(NamedTuple):
    """One change of one line, identified without its place in the file."""

    function: str  # such as lifecycle.close
    before: str
    after: str


def prepare(folder: Path) -> None:
    shutil.copytree(_PACKAGE, folder / _PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    for test in _TESTS:
        copy = folder / "tests" / test
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "tests" / test, copy)
    (folder / "pyproject.toml").write_text(_SETTINGS)


def run(folder: Path, *names: str) -> dict[str, str]:
    """Runs the mutants of these functions, by default of all; returns outcomes by mutmut's mutant name."""
    _mutmut(folder, "run", "--max-children", "2", *(_names_of(name) for name in names))
    results = re.findall(r"^\s*(\S+): (.+)$", _mutmut(folder, "results", "--all", "true"), re.MULTILINE)
    return {mutant: outcome for mutant, outcome in results if outcome != "not checked"}


def show(folder: Path, name: str) -> Mutant:
    module, function = re.fullmatch(rf"{_PACKAGE.name}\.domain\.(\w+)\.x_(\w+?)__mutmut_\d+", name).groups()  # type: ignore[union-attr]
    return parse_diff(f"{module}.{function}", _mutmut(folder, "show", name))


def parse_diff(function: str, diff: str) -> Mutant:
    before, after = (
        "\n".join(line.strip() for line in re.findall(rf"^[{sign}](?![{sign}])(.*)$", diff, re.MULTILINE))
        for sign in "-+"
    )
    return Mutant(function, before, after)


def _names_of(function: str) -> str:
    module, _, name = function.partition(".")
    return f"{_PACKAGE.name}.domain.{module}.x_{name}__mutmut_*"


def _mutmut(folder: Path, *arguments: str) -> str:
    process = subprocess.run(  # noqa: S603
        [MUTMUT, *arguments], cwd=folder, capture_output=True, check=False, text=True
    )
    assert process.returncode == 0, process.stdout[-3000:] + process.stderr[-3000:]
    return process.stdout
