"""`import` publishes the events of existing contracts: checked, at a steady pace, and resumable at any point."""

import csv
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli import contract_files, importing
from mid_job_feedback.aws import client
from mid_job_feedback.domain.models import shown
from tests import contract_queue
from tests.builders import DAY, NOW, RATINGS
from tests.component.marketplace import Marketplace
from tests.component.operator_tool import OperatorTool
from tests.conftest import Tried

VERSIONS = {"started_by", "described_by", "stated_by"}  # they have the time at which an event was queued


class Killed(BaseException):
    """The process ends at once."""


class Bus:
    """EventBridge: keeps the events that it takes. It can refuse some, or kill the caller."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.calls = 0
        self.killing = (0, "")  # in which call, and when
        self.refusing = 0  # how many entries

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        assert 0 < len(Entries) <= 10
        self.calls += 1
        if self.killing == (self.calls, "before"):
            raise Killed
        answers = []
        for entry in Entries:
            refused, self.refusing = self.refusing > 0, self.refusing - 1
            answers.append({"ErrorCode": "ThrottlingException"} if refused else {"EventId": "e"})
            self.taken += [] if refused else [entry]
        if self.killing == (self.calls, "after"):
            raise Killed
        return {"Entries": answers, "FailedEntryCount": 0}

    def bodies(self) -> list[str]:
        """The events as they arrive in the queue."""
        return [
            json.dumps(
                {
                    "source": entry["Source"],
                    "time": shown(entry["Time"]),
                    "detail-type": entry["DetailType"],
                    "detail": json.loads(entry["Detail"]),
                }
            )
            for entry in self.taken
        ]


@pytest.fixture
def bus(operator_tool: OperatorTool) -> Bus:
    operator_tool.clients["events"] = bus = Bus()
    return bus


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch, empty_marketplace: Marketplace) -> list[float]:
    """The pauses that the import asks for, which take no time."""
    asked: list[float] = []
    monkeypatch.setattr(importing, "pause", asked.append)
    return asked


def a_contract(number: int, **fields: Any) -> dict[str, Any]:
    people = {
        role: {"id": f"u-{role}-{number}", "name": "Ana, Ruiz\nII", "email": f"{role}{number}@example.com"}
        for role in ("client", "freelancer")
    }
    start = {"contract_id": f"c-{number}", "title": "Website relaunch", "started_at": shown(NOW - 60 * DAY)}
    return {**start, **people, **fields}


def paid(number: int) -> dict[str, Any]:
    return a_contract(number, payment={"payment_id": f"p-{number}", "paid_at": shown(NOW - DAY)})


def ended(number: int) -> dict[str, Any]:
    provided = {"feedback_id": f"f-{number}", "ratings": RATINGS, "provided_at": shown(NOW - DAY)}
    return {**paid(number), "ended_at": shown(NOW - DAY), "feedback": provided}


def written(folder: Path, *contracts: Any, name: str = "contracts.jsonl") -> Path:
    """A file of JSON lines, last changed at NOW."""
    file = folder / name
    file.write_text("".join(json.dumps(contract) + "\n" for contract in contracts))
    os.utime(file, (NOW.timestamp(), NOW.timestamp()))
    return file


def flat(contract: dict[str, Any], before: str = "") -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for name, value in contract.items():
        cells |= flat(value, f"{before}{name}.") if isinstance(value, dict) else {f"{before}{name}": value}
    return cells


def table_after(bodies: list[str]) -> list[dict[str, Any]]:
    """What the service stores of these events, without when they were queued."""
    for batch in (bodies[place : place + 10] for place in range(0, len(bodies), 10)):
        assert contract_queue.deliver(*batch) == []
    rows = client("dynamodb").scan(TableName="feedback")["Items"]
    for row in rows:
        client("dynamodb").delete_item(TableName="feedback", Key={name: row[name] for name in ("PK", "SK")})
    plain = [{name: value for name, value in row.items() if name not in VERSIONS} for row in rows]
    return sorted(plain, key=lambda row: (row["PK"]["S"], row["SK"]["S"]))


def test_each_contract_becomes_the_events_that_tell_of_it(
    operator_tool: OperatorTool, bus: Bus, tmp_path: Path
) -> None:
    said = operator_tool.json("import", str(written(tmp_path, a_contract(1), paid(2), ended(3))))
    assert (said["contracts"], said["events_published"], said["invalid"]) == (3, 7, [])
    started, payment, end, feedback = (
        "ContractStarted",
        "PaymentMade",
        "ContractEnded",
        "EndOfContractFeedbackProvided",
    )
    kinds = [started, started, payment, started, payment, end, feedback]
    assert [entry["DetailType"] for entry in bus.taken] == kinds
    assert {entry["Time"] for entry in bus.taken} == {NOW}  # of the file, so that newer events win
    assert [row["SK"]["S"] for row in table_after(bus.bodies())].count("CONTRACT") == 3
    assert [file.name for file in tmp_path.iterdir()] == ["contracts.jsonl"]


def test_csv_says_the_same_as_json_lines(operator_tool: OperatorTool, bus: Bus, tmp_path: Path) -> None:
    contracts = [ended(1), a_contract(2)]
    operator_tool.json("import", str(written(tmp_path, *contracts)))
    of_json_lines, bus.taken = bus.taken, []
    file = tmp_path / "contracts.csv"
    with file.open("w", newline="", encoding="utf-8-sig") as text:  # as spreadsheets write it
        writer = csv.DictWriter(text, flat(ended(1)))
        writer.writeheader()
        writer.writerows(flat(contract) for contract in contracts)
    operator_tool.json("import", str(file), "--as-of", NOW.isoformat())
    assert bus.taken == of_json_lines


def test_every_problem_is_told_with_its_line_and_nothing_is_published(
    operator_tool: OperatorTool, bus: Bus, tmp_path: Path
) -> None:
    client_without_address = {"id": "u-2", "name": "Ben", "email": "nowhere"}
    file = written(
        tmp_path,
        a_contract(1),
        a_contract(2, client=client_without_address, ended_at=shown(NOW + 3 * DAY)),
        [1],
        a_contract(4, titel="Relaunch"),
        a_contract(1),
        a_contract(6, payment="yesterday"),
    )
    answer = operator_tool("import", str(file), "--json")
    assert (answer.code, bus.taken, answer.json["contracts"]) == (3, [], 1)
    assert [(found["line"], found["problems"]) for found in answer.json["invalid"]] == [
        (
            2,
            [
                "ContractStarted client.email: must be one valid e-mail address, with a mailbox in ASCII",
                "ContractEnded ended_at: must not be more than a day in the future",
            ],
        ),
        (3, ["is no JSON object, or has not as many cells as the head of the CSV"]),
        (4, ["unknown field titel"]),
        (5, ["the same contract_id as line 1"]),
        (6, ["PaymentMade payment_id: Field required", "PaymentMade paid_at: Field required"]),
    ]
    assert "nowhere" not in answer.out
    said = operator_tool("import", str(file)).out
    assert "line 4: unknown field titel\n" in said
    assert "5 lines are invalid." in said
    assert operator_tool("import", str(file), "--skip-invalid").code == 3
    assert [json.loads(entry["Detail"])["contract_id"] for entry in bus.taken] == ["c-1"]


def test_a_line_of_csv_has_the_number_at_which_it_begins(
    operator_tool: OperatorTool, bus: Bus, tmp_path: Path
) -> None:
    file = tmp_path / "contracts.csv"
    file.write_text('contract_id,title\n"c-1","two\nlines"\nc-2\n')
    numbers = [found["line"] for found in operator_tool("import", str(file), "--json").json["invalid"]]
    assert numbers == [2, 4]


def test_a_dry_run_publishes_nothing(operator_tool: OperatorTool, bus: Bus, tmp_path: Path) -> None:
    said = operator_tool.json("import", str(written(tmp_path, a_contract(1))), "--dry-run")
    assert (said["contracts"], said["events_published"], bus.calls) == (1, 0, 0)
    assert not (tmp_path / "contracts.jsonl.progress").exists()


class KillPoints:
    """Numbers the places at which the process may be killed, in the order in which they are passed."""

    def __init__(self) -> None:
        self.passed = 0
        self.kill_at: int | None = None

    def run_until(self, number: int | None) -> None:
        self.passed, self.kill_at = 0, number

    def reached(self) -> None:
        self.passed += 1
        if self.passed == self.kill_at:
            raise Killed


@pytest.fixture
def kill_points(monkeypatch: pytest.MonkeyPatch) -> KillPoints:
    """Before and after each line that is read, each call of EventBridge, and each note of the position."""
    points = KillPoints()
    read, put, replace = contract_files.lines, Bus.put_events, Path.replace

    def lines(*arguments: Any) -> Iterator[contract_files.Line]:
        for line in read(*arguments):
            points.reached()
            yield line
            points.reached()

    def put_events(bus: Bus, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        points.reached()
        answer = put(bus, Entries)
        points.reached()
        return answer

    def note(draft: Path, file: Path) -> Path:
        points.reached()
        noted = replace(draft, file)
        points.reached()
        return noted

    monkeypatch.setattr(contract_files, "lines", lines)
    monkeypatch.setattr(Bus, "put_events", put_events)
    monkeypatch.setattr(Path, "replace", note)
    return points


def import_with_two_kills(tool: OperatorTool, file: Path, points: KillPoints, point: int) -> None:
    """Killed at a point, once more at the same point of the run that goes on, and then no more."""
    for kill_at in (point, point, None):
        points.run_until(kill_at)
        with suppress(Killed):
            tool.json("import", str(file))
            return


def test_killed_anywhere_it_goes_on_to_the_same_table(
    operator_tool: OperatorTool, tmp_path: Path, kill_points: KillPoints, tried: Tried
) -> None:
    contracts = [(ended, paid, a_contract)[number % 3](number) for number in range(8)]
    file = written(tmp_path, *contracts)
    operator_tool.clients["events"] = clean = Bus()
    operator_tool.json("import", str(file))
    points, tables = kill_points.passed, {tuple(clean.bodies()): table_after(clean.bodies())}
    [expected] = tables.values()
    assert (clean.calls, points) == (3, len(contracts) * 4 + clean.calls * 4)
    for point in range(1, points + 1):
        operator_tool.clients["events"] = bus = Bus()
        import_with_two_kills(operator_tool, file, kill_points, point)
        assert len(bus.taken) <= len(clean.taken) + 20  # a batch comes twice for each kill at most
        assert {entry["Time"] for entry in bus.taken} == {NOW}
        published = tuple(bus.bodies())
        if published not in tables:
            tables[published] = table_after(list(published))
        assert tables[published] == expected, f"killed at point {point}"
        assert [each.name for each in tmp_path.iterdir()] == ["contracts.jsonl"]
    assert len(tables) > clean.calls
    tried("places at which an import was killed", points)


def test_a_file_that_has_changed_is_not_resumed(operator_tool: OperatorTool, bus: Bus, tmp_path: Path) -> None:
    bus.killing = (2, "before")
    with pytest.raises(Killed):
        operator_tool("import", str(written(tmp_path, *map(ended, range(6)))))
    changed = written(tmp_path, *map(ended, range(7)))
    refused = operator_tool("import", str(changed))
    assert (refused.code, "has changed since its import began" in " ".join(refused.err.split())) == (1, True)
    same = written(tmp_path, *map(ended, range(6)))
    other_time = operator_tool("import", str(same), "--as-of", "2020-01-01T00:00:00Z")
    assert (other_time.code, "began with --as-of" in " ".join(other_time.err.split())) == (1, True)


def test_entries_that_were_not_taken_are_sent_again(
    operator_tool: OperatorTool, bus: Bus, tmp_path: Path, pauses: list[float]
) -> None:
    bus.refusing = 3
    operator_tool.json("import", str(written(tmp_path, ended(1), ended(2))))
    assert len(bus.taken) == 8
    bus.refusing = 1000
    failed = operator_tool("import", str(written(tmp_path, ended(3))))
    assert (failed.code, "ThrottlingException" in failed.err) == (1, True)
    assert pauses[-1] > pauses[-2] > 0


def test_it_keeps_to_the_rate(
    operator_tool: OperatorTool, bus: Bus, tmp_path: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.importing.time.monotonic", lambda: 100.0)
    operator_tool.json("import", str(written(tmp_path, *map(ended, range(5)))), "--rate", "4")
    assert pauses == [0, 2, 4]  # eight events a call


def test_no_call_is_larger_than_eventbridge_takes(operator_tool: OperatorTool, bus: Bus, tmp_path: Path) -> None:
    """A comment may have five thousand characters, of up to twelve bytes each in JSON."""
    feedback = {**ended(0)["feedback"], "comment": "😀" * 5000}
    contracts = [
        {**a_contract(number), "feedback": {**feedback, "feedback_id": f"f-{number}"}} for number in range(6)
    ]
    operator_tool.json("import", str(written(tmp_path, *contracts)))
    assert bus.calls == 2
    assert len(bus.taken) == 12


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("contracts.xlsx", b"", "must end in .csv, .jsonl or .ndjson"),
        ("contracts.csv", b'a,b\n"x"y,1\n', "line 2, is no CSV"),
        ("contracts.jsonl", b"\xff\n", "could not be read"),
        ("missing.jsonl", None, "could not be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_a_sentence(
    operator_tool: OperatorTool, bus: Bus, tmp_path: Path, *, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    answer = operator_tool("import", str(tmp_path / name))
    assert (answer.code, said in " ".join(answer.err.split())) == (1, True), answer.err


def test_the_time_of_the_events_is_that_of_the_file_unless_given(
    operator_tool: OperatorTool, bus: Bus, tmp_path: Path
) -> None:
    given = datetime(2026, 1, 1, tzinfo=UTC)
    operator_tool.json("import", str(written(tmp_path, a_contract(1))), "--as-of", "2026-01-01T00:00:00")
    assert [entry["Time"] for entry in bus.taken] == [given]
    assert operator_tool("import", "x.csv", "--as-of", "yesterday").code == 2
