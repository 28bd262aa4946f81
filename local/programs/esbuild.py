"""esbuild, which builds the web pages: from npm, or the machine's own of the same version."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from local.cloud_process import ROOT
from local.programs.npm import NpmPackage, unpacked
from local.programs.packages import once
from local.programs.program import THIS_MACHINE, Machine, NotFetchedError, Program, choose

VERSION: Final = "0.28.2"
PACKAGES: Final = {
    ("Linux", "x86_64"): NpmPackage(
        "@esbuild/linux-x64",
        VERSION,
        "sha512-4xTZr1FUmSoQW4XIWmit3tzQrUTZM+N3P0XV8xROKYF50XfI7xeO90+1bZvNwxIufQ9hDQVRJH5YhgPVF8A/HQ==",
    ),
    ("Linux", "aarch64"): NpmPackage(
        "@esbuild/linux-arm64",
        VERSION,
        "sha512-pW4AC0P3it8c7do9MVM4p51FzHzdM/TZrerurgRcHJ2WTa1VQ1CIq18xncfpBJw4ojkiZZrKW2yIBWBP92j6Ug==",
    ),
    ("Darwin", "arm64"): NpmPackage(
        "@esbuild/darwin-arm64",
        VERSION,
        "sha512-n4KqkOQrraxHJcgjM1RvwbigfQKIKJVpM7xp+KsxiyUSrRdIXnt73VhrPAx0fV44hgfmIVKjxMN9J1t5jySVkw==",
    ),
    ("Darwin", "x86_64"): NpmPackage(
        "@esbuild/darwin-x64",
        VERSION,
        "sha512-uq6suIWYP37qzGddBKPw5QEQPi6HiLGsO7UmkpfyaYNQ3D+rN6w6WfwH+nuqcGXWvawGwxOEroO4YGnFh95azw==",
    ),
}
"""By operating system and processor. These packages are the program alone, which runs without Node."""

NAME: Final = f"esbuild {VERSION}"
LINK: Final = ROOT / ".venv/bin/esbuild"
"""`sam build` needs `.venv/bin` on the path anyway, for python3.13 and uv."""


def find(machine: Machine = THIS_MACHINE) -> Program:
    return choose(NAME, lambda: _pinned(machine), _own(machine))


def install(machine: Machine = THIS_MACHINE, link: Path = LINK) -> Path:
    """Put the program where `sam build` finds it.

    Raises:
        MissingProgramError: if it cannot be had.
    """
    executable = find(machine).executable
    if executable != link:  # which is on the path of who followed the README
        new = link.with_name(f"{link.name}.{os.getpid()}")
        new.symlink_to(executable)
        new.replace(link)
    return link


def _pinned(machine: Machine) -> Program:
    package = PACKAGES.get((machine.system, machine.processor))
    if package is None:
        raise NotFetchedError(f"npm has no esbuild for {machine.system} on {machine.processor} that is known here")
    folder = once(package.folder, lambda scratch: unpacked(package, machine, scratch))
    return Program((folder / "bin/esbuild").resolve())


def _own(machine: Machine) -> Iterator[Program]:
    """Only of the same version: another one could make other files of the same source."""
    for path in machine.command("esbuild"):
        asked = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        if asked.stdout.strip() == VERSION:
            yield Program(path)
