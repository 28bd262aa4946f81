"""The whole service on this machine: `make dev`, `make up` and `make down`."""

import json
import shutil
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import HTTPClientError
from httpx import TransportError

from local import cloud_process, people, story, terminal
from local.cloud_process import ROOT, Cloud
from local.errors import LocalError
from local.parameters import parse
from local.people import Person
from local.redrive import redrive as put_back
from local.stack import Stack, launch
from local.watch import Message, watch

HOME = ROOT / ".local"
SECONDS_BETWEEN_LOOKS = 0.5

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

Port = Annotated[int, typer.Option(envvar="PORT")]
StackParameters = Annotated[str, typer.Option(envvar="STACK_PARAMETERS", help="Key=Value Key='a value'")]


@dataclass(frozen=True)
class Session:
    cloud: Cloud
    people: tuple[Person, ...]
    new_messages: Callable[[], Iterable[Message]]


@app.command()
def dev(port: Port = 4566, stack_parameters: StackParameters = "") -> None:
    """Run everything until Ctrl-C, and show each message that is sent."""
    with _explained():
        session = _start(port, stack_parameters)
        try:
            terminal.say("", "Messages appear here as they are sent. Ctrl-C ends everything.", style="bold")
            _show_messages(session)
        except KeyboardInterrupt:
            terminal.say("", "Ending …")
        finally:
            _end(port)


@app.command()
def up(port: Port = 4566, stack_parameters: StackParameters = "") -> None:
    """Run everything in the background; returns when it is ready."""
    with _explained():
        _start(port, stack_parameters)


@app.command()
def down(port: Port = 4566) -> None:
    """End what runs on the port, and remove all that belongs to it."""
    ended = _end(port)
    terminal.say(f"Ended what ran on port {port}." if ended else f"Nothing of ours runs on port {port}.")


@app.command()
def redrive(port: Port = 4566) -> None:
    """Put back what waits in the failure queues of what runs on the port."""
    with _explained():
        for queue, number in put_back(_stack_on(port)).items():
            terminal.say(f"{number:>5} from {queue.replace('_', ' ')}")


def _stack_on(port: int) -> Stack:
    try:
        return Stack(**json.loads((HOME / str(port) / "stack.json").read_text()))
    except FileNotFoundError:
        raise LocalError(f"Nothing of ours runs on port {port}.") from None


@contextmanager
def _explained() -> Iterator[None]:
    """Say what went wrong instead of tracing it; let a kill or a closed terminal end things like Ctrl-C does."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    except LocalError as error:
        terminal.say(str(error))
        raise typer.Exit(1) from error
    except KeyboardInterrupt as interrupt:
        raise typer.Exit(130) from interrupt


def _start(port: int, stack_parameters: str) -> Session:
    parameters = parse(stack_parameters)
    cloud_process.refuse_port_in_use(port)  # what runs there still needs its directory
    directory = HOME / str(port)
    shutil.rmtree(directory, ignore_errors=True)
    with terminal.progress() as report:
        cloud, stack = launch(port, directory, parameters=parameters, report=report)
        try:
            cloud_process.record(cloud)
            _describe(stack, directory)
            new_messages = watch(stack)
            report("Telling the stories of a few contracts …")
            inhabitants = _inhabit(stack, directory)
        except BaseException:
            cloud_process.stop(cloud)
            raise
    terminal.show_summary(stack, inhabitants, directory)
    return Session(cloud, inhabitants, new_messages)


def _describe(stack: Stack, directory: Path) -> None:
    description = json.dumps(asdict(stack), indent=2) + "\n"
    for place in (directory, HOME):
        (place / "stack.json").write_text(description)


def _inhabit(stack: Stack, directory: Path) -> tuple[Person, ...]:
    """Make people and contracts, unless people are another issuer's business."""
    if not stack.user_pool_id:
        return ()
    freelancer, client = (people.sign_in(stack, role) for role in ("freelancer", "client"))
    for person in (freelancer, client):
        terminal.token_file(directory, person).write_text(person.token)
    terminal.say(*story.tell(stack, freelancer, client))
    return freelancer, client


def _show_messages(session: Session) -> None:
    while session.cloud.process.poll() is None:
        try:
            for message in session.new_messages():
                terminal.show_message(message, session.people)
        except (TransportError, HTTPClientError):
            continue  # the cloud is about to end: make down does that from another terminal
        time.sleep(SECONDS_BETWEEN_LOOKS)
    raise LocalError("The embedded cloud has ended.")


def _end(port: int) -> bool:
    directory, latest = HOME / str(port), HOME / "stack.json"
    ended = cloud_process.stop_recorded(directory)
    was_latest = latest.exists() and latest.read_bytes() == _contents(directory / "stack.json")
    shutil.rmtree(directory, ignore_errors=True)
    if was_latest:
        latest.unlink()
        _fall_back_to_another(latest)
    return ended


def _fall_back_to_another(latest: Path) -> None:
    """Describe the newest of those that still run on other ports, if any does."""
    others = sorted(HOME.glob("*/stack.json"), key=lambda description: description.stat().st_mtime)
    if others:
        latest.write_bytes(others[-1].read_bytes())


def _contents(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None


if __name__ == "__main__":
    app(prog_name="local")
