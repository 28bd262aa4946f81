"""events/schemas and docs/asyncapi.json: generated from the models, valid, and compatible with their releases."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from pydantic import ValidationError

from local import schemas
from local.programs import node, npm_packages
from local.schema_messages import MESSAGES, Group, Message
from local.schemas import RELEASED
from mid_job_feedback.domain import contract_events, domain_events
from mid_job_feedback.domain.dash_messages import DashKind
from tests.contract_queue import EXPECTED
from tests.message_schemas import schema_of
from tests.schema_compatibility import breaking_changes
from tests.template import ROOT, template

type Json = dict[str, Any]

RECEIVED = {message.name: message for message in MESSAGES if message.group.is_received}
SENT = [message for message in MESSAGES if not message.group.is_received]


def name_of(message: Message) -> str:
    return f"{message.group}/{message.name}"


def test_what_is_committed_is_what_is_generated() -> None:
    committed = {
        path: path.read_text() for group in Group for path in (schemas.FOLDER / group).rglob("*") if path.is_file()
    }
    committed[schemas.ASYNCAPI] = schemas.ASYNCAPI.read_text()
    assert committed == schemas.files(), "run make schemas"


def test_every_event_and_message_has_a_schema() -> None:
    names = {group: {message.name for message in MESSAGES if message.group is group} for group in Group}
    assert names == {
        Group.CONTRACT_EVENTS: {*contract_events.DETAIL_TYPES},
        Group.DOMAIN_EVENTS: {kind.__name__ for kind in domain_events.DomainEvent.__subclasses__()},
        Group.DASH_MESSAGES: {kind.value for kind in DashKind},
    }


@pytest.mark.parametrize("message", MESSAGES, ids=name_of)
def test_a_schema_is_valid_and_its_example_fits(message: Message) -> None:
    schema = schemas.schema(message)
    jsonschema_rs.meta.validate(schema)
    [example] = schema["examples"]
    errors = [error.message for error in schema_of(name_of(message)).iter_errors(example)]
    assert errors == []


@pytest.mark.parametrize("message", SENT, ids=name_of)
def test_an_example_is_what_the_service_would_write(message: Message) -> None:
    assert message.model.model_validate(message.example).model_dump(mode="json") == message.example


def test_a_domain_event_has_the_version_of_its_schema() -> None:
    for message in MESSAGES:
        if message.group is Group.DOMAIN_EVENTS:
            assert message.example["version"] == message.version


# `ingest` reads events by the models, and the schemas are made from these. What a schema cannot say is last.


def detail(name: str, **changes: Any) -> Json:
    changed = {**RECEIVED[name].example, **changes}
    return {field: value for field, value in changed.items() if value is not ...}


def is_taken(name: str, changed: Json) -> bool:
    envelope = {"source": EXPECTED.source, "time": "2026-06-15T12:00:00Z", "detail-type": name, "detail": changed}
    try:
        contract_events.parse(json.dumps(envelope), EXPECTED._replace(now=EXPECTED.now.replace(year=2999)))
    except ValidationError:
        return False
    return True


def fits(name: str, changed: Json) -> bool:
    return schema_of(f"contract-events/{name}").is_valid(changed)


PERSON = RECEIVED["ContractStarted"].example["client"]
RATINGS = RECEIVED["EndOfContractFeedbackProvided"].example["ratings"]
VALID = [
    *[(name, {}) for name in RECEIVED],
    *[
        ("PaymentMade", {"payment_id": id_})
        for id_ in ("auth0|abc", "a@example.com", "...", "x" * 255, "!$&'()*+,~")
    ],
    *[("PaymentMade", {"paid_at": at}) for at in ("2026-06-14T12:00:00.123456Z", "2026-06-14T14:00:00+02:00")],
    ("PaymentMade", {"amount": 100, "currency": "EUR"}),
    ("ContractStarted", {"title": "🙂" * 300}),
    *[
        ("ContractStarted", {"client": PERSON | change})
        for change in (
            {"locale": None, "time_zone": None},
            {"name": "ß" * 200},
            {"id": "f:uuid:name"},
            {"vip": True},
        )
    ],
    *[("ContractStarted", {"client": PERSON | {"locale": tag}}) for tag in ("ar-EG", "zh-Hans-CN", "de-CH-1996")],
    *[
        ("EndOfContractFeedbackProvided", {"comment": comment})
        for comment in (None, ..., "", "a line\nand another", "ü" * 5000)
    ],
    ("EndOfContractFeedbackProvided", {"ratings": RATINGS | {"skills": 5.0}}),
]
INVALID = [
    *[(name, {field: ...}) for name in RECEIVED for field in RECEIVED[name].example if field != "comment"],
    *[
        (name, {"contract_id": id_})
        for name in RECEIVED
        for id_ in ("", "c 1", "c/1", "ç", ".", "..", "c" * 256, 1, None)
    ],
    *[
        ("PaymentMade", {"paid_at": at})
        for at in ("2026-06-14T12:00:00", "2026-06-14", "yesterday", 1781438400, None)
    ],
    *[("ContractStarted", {"title": title}) for title in ("", " \n ", "🙂" * 301, None)],
    *[
        ("ContractStarted", {"client": PERSON | change})
        for change in (
            {"email": ""},
            {"email": "ben"},
            {"email": "ben@"},
            {"email": None},
            {"name": "n" * 201},
            {"locale": "de_AT"},
            {"locale": "d"},
            {"locale": 1},
            {"time_zone": 1},
        )
    ],
    ("ContractStarted", {"client": None}),
    *[
        ("EndOfContractFeedbackProvided", {"ratings": ratings})
        for ratings in (
            RATINGS | {"skills": 0},
            RATINGS | {"skills": 6},
            RATINGS | {"skills": 4.5},
            RATINGS | {"skills": "5"},
            RATINGS | {"charm": 5},
            {"skills": 5},
            None,
        )
    ],
    ("EndOfContractFeedbackProvided", {"comment": "x" * 5001}),
    ("EndOfContractFeedbackProvided", {"comment": 1}),
]
# Taken although they do not fit: `ingest` corrects what it can.
ONLY_TAKEN = [
    ("ContractStarted", {"title": f" {'t' * 300} "}),
    ("ContractStarted", {"client": PERSON | {"email": " ben@example.com\n"}}),
    ("ContractStarted", {"client": PERSON | {"locale": " "}}),
    ("PaymentMade", {"paid_at": "2026-06-14 12:00Z"}),
]
# Not taken although they fit: what no schema of this kind can say.
ONLY_FITTING = [
    ("ContractStarted", {"client": RECEIVED["ContractStarted"].example["freelancer"]}),
    ("ContractStarted", {"title": "\u200b\u2060"}),
    ("ContractStarted", {"client": PERSON | {"time_zone": "Mars/Olympus"}}),
    ("ContractStarted", {"started_at": "1969-12-31T23:59:59Z"}),
    ("PaymentMade", {"paid_at": "3000-01-01T00:00:00Z"}),
]


@pytest.mark.parametrize(("name", "changes"), VALID)
def test_ingest_takes_what_fits_the_schema(name: str, changes: Json) -> None:
    changed = detail(name, **changes)
    assert (fits(name, changed), is_taken(name, changed)) == (True, True)


@pytest.mark.parametrize(("name", "changes"), INVALID)
def test_ingest_sets_aside_what_does_not_fit_the_schema(name: str, changes: Json) -> None:
    changed = detail(name, **changes)
    assert (fits(name, changed), is_taken(name, changed)) == (False, False)


@pytest.mark.parametrize(("name", "changes"), [*ONLY_TAKEN, *ONLY_FITTING])
def test_ingest_corrects_some_texts_and_knows_more_than_a_schema_can_say(name: str, changes: Json) -> None:
    changed = detail(name, **changes)
    taken = (name, changes) in ONLY_TAKEN
    assert (fits(name, changed), is_taken(name, changed)) == (not taken, taken)


# Versions


def test_no_schema_has_changed_incompatibly_since_it_was_released() -> None:
    released = sorted(RELEASED.rglob("*.json"))
    assert released
    for path in released:
        current = schemas.FOLDER / path.relative_to(RELEASED)
        if current.exists():  # otherwise a newer version has taken its place
            group = Group(path.parent.name)
            changes = breaking_changes(
                json.loads(path.read_text()), json.loads(current.read_text()), is_received=group.is_received
            )
            assert changes == [], f"{current.relative_to(ROOT)} needs a new version in local/schema_messages.py"
        else:
            assert newer_versions(path), (
                f"{path.name} was released, and has neither a schema now nor a newer version"
            )


def newer_versions(released: Path) -> list[Message]:
    name, version, _ = released.name.split(".")
    return [
        message
        for message in MESSAGES
        if (message.group, message.name) == (released.parent.name, name) and message.version > int(version[1:])
    ]


def an_object(required: tuple[str, ...] = ("a",), **properties: Json) -> Json:
    return {"type": "object", "properties": {"a": {"type": "string"}, **properties}, "required": [*required]}


TEXT: Json = {"type": "string"}
OR_NULL: Json = {"anyOf": [TEXT, {"type": "null"}]}
OPEN: Json = {"type": "string", "x-extensible-enum": ["x", "y"]}
NO_OTHERS: Json = an_object() | {"additionalProperties": False}
# One schema, another, and whether the change is compatible in what the service reads, and in what it writes.
CHANGES = [
    (an_object(), an_object(b=TEXT), True, True),
    (an_object(), an_object(("a", "b"), b=TEXT), False, True),
    (an_object(("a", "b"), b=TEXT), an_object(b=TEXT), True, False),
    (an_object(("a", "b"), b=TEXT), an_object(), True, False),
    (an_object(a=TEXT), an_object(a={"type": "integer"}), False, False),
    (an_object(a=TEXT), an_object(a=OR_NULL), True, False),
    (an_object(a=OR_NULL), an_object(a=TEXT), False, True),
    (an_object(a={"type": "integer"}), an_object(a={"type": "number"}), True, False),
    (an_object(a=TEXT), an_object(a=TEXT | {"maxLength": 9}), False, True),
    (an_object(a=TEXT | {"maxLength": 9}), an_object(a=TEXT | {"maxLength": 10}), True, False),
    (an_object(a=TEXT | {"minLength": 1}), an_object(a=TEXT), True, False),
    (an_object(a=TEXT | {"pattern": "^x"}), an_object(a=TEXT | {"pattern": "^y"}), False, False),
    (an_object(a={"const": 1}), an_object(a={"const": 2}), False, False),
    (an_object(a={"enum": [1]}), an_object(a={"enum": [1, 2]}), True, False),
    (an_object(a=OPEN), an_object(a=OPEN | {"x-extensible-enum": ["x", "y", "z"]}), False, True),
    (an_object(a=OPEN), an_object(a=OPEN | {"x-extensible-enum": ["x"]}), True, False),
    (NO_OTHERS, an_object(), True, False),
    (an_object(a={"type": "array", "items": TEXT}), an_object(a={"type": "array", "items": OR_NULL}), True, False),
    (
        {"$ref": "#/$defs/A", "$defs": {"A": TEXT}},
        {"$ref": "#/$defs/B", "$defs": {"B": TEXT | {"description": "The same."}}},
        True,
        True,
    ),
]


@pytest.mark.parametrize(("released", "changed", "in_received", "in_sent"), CHANGES)
def test_a_breaking_change_is_found(released: Json, changed: Json, in_received: bool, in_sent: bool) -> None:  # noqa: FBT001
    assert (breaking_changes(released, changed, is_received=True) == []) == in_received
    assert (breaking_changes(released, changed, is_received=False) == []) == in_sent


def test_a_schema_does_not_break_itself() -> None:
    for message in MESSAGES:
        schema = schemas.schema(message)
        for is_received in (True, False):
            assert breaking_changes(schema, schema, is_received=is_received) == []


# The AsyncAPI document


def test_the_asyncapi_document_is_valid_for_its_own_parser() -> None:
    """With the schemas that it refers to."""
    script = ROOT / "tests/static/asyncapi/validate.mjs"
    command = (node.find().executable, script, npm_packages.ASYNCAPI_PARSER.find(), schemas.ASYNCAPI)
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{len(MESSAGES)} messages\n", "")


def test_the_asyncapi_document_has_the_source_and_the_outputs_of_the_template() -> None:
    text = schemas.ASYNCAPI.read_text()
    assert {"EventBusName", "DomainEventBusName", "DashTopicArn"} <= template()["Outputs"].keys()
    for name in ("EventBusName", "DomainEventBusName", "DashTopicArn"):
        assert f"`{name}`" in text
    [policy] = template()["Resources"]["NotifyFunction"]["Properties"]["Policies"]
    [allowed] = [statement for statement in policy["Statement"] if statement["Sid"] == "PutDomainEvents"]
    assert allowed["Condition"] == {
        "ForAllValues:StringEquals": {"events:source": domain_events.SOURCE},
        "StringEquals": {
            "events:detail-type": [message.name for message in MESSAGES if message.group is Group.DOMAIN_EVENTS]
        },
    }


# The examples in docs/integrate.md


def blocks(language: str, heading: str) -> list[str]:
    guide = (ROOT / "docs/integrate.md").read_text()
    section = guide.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found
    return found


def test_the_guide_shows_a_rule_and_an_event_that_it_matches() -> None:
    rule, event = map(json.loads, blocks("json", "Domain events"))
    assert all(event[name] in values for name, values in rule.items())
    assert event["source"] == domain_events.SOURCE
    assert schema_of(f"domain-events/{event['detail-type']}").is_valid(event["detail"])


def test_the_guides_check_of_a_contract_event_works(monkeypatch: pytest.MonkeyPatch) -> None:
    [code] = blocks("python", "Schemas")
    monkeypatch.chdir(ROOT)
    exec(code, {})  # noqa: S102
    with pytest.raises(Exception, match="'paid_at' is a required property"):
        exec(code.replace('"paid_at"', '"payed_at"'), {})  # noqa: S102
