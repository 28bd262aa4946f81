"""Builds what `/app/` serves, from `elements/` and `pages/`: `python3.13 build.py FOLDER`. `sam build` runs it.

A release is a script with all elements, a smaller one for the pages behind an e-mail's links, and one more file
for each further language. Their names contain a hash of their content: browsers can keep them forever and never
mix two releases. Each page names its script and contains style and icon.
The page in `playground/` is built like the page of somebody who embeds the elements: apart from them. The page in
`reference/` has no script: it is written from the OpenAPI document, which is served beside it.
"""

import base64
import gzip
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

SOURCE: Final = Path(__file__).resolve().parent
ESBUILD: Final = "0.28.2"  # another version could make other bytes from the same source
ELEMENTS: Final = "elements"
LINKS: Final = "links"
ENTRIES: Final = {ELEMENTS: "pages/app.js", LINKS: "pages/links.js"}
"""The scripts, and the module with which each begins. They share only the languages, so that a page loads one."""
PLAYGROUND: Final = "playground"
REFERENCE: Final = "reference"
BUNDLED_LANGUAGE: Final = "en"
TEXT_KEY: Final = re.compile(r"^  (\w+):", re.MULTILINE)

# As docs/embedding.md names them. esbuild replaces syntax that is newer, and adds the prefixes that these need.
OLDEST_BROWSERS: Final = ("chrome119", "edge119", "firefox121", "ios16.4", "safari16.4")

# The npm package's, too. Where a module waits at its top level, WebKit silently leaves elements undefined.
TARGET: Final = (f"--target=es2022,{','.join(OLDEST_BROWSERS)}", "--supported:top-level-await=false")
MINIFY: Final = ("--minify", *TARGET, "--log-level=warning")
BUNDLE: Final = ("--bundle", "--splitting", "--format=esm", "--charset=utf8", "--legal-comments=none")
NAMES: Final = ("--entry-names=[name]-[hash]", "--chunk-names=[name]-[hash]")

# For embedders, whose pages cannot know the hash: each is one line that re-exports the script of all elements.
STABLE_NAMES: Final = (
    "elements.js",
    "contract-feedback.js",
    "feedback-form.js",
    "feedback-inbox.js",
    "feedback-summary.js",
    "work-history.js",
)


class Page(NamedTuple):
    """What a page puts into `pages/page.html`. `title`: what it is called before its script runs.

    `page`: its name in `pages/page.js`. `robots`: may search engines list it? `script`: which one it loads.
    """

    page: str
    title: str
    element: str
    robots: str = "noindex"
    script: str = ELEMENTS


PAGES: Final = {
    "contract": Page("contract", "Contract Room", "contract-feedback"),
    "email-preferences": Page("preferences", "E-mail settings", "email-preferences", script=LINKS),
    "feedback": Page("feedback", "Give feedback", "feedback-form", script=LINKS),
    "freelancer": Page("freelancer", "Work history", "work-history", robots="all"),
    "inbox": Page("inbox", "Waiting for you", "feedback-inbox"),
}


class BuildError(Exception):
    """What is wrong, and what to do."""


def build(folder: Path) -> None:
    """Replace `folder` by a build. The same source always makes the same bytes."""
    with TemporaryDirectory() as scratch:
        built = Path(scratch, "built")
        shutil.copy(SOURCE / "developers.css", scratch)  # which the styles of playground/ and reference/ import
        build_pages(Path(scratch, "source"), built)
        build_playground(Path(scratch, PLAYGROUND), built)
        build_reference(Path(scratch, REFERENCE), built)
        for file in [*built.iterdir()]:
            Path(f"{file}.gz").write_bytes(gzip.compress(file.read_bytes(), mtime=0))
        (built / "__init__.py").touch()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(built, folder)


def build_pages(work: Path, built: Path) -> None:
    """The pages, their scripts with the languages, and the addresses for embedders."""
    for part in ("elements", "pages"):
        shutil.copytree(SOURCE / part, work / part)
    minify_styles(work.glob("*/*.css"))  # before the scripts take them in as text
    languages = {path.stem for path in work.glob("elements/wording/*.js")} - {BUNDLED_LANGUAGE}
    leave_out_keys(work / "elements/wording", languages)
    scripts = {name: bundle(work, entry, name, languages, built) for name, entry in ENTRIES.items()}
    template = Template((work / "pages/page.html").read_text(encoding="utf-8"))
    for name, page in PAGES.items():
        path = work / f"pages/{name}.html"
        path.write_text(template.substitute(page._asdict()), encoding="utf-8")
        html = finished(path, "page.css", "app.js", scripts[page.script])
        (built / path.name).write_text(html, encoding="utf-8")
    for name in STABLE_NAMES:
        (built / name).write_text(f'export * from "./{scripts[ELEMENTS]}";\n', encoding="utf-8")


