"""`mid-job-feedback`: one tool for the people who run the service; docs/cli.md has its commands and exit codes."""

from typing import Annotated

import typer

from cli import (
    explanation,
    failures,
    importing,
    link_keys,
    logs,
    moderation,
    people,
    reconciliation,
    rollout,
    summaries,
)
from cli.smoke import command
from cli.stacks import Place
from cli.tool import OperatorGroup, Tool

app = typer.Typer(
    cls=OperatorGroup, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="markdown"
)


@app.callback()
def connect(
    context: typer.Context,
    *,
    stack: Annotated[str | None, typer.Option(envvar="STACK", help="Name of the stack.")] = None,
    profile: Annotated[str | None, typer.Option(envvar="AWS_PROFILE", help="AWS profile.")] = None,
    region: Annotated[
        str | None, typer.Option(envvar=["AWS_REGION", "AWS_DEFAULT_REGION"], help="Region of the stack.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The stack that `make dev` runs on this port instead.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Run, explain and moderate Mid-Job Feedback. These options may stand anywhere on the line."""
    context.obj = Tool(Place(stack, profile, region, port), json)


app.add_typer(moderation.commands, name="moderate")
app.add_typer(failures.commands, name="failures")
app.add_typer(people.commands, name="person")
app.command()(explanation.explain)
app.command()(summaries.recount)
app.command("rollout")(rollout.change)
app.command()(link_keys.rotate_link_key)
app.command()(reconciliation.reconcile)
app.command()(command.smoke)
app.command()(logs.tail)
app.command("import")(importing.import_contracts)


def main() -> None:
    app(prog_name="mid-job-feedback")


if __name__ == "__main__":
    main()
