"""Applies contract events by conditional writes that commute: the resulting contract is the same whether events
arrive twice, late or in another order.

    started_at, ids       from the oldest ContractStarted
    title, names, e-mail, from the newest ContractStarted that names the same people
    locales, time zones
    last_payment_at       the newest paid_at
    ended_at              the earliest ended_at; a contract that has ended stays so
    end-of-contract       one row per feedback_id, as the newest event has it
    summary               what the feedback of a freelancer adds up to

If an event arrives before its contract, its data is stored in the same rows, and completed by the ContractStarted.
"""

from datetime import datetime
from typing import Final, assert_never

from mid_job_feedback.domain import contract_events as events
from mid_job_feedback.domain import lifecycle
from mid_job_feedback.domain.models import Contract, Feedback, FeedbackKind, Role
from mid_job_feedback.domain.refusals import ContractNotFound
from mid_job_feedback.storage import contract_starts, erasures, items, store, summaries, table
from mid_job_feedback.storage.conditional_updates import set_if, setting
from mid_job_feedback.storage.contract_starts import Outcome, Version

# Of several payments the newest counts, in whatever order they arrive.
NEWER_PAYMENT: Final = "attribute_not_exists(last_payment_at) OR last_payment_at < :last_payment_at"
# Without a start there is no request to cancel, so one row is enough. Of several ends the earliest counts.
EARLIER_END_OF_UNSTARTED: Final = (
    "attribute_not_exists(started_at) AND (attribute_not_exists(ended_at) OR ended_at > :ended_at)"
)
# Feedback reads as its newest event states it. Once it is in a summary, it changes together with that. If it was
# removed, its text is withheld.
NEW_OR_NEWER_UNFILED_FEEDBACK: Final = (
    "attribute_not_exists(PK) OR "
    "(attribute_not_exists(freelancer_id) AND attribute_not_exists(removed) AND stated_by < :newer)"
)
# No other event has stated the feedback since it was read.
STATED_AS_READ: Final = "stated_by = :seen_stated_by"
# The contract that a feedback row is filed under, and the feedback row, are still as they were read.
SAME_CONTRACT: Final = "history_key = :history_key AND freelancer_id = :freelancer_id"
SAME_FEEDBACK: Final = "provided_at = :provided_at"

# What an event states of feedback. The rest of its row is what people made of it: a reply, a removal.
_STATED: Final = ("contract_id", "feedback_id", "kind", "provided_at", *items.TEXT)
_LAST: Final = 10**15 - 1  # the highest number of milliseconds in a version


def _version(event: events.Envelope, queued_at: int) -> Version:
    """A replayed event was queued again, so that time says nothing: events of the same second win over it.

    Otherwise a replay would restore the names of a person whose data was erased.
    """
    second = items.stamp(event.time)
    first, last = (queued_at, queued_at) if event.replay_name is None else (0, _LAST)
    return Version(newer=f"{second}#{first:015d}", older=f"{second}#{last:015d}")


def apply(event: events.Envelope, queued_at: int, now: datetime) -> Outcome:
    """Applies one event.

    `queued_at`, in milliseconds since the epoch, decides between two events of the same second.

    Raises:
        Unavailable: the table is unavailable; the event can be applied later.
    """
    version = _version(event, queued_at)
    match event.detail:
        case events.ContractStarted() as started:
            return _start(started, event.time, version, now)
        case events.PaymentMade() as payment:
            return _outcome(applied=_pay(payment))
        case events.ContractEnded() as ended:
            return _outcome(applied=_end(ended, now))
        case events.EndOfContractFeedbackProvided() as provided:
            return _outcome(applied=_add_feedback(_without_erased(provided, event.time), version))
        case unexpected:
            assert_never(unexpected)


def _outcome(*, applied: bool) -> Outcome:
    return Outcome.APPLIED if applied else Outcome.CHANGED_NOTHING


def _start(started: events.ContractStarted, stated_at: datetime, version: Version, now: datetime) -> Outcome:
    """Leaves out the name and address of a person whose data was erased after the event."""
    people = {Role.CLIENT: started.client.id, Role.FREELANCER: started.freelancer.id}
    erased_at = erasures.marks(list(people.values()))
    erased = [
        role for role, person_id in people.items() if person_id in erased_at and stated_at <= erased_at[person_id]
    ]
    outcome = contract_starts.apply(started, version, now, erased)
    table.retried(lambda: _file_all(started.contract_id), "TransactWriteItems")
    if started.client.id in erased_at and outcome is not Outcome.NAMES_OTHER_PEOPLE:
        erasures.of_older_comments(started.contract_id, erased_at[started.client.id], now)
    return outcome


