"""Whether the stack's alarms reach the people on call."""

from collections.abc import Iterator
from itertools import batched
from typing import Any, Final

from cli.smoke.check import Check

NAMES_PER_CALL: Final = 100
ALARM_TYPES: Final = {"AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"}


def checks(cloudformation: Any, cloudwatch: Any, stack: str, topic: str) -> Iterator[Check]:
    """That every alarm of the stack notifies `topic`, the ARN of the topic for the people on call."""
    silent = [
        alarm["AlarmName"]
        for alarm in _alarms(cloudformation, cloudwatch, stack)
        if not (alarm["ActionsEnabled"] and topic in alarm["AlarmActions"])
    ]
    yield Check("every alarm notifies AlarmTopicArn", "yes", f"not {', '.join(silent)}" if silent else "yes")


def subscribers(sns: Any, topic: str) -> str:
    """How many people and systems get the alarms, in words."""
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    arns = [found["SubscriptionArn"] for page in pages for found in page["Subscriptions"]]
    confirmed = sum(arn.startswith("arn:") for arn in arns)
    unconfirmed = len(arns) - confirmed
    waiting = (
        f", and {unconfirmed} {'has' if unconfirmed == 1 else 'have'} not confirmed yet" if unconfirmed else ""
    )
    return f"alarms reach {confirmed or 'no'} subscriber{'' if confirmed == 1 else 's'} of AlarmTopicArn{waiting}"


def _alarms(cloudformation: Any, cloudwatch: Any, stack: str) -> Iterator[dict[str, Any]]:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    names = [
        found["PhysicalResourceId"]
        for page in pages
        for found in page["StackResourceSummaries"]
        if found["ResourceType"] in ALARM_TYPES
    ]
    for batch in batched(names, NAMES_PER_CALL, strict=False):
        described = cloudwatch.describe_alarms(
            AlarmNames=list(batch), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        yield from [*described["MetricAlarms"], *described["CompositeAlarms"]]
