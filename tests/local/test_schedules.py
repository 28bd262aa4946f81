"""A schedule of the template runs its function. One minute of the local cloud takes a second here."""

import json
import time
from pathlib import Path
from typing import Any

from tests.local.conftest import MINUTE_SECONDS, LocalCloud, eventually, function

COUNTING_HANDLER = """
import os
def handler(event, context):
    with open(os.environ["SEEN"], "a") as seen:
        print(event["source"], file=seen)
"""
FAILING_HANDLER = """
def handler(event, context):
    raise ValueError("not today")
"""


def every_minute(name: str) -> dict[str, Any]:
    properties = {"Name": name, "ScheduleExpression": "rate(1 minute)"}
    return {"Schedule": {"Type": "ScheduleV2", "Properties": properties}}


def test_a_function_runs_at_the_rate_of_its_schedule(cloud: LocalCloud, tmp_path: Path) -> None:
    log = tmp_path / "seen"
    log.touch()
    variables = {"Variables": {"SEEN": str(log)}}
    cloud.deploy(
        {"Counter": function(COUNTING_HANDLER, Environment=variables, Events=every_minute("counter"))}, {}
    )
    since = time.monotonic()
    eventually(lambda: log.read_text().count("aws.scheduler\n") >= 2, seconds=15)
    assert time.monotonic() - since > MINUTE_SECONDS


def test_a_failed_run_goes_to_the_failure_destination(cloud: LocalCloud) -> None:
    destination = {"OnFailure": {"Type": "SQS", "Destination": {"Fn::GetAtt": "Failures.Arn"}}}
    config = {"MaximumRetryAttempts": 0, "DestinationConfig": destination}
    stack = cloud.deploy(
        {
            "Failures": {"Type": "AWS::SQS::Queue"},
            "Failing": function(FAILING_HANDLER, Events=every_minute("failing"), EventInvokeConfig=config),
        },
        {"Failures": {"Ref": "Failures"}},
    )
    sqs = cloud.client("sqs")
    messages = eventually(lambda: sqs.receive_message(QueueUrl=stack["Failures"]).get("Messages"))
    report = json.loads(messages[0]["Body"])
    assert report["requestPayload"]["source"] == "aws.scheduler"
    assert report["responsePayload"]["errorMessage"] == "not today"
