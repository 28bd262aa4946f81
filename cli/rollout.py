"""The rollout of feedback requests: reading the flag as the functions do; `rollout` changes whom it includes."""

from typing import Annotated, Any, Final

import typer
from botocore.exceptions import ClientError, WaiterError

from cli import terminal
from cli import tool as tools
from cli.errors import CommandError
from cli.stacks import Stack
from mid_job_feedback import rollout
from mid_job_feedback.domain.models import is_id
from mid_job_feedback.rollout import Flag

PERCENT: Final = "RequestRolloutPercent"
SELECTED: Final = "SelectedFreelancers"
CAPABILITIES: Final = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
POLL_SECONDS: Final = 5


def read(stack: Stack) -> Flag:
    """The flag as the functions read it from AppConfig."""
    service, settings = stack.client("appconfigdata"), stack.settings
    session = service.start_configuration_session(
        ApplicationIdentifier=settings["ROLLOUT_APPLICATION"],
        EnvironmentIdentifier=settings["ROLLOUT_ENVIRONMENT"],
        ConfigurationProfileIdentifier=settings["ROLLOUT_PROFILE"],
    )
    latest = service.get_latest_configuration(ConfigurationToken=session["InitialConfigurationToken"])
    return rollout.parsed(latest["Configuration"].read())


def change(
    context: typer.Context,
    percent: Annotated[int, typer.Argument(min=0, max=100, help="Share of all freelancers who may request.")],
    *,
    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", help="Include this freelancer in any case; repeat for more. Replaces the list."
        ),
    ] = None,
    select_nobody: Annotated[bool, typer.Option("--select-nobody", help="Empty that list.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be changed, and do nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
) -> None:
    """Change who may request feedback. Nobody who is included loses it while the percentage rises.

    Updates two parameters of the stack, and nothing else. The next deployment needs them in samconfig.toml, too.
    """
    tool = tools.of(context)
    before = {name: tool.stack.parameters[name] for name in (PERCENT, SELECTED)}
    after = {PERCENT: str(percent), SELECTED: _selected(select, before[SELECTED], nobody=select_nobody)}
    if not dry_run and after != before:
        terminal.confirm(f"Change the rollout from {_words(before)} to {_words(after)}?", yes=yes)
        _update(tool.stack, after)
    done = "nothing to change" if after == before else "would be changed" if dry_run else "changed"
    document = {"before": before, "after": after, "changed": after != before and not dry_run}
    tool.answer(document, lambda: terminal.say(f"From {_words(before)} to {_words(after)}: {done}."))


def _selected(select: list[str] | None, before: str, *, nobody: bool) -> str:
    if nobody or select is None:
        return "" if nobody else before
    if wrong := [freelancer_id for freelancer_id in select if not is_id(freelancer_id) or "," in freelancer_id]:
        raise CommandError(f"The parameter {SELECTED} cannot hold the id {wrong[0]}.")
    return ",".join(select)


def _words(values: dict[str, str]) -> str:
    return f"{values[PERCENT]} % and {values[SELECTED] or 'nobody'} selected"


def _update(stack: Stack, changed: dict[str, str]) -> None:
    """Updates the stack and waits until that is done. CloudFormation deploys the flag at once to all processes."""
    kept = [{"ParameterKey": name, "UsePreviousValue": True} for name in stack.parameters if name not in changed]
    given: list[dict[str, Any]] = [
        {"ParameterKey": name, "ParameterValue": value} for name, value in changed.items()
    ]
    service = stack.client("cloudformation")
    try:
        service.update_stack(
            StackName=stack.name, UsePreviousTemplate=True, Parameters=given + kept, Capabilities=[*CAPABILITIES]
        )
        with terminal.progress("updating the stack", None):
            service.get_waiter("stack_update_complete").wait(
                StackName=stack.name, WaiterConfig={"Delay": POLL_SECONDS}
            )
    except (ClientError, WaiterError) as error:
        raise CommandError(f"The stack {stack.name} could not be updated: {error}") from error
