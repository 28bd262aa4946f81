"""Documents: links resolve, cited files exist, decisions have a status, and the rules state the code's facts."""

import json
import re
import shlex
from pathlib import Path

import click
import pytest
import typer
from pydantic import TypeAdapter

from cli.__main__ import app
from cli.queues import EMAIL_EVENTS, REDRIVEN_TO
from mid_job_feedback import links
from mid_job_feedback.domain import contract_events, dash_messages, privacy
from mid_job_feedback.domain.models import Policy, Ratings
from mid_job_feedback.domain.refusals import Cause, Dependency
from mid_job_feedback.storage import items
from tests.builders import NOW, a_feedback, a_request, an_email_report
from tests.openapi_document import document
from tests.template import ROOT, template

PACKAGE = ROOT / "layers/mid_job_feedback/mid_job_feedback"
DOCUMENTS = [path for pattern in ("*.md", "docs/*.md", "web/*.md", "tests/**/*.md") for path in ROOT.glob(pattern)]
CODE = (
    "*.yaml",
    "*.toml",
    "Makefile",
    "web/**/*.js",
    "web/*.py",
    *(f"{top}/**/*.py" for top in ("layers", "functions")),
)
TOOLS = [f"{top}/**/*.py" for top in ("cli", "local", "bench", "tests")]
FOLDERS = "docs|tests|cli|local|layers|functions|web|bench|events|domain|storage|messaging|http|workers"
A_FILE = re.compile(rf"`((?:{FOLDERS})/[\w./-]+\.\w+)`")
A_CITATION = re.compile(r"((?:\w+/)*\w[\w-]*\.md)\b(?:, \"([^\"]+)\")?")

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def text(name: str) -> str:
    return (ROOT / name).read_text()


def prose(path: Path) -> str:
    """A document without its code blocks, in which `#` begins a comment."""
    return re.sub(r"^```.*?^```", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)


def headings(path: Path) -> list[str]:
    return re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)


def anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@every_document
def test_every_link_leads_to_a_file_and_a_heading_that_exist(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)\s]+)\)", prose(path)):
        file, _, fragment = target.partition("#")
        linked = path.parent / file if file else path
        assert linked.exists(), target
        assert not fragment or [anchor(heading) for heading in headings(linked)].count(fragment) == 1, target


@every_document
def test_every_file_that_a_document_names_exists(path: Path) -> None:
    named = A_FILE.findall(path.read_text())
    assert [name for name in named if not ((ROOT / name).exists() or (PACKAGE / name).exists())] == []


def test_every_document_and_heading_that_the_code_cites_exists() -> None:
    """As `docs/rules.md`, or with words of a heading: `docs/rules.md, "Requests"`."""
    for path in (path for pattern in (*CODE, *TOOLS) for path in ROOT.glob(pattern)):
        source = path.read_text()
        for name, words in A_CITATION.findall(source):
            cited = [found for found in (ROOT / name, path.parent / name) if found.exists()]
            assert cited, f"{path} cites {name}"
            assert words in "\n".join(headings(cited[0])), f"{path} cites {name}, {words}"
        assert not re.search(r"\bsection \d", source), f"{path} cites a section by number"


# Decisions

FIRST_OF_A_STATUS = {"Accepted", "Superseded by"}
OPPOSITES = {"Supersedes": "Superseded by", "Changes": "Changed by"}
A_LINK = r"\[[^\]]+\]\(#([\w-]+)\)"


def decisions() -> dict[str, list[str]]:
    """The paragraphs of each entry by the anchor of its heading."""
    parts = re.split(r"^## (\d.+)$", text("docs/decisions.md"), flags=re.MULTILINE)
    entries = zip(parts[1::2], parts[2::2], strict=True)
    return {anchor(heading): body.strip().split("\n\n") for heading, body in entries}


def statuses(entry: str) -> list[tuple[str, list[str]]]:
    """The sentences of an entry's status, such as "Changes" with the entries it links to."""
    sentences = decisions()[entry][0].removeprefix("**Status.** ").removesuffix(".").split(". ")
    return [(sentence.partition(" [")[0], re.findall(A_LINK, sentence)) for sentence in sentences]


