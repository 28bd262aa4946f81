"""Applies contract events by conditional writes that commute: the resulting contract is the same whether events
arrive twice, late or in another order.

    started_at, ids       from the oldest ContractStarted
    title, names, e-mail, from the newest ContractStarted that names the same people
    locales, time zones
    last_payment_at       the newest paid_at
    ended_at              the earliest ended_at; a contract that has ended stays so
    end-of-contract       one row per feedback_id, as the newest event has it

If an event arrives before its contract, its data is stored in the same rows, and completed by the ContractStarted.
"""

from datetime import datetime
from enum import Enum, auto
from operator import itemgetter
from typing import Any, Final, NamedTuple, assert_never

from mid_job_feedback.domain import contract_events as events
from mid_job_feedback.domain import lifecycle
from mid_job_feedback.domain.models import Contract, Feedback, FeedbackKind
from mid_job_feedback.domain.refusals import ContractNotFound
from mid_job_feedback.storage import items, store, table

# The first start creates the contract; a payment or an end may have created its row before.
NOT_STARTED: Final = "attribute_not_exists(started_at)"
# The event names the people of the oldest start that is known.
SAME_PEOPLE: Final = "client_id = :client_id AND freelancer_id = :freelancer_id"
# A newer start describes the contract anew: title, names, addresses, locales, time zones.
NEWER_DESCRIPTION: Final = f"described_by < :newer AND {SAME_PEOPLE}"
# An older start says when the contract started.
OLDER_START: Final = f"started_by > :older AND {SAME_PEOPLE}"
# No start was applied since the read.
STARTS_AS_READ: Final = "started_by = :seen_started_by AND described_by = :seen_described_by"
NO_OTHER_STARTS_STILL: Final = "attribute_not_exists(other_starts)"
OTHER_STARTS_STILL: Final = "other_starts = :seen_other_starts"
# Of several payments the newest counts, in whatever order they arrive.
NEWER_PAYMENT: Final = "attribute_not_exists(last_payment_at) OR last_payment_at < :last_payment_at"
# Without a start there is no request to cancel, so one row is enough. Of several ends the earliest counts.
EARLIER_END_OF_UNSTARTED: Final = (
    "attribute_not_exists(started_at) AND (attribute_not_exists(ended_at) OR ended_at > :ended_at)"
)
# Feedback reads as its newest event states it.
NEW_OR_NEWER_FEEDBACK: Final = "attribute_not_exists(PK) OR stated_by < :newer"
# The contract that a feedback row is filed under, and the feedback row, are still as they were read.
SAME_CONTRACT: Final = "history_key = :history_key AND freelancer_id = :freelancer_id"
SAME_FEEDBACK: Final = "provided_at = :provided_at"

_OTHER_PEOPLE_KEPT: Final = 20  # pairs of people; a row holds at most 400 KB, and a description may have 4 KB
_LAST: Final = 10**15 - 1  # the highest number of milliseconds in a version


class Version(NamedTuple):
    """Orders events: by their time, to the second, and then by the time at which they were queued."""

    newer: str  # where the newest event counts
    older: str  # where the oldest event counts


def _version(event: events.Envelope, queued_at: int) -> Version:
    """A replayed event was queued again, so that time says nothing: events of the same second win over it.

    Otherwise a replay would restore the names of a person whose data was erased.
    """
    second = items.stamp(event.time)
    first, last = (queued_at, queued_at) if event.replay_name is None else (0, _LAST)
    return Version(newer=f"{second}#{first:015d}", older=f"{second}#{last:015d}")


class Outcome(Enum):
    APPLIED = auto()
    CHANGED_NOTHING = auto()  # a duplicate, or outdated
    PEOPLE_REPLACED = auto()  # an older start than the one known, and it names other people
    NAMES_OTHER_PEOPLE = auto()  # than the oldest start does; it can never be applied


class _Start(NamedTuple):
    """A ContractStarted as attributes of the contract's row."""

    key: items.Item
    version: Version
    contract_id: str
    who_and_when: items.Item
    description: items.Item

    @property
    def people(self) -> str:
        return _people(self.who_and_when)

    def compared(self, **version: str) -> items.Item:
        values = version | {name: self.who_and_when[name] for name in _PEOPLE}
        return {f":{name}": items.dynamo(value) for name, value in values.items()}


_PEOPLE: Final = ("client_id", "freelancer_id")


def _people(row: items.Item) -> str:
    """Names the pair of people. Ids contain no blank."""
    return " ".join(row[name] for name in _PEOPLE)


