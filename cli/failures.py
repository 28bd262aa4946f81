"""`failures`: what could not be processed, and why; putting it back, or discarding it."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from cli import logs, queues, terminal
from cli import tool as tools
from cli.errors import CommandError, ExitCode
from cli.queues import FailedMessage
from cli.stacks import Stack

commands: Final = typer.Typer(help="Show what failed; put it back, or discard it.", no_args_is_help=True)
RETRYING: Final = {"contract_events": "Ingest", "notify_retry": "Notify", "expire_retry": "Expire"}
"""The queues whose messages are tried again, and the function that does it."""
LOOK_BACK: Final = timedelta(hours=6)
"""How far back the log is searched for messages in flight. A message is tried again within five minutes."""
MARGIN: Final = timedelta(minutes=2)
"""Logs arrive late, and so do messages."""


class Failure(StrEnum):
    """The failure queues, as options name them."""

    CONTRACT_EVENTS = "contract-events-dead-letter"
    NOTIFY = "notify-failure"
    EXPIRE = "expire-failure"
    EMAIL_EVENTS = "email-events-failure"

    @property
    def queue(self) -> str:
        return self.value.replace("-", "_")


Queues = Annotated[
    list[Failure] | None, typer.Option("--queue", help="Only this failure queue; may be repeated. Default: all.")
]
Ids = Annotated[list[str] | None, typer.Option("--id", metavar="ID", help="Only this message; may be repeated.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


@commands.command("list")
def list_failures(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, help="Messages to show of each failure queue.")] = 100,
) -> None:
    """Show how many messages wait in each queue, and why those that failed did.

    Exits with 3 if a failure queue has messages. Showing them counts as a try of each.
    """
    tool = tools.of(context)
    depths = {queue: queues.depth(tool.stack, queue) for queue in queues.QUEUES}
    failed = [message.summary for queue in queues.FAILURES for message in _peek(tool.stack, queue, limit)]
    retried = [entry for queue, function in RETRYING.items() for entry in _in_flight(tool.stack, queue, function)]
    document = {
        "queues": [{"queue": queue, **found._asdict()} for queue, found in depths.items()],
        "failed": failed,
        "in_flight": retried,
    }
    tool.answer(document, lambda: _show(document))
    if failed:
        raise typer.Exit(ExitCode.FOUND_SOMETHING)


@commands.command()
def show(
    context: typer.Context,
    message_id: Annotated[
        str, typer.Argument(metavar="ID", help="Id of the message, as `failures list` shows it.")
    ],
) -> None:
    """Show one failed message, whole. Its body may hold names, addresses, and what people wrote."""
    tool = tools.of(context)
    message = _found(tool.stack, message_id)
    try:
        body = json.loads(message.body)
    except ValueError:
        body = message.body
    document = {**message.summary, "body": body, "attributes": message.attributes}

    def text() -> None:
        terminal.show(terminal.facts(message.summary.items()))
        terminal.say("", json.dumps(body, indent=2, ensure_ascii=False) if body is not message.body else body)

    tool.answer(document, text)


@commands.command()
def redrive(context: typer.Context, *, queue: Queues = None, ids: Ids = None, dry_run: DryRun = False) -> None:
    """Put failed messages back, to be processed again. That is safe: nothing that was done is done twice."""
    tool = tools.of(context)
    chosen = [name.queue for name in queue] if queue else list(queues.FAILURES)
    moved = {name: _redrive(tool.stack, name, ids, dry_run=dry_run) for name in chosen}
    _require_all(ids, [message_id for found in moved.values() for message_id in found])
    document = {"dry_run": dry_run, "put_back": moved}

    def text() -> None:
        terminal.say(
            "Messages that would be put back:" if dry_run else "Messages put back, to be processed again:"
        )
        for name, found in moved.items():
            terminal.say(f"{len(found):>5} from {_words(name)}")

    tool.answer(document, text)


@commands.command()
def discard(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="Ids of messages.")],
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Delete failed messages for good: such as a malformed event whose corrected copy was sent."""
    tool = tools.of(context)
    discarded = []
    for queue in queues.FAILURES:
        with queues.held(tool.stack, queue) as found:
            chosen = [message for message in found if message.message_id in ids]
            if chosen and not dry_run:
                if not tool.as_json:
                    terminal.show(_messages([message.summary for message in chosen]))
                terminal.confirm(f"Delete {_number(chosen)} from {_words(queue)}?", yes=yes)
                queues.delete(tool.stack, chosen)
            discarded += [message.summary for message in chosen]
    _require_all(ids, [message["message_id"] for message in discarded])
    what = "would be deleted" if dry_run else "deleted"
    document = {"dry_run": dry_run, "discarded": discarded}
    tool.answer(document, lambda: terminal.say(f"{_number(discarded)} {what}."))


