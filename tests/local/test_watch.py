"""The dev tool shows what the stack sends, and the contract events that it refuses."""

import json
import time
from typing import Any
from uuid import uuid4

import pytest

from local import terminal
from local.stack import Stack
from local.watch import DomainEvent, EmailEvent, Message, News, RefusedEvent, watch
from tests.local.conftest import LocalCloud, eventually

SENDER = "feedback@example.com"
LOG_GROUP = "functions"


@pytest.fixture
def stack(cloud: LocalCloud) -> Stack:
    identity = {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": SENDER}}
    log_group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": LOG_GROUP}}
    bus_name = f"bus-{uuid4()}"
    bus = {"Type": "AWS::Events::EventBus", "Properties": {"Name": bus_name}}
    topic = {"Type": "AWS::SNS::Topic"}
    resources: dict[str, Any] = {"Topic": topic, "Sender": identity, "Log": log_group, "Bus": bus}
    deployed = cloud.deploy(resources, {"Topic": {"Ref": "Topic"}})
    unused: dict[str, Any] = dict.fromkeys(Stack.__dataclass_fields__, "")
    known = {
        "endpoint_url": cloud.endpoint_url,
        "dash_topic_arn": deployed["Topic"],
        "domain_event_bus_name": bus_name,
        "log_groups": {"functions": LOG_GROUP},
    }
    return Stack(**unused | known)


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
    shown: list[News] = []

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


def test_an_email_is_shown_with_the_link_to_unsubscribe(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    new_messages = watch(stack)
    link, preferences = "https://a.example/app/feedback#t=1", "https://a.example/app/email-preferences#t=2"
    text = f"Answer here:\n{link}\n\nTurn off these e-mails:\n{preferences}\n"
    stack.client("sesv2").send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": ["client@example.com"]},
        Content={
            "Simple": {
                "Subject": {"Data": "Reminder"},
                "Body": {"Text": {"Data": text}, "Html": {"Data": "<p>"}},
            }
        },
    )
    shown = [each for each in new_messages() if isinstance(each, Message) and each.subject == "Reminder"]
    assert [(message.link, message.unsubscribe) for message in shown] == [(link, preferences)]
    terminal.show_message(shown[0], ())
    assert capsys.readouterr().out.endswith(f"{link}\nTo unsubscribe: {preferences}\n")


def test_each_domain_event_is_shown_once_and_no_other_event(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    news = watch(stack)
    detail = {"event_id": "FeedbackRequested:r-1", "contract_id": "c-1"}
    entries = [
        {
            "EventBusName": stack.domain_event_bus_name,
            "Source": source,
            "DetailType": kind,
            "Detail": json.dumps(detail),
        }
        for source, kind in (
            ("marketplace.contracts", "ContractStarted"),
            ("mid-job-feedback", "FeedbackRequested"),
        )
    ]
    stack.client("events").put_events(Entries=entries)
    shown: list[DomainEvent] = []

    def one_shown() -> bool:
        shown.extend(event for event in news() if isinstance(event, DomainEvent))
        return len(shown) > 0

    eventually(one_shown)
    assert shown == [DomainEvent("FeedbackRequested", detail)]
    assert list(news()) == []
    terminal.show_domain_event(shown[0])
    printed = capsys.readouterr().out
    assert "Domain event FeedbackRequested of c-1" in printed
    assert '"event_id": "FeedbackRequested:r-1"' in printed


def test_what_ses_says_of_an_email_is_shown_once(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    news = watch(stack)
    line = {"message": "delivery accepted", "event": "Bounce", "contract_id": "c-1", "applied": True}
    late = {**line, "event": "Send", "applied": False}
    logs, stream = stack.client("logs"), {"logGroupName": LOG_GROUP, "logStreamName": "delivery"}
    logs.create_log_stream(**stream)
    now = int(time.time() * 1000)
    logged = [{"timestamp": now, "message": json.dumps(each)} for each in (line, late)]
    logs.put_log_events(**stream, logEvents=logged)
    shown = [each for each in news() if isinstance(each, EmailEvent)]
    assert shown == [EmailEvent("Bounce", "c-1", applied=True), EmailEvent("Send", "c-1", applied=False)]
    assert list(news()) == []
    for event in shown:
        terminal.show_email_event(event)
    printed = capsys.readouterr().out
    assert "SES: Bounce of an e-mail about c-1 " in printed
    assert "SES: Send of an e-mail about c-1, nothing to record " in printed


def test_each_refused_event_is_shown_once_with_its_reason(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    news = watch(stack)
    refused = {"message": "contract event dead-lettered", "reason": "detail.title: is required; detail.x: no"}
    lines = [
        {"message": "ingest accepted", "contract_id": "c-1"},
        {**refused, "event": "ContractStarted", "contract_id": "c-2"},
        {**refused, "reason": "event: Invalid JSON"},
    ]
    logs, stream = stack.client("logs"), {"logGroupName": LOG_GROUP, "logStreamName": "ingest"}
    logs.create_log_stream(**stream)
    now = int(time.time() * 1000)
    logs.put_log_events(**stream, logEvents=[{"timestamp": now, "message": json.dumps(line)} for line in lines])
    shown = [each for each in news() if isinstance(each, RefusedEvent)]
    assert shown == [
        RefusedEvent("ContractStarted", "c-2", "detail.title: is required; detail.x: no"),
        RefusedEvent("event", "", "event: Invalid JSON"),
    ]
    assert list(news()) == []
    for event in shown:
        terminal.show_refused(event)
    printed = capsys.readouterr().out
    assert "Refused: ContractStarted of c-2" in printed
    assert "detail.title: is required\ndetail.x: no\n" in printed
