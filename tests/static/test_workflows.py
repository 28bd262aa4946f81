"""The workflows of GitHub Actions are valid, safe and pinned; what they run exists and does what it says."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml

from local import release
from local.errors import LocalError
from tests.conftest import Tried
from tests.template import ROOT

PROGRAMS = ROOT / ".local/workflows/bin"
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
SCRIPTS = sorted((ROOT / ".ci").iterdir())

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text())["jobs"]
    return found


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path).values() for step in job["steps"]]


def commands() -> str:
    return "\n".join(step["run"] for path in WORKFLOWS for step in steps(path) if "run" in step)


def said_by(program: str, *arguments: str | Path) -> str:
    """What a program says, if it finds something."""
    done = subprocess.run([PROGRAMS / program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


def test_zizmor_finds_nothing_unsafe_even_as_an_auditor() -> None:
    """Injection, credentials that stay on disk, too many permissions, actions that are not pinned, and more."""
    assert (
        said_by("zizmor", "--offline", "--no-config", "--persona=auditor", "--strict-collection", ".github") == ""
    )


@pytest.mark.parametrize(
    ("files", "schema"),
    [(WORKFLOWS, "github-workflows"), ([ROOT / ".github/dependabot.yml"], "dependabot")],
    ids=["workflows", "dependabot"],
)
def test_the_files_have_the_form_that_github_expects(files: list[Path], schema: str) -> None:
    assert said_by("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files) == ""


def test_shellcheck_finds_nothing_in_scripts_and_steps(tmp_path: Path, tried: Tried) -> None:
    written = []
    for path in WORKFLOWS:
        for number, step in enumerate(step for step in steps(path) if "run" in step):
            script = tmp_path / f"{path.stem}-{number}"
            script.write_text(f"#!/usr/bin/env bash\nset -e\n{step['run']}")
            written.append(script)
    assert said_by("shellcheck", *SCRIPTS, *written) == ""
    tried("scripts and steps of workflows", len(SCRIPTS) + len(written))


@every_workflow
def test_a_job_has_only_the_permissions_that_it_names_and_ends_by_itself(path: Path) -> None:
    assert yaml.safe_load(path.read_text())["permissions"] == {}
    for job in jobs(path).values():
        assert job["permissions"]
        assert job["timeout-minutes"] <= 90


@every_workflow
def test_every_action_is_pinned_by_its_commit_with_the_version_beside_it(path: Path) -> None:
    used = re.findall(r"uses: (.+)$", path.read_text(), re.MULTILINE)
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make ([a-z]+)", commands()))))
def test_every_make_target_that_a_step_runs_exists(target: str) -> None:
    dry_run = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=False)  # noqa: S603, S607
    assert dry_run.returncode == 0, dry_run.stderr.decode()


def test_every_script_that_a_step_runs_exists_and_can_be_run() -> None:
    named = set(re.findall(r"\.ci/[\w-]+", commands()))
    assert {".ci/run", ".ci/delete-stack"} <= named
    assert [name for name in named if not (ROOT / name).stat().st_mode & 0o100] == []


def test_the_nightly_deployment_waits_for_its_variable_and_always_deletes() -> None:
    [job] = jobs(ROOT / ".github/workflows/nightly.yml").values()
    assert job["if"] == "vars.AWS_ROLE_ARN != ''"
    last = job["steps"][-1]
    assert (last["if"], last["run"]) == ("always()", '.ci/delete-stack "$STACK"')


# Deletion


AWS = """#!/usr/bin/env bash
echo "aws $*" >> calls
case "$*" in
  *describe-stacks*) if [ -n "$ERROR" ]; then echo "$ERROR" >&2; exit 254; else echo arn:stack; fi ;;
  *"DELETE_COMPLETE"*) printf 'AWS::DynamoDB::Table\\tfeedback\\n' ;;
  *"DELETE_SKIPPED"*) printf '%s\\n' "$KEPT" ;;
  *describe-table*) echo "$PROTECTED" ;;