def _peek(stack: Stack, queue: str, limit: int | None = None) -> list[FailedMessage]:
    with queues.held(stack, queue, limit) as found:
        return found


def _found(stack: Stack, message_id: str) -> FailedMessage:
    for queue in queues.FAILURES:
        for message in _peek(stack, queue):
            if message.message_id == message_id:
                return message
    raise CommandError(f"No failure queue has a message {message_id}: `failures list` shows all of them.")


def _require_all(wanted: list[str] | None, found: list[str]) -> None:
    if missing := sorted(set(wanted or ()) - set(found)):
        raise CommandError(f"No failure queue has a message {', '.join(missing)}.")


def _redrive(stack: Stack, queue: str, ids: list[str] | None, *, dry_run: bool) -> list[str]:
    """Puts back what is in the queue now: what fails again at once would be put back for ever. Returns the ids."""
    with queues.held(stack, queue) as found:
        chosen = [message for message in found if not ids or message.message_id in ids]
        if not dry_run:
            with terminal.progress(_words(queue), len(chosen)) as bar:
                for message in chosen:
                    queues.put_back(stack, message)
                    bar.advance(bar.task_ids[0])
        return [message.message_id for message in chosen]


def _in_flight(stack: Stack, queue: str, function: str) -> Iterator[dict[str, Any]]:
    """Messages that failed and wait for their next try, by their last line in the log.

    SQS shows no message that is in flight. The function logs each failed try with the message's id.
    """
    pause = stack.client("sqs").get_queue_attributes(
        QueueUrl=queues.url(stack, queue), AttributeNames=["VisibilityTimeout"]
    )["Attributes"]["VisibilityTimeout"]
    waiting_since = datetime.now(UTC) - timedelta(seconds=int(pause)) - MARGIN
    tries: dict[str, list[dict[str, Any]]] = {}
    name = stack.function(function)
    for line in logs.lines(stack, '"record failed"', LOOK_BACK):
        if "sqs_message_id" in line and line.get("function_name") == name:
            tries.setdefault(line["sqs_message_id"], []).append(line)
    for message_id, failed in tries.items():
        last = failed[-1]
        if datetime.fromisoformat(last["timestamp"]) >= waiting_since:
            known = (last.get(part) for part in ("dependency", "operation", "cause", "error"))
            reason = " ".join(str(part) for part in known if part)
            yield {
                "queue": queue,
                "message_id": message_id,
                "reason": reason,
                "tries": len({line["function_request_id"] for line in failed}),
                "last_failed_at": last["timestamp"],
            }


def _show(document: dict[str, list[dict[str, Any]]]) -> None:
    rows = [(_words(entry["queue"]), *list(entry.values())[1:]) for entry in document["queues"]]
    terminal.show(terminal.table("queue", "waiting", "in flight", "delayed", rows=rows))
    if document["failed"]:
        terminal.say("", "Failed", style="bold")
        terminal.show(_messages(document["failed"]))
    if document["in_flight"]:
        terminal.say("", "Failed at least once, and will be tried again", style="bold")
        terminal.show(_messages(document["in_flight"]))


def _messages(found: list[dict[str, Any]]) -> Table:
    """One block for each, since ids and reasons are long."""
    rows = []
    for message in found:
        tries = terminal.count(message["tries"], "try", "tries")
        rows.append((message["message_id"], f"{_words(message['queue'])}, {tries}\n{message['reason']}"))
    return terminal.table("message", "queue, tries and reason", rows=rows)


def _number(messages: Sequence[object]) -> str:
    return terminal.count(len(messages), "message", "messages")


def _words(queue: str) -> str:
    return queue.replace("_", " ")
