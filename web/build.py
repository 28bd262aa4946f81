"""Builds what `/app/` serves, from `elements/` and `pages/`: `python3.13 build.py FOLDER`. `sam build` runs it.

A release is one script, and one more file for each further language. Their names contain a hash of their content:
browsers can keep them forever and never mix two releases. Each page names that script and contains style and icon.
"""

import base64
import gzip
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

SOURCE: Final = Path(__file__).resolve().parent
ESBUILD: Final = "0.28.2"  # another version could make other bytes from the same source
SCRIPT: Final = "elements"
BUNDLED_LANGUAGE: Final = "en"

# As README.md names them. esbuild replaces syntax that is newer, and adds the prefixes that these need.
OLDEST_BROWSERS: Final = ("chrome119", "edge119", "firefox121", "ios16.4", "safari16.4")

MINIFY: Final = ("--minify", f"--target=es2022,{','.join(OLDEST_BROWSERS)}", "--log-level=warning")
BUNDLE: Final = ("--bundle", "--splitting", "--format=esm", "--charset=utf8", "--legal-comments=none")
NAMES: Final = ("--entry-names=[name]-[hash]", "--chunk-names=[name]-[hash]")

# For embedders, whose pages cannot know the hash: each is one line that re-exports the script.
STABLE_NAMES: Final = ("elements.js", "contract-feedback.js", "feedback-form.js", "work-history.js")

# What the source of each page has in the place of what the build puts there.
STYLE: Final = '<link rel="stylesheet" href="page.css">'
ICON: Final = 'href="icon.svg"'
ENTRY: Final = 'src="app.js"'


class BuildError(Exception):
    """What is wrong, and what to do."""


def build(folder: Path) -> None:
    """Replace `folder` by a build. The same source always makes the same bytes."""
    with TemporaryDirectory() as scratch:
        work, built = Path(scratch, "source"), Path(scratch, "built")
        for part in ("elements", "pages"):
            shutil.copytree(SOURCE / part, work / part)
        for style in work.glob("*/*.css"):  # before the scripts take it in as text
            esbuild(work, f"{style}", *MINIFY, f"--outfile={style}", "--allow-overwrite")
        script = bundle(work, built)
        for page in work.glob("pages/*.html"):
            (built / page.name).write_text(finished(page, script), encoding="utf-8")
        for name in STABLE_NAMES:
            (built / name).write_text(f'export * from "./{script}";\n', encoding="utf-8")
        for file in [*built.iterdir()]:
            Path(f"{file}.gz").write_bytes(gzip.compress(file.read_bytes(), mtime=0))
        (built / "__init__.py").touch()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(built, folder)


def bundle(work: Path, built: Path) -> str:
    """Bundle the scripts into `built`. Returns the name of the one that loads everything else."""
    esbuild(work, f"{SCRIPT}=pages/app.js", *MINIFY, *BUNDLE, *NAMES, "--loader:.css=text", f"--outdir={built}")
    names = [path.name for path in built.iterdir()]
    languages = {path.stem for path in work.glob("elements/wording/*.js")} - {BUNDLED_LANGUAGE}
    require_one_of_each({SCRIPT, *languages}, names)
    [script] = (name for name in names if name.startswith(f"{SCRIPT}-"))
    return script


def require_one_of_each(expected: Iterable[str], names: Iterable[str]) -> None:
    """Raise an error unless there is one script of each expected name and no other, which would cost a request."""
    made = sorted(re.sub(r"-[A-Z0-9]{8}\.js$", "", name) for name in names)
    if made != sorted(expected):
        raise BuildError(
            f"The scripts would be {made} instead of {sorted(expected)}. Import each language but "
            f"`{BUNDLED_LANGUAGE}` dynamically, nothing else, and let the languages import nothing."
        )


def finished(page: Path, script: str) -> str:
    """The page with its style and icon, and with the name of the script."""
    html = page.read_text(encoding="utf-8")
    style = page.with_name("page.css").read_text(encoding="utf-8").strip()
    icon = base64.b64encode(page.with_name("icon.svg").read_bytes()).decode()
    for placeholder, content in (
        (STYLE, f"<style>{style}</style>"),
        (ICON, f'href="data:image/svg+xml;base64,{icon}"'),
        (ENTRY, f'src="{script}"'),
    ):
        if html.count(placeholder) != 1:
            raise BuildError(f"{page.name} must contain this once: {placeholder}")
        html = html.replace(placeholder, content)
    return html


def require_esbuild() -> None:
    """Raise an error unless the pinned version is on the path."""
    found = shutil.which("esbuild")
    asked = subprocess.run([found, "--version"], capture_output=True, text=True, check=False) if found else None
    version = asked.stdout.strip() or "unknown" if asked else "none"
    if version != ESBUILD:
        raise BuildError(
            f"The web pages need esbuild {ESBUILD}, and on the PATH is {version}. Run `make tools` in the "
            'repository, then `export PATH="$PWD/.venv/bin:$PATH"`.'
        )


def esbuild(work: Path, *options: str) -> None:
    """Run esbuild in `work`. Warnings are errors."""
    done = subprocess.run(["esbuild", *options], cwd=work, capture_output=True, text=True, check=False)
    if done.returncode or done.stderr:
        raise BuildError(f"esbuild failed:\n{done.stderr}")


def main(folder: str) -> int | str:
    """Return the exit code: a text is printed and counts as 1."""
    try:
        require_esbuild()
        build(Path(folder))
    except BuildError as error:
        return str(error)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
