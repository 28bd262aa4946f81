"""Redocly and Spectral have nothing to say about docs/openapi.json."""

import json
import shutil
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from local.programs import node, npm_packages
from tests.openapi_document import document
from tests.template import ROOT

type Found = dict[str, list[str]]

SCRIPT = ROOT / "tests/openapi/lint.mjs"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Modules are looked for beside the script."""
    folder = tmp_path_factory.mktemp("lint")
    (folder / "node_modules").symlink_to(npm_packages.OPENAPI_TOOLS.find())
    shutil.copy(SCRIPT, folder)
    return folder


def lint(folder: Path, *documents: dict[str, Any]) -> list[Found]:
    """What each linter found in each document, in one process."""
    for number, one in enumerate(documents):
        (folder / f"{number}.json").write_text(json.dumps(one))
    files = [f"{number}.json" for number in range(len(documents))]
    command: list[str | Path] = [node.find().executable, SCRIPT.name, *files]
    printed = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=True).stdout  # noqa: S603
    found: list[Found] = json.loads(printed)
    return found


def test_both_linters_find_nothing_and_would_find_what_is_missing(folder: Path) -> None:
    """Redocly with the rules of `recommended-strict`, Spectral with the recommended ones of `spectral:oas`."""
    spoiled = deepcopy(document())
    tab = spoiled["paths"]["/contracts/{contract_id}/feedback"]["get"]
    tab["responses"]["404"]["content"]["application/problem+json"]["examples"]["contract_not_found"]["value"] = {}
    del tab["tags"], tab["summary"]
    clean, found = lint(folder, document(), spoiled)
    assert clean == {"redocly": [], "spectral": []}
    assert {one.partition(":")[0] for one in found["redocly"]} >= {
        "operation-summary",
        "no-invalid-media-type-examples",
    }
    assert {one.partition(":")[0] for one in found["spectral"]} >= {"operation-tags", "oas3-valid-media-example"}
