"""The files in events/: each belongs to a function, and a component test uses it."""

import json
from pathlib import Path

import pytest

from tests.template import ROOT

FILES = sorted((ROOT / "events").glob("*.json"))
HERE = "".join(path.read_text() for path in Path(__file__).parent.glob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_event_file_is_named_after_an_existing_function(path: Path) -> None:
    function, _, case = path.stem.partition("-")
    assert path.suffix == ".json"
    assert (ROOT / "functions" / function / "app.py").exists()
    assert case
    assert json.loads(path.read_text())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_event_file_is_used(path: Path) -> None:
    assert f'"{path.stem}"' in HERE or f'"{path.stem.removeprefix("ingest-")}"' in HERE


def test_every_function_has_an_event_file() -> None:
    functions = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert functions == {path.stem.partition("-")[0] for path in FILES}
