"""Applies ContractStarted events by conditional writes that commute.

The oldest start says who the people are. The newest start that names the same people describes the contract. A
start that arrives later may still be the oldest, and name other people. Then the newest description of those
people counts, even if it arrived before. So the row keeps, in `other_starts`, the newest description of each other
pair of people that a start has named. Nobody is shown it.

An open request follows the people in the same transaction: to the client that the older start names; or, if its
freelancer did not make the request, it is cancelled.
"""

from collections.abc import Collection
from datetime import datetime
from enum import Enum, auto
from operator import itemgetter
from typing import Final, NamedTuple

from mid_job_feedback.domain import lifecycle
from mid_job_feedback.domain.contract_events import ContractStarted
from mid_job_feedback.domain.models import FeedbackRequest, Role
from mid_job_feedback.storage import items, personal_data, store, table, transactions
from mid_job_feedback.storage.conditional_updates import set_if, setting

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
# Nobody's name was erased since the read. The description that was read is kept, and would bring it back.
NOT_ERASED_STILL: Final = "attribute_not_exists(erased_at)"
ERASED_AS_READ: Final = "erased_at = :seen_erased_at"

_PEOPLE: Final = ("client_id", "freelancer_id")
_OTHER_PEOPLE_KEPT: Final = 20  # pairs of people; a row holds at most 400 KB, and a description may have 4 KB


class Version(NamedTuple):
    """Orders events: by their time, to the second, and then by the time at which they were queued."""

    newer: str  # where the newest event counts
    older: str  # where the oldest event counts


class Outcome(Enum):
    """What an event did to the contract."""

    APPLIED = auto()
    CHANGED_NOTHING = auto()  # it is a duplicate, or outdated
    PEOPLE_REPLACED = auto()  # it is older than the oldest start so far, and names other people
    NAMES_OTHER_PEOPLE = auto()  # it names other people than the oldest start, so it can never be applied


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

    @property
    def mentions(self) -> list[transactions.Write]:
        return _mentions(self.contract_id, self.who_and_when)

    def compared(self, **version: str) -> items.Item:
        values = version | {name: self.who_and_when[name] for name in _PEOPLE}
        return {f":{name}": items.dynamo(value) for name, value in values.items()}


def _people(row: items.Item) -> str:
    return items.pair(*(row[name] for name in _PEOPLE))


def _mentions(contract_id: str, row: items.Item) -> list[transactions.Write]:
    """Rows by which the people of a pair in `other_starts` are found, who are no parties to the contract."""
    keys = [items.named_key(row[name], contract_id) for name in _PEOPLE]
    return [{"Put": {"Item": {**key, "contract_id": items.dynamo(contract_id)}}} for key in keys]


def apply(started: ContractStarted, version: Version, now: datetime, erased: Collection[Role] = ()) -> Outcome:
    """Applies one start. `erased`: whose name and address are left out.

    Raises:
        Unavailable: the table is unavailable, or other starts of the contract kept arriving at the same time.
    """
    start = _attributes(started, version, erased)
    return table.retried(lambda: _apply(start, now), "UpdateItem")


def _attributes(started: ContractStarted, version: Version, erased: Collection[Role]) -> _Start:
    left_out = {f"{role}_{name}": None for role in erased for name in personal_data.OF_A_PARTY}
    return _Start(
        key=items.key(started.contract_id, items.CONTRACT),
        version=version,
        contract_id=started.contract_id,
        who_and_when={
            "started_at": items.stamp(started.started_at),
            "started_by": version.older,
            "client_id": started.client.id,
            "freelancer_id": started.freelancer.id,
            "history_key": items.contract_history_key(started.contract_id, started.started_at),
            "summary_key": items.contract_summary_key(started.contract_id, started.started_at),
            "client_key": items.contract_client_key(started.contract_id),
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
            **left_out,
        },
    )


