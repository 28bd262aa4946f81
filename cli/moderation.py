"""`moderate`: what was reported, and what staff decide about it."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Final, NamedTuple, assert_never

import typer
from rich.console import RenderableType
from rich.text import Text

from cli import signed_calls, terminal
from cli import tool as tools
from cli.stacks import Stack
from mid_job_feedback.domain.models import Ground, ReportTarget

commands: Final = typer.Typer(
    help="Show what was reported; remove text, let it stand, or restore it.", no_args_is_help=True
)
PAGE: Final = 100
OPERATOR_LENGTH: Final = 200


class State(StrEnum):
    REMOVED = "removed"
    VISIBLE = "visible"


class Decision(NamedTuple):
    """What staff decide about one text."""

    contract_id: str
    feedback_id: str
    target: ReportTarget
    state: State
    ground: Ground
    reason: str
    operator: str

    @property
    def path(self) -> str:
        contract, feedback = map(signed_calls.segment, (self.contract_id, self.feedback_id))
        return f"/contracts/{contract}/feedback/{feedback}/moderation"

    @property
    def body(self) -> dict[str, str]:
        return {
            "target": self.target.value,
            "state": self.state.value,
            "ground": self.ground.value,
            "reason": self.reason,
            "operator": self.operator,
        }


ContractId = Annotated[str, typer.Argument(metavar="CONTRACT", help="Id of the contract.")]
FeedbackId = Annotated[str, typer.Argument(metavar="FEEDBACK", help="Id of the feedback.")]
TargetOption = Annotated[ReportTarget, typer.Option(help="Which text: the feedback itself, or the reply to it.")]
GroundOption = Annotated[Ground, typer.Option(help="Which rule of the marketplace it is about. People see it.")]
Reason = Annotated[
    str, typer.Option(help="Why, for the audit trail, up to 500 characters. Only operators see it.")
]
Operator = Annotated[
    str | None,
    typer.Option(envvar="OPERATOR", help="Who decides, for the audit trail. Default: the caller's AWS identity."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


@commands.command("list")
def list_reports(context: typer.Context) -> None:
    """Show the open reports, oldest first, each with the text that was reported."""
    tool = tools.of(context)
    found = list(reports(tool.stack))

    def text() -> None:
        for report in found:
            terminal.show(*_report(report), Text())
        terminal.say(f"{terminal.count(len(found), 'open report', 'open reports')}.")

    tool.answer({"reports": found}, text)


@commands.command()
def decide(
    context: typer.Context,
    contract_id: ContractId,
    feedback_id: FeedbackId,
    *,
    target: TargetOption,
    state: Annotated[State, typer.Option(help="`removed` takes the text down; `visible` lets it stand.")],
    ground: GroundOption,
    reason: Reason,
    operator: Operator = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Decide about a text. That settles its open reports, and works without one, too."""
    tool = tools.of(context)
    by = operator or caller(tool.stack)
    _carry_out(
        tool, Decision(contract_id, feedback_id, target, state, ground, reason, by), yes=yes, dry_run=dry_run
    )


