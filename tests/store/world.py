"""What all commands share: the tables, their stream, and what was sent. Calls to AWS read and change it."""

import hashlib
import json
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import product
from typing import Any, Final, NamedTuple

from tests.store import memory_table
from tests.store.memory_table import READS, WRITES, Key, Response, Tables, Written

type Seen = frozenset[tuple[Key, str | None]]

SENDS: Final = frozenset({"SendEmail", "Publish", "PutEvents", "SendMessage", "Invoke"})
TTL: Final = "TimeToLive"

_REMEMBERED: Final = 200_000  # results of calls
_ACKNOWLEDGED: Final = Response(
    json.dumps(
        {"MessageId": "m", "FailedEntryCount": 0, "Entries": [{"EventId": "e"}], "StatusCode": 202, "Payload": ""}
    )
)


class Call(NamedTuple):
    """A call to AWS that waits for its response."""

    operation: str
    parameters: str  # as JSON

    @property
    def data(self) -> dict[str, Any]:
        """Callers must not change it."""
        return _loaded(self.parameters)

    @property
    def claims(self) -> bool:
        """Whether it is about the record of an Idempotency-Key or of a message that is sent once."""
        return self.operation in WRITES and '"TableName": "idempotency"' in self.parameters

    def __str__(self) -> str:
        return f"{self.operation}{' of the idempotency table' if self.claims else ''}"


class World(NamedTuple):
    """What the commands share. `records`: of the stream since the beginning. `sent`: messages, by `identity`."""

    tables: Tables
    records: tuple[str, ...] = ()
    sent: tuple[str, ...] = ()


def carried_out(world: World, call: Call) -> tuple[World, Response]:
    """The world after a call, and the response, if no other call comes in between."""
    if call.operation in READS:
        [response] = responses(seen((world.tables,), call), call)
        return world, response
    if call.operation in SENDS:
        return world._replace(sent=tuple(sorted([*world.sent, identity(call)]))), _ACKNOWLEDGED
    written = _written(world.tables, call)
    return World(written.tables, world.records + written.records, world.sent), written.response


def seen(versions: Sequence[Tables], call: Call, before: Seen | None = None) -> Seen:
    """What a read may return of each row, if the tables were as in these versions during the read.

    `before`: what it may return because of earlier versions.
    """
    options: dict[Key, set[str | None]] = {}
    for key, text in before or ():
        options.setdefault(key, set()).add(text)
    is_first = before is None
    for tables in versions:
        found = _scope(tables, call)
        for key in options.keys() - found.keys():
            options[key].add(None)
        for key, text in found.items():
            options.setdefault(key, set() if is_first else {None}).add(text)
        is_first = False
    return frozenset((key, text) for key, texts in options.items() for text in texts)


@lru_cache(_REMEMBERED)
def responses(found: Seen, call: Call) -> tuple[Response, ...]:
    """Every response of a read that may return these rows, each in one of these states or not at all."""
    options: dict[Key, list[str | None]] = {}
    for key, text in found:
        options.setdefault(key, []).append(text)
    possible = (
        {key: text for key, text in zip(options, texts, strict=True) if text is not None}
        for texts in product(*options.values())
    )
    return tuple(memory_table.answer(rows, call.operation, call.data) for rows in possible)


def claim_of(call: Call) -> Key | None:
    """The claim that a write of the idempotency table makes; None if it ends one."""
    return memory_table.key_of("idempotency", call.data["Item"]) if call.operation == "PutItem" else None


def timed_out(world: World, *claims: Key) -> World:
    """The world when the time limit of the processes that made these claims has passed; by default, all claims."""
    tables = world.tables
    keys = claims or [key for key in tables.rows if key.table == "idempotency"]
    released = {key: _released(tables.rows[key]) for key in keys if key in tables.rows}
    return world._replace(tables=Tables({**tables.rows, **released}))


def identity(call: Call) -> str:
    """A message as its id and a digest of what it says: `dash feedback_requested:r-1 8f3a…`."""
    sent = call.data
    digest = hashlib.sha256(call.parameters.encode()).hexdigest()[:8]
    match call.operation:
        case "SendEmail":
            headers = {header["Name"]: header["Value"] for header in sent["Content"]["Simple"]["Headers"]}
            return f"e-mail {headers['X-Entity-Ref-ID']} {digest}"
        case "Publish":
            message = json.loads(sent["Message"])
            if "feedback_id" in message["data"]:
                return f"dash {message['message_id']} {digest}"
            return f"dash {message['kind']}:{message['data']['request_id']} {digest}"
        case "PutEvents":
            [entry] = sent["Entries"]
            return f"event {json.loads(entry['Detail'])['event_id']} {digest}"
        case "SendMessage":
            return f"queue {sent['QueueUrl'].rpartition('/')[2]} {digest}"
        case _:
            return f"{call.operation} {digest}"


@cache
def _released(text: str) -> str:
    claim = dict(memory_table.row(text))
    if claim["status"]["S"] == "INPROGRESS":
        claim["in_progress_expiration"] = {"N": "0"}
    return memory_table.as_text(claim)


@lru_cache(_REMEMBERED)
def _written(tables: Tables, call: Call) -> Written:
    if call.operation == TTL:
        return memory_table.remove_expired(tables, call.data["now"])
    return memory_table.write(tables, call.operation, call.data)


@lru_cache(_REMEMBERED)
def _scope(tables: Tables, call: Call) -> dict[Key, str]:
    return memory_table.scope(tables, call.operation, call.data)


@cache
def _loaded(parameters: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(parameters)
    return loaded
