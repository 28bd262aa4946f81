"""Forms for contract events, made from their JSON schemas, and what the service says of an event."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import uuid4

from pydantic import ValidationError

from local.cloud_process import ROOT
from local.console.contracts import ContractNow
from mid_job_feedback.domain import contract_events
from mid_job_feedback.domain.contract_events import DETAIL_TYPES, Expected
from mid_job_feedback.domain.models import shown
from mid_job_feedback.workers.dead_letters import reason_of

SCHEMAS: Final = ROOT / "events/schemas/contract-events"
LONG_TEXT: Final = 1_000
"""Characters from which on a text gets several lines."""
STARTED_AGO: Final = timedelta(days=60)
"""How old a new contract is in the form: old enough for feedback."""


@dataclass(frozen=True)
class Field:
    """One input. `name`: its path in the event, such as `client.name`."""

    name: str
    kind: str
    required: bool
    value: str
    limits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.name.rpartition(".")[2].replace("_", " ")


@dataclass(frozen=True)
class Group:
    """Fields of one object. `label` is empty for those of the event itself."""

    label: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Form:
    kind: str
    description: str
    groups: tuple[Group, ...]
    example: Mapping[str, Any]


def form(kind: str, contract: ContractNow | None, people: Mapping[str, Mapping[str, str]], now: datetime) -> Form:
    """The form for an event about a contract, or about a new one. `people`: the two parties, by role.

    The fields are filled in, so that the event can be sent as it is.
    """
    schema = _schema(kind)
    filled = _filled(schema["examples"][0], contract, people, now)
    groups: dict[str, list[Field]] = {}
    for found in _fields(schema, schema, "", filled):
        groups.setdefault(found.name.rpartition(".")[0], []).append(found)
    made = tuple(Group(label, tuple(fields)) for label, fields in groups.items())
    return Form(kind, schema["description"], made, filled)


def detail(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The detail of an event from what was entered. Fields that were left empty are left out."""
    made: dict[str, Any] = {}
    schema = _schema(kind)
    for entry in _fields(schema, schema, "", {}):
        text = str(values.get(entry.name, ""))
        if text:
            *parents, name = entry.name.split(".")
            place = made
            for parent in parents:
                place = place.setdefault(parent, {})
            place[name] = _typed(entry.kind, text)
    return made


def problems(kind: str, given: Any, source: str, now: datetime) -> list[str]:
    """What the service would say of the event: a sentence for each field that is wrong."""
    body = json.dumps({"source": source, "detail-type": kind, "detail": given, "time": shown(now)})
    try:
        contract_events.parse(body, Expected(source, now))
    except ValidationError as invalid:
        reasons = reason_of(invalid, "detail-type", DETAIL_TYPES).split("; ")
        return [_sentence(*reason.partition(": ")[::2]) for reason in reasons]
    return []


def _sentence(place: str, wanted: str) -> str:
    where = "The event" if place in {"event", "detail"} else place.removeprefix("detail.")
    return f"{where} {wanted[:1].lower()}{wanted[1:]}."


@cache
def _schema(kind: str) -> dict[str, Any]:
    """The newest version of the event's schema."""
    versions = {int(path.suffixes[0].removeprefix(".v")): path for path in SCHEMAS.glob(f"{kind}.v*.json")}
    schema: dict[str, Any] = json.loads(versions[max(versions)].read_text())
    return schema


def _fields(root: Mapping[str, Any], schema: Mapping[str, Any], prefix: str, filled: Any) -> Iterator[Field]:
    for name, described in schema["properties"].items():
        found, value = _resolved(root, described), filled.get(name)
        if found["type"] == "object":
            yield from _fields(root, found, f"{prefix}{name}.", value or {})
        else:
            yield Field(
                name=f"{prefix}{name}",
                kind=_kind(found),
                required=name in schema.get("required", ()),
                value="" if value is None else str(value),
                limits={limit: found[limit] for limit in ("minimum", "maximum", "maxLength") if limit in found},
            )


def _resolved(root: Mapping[str, Any], described: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema behind a reference, or of a value that may also be null."""
    if "$ref" in described:
        return _resolved(root, root["$defs"][described["$ref"].rpartition("/")[2]])
    if "anyOf" in described:
        [other] = [option for option in described["anyOf"] if option.get("type") != "null"]
        return _resolved(root, other)
    return described


def _kind(described: Mapping[str, Any]) -> str:
    """How a value is entered: as `number`, `email`, `long text` or `text`."""
    match described:
        case {"type": "integer" | "number"}:
            return "number"
        case {"format": "email"}:
            return "email"
        case {"maxLength": int(longest)} if longest >= LONG_TEXT:
            return "long text"
        case _:
            return "text"


def _typed(kind: str, text: str) -> Any:
    """A number, if it is one: if it is not, the service says so."""
    return int(text) if kind == "number" and re.fullmatch(r"-?\d+", text) else text


def _filled(
    example: Mapping[str, Any],
    contract: ContractNow | None,
    people: Mapping[str, Mapping[str, str]],
    now: datetime,
) -> dict[str, Any]:
    """The schema's example with values of now: an event that can be sent."""
    instants = {"started_at": shown(now - STARTED_AGO)}
    new_id = uuid4().hex[:8]
    values = dict(example)
    for name in example:
        if name.endswith("_at"):
            values[name] = instants.get(name, shown(now))
        elif name.endswith("_id"):
            values[name] = f"{name[0]}-{new_id}"
        elif name in people:
            values[name] = people[name]
    return {**values, "contract_id": contract.contract_id} if contract else values