esac
"""


def deleted(folder: Path, kept: str = "", protected: str = "False", error: str = "") -> tuple[int, list[str]]:
    """The exit code of the script, and the calls of `aws` and `sam` that change something."""
    for name, text in (("aws", AWS), ("sam", '#!/usr/bin/env bash\necho "sam $*" >> calls\n')):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    done = subprocess.run(  # noqa: S603
        [ROOT / ".ci/delete-stack", "nightly"],
        cwd=folder,
        env={"PATH": f"{folder}:/usr/bin:/bin", "KEPT": kept, "PROTECTED": protected, "ERROR": error},
        capture_output=True,
        check=False,
    )
    calls = (folder / "calls").read_text().splitlines()
    return done.returncode, [call for call in calls if not re.match(r"aws \S+ (describe|list|wait)", call)]


def test_deleting_a_stack_also_deletes_what_cloudformation_keeps(tmp_path: Path) -> None:
    code, calls = deleted(tmp_path, "AWS::DynamoDB::Table\tfeedback\nAWS::Cognito::UserPool\tpool")
    assert code == 0
    assert calls == [
        "sam delete --stack-name nightly --no-prompts",
        "aws dynamodb delete-table --table-name feedback",
        "aws cognito-idp delete-user-pool --user-pool-id pool",
    ]


def test_deleting_a_stack_takes_the_protection_from_its_tables_first(tmp_path: Path) -> None:
    _, calls = deleted(tmp_path, "AWS::DynamoDB::Table\tfeedback", protected="True")
    assert calls[0] == "aws dynamodb update-table --table-name feedback --no-deletion-protection-enabled"


def test_there_is_nothing_to_delete_without_a_stack(tmp_path: Path) -> None:
    assert deleted(tmp_path, error="Stack with id nightly does not exist") == (0, [])


def test_deleting_a_stack_fails_if_nobody_can_tell_whether_there_is_one(tmp_path: Path) -> None:
    assert deleted(tmp_path, error="The security token included in the request is expired") == (1, [])


def test_deleting_a_stack_fails_if_something_is_kept_that_it_does_not_know(tmp_path: Path) -> None:
    code, _ = deleted(tmp_path, "AWS::S3::Bucket\tpages")
    assert code == 1


# Releases


CHANGELOG = """# Changelog

## [Unreleased]

- new

## [1.2.3] - 2026-12-01

- this

## [1.2.2] - 2026-11-30

- old
"""


def test_the_notes_of_a_release_are_its_section_of_the_changelog() -> None:
    assert release.notes("v1.2.3", "1.2.3", CHANGELOG) == "- this\n"


def test_a_release_of_an_api_with_which_no_later_one_would_be_compared_is_refused() -> None:
    release.require_known_api("{}", "{}")
    with pytest.raises(LocalError, match="is not the API of this release"):
        release.require_known_api('{"openapi": "3.1.0"}', "{}")


def test_a_release_of_schemas_with_which_no_later_one_would_be_compared_is_refused(tmp_path: Path) -> None:
    release.require_known_schemas(ROOT / "events/schemas")
    shutil.copytree(ROOT / "events/schemas", tmp_path, dirs_exist_ok=True)
    (tmp_path / "domain-events/FeedbackProvided.v2.json").write_text("{}")
    with pytest.raises(LocalError, match="make schemas RELEASE=1"):
        release.require_known_schemas(tmp_path)


@pytest.mark.parametrize(
    ("tag", "version", "missing"),
    [
        ("v1.2.4", "1.2.3", "pyproject.toml"),
        ("1.2.3", "1.2.3", "pyproject.toml"),
        ("v1.2.4", "1.2.4", "CHANGELOG.md"),
    ],
    ids=["another version", "no v", "not in the changelog"],
)
def test_a_release_of_another_version_or_without_notes_is_refused(tag: str, version: str, missing: str) -> None:
    with pytest.raises(LocalError, match=missing):
        release.notes(tag, version, CHANGELOG)


def test_the_archive_of_a_stack_has_every_file_and_always_the_same_bytes(tmp_path: Path) -> None:
    built = tmp_path / "built"
    (built / "functions").mkdir(parents=True)
    (built / "template.yaml").write_text("Resources: {}")
    (built / "functions/app.py").write_text("")
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    release.zip_folder(built, first)
    (built / "template.yaml").touch()
    release.zip_folder(built, second)
    assert first.read_bytes() == second.read_bytes()
    assert ZipFile(first).namelist() == ["functions/app.py", "template.yaml"]
