"""Chromium: from npm for Linux on x86-64, as it is made for Lambda; elsewhere the machine's own browser.

The oldest version that the pages support comes from npm only.
"""

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import brotli

from local.programs import fonts, node
from local.programs.npm import NpmPackage, unpacked
from local.programs.packages import once
from local.programs.program import (
    THIS_MACHINE,
    Machine,
    MissingProgramError,
    NotFetchedError,
    Program,
    choose,
)

CURRENT: Final = NpmPackage(
    "@sparticuz/chromium",
    "153.0.0",
    "sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==",
)
OLDEST: Final = NpmPackage(
    "@sparticuz/chromium",
    "119.0.2",
    "sha512-VB6tHW13YpQ7HqyhKG1KU8Z1RIb/kfHMg8j/4ft5rk8mMvEm2YkBYFCHnj+yb0P/RPLcdgX3+VC58GuJilOtww==",
)
NAME: Final = "Chrome or Chromium (`.venv/bin/playwright install chromium` is one way)"
COMMANDS: Final = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
ON_MACOS: Final = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
)
ENGLISH: Final = {"LANG": "en_US.UTF-8", "LC_ALL": "en_US.UTF-8", "LANGUAGE": "en_US"}
"""Otherwise the browser takes its language from the shell; with locale `C`, that is `en-US@posix`."""


def find(machine: Machine = THIS_MACHINE, package: NpmPackage = CURRENT) -> Program:
    return choose(NAME, lambda: _pinned(machine, package), _own(machine))


def find_oldest(machine: Machine = THIS_MACHINE, package: NpmPackage = OLDEST) -> Program:
    """Not started to see whether it works here: without --version, which it does not have, it would run on."""
    try:
        return _pinned(machine, package)
    except (NotFetchedError, MissingProgramError) as error:
        raise MissingProgramError(f"{package.name} {package.version}", str(error)) from error


def is_packaged(machine: Machine = THIS_MACHINE) -> bool:
    """Whether npm has a Chromium for this kind of machine."""
    return (machine.system, machine.processor) == ("Linux", "x86_64")


def _pinned(machine: Machine, package: NpmPackage) -> Program:
    if not is_packaged(machine):
        raise NotFetchedError(f"there is no {package.name} for {machine.system} on {machine.processor}")
    configuration = fonts.find(machine)
    folder = once(package.folder, lambda scratch: _unbrotli(unpacked(package, machine, scratch) / "bin", scratch))
    settings = {"LD_LIBRARY_PATH": str(folder / "lib"), "FONTCONFIG_FILE": str(configuration)}
    return Program(folder / "chromium", {**ENGLISH, **settings})


def _unbrotli(packed: Path, scratch: Path) -> Path:
    """The browser, and `lib/` with the libraries that Lambda's machines and bare ones lack."""
    made = scratch / "made"
    libraries = brotli.decompress((packed / "al2023.tar.br").read_bytes())
    with tarfile.open(fileobj=io.BytesIO(libraries)) as contents:
        contents.extractall(made, filter="data")
    executable = made / "chromium"
    executable.write_bytes(brotli.decompress((packed / "chromium.br").read_bytes()))
    executable.chmod(0o755)
    return made


def _own(machine: Machine) -> Iterator[Program]:
    environment = {**ENGLISH, **_fonts(machine)}
    for command in COMMANDS:
        yield from (Program(path, environment) for path in machine.command(command))
    if machine.system == "Darwin":
        yield from (Program(machine.applications / path, environment) for path in ON_MACOS)
    yield from (Program(path, environment) for path in _downloaded_by_playwright(machine))


def _fonts(machine: Machine) -> Mapping[str, str]:
    """The tests' fonts on Linux; the machine's own fonts elsewhere, or if they cannot be fetched."""
    if machine.system != "Linux":
        return {}
    try:
        return {"FONTCONFIG_FILE": str(fonts.find(machine))}
    except (NotFetchedError, MissingProgramError):
        return {}


def _downloaded_by_playwright(machine: Machine) -> Iterator[Path]:
    """Where Playwright keeps a browser of its own, if there is one.

    In a process of its own: Playwright cannot run twice in one.
    """
    code = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as playwright: print(playwright.chromium.executable_path)"
    )
    with suppress(MissingProgramError):
        environment = {**os.environ, **playwright_settings(machine)}
        asked = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
        )
        if asked.returncode == 0:
            yield Path(asked.stdout.strip())


def playwright_settings(machine: Machine = THIS_MACHINE) -> dict[str, str]:
    """What has to be set before Playwright starts: its own Node needs a library that a bare Debian lacks."""
    return {"PLAYWRIGHT_NODEJS_PATH": str(node.find(machine).executable)}
