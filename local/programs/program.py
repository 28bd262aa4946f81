"""Programs that are not Python packages: the pinned one where it can be had, otherwise the machine's own."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.errors import LocalError


class MissingProgramError(LocalError):
    def __init__(self, program: str, why: str) -> None:
        """`program`: as a person would look for it, such as "Java 17 or newer"."""
        super().__init__(f"{program} is missing: {why}")
        self.program = program


class NotFetchedError(LocalError):
    """A package cannot be had: there is none for this machine, or the registry does not answer."""


@dataclass(frozen=True)
class Machine:
    """What decides which programs can run and where they are."""

    system: str
    processor: str
    path: str
    applications: Path = Path("/Applications")  # of macOS, which are not on the path

    def command(self, name: str) -> list[Path]:
        found = shutil.which(name, path=self.path)
        return [Path(found)] if found else []


THIS_MACHINE = Machine(platform.system(), platform.machine(), os.environ.get("PATH", os.defpath))


@dataclass(frozen=True)
class Program:
    executable: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """What it needs besides the environment of the process that starts it."""

    def version(self) -> int | None:
        """The major version; None if it does not start here."""
        try:
            asked = subprocess.run(
                [self.executable, "--version"],
                env={**os.environ, **self.environment},
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError:
            return None
        number = re.search(r"\d+", asked.stdout)
        return int(number[0]) if number and asked.returncode == 0 else None


def choose(name: str, pinned: Callable[[], Program], own: Iterable[Program], oldest: int = 0) -> Program:
    """The pinned program, so that all machines use the same; without it, the first of `own` that serves.

    Raises:
        MissingProgramError: if there is neither.
    """
    try:
        program = pinned()
        why = f"{program.executable} does not start on this machine"
        if program.version() is not None:
            return program
    except (NotFetchedError, MissingProgramError) as error:
        why = str(error)
    for program in own:
        version = program.version()
        if version is not None and version >= oldest:
            return program
    raise MissingProgramError(name, why)
