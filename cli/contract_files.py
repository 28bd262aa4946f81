"""Files of existing contracts, CSV or JSON lines: one contract a line, as the contract events that tell of it.

A line has `contract_id`, `title`, `started_at`, `client` and `freelancer` (`id`, `name`, `email`, and if known
`locale` and `time_zone`). If they exist, it has `payment` (`payment_id`, `paid_at`), the newest one; `ended_at`;
and `feedback` (`feedback_id`, `ratings`, `comment`, `provided_at`), that of the end of the contract. In CSV, parts
of these have columns with a dot, such as `client.email`. Empty cells and nulls count as missing.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

from pydantic import ValidationError

from cli.errors import CommandError
from mid_job_feedback.domain import contract_events
from mid_job_feedback.domain.contract_events import Expected

FIELDS: Final = frozenset(
    {"contract_id", "title", "started_at", "client", "freelancer", "payment", "ended_at", "feedback"}
)
_RATING: Final = "feedback.ratings."


class Event(NamedTuple):
    detail_type: str
    detail: Mapping[str, Any]


class Line(NamedTuple):
    """A line of the file. `problems`: what is wrong with it; then it has no events."""

    number: int
    contract_id: str
    events: tuple[Event, ...]
    problems: tuple[str, ...]


def lines(file: Path, source: str, time: datetime, now: datetime) -> Iterator[Line]:
    """Reads a file line by line, and checks each event as the service does when it arrives.

    Args:
        file: its name ends in `.csv`, `.jsonl` or `.ndjson`.
        source: of the events.
        time: of the events.
        now: the current time, against which they are checked.

    Raises:
        CommandError: the file cannot be read, or is of another kind.
    """
    seen: dict[str, int] = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            for number, contract in _contracts(file, text):
                line = _checked(number, contract, source, time, now)
                first = seen.setdefault(line.contract_id, number)
                if line.contract_id and first != number:
                    line = Line(number, line.contract_id, (), (f"the same contract_id as line {first}",))
                yield line
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} could not be read: {error}") from error


def _contracts(file: Path, text: TextIO) -> Iterator[tuple[int, Any]]:
    """Line numbers and contracts. Something that is no object is told from one later."""
    match file.suffix:
        case ".csv":
            yield from _contracts_of_csv(file, text)
        case ".jsonl" | ".ndjson":
            for number, line in enumerate(text, start=1):
                if line.strip():
                    yield number, _parsed(line)
        case _:
            raise CommandError(f"{file} must end in .csv, .jsonl or .ndjson.")


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _contracts_of_csv(file: Path, text: TextIO) -> Iterator[tuple[int, Any]]:
    reader = csv.reader(text, strict=True)
    try:
        names = next(reader, [])
        number = reader.line_num + 1
        for cells in reader:
            if cells:
                yield number, _nested(names, cells) if len(cells) == len(names) else None
            number = reader.line_num + 1  # a cell may have line ends
    except csv.Error as error:
        raise CommandError(f"{file}, line {reader.line_num}, is no CSV: {error}") from error


def _nested(names: list[str], cells: list[str]) -> dict[str, Any]:
    """`client.email` of the head as `email` in `client`."""
    contract: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=True):
        if cell:
            *parts, last = name.split(".")
            place = contract
            for part in parts:
                place = place.setdefault(part, {})
            place[last] = int(cell) if name.startswith(_RATING) and cell.isdecimal() else cell
    return contract


def _checked(number: int, contract: Any, source: str, time: datetime, now: datetime) -> Line:
    if not isinstance(contract, dict):
        return Line(number, "", (), ("is no JSON object, or has not as many cells as the head of the CSV",))
    contract_id = str(contract.get("contract_id", ""))
    contract = {name: value for name, value in contract.items() if value is not None}
    problems = [f"unknown field {name}" for name in sorted(contract.keys() - FIELDS)]
    events = tuple(_events(contract)) if not problems else ()
    for event in events:
        problems += _problems(event, source, time, now)
    return Line(number, contract_id, () if problems else events, tuple(problems))


def _events(contract: dict[str, Any]) -> Iterator[Event]:
    """The events of a contract. A part that is no object makes an event that is refused."""
    about = {"contract_id": contract.get("contract_id")}
    started = {
        name: contract[name] for name in ("title", "started_at", "client", "freelancer") if name in contract
    }
    yield Event("ContractStarted", about | started)
    if "payment" in contract:
        yield Event("PaymentMade", _part(about, contract["payment"]))
    if "ended_at" in contract:
        yield Event("ContractEnded", about | {"ended_at": contract["ended_at"]})
    if "feedback" in contract:
        yield Event("EndOfContractFeedbackProvided", _part(about, contract["feedback"]))


def _part(about: dict[str, Any], part: Any) -> dict[str, Any]:
    return {**part, **about} if isinstance(part, dict) else about


def _problems(event: Event, source: str, time: datetime, now: datetime) -> list[str]:
    """What the service would refuse about an event, without what was given: that may be an address."""
    envelope = {
        "source": source,
        "time": time.isoformat(),
        "detail-type": event.detail_type,
        "detail": event.detail,
    }
    try:
        contract_events.parse(json.dumps(envelope), Expected(source, now))
    except ValidationError as invalid:
        return [
            f"{event.detail_type} {'.'.join(str(part) for part in error['loc'][2:])}: "
            f"{error['msg'].removeprefix('Value error, ')}"
            for error in invalid.errors(include_url=False, include_input=False, include_context=False)
        ]
    return []
