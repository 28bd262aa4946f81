"""Packages from the npm registry, through npm itself, so that its settings hold: registry, proxy, certificates."""

import base64
import hashlib
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError
from local.programs import node
from local.programs.packages import HOME, run
from local.programs.program import Machine


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


def unpacked(package: NpmPackage, machine: Machine, scratch: Path) -> Path:
    """Download a package and check it; returns the folder with its files, below `scratch`.

    Raises:
        NotFetchedError, MissingProgramError: if it cannot be had, or there is no npm to fetch it.
    """
    npm = node.npm(machine)
    run(
        *npm,
        "pack",
        f"{package.name}@{package.version}",
        "--silent",
        "--ignore-scripts",
        f"--pack-destination={scratch}",
        f"--cache={scratch}/cache",
        "--fetch-retry-mintimeout=1000",  # without a registry it gives up after seconds, not minutes
        "--fetch-retry-factor=2",
        path=os.pathsep.join([str(npm[0].parent), machine.path]),  # where npm looks for `node`
    )
    [archive] = scratch.glob("*.tgz")
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if package.integrity != f"sha512-{digest}":
        raise LocalError(f"{package.name} {package.version} from npm is not what was pinned: its hash differs.")
    with tarfile.open(archive) as contents:
        contents.extractall(scratch, filter="data")
    return scratch / "package"
