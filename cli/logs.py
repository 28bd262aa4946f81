"""Lines of the functions' log, and `tail`: those about one contract or call, as they arrive."""

import hashlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import typer

from cli import terminal
from cli import tool as tools
from cli.stacks import Stack

POLL_SECONDS: Final = 3
HASH_DIGITS: Final = 12
SHOWN: Final = (
    *("command", "event", "code", "dependency", "operation", "cause", "error", "channel", "message_id"),
    *("contract_id", "request_id", "feedback_id", "reference"),
)
"""The fields of a line that people need, in this order. JSON has all of them."""


def lines(stack: Stack, pattern: str, look_back: timedelta) -> Iterator[dict[str, Any]]:
    """The JSON lines that match a filter pattern of CloudWatch Logs, oldest first."""
    since = datetime.now(UTC) - look_back
    pages = (
        stack.client("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=stack.outputs["FunctionsLogGroup"],
            startTime=int(since.timestamp() * 1000),
            filterPattern=pattern,
        )
    )
    for page in pages:
        for event in page["events"]:
            if event["message"].startswith("{"):
                yield json.loads(event["message"])


def tail(
    context: typer.Context,
    text: Annotated[
        str, typer.Argument(metavar="ID", help="Id of a contract, request, feedback; or a reference.")
    ],
    *,
    minutes: Annotated[int, typer.Option("--since", min=1, metavar="MINUTES", help="How far to look back.")] = 60,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until Ctrl-C.")] = False,
) -> None:
    """Show the log lines of all functions about a contract, a request, a feedback or a call.

    A reference leads to its call only: take the id of the contract from its last line to see what followed.
    """
    tool = tools.of(context)
    seen: set[str] = set()
    since = datetime.now(UTC) - timedelta(minutes=minutes)
    while True:
        for line in _about(tool.stack, text, since):
            key = json.dumps(line)
            if key not in seen:
                seen.add(key)
                terminal.show_json_line(line) if tool.as_json else terminal.say(_in_words(line))
        if not follow:
            return
        time.sleep(POLL_SECONDS)


def _about(stack: Stack, text: str, since: datetime) -> Iterator[dict[str, Any]]:
    """Lines of which a field is this id."""
    name = logged(text)
    for line in lines(stack, json.dumps(name), datetime.now(UTC) - since):
        if any(name in str(value).split(":") or value == name for value in line.values()):
            yield line


def logged(id_: str) -> str:
    """An id as the log has it: one that is an e-mail address is logged as its hash."""
    return f"sha256:{hashlib.sha256(id_.encode()).hexdigest()[:HASH_DIGITS]}" if "@" in id_ else id_


def _in_words(line: dict[str, Any]) -> str:
    facts = (f"{field}={line[field]}" for field in SHOWN if line.get(field) is not None)
    return " ".join([line["timestamp"], line["level"], line["message"], *facts])
