"""`make seed FREELANCER=… CLIENT=…`: sample contracts of two people whom the marketplace's own OIDC issuer knows.

`make up` creates them for people of its own, but only if the stack has a user pool. Some contracts need calls as
these people, so their tokens: FREELANCER_TOKEN and CLIENT_TOKEN in the environment.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer
from botocore.exceptions import BotoCoreError, ClientError
from httpx import TransportError

from local import sample_data
from local.cloud_process import ROOT
from local.errors import LocalError
from local.people import Person
from local.sample_data import CALLED_BY, CONTRACTS, Contract
from local.stack import Stack
from mid_job_feedback.domain.models import is_id
from mid_job_feedback.storage import items

HOME: Final = ROOT / ".local"
APPLIED_WITHIN_SECONDS: Final = 60  # a cold start, on a busy machine
POLL_SECONDS: Final = 0.2
USAGE: Final = "make seed FREELANCER=… CLIENT=…, each with the id that the token has"


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    freelancer: Annotated[str, typer.Option(envvar="FREELANCER")] = "",
    client: Annotated[str, typer.Option(envvar="CLIENT")] = "",
    freelancer_token: Annotated[str, typer.Option(envvar="FREELANCER_TOKEN")] = "",
    client_token: Annotated[str, typer.Option(envvar="CLIENT_TOKEN")] = "",
    port: Annotated[int, typer.Option(envvar="PORT")] = 4566,
) -> None:
    """Create the sample contracts of two people of the marketplace's issuer."""
    two = people(freelancer, client, freelancer_token, client_token)
    try:
        for line in seed(HOME / str(port), *two):
            typer.echo(line)
    except (LocalError, BotoCoreError, ClientError, TransportError) as error:
        typer.echo(error)
        raise typer.Exit(1) from error


def people(freelancer: str, client: str, freelancer_token: str, client_token: str) -> tuple[Person, Person]:
    return Person("freelancer", freelancer, freelancer_token), Person("client", client, client_token)


def seed(directory: Path, freelancer: Person, client: Person) -> Iterator[str]:
    """Publishes the contracts' events, and calls the API as those who have a token. Yields what was created.

    Raises:
        LocalError: an id is missing or invalid, no stack runs here or it has these contracts, or a call failed.
    """
    _refuse_invalid(freelancer, client)
    stack = _stack(directory)
    if _stored(stack, CONTRACTS[0]):
        raise LocalError(
            f"The stack on port {directory.name} has sample contracts already. For contracts of other people, "
            f"start it anew: make down PORT={directory.name}, then make up and make seed."
        )
    sample_data.publish_contracts(stack, freelancer, client)
    _wait_until_applied(stack, directory.name)
    yield f"Contracts of the freelancer {freelancer.id} and the client {client.id}:"
    failed = sample_data.call(stack, freelancer, client)
    tokens = {person.role: person.token for person in (freelancer, client)}
    for contract in CONTRACTS:
        missing = [f"{role.upper()}_TOKEN" for role in CALLED_BY.get(contract.contract_id, ()) if not tokens[role]]
        state = f"only started, for lack of {' and '.join(missing)}" if missing else contract.state
        yield f"  {contract.contract_id:15} {state}"
    if failed:
        raise LocalError("\n".join(failed))


def _refuse_invalid(freelancer: Person, client: Person) -> None:
    for person in (freelancer, client):
        if not person.id:
            raise LocalError(f"{person.role.upper()} is missing: {USAGE}.")
        if not is_id(person.id):
            raise LocalError(f"{person.role.upper()} is no id: 1 to 255 printable ASCII characters, {USAGE}.")
    if freelancer.id == client.id:
        raise LocalError("FREELANCER and CLIENT must be two people.")


def _stack(directory: Path) -> Stack:
    try:
        return Stack(**json.loads((directory / "stack.json").read_text()))
    except FileNotFoundError:
        raise LocalError(
            f"Nothing started from this folder runs on port {directory.name}. Start it with make up, or add PORT=…"
        ) from None


def _wait_until_applied(stack: Stack, port: str) -> None:
    deadline = time.monotonic() + APPLIED_WITHIN_SECONDS
    while not all(_stored(stack, contract) for contract in CONTRACTS):
        if time.monotonic() > deadline:
            raise LocalError(
                f"The events were not applied within {APPLIED_WITHIN_SECONDS} seconds. Why: "
                f".venv/bin/mid-job-feedback failures list --port {port}"
            )
        time.sleep(POLL_SECONDS)


def _stored(stack: Stack, contract: Contract) -> bool:
    key = items.key(contract.contract_id, items.CONTRACT)
    return "Item" in stack.client("dynamodb").get_item(TableName=stack.table_name, Key=key, ConsistentRead=True)


if __name__ == "__main__":
    app()
