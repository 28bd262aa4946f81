"""Functions can share a log group, are told their log level, and all of a log can be read."""

import json
import time
from typing import Any

from tests.local.conftest import LocalCloud, eventually, function

SAYS_ITS_NAME = """
def handler(event, context):
    print(f"I am {context.function_name}")
"""
SAYS_ITS_LEVEL = """
import os


def handler(event, context):
    return os.environ.get("AWS_LAMBDA_LOG_LEVEL")
"""


def lines(cloud: LocalCloud, group: str) -> list[str]:
    pages = cloud.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    return [event["message"] for page in pages for event in page["events"]]


def test_functions_that_name_the_same_log_group_share_it(cloud: LocalCloud) -> None:
    shared: dict[str, Any] = {"LoggingConfig": {"LogFormat": "JSON", "LogGroup": {"Ref": "Logs"}}}
    functions = {name: function(SAYS_ITS_NAME, **shared) for name in ("One", "Two")}
    stack = cloud.deploy(
        {"Logs": {"Type": "AWS::Logs::LogGroup"}, **functions},
        {name: {"Ref": name} for name in ("Logs", "One", "Two")},
    )
    for name in ("One", "Two"):
        cloud.client("lambda").invoke(FunctionName=stack[name])
    wanted = {f"I am {stack['One']}", f"I am {stack['Two']}"}
    eventually(lambda: wanted <= set(lines(cloud, stack["Logs"])))


def test_a_function_is_told_its_log_level(cloud: LocalCloud) -> None:
    chosen = {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"}
    functions = {"Told": function(SAYS_ITS_LEVEL, LoggingConfig=chosen), "NotTold": function(SAYS_ITS_LEVEL)}
    stack = cloud.deploy(functions, {name: {"Ref": name} for name in functions})
    invoke = cloud.client("lambda").invoke
    levels = {name: json.loads(invoke(FunctionName=stack[name])["Payload"].read()) for name in functions}
    assert levels == {"Told": "DEBUG", "NotTold": None}


def test_a_log_group_with_more_lines_than_a_page_holds_is_read_to_its_end(cloud: LocalCloud) -> None:
    logs, now = cloud.client("logs"), int(time.time() * 1000)
    logs.create_log_group(logGroupName="long")
    logs.create_log_stream(logGroupName="long", logStreamName="one")
    written = [f"line {number}" for number in range(10_500)]
    for first in (0, 5_250):
        events = [
            {"timestamp": now + number // 3, "message": written[number]} for number in range(first, first + 5_250)
        ]
        logs.put_log_events(logGroupName="long", logStreamName="one", logEvents=events)
    assert lines(cloud, "long") == written
