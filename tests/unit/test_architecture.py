"""Imports point down only: entry, then shell, then core; and the core knows no clock, network or environment."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.template import ROOT

PACKAGE = ROOT / "layers" / "mid_job_feedback" / "mid_job_feedback"
CORE = {"models", "eligibility", "lifecycle", "contract_events", "messages", "views", "errors"}
CORE_MAY_IMPORT = {"pydantic", "email_validator"}
CORE_MAY_NOT_KNOW = {"os", "time", "random", "logging", "socket", "secrets", "uuid"}
ENTRIES = sorted((ROOT / "functions").glob("*/app.py"))
MODULES = sorted(PACKAGE.glob("*.py"))
CATCH_ALLS = {"utils", "util", "helpers", "helper", "common", "shared", "misc", "base"}


def imports(path: Path) -> Iterator[str]:
    """Full names of what a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(path: Path) -> set[str]:
    """Modules of the package that a module imports."""
    names = {path.stem for path in MODULES}
    return {
        part
        for name in imports(path)
        if name.startswith("mid_job_feedback")
        for part in name.split(".")
        if part in names
    }


def test_the_core_is_where_this_test_thinks_it_is() -> None:
    assert {path.stem for path in MODULES} >= CORE
    assert [path.parent.name for path in ENTRIES] == [
        "expire",
        "ingest",
        "list",
        "notify",
        "request",
        "submit",
        "web",
    ]


@pytest.mark.parametrize("name", sorted(CORE))
def test_the_core_imports_nothing_but_itself_the_standard_library_and_pydantic(name: str) -> None:
    path = PACKAGE / f"{name}.py"
    assert ours(path) <= CORE
    outside = {found.partition(".")[0] for found in imports(path)} - {"mid_job_feedback"}
    assert outside - set(sys.stdlib_module_names) <= CORE_MAY_IMPORT
    assert not outside & CORE_MAY_NOT_KNOW


@pytest.mark.parametrize("name", sorted(CORE))
def test_the_core_is_told_the_time(name: str) -> None:
    called = {
        node.func.attr
        for node in ast.walk(ast.parse((PACKAGE / f"{name}.py").read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not called & {"now", "utcnow", "today"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_module_of_the_package_imports_a_function(path: Path) -> None:
    assert not [name for name in imports(path) if name.startswith("functions")]


def test_modules_do_not_import_each_other_in_circles() -> None:
    above = {path.stem: ours(path) - {path.stem} for path in MODULES}
    while above:
        free = {name for name, needs in above.items() if not needs & above.keys()}
        assert free, f"circle among {sorted(above)}"
        above = {name: needs for name, needs in above.items() if name not in free}


@pytest.mark.parametrize("path", ENTRIES, ids=lambda path: path.parent.name)
def test_an_entry_only_wires(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    assert not [node for node in nodes if isinstance(node, (ast.If, ast.Try, ast.For, ast.While))]
    assert not [name for name in imports(path) if name.partition(".")[0] in {"boto3", "botocore", "functions"}]
    assert len(path.read_text().splitlines()) <= 55


@pytest.mark.parametrize("path", [*MODULES, *ENTRIES], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_module_is_named_after_what_it_knows(path: Path) -> None:
    assert path.stem not in CATCH_ALLS
