"""`person`: everything that the service stores about a person, as one document; and its erasure."""

import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from cli import terminal
from cli import tool as tools
from cli.errors import CommandError
from cli.stacks import Stack
from mid_job_feedback import clock
from mid_job_feedback.domain.models import shown

commands: Final = typer.Typer(help="Export or erase what is stored about a person.", no_args_is_help=True)
OWNER_ONLY: Final = 0o600

PersonId = Annotated[str, typer.Argument(metavar="PERSON", help="Id of the person, as contract events have it.")]


@commands.command()
def export(
    context: typer.Context,
    person_id: PersonId,
    *,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write to this new file instead of standard output.")
    ] = None,
) -> None:
    """Write everything that is stored about a person as one JSON document."""
    tool = tools.of(context)
    answers = list(_answers(tool.stack, "export", person_id))
    document = {
        "person_id": person_id,
        "exported_at": shown(clock.now()),
        "entries": _distinct(entry for answer in answers for entry in answer["entries"]),
        "remaining": answers[-1]["remaining"],
    }
    if output is None:
        terminal.show_json(document)
        return
    _write(output, document)
    said = {"file": str(output), "entries": len(document["entries"])}
    tool.answer(said, lambda: terminal.say(f"{said['entries']} entries written to {output}."))


@commands.command()
def erase(
    context: typer.Context,
    person_id: PersonId,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what is stored, and erase nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
) -> None:
    """Erase what is stored about a person, for good. Says what was erased, and what remains where and until when.

    It can be repeated at any time, such as after it was interrupted. It takes some minutes.
    """
    tool = tools.of(context)
    if dry_run:
        _show_stored(tool, person_id)
        return
    terminal.confirm(f"Erase the name, the address and the words of {person_id} for good?", yes=yes)
    answers = list(_answers(tool.stack, "erase", person_id))
    counts: Counter[str] = Counter()
    for erased in (each for answer in answers for each in answer["erased"]):
        counts[erased["what"]] += erased["count"]
    document = {
        "person_id": person_id,
        "erased": [{"what": what, "count": count} for what, count in counts.items()],
        "kept": _distinct(kept for answer in answers for kept in answer["kept"]),
        "remaining": answers[-1]["remaining"],
    }
    tool.answer(document, lambda: _show_erasure(document))


def _answers(stack: Stack, command: Literal["export", "erase"], person_id: str) -> Iterator[dict[str, Any]]:
    """Invokes the function until it is done, and yields each answer. It remembers nothing between two calls."""
    progress: Any = None
    with terminal.progress(f"{command} {person_id}", None) as bar:
        while True:
            answer = stack.invoke("Privacy", {"command": command, "person_id": person_id, "progress": progress})
            yield answer
            if answer["done"]:
                return
            progress = answer["progress"]
            bar.advance(bar.task_ids[0])
            _wait(answer["wait_seconds"])


def _wait(seconds: int) -> None:
    """An erasure looks everywhere again, after the calls that were running during its first pass."""
    time.sleep(seconds)


def _distinct(found: Iterator[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What is returned twice, after a call was repeated, is the same."""
    return list({json.dumps(entry, sort_keys=True): entry for entry in found}.values())


def _write(output: Path, document: Mapping[str, Any]) -> None:
    """Creates the file, for its owner only. Replaces none, and leaves none that is half written."""
    try:
        descriptor = os.open(output, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY)
    except OSError as error:
        raise CommandError(f"{output} could not be created: {error.strerror}.") from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=2, ensure_ascii=False)
            file.write("\n")
    except BaseException:
        with suppress(OSError):
            output.unlink()
        raise


def _show_stored(tool: tools.Tool, person_id: str) -> None:
    answers = list(_answers(tool.stack, "export", person_id))
    entries = _distinct(entry for answer in answers for entry in answer["entries"])
    counts = Counter((entry["what"], entry["where"]) for entry in entries)
    document: dict[str, Any] = {
        "person_id": person_id,
        "stored": [{"what": what, "where": where, "count": count} for (what, where), count in counts.items()],
    }

    def text() -> None:
        terminal.say("Stored about the person; an erasure says what of it must be kept, and why:")
        rows = ((each["count"], each["what"], each["where"]) for each in document["stored"])
        terminal.show(terminal.table("count", "what", "where", rows=rows))

    tool.answer(document, text)


def _show_erasure(document: Mapping[str, Any]) -> None:
    terminal.say("Erased", style="bold")
    rows = [(each["count"], each["what"]) for each in document["erased"]]
    terminal.show(terminal.table("count", "what", rows=rows)) if rows else terminal.say(
        "Nothing was left to erase."
    )
    if document["kept"]:
        kept = Counter((each["what"], each["why"]) for each in document["kept"])
        terminal.say("", "Kept", style="bold")
        terminal.show(terminal.table("count", "what", "why", rows=((n, *each) for each, n in kept.items())))
    if document["remaining"]:
        terminal.say("", "Remains for a while", style="bold")
        columns = ("what", "where", "until", "why")
        rows_left = ([each[column] for column in columns] for each in document["remaining"])
        terminal.show(terminal.table(*columns, rows=rows_left))
