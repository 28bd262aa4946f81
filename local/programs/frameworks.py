"""React, Vue and TypeScript, with which the tests build pages that use the npm package of the elements."""

from pathlib import Path
from typing import Final

from local.cloud_process import ROOT
from local.programs import npm
from local.programs.program import THIS_MACHINE, Machine, MissingProgramError, NotFetchedError

LOCK: Final = ROOT / "tests/web/apps/package-lock.json"
NAME: Final = "React, Vue and TypeScript (the npm packages of tests/web/apps)"


def find(machine: Machine = THIS_MACHINE) -> Path:
    """The folder `node_modules` with these packages.

    Raises:
        MissingProgramError: if they cannot be had.
    """
    try:
        return npm.installed(LOCK, machine)
    except (NotFetchedError, MissingProgramError) as error:
        raise MissingProgramError(NAME, str(error)) from error
