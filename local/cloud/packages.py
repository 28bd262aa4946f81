"""A function finds the packages of its layers and of Lambda's Python, which brings boto3, and no others.

ministack runs functions with its own interpreter and everything installed there, which hides that a layer lacks
a package.
"""

import re
import sys
import tempfile
import venv
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

from ministack.core import lambda_runtime

BROUGHT_BY_LAMBDA = "boto3"


def apply() -> None:
    python = _python_with(BROUGHT_BY_LAMBDA)
    _interpreter, worker_script = lambda_runtime._detect_runtime_binary("python3.13")
    lambda_runtime._detect_runtime_binary = lambda _runtime: (str(python), worker_script)


def _python_with(package: str) -> Path:
    """Make an environment that has this package of ours, and what it requires."""
    environment = Path(tempfile.mkdtemp(prefix="runtime-"))
    venv.create(environment, symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for name in _with_requirements(package):
        for entry in _entries(name):
            (environment / "lib" / version / "site-packages" / entry.name).symlink_to(entry)
    return environment / "bin/python"


def _with_requirements(package: str) -> set[str]:
    found, todo = set[str](), {package}
    while todo:
        found |= todo
        todo = {required for name in todo for required in _requirements(name)} - found
    return found


def _requirements(package: str) -> Iterator[str]:
    for requirement in distribution(package).requires or []:
        if "extra ==" not in requirement and (name := re.match(r"[\w.-]+", requirement)):
            yield name[0]


def _entries(package: str) -> set[Path]:
    """Its files and directories in the directory of packages."""
    installed = distribution(package)
    names = {file.parts[0] for file in installed.files or []} - {".."}
    return {Path(str(installed.locate_file(name))) for name in names}
