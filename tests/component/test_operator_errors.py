"""What the tool for operators says when a command cannot be done: a sentence, an exit code, never a traceback."""

import json
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import click
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, NoCredentialsError, NoRegionError
from typer.main import get_command
from typer.testing import CliRunner

from cli import stacks
from cli.__main__ import app
from tests.component.marketplace import Marketplace
from tests.component.operator_tool import Answer, OperatorTool, RolloutFlags
from tests.template import ROOT


def commands(group: click.Command, *words: str) -> Iterator[tuple[str, ...]]:
    """The words that lead to each command, groups included."""
    yield words
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from commands(command, *words, name)


COMMANDS = list(commands(get_command(app)))
ARGUMENTS: dict[tuple[str, ...], Sequence[str]] = {
    ("explain",): ["c-1"],
    ("moderate", "decide"): [
        *("c-1", "f-1", "--target", "feedback", "--state", "removed"),
        *("--ground", "abusive", "--reason", "Insults.", "--yes"),
    ],
    ("moderate", "restore"): [
        "c-1",
        "f-1",
        "--target",
        "feedback",
        "--ground",
        "abusive",
        "--reason",
        "No.",
        "--yes",
    ],
    ("moderate", "decisions"): ["c-1", "f-1"],
    ("recount",): ["u-1"],
    ("person", "export"): ["u-1"],
    ("person", "erase"): ["u-1", "--yes"],
    ("failures", "show"): ["m-1"],
    ("failures", "discard"): ["m-1", "--yes"],
    ("import",): [str(ROOT / "tests/component/test_operator_errors.py")],
    ("reconcile",): ["--since", "1h"],
    ("rollout",): ["10", "--yes"],
    ("rotate-link-key",): ["--yes"],
    ("tail",): ["c-1"],
}
LEAVES = [
    words for words in COMMANDS if words and words not in {other[:1] for other in COMMANDS if len(other) > 1}
]


def run(*words: str, **environment: str | None) -> Answer:
    runner = CliRunner(mix_stderr=False)
    result = runner.invoke(app, list(words), prog_name="mid-job-feedback", env=environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Answer(result.exit_code, result.stdout, result.stderr)


def describe(monkeypatch: pytest.MonkeyPatch, found: Exception | dict[str, Any]) -> None:
    """CloudFormation describes this stack, or fails. All other calls of AWS return something."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "STACK"):
        monkeypatch.delenv(name, raising=False)
    client = MagicMock()
    if isinstance(found, Exception):
        client.describe_stacks.side_effect = found
    else:
        client.describe_stacks.return_value = {"Stacks": [{"StackStatus": "CREATE_COMPLETE", **found}]}
    monkeypatch.setattr(stacks.Stack, "client", lambda *_: client)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    answer = run(*words, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert f"Usage: mid-job-feedback {' '.join(words)}".rstrip() in answer.out


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_every_command_says_which_stack_it_lacks(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STACK", raising=False)
    given = [*words, *ARGUMENTS.get(words, ())]
    said = "Name the stack with --stack, or give the port of a local one with --port."
    assert run(*given) == Answer(1, "", f"{said}\n")
    answer = run(*given, "--json")
    assert (answer.code, answer.out, json.loads(answer.err)) == (1, "", {"error": said})


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_no_command_takes_the_stack_of_another_product(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    describe(monkeypatch, {"Outputs": [{"OutputKey": "WebsiteUrl", "OutputValue": "https://example.com"}]})
    answer = run(*words, *ARGUMENTS.get(words, ()), "--stack", "website", "--region", "eu-west-1", "--json")
    assert (answer.code, answer.out) == (1, "")
    error = json.loads(answer.err)["error"]
    assert error.startswith("The stack website has no ")
    assert error.endswith(": name a stack of this service, in this version.")


@pytest.mark.parametrize(
    ("found", "words", "said"),
    [
        (
            NoCredentialsError(),
            ["--stack", "x", "--region", "eu-west-1"],
            "has no AWS credentials: choose a profile",
        ),
        (NoRegionError(), ["--stack", "x"], "No region is chosen: name that of the stack with --region."),
        (
            ClientError({"Error": {"Code": "ValidationError", "Message": "no such stack"}}, "DescribeStacks"),
            ["--stack", "x"],
            "The stack x could not be read: An error occurred (ValidationError)",
        ),
        (
            {"StackStatus": "ROLLBACK_COMPLETE"},
            ["--stack", "x"],
            "is not deployed: its status is ROLLBACK_COMPLETE.",
        ),
        (ConnectionClosedError(endpoint_url="x"), ["--port", "22"], "No stack runs on port 22: start one with"),
        ({}, ["--stack", "x", "--profile", "nobody"], "The config profile (nobody) could not be found"),
    ],
)
def test_a_stack_that_cannot_be_read_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, found: Exception | dict[str, Any], words: list[str], said: str
) -> None:
    describe(monkeypatch, found)
    answer = run("explain", "c-1", *words)
    assert (answer.code, answer.out) == (1, "")
    assert said in answer.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explode",), "No such command 'explode'."),
        (("explain",), "Missing argument 'CONTRACT'."),
        (("explain", "c-1", "--at", "noon"), "noon is no instant such as 2026-12-24T12:00:00Z"),
        (("explain", "c-1", "--port", "99999"), "99999 is not in the range 1<=x<=65535."),
        (("explain", "c-1", "--nope"), "No such option: --nope"),
        (("rollout", "101"), "101 is not in the range 0<=x<=100."),
        (("failures", "redrive", "--queue", "all"), "'all' is not one of"),
        ((), "Missing command."),
    ],
)
def test_wrong_options_and_arguments_are_told_also_as_json(words: tuple[str, ...], said: str) -> None:
    answer = run(*words, "--json")
    assert (answer.code, answer.out) == (2, "")
    assert said in json.loads(answer.err)["error"]
    if words:
        with_usage = run(*words)
        assert with_usage.code == 2
        assert "Usage: mid-job-feedback" in with_usage.err


def test_a_flag_that_is_invalid_is_told(operator_tool: OperatorTool, marketplace: Marketplace) -> None:
    class WithoutFlags(RolloutFlags):
        def get_latest_configuration(self, ConfigurationToken: str) -> dict[str, Any]:  # noqa: N803
            assert ConfigurationToken == "first"
            return {"Configuration": BytesIO(b"{}")}

    operator_tool.clients["appconfigdata"] = WithoutFlags()
    answer = operator_tool("explain", "c-1")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "The rollout flags could not be used: GetLatestConfiguration invalid.\n"


@pytest.mark.parametrize("content", ["", "[1]", '{"line": 3}'])
def test_a_damaged_note_of_the_position_is_told(operator_tool: OperatorTool, tmp_path: Path, content: str) -> None:
    (tmp_path / "contracts.jsonl").write_text("")
    (tmp_path / "contracts.jsonl.progress").write_text(content)
    answer = operator_tool("import", str(tmp_path / "contracts.jsonl"))
    assert answer.code == 1
    assert answer.err == f"{tmp_path}/contracts.jsonl.progress could not be read: delete it to begin anew.\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_it_completes_commands(shell: str) -> None:
    words = {
        "COMP_WORDS": "mid-job-feedback fail",
        "COMP_CWORD": "1",
        "_TYPER_COMPLETE_ARGS": "mid-job-feedback fail",
    }
    answer = run(_MID_JOB_FEEDBACK_COMPLETE=f"complete_{shell}", _TYPER_COMPLETE_FISH_ACTION="get-args", **words)
    assert answer.code == 0
    assert "failures" in answer.out
    assert "explain" not in answer.out
