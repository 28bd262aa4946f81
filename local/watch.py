"""Finds what the stack sends (e-mails, Dash messages, domain events), what SES says of the e-mails, and the
contract events that the stack refuses.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import httpx

from local.stack import Stack

TEXT_CHARACTERS = 300
UNSUBSCRIBE_LINK = re.compile(r"https?://\S+/app/email-preferences#\S+")
EVENT_SOURCE = "mid-job-feedback"
CONSOLE = "console"
EMAIL_EVENT = "delivery accepted"  # what the log says of an event of SES
REFUSED = "contract event dead-lettered"  # what the log says of a contract event in the dead-letter queue


@dataclass(frozen=True)
class Message:
    channel: str
    recipient: str
    subject: str
    text: str
    link: str
    unsubscribe: str = ""


@dataclass(frozen=True)
class DomainEvent:
    """An event that the stack has put on its bus."""

    detail_type: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class RefusedEvent:
    """A contract event that can never be applied. The log has its type, its contract and the reason only."""

    detail_type: str
    contract_id: str
    reason: str


@dataclass(frozen=True)
class EmailEvent:
    """What SES says of an e-mail, such as `Delivery`.

    `applied` is false if the stack recorded nothing: the event came late or again, or the e-mail is about no
    request.
    """

    event_type: str
    contract_id: str
    applied: bool


type News = Message | DomainEvent | RefusedEvent | EmailEvent


class Queues(NamedTuple):
    """URLs of the queues in which a reader gets copies of what is sent."""

    dash_messages: str
    domain_events: str


def watch(stack: Stack) -> Callable[[], Iterator[News]]:
    """Start watching. Each call of the returned function yields what is new since the previous one."""
    queues = subscribe(stack, "terminal")
    mails_shown, refused_shown, email_events_shown = len(mails(stack)), 0, 0

    def news() -> Iterator[News]:
        nonlocal mails_shown, refused_shown, email_events_shown
        refused = list(_refused(stack))
        yield from refused[refused_shown:]
        refused_shown = len(refused)
        found = mails(stack)
        yield from map(_from_mail, found[mails_shown:])
        mails_shown = len(found)
        email_events = list(_email_events(stack))
        yield from email_events[email_events_shown:]
        email_events_shown = len(email_events)
        yield from map(_from_dash, received(stack, queues.dash_messages))
        for event in received(stack, queues.domain_events):
            yield DomainEvent(event["detail-type"], event["detail"])

    return news


def subscribe(stack: Stack, reader: str) -> Queues:
    """Create the queues of a reader. It gets what is sent from now on, whatever other readers take."""
    dash_messages, arn = _new_queue(stack, f"{reader}-dash-messages")
    stack.client("sns").subscribe(
        TopicArn=stack.dash_topic_arn,
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"RawMessageDelivery": "true"},
    )
    domain_events = copy_events(stack, stack.domain_event_bus_name, EVENT_SOURCE, f"{reader}-domain-events")
    return Queues(dash_messages, domain_events)


def subscribe_console(stack: Stack) -> None:
    """Create the queues that the console reads (local/console/sources.py)."""
    subscribe(stack, CONSOLE)
    copy_events(stack, stack.event_bus_name, stack.event_source, f"{CONSOLE}-contract-events")


def copy_events(stack: Stack, bus: str, source: str, name: str) -> str:
    """Create a queue of this name that gets every event that `source` puts on the bus. Returns its URL."""
    queue, arn = _new_queue(stack, name)
    events = stack.client("events")
    events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    return queue


def _new_queue(stack: Stack, name: str) -> tuple[str, str]:
    """Its URL and its ARN."""
    sqs = stack.client("sqs")
    queue: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    return queue, attributes["QueueArn"]


def _refused(stack: Stack) -> Iterator[RefusedEvent]:
    """Read from the log: a message that is received from the dead-letter queue is hidden from a redrive."""
    for line in _logged(stack, REFUSED):
        yield RefusedEvent(line.get("event", "event"), line.get("contract_id", ""), line["reason"])


def _email_events(stack: Stack) -> Iterator[EmailEvent]:
    for line in _logged(stack, EMAIL_EVENT):
        yield EmailEvent(line["event"], line["contract_id"], line["applied"])


def _logged(stack: Stack, message: str) -> Iterator[dict[str, Any]]:
    pages = stack.client("logs").get_paginator("filter_log_events")
    for page in pages.paginate(logGroupName=stack.log_groups["functions"], filterPattern=f'"{message}"'):
        yield from (json.loads(logged["message"]) for logged in page["events"])


@cache
def http() -> httpx.Client:
    """A client for the embedded cloud. To make one takes longer than most of its calls."""
    return httpx.Client(trust_env=False, timeout=30)


def mails(stack: Stack) -> list[dict[str, Any]]:
    answer = http().get(f"{stack.endpoint_url}/_ministack/ses/messages").raise_for_status()
    return [mail for sent in answer.json()["messages"].values() for mail in sent]


def _from_mail(mail: dict[str, Any]) -> Message:
    heading, _, rest = mail["BodyText"].partition("\n\n")
    text = rest if mail["Subject"].startswith(heading) else mail["BodyText"]
    link = re.search(r"https?://\S+", text)
    unsubscribe = UNSUBSCRIBE_LINK.search(text)
    return Message(
        "E-mail",
        ", ".join(mail["To"]),
        mail["Subject"],
        _short(text),
        link[0] if link else "",
        unsubscribe[0] if unsubscribe else "",
    )


def received(stack: Stack, queue: str) -> Iterator[dict[str, Any]]:
    sqs = stack.client("sqs")
    for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        yield json.loads(message["Body"])


def _from_dash(dash: dict[str, Any]) -> Message:
    return Message(
        f"Dash message {dash['kind']}", dash["recipient_id"], dash["title"], _short(dash["body"]), dash["link"]
    )


def _short(text: str) -> str:
    without_links = re.sub(r"https?://\S+", "…", text).strip()
    return without_links if len(without_links) <= TEXT_CHARACTERS else without_links[:TEXT_CHARACTERS] + " …"
