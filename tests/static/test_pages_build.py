"""What web/build.py makes: few files, the same bytes on every machine, and a clear message if it cannot."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from base64 import b64decode
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from local.programs import esbuild
from mid_job_feedback.http import problems
from tests.openapi_document import document
from tests.template import ROOT
from tests.unit.test_programs import script

PAGES = ["contract", "email-preferences", "feedback", "freelancer", "inbox"]
STABLE = [
    *("contract-feedback.js", "elements.js", "feedback-form.js", "feedback-inbox.js", "feedback-summary.js"),
    "work-history.js",
]
LINK_PAGES = {"email-preferences", "feedback"}
HASHED = re.compile(r"([a-z]+)-[A-Z0-9]{8}\.js")
FORM_PAGE_BYTES = 30 * 1024


def run(source: Path, folder: Path, path: Path = ROOT / ".venv/bin") -> str:
    """Builds `source` into `folder`. Returns the message if it fails."""
    environment = {**os.environ, "PATH": str(path)}
    command = [sys.executable, str(source / "build.py"), str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stderr  # noqa: S603


def built(source: Path, folder: Path) -> dict[str, bytes]:
    """The built files by name."""
    assert run(source, folder) == ""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return built(ROOT / "web", tmp_path_factory.mktemp("pages") / "built")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of the sources, as `sam build` makes one."""
    return shutil.copytree(ROOT / "web", tmp_path / "web")


