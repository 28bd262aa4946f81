"""Calls reach published versions: everything calls an alias, and every change makes a version that goes live."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from samtranslator.model.preferences.deployment_preference_collection import (
    CODEDEPLOY_PREDEFINED_CONFIGURATIONS_LIST,
)

from tests.static.test_deployment import referenced
from tests.static.transformed_template import transformed, transformed_template
from tests.template import ROOT, template

type Resources = dict[str, Any]

# They are about a function, or publish it. Everything else calls it.
MAY_NAME_THE_FUNCTION = {
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Version",
    "AWS::Logs::MetricFilter",
}
# Their values do not change: SAM's roles have no name or path, and the API has no property that would replace it.
NEVER_REPLACED = {"AWS::IAM::Role", "AWS::ApiGatewayV2::Api"}
MOVED_IN_STEPS = {"RequestFunction", "SubmitFunction", "ListFunction"}


@pytest.fixture(scope="module")
def resources() -> Resources:
    found: Resources = transformed_template()["Resources"]
    return found


def of_type(resources: Resources, type_: str) -> Resources:
    return {name: resource for name, resource in resources.items() if resource["Type"] == f"AWS::{type_}"}


def functions(resources: Resources) -> Resources:
    return of_type(resources, "Lambda::Function")


def alias(function: str) -> str:
    return f"{function}Aliaslive"


def version(resources: Resources, function: str) -> str:
    """The logical id of the function's version, which is another one for another version."""
    name: str = resources[alias(function)]["Properties"]["FunctionVersion"]["Fn::GetAtt"][0]
    assert resources[name]["Type"] == "AWS::Lambda::Version"
    assert resources[name]["Properties"]["FunctionName"] == {"Ref": function}
    return name


# What is called


def test_everything_calls_the_alias(resources: Resources) -> None:
    calling = {name: found for name, found in resources.items() if found["Type"] not in MAY_NAME_THE_FUNCTION}
    assert calling.pop("TrafficShiftRole")  # changes the aliases, which belong to the functions
    named = {
        f"{name} names {function}"
        for name, found in calling.items()
        for function in functions(resources).keys() & set(referenced(found["Properties"]))
    }
    assert named == set()


def test_every_alias_is_called(resources: Resources) -> None:
    called = {name for found in resources.values() for name in referenced(found["Properties"])}
    by_operators = {alias("PrivacyFunction")}
    assert {alias(function) for function in functions(resources)} - by_operators <= called


def test_each_route_may_call_the_alias_that_it_calls(resources: Resources) -> None:
    """Lambda compares a permission with the ARN that is called. One for the function does not allow the alias."""
    paths = resources["HttpApi"]["Properties"]["Body"]["paths"].values()
    called = {name for path in paths for name in referenced(path)}
    permissions = [permission["Properties"] for permission in of_type(resources, "Lambda::Permission").values()]
    of_routes = [each for each in permissions if each["Principal"] == "apigateway.amazonaws.com"]
    assert {permission["FunctionName"]["Ref"] for permission in of_routes} == called


def test_the_topic_of_email_events_may_call_the_alias_that_is_subscribed(resources: Resources) -> None:
    subscriptions = [found["Properties"] for found in of_type(resources, "SNS::Subscription").values()]
    [subscription] = [each for each in subscriptions if each["Protocol"] == "lambda"]
    permissions = [permission["Properties"] for permission in of_type(resources, "Lambda::Permission").values()]
    [of_topic] = [each for each in permissions if each["Principal"] == "sns.amazonaws.com"]
    assert subscription["Endpoint"] == {"Ref": alias("DeliveryFunction")}
    assert of_topic["FunctionName"] == {"Ref": alias("DeliveryFunction")}
    assert of_topic["SourceArn"] == subscription["TopicArn"]


def test_failed_runs_of_the_alias_are_retried_and_reported(resources: Resources) -> None:
    configs = of_type(resources, "Lambda::EventInvokeConfig").values()
    assert {config["Properties"]["Qualifier"] for config in configs} == {"live"}
    called_asynchronously = [alias("DeliveryFunction"), alias("ExpireFunction")]
    assert sorted(name for config in configs for name in config["DependsOn"]) == called_asynchronously


