"""`make preflight`: fetch the programs that the build and the tests run, or say in one sentence which to install.

`sam build` needs only esbuild, and only `make test-webkit` needs WebKit. `python -m local.preflight NAME …` looks
for the named ones.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from local.cloud_process import ROOT
from local.errors import LocalError
from local.programs import chromium, dynamodb_local, esbuild, java, node, npm_packages, webkit
from local.programs.program import MissingProgramError

LOG: Final = ROOT / ".local/preflight.log"
PROGRAMS: Final[Mapping[str, Callable[[], Path]]] = {
    "esbuild": esbuild.install,
    "node": lambda: node.find().executable,
    "java": lambda: java.find().executable,
    "dynamodb-local": dynamodb_local.find,
    "chromium": lambda: chromium.find().executable,
    **({"oldest-chromium": lambda: chromium.find_oldest().executable} if chromium.is_packaged() else {}),
    "frameworks": npm_packages.FRAMEWORKS.find,
    "openapi-tools": npm_packages.OPENAPI_TOOLS.find,
    "asyncapi": npm_packages.ASYNCAPI_PARSER.find,
    "webkit": lambda: webkit.find().driver,
}
ONLY_IF_NAMED: Final = {"webkit"}
"""`make test` does without it: it has to be installed, on the machine itself."""


def main(*names: str) -> int | str:
    """Return the exit code: a text is printed and counts as 1."""
    missing: list[MissingProgramError] = []
    for name in names or [name for name in PROGRAMS if name not in ONLY_IF_NAMED]:
        try:
            print(f"{name}: {PROGRAMS[name]()}", flush=True)
        except MissingProgramError as error:
            missing.append(error)
        except LocalError as error:
            return str(error)
    if not missing:
        return 0
    LOG.write_text("\n\n".join(map(str, missing)) + "\n")
    return f"{sentence([error.program for error in missing])} Details: {LOG.relative_to(ROOT)}"


def sentence(missing: Sequence[str]) -> str:
    *others, last = missing
    all_of_them = f"{', '.join(others)} and {last}" if others else last
    return f"Cannot run: install {all_of_them}, or let uv and npm reach the package registries."


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
