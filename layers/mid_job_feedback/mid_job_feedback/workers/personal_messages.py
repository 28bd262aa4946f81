"""What a message in a queue holds of a person, and the message without it.

Queues hold contract events, records of the table's stream, and SES's events. A message without the person can be
handled as before: the rest of it is about the other party.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from itertools import batched
from typing import Any, Final, NamedTuple

from mid_job_feedback.domain import email_events, email_tags
from mid_job_feedback.domain.models import ERASED, Role, is_id
from mid_job_feedback.storage import erasures, items, personal_data, table

# The address is nobody's. An event that has it is older than the erasure, so `ingest` stores neither of the two.
_PLACEHOLDER: Final = {"name": ERASED, "email": "deleted@deleted.invalid"}
_OF_MAIL: Final = ("timestamp", "messageId", "destination", "tags")

type Contracts = Callable[[str], Mapping[str, Any]]
"""The row of a contract by its id; {} if there is none."""
type Json = dict[str, Any]


class Personal(NamedTuple):
    """What a message holds of a person, and the message without it; None if nothing would be left of use."""

    data: Json
    without: str | None


class Search(NamedTuple):
    """Whose data is looked for. Events of after `erased_at` are left alone, since they count again."""

    person_id: str
    contracts: Contracts
    now: datetime
    erased_at: datetime | None = None


def contracts_read_once() -> Contracts:
    """Reads the row of a contract from the table, each once."""

    @cache
    def read(contract_id: str) -> Json:
        found = table.get_many([items.key(contract_id, items.CONTRACT)]) if is_id(contract_id) else []
        return items.plain(found[0]) if found else {}

    return read


def without_erased(body: str, now: datetime) -> str | None:
    """A message as it may be set aside: without people who were erased after it was stated. They may have been
    erased before it arrived here, so that no erasure has seen it.

    None if nothing of use is left. What names a person without their id cannot be recognized.

    Raises:
        Unavailable: the table is unavailable.
    """
    contracts = contracts_read_once()
    for batch in batched(sorted(_people_in(body, contracts)), table.READ_BATCH, strict=False):
        for person_id, erased_at in erasures.marks(batch).items():
            found = find(body, Search(person_id, contracts, now, erased_at))
            if found and found.without is None:
                return None
            body = found.without if found and found.without else body
    return body


def _people_in(body: str, contracts: Contracts) -> set[str]:
    """The ids of the people whom a contract event or an event of SES may name, well-formed or not."""
    try:
        message = json.loads(email_events.original(body))
        found = set(_named(message))
    except (ValueError, RecursionError):
        return set()
    match message:
        case {"detail": {"contract_id": str(contract_id), "comment": str()}}:
            found.add(contracts(contract_id).get("client_id", ""))
        case {"mail": {"tags": dict(tags)}}:
            about = _decoded(tags)
            contract = contracts(about.get("contract_id") or "")
            found |= {about.get("person_id") or "", *(contract.get(f"{role}_id", "") for role in Role)}
    return {person_id for person_id in found if is_id(person_id)}


def _named(value: Any) -> Iterator[str]:
    match value:
        case dict():
            if isinstance(value.get("id"), str):
                yield value["id"]
            for field in value.values():
                yield from _named(field)
        case list():
            for each in value:
                yield from _named(each)


def _decoded(tags: email_tags.TagValues) -> Mapping[str, str | None]:
    """The values of an e-mail's tags; {} if it is not ours, or they are malformed."""
    try:
        return email_tags.decoded(tags) if email_tags.are_ours(tags) else {}
    except ValueError:
        return {}


def find(body: str, search: Search) -> Personal | None:
    """None if the message holds nothing of the person.

    A message that is malformed is theirs if it has their id in quotation marks. What names them without their id
    cannot be recognized.
    """
    try:
        return _in_message(json.loads(body), body, search)
    except (ValueError, KeyError, TypeError, RecursionError):
        is_theirs = f'"{search.person_id}"' in body
        return Personal({"message": body}, None) if is_theirs else None


def _in_message(message: Any, body: str, search: Search) -> Personal | None:
    """Raises ValueError, KeyError or TypeError if the message is malformed."""
    match message:
        case {"eventName": str(), "dynamodb": {"Keys": {"PK": {"S": str(partition)}}} as changed}:
            return _in_stream_record(message, changed, partition, search)
        case dict():
            return _in_email_event(body, search) or _in_event(message, search)
        case _:
            return None


def _in_stream_record(record: Json, changed: Json, partition: str, search: Search) -> Personal | None:
    images = {name: items.plain(changed[name]) for name in ("OldImage", "NewImage") if name in changed}
    own = next((image for image in images.values() if image["SK"] == items.CONTRACT), None)
    contract = own or search.contracts(partition.removeprefix("CONTRACT#"))
    person = personal_data.person_in(contract, search.person_id)
    data: Json = {}
    without: Json = {}
    for name, image in images.items():
        erasure = personal_data.erasure(image, person, search.now)
        if erasure.changes:
            data |= {key: image[key] for key in erasure.changes if key in image}
            without[name] = items.to_dynamo(image | erasure.changes)
    if not data:
        return None
    return Personal(data, json.dumps({**record, "dynamodb": changed | without}))


def _in_event(event: Json, search: Search) -> Personal | None:
    """In a contract event, well-formed or not."""
    if search.erased_at and _is_stated_after(event, search.erased_at):
        return None
    data: Json = {}
    without = _without(event, search.person_id, data)
    match without:
        case {"detail": {"contract_id": str(contract_id), "comment": str(comment)} as detail}:
            client = personal_data.person_in(search.contracts(contract_id), search.person_id)
            if client.role is Role.CLIENT:
                data["comment"] = comment
                without = {**without, "detail": {**detail, "comment": None}}
    return Personal(data, json.dumps(without)) if data else None


def _is_stated_after(event: Json, erased_at: datetime) -> bool:
    try:
        return datetime.fromisoformat(event["time"]) > erased_at
    except (KeyError, TypeError, ValueError):
        return False


def _without(value: Any, person_id: str, data: Json) -> Any:
    """A copy of `value` with a placeholder instead of the person's name and address. Adds these to `data`."""
    match value:
        case {"id": str(id_)} if id_ == person_id and value.keys() & set(personal_data.OF_A_PARTY):
            if value.items() <= ({"id": id_} | _PLACEHOLDER).items():
                return value
            data.update({name: value[name] for name in personal_data.OF_A_PARTY if name in value})
            return {"id": id_, **_PLACEHOLDER}
        case dict():
            return {name: _without(field, person_id, data) for name, field in value.items()}
        case list():
            return [_without(each, person_id, data) for each in value]
        case _:
            return value


def _in_email_event(body: str, search: Search) -> Personal | None:
    """An event about an e-mail to the person is of no use any more. One about an e-mail to the other party names
    the person in its subject and sender.
    """
    event = json.loads(email_events.original(body))
    match event:
        case {"mail": {"tags": dict(tags), "destination": destination} as mail}:
            about = _decoded(tags)
        case _:
            return None
    if not about:
        return None
    if about["person_id"] == search.person_id:
        return Personal({"address": destination}, None)
    contract = search.contracts(about["contract_id"] or "")
    rest = {name: mail[name] for name in _OF_MAIL if name in mail}
    if personal_data.person_in(contract, search.person_id).role is None or rest == mail:
        return None
    named = {name: field for name, field in mail.items() if name not in _OF_MAIL}
    return Personal({"named_in": sorted(named)}, json.dumps({**event, "mail": rest}))
