"""Tracing by parameter: off by default, and the permission for it comes and goes with it."""

from typing import Any

import pytest

from tests.static.transformed_template import transformed_template
from tests.template import ROOT, resources, template

FUNCTIONS = resources("AWS::Serverless::Function")


def of_functions(**parameters: str) -> list[tuple[dict[str, Any], list[Any]]]:
    """The properties of each function and the managed policies of its role."""
    found = transformed_template(**parameters)["Resources"]
    return [
        (found[name]["Properties"], found[f"{name}Role"]["Properties"]["ManagedPolicyArns"]) for name in FUNCTIONS
    ]


@pytest.mark.parametrize("parameters", [{}, {"Tracing": "Disabled"}])
def test_nothing_is_traced_by_default(parameters: dict[str, str]) -> None:
    for function, policies in of_functions(**parameters):
        assert "TracingConfig" not in function
        assert "XRAY" not in str(policies).upper()


def test_all_functions_are_traced_and_may_be_when_it_is_active() -> None:
    for function, policies in of_functions(Tracing="Active"):
        assert function["TracingConfig"] == {"Mode": {"Ref": "Tracing"}}
        assert [policy for policy in policies if "XRAY" in policy.upper()] == [
            "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"
        ]


def test_only_values_that_sam_and_lambda_know_can_be_given() -> None:
    assert template()["Parameters"]["Tracing"]["AllowedValues"] == ["Disabled", "Active"]


def test_tracing_runs_no_code_in_the_functions() -> None:
    """Lambda records the segments itself. The X-Ray SDK would cost time in every cold start."""
    installed = (ROOT / "layers/dependencies/requirements.txt").read_text()
    assert "aws-xray-sdk" not in installed