def apply(event: events.Envelope, queued_at: int, now: datetime) -> Outcome:
    """Applies one event.

    `queued_at`, in milliseconds since the epoch, decides between two events of the same second.

    Raises:
        Unavailable: the table is unavailable; the event can be applied later.
    """
    version = _version(event, queued_at)
    match event.detail:
        case events.ContractStarted() as started:
            return _start(started, version)
        case events.PaymentMade() as payment:
            return _outcome(applied=_pay(payment))
        case events.ContractEnded() as ended:
            return _outcome(applied=_end(ended, now))
        case events.EndOfContractFeedbackProvided() as provided:
            return _outcome(applied=_add_feedback(provided, version))
        case unexpected:
            assert_never(unexpected)


def _outcome(*, applied: bool) -> Outcome:
    return Outcome.APPLIED if applied else Outcome.CHANGED_NOTHING


def _start(started: events.ContractStarted, version: Version) -> Outcome:
    start = _Start(
        key=items.key(started.contract_id, items.CONTRACT),
        version=version,
        contract_id=started.contract_id,
        who_and_when={
            "started_at": items.stamp(started.started_at),
            "started_by": version.older,
            "client_id": started.client.id,
            "freelancer_id": started.freelancer.id,
            "history_key": items.contract_history_key(started.contract_id, started.started_at),
        },
        description={
            "title": started.title,
            "described_by": version.newer,
            "client_name": started.client.name,
            "client_email": started.client.email,
            "client_locale": started.client.locale,
            "client_time_zone": started.client.time_zone,
            "freelancer_name": started.freelancer.name,
            "freelancer_email": started.freelancer.email,
            "freelancer_locale": started.freelancer.locale,
            "freelancer_time_zone": started.freelancer.time_zone,
        },
    )
    outcome = table.retried(lambda: _apply_start(start), "UpdateItem")
    table.retried(lambda: _file_all(started.contract_id), "TransactWriteItems")
    return outcome


def _apply_start(start: _Start) -> Outcome:
    """Tries three writes, of which at most one has its condition met, whatever arrived before.

    If none has, the start is outdated, or it names other people than the one that is known.

    Raises:
        table.LostRace: another start was applied meanwhile.
    """
    everything = {"contract_id": start.contract_id, **start.who_and_when, **start.description}
    if (
        _set(start.key, everything, NOT_STARTED)
        or _set(start.key, start.description, NEWER_DESCRIPTION, start.compared(newer=start.version.newer))
        or _set(start.key, start.who_and_when, OLDER_START, start.compared(older=start.version.older))
    ):
        return Outcome.APPLIED
    rows = (items.plain(row) for row in store.partition(start.contract_id, items.CONTRACT))
    seen = next((row for row in rows if row["SK"] == items.CONTRACT), {})
    if "started_at" not in seen:
        raise table.LostRace
    if _people(seen) == start.people:
        if seen["described_by"] < start.version.newer or start.version.older < seen["started_by"]:
            raise table.LostRace
        return Outcome.CHANGED_NOTHING
    if start.version.older < seen["started_by"]:
        _replace_people(start, seen)
        return Outcome.PEOPLE_REPLACED
    _keep_description(start, seen)
    return Outcome.NAMES_OTHER_PEOPLE


# The oldest start says who the people are, and an older one may still arrive. Then the newest description of its
# people counts, also if that arrived before. So the row keeps, in `other_starts`, the newest description of each
# other pair of people that a start has named. Nobody is shown it.


def _replace_people(start: _Start, seen: items.Item) -> None:
    """The contract is that of an older start's people. Keeps the description of those it was taken for."""
    others = dict(seen.get("other_starts", {}))
    description = _newest(start.description, others.pop(start.people, None))
    others[_people(seen)] = {name: seen[name] for name in start.description if name in seen}
    missing = dict.fromkeys(start.description)
    changed = {**start.who_and_when, **missing, **description, "other_starts": _newest_others(others)}
    _set_if_as_read(start.key, changed, seen)


def _keep_description(start: _Start, seen: items.Item) -> None:
    """Keeps the description of a start that names other people than the older one that is known."""
    others = seen.get("other_starts", {})
    stated = {name: value for name, value in start.description.items() if value is not None}
    description = _newest(stated, others.get(start.people))
    kept = _newest_others({**others, start.people: description})
    if kept != others:
        _set_if_as_read(start.key, {"other_starts": kept}, seen)


def _newest(description: items.Item, kept: items.Item | None) -> items.Item:
    return max(description, kept or description, key=itemgetter("described_by"))


def _newest_others(others: items.Item) -> items.Item:
    newest_first = sorted(others.items(), key=lambda other: other[1]["described_by"], reverse=True)
    return dict(newest_first[:_OTHER_PEOPLE_KEPT])


def _set_if_as_read(key: items.Item, attributes: items.Item, seen: items.Item) -> None:
    compared = {f":seen_{name}": items.dynamo(seen[name]) for name in ("started_by", "described_by")}
    condition = f"{STARTS_AS_READ} AND {NO_OTHER_STARTS_STILL}"
    if "other_starts" in seen:
        condition = f"{STARTS_AS_READ} AND {OTHER_STARTS_STILL}"
        compared[":seen_other_starts"] = items.dynamo(seen["other_starts"])
    if not _set(key, attributes, condition, compared):
        raise table.LostRace


