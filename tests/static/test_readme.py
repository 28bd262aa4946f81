"""What the README promises exists: commands, routes, parameters and files."""

import json
import re
import subprocess
from typing import Any

import pytest

from mid_job_feedback.domain import contract_events
from tests.contract_queue import EXPECTED
from tests.template import ROOT, routes, template

README = (ROOT / "README.md").read_text()
COMMANDS = [
    line.partition("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]
TARGETS = sorted(set(re.findall(r"`?make ([a-z]+)", README)))


def routes_deployed() -> set[str]:
    """Without the catch-all route, which responds 404."""
    return {" ".join(route) for route in routes()}


def test_it_is_short() -> None:
    assert len(README.splitlines()) < 200


@pytest.mark.parametrize("target", TARGETS)
def test_every_make_target_it_names_exists(target: str) -> None:
    dry_run = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=False)  # noqa: S603, S607
    assert dry_run.returncode == 0, dry_run.stderr.decode()


def test_it_contains_no_command_that_is_not_tested_here() -> None:
    assert {command.split()[0] for command in COMMANDS} == {"make", "sam", "export"}


@pytest.mark.parametrize("environment", re.findall(r"--config-env (\w+)", README))
def test_the_environments_that_it_deploys_to_are_configured(environment: str) -> None:
    assert f"[{environment}.deploy.parameters]" in (ROOT / "samconfig.toml").read_text()


def test_its_routes_are_the_deployed_ones() -> None:
    named = set(re.findall(r"^\| `((?:GET|POST|PUT|DELETE) /[^`]*)` \|", README, re.MULTILINE))
    assert named == {route for route in routes_deployed() if not route.startswith("HEAD ")}


def test_the_parameters_that_it_names_exist_with_their_defaults() -> None:
    for name, default in re.findall(r"`(\w+)=(P\w+)` \|", README):
        assert template()["Parameters"][name]["Default"] == default
    named = set(re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", README)) - {"PutEvents"}
    assert named <= template()["Parameters"].keys() | template()["Outputs"].keys()


@pytest.mark.parametrize("entry", json.loads(re.findall(r"```json\n(.*?)```", README, re.DOTALL)[0]))
def test_the_contract_events_that_it_shows_are_accepted(entry: dict[str, Any]) -> None:
    envelope = {
        "source": entry["Source"],
        "detail-type": entry["DetailType"],
        "detail": entry["Detail"],
        "time": "2026-06-15T12:00:00Z",
    }
    assert contract_events.parse(json.dumps(envelope), EXPECTED).detail.contract_id == "c-1"


@pytest.mark.parametrize("place", re.findall(r"`((?:docs|local|layers|tests|functions)/[\w./]*)`", README))
def test_the_files_that_it_names_exist(place: str) -> None:
    assert (ROOT / place).exists()
