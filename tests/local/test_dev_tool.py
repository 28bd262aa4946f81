"""`make up`, the console, the lines that it prints, and `make down`. Slow: builds and deploys the real stack."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import pytest
from playwright.sync_api import Page, expect

from local.cloud_process import ROOT, free_port
from local.console.timeline import Kind
from tests.local.newcomer import ASKED, LONGEST_WAIT_MS, Newcomer, shown
from tests.web.browser import chromium
from tests.web.page_states import fill_in_and_publish
from tests.web.test_accessibility import AXE, COLOUR_RULES, violations

SUCCESSES: Final = {kind.value for kind in Kind} - {Kind.REFUSED, Kind.FAILURE}


def make(target: str, port: int, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", target],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port), "CONSOLE_PORT": str(free_port()), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def port() -> Iterator[int]:
    port = free_port()
    yield port
    make("down", port)


@dataclass(frozen=True)
class Running:
    port: int
    output: str

    @property
    def console_url(self) -> str:
        [url] = re.findall(r"console: (http://127\.0\.0\.1:\d+/)", self.output)
        return str(url)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """What `make up` has started, for all tests of this file. The last one takes it down."""
    port = free_port()
    up = make("up", port, STACK_PARAMETERS="RequestLifetime=PT1H ExpirySchedule='rate(1 minute)'")
    assert up.returncode == 0, up.stdout
    yield Running(port, up.stdout)
    make("down", port)


@pytest.fixture
def path_with_curl(tmp_path: Path) -> str:
    """The machine's own curl, or one that does the same with the options that are printed."""
    if not shutil.which("curl"):
        stand_in = tmp_path / "curl"
        stand_in.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("curl.py")}" "$@"\n')
        stand_in.chmod(0o755)
    return os.pathsep.join([str(tmp_path), os.environ["PATH"]])


@pytest.fixture
def newcomer(running: Running) -> Iterator[Newcomer]:
    context = chromium().new_context(locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(LONGEST_WAIT_MS)
    console = context.new_page()
    console.goto(running.console_url)
    yield Newcomer(context, console)
    context.close()


def test_a_newcomer_sees_a_request_expire_and_the_next_one_answered_in_the_console(newcomer: Newcomer) -> None:
    console, contract = newcomer.console, newcomer.contract
    newcomer.start_a_contract()
    room = newcomer.open_as("Ana Ruiz")
    newcomer.ask(room)
    newcomer.read(ASKED)
    link = newcomer.follow_the_link()
    expect(link.get_by_role("button", name="Publish feedback")).to_be_visible(timeout=LONGEST_WAIT_MS)

    newcomer.jump("the deadline")
    shown(contract, "Request expired")
    newcomer.read("Your feedback request has expired")
    shown(console.locator("#message"), "Dash message to Ana Ruiz")
    room.reload()
    shown(room.get_by_text("expired on").first, "Asked on")
    link.reload()
    shown(link.get_by_text("The time to answer").first, "this request ended on")

    newcomer.ask(room)
    newcomer.read(ASKED, number=2)
    fill_in_and_publish(newcomer.follow_the_link())
    shown(contract, "Request fulfilled")
    newcomer.read("Ben Okoye gave you feedback")
    for tab in ("Faults and jobs", "Send an event", "Timeline", "Inbox"):
        newcomer.tab(tab)
        assert accessible_in_both_schemes(console), tab
    newcomer.tab("Timeline")
    kinds = console.locator("#entries > li:visible .kind").all_text_contents()
    assert set(kinds) >= SUCCESSES

    console.get_by_role("button", name="Back to real time").click()
    expect(console.get_by_text("real time", exact=True)).to_be_visible()


def accessible_in_both_schemes(page: Page) -> bool:
    page.evaluate(AXE)
    found = violations(page)
    page.emulate_media(color_scheme="dark")
    found += violations(page, COLOUR_RULES)
    page.emulate_media(color_scheme="light")
    assert found == []
    return True


def test_the_printed_curl_lines_work_until_the_stack_is_taken_down(running: Running, path_with_curl: str) -> None:
    port = running.port
    stack = json.loads((ROOT / f".local/{port}/stack.json").read_text())
    assert stack["api_url"] == f"http://127.0.0.1:{port}/marketplace"
    assert stack["function_names"].keys() >= {"request", "submit", "list", "expire", "notify", "ingest"}

    pasted = [line.strip() for line in running.output.partition("Try\n")[2].partition("\n\n")[0].splitlines()]
    script = "\n".join(line.replace("curl", "curl --silent --fail-with-body") + " || exit" for line in pasted)
    output = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env={**os.environ, "PATH": path_with_curl},
        capture_output=True,
        text=True,
        check=False,
    )
    assert output.returncode == 0, output.stdout
    assert '"status":"pending"' in output.stdout

    other, latest = ROOT / f".local/{free_port()}", ROOT / ".local/stack.json"
    other.mkdir()
    (other / "stack.json").write_text("of another copy")
    assert make("down", port).returncode == 0
    assert not (ROOT / f".local/{port}").exists()
    assert latest.read_text() == "of another copy"
    make("down", int(other.name))
    assert not latest.exists() or latest.read_text() != "of another copy"
    for url in (stack["endpoint_url"], running.console_url):
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)


def test_a_parameter_the_stack_does_not_have_is_refused_before_anything_starts(port: int) -> None:
    up = make("up", port, STACK_PARAMETERS="RequestLifespan=PT1H")
    assert up.returncode != 0
    assert "no parameter RequestLifespan" in up.stdout
    assert not (ROOT / f".local/{port}").exists()
