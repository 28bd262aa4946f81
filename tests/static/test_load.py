"""What keeps one kind of load from stopping another, in the template as CloudFormation gets it."""

from typing import Any

import pytest

from tests.static.transformed_template import transformed_template
from tests.template import template

ANYBODY_MAY_READ = {
    "$default",
    "GET /app/{proxy+}",
    "HEAD /app/{proxy+}",
    "GET /feedback-links/{token}",
    "HEAD /feedback-links/{token}",
    "GET /email-preferences/{token}",
    "HEAD /email-preferences/{token}",
    "GET /freelancers/{freelancer_id}/work-history",
    "HEAD /freelancers/{freelancer_id}/work-history",
    "GET /freelancers/{freelancer_id}/feedback-summary",
    "HEAD /freelancers/{freelancer_id}/feedback-summary",
}
FREE_OF_CHARGE = {"DetailedMetrics": "false", "ReadConcurrency": 0, "WarmWriteUnits": 0, "LogLevel": "INFO"}


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    found: dict[str, Any] = transformed_template()["Resources"]
    return found


@pytest.fixture(scope="module")
def stage(resources: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = resources["HttpApiApiGatewayDefaultStage"]["Properties"]
    return found


def routes(resources: dict[str, Any]) -> set[str]:
    """The route keys of what API Gateway imports."""
    return {
        "$default" if "isDefaultRoute" in str(methods) else f"{method.upper()} {path}"
        for path, methods in resources["HttpApi"]["Properties"]["Body"]["paths"].items()
        for method in methods
    }


def test_public_reads_and_pages_share_their_limit_with_no_other_route(
    resources: dict[str, Any], stage: dict[str, Any]
) -> None:
    """A route that does not exist would make the deployment fail."""
    assert stage["RouteSettings"].keys() == routes(resources) - ANYBODY_MAY_READ
    assert routes(resources) >= ANYBODY_MAY_READ
    assert stage["DefaultRouteSettings"] == {
        "DetailedMetricsEnabled": {"Ref": "DetailedMetrics"},
        "ThrottlingRateLimit": {"Ref": "ApiRateLimit"},
        "ThrottlingBurstLimit": {"Ref": "ApiBurstLimit"},
    }


def test_the_settings_of_a_route_are_complete_and_literal(stage: dict[str, Any]) -> None:
    """They replace the default settings as a whole. They are JSON, in which a parameter would be a string."""
    assert stage["RouteSettings"]
    for route, settings in stage["RouteSettings"].items():
        assert settings == {
            "ThrottlingRateLimit": 500,
            "ThrottlingBurstLimit": 1000,
            "DetailedMetricsEnabled": {"Fn::If": ["CountByRoute", True, False]},
        }, route


def test_only_functions_that_anybody_can_invoke_are_capped_and_only_by_parameter(
    resources: dict[str, Any],
) -> None:
    """A new account has a concurrency of 10 and cannot reserve any."""
    reserved = {
        name: resource["Properties"]["ReservedConcurrentExecutions"]
        for name, resource in resources.items()
        if "ReservedConcurrentExecutions" in resource["Properties"]
    }
    by_parameter = {"Fn::If": ["LimitReads", {"Ref": "ReadConcurrency"}, {"Ref": "AWS::NoValue"}]}
    assert reserved == {"ListFunction": by_parameter, "WebFunction": by_parameter}


def test_removed_requests_are_recorded_as_fast_as_a_partition_can_delete_them(resources: dict[str, Any]) -> None:
    """1,000 deletions per second in a partition, at 5 ms each. E-mails are sent at the pace that SES allows."""
    factors = {
        name: resource["Properties"]["ParallelizationFactor"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Lambda::EventSourceMapping" and "StartingPosition" in resource["Properties"]
    }
    assert factors == {"ExpireFunctionRemovals": 5, "NotifyFunctionChanges": 1}


def test_the_table_and_each_index_are_warmed_together_and_only_by_parameter(resources: dict[str, Any]) -> None:
    """Each write goes to the table and to its indexes: the coldest of them would throttle it."""
    table = resources["Table"]["Properties"]
    warm = {"WriteUnitsPerSecond": {"Ref": "WarmWriteUnits"}}
    for part in (table, *table["GlobalSecondaryIndexes"]):
        assert part["WarmThroughput"] == {"Fn::If": ["WarmUp", warm, {"Ref": "AWS::NoValue"}]}


def test_lambda_logs_runs_that_fail_and_others_only_if_everything_is_logged(resources: dict[str, Any]) -> None:
    functions = [found for found in resources.values() if found["Type"] == "AWS::Lambda::Function"]
    assert len(functions) == 10
    for function in functions:
        assert function["Properties"]["LoggingConfig"] == {
            "LogFormat": "JSON",
            "LogGroup": {"Ref": "FunctionsLogGroup"},
            "ApplicationLogLevel": {"Ref": "LogLevel"},
            "SystemLogLevel": {"Fn::If": ["LogEverything", "INFO", "WARN"]},
        }


def test_what_costs_extra_is_off_unless_it_is_asked_for() -> None:
    parameters, conditions = template()["Parameters"], template()["Conditions"]
    assert {name: parameters[name]["Default"] for name in FREE_OF_CHARGE} == FREE_OF_CHARGE
    for condition, parameter in (("LimitReads", "ReadConcurrency"), ("WarmUp", "WarmWriteUnits")):
        assert conditions[condition] == {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, "0"]}]}
    for condition, parameter, on in (
        ("CountByRoute", "DetailedMetrics", "true"),
        ("LogEverything", "LogLevel", "DEBUG"),
    ):
        assert conditions[condition] == {"Fn::Equals": [{"Ref": parameter}, on]}