@pytest.mark.parametrize("entry", decisions())
def test_a_decision_says_what_and_why_and_at_what_cost_and_has_a_status_of_the_closed_set(entry: str) -> None:
    begun = [paragraph.partition(" ")[0] for paragraph in decisions()[entry]]
    assert begun == ["**Status.**", "**What.**", "**Why.**", "**Cost.**"]
    (first, _), *others = statuses(entry)
    assert first in FIRST_OF_A_STATUS
    assert {kind for kind, _ in others} <= {"Supersedes", "Changes", "Changed by"}


def test_decisions_that_replace_or_change_each_other_say_so_on_both_sides() -> None:
    told = {(kind, entry, other) for entry in decisions() for kind, to in statuses(entry) for other in to}
    for kind, opposite in OPPOSITES.items():
        there = {(entry, other) for found, entry, other in told if found == kind}
        assert there
        assert there == {(other, entry) for found, entry, other in told if found == opposite}


def test_every_decision_is_in_the_index_by_topic() -> None:
    index = text("docs/decisions.md").partition("\n## 2")[0]
    assert set(re.findall(A_LINK, index)) == decisions().keys()


# Rules


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading of docs/rules.md, without the head of the table."""
    section = re.split(rf"^#+ {heading}$", text("docs/rules.md"), flags=re.MULTILINE)[1]
    table = re.search(r"^\|.+\n\|[-|]+\n((?:\|.+\n)+)", section, re.MULTILINE)
    assert table
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table[1].splitlines()]


def codes(cells: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cells)


def column(heading: str, number: int = 0) -> list[str]:
    return [code for row in rows(heading) for code in codes(row[number])]


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize(
    ("heading", "closed_set"),
    [("Who may request and give feedback", "ReasonCode"), ("Requests", "RequestStatus")],
)
def test_the_rules_name_every_reason_and_every_status(heading: str, closed_set: str) -> None:
    assert column(heading) == document()["components"]["schemas"][closed_set]["enum"]


def test_the_rules_name_every_refusal_with_its_status() -> None:
    found = [schema.get("properties", {}) for schema in document()["components"]["schemas"].values()]
    refusals = {(str(of["status"]["const"]), of["code"]["const"]) for of in found if "const" in of.get("code", {})}
    assert {(status, *codes(code)) for status, code, *_ in rows("Refusals")} == refusals


def test_the_rules_name_every_duration_of_the_policy_with_its_default() -> None:
    defaults = dict(zip(column("Policy parameters"), column("Policy parameters", 1), strict=True))
    assert {snake(name) for name in defaults} == Policy.model_fields.keys()
    assert defaults == {name: template()["Parameters"][name]["Default"] for name in defaults}


def test_the_rules_name_every_contract_event_with_its_fields() -> None:
    known = TypeAdapter(contract_events.Envelope).json_schema()["discriminator"]["mapping"].keys()
    assert {
        name: codes(fields)
        for name, fields in zip(
            column("Contract events"), (row[1] for row in rows("Contract events")), strict=True
        )
    } == {name: list(getattr(contract_events, name).model_fields) for name in known}


def test_the_rules_name_every_dash_message_and_its_fields() -> None:
    assert column("Notifications") == list(dash_messages.DashKind)
    [fields] = re.findall(r"A Dash message is JSON with the fields (.+?)\. ", text("docs/rules.md"), re.DOTALL)
    assert codes(fields) == list(dash_messages.DashMessage.model_fields)


# Commands for operators; those of the README have tests of their own


def test_messages_are_put_back_into_queues_of_the_stack() -> None:
    queues = {queue for pair in REDRIVEN_TO.items() for queue in pair} | {EMAIL_EVENTS}
    assert {f"{queue.title().replace('_', '')}QueueUrl" for queue in queues} <= template()["Outputs"].keys()


@every_document
def test_every_command_of_the_tool_for_operators_exists_with_its_options(path: Path) -> None:
    for line in re.findall(r"(?:^|`)mid-job-feedback (?=[a-z-])([^`\n]+)", path.read_text(), re.MULTILINE):
        command: click.Command = typer.main.get_command(app)
        known = {option for parameter in command.params for option in parameter.opts} | {"--install-completion"}
        words = [word for word in shlex.split(line, comments=True) if not _is_value(word, line)]
        for word in words:
            if isinstance(command, click.Group) and word in command.commands:
                command = command.commands[word]
                known |= {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert not isinstance(command, click.Group) or "--install-completion" in words, f"{path}: {line}"
        assert {word for word in words if word.startswith("--")} <= known, f"{path}: {line}"


def _is_value(word: str, line: str) -> bool:
    """Whether a word is the value of a global option before the command."""
    return re.search(rf"--(profile|region|stack|port) {re.escape(word)}\b", line) is not None


def test_the_document_of_the_tool_names_every_command() -> None:
    described = set(re.findall(r"^\| `([a-z-]+(?: [a-z]+)?)[ `]", text("docs/cli.md"), re.MULTILINE))
    tool = typer.main.get_command(app)
    assert isinstance(tool, click.Group)
    commands = set[str]()
    for name, command in tool.commands.items():
        commands |= {f"{name} {part}" for part in command.commands} if isinstance(command, click.Group) else {name}
    assert commands <= described


def test_the_commands_that_export_a_person_and_rotate_the_key_fit_the_code() -> None:
    [command] = re.findall(r"^echo '(.+?)' > command.json", text("docs/privacy.md"), re.MULTILINE)
    assert privacy.Command.model_validate_json(command).command == "export"
    [secret] = re.findall(r'--secret-string "(.+?)"$', text("SECURITY.md"), re.MULTILINE)
    assert json.loads(secret.replace('\\"', '"')).keys() == links._Keys.model_fields.keys()


# Architecture


def test_the_architecture_names_every_module_and_no_other() -> None:
    described = re.findall(r"^\| `([\w/]+\.py)` \|", text("docs/architecture.md"), re.MULTILINE)
    modules = [str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if path.stem != "__init__"]
    assert sorted(described) == sorted(modules)


def test_the_architecture_names_every_function_and_index() -> None:
    document = text("docs/architecture.md")
    functions = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    row = r"^\| `(\w+)` \| (?:HTTP|schedule|stream|queue|topic|direct)"
    assert set(re.findall(row, document, re.MULTILINE)) == functions
    indexes = {
        (index["IndexName"], *(key["AttributeName"] for key in index["KeySchema"]))
        for index in template()["Resources"]["Table"]["Properties"]["GlobalSecondaryIndexes"]
    }
    described = re.findall(r"^\| `(\w+)` \| `(\w+)` \| `(\w+)` \|", document, re.MULTILINE)
    assert set(described) == indexes


def test_the_architecture_names_every_row_with_its_attributes() -> None:
    open_request, closed = a_request(), a_request(closed_at=NOW)
    feedback = a_feedback()
    written = {
        items.CONTRACT: {
            "last_payment_at",
            "last_feedback_at",
            "last_request_id",
            "title",
            "started_at",
            "ended_at",
        },
        items.OPEN_REQUEST: items.open_request_item(open_request).keys(),
        items.CLOSED_REQUEST: items.closed_request_item(closed).keys(),
        items.FEEDBACK: items.feedback_item(feedback).keys(),
        items.DELIVERY: items.delivery_item("c-1", "r-1", an_email_report()).keys(),
    }
    for sort, attributes in written.items():
        [row] = re.findall(
            rf"^\| [^|]+ \| `{sort}(?:<[^`]+)?` \| ([^|]+) \|", text("docs/architecture.md"), re.MULTILINE
        )
        assert attributes - {"contract_id"} <= set(codes(row)), sort


def test_the_rules_name_every_rating_category() -> None:
    section = text("docs/rules.md").partition("\n## Feedback\n")[2].partition("\n## ")[0]
    assert set(Ratings.model_fields) <= set(codes(section))


def test_operations_name_every_dependency_and_every_cause() -> None:
    section = text("docs/operations.md").partition("### What a 503 says")[2].partition("\n## ")[0]
    assert {*Dependency, *Cause} <= set(codes(section))
