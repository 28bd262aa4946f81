"""Calls by an alias run the version that it points to: its code, its settings and its EventInvokeConfig."""

import json
from typing import Any

from tests.local.conftest import LocalCloud, eventually, function

DESCRIBING_HANDLER = """
import os, boto3
def handler(event, context):
    seen = [os.environ["SETTING"], context.invoked_function_arn.rpartition(":")[2]]
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=" ".join(seen))
    return seen
"""
FAILING_HANDLER = """
def handler(event, context):
    raise ValueError("not today")
"""


def resource(type_: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{type_}", "Properties": properties}


def speaker() -> dict[str, Any]:
    """A function that says which setting it has and by which alias it was called, and what belongs to it.

    The setting is a parameter of the stack. As in our own template, it makes a configuration version, whose number
    is in the description of the function's version.
    """
    return {
        "Asked": resource("SQS::Queue"),
        "Said": resource("SQS::Queue"),
        "Application": resource("AppConfig::Application", Name={"Ref": "AWS::StackName"}),
        "Profile": resource(
            "AppConfig::ConfigurationProfile",
            ApplicationId={"Ref": "Application"},
            Name="settings",
            LocationUri="hosted",
        ),
        "Settings": resource(
            "AppConfig::HostedConfigurationVersion",
            ApplicationId={"Ref": "Application"},
            ConfigurationProfileId={"Ref": "Profile"},
            ContentType="text/plain",
            Content={"Ref": "Setting"},
        ),
        "Speaker": function(
            DESCRIBING_HANDLER,
            AutoPublishAlias="live",
            AutoPublishAliasAllProperties=True,
            VersionDescription={"Fn::Sub": "Settings ${Settings}"},
            DeploymentPreference={"Type": "Canary10Percent5Minutes"},
            Environment={"Variables": {"SETTING": {"Ref": "Setting"}, "QUEUE": {"Ref": "Said"}}},
            Events={"Queue": {"Type": "SQS", "Properties": {"Queue": {"Fn::GetAtt": "Asked.Arn"}}}},
        ),
    }


def said(cloud: LocalCloud, queue: str) -> str:
    [message] = eventually(lambda: cloud.client("sqs").receive_message(QueueUrl=queue).get("Messages"))
    cloud.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    body: str = message["Body"]
    return body


def test_every_source_calls_the_published_version_by_the_alias(cloud: LocalCloud) -> None:
    outputs = {name: {"Ref": name} for name in ("Asked", "Said", "Speaker")}
    stack = cloud.deploy(speaker(), outputs, Setting="old")
    functions, sqs = cloud.client("lambda"), cloud.client("sqs")

    def answer(qualifier: str) -> Any:
        invoked = functions.invoke(FunctionName=f"{stack['Speaker']}{qualifier}")
        said(cloud, stack["Said"])
        return json.loads(invoked["Payload"].read())

    # What is not published is not live, whatever the source.
    configuration = functions.get_function_configuration(FunctionName=stack["Speaker"])["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=stack["Speaker"], Environment={"Variables": {**configuration, "SETTING": "half deployed"}}
    )
    assert answer("") == ["half deployed", stack["Speaker"]]
    assert answer(":live") == ["old", "live"]
    sqs.send_message(QueueUrl=stack["Asked"], MessageBody="?")
    assert said(cloud, stack["Said"]) == "old live"

    # A parameter that is changed by a deployment is live afterwards.
    cloud.deploy(speaker(), outputs, name=stack["StackName"], Setting="new")
    assert answer(":live") == ["new", "live"]
    sqs.send_message(QueueUrl=stack["Asked"], MessageBody="?")
    assert said(cloud, stack["Said"]) == "new live"


def test_asynchronous_calls_of_an_alias_follow_its_configuration(cloud: LocalCloud) -> None:
    destination = {"OnFailure": {"Type": "SQS", "Destination": {"Fn::GetAtt": "Failures.Arn"}}}
    config = {"MaximumRetryAttempts": 0, "DestinationConfig": destination}
    stack = cloud.deploy(
        {
            "Failures": {"Type": "AWS::SQS::Queue"},
            "Failing": function(FAILING_HANDLER, AutoPublishAlias="live", EventInvokeConfig=config),
        },
        {"Failures": {"Ref": "Failures"}, "Failing": {"Ref": "Failing"}},
    )
    cloud.client("lambda").invoke(FunctionName=f"{stack['Failing']}:live", InvocationType="Event")
    report = json.loads(said(cloud, stack["Failures"]))
    assert report["responsePayload"]["errorMessage"] == "not today"
