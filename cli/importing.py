"""`import`: publishes the contract events of existing contracts, from a file, and goes on where it was stopped."""

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import typer

from cli import contract_files, instants, terminal
from cli import tool as tools
from cli.contract_files import Line
from cli.errors import CommandError, ExitCode
from cli.stacks import Stack
from mid_job_feedback import clock
from mid_job_feedback.domain.models import shown

ENTRIES: Final = 10
BYTES: Final = 200_000
"""The limits of one PutEvents: ten entries, and 256 KB with what surrounds them."""
ATTEMPTS: Final = 8
PROBLEMS_SHOWN: Final = 50


class Position(NamedTuple):
    """How far an import has come. It stands in a file beside the imported one.

    `digest`: of the imported file. `as_of`: the time of the events, the same whenever the import goes on. `line`:
    the last one that was published.
    """

    digest: str
    as_of: str
    line: int = 0

    def write(self, file: Path) -> None:
        """At once or not at all, so that the process may be killed at any time.

        Raises:
            CommandError: the folder cannot be written.
        """
        draft = file.with_name(f"{file.name}.draft")
        try:
            draft.write_text(json.dumps(self._asdict()))
            draft.replace(file)
        except OSError as error:
            raise CommandError(f"{file} could not be written: {error.strerror}.") from error


class Pace:
    """Keeps to a number of events per second."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.began = time.monotonic()
        self.events = 0

    def take(self, events: int) -> None:
        """Waits until so many events may be published."""
        pause(self.began + self.events / self.rate - time.monotonic())
        self.events += events


def pause(seconds: float) -> None:
    time.sleep(max(seconds, 0))


def import_contracts(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or JSON lines: .csv, .jsonl or .ndjson.")],
    *,
    rate: Annotated[int, typer.Option(min=1, help="Events per second.")] = 200,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            parser=instants.parse,
            metavar="INSTANT",
            help="When the file was written. Default: when it was changed last.",
        ),
    ] = None,
    skip_invalid: Annotated[bool, typer.Option("--skip-invalid", help="Publish the other lines.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file, and publish nothing.")] = False,
) -> None:
    """Publish the contract events of existing contracts, one contract a line.

    All lines are checked before the first is published; exits with 3 if one is invalid. After an interruption,
    repeat the command: it goes on where it was. Events newer than --as-of win over those of the file.
    """
    tool = tools.of(context)
    progress_file = file.with_name(f"{file.name}.progress")
    position = _position(file, progress_file, as_of)
    events_at = datetime.fromisoformat(position.as_of)
    source = tool.stack.outputs["EventSource"]

    def lines() -> Iterator[Line]:
        return contract_files.lines(file, source, events_at, clock.now())

    valid, invalid = _checked(lines())
    published = 0
    if not dry_run and (skip_invalid or not invalid):
        with terminal.progress("contracts", valid) as bar:
            for batch in _published(tool.stack, lines(), position, Pace(rate)):
                published += sum(len(line.events) for line in batch)
                position._replace(line=batch[-1].number).write(progress_file)
                bar.advance(bar.task_ids[0], len(batch))
        progress_file.unlink(missing_ok=True)
    document = {
        "contracts": valid,
        "events_published": published,
        "resumed_after_line": position.line or None,
        "as_of": position.as_of,
        "invalid": [{"line": line.number, "problems": line.problems} for line in invalid],
    }
    tool.answer(document, lambda: _show(document, invalid))
    if invalid:
        raise typer.Exit(ExitCode.FOUND_SOMETHING)


def _position(file: Path, progress_file: Path, as_of: datetime | None) -> Position:
    """Where to go on: at the beginning, or after the line that an interrupted import published last."""
    try:
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except OSError as error:
        raise CommandError(f"{file} could not be read: {error.strerror}.") from error
    try:
        position = Position(**json.loads(progress_file.read_text()))
    except FileNotFoundError:
        return Position(digest, shown(as_of or written))
    except (OSError, ValueError, TypeError) as error:
        raise CommandError(f"{progress_file} could not be read: delete it to begin anew.") from error
    if position.digest != digest:
        raise CommandError(f"{file} has changed since its import began: delete {progress_file} to begin anew.")
    if as_of and position.as_of != shown(as_of):
        raise CommandError(
            f"The import began with --as-of {position.as_of}: delete {progress_file} to begin anew."
        )
    return position


def _checked(lines: Iterable[Line]) -> tuple[int, list[Line]]:
    """How many lines are valid, and those that are not."""
    valid, invalid = 0, []
    for line in lines:
        if line.problems:
            invalid.append(line)
        else:
            valid += 1
    return valid, invalid


def _published(stack: Stack, lines: Iterator[Line], position: Position, pace: Pace) -> Iterator[list[Line]]:
    """Publishes what follows the position, and yields each batch of lines that was accepted.

    If the process dies before that is noted, the batch is published again: events may come twice.
    """
    bus = stack.client("events")
    for batch in _batches(line for line in lines if line.number > position.line and line.events):
        entries = [entry for line in batch for entry in _entries(stack, line, position.as_of)]
        pace.take(len(entries))
        _put(bus, entries)
        yield batch


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    """Whole lines, as many as one call takes."""
    batch: list[Line] = []
    entries = size = 0
    for line in lines:
        bytes_of_line = sum(len(json.dumps(event.detail).encode()) for event in line.events)
        if batch and (entries + len(line.events) > ENTRIES or size + bytes_of_line > BYTES):
            yield batch
            batch, entries, size = [], 0, 0
        batch.append(line)
        entries += len(line.events)
        size += bytes_of_line
    if batch:
        yield batch


def _entries(stack: Stack, line: Line, as_of: str) -> Iterator[dict[str, Any]]:
    for event in line.events:
        yield {
            "EventBusName": stack.outputs["EventBusName"],
            "Source": stack.outputs["EventSource"],
            "DetailType": event.detail_type,
            "Detail": json.dumps(event.detail),
            "Time": datetime.fromisoformat(as_of),
        }


def _put(bus: Any, entries: list[dict[str, Any]]) -> None:
    """Publishes all entries. Those that EventBridge did not take are sent again, with exponential backoff."""
    error = ""
    for attempt in range(ATTEMPTS):
        both = zip(entries, bus.put_events(Entries=entries)["Entries"], strict=True)
        refused = [(entry, answer["ErrorCode"]) for entry, answer in both if "ErrorCode" in answer]
        if not refused:
            return
        entries, error = [entry for entry, _ in refused], refused[0][1]
        pause(0.1 * 2**attempt)
    raise CommandError(f"EventBridge did not take all events ({error}): repeat the command.")


def _show(document: dict[str, Any], invalid: list[Line]) -> None:
    for line in invalid[:PROBLEMS_SHOWN]:
        terminal.say(*(f"line {line.number}: {problem}" for problem in line.problems))
    if invalid:
        hidden = f", {len(invalid) - PROBLEMS_SHOWN} of them not shown" if len(invalid) > PROBLEMS_SHOWN else ""
        terminal.say(f"{terminal.count(len(invalid), 'line is', 'lines are')} invalid{hidden}.", style="bold")
    said = f"{document['contracts']:,} valid contracts, {document['events_published']:,} events published"
    resumed = document["resumed_after_line"]
    terminal.say(f"{said}{f' after line {resumed:,}' if resumed else ''}.")
