"""Packages from the npm registry, through npm itself, so that its settings hold: registry, proxy, certificates."""

import base64
import hashlib
import os
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError
from local.programs import node
from local.programs.packages import HOME, once, run
from local.programs.program import THIS_MACHINE, Machine, MissingProgramError, NotFetchedError


@dataclass(frozen=True)
class NpmPackage:
    name: str
    version: str
    integrity: str
    """As `npm view NAME@VERSION dist.integrity` prints it."""

    @property
    def folder(self) -> Path:
        """Where this version belongs."""
        return HOME / self.name.removeprefix("@").replace("/", "-") / self.version


@dataclass(frozen=True)
class LockedPackages:
    """The packages of a `package-lock.json`."""

    name: str
    """As a person would look for them."""
    lock: Path

    def find(self, machine: Machine = THIS_MACHINE) -> Path:
        """The folder `node_modules` with these packages.

        Raises:
            MissingProgramError: if they cannot be had.
        """
        try:
            return installed(self.lock, machine)
        except (NotFetchedError, MissingProgramError) as error:
            raise MissingProgramError(self.name, str(error)) from error


def unpacked(package: NpmPackage, machine: Machine, scratch: Path) -> Path:
    """Download a package and check it; returns the folder with its files, below `scratch`.

    Raises:
        NotFetchedError, MissingProgramError: if it cannot be had, or there is no npm to fetch it.
    """
    _npm(machine, scratch, "pack", f"{package.name}@{package.version}", f"--pack-destination={scratch}")
    [archive] = scratch.glob("*.tgz")
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if package.integrity != f"sha512-{digest}":
        raise LocalError(f"{package.name} {package.version} from npm is not what was pinned: its hash differs.")
    with tarfile.open(archive) as contents:
        contents.extractall(scratch, filter="data")
    return scratch / "package"


def installed(lock: Path, machine: Machine) -> Path:
    """`node_modules` with exactly the packages of a `package-lock.json`, which npm checks by their hashes.

    Raises:
        NotFetchedError, MissingProgramError: if they cannot be had, or there is no npm to fetch them.
    """

    def install(scratch: Path) -> Path:
        for file in (lock, lock.with_name("package.json")):
            shutil.copy(file, scratch)
        prefix = scratch.resolve()  # below a symbolic link, npm would take it for another package
        _npm(machine, scratch, "ci", f"--prefix={prefix}", "--no-audit", "--no-fund")
        shutil.rmtree(scratch / "cache", ignore_errors=True)
        return scratch

    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    return once(HOME / lock.parent.name / digest[:12], install) / "node_modules"


def _npm(machine: Machine, scratch: Path, *command: str) -> None:
    npm = node.npm(machine)
    run(
        *npm,
        *command,
        "--loglevel=error",
        "--ignore-scripts",
        f"--cache={scratch}/cache",
        "--fetch-retry-mintimeout=1000",  # without a registry it gives up after seconds, not minutes
        "--fetch-retry-factor=2",
        path=os.pathsep.join([str(npm[0].parent), machine.path]),  # where npm looks for `node`
    )