def _pay(payment: events.PaymentMade) -> bool:
    paid_at = items.stamp(payment.paid_at)
    return _set(
        items.key(payment.contract_id, items.CONTRACT),
        {"last_payment_at": paid_at},
        NEWER_PAYMENT,
        {":last_payment_at": items.dynamo(paid_at)},
    )


def _end(ended: events.ContractEnded, now: datetime) -> bool:
    """Ends a contract and cancels its open request. If no start has arrived yet, stores the end for later."""
    ended_at = items.stamp(ended.ended_at)
    key = items.key(ended.contract_id, items.CONTRACT)
    if _set(key, {"ended_at": ended_at}, EARLIER_END_OF_UNSTARTED, {":ended_at": items.dynamo(ended_at)}):
        return True
    try:
        store.change(ended.contract_id, lambda seen: _end_of(seen, ended.ended_at, now))
    except (_EndedBefore, ContractNotFound):
        return False
    return True


class _EndedBefore(Exception):
    pass


def _end_of(seen: lifecycle.Snapshot, ended_at: datetime, now: datetime) -> lifecycle.Change:
    if seen.contract.ended_at and seen.contract.ended_at <= ended_at:
        raise _EndedBefore
    return lifecycle.end(seen, ended_at, now)


def _add_feedback(provided: events.EndOfContractFeedbackProvided, version: Version) -> bool:
    feedback = Feedback(
        feedback_id=provided.feedback_id,
        contract_id=provided.contract_id,
        kind=FeedbackKind.END_OF_CONTRACT,
        ratings=provided.ratings.model_dump(),
        score=provided.ratings.score(),
        comment=provided.comment,
        provided_at=provided.provided_at,
    )
    applied = _set(
        items.key(provided.contract_id, items.feedback_sort(feedback)),
        {**items.feedback_item(feedback), "stated_by": version.newer},
        NEW_OR_NEWER_FEEDBACK,
        {":newer": items.dynamo(version.newer)},
    )
    table.retried(lambda: _file_all(provided.contract_id), "TransactWriteItems")
    return applied


def _file_all(contract_id: str) -> None:
    """Adds the contract's feedback to the work history, below the contract. Moves it if an older start arrives.

    The writers of the contract and of the feedback both write first and read afterwards. So whichever is later
    sees the other's row.

    Raises:
        table.LostRace: the contract or its feedback changed meanwhile.
    """
    rows = [items.plain(row) for row in store.partition(contract_id)]
    contract = next((items.from_contract_item(row) for row in rows if row["SK"] == items.CONTRACT), None)
    if contract is None:
        return
    for row in rows:
        if row["SK"].startswith(items.FEEDBACK):
            _file(contract, row)


def _file(contract: Contract, row: items.Item) -> None:
    feedback = items.from_feedback_item(row)
    filed = items.history_attributes(contract, feedback.feedback_id, feedback.provided_at)
    if filed.items() <= row.items():
        return
    history_key = items.contract_history_key(contract.contract_id, contract.started_at)
    check = {
        "Key": items.key(contract.contract_id, items.CONTRACT),
        "ConditionExpression": SAME_CONTRACT,
        "ExpressionAttributeValues": {
            ":history_key": items.dynamo(history_key),
            ":freelancer_id": items.dynamo(contract.freelancer.id),
        },
    }
    update = {
        "Key": items.key(contract.contract_id, row["SK"]),
        **_setting(filed, {":provided_at": items.dynamo(row["provided_at"])}),
        "ConditionExpression": SAME_FEEDBACK,
    }
    table.transact([{"ConditionCheck": check}, {"Update": update}])


def _set(key: items.Item, attributes: items.Item, condition: str, compared: items.Item | None = None) -> bool:
    """One conditional update. False if the condition does not hold."""
    try:
        table.update(Key=key, **_setting(attributes, compared), ConditionExpression=condition)
    except table.LostRace:
        return False
    return True


def _setting(attributes: items.Item, compared: items.Item | None = None) -> dict[str, Any]:
    """The parameters of an update that sets these attributes and removes those that are None."""
    kept = {name: value for name, value in attributes.items() if value is not None}
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in kept)
    if gone := attributes.keys() - kept.keys():
        expression += " REMOVE " + ", ".join(f"#{name}" for name in sorted(gone))
    return {
        "UpdateExpression": expression,
        "ExpressionAttributeNames": {f"#{name}": name for name in attributes},
        "ExpressionAttributeValues": {
            **{f":{name}": items.dynamo(value) for name, value in kept.items()},
            **(compared or {}),
        },
    }
