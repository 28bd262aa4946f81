"""Pins and licences of the dependencies, without a network. `make audit` looks for known vulnerabilities."""

import ast
import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import metadata
from pathlib import Path
from typing import NamedTuple

import pytest

from local.audit import locks
from local.programs import npm_packages
from tests.conftest import Tried
from tests.template import ROOT

LAYER = ROOT / "layers/dependencies/requirements.txt"
NOT_SHIPPED = {"mypy_boto3_dynamodb"}  # for mypy only
PART_OF = {"pydantic_core": "pydantic", "botocore": "boto3", "jwt": "pyjwt"}
# Permissive licences. They ask to keep their notice; in the layer every package has it.
LICENCES = {
    "Apache License 2.0",
    "Apache Software License",
    "Apache-2.0",
    "BSD-3-Clause",
    "BSD License",
    "ISC",
    "MIT",
    "MIT License",
    "MIT No Attribution License (MIT-0)",
    "PSF-2.0",
    "The Unlicense (Unlicense)",
}


class Pinned(NamedTuple):
    name: str
    version: str
    hashes: int
    wanted_by: frozenset[str]


def pinned(lock: Path) -> Iterator[Pinned]:
    for entry in re.split(r"\n(?=[a-z0-9])", lock.read_text().strip()):
        requirement, _, via = entry.partition("# via")
        name, version = re.match(r"([\w.-]+)==([\w.!+]+)", entry, re.ASCII).groups()  # type: ignore[union-attr]
        wanted_by = frozenset(re.findall(r"^\s*#?\s*((?:-r )?\S+)\s*$", via, re.MULTILINE))
        yield Pinned(name, version, requirement.count("--hash=sha256:"), wanted_by)


def names_in(source: Path) -> set[str]:
    """The packages of a .in file and of the files that it includes."""
    names = set[str]()
    for line in source.read_text().splitlines():
        if line.startswith("-r "):
            names |= names_in(source.parent / line.removeprefix("-r "))
        elif found := re.match(r"[\w.-]+", line):
            names.add(found[0].lower())
    return names


@pytest.mark.parametrize("lock", locks(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_package_is_pinned_to_one_version_by_its_hashes(lock: Path, tried: Tried) -> None:
    packages = list(pinned(lock))
    assert not [package.name for package in packages if not package.hashes]
    # All from the package index: no URLs, no options, nothing editable.
    assert not re.findall(r"://| @ |^--(?!hash)|^-e", lock.read_text(), re.MULTILINE)
    tried("packages pinned by hash", len(packages))


@pytest.mark.parametrize("lock", locks(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_package_is_required_or_a_dependency_of_one_that_is(lock: Path) -> None:
    asked_for = names_in(lock.with_suffix(".in"))
    packages = {package.name: package.wanted_by for package in pinned(lock)}
    assert asked_for <= packages.keys()
    needed = set(asked_for)
    while more := {name for name, by in packages.items() if by & needed} - needed:
        needed |= more
    assert packages.keys() == needed


@pytest.mark.parametrize(
    "lock",
    [npm_packages.FRAMEWORKS.lock, npm_packages.OPENAPI_TOOLS.lock, npm_packages.ASYNCAPI_PARSER.lock],
    ids=lambda lock: lock.parent.name,
)
def test_every_npm_package_is_pinned_to_one_version_by_its_hash(lock: Path, tried: Tried) -> None:
    """And to no registry: whoever installs them chooses one."""
    wanted = json.loads(lock.with_name("package.json").read_text())["devDependencies"]
    packages = json.loads(lock.read_text())["packages"]
    assert packages.pop("")["devDependencies"] == wanted
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert not [name for name, package in packages.items() if not package["integrity"].startswith("sha512-")]
    assert not [name for name, package in packages.items() if "resolved" in package]
    tried("npm packages pinned by hash", len(packages))


def test_the_layer_has_exactly_the_packages_that_the_code_imports() -> None:
    modules = {name.replace("-", "_") for name in names_in(LAYER.with_suffix(".in"))}
    assert {PART_OF.get(root, root) for root in _third_party(_sources())} - NOT_SHIPPED == modules


def test_the_tool_for_operators_asks_for_the_packages_that_it_imports() -> None:
    """It is installed from them, without the lock."""
    asked_for = names_in(ROOT / "cli/requirements.in")
    shipped = {name.replace("-", "_") for name in names_in(LAYER.with_suffix(".in"))}
    imported = {
        PART_OF.get(root, root) for root in _third_party(sorted((ROOT / "cli").rglob("*.py"))) if root != "cli"
    }
    assert asked_for <= imported <= asked_for | shipped


def _sources() -> list[Path]:
    package = ROOT / "layers/mid_job_feedback/mid_job_feedback"
    return sorted([*package.rglob("*.py"), *(ROOT / "functions").glob("*/app.py")])


def _third_party(sources: list[Path]) -> Iterator[str]:
    for node in (node for path in sources for node in ast.walk(ast.parse(path.read_text()))):
        match node:
            case ast.Import(names=names):
                roots = [name.name.partition(".")[0] for name in names]
            case ast.ImportFrom(module=str(module)):
                roots = [module.partition(".")[0]]
            case _:
                continue
        yield from (root for root in roots if root not in sys.stdlib_module_names | {"mid_job_feedback"})


def test_shipped_versions_are_the_tested_versions() -> None:
    development = {(package.name, package.version) for package in pinned(ROOT / "requirements/dev.txt")}
    assert {(package.name, package.version) for package in pinned(LAYER)} <= development


def test_everything_in_the_layer_has_a_permissive_licence(tried: Tried) -> None:
    licences = {package.name: _licences(package.name) for package in pinned(LAYER)}
    assert {
        name: declared for name, declared in licences.items() if not declared or not declared <= LICENCES
    } == {}
    tried("licences of shipped packages", len(licences))


def _licences(package: str) -> set[str]:
    declared = metadata(package)
    classified = {
        line.rpartition(" :: ")[2] for line in declared.get_all("Classifier", []) if "License ::" in line
    }
    named = declared.get("License-Expression") or (None if classified else declared.get("License"))
    return {str(named)} if named else classified
