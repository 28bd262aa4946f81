"""The folders of the package are its layers: imports point down only, and `domain` is a functional core."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.template import ROOT

PACKAGE = ROOT / "layers" / "mid_job_feedback" / "mid_job_feedback"
# What a folder may import of the package, besides itself. "" stands for the modules at the root of the package.
MAY_IMPORT = {
    "domain": set[str](),
    "storage": {"domain", ""},
    "messaging": {"storage", "domain", ""},
    "http": {"domain", ""},
    "workers": {"messaging", "storage", "domain", ""},
    "": {"domain"},
}
# What the operator's tool uses of the package: rules, and how rows, records and flags are read. Nothing that acts.
TOOL_MAY_IMPORT = {
    *("clock", "idempotency_keys", "messaging.news", "rollout"),
    *("storage.items", "storage.people", "storage.row_changes", "storage.store", "storage.torn_reads"),
}
DOMAIN_MAY_IMPORT = {"pydantic", "email_validator", "babel", "tzdata"}
DOMAIN_MAY_NOT_KNOW = {"os", "time", "random", "logging", "socket", "secrets", "uuid"}
CATCH_ALLS = {"utils", "util", "helpers", "helper", "common", "shared", "misc", "base"}
_CLASSES_OF_CLOSED_SETS = {  # of the announcements and the contract events
    "RequestOpened",
    "RequestReminder",
    "RequestUndeliverable",
    "FeedbackProvided",
    "RequestExpired",
    "RequestClosed",
    "RequestDeclined",
    "RequestWithdrawn",
    "FeedbackCorrected",
    "FeedbackReplied",
    "FeedbackReported",
    "FeedbackDecided",
    "ReportDecided",
    "announcements.RequestOpened",
    "announcements.RequestReminder",
    "announcements.RequestUndeliverable",
    "announcements.FeedbackProvided",
    "announcements.RequestExpired",
    "announcements.RequestClosed",
    "announcements.RequestDeclined",
    "announcements.RequestWithdrawn",
    "announcements.FeedbackCorrected",
    "announcements.FeedbackReplied",
    "announcements.FeedbackReported",
    "announcements.FeedbackDecided",
    "announcements.ReportDecided",
    "events.ContractStarted",
    "events.PaymentMade",
    "events.ContractEnded",
    "events.EndOfContractFeedbackProvided",
}
HANDLERS = sorted((ROOT / "functions").glob("*/app.py"))
MODULES = sorted(PACKAGE.rglob("*.py"))
TOOL = sorted((ROOT / "cli").rglob("*.py"))
DOMAIN = sorted((PACKAGE / "domain").glob("*.py"))


def name_of(path: Path) -> str:
    """`…/domain/models.py` is `domain.models`."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def folder_of(module: str) -> str:
    return module.rpartition(".")[0]


NAMES = {name_of(path) for path in MODULES}


