"""The dev tool shows every e-mail and Dash message that the stack sends."""

import json
from typing import Any

import pytest

from local.stack import Stack
from local.watch import Message, watch
from tests.local.conftest import LocalCloud, eventually

SENDER = "feedback@example.com"


@pytest.fixture
def stack(cloud: LocalCloud) -> Stack:
    identity = {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": SENDER}}
    resources: dict[str, Any] = {"Topic": {"Type": "AWS::SNS::Topic"}, "Sender": identity}
    topic = cloud.deploy(resources, {"Topic": {"Ref": "Topic"}})["Topic"]
    unused: dict[str, Any] = dict.fromkeys(Stack.__dataclass_fields__, "")
    return Stack(**unused | {"endpoint_url": cloud.endpoint_url, "dash_topic_arn": topic})


def test_each_message_is_shown_once_with_its_link(stack: Stack) -> None:
    new_messages = watch(stack)
    stack.client("sesv2").send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": ["client@example.com"]},
        Content={
            "Simple": {
                "Subject": {"Data": "Freelancer asks for feedback"},
                "Body": {"Text": {"Data": "Answer here:\nhttps://a.example/#t=1"}, "Html": {"Data": "<p>"}},
            }
        },
    )
    dash = {
        "kind": "feedback_requested",
        "recipient_id": "u-c",
        "title": "Feedback?",
        "body": "Please",
        "link": "https://b.example",
    }
    stack.client("sns").publish(TopicArn=stack.dash_topic_arn, Message=json.dumps(dash))
    shown: list[Message] = []

    def both_shown() -> bool:
        shown.extend(new_messages())
        return len(shown) == 2

    eventually(both_shown)
    assert shown == [
        Message(
            "E-mail",
            "client@example.com",
            "Freelancer asks for feedback",
            "Answer here:\n…",
            "https://a.example/#t=1",
        ),
        Message("Dash message feedback_requested", "u-c", "Feedback?", "Please", "https://b.example"),
    ]
    assert list(new_messages()) == []
