"""Functions can import only the packages of their layers and of Lambda's Python runtime, which includes boto3.

ministack runs functions with its own interpreter and all packages installed there, which hides that a package is
missing from a layer.
"""

import re
import sys
import tempfile
import venv
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

from ministack.core import lambda_runtime

IN_LAMBDA_RUNTIME = "boto3"


def apply() -> None:
    python = _python_with(IN_LAMBDA_RUNTIME)
    _interpreter, worker_script = lambda_runtime._detect_runtime_binary("python3.13")
    lambda_runtime._detect_runtime_binary = lambda _runtime: (str(python), worker_script)


def _python_with(package: str) -> Path:
    """Make an environment with links to this installed package and to all packages that it requires."""
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
    """The package's files and directories in `site-packages`."""
    installed = distribution(package)
    names = {file.parts[0] for file in installed.files or []} - {".."}
    return {Path(str(installed.locate_file(name))) for name in names}