def imports(path: Path) -> Iterator[str]:
    """Full names of what a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_modules(path: Path) -> set[str]:
    """Modules of the package that a module imports: from `mid_job_feedback.domain.models.Id`, `domain.models`."""
    found = {
        name.removeprefix("mid_job_feedback.") for name in imports(path) if name.startswith("mid_job_feedback.")
    }
    return {name if name in NAMES else folder_of(name) for name in found} & NAMES


def test_every_folder_has_its_place_among_the_layers() -> None:
    assert {folder_of(name_of(path)) for path in MODULES} == MAY_IMPORT.keys()
    assert [path.parent.name for path in HANDLERS] == [
        "delivery",
        "expire",
        "ingest",
        "list",
        "moderate",
        "notify",
        "privacy",
        "request",
        "submit",
        "web",
    ]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_from_its_own_folder_and_from_those_below(path: Path) -> None:
    folder = folder_of(name_of(path))
    assert {folder_of(name) for name in imported_modules(path)} <= MAY_IMPORT[folder] | {folder}
    assert not [name for name in imports(path) if name.startswith("functions")]


@pytest.mark.parametrize("path", TOOL, ids=lambda path: path.stem)
def test_the_tool_for_operators_uses_the_rules_and_acts_through_the_service(path: Path) -> None:
    used = {name for name in imported_modules(path) if folder_of(name) != "domain"}
    assert used <= TOOL_MAY_IMPORT
    roots = {name.partition(".")[0] for name in imports(path)}
    assert not roots & {"local", "functions", "tests", "bench"}


def test_only_the_console_uses_the_tool_for_operators() -> None:
    """Both are for people, and say the same of a contract. Programs call the API, and read queues themselves."""
    others = [
        path for top in ("layers", "functions", "web", "local", "bench") for path in (ROOT / top).rglob("*.py")
    ]
    using = [path for path in others if any(name.partition(".")[0] == "cli" for name in imports(path))]
    assert {path.parent for path in using} == {ROOT / "local/console"}


@pytest.mark.parametrize("path", DOMAIN, ids=name_of)
def test_the_domain_imports_the_standard_library_and_packages_that_compute_only(path: Path) -> None:
    outside = {found.partition(".")[0] for found in imports(path)} - {"mid_job_feedback"}
    assert outside - set(sys.stdlib_module_names) <= DOMAIN_MAY_IMPORT
    assert not outside & DOMAIN_MAY_NOT_KNOW


@pytest.mark.parametrize("path", DOMAIN, ids=name_of)
def test_the_domain_is_told_the_time(path: Path) -> None:
    called = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not called & {"now", "utcnow", "today"}


def test_modules_do_not_import_each_other_in_circles() -> None:
    above = {name_of(path): imported_modules(path) - {name_of(path)} for path in MODULES}
    while above:
        free = {name for name, needs in above.items() if not needs & above.keys()}
        assert free, f"circle among {sorted(above)}"
        above = {name: needs for name, needs in above.items() if name not in free}


def test_only_notify_loads_the_texts_of_messages() -> None:
    """Babel takes a cold start some 20 ms, and a language another 20."""
    needs = {name_of(path): imported_modules(path) for path in MODULES}
    loading = {"domain.wording"}
    while more := {name for name, needed in needs.items() if needed & loading} - loading:
        loading |= more
    assert [path.parent.name for path in HANDLERS if imported_modules(path) & loading] == ["notify"]


@pytest.mark.parametrize("path", HANDLERS, ids=lambda path: path.parent.name)
def test_a_handler_only_wires(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    assert not [node for node in nodes if isinstance(node, (ast.If, ast.Try, ast.For, ast.While))]
    assert not [name for name in imports(path) if name.partition(".")[0] in {"boto3", "botocore", "functions"}]
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    routes = [node for node in functions if "app." in "".join(map(ast.unparse, node.decorator_list))]
    assert all((node.end_lineno or 0) - node.lineno < 25 for node in functions)
    assert len(path.read_text().splitlines()) <= 40 + 12 * max(len(routes), 2)


@pytest.mark.parametrize("path", HANDLERS, ids=lambda path: path.parent.name)
def test_a_handler_imports_the_package_before_anything_large(path: Path) -> None:
    """The package's `__init__` sets up garbage collection; what is imported before it slows a cold start."""
    roots = {name.partition(".")[0] for name in imports(path)}
    assert roots - set(sys.stdlib_module_names) == {"mid_job_feedback"}


@pytest.mark.parametrize("path", [*MODULES, *HANDLERS, *TOOL], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_match_over_a_closed_set_ends_in_assert_never(path: Path) -> None:
    """Then mypy reports a new member where it was forgotten. Other matches are over text or JSON from outside."""
    for match in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Match)):
        if any(_names_a_member(case.pattern) for case in match.cases):
            assert ast.unparse(match.cases[-1]).endswith("assert_never(unexpected)"), f"{path}:{match.lineno}"


def _names_a_member(pattern: ast.pattern) -> bool:
    """Whether a pattern names a member of an enum, such as `RequestStatus.PENDING`, or a class of the above."""
    return any(
        (isinstance(node, ast.MatchValue) and isinstance(node.value, ast.Attribute))
        or (isinstance(node, ast.MatchClass) and ast.unparse(node.cls) in _CLASSES_OF_CLOSED_SETS)
        for node in ast.walk(pattern)
    )


@pytest.mark.parametrize("path", [*MODULES, *HANDLERS, *TOOL], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_module_is_named_after_what_it_knows(path: Path) -> None:
    assert path.stem not in CATCH_ALLS
