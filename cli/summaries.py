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
) -> None:
    """Count a freelancer's feedback anew, and correct the summary if it says something else."""
    tool = tools.of(context)
    counted = tool.stack.invoke("Moderate", {"command": "recount", "freelancer_id": freelancer_id})
    tool.answer(counted, lambda: _show(counted))


def _show(counted: Mapping[str, Any]) -> None:
    terminal.say(f"Counted the feedback of {counted['contracts']} contracts.")
    for kind in FeedbackKind:
        found = counted[kind.value]
        said = f"{kind.value.replace('_', '-')}: {found['count']}"
        if not found["corrected"]:
            terminal.say(f"{said}, and the summary was right.")
            continue
        terminal.say(f"{said}; the summary was corrected:", style="bold")
        rows = ((name, of["stored"], of["counted"]) for name, of in found["corrected"].items())
        terminal.show(terminal.table("number", "was", "is", rows=rows))