def _apply(start: _Start, now: datetime) -> Outcome:
    """Tries three writes, of which at most one has its condition met, whatever arrived before.

    If none has, the start is outdated, or it names other people than the one that is known.

    Raises:
        table.LostRace: another start was applied meanwhile.
    """
    everything = {"contract_id": start.contract_id, **start.who_and_when, **start.description}
    if (
        set_if(start.key, everything, NOT_STARTED)
        or set_if(start.key, start.description, NEWER_DESCRIPTION, start.compared(newer=start.version.newer))
        or set_if(start.key, start.who_and_when, OLDER_START, start.compared(older=start.version.older))
    ):
        return Outcome.APPLIED
    rows = {row["SK"]["S"]: items.plain(row) for row in store.partition(start.contract_id, items.CONTRACT)}
    seen = rows.get(items.CONTRACT, {})
    if "started_at" not in seen:
        raise table.LostRace
    if _people(seen) == start.people:
        if seen["described_by"] < start.version.newer or start.version.older < seen["started_by"]:
            raise table.LostRace
        return Outcome.CHANGED_NOTHING
    if start.version.older < seen["started_by"]:
        pending = rows.get(f"{items.OPEN_REQUEST}{seen.get('last_request_id')}")
        _replace_people(start, seen, items.from_open_request_item(pending) if pending else None, now)
        return Outcome.PEOPLE_REPLACED
    _keep_description(start, seen)
    return Outcome.NAMES_OTHER_PEOPLE


def _replace_people(start: _Start, seen: items.Item, pending: FeedbackRequest | None, now: datetime) -> None:
    """The contract is that of an older start's people. Keeps the description of those it was taken for."""
    others = dict(seen.get("other_starts", {}))
    description = _newest(start.description, others.pop(start.people, None))
    others[_people(seen)] = {name: seen[name] for name in start.description if name in seen}
    missing = dict.fromkeys(start.description)
    changed = {
        **start.who_and_when,
        **missing,
        **description,
        **_forgotten(start, seen),
        "other_starts": _newest_others(others),
    }
    condition, compared = _as_read(seen)
    last_request_id = seen.get("last_request_id")
    requests_still, last_request = transactions.requests_still(last_request_id)
    update = {
        "Key": start.key,
        **setting(changed, {**compared, **last_request}),
        "ConditionExpression": f"{condition} AND {requests_still}",
    }
    mentions = _mentions(start.contract_id, seen)
    table.transact([{"Update": update}, *_follow(start, seen, pending, now), *mentions])


def _forgotten(start: _Start, seen: items.Item) -> dict[str, None]:
    """What somebody chose or did who is no party after all. It must not bind those who are.

    Also what was not there when the row was read: it may have been set since.
    """
    own = {"client_id": ("requests_muted", "last_declined_at"), "freelancer_id": ("last_withdrawn_request_at",)}
    replaced = [names for person, names in own.items() if seen[person] != start.who_and_when[person]]
    return {name: None for names in replaced for name in names}


def _follow(
    start: _Start, seen: items.Item, pending: FeedbackRequest | None, now: datetime
) -> list[transactions.Write]:
    """What happens to the open request. The new freelancer has not made it."""
    if pending is None:
        return transactions.gone(start.contract_id, seen.get("last_request_id"))
    if seen["freelancer_id"] != start.who_and_when["freelancer_id"]:
        return transactions.closing(lifecycle.close(pending, "freelancer_replaced", now))
    return [transactions.asking(pending, start.who_and_when["client_id"])]


def _keep_description(start: _Start, seen: items.Item) -> None:
    """Keeps the description of a start that names other people than the older one that is known."""
    others = seen.get("other_starts", {})
    stated = {name: value for name, value in start.description.items() if value is not None}
    description = _newest(stated, others.get(start.people))
    kept = _newest_others({**others, start.people: description})
    if kept != others:
        condition, compared = _as_read(seen)
        update = {"Key": start.key, **setting({"other_starts": kept}, compared), "ConditionExpression": condition}
        table.transact([{"Update": update}, *start.mentions])


def _newest(description: items.Item, kept: items.Item | None) -> items.Item:
    return max(description, kept or description, key=itemgetter("described_by"))


def _newest_others(others: items.Item) -> items.Item:
    newest_first = sorted(others.items(), key=lambda other: other[1]["described_by"], reverse=True)
    return dict(newest_first[:_OTHER_PEOPLE_KEPT])


def _as_read(seen: items.Item) -> tuple[str, items.Item]:
    compared = {f":seen_{name}": items.dynamo(seen[name]) for name in ("started_by", "described_by")}
    conditions = [STARTS_AS_READ]
    if "other_starts" in seen:
        conditions.append(OTHER_STARTS_STILL)
        compared[":seen_other_starts"] = items.dynamo(seen["other_starts"])
    else:
        conditions.append(NO_OTHER_STARTS_STILL)
    if "erased_at" in seen:
        conditions.append(ERASED_AS_READ)
        compared[":seen_erased_at"] = items.dynamo(seen["erased_at"])
    else:
        conditions.append(NOT_ERASED_STILL)
    return " AND ".join(conditions), compared
