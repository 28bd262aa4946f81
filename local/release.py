"""`make release TAG=v1.2.3`: what a release consists of, in `.local/release`.

- `notes.txt`: the section of CHANGELOG.md about this version
- `mid-job-feedback-<version>.zip`: what `sam build` makes, for `sam deploy --template-file template.yaml`
- `mid-job-feedback-elements-<version>.tgz`: the custom elements as an npm package
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from local import npm_package
from local.cloud_process import ROOT
from local.errors import LocalError

FOLDER: Final = ROOT / ".local/release"


def notes(tag: str, version: str, changelog: str) -> str:
    """The changelog's section about the version that is tagged.

    Raises:
        LocalError: if the tag is of another version, or the changelog says nothing about this one.
    """
    if tag != f"v{version}":
        raise LocalError(f"The tag is {tag}, but pyproject.toml has the version {version}.")
    section = re.search(
        rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d\n(.+?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    if section is None:
        raise LocalError(f"CHANGELOG.md has no section `## [{version}] - YYYY-MM-DD`.")
    return section[1].strip() + "\n"


def require_known_api(document: str, released: str) -> None:
    """Raise an error unless `released`, with which tests compare later changes, is the API of this release."""
    if document != released:
        raise LocalError(
            "docs/openapi-released.json is not the API of this release. Copy docs/openapi.json over it first."
        )


def require_known_schemas(folder: Path) -> None:
    """Raise an error unless released/, with which tests compare later changes, has the schemas of this release."""
    schemas = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.json")}
    released = {path for path in schemas if path.parts[0] == "released"}
    missing = [path for path in schemas.keys() - released if schemas[path] != schemas.get("released" / path)]
    if missing:
        raise LocalError(
            "events/schemas/released does not have the schemas of this release. Run make schemas RELEASE=1."
        )


def zip_folder(folder: Path, archive: Path) -> None:
    """The same files always make the same bytes: sorted, without times."""
    with ZipFile(archive, "w", ZIP_DEFLATED) as target:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = ZipInfo(str(file.relative_to(folder)))
            entry.external_attr = (file.stat().st_mode & 0o777) << 16
            entry.compress_type = ZIP_DEFLATED
            target.writestr(entry, file.read_bytes())


def _built(folder: Path) -> Path:
    """Runs `sam build` as the README says: for the template's default processor, on any machine."""
    path = os.pathsep.join([str(ROOT / ".venv/bin"), os.environ["PATH"]])
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LAYER_")}
    # samconfig.toml has no such environment, so none of its settings applies.
    command = ["sam", "build", "--config-env=release", f"--build-dir={folder}"]
    done = subprocess.run(
        command, cwd=ROOT, env={**environment, "PATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LocalError(f"sam build failed.\n\n{done.stderr}")
    return folder


def main(tag: str) -> int | str:
    """Return the exit code: a text is printed and counts as 1."""
    version = npm_package.version()
    try:
        text = notes(tag, version, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
        documents = (ROOT / "docs" / name for name in ("openapi.json", "openapi-released.json"))
        require_known_api(*(document.read_text(encoding="utf-8") for document in documents))
        require_known_schemas(ROOT / "events/schemas")
        shutil.rmtree(FOLDER, ignore_errors=True)
        npm_package.pack(FOLDER)
        with TemporaryDirectory() as scratch:
            built = _built(Path(scratch, "build"))
            zip_folder(built, FOLDER / f"mid-job-feedback-{version}.zip")
    except LocalError as error:
        return str(error)
    (FOLDER / "notes.txt").write_text(text, encoding="utf-8")
    print(*sorted(path.relative_to(ROOT) for path in FOLDER.iterdir()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
