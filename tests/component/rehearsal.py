"""One scenario, gone through again and again from the same beginning, and what is left at its end."""

import json
import re
from collections import Counter
from copy import deepcopy
from http import HTTPStatus
from typing import Any, NamedTuple

from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.table import Table

from mid_job_feedback.storage import items
from tests import aws
from tests.component import stream
from tests.component.marketplace import Marketplace
from tests.component.scenarios import COMMIT, REMEMBER, Scenario
from tests.component.seam import Call, Seam
from tests.component.sources import Sources

_BY_CHANCE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
_KINDS_OF_ROWS = {
    items.OPEN_REQUEST: "open request",
    items.CLOSED_REQUEST: "closed request",
    items.FEEDBACK: "feedback",
    items.CONTRACT: "contract",
}
_SUBJECTS = {"asks for your feedback": "requested", "gave you feedback": "provided"}
_CHANNELS = {"SendEmail", "Publish", "SendMessage"}

type Partitions = dict[str, str]
type Said = tuple[int, str]


class Effects(NamedTuple):
    """Rows that came (+), went (-) and changed (~); messages by channel and kind; the client's status, if any."""

    rows: Counter[str]
    messages: Counter[str]
    said: int | None


class End(NamedTuple):
    """`told`: every message to people, and every letter to those who look after the service."""

    rows: Partitions
    told: Counter[str]
    remembered: Counter[str]


class Rehearsal:
    def __init__(self, marketplace: Marketplace, seam: Seam, scenario: Scenario) -> None:
        self._marketplace, self.seam, self._scenario = marketplace, seam, scenario
        before = Sources(marketplace, seam, marketplace.stream)
        scenario.before(before)
        marketplace.sdk.heal()
        self._unread = marketplace.stream.news()
        self._waiting = before.waiting
        self._tables = deepcopy(_database().tables)
        self._time = marketplace.clock.time
        self._undisturbed_said: Said | None = None

    def begin(self) -> Sources:
        """At the beginning again, in processes that have nothing loaded."""
        _database().tables = deepcopy(self._tables)
        self._marketplace.clock.time = self._time
        self._marketplace.sdk.heal()
        self._marketplace.sdk.calls.clear()
        self.seam.begin()
        aws.forget_processes_past()
        sources = Sources(self._marketplace, self.seam, _Unread(self._unread))
        sources.waiting = deepcopy(self._waiting)
        return sources

    def go_through(self, sources: Sources) -> list[Call]:
        """Returns the calls it took, but for those of what only follows from it: that has scenarios of its own.

        The first time is to be undisturbed.
        """
        self._scenario.act(sources)
        calls = list(self.seam.calls)
        self.seam.heal()
        self._marketplace.sdk.heal()
        sources.schedule()
        sources.go_on()
        sources.settle()
        if sources.answers and not self._undisturbed_said:
            self._undisturbed_said = self.said(sources)
        return calls

    def said(self, sources: Sources) -> Said:
        """What the client was told in the end."""
        answer = sources.answers[-1]
        if answer.status >= HTTPStatus.BAD_REQUEST:
            return answer.refusal
        return answer.status, without_chance(answer.text)

    def truth(self, sources: Sources) -> Said:
        """What the client has to be told: as undisturbed, unless that was done before and its answer not kept."""
        if any(COMMIT in done and REMEMBER not in done for done in sources.done_before):
            assert self._scenario.told_again
            return self._scenario.told_again
        assert self._undisturbed_said
        return self._undisturbed_said

    def partitions(self) -> Partitions:
        """All rows as text, by the contract they belong to."""
        found: dict[str, list[str]] = {}
        for item in _database().tables["feedback"].all_items():
            row = item.to_json()["Attributes"]
            found.setdefault(row["PK"]["S"], []).append(without_chance(row))
        return {contract: "\n".join(sorted(rows)) for contract, rows in found.items()}

    def effects(self, sources: Sources) -> Effects:
        before, after = (_rows(tables["feedback"]) for tables in (self._tables, _database().tables))
        changed = Counter(
            f"{'-' if key not in after else '~' if key in before else '+'}{_kind_of_row(key)}"
            for key in before.keys() | after.keys()
            if before.get(key) != after.get(key)
        )
        messages = Counter(filter(None, map(_kind_of_message, self.seam.effects)))
        return Effects(changed, messages, sources.answers[-1].status if sources.answers else None)

    def end(self) -> End:
        return End(self.partitions(), told(self.seam.effects), self._remembered())

    def _remembered(self) -> Counter[str]:
        return Counter(
            f"{row['id']['S'].partition('#')[0]} {row['status']['S']}" for row in self._marketplace.remembered()
        )


class _Unread(stream.Stream):
    """What is new since the beginning, straight from where moto keeps it: quicker than by the API."""

    def __init__(self, unread: list[stream.Record]) -> None:
        super().__init__()
        self._unread = list(unread)
        self._read = len(_records())

    def news(self) -> list[stream.Record]:
        unread, self._unread = self._unread, []
        records = _records()
        unread += [
            {**record, "dynamodb": {**record["dynamodb"], "ApproximateCreationDateTime": 0}}
            for record in records[self._read :]
        ]
        self._read = len(records)
        return unread


def _rows(table: Table) -> dict[str, Any]:
    rows = (item.to_json()["Attributes"] for item in table.all_items())
    return {f"{row['PK']['S']} {row['SK']['S']}": row for row in rows}


def _kind_of_row(key: str) -> str:
    """Such as `open request`."""
    sort = key.split(" ", 1)[1]
    return next(kind for start, kind in _KINDS_OF_ROWS.items() if sort.startswith(start))


def _kind_of_message(call: Call) -> str | None:
    match call.operation:
        case "SendEmail":
            subject = call.parameters["Content"]["Simple"]["Subject"]["Data"]
            return next(f"mail {kind}" for words, kind in _SUBJECTS.items() if words in subject)
        case "Publish":
            return "Dash " + str(json.loads(call.parameters["Message"])["kind"]).removeprefix("feedback_")
        case "SendMessage":
            return str(call.parameters["QueueUrl"]).rpartition("/")[2]
        case _:
            return None


def told(effects: list[Call]) -> Counter[str]:
    return Counter(filter(None, map(_message, effects)))


def without_chance(found: Any) -> str:
    """As text, without the ids that are another each time."""
    return _BY_CHANCE.sub("…", json.dumps(found, sort_keys=True, default=str))


def _message(call: Call) -> str | None:
    """None if the call tells nobody anything; what waits in a retry queue is not told yet."""
    asked = call.parameters
    if call.operation not in _CHANNELS or asked.get("QueueUrl") == aws.ENVIRONMENT["RETRY_QUEUE_URL"]:
        return None
    if call.operation == "SendEmail":
        asked = {"to": asked["Destination"], "subject": asked["Content"]["Simple"]["Subject"]["Data"]}
    return f"{call.operation} {without_chance(asked)}"


def _database() -> DynamoDBBackend:
    return dynamodb_backends["123456789012"]["eu-west-1"]


def _records() -> list[stream.Record]:
    shard = _database().tables["feedback"].stream_shard
    assert shard
    return [record.to_json() for record in shard.items]
