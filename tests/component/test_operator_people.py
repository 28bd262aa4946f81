"""`person export` and `person erase` invoke the function until it is done, and report all of what it answers."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cli import people
from mid_job_feedback.domain.privacy import Entry, Erased, Erasure, Exported, Kept, Progress, Remaining
from tests import lambda_runtime
from tests.builders import CLIENT, NOW
from tests.component.marketplace import Marketplace
from tests.component.operator_tool import OperatorTool

HALFWAY = Progress(command="erase", person_id=CLIENT.id, began_at=NOW, after="c-1")
BACKUPS = Remaining(what="everything", where="point-in-time recovery", until=NOW, why="It cannot be changed.")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch, clock: lambda_runtime.Clock) -> list[int]:
    """The seconds that the tool waits between two calls. They pass at once."""
    waited: list[int] = []

    def wait(seconds: int) -> None:
        waited.append(seconds)
        clock.advance(timedelta(seconds=seconds))

    monkeypatch.setattr(people, "_wait", wait)
    return waited


def an_entry(contract_id: str) -> Entry:
    data = {"name": CLIENT.name, "email": CLIENT.email}
    return Entry(what="contact", where="table", why="e-mails", kept="always", contract_id=contract_id, data=data)


def answers(*found: Exported | Erasure) -> list[Any]:
    return [each.model_dump(mode="json") for each in found]


@pytest.fixture
def exported(operator_tool: OperatorTool) -> OperatorTool:
    """Two calls, of which the second repeats an entry."""
    first, second = an_entry("c-1"), an_entry("c-2")
    operator_tool.functions.answers = answers(
        Exported(done=False, progress=HALFWAY, entries=(first,)),
        Exported(done=True, progress=None, entries=(first, second), remaining=(BACKUPS,)),
    )
    return operator_tool


def test_an_export_is_one_document_of_all_answers(exported: OperatorTool) -> None:
    document = exported.json("person", "export", CLIENT.id)
    assert document.keys() == {"person_id", "exported_at", "entries", "remaining"}
    assert [entry["contract_id"] for entry in document["entries"]] == ["c-1", "c-2"]
    assert [found["where"] for found in document["remaining"]] == ["point-in-time recovery"]
    assert [(of["command"], of["progress"] and of["progress"]["after"]) for of in exported.functions.invoked] == [
        ("export", None),
        ("export", "c-1"),
    ]


def test_an_export_and_an_erasure_through_the_function_itself(
    operator_tool: OperatorTool, marketplace: Marketplace
) -> None:
    assert CLIENT.email in json.dumps(operator_tool.json("person", "export", CLIENT.id)["entries"])
    erased = operator_tool.json("person", "erase", CLIENT.id, "--yes")
    assert erased["erased"]
    assert erased["remaining"]
    assert CLIENT.email not in json.dumps(operator_tool.json("person", "export", CLIENT.id)["entries"])


def test_an_export_goes_to_a_new_file_that_only_its_owner_reads(exported: OperatorTool, tmp_path: Path) -> None:
    file = tmp_path / "person.json"
    said = exported("person", "export", CLIENT.id, "--output", str(file))
    assert said.code == 0
    assert "2 entries written to" in said.out
    assert len(json.loads(file.read_text())["entries"]) == 2
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_export_replaces_no_file(exported: OperatorTool, tmp_path: Path) -> None:
    file = tmp_path / "person.json"
    file.write_text("of somebody else")
    refused = exported("person", "export", CLIENT.id, "--output", str(file))
    assert (refused.code, file.read_text()) == (1, "of somebody else")
    assert "could not be created: File exists" in " ".join(refused.err.split())


def test_an_erasure_adds_up_what_each_call_erased_and_waits_as_it_is_told(
    operator_tool: OperatorTool, pauses: list[int]
) -> None:
    kept = Kept(what="rating", why="It is the client's word.", contract_id="c-1")
    erased = Erased(what="name and address", count=2)
    operator_tool.functions.answers = answers(
        Erasure(done=False, progress=HALFWAY, wait_seconds=30, erased=(erased,), kept=(kept,)),
        Erasure(done=True, progress=None, erased=(erased,), kept=(kept,), remaining=(BACKUPS,)),
    )
    document = operator_tool.json("person", "erase", CLIENT.id, "--yes")
    assert document["erased"] == [{"what": "name and address", "count": 4}]
    assert [found["contract_id"] for found in document["kept"]] == ["c-1"]
    assert [found["until"] for found in document["remaining"]] == [document["remaining"][0]["until"]]
    assert pauses == [30]


def test_an_erasure_says_what_remains_and_why(operator_tool: OperatorTool) -> None:
    operator_tool.functions.answers = answers(
        Erasure(done=True, progress=None, erased=(), kept=(), remaining=(BACKUPS,))
    )
    said = " ".join(operator_tool("person", "erase", CLIENT.id, "--yes").out.split())
    assert "Nothing was left to erase." in said
    assert "It cannot be changed." in said


def test_nothing_is_erased_unasked_or_in_a_dry_run(exported: OperatorTool) -> None:
    refused = exported("person", "erase", CLIENT.id)
    assert (refused.code, exported.functions.invoked) == (1, [])
    would = exported.json("person", "erase", CLIENT.id, "--dry-run")
    assert would["stored"] == [{"what": "contact", "where": "table", "count": 2}]
    assert {of["command"] for of in exported.functions.invoked} == {"export"}


def test_a_function_that_fails_or_refuses_is_told_in_a_sentence(operator_tool: OperatorTool) -> None:
    operator_tool.functions.answers = [
        {"errorMessage": "the table is unavailable", "errorType": "Unavailable"},
        {"error": "invalid_command", "detail": "person_id: must be an id"},
    ]
    failed, refused = (operator_tool("person", "export", "u-1") for _ in range(2))
    assert (failed.code, refused.code) == (1, 1)
    assert failed.err == "The function privacy failed: the table is unavailable\n"
    assert refused.err == "The service refused (invalid_command): person_id: must be an id\n"
