"""`smoke`: checks a deployed stack from outside, in about a minute."""

from collections.abc import Iterator
from typing import Annotated

import httpx
import typer

from cli import terminal
from cli import tool as tools
from cli.errors import ExitCode
from cli.smoke import alarms, routes, story, versions
from cli.smoke.check import TIMEOUT_SECONDS, Check
from cli.smoke.person import Person, signed_in
from cli.stacks import Stack


def smoke(
    context: typer.Context,
    *,
    event: Annotated[bool, typer.Option("--event", help="Play a contract through, too. It stays stored.")] = False,
) -> None:
    """Check a deployed stack from outside: routes, sign-in, pages, versions and alarms.

    Calls the signed-in routes with the token in the environment variable TOKEN, or as a new user of the stack's
    own pool, who is deleted afterwards. With --event, it also starts a contract, requests feedback and ends the
    contract; use that only for stacks that are for trying things out. Exits with 3 if something is wrong.
    """
    tool = tools.of(context)
    made = checks(tool.stack, event=event)
    found = list(_counted(made) if tool.as_json else _shown(made))
    subscribers = alarms.subscribers(tool.stack.client("sns"), tool.stack.outputs["AlarmTopicArn"])
    document = {
        "stack": tool.stack.name,
        "contract_played_through": event,
        "checks": [{**check._asdict(), "passed": check.passed} for check in found],
        "alarms": subscribers,
    }
    tool.answer(document, lambda: _show_notes(subscribers, event=event))
    if not all(check.passed for check in found):
        raise typer.Exit(ExitCode.FOUND_SOMETHING)


def checks(stack: Stack, *, event: bool) -> Iterator[Check]:
    """All checks, each as soon as it is done. `event`: those of a contract from its start to its end, too."""
    with (
        _api(stack) as api,
        signed_in(stack.client("cognito-idp"), stack.outputs, stack.parameters["JwtUserClaim"]) as person,
    ):
        yield from routes.checks(api)
        yield from versions.checks(stack.client("lambda"), stack.outputs)
        yield from alarms.checks(
            stack.client("cloudformation"),
            stack.client("cloudwatch"),
            stack.name,
            stack.outputs["AlarmTopicArn"],
        )
        if person:
            yield story.check_token(api, person)
        if event:
            yield from _story(stack, api, person).checks()


def _api(stack: Stack) -> httpx.Client:
    return httpx.Client(base_url=stack.api_url, timeout=TIMEOUT_SECONDS, trust_env=stack.endpoint_url is None)


def _story(stack: Stack, api: httpx.Client, person: Person | None) -> story.Story:
    return story.Story(
        api=api,
        events=stack.client("events"),
        logs=stack.client("logs"),
        bus=stack.outputs["EventBusName"],
        source=stack.outputs["EventSource"],
        log_group=stack.outputs["FunctionsLogGroup"],
        person=person,
    )


def _counted(made: Iterator[Check]) -> Iterator[Check]:
    """With a progress bar. While it is there, standard output is not to be used."""
    with terminal.progress("checks", None) as bar:
        for check in made:
            bar.advance(bar.task_ids[0])
            yield check


def _shown(made: Iterator[Check]) -> Iterator[Check]:
    """Each on a line, as soon as it is done."""
    for check in made:
        expected = "" if check.passed else f", expected {check.expected}"
        terminal.say(f"{'ok   ' if check.passed else 'WRONG'} {check.what}: {check.found}{expected}")
        yield check


def _show_notes(subscribers: str, *, event: bool) -> None:
    terminal.say(f"note  {subscribers}")
    if not event:
        terminal.say("note  no contract was played through; --event does that")
