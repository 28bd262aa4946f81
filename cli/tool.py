"""What every command gets: the stack, and how to answer. Options of the tool may stand anywhere on the line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from typing import Any, Final, NoReturn

import click
import typer
from botocore.exceptions import BotoCoreError, ClientError
from httpx import TransportError
from typer.core import TyperGroup

from cli import stacks, terminal
from cli.errors import CommandError, ExitCode
from cli.stacks import Place, Stack
from mid_job_feedback.domain.refusals import Unavailable

GLOBAL_OPTIONS: Final = ("--profile", "--region", "--stack", "--port", "--json")


@dataclass(frozen=True)
class Tool:
    place: Place
    as_json: bool

    @cached_property
    def stack(self) -> Stack:
        """The stack that the options name.

        Raises:
            CommandError: see `stacks.find`.
        """
        return stacks.find(self.place)

    def answer(self, document: Any, text: Callable[[], None]) -> None:
        """Prints `document` as JSON if that is wanted, and otherwise calls `text` to print it for people."""
        if self.as_json:
            terminal.show_json(document)
        else:
            text()


def of(context: typer.Context) -> Tool:
    tool = context.find_object(Tool)
    if tool is None:
        raise TypeError("the command was called without the tool's callback")
    return tool


class OperatorGroup(TyperGroup):
    """The whole tool: takes its own options anywhere on the line, and says in one sentence what went wrong."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, _global_options_first(args))
        except click.UsageError as error:
            if "--json" in takewhile(lambda word: word != "--", args):
                _refuse_as_json(error)
            raise

    def invoke(self, ctx: click.Context) -> Any:
        as_json = bool(ctx.params["json"])
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as interrupt:
            raise typer.Exit(ExitCode.INTERRUPTED) from interrupt
        except click.UsageError as error:
            if as_json:
                _refuse_as_json(error)
            raise
        except (CommandError, Unavailable, BotoCoreError, ClientError, TransportError) as error:
            terminal.fail(_sentence(error), as_json=as_json)
            raise typer.Exit(ExitCode.FAILED) from error


def _refuse_as_json(error: click.UsageError) -> NoReturn:
    """Says that options or arguments are wrong, as JSON. Otherwise click says so, with the usage."""
    terminal.fail(error.format_message(), as_json=True)
    raise typer.Exit(error.exit_code) from error


def _sentence(error: Exception) -> str:
    match error:
        case CommandError():
            return str(error)
        case TransportError():
            return f"The API could not be reached: {error}"
        case Unavailable():
            dependency = error.dependency.replace("_", " ")
            return f"The {dependency} could not be used: {error.operation} {error.cause}."
        case _:
            return f"AWS did not do it: {error}"


def _global_options_first(args: Sequence[str]) -> list[str]:
    """`moderate list --stack x --json` as `--stack x --json moderate list`. What follows `--` stays."""
    first: list[str] = []
    rest: list[str] = []
    remaining = iter(args)
    for word in remaining:
        name, is_pair, _ = word.partition("=")
        if word == "--":
            rest += [word, *remaining]
        elif name not in GLOBAL_OPTIONS:
            rest.append(word)
        else:
            first.append(word)
            if not is_pair and name != "--json":
                first += [value for value in [next(remaining, None)] if value is not None]
    return [*first, *rest]
