"""docs/deploying.md agrees with the template, and the commands of all documents exist with their options."""

import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import OperationModel, ServiceModel

from tests.static.transformed_template import transformed_template
from tests.template import ROOT, routes, template

DOCUMENT = (ROOT / "docs/deploying.md").read_text()
WITH_COMMANDS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob(".ci/*"), *ROOT.glob(".github/*/*.yml")]
AWS_OPTIONS = {"query", "output", "region"}
OF_THE_CLI = {  # commands that it has besides the operations of the API
    ("cloudformation", "deploy"): {"stack-name", "template-file", "parameter-overrides", "capabilities"},
}
RENAMED = {"notification-endpoint": "endpoint"}  # by the AWS CLI, where the API's name means something else to it


def section(heading: str) -> str:
    return re.split(rf"^##+ (?:\d+\. )?{heading}$", DOCUMENT, flags=re.MULTILINE)[1].split("\n## ")[0]


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without the head of the table."""
    table = re.search(r"^\|.+\n\|[-|]+\n((?:\|.+\n)+)", section(heading), re.MULTILINE)
    assert table
    return [[cell.strip(" `") for cell in row.strip("|").split(" | ")] for row in table[1].splitlines()]


# The template


def test_it_names_every_parameter_with_its_default() -> None:
    named = {name: default for name, default, _ in rows("First deployment")}
    words = {None: "none", "": "empty"}
    assert named == {
        name: words.get(parameter.get("Default"), str(parameter.get("Default")))
        for name, parameter in template()["Parameters"].items()
    }


def test_it_names_what_stays_when_a_stack_is_deleted() -> None:
    kept = {name for name, found in template()["Resources"].items() if "Retain" in found.get("DeletionPolicy", "")}
    assert {name for name, _ in rows("Delete a stack")} == kept


def test_it_names_every_route_with_its_authorization() -> None:
    named = dict(rows("Every route is there and has its authorization"))
    deployed = {
        " ".join(route): found.get("Auth", {}).get("Authorizer", "JWT") for route, found in routes().items()
    }
    assert named == deployed | {"$default": "NONE"}


def test_the_outputs_and_parameters_that_it_names_exist() -> None:
    used = set(re.findall(r"\$\(output (\w+)\)", DOCUMENT)) | set(re.findall(r"\(outputs? `(\w+)`", DOCUMENT))
    assert used
    assert used <= template()["Outputs"].keys()
    set_there = set(re.findall(r"`([A-Z][a-z]+\w+)=[\w:/.]+", DOCUMENT))
    assert set_there
    assert set_there <= template()["Parameters"].keys()


def test_the_stacks_that_it_names_are_those_of_the_settings() -> None:
    settings = (ROOT / "samconfig.toml").read_text()
    for _, environment, stack, _ in rows("Accounts and stages"):
        [name] = re.findall(rf'^\[{environment}\.global\.parameters]\nstack_name = "(.+)"', settings, re.MULTILINE)
        assert stack == name


def test_what_it_imports_is_the_table_of_the_template(tmp_path: Path) -> None:
    """As it is deployed, since the next deployment changes only what differs from the imported template.

    Except for what depends on a parameter: the next deployment adds it.
    """
    [program] = re.findall(
        r"^\.venv/bin/python > import\.json <<'EOF'\n(.+?)^EOF$", DOCUMENT, re.MULTILINE | re.DOTALL
    )
    done = subprocess.run(  # noqa: S603
        [ROOT / ".venv/bin/python"], input=program, cwd=ROOT, capture_output=True, text=True, check=True
    )
    table = transformed_template()["Resources"]["Table"]
    for part in (table["Properties"], *table["Properties"]["GlobalSecondaryIndexes"]):
        assert list(part.pop("WarmThroughput")) == ["Fn::If"]
    assert json.loads(done.stdout) == {"Resources": {"Table": table}}
    assert "Ref" not in done.stdout
    assert "Fn::" not in done.stdout


def test_a_restored_table_gets_what_the_template_says_and_a_restore_leaves_out() -> None:
    table = template()["Resources"]["Table"]["Properties"]
    assert f"StreamViewType={table['StreamSpecification']['StreamViewType']}" in section("Restore")
    assert f"AttributeName={table['TimeToLiveSpecification']['AttributeName']}" in section("Restore")


# Commands


class Call(NamedTuple):
    document: str
    words: list[str]

    @property
    def options(self) -> set[str]:
        return {word.removeprefix("--").partition("=")[0] for word in self.words if word.startswith("--")}


def calls(program: str) -> Iterator[Call]:
    for path in WITH_COMMANDS:
        for line in path.read_text().replace("\\\n", " ").splitlines():
            for call in re.findall(rf"(?:^|[\s(`]|&& ){program} ([a-z][^`;&|>]*)", line):
                yield Call(str(path.relative_to(ROOT)), words(call))


def words(call: str) -> list[str]:
    """As far as they are options and operations: quotes and substitutions may be nested or end elsewhere."""
    return [word for word in re.split(r"\s+", re.sub(r"'[^']*'|\"(?:\\.|[^\"])*\"", "", call)) if word]


@cache
def service(name: str) -> ServiceModel:
    return botocore.session.Session().get_service_model(name)


@cache
def operations(name: str) -> dict[str, OperationModel]:
    model = service(name)
    return {xform_name(one, "-"): model.operation_model(one) for one in model.operation_names}


def accepted(operation: OperationModel) -> set[str]:
    members: dict[str, Any] = dict(operation.input_shape.members) if operation.input_shape else {}
    names = {xform_name(member, "-") for member in members}
    flags = {f"no-{xform_name(member, '-')}" for member, shape in members.items() if shape.type_name == "boolean"}
    return names | flags | AWS_OPTIONS


def test_every_command_of_the_aws_cli_exists_with_its_options() -> None:
    found = list(calls("aws"))
    assert {call.document for call in found} >= {"docs/deploying.md", "docs/operations.md", ".ci/delete-stack"}
    for call in found:
        name, operation, *rest = call.words
        if (name, operation) in OF_THE_CLI:
            assert call.options <= OF_THE_CLI[name, operation], call
            continue
        if operation == "wait":
            waiters = botocore.session.Session().get_waiter_model(name)
            [waiter] = {one for one in waiters.waiter_names if xform_name(one, "-") == rest[0]}
            operation = xform_name(waiters.get_waiter(waiter).operation, "-")
        assert operation in operations(name), call
        assert {RENAMED.get(option, option) for option in call.options} <= accepted(operations(name)[operation]), (
            call
        )


@pytest.mark.parametrize("subcommand", ["build", "deploy", "delete"])
def test_every_command_of_sam_exists_with_its_options(subcommand: str) -> None:
    command = import_module(f"samcli.commands.{subcommand}.command").cli
    known = {option.removeprefix("--") for parameter in command.params for option in parameter.opts}
    found = [call for call in calls("sam") if call.words[0] == subcommand]
    assert found
    for call in found:
        assert call.options <= known, call


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z]+)\b(?=[`\s]|$)", DOCUMENT))))
def test_every_make_target_that_it_names_exists(target: str) -> None:
    dry_run = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=False)  # noqa: S603, S607
    assert dry_run.returncode == 0, dry_run.stderr.decode()


def test_every_item_of_the_checklist_says_what_to_expect_and_what_to_do_otherwise() -> None:
    items = re.split(r"^### \d+\. ", section("The first real deployment"), flags=re.MULTILINE)[1:]
    assert len(items) >= 12
    for item in items:
        assert re.search(r"\*Expected:\*|\| expected \|", item), item
        assert "*Otherwise:*" in item, item
