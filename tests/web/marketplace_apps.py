"""Pages of a marketplace that use the npm package: `apps/` beside the packed package and its frameworks."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from local.npm_package import pack
from local.programs import esbuild, node, npm_packages
from tests.template import ROOT

SOURCES = ROOT / "tests/web/apps"
DOCUMENTS = (ROOT / "docs/embedding.md", ROOT / "web/package/README.md")
PACKAGE = "node_modules/@mid-job-feedback/elements"
BUNDLES = ("react.tsx", "vue.ts", "react-example.tsx", "vue-example.ts", "bundled=plain.ts")
# The builds of Vue for bundlers ask for these.
VUE_FLAGS = ("__VUE_OPTIONS_API__", "__VUE_PROD_DEVTOOLS__", "__VUE_PROD_HYDRATION_MISMATCH_DETAILS__")
OPTIONS = (
    "--format=esm",
    "--log-level=warning",
    '--define:process.env.NODE_ENV="development"',  # so that the frameworks complain
    *(f"--define:{flag}=false" for flag in VUE_FLAGS),
)


def install(folder: Path) -> Path:
    """Packs the package and installs it with npm, beside the frameworks and the apps. Returns `folder`."""
    npm = node.npm()
    packed = pack(folder / "packed")
    options = ("--offline", "--ignore-scripts", "--no-audit", "--no-fund", f"--cache={folder}/cache")
    path = os.pathsep.join([str(npm[0].parent), os.environ["PATH"]])
    run(*npm, "install", packed, f"--prefix={folder}", *options, cwd=folder, path=path)
    for package in npm_packages.FRAMEWORKS.find().iterdir():
        if not package.name.startswith("."):
            (folder / "node_modules" / package.name).symlink_to(package)
    for source in SOURCES.iterdir():
        if not source.name.startswith("package"):
            shutil.copy(source, folder)
    _write_examples(folder)
    return folder


def _write_examples(folder: Path) -> None:
    """The code in the documents. The first component in each framework gets a name by which an app shows it."""
    for number, (language, code) in enumerate(
        example for document in DOCUMENTS for example in _code(document) if example[0] in {"ts", "tsx"}
    ):
        (folder / f"example{number}.{language}").write_text(code)
    components = dict(reversed(_code(DOCUMENTS[0])))
    (folder / "example-react.tsx").write_text(components["tsx"])
    (folder / "example.vue").write_text(components["vue"])
    run(node.find().executable, "compile-vue.mjs", cwd=folder)


def _code(document: Path) -> list[tuple[str, str]]:
    """Language and text of each block of code."""
    return re.findall(r"^```(\w+)\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL)


def bundle(folder: Path) -> dict[str, str]:
    """The scripts that browsers load, by path: bundles, `plain.js` as it is, and the package's own modules."""
    build, output = esbuild.find().executable, folder / "built"
    run(build, *BUNDLES, "--bundle", "--splitting", *OPTIONS, f"--outdir={output}", cwd=folder)
    run(build, "plain.ts", *OPTIONS, f"--outdir={output}", cwd=folder)
    modules = (folder / PACKAGE).rglob("*.js")
    return {f"/{path.name}": path.read_text() for path in output.iterdir()} | {
        f"/{path.relative_to(folder)}": path.read_text() for path in modules
    }


def run(*command: str | Path, cwd: Path, path: str | None = None, check: bool = True) -> str:
    """Returns what a program wrote. What it complains of is printed."""
    environment = {**os.environ, **({"PATH": path} if path else {})}
    done = subprocess.run(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, text=True, check=check)  # noqa: S603
    return done.stdout