def build_playground(work: Path, built: Path) -> None:
    """One more page with a script of its own. `work` has nothing else, so that it can import nothing else."""
    shutil.copytree(SOURCE / PLAYGROUND, work)
    minify_styles(work.glob("*.css"))
    script = bundle(work, "playground.js", PLAYGROUND, (), built)
    html = finished(work / "playground.html", "playground.css", "playground.js", script)
    (built / "playground.html").write_text(html, encoding="utf-8")


def build_reference(work: Path, built: Path) -> None:
    """The page about the API, and the OpenAPI document that it is written from."""
    shutil.copytree(SOURCE / REFERENCE, work)
    minify_styles(work.glob("*.css"))
    document = json.loads((work / "openapi.json").read_text(encoding="utf-8"))
    compact = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    (built / "openapi.json").write_text(compact, encoding="utf-8")
    run(work, sys.executable, "render.py", "openapi.json", "api.html")
    html = with_style_and_icon(work / "api.html", "reference.css")
    (built / "api.html").write_text(html, encoding="utf-8")


def leave_out_keys(wording: Path, languages: Iterable[str]) -> None:
    """Make a list of each language's texts, in the order of the bundled one, where `wording.js` finds the keys.

    The keys would be a quarter of what a browser loads for a language.
    """
    keys = TEXT_KEY.findall((wording / f"{BUNDLED_LANGUAGE}.js").read_text(encoding="utf-8"))
    for language in languages:
        path = wording / f"{language}.js"
        source = path.read_text(encoding="utf-8")
        if TEXT_KEY.findall(source) != keys:
            raise BuildError(f"{path.name} must have the keys of {BUNDLED_LANGUAGE}.js, in the same order.")
        before, _, texts = source.partition("export default {")
        texts, _, after = TEXT_KEY.sub("", texts).rpartition("};")
        path.write_text(f"{before}export default [{texts}];{after}", encoding="utf-8")


def minify_styles(styles: Iterable[Path]) -> None:
    for style in styles:
        esbuild(style.parent, style.name, "--bundle", *MINIFY, f"--outfile={style.name}", "--allow-overwrite")


def bundle(work: Path, entry: str, name: str, others: Iterable[str], built: Path) -> str:
    """Bundle `entry` into one script, and `others` that it loads when needed. Returns the full name of the one."""
    made = work / "bundled" / name
    esbuild(work, f"{name}={entry}", *MINIFY, *BUNDLE, *NAMES, "--loader:.css=text", f"--outdir={made}")
    names = [path.name for path in made.iterdir()]
    require_one_of_each({name, *others}, names)
    shutil.copytree(made, built, dirs_exist_ok=True)
    [script] = (full for full in names if full.startswith(f"{name}-"))
    return script


def require_one_of_each(expected: Iterable[str], names: Iterable[str]) -> None:
    """Raise an error unless there is one script of each expected name and no other, which would cost a request."""
    made = sorted(re.sub(r"-[A-Z0-9]{8}\.js$", "", name) for name in names)
    if made != sorted(expected):
        raise BuildError(
            f"The scripts would be {made} instead of {sorted(expected)}. Import each language but "
            f"`{BUNDLED_LANGUAGE}` dynamically, nothing else, and let the languages import nothing."
        )


def finished(page: Path, style: str, entry: str, script: str) -> str:
    """The page with its style and icon, and with the name of its script in the place of the entry's."""
    return replaced_once(page.name, with_style_and_icon(page, style), f'src="{entry}"', f'src="{script}"')


def with_style_and_icon(page: Path, style: str) -> str:
    html = page.read_text(encoding="utf-8")
    css = page.with_name(style).read_text(encoding="utf-8").strip()
    icon = base64.b64encode((SOURCE / "pages/icon.svg").read_bytes()).decode()
    html = replaced_once(page.name, html, f'<link rel="stylesheet" href="{style}">', f"<style>{css}</style>")
    return replaced_once(page.name, html, 'href="icon.svg"', f'href="data:image/svg+xml;base64,{icon}"')


def replaced_once(page: str, html: str, placeholder: str, content: str) -> str:
    if html.count(placeholder) != 1:
        raise BuildError(f"{page} must contain this once: {placeholder}")
    return html.replace(placeholder, content)


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
    run(work, "esbuild", *options)


def run(work: Path, program: str, *options: str) -> None:
    """Run a program in `work`. Warnings are errors."""
    done = subprocess.run([program, *options], cwd=work, capture_output=True, text=True, check=False)
    if done.returncode or done.stderr:
        raise BuildError(f"{Path(program).name} failed:\n{done.stderr}")


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