def test_expiry_may_start_the_next_run_by_the_alias_only(resources: Resources) -> None:
    """`invoked_function_arn`, by which it starts the run, is what it was called by."""
    [statement] = resources["StartNextRun"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Resource"] == {"Ref": alias("ExpireFunction")}


# What makes a new version


def settings(resources: Resources) -> set[str]:
    return set(referenced(resources["FunctionSettings"]["Properties"]["Content"]))


def test_the_number_of_the_settings_is_in_each_function_and_its_version(resources: Resources) -> None:
    """In the version, so that another number replaces it. In the function, or Lambda would publish nothing new."""
    for name, function in functions(resources).items():
        variables = function["Properties"]["Environment"]["Variables"]
        assert variables["SETTINGS_VERSION"] == {"Ref": "FunctionSettings"}
        published = resources[version(resources, name)]["Properties"]
        assert set(referenced(published["Description"])) == {"FunctionSettings"}


def test_the_settings_have_all_that_functions_are_configured_with(resources: Resources) -> None:
    """Otherwise a changed parameter would change the function, but not the version that is live."""
    used = {name for function in functions(resources).values() for name in referenced(function["Properties"])}
    changing = {
        name
        for name in used & (resources.keys() | template()["Parameters"].keys())
        if resources.get(name, {}).get("Type") not in NEVER_REPLACED
    }
    chosen = {name for function in functions(resources).values() for name in choosing(function["Properties"])}
    assert chosen >= {"AppBaseUrl", "Monitoring"}
    assert changing - {"FunctionSettings"} | chosen == settings(resources)


def choosing(value: Any) -> Iterator[str]:
    """The parameters on which the conditions in a value depend."""
    match value:
        case {"Fn::If": [str(condition), *values]} | {"Condition": str(condition), **values}:
            yield from referenced(template()["Conditions"][condition])
            yield from choosing(template()["Conditions"][condition])
            yield from choosing(values)
        case dict():
            yield from choosing(list(value.values()))
        case list():
            for each in value:
                yield from choosing(each)


def test_a_function_that_changes_gets_a_new_version(resources: Resources) -> None:
    for changed in (
        transformed(code="other"),
        transformed(memory=1),
        transformed(parameters={"Tracing": "Active"}),
    ):
        for function in functions(resources):
            assert version(changed["Resources"], function) != version(resources, function)


def test_a_layer_that_changes_changes_the_settings(resources: Resources) -> None:
    """A layer's ARN ends in a number, and the settings have its ARN."""
    changed = transformed(layers={"ServiceLayer": "other"})["Resources"]
    assert settings(changed) != settings(resources)
    assert settings(changed) <= changed.keys() | template()["Parameters"].keys()


def test_nothing_that_is_deployed_anew_without_a_change_makes_a_version(resources: Resources) -> None:
    again = transformed_template()["Resources"]
    assert {version(again, function) for function in functions(again)} <= resources.keys()


# How calls move to a new version


def deployment_groups(resources: Resources) -> Iterator[tuple[str, Any]]:
    for function in functions(resources):
        if "UpdatePolicy" in resources[alias(function)]:
            policy = resources[alias(function)]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
            yield function, resources[policy["DeploymentGroupName"]["Ref"]]["Properties"]


def test_calls_of_the_api_move_in_steps_and_those_of_pages_and_workers_at_once(resources: Resources) -> None:
    assert {function for function, _ in deployment_groups(resources)} == MOVED_IN_STEPS
    for _, group in deployment_groups(resources):
        assert group["ServiceRoleArn"] == {"Fn::GetAtt": ["TrafficShiftRole", "Arn"]}
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]


def test_only_errors_of_the_version_that_is_deployed_move_its_calls_back(resources: Resources) -> None:
    """An alarm for each version: one that an earlier version raised would fail the deployment that mends it."""
    for function, group in deployment_groups(resources):
        condition, watched, not_watched = group["AlarmConfiguration"]["Fn::If"]
        assert (condition, not_watched) == ("MovesInSteps", {})
        [name] = [found["Name"]["Ref"] for found in watched["Alarms"]]
        assert resources[name]["Condition"] == condition
        alarm = resources[name]["Properties"]
        published = version(resources, function)
        assert alarm["AlarmName"]["Fn::Sub"].endswith(f"-${{{published}.Version}}")  # replaced, with a new state
        assert alarm["Dimensions"] == [
            {"Name": "FunctionName", "Value": {"Ref": function}},
            {"Name": "Resource", "Value": {"Fn::Sub": f"${{{function}}}:live"}},
            {"Name": "ExecutedVersion", "Value": {"Fn::GetAtt": [published, "Version"]}},
        ]
        assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "Errors")
        assert alarm["Period"] * alarm["EvaluationPeriods"] == 60  # the shortest canary is five minutes
        assert alarm["TreatMissingData"] == "notBreaching"


def test_codedeploy_can_move_calls_as_the_parameter_says() -> None:
    parameter = template()["Parameters"]["TrafficShift"]
    assert set(parameter["AllowedValues"]) <= set(CODEDEPLOY_PREDEFINED_CONFIGURATIONS_LIST)
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text())["prod"]["deploy"]["parameters"]
    assert "TrafficShift=Canary10Percent5Minutes" in settings["parameter_overrides"]


def test_codedeploy_may_change_the_aliases_of_these_functions_only(resources: Resources) -> None:
    role = resources["TrafficShiftRole"]["Properties"]
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "codedeploy.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert "ManagedPolicyArns" not in role
    [policy] = role["Policies"]
    moving, reading = policy["PolicyDocument"]["Statement"]
    assert set(referenced(moving["Resource"])) == MOVED_IN_STEPS
    assert (reading["Action"], reading["Resource"]) == ("cloudwatch:DescribeAlarms", "*")
    assert "CodeDeployServiceRole" not in resources  # SAM's own, which may change every alias of the account
