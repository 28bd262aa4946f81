"""Keys of idempotency records. Apart from `idempotency`, so that a record can be looked up without acting."""

import hashlib
import json
from typing import Final, Literal

PARTITION: Final = "PK"
SORT: Final = "SK"
MESSAGES_REMEMBERED_DAYS: Final = 30
"""How long the record of a message that was sent is kept: longer than a failed record can wait in both queues."""

REVOKED: Final = "revoked"
"""The result of a message that was not sent, and never will be. That of one that was sent is null."""

type Kind = Literal["http", "message"]


def partition(kind: Kind, key: str) -> str:
    """The partition key of a record that shares its partition with no other."""
    return hashlib.sha256(f"{kind} {key}".encode()).hexdigest()


def of_message(channel: str, message_id: str) -> dict[str, str]:
    """Both keys of the record that this message was sent. The sort key is as Powertools makes it."""
    key = message_key(channel, message_id)
    digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()
    return {PARTITION: partition("message", key), SORT: f"message#{digest}"}


def message_key(channel: str, message_id: str) -> str:
    """What names a message among those of all channels, in its record and in the log."""
    return f"{channel}:{message_id}"
