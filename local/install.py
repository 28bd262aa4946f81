"""`python3 local/install.py ENVIRONMENT LOCK`: make an environment with exactly what a lock file pins.

This is the first thing that runs on a new machine, so it needs only the standard library of Python 3.9. It
installs the pinned uv below `.local/`, and uv does the rest. All downloads go through pip and uv, so the package
index that they are configured for is used. If something cannot be had, one sentence says what to do.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
UV = LOCAL / "uv" / "bin" / "uv"
UV_LOCK = ROOT / "requirements" / "dev.txt"  # uv is pinned there, since `sam build` runs it too
LOG = LOCAL / "install.log"
OLDEST_PYTHON = (3, 9)
# `PIP_USER` and `PIP_REQUIRE_VIRTUALENV` conflict with `--target`; the version check would print more lines.
PIP_SETTINGS = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


class CannotInstallError(Exception):
    """One sentence: what is missing, and what to do."""


def main(environment: str, lock: str) -> int | str:
    """Return the exit code; a text is printed and counts as 1."""
    if sys.version_info < OLDEST_PYTHON:
        return f"Python 3.9 or newer is needed to start with, and {sys.executable} is {sys.version.split()[0]}."
    print(f"Installing {lock} …", flush=True)
    LOCAL.mkdir(exist_ok=True)
    try:
        install_uv()
        make_environment(ROOT / environment, ROOT / lock)
    except CannotInstallError as sentence:
        return str(sentence)
    return 0


def make_environment(environment: Path, lock: Path) -> None:
    python = environment / "bin" / "python"
    if not _works(python, "-c", "import sys; sys.exit(sys.version_info[:2] != (3, 13))"):
        _must(
            [UV, "venv", "--quiet", "--clear", "--python", python_313(), environment],
            "Python 3.13 is not on this machine and uv could not download it: install it, for example with pyenv.",
        )
    _must(
        [UV, "pip", "sync", "--quiet", "--require-hashes", "--python", python, lock],
        f"The packages in {lock.name} could not be installed: check that uv can reach a package index "
        "(UV_DEFAULT_INDEX selects one).",
    )


def python_313() -> str:
    """The path of a Python 3.13 on this machine; without one, its version, which uv looks for and downloads.

    Version managers put a `python3.13` on the path that fails when another version is selected: try before use.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates: list[str | Path] = ["python3.13", *sorted(pyenv.glob("versions/3.13.*/bin/python3.13"))]
    for candidate in candidates:
        asked = _run(candidate, "-c", "import sys; print(sys.executable)")
        if asked.returncode == 0:
            return asked.stdout.strip()
    return "3.13"


def install_uv() -> None:
    """Install the pinned uv unless it is there: as a whole or not at all, also if the process is killed."""
    pinned = re.search(r"^uv==(\S+)(?: \\\n +--hash=\S+)+", UV_LOCK.read_text(), re.MULTILINE)
    if not pinned:
        raise CannotInstallError(f"{UV_LOCK.name} pins no uv.")
    with _alone():
        if _run(UV, "--version").stdout.split()[:2] == ["uv", pinned[1]]:
            return
        with tempfile.TemporaryDirectory(dir=LOCAL) as folder:
            scratch = Path(folder)
            requirement, made = scratch / "uv.txt", scratch / "uv"
            requirement.write_text(pinned[0])
            options = ["--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"]
            _must(
                [*pip(scratch), "install", *options, "--target", made, "--requirement", requirement],
                f"uv {pinned[1]} could not be installed: check that pip can reach a package index "
                "(PIP_INDEX_URL selects one).",
            )
            shutil.rmtree(UV.parent.parent, ignore_errors=True)
            made.rename(UV.parent.parent)


def pip(scratch: Path) -> list[str]:
    """The command of a pip: this Python's own, or that of a new environment, or the one that Debian packages.

    A bare Debian has neither of the first two, since it packages pip and ensurepip apart from Python.
    """
    if _works(sys.executable, "-m", "pip", "--version"):
        return [sys.executable, "-m", "pip"]
    if _works(sys.executable, "-m", "venv", scratch / "venv"):
        return [str(scratch / "venv" / "bin" / "python"), "-m", "pip"]
    wheel = _pip_of_debian(scratch)
    if wheel:
        return [sys.executable, f"{wheel}/pip"]
    raise CannotInstallError("Python has neither pip nor venv: install pip (Debian: apt-get install python3-pip).")


def _pip_of_debian(scratch: Path) -> Path | None:
    """Downloaded and unpacked, not installed: with its lists and cache in `scratch`, apt needs no root."""
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (scratch / folder).mkdir(parents=True)
    options = (
        f"--option=Dir::State={scratch}/state",
        "--option=Dir::State::status=/var/lib/dpkg/status",
        f"--option=Dir::Cache={scratch}/cache",
        "--option=APT::Sandbox::User=root",  # if root does run it: apt's own user may not write to `scratch`
    )
    if _works("apt-get", "-qq", *options, "update"):
        _works("apt-get", "-qq", *options, "download", "python3-pip-whl", cwd=scratch)
    for package in scratch.glob("python3-pip-whl_*.deb"):
        _works("dpkg-deb", "--extract", package, scratch / "package")
    return next(scratch.glob("package/usr/share/python-wheels/pip-*.whl"), None)


@contextmanager
def _alone() -> Iterator[None]:
    """Keep out other processes: `make --jobs` makes several environments at once."""
    with (LOCAL / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _must(command: Sequence[str | Path], sentence: str) -> None:
    done = _run(*command)
    if done.returncode:
        LOG.write_text(f"{done.stdout}{done.stderr}")
        raise CannotInstallError(f"{sentence} Details: {LOG.relative_to(ROOT)}")


def _works(*command: str | Path, cwd: Path | None = None) -> bool:
    return _run(*command, cwd=cwd).returncode == 0


def _run(*command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command; one that is not there fails with 127, as in a shell."""
    words = [str(word) for word in command]
    env = {**os.environ, **PIP_SETTINGS}
    try:
        return subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    except OSError as error:
        return subprocess.CompletedProcess(words, 127, "", str(error))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
