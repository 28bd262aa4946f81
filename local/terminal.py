"""Terminal output of the dev tool."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from local import aws
from local.cloud_process import ROOT
from local.people import Person
from local.sample_data import CONTRACTS, RATINGS
from local.stack import Stack
from local.watch import DomainEvent, EmailEvent, Message, RefusedEvent

console = Console(highlight=False)


def say(*lines: str, style: str = "") -> None:
    """Print lines as they are, without wrapping, so that links can be clicked."""
    for line in lines:
        console.print(Text(line, style=style), soft_wrap=True)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Yields a function that shows the current step: beside a spinner in a terminal, otherwise line by line."""
    if not console.is_terminal:
        yield say
        return
    with console.status("Starting …") as status:
        yield status.update


def show_summary(stack: Stack, people: tuple[Person, ...], directory: Path, console_url: str) -> None:
    names_and_logs = f"names and logs in {directory.relative_to(ROOT)}"
    say("", f"API and pages: {stack.api_url} · console: {console_url} · {names_and_logs}", style="bold")
    if people:
        freelancer, client = people
        _show_pages(stack.api_url, freelancer, client, directory)
        _show_contracts()
        _show_calls(stack.api_url, freelancer, client, directory)
    else:
        say(
            "No sample people and contracts were created: tokens come from the JwtIssuer in STACK_PARAMETERS.",
            "For two of its people: make seed FREELANCER=… CLIENT=…, each with the id that the token has.",
        )
    _show_files_and_logs(stack, directory)


def _show_pages(url: str, freelancer: Person, client: Person, directory: Path) -> None:
    say("", "Pages", style="bold")
    say("  The freelancer's work history:", f"    {url}/app/freelancer?id={freelancer.id}")
    for person in (freelancer, client):
        token = token_file(directory, person).relative_to(ROOT)
        page = f"{url}/app/contract?id=c-eligible#token=$(cat {token})"
        say(f"  A contract, as the {person.role}:", f'    python3 -m webbrowser "{page}"')
    token = token_file(directory, client).relative_to(ROOT)
    say("  The client's open requests:", f'    python3 -m webbrowser "{url}/app/inbox#token=$(cat {token})"')
    say("  Every element in every state, with the code to embed it:", f"    {url}/app/playground")
    say("  Every route of the API, with examples of every answer:", f"    {url}/app/api")


def _show_contracts() -> None:
    say("", "Sample contracts", style="bold")
    say(*(f"  {contract.contract_id:15} {contract.state}" for contract in CONTRACTS))


def _show_calls(url: str, freelancer: Person, client: Person, directory: Path) -> None:
    say("", "Try", style="bold")
    for person in (freelancer, client):
        token = token_file(directory, person).relative_to(ROOT)
        say(f'  {person.role.upper()}="Authorization: Bearer $(cat {token})"')
    ratings = ", ".join(f'"{category}": {stars}' for category, stars in RATINGS.items())
    say(
        '  JSON="Content-Type: application/json"',
        f"  API={url}",
        '  curl -H "$FREELANCER" $API/contracts/c-eligible/feedback',
        '  curl -H "$FREELANCER" -H "$JSON" -d "{}" $API/contracts/c-eligible/feedback-requests',
        f'  curl -H "$CLIENT" -H "$JSON" -d \'{{"ratings": {{{ratings}}}}}\' $API/contracts/c-eligible/feedback',
        '  curl -H "$CLIENT" $API/feedback-requests',
        f"  curl $API/freelancers/{freelancer.id}/work-history",
    )


def _show_files_and_logs(stack: Stack, directory: Path) -> None:
    shown = directory.relative_to(ROOT)
    say("", "Files and logs", style="bold")
    say(
        f"  {shown}/stack.json  names and URLs of everything that was deployed",
        f"  {shown}/cloud.log   log of the embedded cloud",
        "  The functions' logs:",
        f"    AWS_ENDPOINT_URL={stack.endpoint_url} AWS_ACCESS_KEY_ID={aws.ACCESS_KEY_ID} "
        f"AWS_SECRET_ACCESS_KEY={aws.SECRET_ACCESS_KEY} \\",
        f"      .venv/bin/sam logs --region {stack.region} --cw-log-group {stack.log_groups['functions']}",
    )


def token_file(directory: Path, person: Person) -> Path:
    return directory / f"{person.role}.token"


def show_message(message: Message, people: tuple[Person, ...]) -> None:
    roles = {person.id: f"the {person.role}" for person in people}
    recipient = roles.get(message.recipient, message.recipient)
    console.print(Rule(Text(f"{message.channel} to {recipient}"), align="left"))
    say(message.subject, style="bold")
    say(message.text, style="dim")
    say(message.link)
    if message.unsubscribe:
        say(f"To unsubscribe: {message.unsubscribe}", style="dim")


def show_domain_event(event: DomainEvent) -> None:
    console.print(Rule(Text(f"Domain event {event.detail_type} of {event.detail['contract_id']}"), align="left"))
    say(json.dumps(event.detail, indent=2, ensure_ascii=False), style="dim")


def show_email_event(event: EmailEvent) -> None:
    known = "" if event.applied else ", nothing to record"
    console.print(
        Rule(Text(f"SES: {event.event_type} of an e-mail about {event.contract_id}{known}"), align="left")
    )


def show_refused(event: RefusedEvent) -> None:
    contract = f" of {event.contract_id}" if event.contract_id else ""
    console.print(Rule(Text(f"Refused: {event.detail_type}{contract}"), align="left", style="red"))
    say(*event.reason.split("; "), style="bold")
    say("The event is in the dead-letter queue. Correct it and publish it again.", style="dim")