@commands.command()
def restore(
    context: typer.Context,
    contract_id: ContractId,
    feedback_id: FeedbackId,
    *,
    target: TargetOption,
    ground: GroundOption,
    reason: Reason,
    operator: Operator = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Show a removed text again, as it was. GROUND is the one on which it had been removed."""
    tool = tools.of(context)
    by = operator or caller(tool.stack)
    decision = Decision(contract_id, feedback_id, target, State.VISIBLE, ground, reason, by)
    _carry_out(tool, decision, yes=yes, dry_run=dry_run)


@commands.command()
def decisions(context: typer.Context, contract_id: ContractId, feedback_id: FeedbackId) -> None:
    """Show the audit trail of a feedback and its reply: who decided what, when and why."""
    tool = tools.of(context)
    command = {"command": "decisions", "contract_id": contract_id, "feedback_id": feedback_id}
    found = tool.stack.invoke("Moderate", command)

    def text() -> None:
        if not found["decisions"]:
            terminal.say("Nothing was decided about it.")
        terminal.show(terminal.rows(map(_decision, found["decisions"])))

    tool.answer(found, text)


def reports(stack: Stack) -> Iterator[dict[str, Any]]:
    """All open reports, oldest first, page by page."""
    cursor: dict[str, str | int] = {}
    while True:
        page = signed_calls.call(stack, "GET", "/reports", query={"limit": PAGE, **cursor})
        yield from page["reports"]
        if page["next_cursor"] is None:
            return
        cursor = {"cursor": page["next_cursor"]}


def caller(stack: Stack) -> str:
    """The AWS identity of this shell, such as the role and session of the person who signed in."""
    arn: str = stack.client("sts").get_caller_identity()["Arn"]
    return arn[-OPERATOR_LENGTH:]


def _carry_out(tool: tools.Tool, decision: Decision, *, yes: bool, dry_run: bool) -> None:
    settled = [
        report
        for report in reports(tool.stack)
        if (report["contract_id"], report["feedback_id"], report["target"])
        == (decision.contract_id, decision.feedback_id, decision.target)
    ]
    if dry_run:
        plan = {"contract_id": decision.contract_id, "feedback_id": decision.feedback_id, **decision.body}
        document = {"would_decide": plan, "would_settle": [report["report_id"] for report in settled]}
        tool.answer(document, lambda: _show_plan(decision, settled))
        return
    if not (yes or tool.as_json):
        _show_plan(decision, settled)
    terminal.confirm("Decide so?", yes=yes)
    decided = signed_calls.call(tool.stack, "PUT", decision.path, body=decision.body)
    said = (
        f"{_subject(decision.target, decision.feedback_id)} is {decided['state']} since {decided['decided_at']}."
    )
    tool.answer(decided, lambda: terminal.say(said))


def _show_plan(decision: Decision, settled: list[dict[str, Any]]) -> None:
    for report in settled:
        terminal.show(*_report(report), Text())
    subject = _subject(decision.target, decision.feedback_id)
    match decision.state:
        case State.REMOVED:
            terminal.say(
                f"{subject} is removed at once wherever it is shown. A note with the ground stays in its place."
            )
        case State.VISIBLE:
            terminal.say(f"{subject} stays visible, or is shown again as it was.")
        case unexpected:
            assert_never(unexpected)
    told = "their reporters are told what was decided, not by whom" if settled else "nobody has reported it"
    terminal.show(
        terminal.facts(
            [
                ("Contract", decision.contract_id),
                ("Ground", decision.ground.value),
                ("Reason", decision.reason),
                ("Operator", decision.operator),
                ("Settles", f"{terminal.count(len(settled), 'open report', 'open reports')}; {told}"),
            ]
        )
    )


def _subject(target: str, feedback_id: str) -> str:
    return f"{'The reply to feedback' if target == ReportTarget.REPLY else 'Feedback'} {feedback_id}"


def _report(report: dict[str, Any]) -> Iterator[RenderableType]:
    yield Text(
        terminal.visible(f"{_subject(report['target'], report['feedback_id'])}: {report['ground']}"), "bold"
    )
    yield terminal.facts(
        [
            ("Contract", report["contract_id"]),
            ("Report", f"{report['report_id']}, {report['reported_at']}"),
            *([("Details", report["details"])] if report["details"] else []),
        ]
    )
    yield from _reported_text(report["text"])


def _decision(decision: dict[str, Any]) -> tuple[str, str]:
    what = f"{decision['target']} {decision['state']}{'' if decision['changed'] else ', as before'}"
    why = f"{decision['ground']}: {decision['reason']}"
    return decision["decided_at"], f"{what}, by {decision['operator']}\n{why}"


def _reported_text(text: dict[str, Any] | None) -> Iterator[RenderableType]:
    """The feedback or the reply as it reads now."""
    if text is None:
        yield Text("The text is gone.")
        return
    if "ratings" in text:
        given = ", ".join(f"{category} {stars}" for category, stars in (text["ratings"] or {}).items())
        yield Text(f"Average {text['score']}: {given}")
    yield terminal.quote(text.get("comment") or text.get("text") or "(no comment)")
