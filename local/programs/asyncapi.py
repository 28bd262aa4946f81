"""AsyncAPI's parser, with which a test validates docs/asyncapi.json."""

from pathlib import Path
from typing import Final

from local.cloud_process import ROOT
from local.programs import npm
from local.programs.program import THIS_MACHINE, Machine, MissingProgramError, NotFetchedError

LOCK: Final = ROOT / "tests/static/asyncapi/package-lock.json"
NAME: Final = "AsyncAPI's parser (the npm package @asyncapi/parser)"


def find(machine: Machine = THIS_MACHINE) -> Path:
    """The folder `node_modules` with this package.

    Raises:
        MissingProgramError: if it cannot be had.
    """
    try:
        return npm.installed(LOCK, machine)
    except (NotFetchedError, MissingProgramError) as error:
        raise MissingProgramError(NAME, str(error)) from error
