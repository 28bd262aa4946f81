"""What the dev tool says at the terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from local.cloud_process import ROOT
from local.people import Person
from local.stack import Stack
from local.story import CONTRACTS, RATINGS
from local.watch import Message

console = Console(highlight=False)


def say(*lines: str, style: str = "") -> None:
    """Print text as it is, links unbroken."""
    for line in lines:
        console.print(Text(line, style=style), soft_wrap=True)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Yields a function that shows what is going on: by a spinner, or line by line where that cannot be seen."""
    if not console.is_terminal:
        yield say
        return
    with console.status("Starting …") as status:
        yield status.update


def show_summary(stack: Stack, people: tuple[Person, ...], directory: Path) -> None:
    say("", f"Mid-job feedback runs at {stack.api_url}", style="bold")
    if people:
        freelancer, client = people
        _show_ways_in(stack.api_url, freelancer, client, directory)
    else:
        say("Tokens come from the JwtIssuer that was given, so there are no people and no contracts yet.")
    shown = directory.relative_to(ROOT)
    say("", f"The stack is described in {shown}/stack.json; the cloud's log is {shown}/cloud.log.")


def _show_ways_in(url: str, freelancer: Person, client: Person, directory: Path) -> None:
    say("", "Pages", style="bold")
    say(f"  {url}/app/freelancer?id={freelancer.id}")
    tokens = [token_file(directory, person).relative_to(ROOT) for person in (freelancer, client)]
    for token in tokens:
        say(f'  python3 -m webbrowser "{url}/app/contract?id=c-eligible#token=$(cat {token})"')
    say("", "Contracts", style="bold")
    say(*(f"  {contract.contract_id:15} {contract.state}" for contract in CONTRACTS))
    say("", "Try", style="bold")
    for token in tokens:
        say(f'  {token.stem.upper()}="Authorization: Bearer $(cat {token})"')
    ratings = ", ".join(f'"{category}": {stars}' for category, stars in RATINGS.items())
    say(
        '  JSON="Content-Type: application/json"',
        f"  API={url}",
        '  curl -H "$FREELANCER" $API/contracts/c-eligible/feedback',
        '  curl -H "$FREELANCER" -H "$JSON" -d "{}" $API/contracts/c-eligible/feedback-requests',
        f'  curl -H "$CLIENT" -H "$JSON" -d \'{{"ratings": {{{ratings}}}}}\' $API/contracts/c-eligible/feedback',
        f"  curl $API/freelancers/{freelancer.id}/work-history",
    )


def token_file(directory: Path, person: Person) -> Path:
    return directory / f"{person.role}.token"


def show_message(message: Message, people: tuple[Person, ...]) -> None:
    names = {person.id: f"the {person.role}" for person in people}
    recipient = names.get(message.recipient, message.recipient)
    console.print(Rule(Text(f"{message.channel} to {recipient}"), align="left"))
    say(message.subject, style="bold")
    say(message.text, style="dim")
    say(message.link)
