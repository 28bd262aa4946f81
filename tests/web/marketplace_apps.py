"""Pages of a marketplace that use the npm package: `apps/` beside the packed package and its frameworks."""

import os
import shutil
import subprocess
from pathlib import Path

from local.npm_package import pack
from local.programs import esbuild, frameworks, node
from tests.template import ROOT

SOURCES = ROOT / "tests/web/apps"
PACKAGE = "node_modules/@mid-job-feedback/elements"
# The builds of Vue for bundlers ask for these.
VUE_FLAGS = ("__VUE_OPTIONS_API__", "__VUE_PROD_DEVTOOLS__", "__VUE_PROD_HYDRATION_MISMATCH_DETAILS__")
FOR_BUNDLES = (
    "--bundle",
    "--splitting",
    "--format=esm",
    '--define:process.env.NODE_ENV="development"',  # so that the frameworks complain
    *(f"--define:{flag}=false" for flag in VUE_FLAGS),
    "--log-level=warning",
)


def install(folder: Path) -> Path:
    """Packs the package and installs it with npm, beside the frameworks and the apps. Returns `folder`."""
    npm = node.npm()
    packed = pack(folder / "packed")
    options = ("--offline", "--ignore-scripts", "--no-audit", "--no-fund", f"--cache={folder}/cache")
    path = os.pathsep.join([str(npm[0].parent), os.environ["PATH"]])
    run(*npm, "install", packed, f"--prefix={folder}", *options, cwd=folder, path=path)
    for package in frameworks.find().iterdir():
        if not package.name.startswith("."):
            (folder / "node_modules" / package.name).symlink_to(package)
    for source in [*SOURCES.glob("*.ts*"), SOURCES / "tsconfig.json"]:
        shutil.copy(source, folder)
    return folder


def bundle(folder: Path) -> None:
    """Writes what browsers load: bundles, and `plain.js` as it is, for a page with an import map."""
    build = esbuild.find().executable
    run(build, "react.tsx", "vue.ts", "bundled=plain.ts", *FOR_BUNDLES, f"--outdir={folder}", cwd=folder)
    run(build, "plain.ts", "--format=esm", "--log-level=warning", f"--outdir={folder}", cwd=folder)


def run(*command: str | Path, cwd: Path, path: str | None = None, check: bool = True) -> str:
    """Returns what a program wrote. What it complains of is printed."""
    environment = {**os.environ, **({"PATH": path} if path else {})}
    done = subprocess.run(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, text=True, check=check)  # noqa: S603
    return done.stdout