def _without_erased(
    provided: events.EndOfContractFeedbackProvided, stated_at: datetime
) -> events.EndOfContractFeedbackProvided:
    """Without the comment of a client whose data was erased after the event. If the contract has not started yet,
    its start removes the comment.
    """
    if provided.comment is None:
        return provided
    found = table.get_many([items.key(provided.contract_id, items.CONTRACT)])
    client_id = found[0].get("client_id") if found else None
    if client_id and erasures.is_erased(client_id["S"], stated_at):
        return provided.model_copy(update={"comment": None})
    return provided


def _pay(payment: events.PaymentMade) -> bool:
    paid_at = items.stamp(payment.paid_at)
    return set_if(
        items.key(payment.contract_id, items.CONTRACT),
        {"last_payment_at": paid_at},
        NEWER_PAYMENT,
        {":last_payment_at": items.dynamo(paid_at)},
    )


def _end(ended: events.ContractEnded, now: datetime) -> bool:
    """Ends a contract and cancels its open request. If no start has arrived yet, stores the end for later."""
    ended_at = items.stamp(ended.ended_at)
    key = items.key(ended.contract_id, items.CONTRACT)
    if set_if(key, {"ended_at": ended_at}, EARLIER_END_OF_UNSTARTED, {":ended_at": items.dynamo(ended_at)}):
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
    stated = {name: value for name, value in items.feedback_item(feedback).items() if name in _STATED}
    stated["stated_by"] = version.newer
    applied = table.retried(lambda: _state(feedback, stated), "TransactWriteItems")
    table.retried(lambda: _file_all(provided.contract_id), "TransactWriteItems")
    return applied


def _state(feedback: Feedback, stated: items.Item) -> bool:
    """Stores end-of-contract feedback as an event states it. False if a newer event has stated it before.

    Raises:
        table.LostRace: another event stated it meanwhile, or it was filed, removed or restored.
    """
    sort = items.feedback_sort(feedback)
    key, newer = items.key(feedback.contract_id, sort), stated["stated_by"]
    if set_if(key, stated, NEW_OR_NEWER_UNFILED_FEEDBACK, {":newer": items.dynamo(newer)}):
        return True
    found = (items.plain(row) for row in store.partition(feedback.contract_id, sort))
    seen = next((row for row in found if row["SK"] == sort), None)
    if seen is None:
        raise table.LostRace
    if newer <= seen["stated_by"]:
        return False
    changed = _withheld(stated) if "removed" in seen else stated
    condition, compared = summaries.still_counted(seen)
    update = {
        "Key": key,
        **setting(changed, {**compared, ":seen_stated_by": items.dynamo(seen["stated_by"])}),
        "ConditionExpression": f"{STATED_AS_READ} AND {condition}",
    }
    moved = summaries.moved(summaries.counted(seen), summaries.counted({**seen, **changed}))
    table.transact([{"Update": update}, *moved])
    return True


def _withheld(stated: items.Item) -> items.Item:
    """What an event states of feedback that was removed: its text stays out of sight."""
    text = {name: stated[name] for name in items.TEXT if stated[name] is not None}
    return {name: value for name, value in stated.items() if name not in items.TEXT} | {"withheld": text}


def _file_all(contract_id: str) -> None:
    """Adds the contract's feedback to the work history, below the contract, and to its freelancer's summary.

    Moves it if an older start arrives.

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
    provided_at = datetime.fromisoformat(row["provided_at"])
    filed = items.history_attributes(contract, row["feedback_id"], provided_at)
    if filed.items() <= row.items():
        return
    condition, compared = summaries.still_counted(row)
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
        **setting(filed, {**compared, ":provided_at": items.dynamo(row["provided_at"])}),
        "ConditionExpression": f"{SAME_FEEDBACK} AND {condition}",
    }
    moved = summaries.moved(summaries.counted(row), summaries.counted({**row, **filed}))
    table.transact([{"ConditionCheck": check}, {"Update": update}, *moved])