def replace(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def named(files: dict[str, bytes], name: str) -> str:
    """The full name of a script: `elements`, `links`, or a language."""
    [full] = (file for file in files if (match := HASHED.fullmatch(file)) and match[1] == name)
    return full


def texts(language: str) -> set[str]:
    """The longer texts of a language, which nothing else contains."""
    source = (ROOT / f"web/elements/wording/{language}.js").read_text()
    return set(re.findall(r'"([^"\\\n]{20,})"', source))


def test_there_are_two_scripts_and_one_more_per_further_language(files: dict[str, bytes]) -> None:
    languages = {path.stem for path in (ROOT / "web/elements/wording").glob("*.js")} - {"en"}
    hashed = {named(files, name) for name in {"elements", "links", "playground", *languages}}
    served = {*hashed, *STABLE, "openapi.json", *(f"{page}.html" for page in (*PAGES, "playground", "api"))}
    assert languages
    assert files.keys() == {*served, *(f"{name}.gz" for name in served), "__init__.py"}


def test_each_file_has_a_gzipped_copy(files: dict[str, bytes]) -> None:
    for name in files.keys() - {"__init__.py"}:
        if not name.endswith(".gz"):
            assert gzip.decompress(files[f"{name}.gz"]) == files[name]


def test_the_same_source_makes_the_same_bytes_wherever_it_is_built(files: dict[str, bytes], source: Path) -> None:
    assert built(source, source / "elsewhere/built") == files


def test_the_names_of_the_scripts_change_with_a_language_and_with_a_style(
    files: dict[str, bytes], source: Path, tmp_path: Path
) -> None:
    """A page or script that a cache kept loads only what belongs to it."""
    replace(source / "elements/wording/de.js", '"Abbrechen"', '"Doch nicht"')
    other_text = built(source, tmp_path / "built")
    replace(source / "elements/elements.css", "{", "{ outline-offset: 3px;")
    other_style = built(source, tmp_path / "built")
    for name in ("elements", "links"):
        assert len({named(files, name), named(other_text, name), named(other_style, name)}) == 3
    assert named(files, "de") != named(other_text, "de") == named(other_style, "de")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_the_script_that_exists_and_contains_its_style_and_icon(
    files: dict[str, bytes], page: str
) -> None:
    html = files[f"{page}.html"].decode()
    icon, script = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert script == named(files, "links" if page in LINK_PAGES else "elements")
    assert b64decode(icon.removeprefix("data:image/svg+xml;base64,")) == (ROOT / "web/pages/icon.svg").read_bytes()
    assert html.count("<style>") == 1
    assert html.count("<!-- settings -->") == 1
    assert f'<html lang="en" data-feedback-page="{page.removeprefix("email-")}">' in html
    may_be_listed = page == "freelancer"  # the others are for one person, or lead to nothing without a link
    assert f'<meta name="robots" content="{"all" if may_be_listed else "noindex"}">' in html


def test_the_playground_is_built_like_the_page_of_an_embedder(files: dict[str, bytes]) -> None:
    """It loads the elements by the address for embedders, and their script knows nothing of the playground."""
    html = files["playground.html"].decode()
    assert re.findall(r'src="([^"]+)"', html) == ["elements.js", named(files, "playground")]
    assert html.count("<style>") == 1
    assert "playground" not in files[named(files, "elements")].decode().lower()


# The page about the API


def test_the_page_about_the_api_has_no_script_and_all_of_the_document(files: dict[str, bytes]) -> None:
    """Each operation, schema and refusal has a place of its own, and every link leads to one."""
    html = files["api.html"].decode()
    assert "<script" not in html
    assert html.count("<style>") == 1
    assert not re.findall(r"<!-- \w+ -->", html)
    places = re.findall(r' id="([^"]+)"', html)
    linked = re.findall(r'href="#([^"]+)"', html)
    assert len(places) == len(set(places))
    assert set(linked) <= set(places)
    operations = [one for path in document()["paths"].values() for method, one in path.items() if method != "head"]
    assert {one["operationId"] for one in operations} <= set(linked)
    assert document()["components"]["schemas"].keys() <= set(places)
    codes = {schema["properties"]["code"].get("const") for schema in with_a_code()} - {None}
    assert codes
    assert [code for code in codes if f"<code>{code}</code></summary>" not in html] == []


def test_exactly_the_refusals_that_can_be_repeated_show_how_long_to_wait(files: dict[str, bytes]) -> None:
    answers = re.findall(r"<details>.+?</details>", files["api.html"].decode(), re.DOTALL)
    waiting = {
        code
        for answer in answers
        if "Retry-After" in answer
        for code in re.findall(r"<b>\d+</b> <code>(\w+)", answer)
    }
    assert waiting == {kind.code for kind in problems.RETRY_LATER}


def with_a_code() -> list[dict[str, Any]]:
    return [
        schema for schema in document()["components"]["schemas"].values() if "code" in schema.get("properties", {})
    ]


def test_the_document_that_is_served_is_the_one_in_the_repository(files: dict[str, bytes]) -> None:
    assert json.loads(files["openapi.json"]) == document()


def test_text_of_the_document_is_never_markup(source: Path, tmp_path: Path) -> None:
    """Code and bold are."""
    changed = deepcopy(document())
    changed["info"]["title"] = "<b>`A`</b>"
    changed["components"]["schemas"]["Role"] |= {"description": "**One**", "enum": ["<i>"]}
    (source / "reference/openapi.json").write_text(json.dumps(changed))
    html = built(source, tmp_path / "built")["api.html"].decode()
    assert "<h1>&lt;b&gt;<code>A</code>&lt;/b&gt;</h1>" in html
    assert "<strong>One</strong>" in html
    assert "<code>&lt;i&gt;</code>" in html
    assert "<i>" not in html


def test_a_document_that_cannot_be_shown_fails_the_build(source: Path, tmp_path: Path) -> None:
    changed = deepcopy(document())
    changed["components"]["schemas"]["Role"] = {"properties": {"a": {"prefixItems": []}}}
    (source / "reference/openapi.json").write_text(json.dumps(changed))
    assert "There are no words for {'prefixItems': []}" in run(source, tmp_path / "built")
    assert not (tmp_path / "built").exists()


@pytest.mark.parametrize("changed", ["playground/playground.js", "elements/dom.js"])
def test_the_playground_and_everything_else_do_not_change_each_other(
    files: dict[str, bytes], source: Path, tmp_path: Path, changed: str
) -> None:
    path = source / changed
    path.write_text(f'{path.read_text()}globalThis.added = "";\n')
    others = {name for name, content in built(source, tmp_path / "built").items() if files.get(name) != content}
    assert others
    assert all(name.startswith("playground") == changed.startswith("playground") for name in others)


@pytest.mark.parametrize("name", STABLE)
def test_the_addresses_for_embedders_lead_to_the_same_script(files: dict[str, bytes], name: str) -> None:
    assert files[name].decode() == f'export * from "./{named(files, "elements")}";\n'


def test_the_script_exports_the_classes_of_the_elements(files: dict[str, bytes]) -> None:
    [exported] = re.findall(r"export\{([^}]+)\}", files[named(files, "elements")].decode())
    assert {"ContractFeedback", "FeedbackForm", "WorkHistory"} <= set(re.findall(r"as (\w+)", exported))


def test_the_pages_behind_an_emails_links_load_nothing_that_only_other_pages_need(files: dict[str, bytes]) -> None:
    everything, links = (files[named(files, name)].decode() for name in ("elements", "links"))
    for of_other_pages in ("tablist", "/work-history", "/withdrawal"):
        assert of_other_pages in everything
        assert of_other_pages not in links


@pytest.mark.parametrize("name", ["elements", "links"])
def test_english_is_in_each_script_and_other_languages_are_loaded_by_it(
    files: dict[str, bytes], name: str
) -> None:
    """Letters of other alphabets are not escaped, which would make them two to three times as long."""
    english, german = texts("en"), texts("de")
    everything, loaded = (files[named(files, one)].decode() for one in (name, "de"))
    assert len(german - english) > 50
    assert all(text in everything for text in english)
    assert all(text in loaded for text in german)
    assert not any(text in everything for text in german - english)
    assert f'import("./{named(files, "de")}")' in everything


def test_other_languages_are_lists_in_the_order_of_english(
    files: dict[str, bytes], source: Path, tmp_path: Path
) -> None:
    assert "contract_page" in files[named(files, "elements")].decode()
    assert "contract_page" not in files[named(files, "de")].decode()
    replace(source / "elements/wording/de.js", "  cancel:", "  abort:")
    assert run(source, tmp_path / "built") == "de.js must have the keys of en.js, in the same order.\n"


def test_all_that_the_form_page_loads_is_small(files: dict[str, bytes]) -> None:
    loaded = ["feedback.html", named(files, "links")]
    languages = [
        named(files, path.stem) for path in (ROOT / "web/elements/wording").glob("*.js") if path.stem != "en"
    ]
    largest = max(len(files[f"{name}.gz"]) for name in languages)
    assert sum(len(files[f"{name}.gz"]) for name in loaded) + largest <= FORM_PAGE_BYTES


def test_nothing_tells_of_the_source_or_of_the_machine(files: dict[str, bytes]) -> None:
    for name, content in files.items():
        for told in ("sourceMappingURL", str(ROOT), tempfile.gettempdir(), "/*"):
            assert name.endswith(".gz") or told.encode() not in content, name


def test_a_build_replaces_what_an_earlier_one_left(files: dict[str, bytes], source: Path, tmp_path: Path) -> None:
    (tmp_path / "built").mkdir()
    (tmp_path / "built/elements-00000000.js").touch()
    assert built(source, tmp_path / "built").keys() == files.keys()


@pytest.mark.parametrize(
    ("changed", "added"),
    [
        ("pages/app.js", 'import("../elements/stars.js");'),
        ("pages/app.js", 'import("../elements/wording/en.js");'),
        ("elements/wording/de.js", 'import "../stars.js";'),
        ("playground/playground.js", 'import("./code.js");'),
    ],
    ids=["another dynamic import", "English, too", "a language that imports", "the playground"],
)
def test_a_file_that_would_cost_one_more_request_fails_the_build(
    source: Path, tmp_path: Path, changed: str, added: str
) -> None:
    path = source / changed
    path.write_text(f"{added}\n{path.read_text()}")
    assert "Import each language but `en` dynamically" in run(source, tmp_path / "built")
    assert not (tmp_path / "built").exists()


@pytest.mark.parametrize(
    ("changed", "added", "said"),
    [
        ("pages/app.js", 'import "./missing.js";', 'Could not resolve "./missing.js"'),
        ("elements/wording.js", "await null;", "Top-level await is not available"),
        ("elements/wording/de.js", "await null;", "Top-level await is not available"),
        ("elements/elements.css", "a { color: }} b", "Unexpected"),
        ("playground/playground.js", 'import "../elements/dom.js";', 'Could not resolve "../elements/dom.js"'),
    ],
)
def test_what_esbuild_complains_of_fails_the_build(
    source: Path, tmp_path: Path, changed: str, added: str, said: str
) -> None:
    path = source / changed
    path.write_text(f"{added}\n{path.read_text()}")
    told = run(source, tmp_path / "built")
    assert told.startswith("esbuild failed:")
    assert said in told


@pytest.mark.parametrize(
    "placeholder", ['<link rel="stylesheet" href="page.css">', 'href="icon.svg"', 'src="app.js"']
)
def test_a_page_without_its_script_style_or_icon_fails_the_build(
    source: Path, tmp_path: Path, placeholder: str
) -> None:
    replace(source / "pages/page.html", placeholder, "")
    assert run(source, tmp_path / "built") == f"contract.html must contain this once: {placeholder}\n"


def test_without_esbuild_the_build_says_how_to_get_it(source: Path, tmp_path: Path) -> None:
    assert run(source, tmp_path / "built", path=tmp_path) == (
        f"The web pages need esbuild {esbuild.VERSION}, and on the PATH is none. "
        'Run `make tools` in the repository, then `export PATH="$PWD/.venv/bin:$PATH"`.\n'
    )


@pytest.mark.parametrize(("does", "version"), [("echo 0.1.2", "0.1.2"), ("exit 1", "unknown")])
def test_another_version_of_esbuild_is_refused(source: Path, tmp_path: Path, does: str, version: str) -> None:
    other = script(tmp_path / "bin/esbuild", does)
    told = run(source, tmp_path / "built", path=other.parent)
    assert f"need esbuild {esbuild.VERSION}, and on the PATH is {version}. Run `make tools`" in told
