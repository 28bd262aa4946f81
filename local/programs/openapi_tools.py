"""Linters and a generator for the OpenAPI document: Redocly, Spectral, and openapi-typescript with its client."""

from pathlib import Path
from typing import Final

from local.cloud_process import ROOT
from local.programs import npm
from local.programs.program import THIS_MACHINE, Machine, MissingProgramError, NotFetchedError

LOCK: Final = ROOT / "tests/openapi/package-lock.json"
NAME: Final = "Redocly, Spectral and openapi-typescript (the npm packages of tests/openapi)"


def find(machine: Machine = THIS_MACHINE) -> Path:
    """The folder `node_modules` with these packages.

    Raises:
        MissingProgramError: if they cannot be had.
    """
    try:
        return npm.installed(LOCK, machine)
    except (NotFetchedError, MissingProgramError) as error:
        raise MissingProgramError(NAME, str(error)) from error
