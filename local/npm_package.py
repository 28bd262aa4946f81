"""`make package`: the custom elements as an npm package, `.local/package/mid-job-feedback-elements-<version>.tgz`.

One readable module for each module of web/elements, with the style as text. So bundlers leave out what a page does
not use, and languages are loaded when an element needs them. The version is that of pyproject.toml.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from local.cloud_process import ROOT
from local.errors import LocalError
from local.programs import esbuild, node
from web.build import TARGET

WEB: Final = ROOT / "web"
FOLDER: Final = ROOT / ".local/package"
MANIFEST: Final = "custom-elements.json"
INHERITED: Final = {"attributes", "members", "events", "cssProperties", "cssParts"}
"""What an element has from its base class, as the manifest calls it."""

type Json = dict[str, Any]


def pack(folder: Path) -> Path:
    """Build the package and pack it into `folder`. Returns the packed file.

    Raises:
        LocalError: if esbuild or npm is missing or fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch:
        built = build(Path(scratch, "package"))
        npm = node.npm()
        path = os.pathsep.join([str(npm[0].parent), os.environ["PATH"]])  # where npm looks for `node`
        told = _run(*npm, "pack", "--json", f"--pack-destination={folder}", cwd=built, path=path)
    name: str = json.loads(told)[0]["filename"]
    return folder / name


def build(folder: Path) -> Path:
    """Write the files of the package into `folder`, which must not exist. Returns it."""
    shutil.copytree(WEB / "package", folder)
    shutil.copy(ROOT / "LICENSE", folder)
    _write_modules(folder / "elements")
    description = json.loads((folder / "package.json").read_text())
    _write(folder / "package.json", {"name": description["name"], "version": version(), **description})
    manifest = json.loads((folder / MANIFEST).read_text())
    _inherit([one for module in manifest["modules"] for one in module.get("declarations", [])])
    _write(folder / MANIFEST, manifest)
    return folder


def version() -> str:
    declared: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return declared


def _write_modules(folder: Path) -> None:
    """Imports between modules stay as they are: only styles are taken in."""
    source = WEB / "elements"
    options = ("--bundle", "--external:*.js", "--format=esm", "--charset=utf8", "--loader:.css=text")
    modules = [str(path.relative_to(source)) for path in sorted(source.rglob("*.js"))]
    places = ("--outbase=.", f"--outdir={folder}")
    _run(esbuild.find().executable, *modules, *options, *TARGET, *places, "--log-level=warning", cwd=source)


def _inherit(declarations: list[Json]) -> None:
    """Add to each element what its base class has: most tools that read a manifest do not look there."""
    by_name = {declaration["name"]: declaration for declaration in declarations}
    for declaration in declarations:
        base = by_name.get(declaration["superclass"]["name"], {})
        for kind in INHERITED & base.keys():
            declaration[kind] = [*base[kind], *declaration.get(kind, [])]


def _write(path: Path, content: Json) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _run(*command: str | Path, cwd: Path, path: str | None = None) -> str:
    """Returns what a program wrote."""
    environment = {**os.environ, **({"PATH": path} if path else {})}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalError(f"{Path(command[0]).name} failed:\n{done.stderr}")
    return done.stdout


def main() -> int | str:
    """Return the exit code: a text is printed and counts as 1."""
    try:
        print(pack(FOLDER).relative_to(ROOT))
    except LocalError as error:
        return str(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
