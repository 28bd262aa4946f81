"""What the console knows of the stack: read again and again while somebody looks at it, and told to every page."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from httpx import HTTPError

from cli.errors import CommandError
from local import people
from local.console import contracts, pages
from local.console.contracts import ContractNow
from local.console.controls import DEPENDENCIES, Clock, Controls, Fault
from local.console.timeline import Entry, Kind, Numbered, Timeline

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 0.5
COUNT_EVERY: Final = 10
"""The failure queues are counted in one of so many polls: each has to be asked."""
READ_EVERY: Final = 120
"""The contracts are read in one of so many polls even if nothing has changed: payments become too old."""
PARTS: Final = ("trouble", "clock", "people", "contracts", "contract-options", "faults")
"""Parts of the page that are sent again when they change. Each is a template and the id of an element."""
NEVER: Final = Clock(datetime.min.replace(tzinfo=UTC), 0)
NO_ANSWER: Final = "The embedded cloud does not answer. If it was stopped, start it again and reload this page."


class Event(NamedTuple):
    """A server-sent event. `number`: that of the entry, for the browser to go on after it when it reconnects."""

    name: str
    data: str
    number: str | None = None


@dataclass(frozen=True)
class Seen:
    """The state of the stack at one moment. `accounts`: the role of everybody who can sign in, by id."""

    clock: Clock = NEVER
    faults: tuple[Fault, ...] = ()
    waiting: Mapping[str, int] = field(default_factory=dict)
    contracts: tuple[ContractNow, ...] = ()
    accounts: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""


class Console:
    """`news`: what happened since it was last called. `read_contracts`: all contracts at an instant."""

    def __init__(
        self,
        *,
        api_url: str,
        event_source: str,
        news: Callable[[], Iterable[Entry]],
        read_contracts: Callable[[datetime], list[ContractNow]],
        read_accounts: Callable[[], Mapping[str, str]],
        controls: Controls,
    ) -> None:
        self.api_url = api_url
        self.event_source = event_source
        self.controls = controls
        self.timeline = Timeline()
        self.seen = Seen()
        self._news = news
        self._read_contracts = read_contracts
        self._read_accounts = read_accounts
        self._next_change: datetime | None = None
        self._polls = 0
        self._parts: dict[str, str] = {}
        self._lock = asyncio.Lock()
        self._pages: set[asyncio.Queue[Event]] = set()

    async def poll_forever(self) -> None:
        """Read the stack again and again, as long as a page is open.

        What cannot be read is logged, in console.log, and the next poll goes on.
        """
        while True:
            if self._pages:
                try:
                    await self.refresh()
                except Exception:
                    logger.exception("The stack could not be read.")
            await asyncio.sleep(POLL_SECONDS)

    async def refresh(self) -> None:
        """Read the stack once, and tell every page what is new."""
        async with self._lock:
            added = await asyncio.to_thread(self._read)
            changed = self._changed_parts()
        for event in (*changed, *map(self._of_entry, added)):
            for page in self._pages:
                page.put_nowait(event)

    async def follow(self, number: int) -> AsyncIterator[Event]:
        """All parts of the page as they are, the entries after this number, and then what is new."""
        page: asyncio.Queue[Event] = asyncio.Queue()
        for name, html in self._parts.items():
            page.put_nowait(Event(name, html))
        for numbered in self.timeline.after(number):
            page.put_nowait(self._of_entry(numbered))
        self._pages.add(page)
        try:
            while True:
                yield await page.get()
        finally:
            self._pages.discard(page)

    def values(self) -> dict[str, Any]:
        """What the templates show."""
        parties = [party for contract in self.seen.contracts for party in contract.parties]
        names = {party.person_id: party.name for party in parties}
        names |= {
            people.email_of(role): names[person_id]
            for person_id, role in self.seen.accounts.items()
            if person_id in names
        }
        return {"seen": self.seen, "api_url": self.api_url, "names": names, "dependencies": DEPENDENCIES}

    def contract(self, contract_id: str) -> ContractNow | None:
        return next((found for found in self.seen.contracts if found.contract_id == contract_id), None)

    def parties(self) -> dict[str, dict[str, str]]:
        """The sample client and freelancer as events name them, by role; nobody without accounts."""
        return {
            role: {"id": person_id, "name": people.NAMES[role], "email": people.email_of(role)}
            for person_id, role in self.seen.accounts.items()
            if role in people.NAMES
        }

    def _read(self) -> list[Numbered]:
        happened: list[Entry] = []
        try:
            for entry in self._news():
                happened.append(entry)  # noqa: PERF402 - what was read is kept if the next one cannot be read
            self.seen = self._state({entry.kind for entry in happened})
        except (BotoCoreError, ClientError, CommandError, HTTPError) as error:
            trouble = str(error) if isinstance(error, CommandError | ClientError) else NO_ANSWER
            self.seen = replace(self.seen, trouble=trouble)
        return self.timeline.add(happened)

    def _state(self, kinds: set[Kind]) -> Seen:
        """Reads the contracts only if something has changed, or was to change by itself by now."""
        clock, before = self.controls.clock(), self.seen
        found, accounts = before.contracts, before.accounts
        jumped = clock.offset_seconds != before.clock.offset_seconds
        due = self._next_change is not None and clock.now >= self._next_change
        if Kind.TABLE in kinds or jumped or due or self._polls % READ_EVERY == 0:
            found, accounts = tuple(self._read_contracts(clock.now)), self._read_accounts()
            self._next_change = contracts.next_change(found)
        waiting = before.waiting
        if self._polls % COUNT_EVERY == 0 or kinds & {Kind.REFUSED, Kind.FAILURE}:
            waiting = self.controls.waiting()
        self._polls += 1
        return Seen(clock, tuple(self.controls.faults()), waiting, found, accounts)

    def _changed_parts(self) -> list[Event]:
        rendered = {name: pages.part(name, **self.values()) for name in PARTS}
        changed = [Event(name, html) for name, html in rendered.items() if html != self._parts.get(name)]
        self._parts = rendered
        return changed

    def _of_entry(self, numbered: Numbered) -> Event:
        values = {**self.values(), "numbered": numbered}
        html = {"entry": pages.part("entry", **values)}
        if numbered.entry.message:
            html["message"] = pages.part("message-item", **values)
        return Event("entry", json.dumps(html), str(numbered.number))
