"""`make schemas`: generates events/schemas and docs/asyncapi.json from the models of events and messages.

    events/schemas/contract-events/   what the service takes: the `detail` of the marketplace's events
    events/schemas/domain-events/     what it puts on the bus: the `detail` of its own events
    events/schemas/dash-messages/     what it publishes to the Dash topic
    events/schemas/released/          the same files as they were released, with which tests compare

`make schemas RELEASE=1` also copies them to released/. A change that would break what others have written needs a
new version: change the number in `MESSAGES`, and generate.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from local.cloud_process import ROOT
from mid_job_feedback.domain import contract_events, domain_events, messages

FOLDER: Final = ROOT / "events/schemas"
RELEASED: Final = FOLDER / "released"
ASYNCAPI: Final = ROOT / "docs/asyncapi.json"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_SHOWN_INSTANT: Final = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"

type Json = dict[str, Any]


class Group(StrEnum):
    CONTRACT_EVENTS = "contract-events"
    DOMAIN_EVENTS = "domain-events"
    DASH_MESSAGES = "dash-messages"

    @property
    def is_received(self) -> bool:
        """Whether the service reads these messages; others read all that it writes."""
        return self is Group.CONTRACT_EVENTS


@dataclass(frozen=True)
class Message:
    """`example` is part of the schema. `name` is the detail-type of an event, or the kind of a Dash message."""

    group: Group
    name: str
    version: int
    model: type[BaseModel]
    summary: str
    example: Json

    @property
    def path(self) -> Path:
        """Below `FOLDER`."""
        return Path(self.group, f"{self.name}.v{self.version}.json")


_PEOPLE: Final = {
    "client": {"id": "u-client", "name": "Ben Okoye"},
    "freelancer": {"id": "u-freelancer", "name": "Ana Ruiz"},
}
_IDS: Final = {"contract_id": "c-1", "freelancer_id": "u-freelancer", "client_id": "u-client"}
_REQUEST_ID: Final = "5f0c7e5e-3f64-4f0e-9d51-0b7a7a4f2c11"
_FEEDBACK_ID: Final = "9b2f0c5a-6d0b-4a43-8a3b-52c1a1f0d9e7"
_RATINGS: Final = {
    "skills": 5,
    "quality": 5,
    "availability": 4,
    "deadlines": 4,
    "communication": 5,
    "cooperation": 5,
}
_OPEN_REQUEST: Final = {
    "request_id": _REQUEST_ID,
    "contract_id": "c-1",
    "status": "pending",
    "message": "How is it going so far?",
    "requested_at": "2026-06-15T12:00:00.000Z",
    "expires_at": "2026-06-29T12:00:00.000Z",
    "closed_at": None,
}
_REQUEST_FACTS: Final = {
    "request_id": _REQUEST_ID,
    "requested_at": "2026-06-15T12:00:00.000Z",
    "expires_at": "2026-06-29T12:00:00.000Z",
}
_ROOM: Final = "https://feedback.example.com/app/contract?id=c-1"

MESSAGES: Final = (
    Message(
        Group.CONTRACT_EVENTS,
        "ContractStarted",
        1,
        contract_events.ContractStarted,
        "A contract has started, or its title or the details of its people have changed.",
        {
            "contract_id": "c-1",
            "title": "Website relaunch",
            "started_at": "2026-04-16T12:00:00Z",
            "client": _PEOPLE["client"]
            | {"email": "ben@example.com", "locale": "de-AT", "time_zone": "Europe/Vienna"},
            "freelancer": _PEOPLE["freelancer"] | {"email": "ana@example.com"},
        },
    ),
    Message(
        Group.CONTRACT_EVENTS,
        "PaymentMade",
        1,
        contract_events.PaymentMade,
        "The freelancer has been paid.",
        {"contract_id": "c-1", "payment_id": "p-1", "paid_at": "2026-06-14T12:00:00Z"},
    ),
    Message(
        Group.CONTRACT_EVENTS,
        "ContractEnded",
        1,
        contract_events.ContractEnded,
        "A contract has ended.",
        {"contract_id": "c-1", "ended_at": "2026-07-31T12:00:00Z"},
    ),
    Message(
        Group.CONTRACT_EVENTS,
        "EndOfContractFeedbackProvided",
        1,
        contract_events.EndOfContractFeedbackProvided,
        "The client has given feedback at the end of the contract.",
        {
            "contract_id": "c-1",
            "feedback_id": "f-1",
            "ratings": _RATINGS,
            "comment": "Reliable from the first day to the last.",
            "provided_at": "2026-08-01T12:00:00Z",
        },
    ),
    Message(
        Group.DOMAIN_EVENTS,
        "FeedbackRequested",
        1,
        domain_events.FeedbackRequested,
        "The freelancer has requested feedback.",
        {
            "event_id": f"FeedbackRequested:{_REQUEST_ID}",
            "occurred_at": "2026-06-15T12:00:00.000Z",
            "version": 1,
            **_IDS,
            "request": _OPEN_REQUEST,
        },
    ),
    Message(
        Group.DOMAIN_EVENTS,
        "FeedbackRequestClosed",
        1,
        domain_events.FeedbackRequestClosed,
        "A request was answered, its deadline passed, or its contract ended.",
        {
            "event_id": f"FeedbackRequestClosed:{_REQUEST_ID}",
            "occurred_at": "2026-06-17T08:30:00.250Z",
            "version": 1,
            **_IDS,
            "status": "fulfilled",
            "request": _OPEN_REQUEST | {"status": "fulfilled", "closed_at": "2026-06-17T08:30:00.250Z"},
        },
    ),
    Message(
        Group.DOMAIN_EVENTS,
        "FeedbackProvided",
        1,
        domain_events.FeedbackProvided,
        "The client has given mid-contract feedback.",
        {
            "event_id": f"FeedbackProvided:{_FEEDBACK_ID}",
            "occurred_at": "2026-06-17T08:30:00.250Z",
            "version": 1,
            **_IDS,
            "feedback": {
                "feedback_id": _FEEDBACK_ID,
                "contract_id": "c-1",
                "kind": "mid_contract",
                "ratings": _RATINGS,
                "score": 4.67,
                "comment": "Clear and always on time.",
                "provided_at": "2026-06-17T08:30:00.250Z",
                "counts_towards_job_success_score": False,
                "request_id": _REQUEST_ID,
            },
        },
    ),
    Message(
        Group.DASH_MESSAGES,
        "feedback_requested",
        1,
        messages.FeedbackRequestedDash,
        "To the client: the freelancer asks for feedback.",
        {
            "message_id": f"feedback_requested:{_REQUEST_ID}",
            "kind": "feedback_requested",
            "recipient_id": "u-client",
            "contract_id": "c-1",
            "title": "Ana Ruiz asks for your feedback",
            "body": "About “Website relaunch”. You have until Monday, 29 June 2026, 12:00 UTC to answer "
            "(14 days left).",
            "link": _ROOM,
            "occurred_at": "2026-06-15T12:00:00.000Z",
            "data": {"contract_title": "Website relaunch", **_PEOPLE, **_REQUEST_FACTS},
        },
    ),
    Message(
        Group.DASH_MESSAGES,
        "feedback_provided",
        1,
        messages.FeedbackProvidedDash,
        "To the freelancer: the client has given feedback.",
        {
            "message_id": f"feedback_provided:{_FEEDBACK_ID}",
            "kind": "feedback_provided",
            "recipient_id": "u-freelancer",
            "contract_id": "c-1",
            "title": "Ben Okoye gave you feedback",
            "body": "Average 4.67 of 5 for “Website relaunch”.",
            "link": _ROOM,
            "occurred_at": "2026-06-17T08:30:00.250Z",
            "data": {
                "contract_title": "Website relaunch",
                **_PEOPLE,
                "feedback_id": _FEEDBACK_ID,
                "request_id": _REQUEST_ID,
                "score": 4.67,
                "provided_at": "2026-06-17T08:30:00.250Z",
            },
        },
    ),
    Message(
        Group.DASH_MESSAGES,
        "feedback_request_expired",
        1,
        messages.FeedbackRequestExpiredDash,
        "To the freelancer: the client did not answer in time.",
        {
            "message_id": f"feedback_request_expired:{_REQUEST_ID}",
            "kind": "feedback_request_expired",
            "recipient_id": "u-freelancer",
            "contract_id": "c-1",
            "title": "Your feedback request has expired",
            "body": "Ben Okoye did not answer in time about “Website relaunch”. You can ask again now.",
            "link": _ROOM,
            "occurred_at": "2026-06-29T12:00:00.000Z",
            "data": {
                "contract_title": "Website relaunch",
                **_PEOPLE,
                **_REQUEST_FACTS,
                "next_request": {"eligible": True, "eligible_at": None, "reasons": []},
            },
        },
    ),
)


class _WithEveryField(GenerateJsonSchema):
    """What the service writes always has every field, also those with a default."""

    def field_is_required(self, *_: Any, **__: Any) -> bool:
        return True


def schema(message: Message) -> Json:
    """The JSON Schema of a message, with its example."""
    received = message.group.is_received
    generated = message.model.model_json_schema(
        mode="validation" if received else "serialization",
        schema_generator=GenerateJsonSchema if received else _WithEveryField,
    )
    for node in _nodes(generated):
        node.pop("title", None)
        if not received:
            _open(node)
    definitions = generated.pop("$defs", None)
    return {
        "$schema": DIALECT,
        "$id": f"urn:mid-job-feedback:{message.group}:{message.name}:{message.version}",
        "title": message.name,
        **generated,
        "description": message.summary,
        "examples": [message.example],
        **({"$defs": definitions} if definitions else {}),
    }


def _nodes(schema: Json) -> Iterator[Json]:
    """The schema and those inside it."""
    yield schema
    for keyword in ("properties", "$defs"):
        for inside in schema.get(keyword, {}).values():
            yield from _nodes(inside)
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            yield from _nodes(schema[keyword])
    for inside in schema.get("anyOf", ()):
        yield from _nodes(inside)


def _open(node: Json) -> None:
    """What others read may get further fields and further values of an enumeration, without a new version."""
    node.pop("additionalProperties", None)
    node.pop("default", None)
    if "enum" in node:
        node["x-extensible-enum"] = node.pop("enum")
    if node.get("format") == "date-time":
        node["pattern"] = _SHOWN_INSTANT


def asyncapi() -> Json:
    """The AsyncAPI document: channels, who sends what, and the schemas."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Mid-job feedback: events and messages",
            "version": "1.0.0",
            "license": {"name": "MIT"},
            "description": "What the marketplace tells the service, and what it is told. All are delivered at "
            "least once and in any order. What the service sends may get further fields, and further values where "
            "a schema has `x-extensible-enum`, without a new version.",
        },
        "defaultContentType": "application/json",
        "channels": {
            "contractEvents": _channel(
                Group.CONTRACT_EVENTS,
                "The EventBridge bus of the stack's output `EventBusName`. The source is the parameter "
                "`EventSource`.",
            ),
            "domainEvents": _channel(
                Group.DOMAIN_EVENTS,
                "The EventBridge bus of the stack's output `DomainEventBusName`. The source is "
                f"`{domain_events.SOURCE}`. An event that comes twice has the same `event_id`.",
            ),
            "dashMessages": _channel(
                Group.DASH_MESSAGES,
                "The SNS topic of the stack's output `DashTopicArn`. A message that comes twice has the same "
                "`message_id`.",
            ),
        },
        "operations": {
            "takeContractEvents": {"action": "receive", "channel": {"$ref": "#/channels/contractEvents"}},
            "putDomainEvents": {"action": "send", "channel": {"$ref": "#/channels/domainEvents"}},
            "publishDashMessages": {"action": "send", "channel": {"$ref": "#/channels/dashMessages"}},
        },
        "components": {"messages": {message.name: _described(message) for message in MESSAGES}},
    }


