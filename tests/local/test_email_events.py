"""SES's events on the local cloud: as AWS publishes them for its simulator's addresses, and for all others."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.local.conftest import LocalCloud, eventually, function
from tests.template import template

FAILING_HANDLER = """
def handler(event, context):
    raise ValueError("not today")
"""
SENDER = "events@example.com"
EVENT_TYPES = ["send", "delivery", "deliveryDelay", "bounce", "complaint", "reject"]


@pytest.fixture(scope="module")
def stack(cloud: LocalCloud) -> dict[str, str]:
    """A configuration set with an event destination. A queue and a failing function subscribe to its topic."""
    cloud.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    queue = {"Type": "AWS::SQS::Queue"}
    topic = {"Ref": "Topic"}
    subscription = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": "Events.Arn"}}
    policy = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    destination = {"Name": "topic", "Enabled": True, "SnsDestination": {"TopicARN": topic}}
    on_failure = {"OnFailure": {"Type": "SQS", "Destination": {"Fn::GetAtt": "Failures.Arn"}}}
    return cloud.deploy(
        {
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Events": queue,
            "Failures": queue,
            "Policy": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {"Queues": [{"Ref": "Events"}], "PolicyDocument": {"Statement": [policy]}},
            },
            "Subscription": {
                "Type": "AWS::SNS::Subscription",
                "Properties": subscription | {"RawMessageDelivery": True},
            },
            "Set": {"Type": "AWS::SES::ConfigurationSet"},
            "Destination": {
                "Type": "AWS::SES::ConfigurationSetEventDestination",
                "DependsOn": "Subscription",
                "Properties": {
                    "ConfigurationSetName": {"Ref": "Set"},
                    "EventDestination": destination | {"MatchingEventTypes": EVENT_TYPES},
                },
            },
            "Failing": function(
                FAILING_HANDLER,
                Events={"Topic": {"Type": "SNS", "Properties": {"Topic": topic}}},
                EventInvokeConfig={"MaximumRetryAttempts": 0, "DestinationConfig": on_failure},
            ),
        },
        {"Events": {"Ref": "Events"}, "Failures": {"Ref": "Failures"}, "Set": {"Ref": "Set"}},
    )


def received(cloud: LocalCloud, queue: str, count: int) -> list[str]:
    """The next messages of a queue, as soon as there are so many."""
    sqs, found = cloud.client("sqs"), []

    def receive() -> bool:
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            found.append(message["Body"])
        return len(found) >= count

    eventually(receive)
    return found


def send(cloud: LocalCloud, stack: dict[str, str], *recipients: str, **options: Any) -> str:
    text = {"Data": "text"}
    message_id: str = cloud.client("sesv2").send_email(
        FromEmailAddress=f"Ana <{SENDER}>",
        Destination={"ToAddresses": list(recipients)},
        ConfigurationSetName=stack["Set"],
        Content={"Simple": {"Subject": text, "Body": {"Text": text}}},
        **options,
    )["MessageId"]
    return message_id


def test_the_list_of_sent_emails_has_the_headers_and_tags_of_each(cloud: LocalCloud) -> None:
    cloud.client("sesv2").create_email_identity(EmailIdentity="headers@example.com")
    text = {"Data": "text"}
    unsubscribe = [{"Name": "List-Unsubscribe", "Value": "<https://a.example/>"}]
    tags = [{"Name": "feedback_email", "Value": "1"}]
    for more, options in (({"Headers": unsubscribe}, {"EmailTags": tags}), ({}, {})):
        cloud.client("sesv2").send_email(
            FromEmailAddress="headers@example.com",
            Destination={"ToAddresses": ["client@example.com"]},
            Content={"Simple": {"Subject": text, "Body": {"Text": text}, **more}},
            **options,
        )
    listed = httpx.get(f"{cloud.endpoint_url}/_ministack/ses/messages", trust_env=False).json()["messages"]
    found = [mail for mails in listed.values() for mail in mails if mail["Source"] == "headers@example.com"]
    assert [(mail["Headers"], mail["EmailTags"]) for mail in found] == [(unsubscribe, tags), ([], [])]


def test_the_events_of_an_email_are_those_of_the_simulators_address(
    cloud: LocalCloud, stack: dict[str, str]
) -> None:
    assert received(cloud, stack["Events"], 1) == [
        "Successfully validated SNS topic for Amazon SES event publishing."
    ]
    expected = {
        "client@example.com": ["Send", "Delivery"],
        "success@simulator.amazonses.com": ["Send", "Delivery"],
        "bounce+label@simulator.amazonses.com": ["Send", "Bounce Permanent General"],
        "suppressionlist@simulator.amazonses.com": ["Send", "Bounce Permanent Suppressed"],
        "complaint@simulator.amazonses.com": ["Send", "Delivery", "Complaint abuse"],
        "ooto@Simulator.amazonses.com": ["Send", "Delivery", "Bounce Transient General"],
    }
    for address, kinds in expected.items():
        tags = [{"Name": "feedback_email", "Value": "1"}]
        message_id = send(cloud, stack, address, EmailTags=tags)
        events = [json.loads(body) for body in received(cloud, stack["Events"], len(kinds))]
        assert [described(event) for event in events] == kinds
        for event in events:
            assert (event["mail"]["messageId"], event["mail"]["destination"]) == (message_id, [address])
            assert event["mail"]["tags"]["feedback_email"] == ["1"]
            assert event["mail"]["tags"]["ses:configuration-set"] == [stack["Set"]]


def test_the_events_of_an_email_have_the_test_clocks_time(
    cloud: LocalCloud, stack: dict[str, str], set_clock: Callable[[int], dict[str, Any]]
) -> None:
    now = datetime.fromisoformat(set_clock(400 * 24 * 60 * 60)["now"])
    send(cloud, stack, "complaint@simulator.amazonses.com")
    events: list[Any] = []

    def complete() -> bool:
        bodies = received(cloud, stack["Events"], 1)
        events.extend(
            json.loads(body) for body in bodies if body.startswith("{")
        )  # the topic's validation is text
        return len(events) == 3

    eventually(complete)
    sent, delivered, complained = events
    instants = (
        sent["mail"]["timestamp"],
        delivered["delivery"]["timestamp"],
        complained["complaint"]["timestamp"],
    )
    assert all(timedelta(0) <= datetime.fromisoformat(each) - now < timedelta(minutes=1) for each in instants)


def described(event: Any) -> str:
    part = event.get("bounce") or event.get("complaint") or {}
    names = ("bounceType", "bounceSubType", "complaintFeedbackType")
    return " ".join([event["eventType"], *(part[name] for name in names if name in part)])


def test_a_function_that_a_topic_invokes_is_reported_if_it_fails(cloud: LocalCloud, stack: dict[str, str]) -> None:
    send(cloud, stack, "client@example.com")
    reports = [json.loads(body) for body in received(cloud, stack["Failures"], 1)]
    assert reports[0]["responsePayload"]["errorMessage"] == "not today"
    [record] = reports[0]["requestPayload"]["Records"]
    assert record["EventSource"] == "aws:sns"
    assert record["Sns"]["Message"]


def test_the_template_asks_for_these_events() -> None:
    asked = template()["Resources"]["EmailEvents"]["Properties"]["EventDestination"]
    assert asked["MatchingEventTypes"] == EVENT_TYPES
