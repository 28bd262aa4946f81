"""Rows about people, whatever their contracts: the preferences for e-mails, and addresses that cannot be mailed.

A person is named by id, and an address by its digest.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from mid_job_feedback.domain import addresses
from mid_job_feedback.domain.addresses import MailStanding, UndeliverableReason
from mid_job_feedback.domain.models import EmailPreferences
from mid_job_feedback.storage import items, table

# A complaint replaces a bounce, and of two equal reasons the earlier counts, in whatever order they arrive.
# "bounced" sorts before "complained".
NEW_OR_GRAVER: Final = "attribute_not_exists(PK) OR reason < :reason OR (reason = :reason AND #at > :at)"


def keys(person_id: str, address: str) -> list[items.Item]:
    """Keys of the rows that `standing` needs, for one read together with others."""
    return [items.preferences_key(person_id), items.undeliverable_key(person_id, addresses.digest(address))]


def standing(rows: Iterable[items.Item]) -> MailStanding:
    """What the rows say of a person and an address. Other rows among them are ignored."""
    found = [items.plain(row) for row in rows]
    preferences = next((row for row in found if row["SK"] == items.EMAIL_PREFERENCES), {})
    mark = next((row for row in found if row["SK"].startswith(items.UNDELIVERABLE)), None)
    return MailStanding(
        unsubscribed=preferences.get("feedback_requests") == "unsubscribed",
        undeliverable=UndeliverableReason(mark["reason"]) if mark else None,
    )


def read_standing(person_id: str, address: str) -> MailStanding:
    """Whether the person may be mailed at this address, read consistently in one call.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    return standing(table.get_many(keys(person_id, address)))


def read_preferences(person_id: str) -> EmailPreferences:
    """Which e-mails the person gets: all, if nothing was chosen.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    unsubscribed = standing(table.get_many([items.preferences_key(person_id)])).unsubscribed
    return EmailPreferences(feedback_requests="unsubscribed" if unsubscribed else "subscribed")


def put_preferences(person_id: str, preferences: EmailPreferences) -> None:
    """Stores which e-mails the person gets. The last choice counts, so that no condition is needed.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    table.put(Item={**items.preferences_key(person_id), **items.to_dynamo(preferences.model_dump())})


def mark_undeliverable(person_id: str, address_digest: str, reason: UndeliverableReason, at: datetime) -> bool:
    """Records that this address of the person is not to be mailed again. False if that is known already.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    mark = {"reason": reason.value, "at": items.stamp(at)}
    try:
        table.put(
            Item=items.undeliverable_key(person_id, address_digest) | items.to_dynamo(mark),
            ConditionExpression=NEW_OR_GRAVER,
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={f":{name}": items.dynamo(value) for name, value in mark.items()},
        )
    except table.LostRace:
        return False
    return True