def _channel(group: Group, description: str) -> Json:
    names = [message.name for message in MESSAGES if message.group is group]
    return {
        "address": None,
        "description": description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
    }


def _described(message: Message) -> Json:
    return {
        "name": message.name,
        "summary": message.summary,
        "headers": {"type": "object", "properties": _headers(message)},
        "payload": {"$ref": f"../events/schemas/{message.path}"},
        "examples": [{"payload": message.example}],
    }


def _headers(message: Message) -> Json:
    """Fields of EventBridge's envelope, and attributes of an SNS message."""
    match message.group:
        case Group.CONTRACT_EVENTS:
            return {
                "source": {"type": "string", "description": "The parameter `EventSource`."},
                "detail-type": {"type": "string", "const": message.name},
            }
        case Group.DOMAIN_EVENTS:
            return {
                "source": {"type": "string", "const": domain_events.SOURCE},
                "detail-type": {"type": "string", "const": message.name},
            }
        case Group.DASH_MESSAGES:
            return {
                "kind": {"type": "string", "const": message.name},
                "recipient_id": {"type": "string", "description": "The person whom it is for."},
            }


def text(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def files() -> dict[Path, str]:
    """All that is generated, by path."""
    generated = {FOLDER / message.path: text(schema(message)) for message in MESSAGES}
    return {**generated, ASYNCAPI: text(asyncapi())}


def main(*, release: bool) -> None:
    for group in Group:
        shutil.rmtree(FOLDER / group, ignore_errors=True)
    for path, content in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    if release:
        for group in Group:
            shutil.copytree(FOLDER / group, RELEASED / group, dirs_exist_ok=True)
    print(*sorted(path.relative_to(ROOT) for path in files()), sep="\n")


if __name__ == "__main__":
    main(release="--release" in sys.argv[1:])
