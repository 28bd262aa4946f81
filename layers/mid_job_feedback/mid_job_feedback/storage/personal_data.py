"""Which attributes of which rows are data of a person: what an export shows, and what an erasure removes.

Pure: rows converted from DynamoDB JSON in, values out. The same functions read the images in stream records.

A name, an address, a language and a time zone are their owner's. A comment is its client's, a message or a reply
its freelancer's, and the details of a report are those of who reported. Ratings, dates and ids belong to the
record of the contract, and an erasure leaves them; see docs/privacy.md.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from mid_job_feedback.domain import addresses
from mid_job_feedback.domain import privacy_texts as texts
from mid_job_feedback.domain.models import Role
from mid_job_feedback.domain.privacy import Entry, Kept
from mid_job_feedback.storage import items
from mid_job_feedback.storage.items import Item

NO_ADDRESS: Final = addresses.digest("")
OF_A_PARTY: Final = ("name", "email", "locale", "time_zone")
_OF_A_PERSON: Final = (items.EMAIL_PREFERENCES, items.UNDELIVERABLE, items.NAMED, items.ERASURE, items.SUMMARY)
KINDS: Final = (
    *(items.OPEN_REQUEST, items.CONTRACT, items.CLOSED_REQUEST, items.FEEDBACK, items.EARLIER, items.REPORT),
    *(items.DECISION, items.DELIVERY, *_OF_A_PERSON),
)
"""The beginnings of all sort keys. An open request's begins like its contract's, so it comes first."""

# What an export shows of a row, by names that need no explanation.
_SHOWN: Final[Mapping[str, tuple[str, ...]]] = {
    items.CONTRACT: ("title", "started_at", "ended_at", "last_payment_at", "requests_muted", "last_declined_at"),
    items.OPEN_REQUEST: ("request_id", "message", "requested_at"),
    items.CLOSED_REQUEST: ("request_id", "status", "message", "requested_at", "deadline", "closed_at"),
    items.FEEDBACK: (
        *(
            "feedback_id",
            "kind",
            "ratings",
            "score",
            "comment",
            "provided_at",
            "request_id",
            "revision",
            "edited_at",
        ),
        *("removed", "withheld", "reply", "reply_removed", "withheld_reply"),
    ),
    items.EARLIER: ("feedback_id", "revision", "ratings", "score", "comment", "replaced_at"),
    items.REPORT: (
        *("report_id", "feedback_id", "target", "ground", "details"),
        *("status", "reported_at", "settled_at", "outcome"),
    ),
    items.DECISION: ("feedback_id", "target", "state", "ground", "decided_at"),
    items.DELIVERY: ("request_id", "status", "reason", "at", "address_digest"),
}
# Nobody is shown what was removed from the texts of the other party.
_WITHHELD_FROM: Final = {Role.CLIENT: "withheld_reply", Role.FREELANCER: "withheld"}
_TEXTS: Final[Mapping[str, Mapping[Role, texts.Text]]] = {
    items.OPEN_REQUEST: {Role.CLIENT: texts.REQUEST_RECEIVED, Role.FREELANCER: texts.REQUEST_MADE},
    items.CLOSED_REQUEST: {Role.CLIENT: texts.REQUEST_RECEIVED, Role.FREELANCER: texts.REQUEST_MADE},
    items.FEEDBACK: {Role.CLIENT: texts.FEEDBACK_GIVEN, Role.FREELANCER: texts.FEEDBACK_RECEIVED},
    items.EARLIER: {Role.CLIENT: texts.EARLIER_GIVEN, Role.FREELANCER: texts.EARLIER_RECEIVED},
    items.DECISION: {Role.CLIENT: texts.DECISION, Role.FREELANCER: texts.DECISION},
    items.DELIVERY: {Role.CLIENT: texts.DELIVERY},
}
_TEXTS_OF_A_PERSON: Final = {
    items.EMAIL_PREFERENCES: texts.EMAIL_PREFERENCES,
    items.UNDELIVERABLE: texts.UNDELIVERABLE,
    items.ERASURE: texts.ERASURE,
    items.SUMMARY: texts.SUMMARY,
}
_KEYS: Final = ("PK", "SK", "freelancer_id", "summary_key", "version")
# The attributes that an erasure removes, by the kind of row and the role of their owner, and what it calls them.
_WORDS: Final[Mapping[tuple[str, Role], Mapping[str, str]]] = {
    (items.CONTRACT, Role.CLIENT): {f"client_{name}": texts.NAME_AND_ADDRESS for name in OF_A_PARTY},
    (items.CONTRACT, Role.FREELANCER): {f"freelancer_{name}": texts.NAME_AND_ADDRESS for name in OF_A_PARTY},
    (items.OPEN_REQUEST, Role.FREELANCER): {"message": texts.MESSAGE},
    (items.CLOSED_REQUEST, Role.FREELANCER): {"message": texts.MESSAGE},
    (items.FEEDBACK, Role.CLIENT): {"comment": texts.COMMENT},
    # The whole reply, also a removed one: without its text there is nothing to show or to restore.
    (items.FEEDBACK, Role.FREELANCER): {
        "reply": texts.REPLY,
        "withheld_reply": texts.REPLY,
        "reply_removed": texts.REPLY,
    },
    (items.EARLIER, Role.CLIENT): {"comment": texts.COMMENT},
}
# What an erasure leaves: by the kind of row and the role of who is erased, an attribute that tells whether it is
# there, what it is, and why it stays.
_LEFT: Final[Mapping[tuple[str, Role], tuple[tuple[str, str, str], ...]]] = {
    (items.OPEN_REQUEST, Role.CLIENT): (("message", texts.MESSAGE_RECEIVED, texts.OTHER_PARTY),),
    (items.CLOSED_REQUEST, Role.CLIENT): (("message", texts.MESSAGE_RECEIVED, texts.OTHER_PARTY),),
    (items.FEEDBACK, Role.CLIENT): (
        ("provided_at", texts.RATINGS_GIVEN, texts.RECORD_OF_THE_CONTRACT),
        ("reply", texts.REPLY_RECEIVED, texts.OTHER_PARTY),
        ("withheld_reply", texts.REPLY_RECEIVED, texts.OTHER_PARTY),
    ),
    (items.FEEDBACK, Role.FREELANCER): (("provided_at", texts.RATINGS_AND_COMMENT_RECEIVED, texts.OTHER_PARTY),),
    (items.EARLIER, Role.FREELANCER): (("replaced_at", texts.RATINGS_AND_COMMENT_RECEIVED, texts.OTHER_PARTY),),
    (items.DECISION, Role.CLIENT): (("decided_at", texts.DECIDED, texts.AUDIT_TRAIL),),
    (items.DECISION, Role.FREELANCER): (("decided_at", texts.DECIDED, texts.AUDIT_TRAIL),),
}


class Person(NamedTuple):
    """The person that an export or an erasure is about. `role`: in the contract whose rows are looked at."""

    id: str
    role: Role | None


class Erasure(NamedTuple):
    """The attributes to set, or to remove if None, and what that erases, in words."""

    changes: Item
    erased: tuple[str, ...]


NOTHING: Final = Erasure({}, ())


def kind_of(sort: str) -> str:
    """The beginning of a sort key, which says what kind of row it is. "" for a kind that is not known."""
    return next((kind for kind in KINDS if sort.startswith(kind)), "")


def person_in(contract: Mapping[str, Any], person_id: str) -> Person:
    """The person with their role in the contract; the role is None if they are not a party.

    `contract`: the contract's row, or {} if it has none yet.
    """
    return Person(person_id, next((role for role in Role if contract.get(f"{role}_id") == person_id), None))


def named_by_mistake(contract: Mapping[str, Any]) -> set[str]:
    """The people that `other_starts` names."""
    return {person_id for pair in contract.get("other_starts", {}) for person_id in items.people_of_pair(pair)}


def entry(row: Item, person: Person, where: str = texts.TABLE) -> Entry | None:
    """What an export shows of a row; None if the row holds nothing about the person."""
    found = _about(row, person)
    if found is None:
        return None
    text, data = found
    return Entry(
        what=text.what,
        where=where,
        why=text.why,
        kept=text.kept,
        contract_id=row.get("contract_id"),
        data=data,
    )


def erasure(row: Item, person: Person, now: datetime) -> Erasure:
    """What an erasure changes in a row of a contract."""
    kind = kind_of(row["SK"])
    words = _WORDS.get((kind, person.role), {}) if person.role else {}
    there = {name: what for name, what in words.items() if name in row}
    found = Erasure(dict.fromkeys(there), tuple(dict.fromkeys(there.values())))
    if kind == items.CONTRACT:
        return _joined(found, _of_other_starts(row, person.id))
    if kind == items.FEEDBACK and person.role is Role.CLIENT:
        return _joined(found, _of_withheld(row))
    if kind == items.REPORT:
        return _of_report(row, person, now)
    if kind == items.DELIVERY and person.role is Role.CLIENT and row["address_digest"] != NO_ADDRESS:
        return Erasure({"address_digest": NO_ADDRESS}, (texts.DIGEST,))
    return found


def kept(row: Item, person: Person) -> list[Kept]:
    """What an erasure leaves in a row that the person may ask about, and why."""
    kind = kind_of(row["SK"])
    left = _LEFT.get((kind, person.role), ()) if person.role else ()
    found = [(what, why) for name, what, why in left if name in row]
    if kind == items.REPORT and row["reporter_id"] != person.id and person.role and "details" in row:
        found.append((texts.DETAILS_OF_THE_OTHER, texts.OTHER_PARTY))
    return [Kept(what=what, why=why, contract_id=row["contract_id"]) for what, why in found]


def _about(row: Item, person: Person) -> tuple[texts.Text, Item] | None:
    """What a row is for the person, and their data in it."""
    kind = kind_of(row["SK"])
    if text := _TEXTS_OF_A_PERSON.get(kind):
        rest = row["SK"].removeprefix(kind)
        named = {"address_digest": rest} if kind == items.UNDELIVERABLE else {"kind": rest} if rest else {}
        return text, named | {name: value for name, value in row.items() if name not in _KEYS}
    if kind == items.CONTRACT:
        return _of_contract(row, person)
    if kind == items.REPORT:
        return (texts.REPORT, _shown(row, kind)) if row["reporter_id"] == person.id else None
    if person.role is None or person.role not in _TEXTS.get(kind, {}):
        return None
    withheld = _WITHHELD_FROM[person.role]
    return _TEXTS[kind][person.role], {
        name: value for name, value in _shown(row, kind).items() if name != withheld
    }


def _shown(row: Item, kind: str) -> Item:
    return {name: row[name] for name in _SHOWN[kind] if name in row}


def _of_contract(row: Item, person: Person) -> tuple[texts.Text, Item] | None:
    mistaken = [
        {"role": role.value, **_party(role, description)}
        for pair, description in row.get("other_starts", {}).items()
        for role, named in zip(Role, items.people_of_pair(pair), strict=True)
        if named == person.id
    ]
    named = {"named_by_mistake": mistaken} if mistaken else {}
    if person.role is None:
        return (texts.NAMED_BY_MISTAKE, named) if named else None
    own = {"role": person.role.value, **_party(person.role, row)}
    return texts.CONTRACT, {"you": own, **_shown(row, items.CONTRACT), **named}


def _party(role: Role, description: Item) -> Item:
    return {name: description[f"{role}_{name}"] for name in OF_A_PARTY if f"{role}_{name}" in description}


def _joined(first: Erasure, second: Erasure) -> Erasure:
    return Erasure(first.changes | second.changes, first.erased + second.erased)


def _of_other_starts(row: Item, person_id: str) -> Erasure:
    """Takes a person out of the descriptions that `other_starts` keeps. Their ids stay, which name the pair."""
    kept_others = row.get("other_starts", {})
    others = {
        pair: {name: value for name, value in description.items() if name not in _attributes_of(pair, person_id)}
        for pair, description in kept_others.items()
    }
    return Erasure({"other_starts": others}, (texts.NAME_BY_MISTAKE,)) if others != kept_others else NOTHING


def _attributes_of(pair: str, person_id: str) -> set[str]:
    roles = [role for role, named in zip(Role, items.people_of_pair(pair), strict=True) if named == person_id]
    return {f"{role}_{name}" for role in roles for name in OF_A_PARTY}


def _of_withheld(row: Item) -> Erasure:
    """The comment of removed feedback. Its ratings can still be restored."""
    if "comment" not in row.get("withheld", {}):
        return NOTHING
    withheld = {name: value for name, value in row["withheld"].items() if name != "comment"}
    return Erasure({"withheld": withheld}, (texts.COMMENT,))


def _of_report(row: Item, person: Person, now: datetime) -> Erasure:
    """Also settles a report of the person's reply, about which nothing is left to decide."""
    changes: Item = {"details": None} if row["reporter_id"] == person.id and "details" in row else {}
    erased = (texts.DETAILS,) if changes else ()
    if row["target"] == "reply" and person.role is Role.FREELANCER and row["status"] == "open":
        settled = {"status": "settled", "settled_at": items.stamp(now), "outcome": "removed"}
        return Erasure(
            changes | settled | {"open_reports": None, "report_key": None}, (*erased, texts.REPORT_SETTLED)
        )
    return Erasure(changes, erased)
