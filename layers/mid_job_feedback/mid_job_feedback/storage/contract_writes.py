"""Applies contract events by conditional writes that commute: the resulting contract is the same whether events
arrive twice, late or in another order.

    started_at, ids       from the oldest ContractStarted
    title, names, e-mail, from the newest ContractStarted
    locales, time zones
    last_payment_at       the newest paid_at
    ended_at              the earliest ended_at; a contract that has ended stays so
    end-of-contract       one row per feedback_id, as the newest event has it

If an event arrives before its contract, its data is stored in the same rows, and completed by the ContractStarted.
"""

from datetime import datetime
from typing import Any, Final, NamedTuple, assert_never

from mid_job_feedback.domain import contract_events as events
from mid_job_feedback.domain import lifecycle
from mid_job_feedback.domain.models import Contract, Feedback, FeedbackKind
from mid_job_feedback.domain.refusals import Cause, ContractNotFound, Dependency, Unavailable
from mid_job_feedback.storage import items, store, table

# The first start creates the contract; a payment or an end may have created its row before.
NOT_STARTED: Final = "attribute_not_exists(started_at)"
# A newer start describes the contract anew: title, names, addresses, locales, time zones.
NEWER_DESCRIPTION: Final = "attribute_exists(started_at) AND described_by < :newer"
# An older start says when the contract started, and whose it is.
OLDER_START: Final = "attribute_exists(started_at) AND started_by > :older"
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


def apply(event: events.Envelope, queued_at: int, now: datetime) -> bool:
    """Applies one event. False if it changed nothing, because it is a duplicate or outdated.

    `queued_at`, in milliseconds since the epoch, decides between two events of the same second.

    Raises:
        Unavailable: the table is unavailable; the event can be applied later.
    """
    version = _version(event, queued_at)
    match event.detail:
        case events.ContractStarted() as started:
            return _start(started, version)
        case events.PaymentMade() as payment:
            return _pay(payment)
        case events.ContractEnded() as ended:
            return _end(ended, now)
        case events.EndOfContractFeedbackProvided() as provided:
            return _add_feedback(provided, version)
        case unexpected:
            assert_never(unexpected)


def _start(started: events.ContractStarted, version: Version) -> bool:
    """Tries three writes. At most one of their conditions holds, whatever arrived before."""
    who_and_when = {
        "started_at": items.stamp(started.started_at),
        "started_by": version.older,
        "client_id": started.client.id,
        "freelancer_id": started.freelancer.id,
        "history_key": items.contract_history_key(started.contract_id, started.started_at),
    }
    description = {
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
    }
    key = items.key(started.contract_id, items.CONTRACT)
    everything = {"contract_id": started.contract_id, **who_and_when, **description}
    applied = (
        _set(key, everything, NOT_STARTED)
        or _set(key, description, NEWER_DESCRIPTION, {":newer": items.dynamo(version.newer)})
        or _set(key, who_and_when, OLDER_START, {":older": items.dynamo(version.older)})
    )
    _file_feedback(started.contract_id)
    return applied


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
    _file_feedback(provided.contract_id)
    return applied


def _file_feedback(contract_id: str) -> None:
    """Adds the contract's feedback to the work history, below the contract. Moves it if an older start arrives.

    The writers of the contract and of the feedback both write first and read afterwards. So whichever is later
    sees the other's row.

    Raises:
        Unavailable: the contract kept changing meanwhile.
    """
    for attempt in range(table.ATTEMPTS):
        try:
            _file_all(contract_id)
        except table.LostRace:
            table.pause(attempt)
        else:
            return
    raise Unavailable(Dependency.TABLE, "TransactWriteItems", Cause.LOST_RACE)


def _file_all(contract_id: str) -> None:
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
