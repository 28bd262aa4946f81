"""Packages that bring a program: each version is fetched once, and is never half there."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from local.cloud_process import ROOT
from local.errors import LocalError
from local.programs.program import NotFetchedError

HOME: Final = ROOT / ".local/programs"
UV: Final = ROOT / ".venv/bin/uv"
LINES_OF_OUTPUT: Final = 8
SIGNS_OF_TAMPERING: Final = ("hash mismatch", "eintegrity")  # as uv and npm call it
_not_fetched: Final[dict[Path, NotFetchedError]] = {}


def once(folder: Path, fetch: Callable[[Path], Path]) -> Path:
    """The folder. If it is not there, `fetch` gets an empty one to work in and returns what is moved to its place.

    So it is complete when it appears, and what a killed process left behind is removed by the next one.
    A registry out of reach costs seconds, so that each process asks it once.
    """
    if folder in _not_fetched:
        raise _not_fetched[folder]
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (folder.parent / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # test runs side by side want the same program
            if not folder.exists():
                _fill(folder, fetch)
    return folder


def _fill(folder: Path, fetch: Callable[[Path], Path]) -> None:
    scratch = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    print(f"Fetching {folder.parent.name} {folder.name} …", file=sys.stderr, flush=True)
    try:
        fetch(scratch).rename(folder)
    except NotFetchedError as error:
        _not_fetched[folder] = error
        raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def from_pypi(lock: Path) -> Path:
    """A folder with the files of the one package that a lock file pins.

    Raises:
        NotFetchedError: if it cannot be had, or not for this machine.
    """
    name, version = re.findall(r"^([\w.-]+)==(\S+)", lock.read_text(), re.MULTILINE)[0]
    options = ("--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes", f"--python={sys.executable}")

    def install(scratch: Path) -> Path:
        run(UV, "pip", "install", *options, f"--target={scratch}", f"--requirement={lock}")
        return scratch

    return once(HOME / name / version, install)


def run(*command: str | Path, path: str | None = None) -> None:
    """Run what fetches a package.

    Raises:
        NotFetchedError: if it fails.
        LocalError: if it fails because the package is not the pinned one.
    """
    environment = os.environ if path is None else {**os.environ, "PATH": path}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NotFetchedError(str(error)) from error
    if done.returncode:
        end = "\n".join((done.stdout + done.stderr).strip().splitlines()[-LINES_OF_OUTPUT:])
        failure = LocalError if any(sign in end.lower() for sign in SIGNS_OF_TAMPERING) else NotFetchedError
        raise failure(f"{Path(command[0]).name} failed: {end}")
