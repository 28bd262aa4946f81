"""`recount`: compares a freelancer's summary with the feedback that it adds up, and repairs it."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli import terminal
from cli import tool as tools
from mid_job_feedback.domain.models import FeedbackKind


def recount(
    context: typer.Context,
    freelancer_id: Annotated[str, typer.Argument(metavar="FREELANCER", help="Id of the freelancer.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what is wrong, and correct nothing.")] = False,
) -> None:
    """Count a freelancer's feedback anew, and correct the summary if it says something else."""
    tool = tools.of(context)
    command = {"command": "recount", "freelancer_id": freelancer_id, "dry_run": dry_run}
    counted = {**tool.stack.invoke("Moderate", command), "dry_run": dry_run}
    tool.answer(counted, lambda: _show(counted))


def _show(counted: Mapping[str, Any]) -> None:
    terminal.say(f"Counted the feedback of {counted['contracts']} contracts.")
    for kind in FeedbackKind:
        found = counted[kind.value]
        said = f"{kind.value.replace('_', '-')}: {found['count']}"
        if not found["corrected"]:
            terminal.say(f"{said}, and the summary was right.")
            continue
        done = "would be corrected" if counted["dry_run"] else "was corrected"
        terminal.say(f"{said}; the summary {done}:", style="bold")
        rows = ((name, of["stored"], of["counted"]) for name, of in found["corrected"].items())
        terminal.show(terminal.table("number", "stored", "counted", rows=rows))
