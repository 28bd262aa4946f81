"""checkov's security rules: every finding is fixed or has a reason, and every reason still has its finding."""

import json
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Tried
from tests.static.transformed_template import transformed_template
from tests.template import ROOT, resources, template

PYTHON = ROOT / ".local/checkov/bin/python"
# checkov makes the parser of JSON paths anew for each of a hundred paths, which is half of its time.
CHECKOV = """
import sys
import ply.yacc
from checkov.main import Checkov

make, made = ply.yacc.yacc, {}

def make_once(**described):
    kind = type(described["module"])
    if kind not in made:
        made[kind] = make(**described)
    return made[kind]

ply.yacc.yacc = make_once
sys.exit(Checkov().run())
"""
SETTINGS = ROOT / ".checkov.yaml"

type Finding = tuple[str, str]  # rule and resource


def skipped_everywhere() -> list[str]:
    skipped: list[str] = yaml.safe_load(SETTINGS.read_text())["skip-check"]
    return skipped


def skipped_in_one_place() -> dict[Finding, str]:
    """The skips in the Metadata of resources, with their reasons."""
    return {
        (skip["id"], name): skip["comment"]
        for name, resource in template()["Resources"].items()
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    }


def without_skips(transformed: dict[str, Any]) -> dict[str, Any]:
    for resource in transformed["Resources"].values():
        resource.get("Metadata", {}).pop("checkov", None)
    return transformed


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All findings, also those with a reason: checkov runs in another folder, where it finds no settings."""
    folder = tmp_path_factory.mktemp("checkov")
    (folder / "processed.json").write_text(json.dumps(without_skips(transformed_template())))
    scan = ["--file", "processed.json", "--framework", "cloudformation", "--skip-download"]
    report = ["--output", "json", "--compact", "--soft-fail"]
    command: list[str | Path] = [PYTHON, "-W", "ignore::SyntaxWarning", "-c", CHECKOV, *scan, *report]
    run = subprocess.run(command, cwd=folder, capture_output=True, check=True)  # noqa: S603
    scanned: dict[str, Any] = json.loads(run.stdout)
    return scanned


@pytest.fixture(scope="module")
def findings(report: dict[str, Any]) -> set[Finding]:
    failed = report["results"]["failed_checks"]
    return {(found["check_id"], found["resource"].rpartition(".")[2]) for found in failed}


def test_every_finding_is_fixed_or_has_a_reason(
    report: dict[str, Any], findings: set[Finding], tried: Tried
) -> None:
    excused = {(rule, name) for rule, name in findings if rule in skipped_everywhere()}
    assert findings - excused - skipped_in_one_place().keys() == set()
    assert report["summary"]["parsing_errors"] == 0
    tried("security rules on the template, each on one resource", sum(_outcomes(report).values()))
    tried("security rules on the template, not followed for a reason", len(findings))


def test_the_scan_includes_the_roles_that_sam_creates(report: dict[str, Any]) -> None:
    checked_resources = {checked["resource"].rpartition(".")[2] for checked in report["results"]["passed_checks"]}
    assert checked_resources >= {f"{function}Role" for function in resources("AWS::Serverless::Function")}
    assert _outcomes(report)["passed_checks"] > 100


def test_no_reason_outlives_its_finding(findings: set[Finding]) -> None:
    assert set(skipped_everywhere()) <= {rule for rule, _ in findings}
    assert skipped_in_one_place().keys() <= findings


@pytest.mark.parametrize("rule", skipped_everywhere())
def test_every_rule_skipped_everywhere_has_its_reason_above_it(rule: str) -> None:
    [reason] = re.findall(rf"((?:^  # .*\n)+)  - {rule}$", SETTINGS.read_text(), re.MULTILINE)
    assert len(reason.split()) >= 15


@pytest.mark.parametrize("finding", skipped_in_one_place())
def test_every_rule_skipped_in_one_place_has_its_reason_beside_it(finding: Finding) -> None:
    assert len(skipped_in_one_place()[finding].split()) >= 8


# Facts that some of those reasons rely on and no other test checks


def test_the_api_has_throttling_limits() -> None:
    settings = template()["Resources"]["HttpApi"]["Properties"]["DefaultRouteSettings"]
    assert settings["ThrottlingRateLimit"] == {"Ref": "ApiRateLimit"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "ApiBurstLimit"}
    for limit in ("ApiRateLimit", "ApiBurstLimit"):
        assert template()["Parameters"][limit]["MinValue"] > 0


def test_no_environment_variable_or_parameter_holds_a_secret() -> None:
    text = Path(ROOT / "template.yaml").read_text()
    assert "{{resolve:" not in text
    assert "NoEcho" not in text


@pytest.mark.parametrize("name", resources("AWS::DynamoDB::Table"))
def test_every_table_is_encrypted(name: str) -> None:
    assert resources("AWS::DynamoDB::Table")[name]["Properties"]["SSESpecification"] == {"SSEEnabled": True}


def _outcomes(report: dict[str, Any]) -> Counter[str]:
    return Counter({outcome: len(checks) for outcome, checks in report["results"].items()})
