"""What happened on the stack, as the console shows it: one entry for each thing that was seen."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

LONGEST: Final = 2000
"""Entries that are kept; older ones are dropped."""


class Kind(StrEnum):
    """What an entry is about. The values are its names in the page."""

    CONTRACT_EVENT = "contract event"
    API_CALL = "API call"
    TABLE = "table"
    WORK = "function"
    EMAIL = "e-mail"
    DELIVERY = "SES report"
    DASH = "Dash message"
    DOMAIN_EVENT = "domain event"
    REFUSED = "refused event"
    FAILURE = "failure"


class Message(NamedTuple):
    """An e-mail, or a Dash message, which has no HTML and no headers."""

    recipient: str
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    links: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `body`: its JSON. `reference`: of the API call, if it is known."""

    kind: Kind
    at: datetime
    title: str
    body: dict[str, Any]
    contract_id: str = ""
    reference: str = ""
    message: Message | None = None


class Numbered(NamedTuple):
    number: int
    entry: Entry


@dataclass
class Timeline:
    """Entries in the order in which they were seen, numbered from one."""

    entries: deque[Numbered] = field(default_factory=lambda: deque(maxlen=LONGEST))
    last: int = 0

    def add(self, seen: Iterable[Entry]) -> list[Numbered]:
        """Add what was seen at once, in the order in which it happened. Returns it with its numbers."""
        added = [Numbered(self.last + n, entry) for n, entry in enumerate(sorted(seen, key=_happened), start=1)]
        self.entries.extend(added)
        self.last += len(added)
        return added

    def after(self, number: int) -> list[Numbered]:
        return [numbered for numbered in self.entries if numbered.number > number]

    def message(self, number: int) -> Numbered | None:
        """The entry with this number, if it is a message."""
        found = (each for each in self.entries if each.number == number and each.entry.message)
        return next(found, None)


def _happened(entry: Entry) -> tuple[datetime, int]:
    """Some instants are in whole seconds. Within a second, causes come before what they cause."""
    return entry.at.replace(microsecond=0), list(Kind).index(entry.kind)
