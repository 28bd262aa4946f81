"""What a deployment must not break or delete, in the template as CloudFormation gets it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.static.transformed_template import transformed_template

# They change nothing that calls or messages depend on, or they cannot fail without a resource that they belong to.
MAY_FOLLOW_THE_FLAGS = {
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Permission",
    "AWS::Logs::MetricFilter",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
}
STACK_NAME, STACK_ID = "s" * 128, "arn:aws:cloudformation:eu-west-1:123456789012:stack/name/" + "0" * 36
# Of names that contain the stack's, by the limits of their services.
LONGEST_NAMES = {
    ("AWS::AppConfig::Application", "Name"): 64,
    ("AWS::AppConfig::DeploymentStrategy", "Name"): 64,
    ("AWS::CloudWatch::Dashboard", "DashboardName"): 255,
    ("AWS::Events::EventBus", "Name"): 256,
    ("AWS::Logs::LogGroup", "LogGroupName"): 512,
}


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    found: dict[str, Any] = transformed_template()["Resources"]
    return found


def referenced(value: Any) -> Iterator[str]:
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": str(text) | [str(text), *_], **_others}:
            yield from re.findall(r"\${(\w+)", text)
            yield from referenced(value["Fn::Sub"])
        case dict():
            for each in value.values():
                yield from referenced(each)
        case list():
            for each in value:
                yield from referenced(each)


def deployed_before(name: str, resources: dict[str, Any]) -> set[str]:
    """The resources that CloudFormation finishes before it begins with this one."""
    before: set[str] = set()
    waiting = [name]
    while waiting:
        resource = resources[waiting.pop()]
        listed = resource.get("DependsOn", [])
        depends_on = {listed} if isinstance(listed, str) else set(listed)
        implied = referenced([resource["Properties"], resource.get("Metadata")])
        named = {*implied, *depends_on}
        new = named & resources.keys() - before
        before |= new
        waiting += new
    return before


def test_an_api_that_would_lose_routes_is_not_deployed(resources: dict[str, Any]) -> None:
    """API Gateway leaves out the routes whose issuer it cannot reach, and reports that as a warning only."""
    api = resources["HttpApi"]["Properties"]
    assert api["FailOnWarnings"] is True
    assert "$default" not in api["Body"]["paths"]  # would be a warning
    [default] = [path for path, methods in api["Body"]["paths"].items() if "isDefaultRoute" in str(methods)]
    assert default == "/$default"


def test_the_flags_go_live_after_everything_else(resources: dict[str, Any]) -> None:
    before = deployed_before("RolloutDeployment", resources)
    after = {name for name, found in resources.items() if found["Type"] not in MAY_FOLLOW_THE_FLAGS} - before
    assert after == {"RolloutDeployment"}


def test_a_deployment_deletes_no_data(resources: dict[str, Any]) -> None:
    table, pool = resources["Table"], resources["UserPool"]
    assert table["Properties"]["DeletionProtectionEnabled"] is True
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert (pool["DeletionPolicy"], pool["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_no_deployment_deletes_the_identity_that_permits_sending(resources: dict[str, Any]) -> None:
    """Nothing could be sent until people confirm another one."""
    identities = [found for found in resources.values() if found["Type"] == "AWS::SES::EmailIdentity"]
    assert len(identities) == 2
    for identity in identities:
        assert identity["UpdateReplacePolicy"] == "Retain"
        assert identity["DeletionPolicy"] == "RetainExceptOnCreate"


def test_a_name_fits_whatever_the_stack_is_called(resources: dict[str, Any]) -> None:
    named = [
        (resource["Type"], name, rendered(value))
        for resource in resources.values()
        for name, value in resource["Properties"].items()
        if name.endswith("Name") and "AWS::Stack" in str(value)
    ]
    assert {(type_, name) for type_, name, _ in named} == LONGEST_NAMES.keys()
    assert [name for *place, name in named if len(name) > LONGEST_NAMES[place[0], place[1]]] == []


def test_schedules_of_two_stacks_do_not_have_the_same_name(resources: dict[str, Any]) -> None:
    """SAM's name would be the logical id. Without a name, CloudFormation makes one that fits."""
    assert "Name" not in resources["ExpireFunctionSchedule"]["Properties"]


def rendered(name: Any) -> str:
    match name:
        case {"Fn::Sub": [str(text), {"Id": {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}}]}:
            return text.replace("${Id}", STACK_ID.split("/")[2])
        case {"Fn::Sub": str(text)}:
            return text.replace("${AWS::StackName}", STACK_NAME)
        case unexpected:
            pytest.fail(f"a name of an unknown form: {unexpected}")
