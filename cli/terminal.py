"""Terminal output: text that people typed shows as it is, never as a command to the terminal."""

import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import typer
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from cli.errors import CommandError

INDENT: Final = 2
_out: Final = Console(highlight=False)
_err: Final = Console(highlight=False, stderr=True)
# Direction overrides and isolates: they would reorder what stands beside them.
_REORDERING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def visible(text: str) -> str:
    r"""`text` with the characters spelled out that a terminal would obey, such as `\x1b`. Line ends stay."""
    return "".join(
        c.encode("unicode_escape").decode()
        if (unicodedata.category(c) == "Cc" and c != "\n") or c in _REORDERING
        else c
        for c in text
    )


def say(*lines: object, style: str = "") -> None:
    """Prints lines to standard output; long ones wrap."""
    for line in lines:
        _out.print(Text(visible(str(line)), style=style))


def count(number: int, one: str, many: str) -> str:
    """`1 report`, `2 reports`."""
    return f"{number} {one if number == 1 else many}"


def quote(text: str) -> RenderableType:
    """What a person wrote: indented, and apart from what the tool says."""
    return Padding(Text(visible(text), style="italic"), (0, 0, 0, INDENT))


def show(*parts: RenderableType) -> None:
    for part in parts:
        _out.print(part)


def show_json(document: Any) -> None:
    """One JSON document, as it is, whatever the width of the terminal."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def show_json_line(document: Any) -> None:
    """One line of JSON, for commands that report as they go on."""
    typer.echo(json.dumps(document, ensure_ascii=False))


def table(*columns: str, rows: Iterable[Iterable[object]]) -> Table:
    """A table without lines. Cells wrap anywhere rather than being cut: an id must be whole to be copied."""
    return _filled(Table(*columns, box=None, pad_edge=False, header_style="bold"), rows)


def rows(found: Iterable[Iterable[object]]) -> Table:
    """A table without a head."""
    return _filled(Table(box=None, pad_edge=False, show_header=False), found)


def _filled(made: Table, rows: Iterable[Iterable[object]]) -> Table:
    for row in rows:
        made.add_row(*(Text(visible("" if cell is None else str(cell)), overflow="fold") for cell in row))
    return made


def facts(pairs: Iterable[tuple[str, object]]) -> Table:
    """Names and values beside each other."""
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(style="bold")
    made.add_column(overflow="fold")
    for name, value in pairs:
        made.add_row(name, Text(visible("none" if value is None else str(value))))
    return made


def note(line: str) -> None:
    """Says something beside the result, on standard error."""
    _err.print(Text(visible(line), style="dim"))


def fail(sentence: str, *, as_json: bool) -> None:
    """Says on standard error why the command failed."""
    if as_json:
        typer.echo(json.dumps({"error": sentence}, ensure_ascii=False), err=True)
    else:
        _err.print(Text(visible(sentence), style="red"), soft_wrap=True)  # paths and ids are to be copied


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Progress]:
    """A progress bar on standard error; nothing where that is no terminal.

    Advance it with `advance(shown.task_ids[0])`.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_err, transient=True, disable=not _err.is_terminal) as shown:
        shown.add_task(what, total=total)
        yield shown


def confirm(question: str, *, yes: bool) -> None:
    """Asks before something is changed.

    Raises:
        CommandError: nobody can be asked, or the answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandError("Nothing was changed: add --yes to do this without being asked.")
    if not typer.confirm(question, err=True):
        raise CommandError("Nothing was changed.")
