"""The commands behind `make dev`, `make up` and `make down`: the whole service on this machine."""

import json
import shutil
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, assert_never

import typer
from botocore.exceptions import HTTPClientError
from httpx import TransportError

from local import cloud_process, console_process, people, sample_data, terminal
from local.cloud_process import ROOT, Cloud
from local.errors import LocalError
from local.parameters import parse
from local.people import Person
from local.stack import Stack, launch
from local.watch import DomainEvent, EmailEvent, Message, News, RefusedEvent, subscribe_console, watch

HOME = ROOT / ".local"
POLL_SECONDS = 0.5
SHOWING_EACH_CALL = {"LogLevel": "DEBUG"}  # for the console: reads that succeed are logged, too

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

Port = Annotated[int, typer.Option(envvar="PORT")]
ConsolePort = Annotated[int, typer.Option(envvar="CONSOLE_PORT", help="0: the port after the stack's.")]
StackParameters = Annotated[str, typer.Option(envvar="STACK_PARAMETERS", help="Key=Value Key='a value'")]


@dataclass(frozen=True)
class Session:
    cloud: Cloud
    console_url: str
    people: tuple[Person, ...]
    news: Callable[[], Iterable[News]]


@app.command()
def dev(port: Port = 4566, console_port: ConsolePort = 0, stack_parameters: StackParameters = "") -> None:
    """Run everything until Ctrl-C, and open the console.

    Show what is sent, what SES says of e-mails, and refused contract events.
    """
    with _reporting_errors():
        session = _start(port, console_port, stack_parameters)
        try:
            terminal.say(
                "",
                "E-mails and what SES says of them, Dash messages, domain events and refused contract events "
                "appear here. Ctrl-C stops everything.",
            )
            console_process.open_in_browser(session.console_url)
            _show_news(session)
        except KeyboardInterrupt:
            terminal.say("", "Stopping …")
        finally:
            _stop(port)


@app.command()
def up(port: Port = 4566, console_port: ConsolePort = 0, stack_parameters: StackParameters = "") -> None:
    """Run everything in the background. Returns when it is ready."""
    with _reporting_errors():
        _start(port, console_port, stack_parameters)
        terminal.say("", f"To stop everything: make down PORT={port}")


@app.command()
def down(port: Port = 4566) -> None:
    """Stop the stack on the port and delete its files."""
    stopped = _stop(port)
    terminal.say(f"Stopped what ran on port {port}." if stopped else _nothing_runs_on(port))


def _nothing_runs_on(port: int) -> str:
    return f"Nothing started from this folder runs on port {port}. For another port, add PORT=…"


@contextmanager
def _reporting_errors() -> Iterator[None]:
    """Print a LocalError without a traceback; treat SIGTERM and SIGHUP as Ctrl-C, so that the cloud is stopped."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    except LocalError as error:
        terminal.say(str(error))
        raise typer.Exit(1) from error
    except KeyboardInterrupt as interrupt:
        raise typer.Exit(130) from interrupt


def _start(port: int, console_port: int, stack_parameters: str) -> Session:
    parameters = SHOWING_EACH_CALL | parse(stack_parameters)
    cloud_process.refuse_port_in_use(port)  # before deleting the directory, which a cloud on this port still needs
    directory = HOME / str(port)
    with console_process.listen(console_port or port + 1) as listening, terminal.progress() as report:
        shutil.rmtree(directory, ignore_errors=True)
        cloud, stack = launch(port, directory, parameters=parameters, report=report)
        try:
            cloud_process.record(directory, cloud_process.MODULE, cloud.process)
            _write_description(stack, directory)
            news = watch(stack)
            subscribe_console(stack)
            report("Creating sample contracts …")
            created = _create_sample_data(stack, directory)
            console_url = console_process.start(listening, directory)
        except BaseException:
            cloud_process.stop(cloud)
            raise
    terminal.show_summary(stack, created, directory, console_url)
    return Session(cloud, console_url, created, news)


def _write_description(stack: Stack, directory: Path) -> None:
    description = json.dumps(asdict(stack), indent=2) + "\n"
    for place in (directory, HOME):
        (place / "stack.json").write_text(description)


def _create_sample_data(stack: Stack, directory: Path) -> tuple[Person, ...]:
    """Create the sample contracts and return their freelancer and client; nothing without a user pool."""
    if not stack.user_pool_id:
        return ()
    freelancer, client = (people.sign_in(stack, role) for role in ("freelancer", "client"))
    for person in (freelancer, client):
        terminal.token_file(directory, person).write_text(person.token)
    terminal.say(*sample_data.create(stack, freelancer, client))
    return freelancer, client


def _show_news(session: Session) -> None:
    while session.cloud.process.poll() is None:
        try:
            for shown in session.news():
                match shown:
                    case Message():
                        terminal.show_message(shown, session.people)
                    case DomainEvent():
                        terminal.show_domain_event(shown)
                    case EmailEvent():
                        terminal.show_email_event(shown)
                    case RefusedEvent():
                        terminal.show_refused(shown)
                    case unexpected:
                        assert_never(unexpected)
        except (TransportError, HTTPClientError):
            continue  # `make down` in another terminal is stopping the cloud
        time.sleep(POLL_SECONDS)
    raise LocalError("The embedded cloud has stopped.")


def _stop(port: int) -> bool:
    """Stop the stack on the port and delete its files. Returns whether anything was running."""
    directory, latest = HOME / str(port), HOME / "stack.json"
    cloud_process.stop_recorded(directory, console_process.MODULE)
    stopped = cloud_process.stop_recorded(directory, cloud_process.MODULE)
    was_latest = latest.exists() and latest.read_bytes() == _contents(directory / "stack.json")
    shutil.rmtree(directory, ignore_errors=True)
    if was_latest:
        latest.unlink()
        _describe_another(latest)
    return stopped


def _describe_another(latest: Path) -> None:
    """Write the description of the newest stack that still runs on another port, if there is one."""
    others = sorted(HOME.glob("*/stack.json"), key=lambda description: description.stat().st_mtime)
    if others:
        latest.write_bytes(others[-1].read_bytes())


def _contents(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None


if __name__ == "__main__":
    app(prog_name="local")
