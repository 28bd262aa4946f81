"""`make schemas`: generates events/schemas and docs/asyncapi.json from the models of events and messages.

    events/schemas/contract-events/   what the service takes: the `detail` of the marketplace's events
    events/schemas/domain-events/     what it puts on the bus: the `detail` of its own events
    events/schemas/dash-messages/     what it publishes to the Dash topic
    events/schemas/released/          the same files as they were released, with which tests compare

`make schemas RELEASE=1` also copies them to released/. A change that would break what others have written needs a
new version: change the number in `schema_messages.MESSAGES`, and generate.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema

from local.cloud_process import ROOT
from local.schema_messages import MESSAGES, Group, Json, Message
from mid_job_feedback.domain import domain_events

FOLDER: Final = ROOT / "events/schemas"
RELEASED: Final = FOLDER / "released"
ASYNCAPI: Final = ROOT / "docs/asyncapi.json"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_SHOWN_INSTANT: Final = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"


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
