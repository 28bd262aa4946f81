"""Erases a person from the rows of the table, and remembers that, so that nothing brings back what was erased.

The mark comes first: `mark` stores when the erasure began. From then on, whoever stores what is older than that
leaves the person out: contract events that arrive late or are replayed, requests that the stream reports as
removed, and SES's events. A newer ContractStarted counts: the marketplace has stated the person anew.

Each row is changed by a conditional write: the attributes that it loses must still be as they were read. A
transaction that read the row before the erasure compares the same attributes. So it fails, and is decided again.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import batched
from typing import Any, Final, NamedTuple

from mid_job_feedback.domain import lifecycle
from mid_job_feedback.domain import privacy_texts as texts
from mid_job_feedback.domain.models import Role
from mid_job_feedback.domain.privacy import Kept
from mid_job_feedback.domain.refusals import ContractNotFound
from mid_job_feedback.storage import contracts_of_person, items, personal_data, store, table
from mid_job_feedback.storage.conditional_updates import set_if

# Of several erasures, the newest counts.
NEW_OR_NEWER: Final = "attribute_not_exists(PK) OR erased_at < :erased_at"


class Found(NamedTuple):
    """What an erasure did to a contract: how many pieces of each kind it erased, and what it left."""

    erased: Counter[str]
    kept: list[Kept]


def mark(person_id: str, erased_at: datetime) -> None:
    """Stores that the person's data was erased at this instant.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    set_if(items.erasure_key(person_id), {"erased_at": items.stamp(erased_at)}, NEW_OR_NEWER)


def marks(person_ids: Collection[str]) -> dict[str, datetime]:
    """When each person's data was erased, by id. Those who were never erased are absent. One consistent read.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    keys = {items.erasure_key(person_id)["PK"]["S"]: person_id for person_id in person_ids}
    found = table.get_many([items.erasure_key(person_id) for person_id in keys.values()])
    return {keys[row["PK"]["S"]]: datetime.fromisoformat(row["erased_at"]["S"]) for row in found}


def is_erased(person_id: str, instant: datetime) -> bool:
    """Whether the person's data was erased at `instant` or later, so that nothing older may be stored.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    return any(erased_at >= instant for erased_at in marks([person_id]).values())


def of_contract(contract_id: str, person_id: str, erased_at: datetime, now: datetime) -> Found:
    """Erases the person from all rows of a contract. To do it again changes nothing.

    If they are its client, cancels the open request, which nobody will answer.

    Raises:
        Unavailable: the table is unavailable. Some rows may be changed already.
    """
    erased = _cancel(contract_id, person_id, now)
    kept = table.retried(lambda: _erase(contract_id, person_id, erased_at, now, erased), "UpdateItem")
    return Found(erased, kept)


def of_older_comments(contract_id: str, erased_at: datetime, now: datetime) -> None:
    """Removes the comments of end-of-contract feedback that events of before the client's erasure have brought.

    Raises:
        Unavailable: the table is unavailable.
    """
    table.retried(lambda: _erase_older_comments(contract_id, erased_at, now), "UpdateItem")


def of_person(person_id: str) -> Counter[str]:
    """Deletes the rows in the person's own partition, except the mark of the erasure.

    Raises:
        Unavailable: the table is throttled or out of reach. Some rows may be deleted already.
    """
    rows = [row for row in contracts_of_person.rows_about(person_id) if row["SK"]["S"] != items.ERASURE]
    for batch in batched(rows, table.BATCH, strict=False):
        table.delete_all([{"PK": row["PK"], "SK": row["SK"]} for row in batch])
    return Counter({texts.ABOUT_THE_PERSON: len(rows)} if rows else {})


def _cancel(contract_id: str, person_id: str, now: datetime) -> Counter[str]:
    try:
        change = store.change(contract_id, lambda seen: lifecycle.erase_client(seen, person_id, now))
    except ContractNotFound:
        return Counter()
    return Counter({texts.OPEN_REQUEST: 1} if change.closed else {})


def _erase(
    contract_id: str, person_id: str, erased_at: datetime, now: datetime, erased: Counter[str]
) -> list[Kept]:
    """Counts in `erased` what it erases; returns what it leaves.

    Raises:
        table.LostRace: a row was changed meanwhile. What is erased already stays so.
    """
    rows = [items.plain(row) for row in store.partition(contract_id)]
    contract: Mapping[str, Any] = next((row for row in rows if row["SK"] == items.CONTRACT), {})
    person = personal_data.person_in(contract, person_id)
    kept: list[Kept] = []
    for row in rows:
        about = person
        if row is contract and person.role and _is_stated_after(row, erased_at):
            about = person._replace(role=None)
            kept.append(Kept(what=texts.NAME_STATED_AGAIN, why=texts.STATED_AGAIN, contract_id=contract_id))
        erasure = personal_data.erasure(row, about, now)
        if erasure.changes:
            _apply(row, erasure.changes, now)
            erased.update(erasure.erased)
        kept.extend(personal_data.kept(row, person))
    return kept


def _erase_older_comments(contract_id: str, erased_at: datetime, now: datetime) -> None:
    client = personal_data.Person("", Role.CLIENT)
    for row in map(items.plain, store.partition(contract_id, items.FEEDBACK)):
        if "stated_by" in row and row["stated_by"] <= items.stamp(erased_at):
            changes = personal_data.erasure(row, client, now).changes
            if changes:
                _apply(row, changes, now)


def _is_stated_after(contract: Mapping[str, Any], erased_at: datetime) -> bool:
    """Whether the newest ContractStarted is newer than the erasure."""
    stated_at: str = contract["described_by"].partition("#")[0]
    return stated_at > items.stamp(erased_at)


def _apply(row: items.Item, changes: items.Item, now: datetime) -> None:
    key = {"PK": items.dynamo(row["PK"]), "SK": items.dynamo(row["SK"])}
    as_read = (f"#{name} = :seen_{name}" if name in row else f"attribute_not_exists(#{name})" for name in changes)
    seen = {f":seen_{name}": items.dynamo(row[name]) for name in changes if name in row}
    if not set_if(key, changes | {"erased_at": items.stamp(now)}, " AND ".join(as_read), seen):
        raise table.LostRace
