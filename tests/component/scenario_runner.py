"""Runs one scenario again and again from the same starting state, and compares what is left at the end."""

import json
import re
from collections import Counter
from copy import deepcopy
from http import HTTPStatus
from typing import Any, NamedTuple

from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.table import Table

from mid_job_feedback.storage import items
from tests import lambda_runtime
from tests.component import table_stream
from tests.component.event_sources import EventSources
from tests.component.fault_injection import Call, FaultInjector
from tests.component.marketplace import Marketplace
from tests.component.scenarios import COMMIT, REMEMBER, Scenario

_RANDOM_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
_KINDS_OF_ROWS = {
    items.OPEN_REQUEST: "open request",
    items.CLOSED_REQUEST: "closed request",
    items.FEEDBACK: "feedback",
    items.DELIVERY: "delivery",
    items.EARLIER: "earlier version",
    items.REPORT: "report",
    items.DECISION: "decision",
    items.SUMMARY: "summary",
    items.NAMED: "name",
    items.CONTRACT: "contract",
}
_SUBJECTS = {
    "Reminder: ": "reminder",
    "asks for your feedback": "requested",
    "gave you feedback": "provided",
    "replied to your feedback": "replied",
}
_CHANNELS = {"SendEmail", "Publish", "PutEvents", "SendMessage"}

type Partitions = dict[str, str]
type FinalResponse = tuple[int, str]


class Effects(NamedTuple):
    """Rows that were added (+), removed (-) and changed (~); messages by channel and kind; the client's status."""

    rows: Counter[str]
    messages: Counter[str]
    status: int | None


class Outcome(NamedTuple):
    """`messages`: every e-mail, Dash message and domain event, and every message to a queue that operators look
    after.
    """

    rows: Partitions
    messages: Counter[str]
    idempotency_records: Counter[str]


class ScenarioRunner:
    def __init__(self, marketplace: Marketplace, injector: FaultInjector, scenario: Scenario) -> None:
        self._marketplace, self.injector, self._scenario = marketplace, injector, scenario
        before = EventSources(marketplace, injector, marketplace.stream)
        scenario.before(before)
        marketplace.sdk.restore()
        self._unread = marketplace.stream.new_records()
        self._retry_queues = before.retry_queues
        self._tables = deepcopy(_database().tables)
        self._time = marketplace.clock.time
        self._undisturbed_response: FinalResponse | None = None

    def reset(self) -> EventSources:
        """Go back to the starting state, with all processes cold."""
        _database().tables = deepcopy(self._tables)
        self._marketplace.clock.time = self._time
        self._marketplace.sdk.restore()
        self._marketplace.sdk.calls.clear()
        self.injector.reset()
        lambda_runtime.cold_start()
        sources = EventSources(self._marketplace, self.injector, _UnreadStream(self._unread))
        sources.retry_queues = deepcopy(self._retry_queues)
        return sources

    def run(self, sources: EventSources) -> list[Call]:
        """Return the calls of the scenario itself, without those of the events that follow from it.

        The first run must be undisturbed: later ones are compared with its response.
        """
        self._scenario.act(sources)
        calls = list(self.injector.calls)
        self.injector.repair()
        self._marketplace.sdk.restore()
        sources.run_schedule()
        sources.run_continuations()
        sources.deliver_all()
        sources.report_emails()
        if sources.responses and not self._undisturbed_response:
            self._undisturbed_response = self.final_response(sources)
        return calls

    def final_response(self, sources: EventSources) -> FinalResponse:
        """What the client got in the end."""
        response = sources.responses[-1]
        if response.status >= HTTPStatus.BAD_REQUEST:
            return response.refusal
        return response.status, without_random_ids(response.text)

    def expected_response(self, sources: EventSources) -> FinalResponse:
        """What the client must get: the undisturbed response.

        The exception is an earlier attempt that committed without storing its response under the idempotency key.
        """
        committed_before = any(COMMIT in done and REMEMBER not in done for done in sources.effects_of_attempts)
        if committed_before and self._scenario.repeated:
            return self._scenario.repeated
        assert self._undisturbed_response
        return self._undisturbed_response

    def partitions(self) -> Partitions:
        """All rows as text, by the partition key of their contract."""
        found: dict[str, list[str]] = {}
        for item in _database().tables["feedback"].all_items():
            row = item.to_json()["Attributes"]
            found.setdefault(row["PK"]["S"], []).append(without_random_ids(row))
        return {contract: "\n".join(sorted(rows)) for contract, rows in found.items()}

    def effects(self, sources: EventSources) -> Effects:
        before, after = (_rows(tables["feedback"]) for tables in (self._tables, _database().tables))
        changed = Counter(
            f"{'-' if key not in after else '~' if key in before else '+'}{_kind_of_row(key)}"
            for key in before.keys() | after.keys()
            if before.get(key) != after.get(key)
        )
        messages = Counter(filter(None, map(_kind_of_message, self.injector.effects)))
        return Effects(changed, messages, sources.responses[-1].status if sources.responses else None)

    def outcome(self) -> Outcome:
        return Outcome(self.partitions(), messages_sent(self.injector.effects), self._idempotency_records())

    def _idempotency_records(self) -> Counter[str]:
        return Counter(
            f"{row['SK']['S'].partition('#')[0]} {row['status']['S']}"
            for row in self._marketplace.idempotency_records()
        )


class _UnreadStream(table_stream.TableStream):
    """Starts with given records, then reads straight from moto's memory, which is quicker than its API."""

    def __init__(self, unread: list[table_stream.Record]) -> None:
        super().__init__()
        self._unread = list(unread)
        self._read_until = len(_records())

    def new_records(self) -> list[table_stream.Record]:
        unread, self._unread = self._unread, []
        records = _records()
        unread += [
            {**record, "dynamodb": {**record["dynamodb"], "ApproximateCreationDateTime": 0}}
            for record in records[self._read_until :]
        ]
        self._read_until = len(records)
        return unread


def messages_sent(effects: list[Call]) -> Counter[str]:
    return Counter(filter(None, map(_message, effects)))


def without_random_ids(value: Any) -> str:
    """As text, without the ids that differ from run to run."""
    return _RANDOM_ID.sub("…", json.dumps(value, sort_keys=True, default=str))


def _rows(table: Table) -> dict[str, Any]:
    rows = (item.to_json()["Attributes"] for item in table.all_items())
    return {f"{row['PK']['S']} {row['SK']['S']}": row for row in rows}


def _kind_of_row(key: str) -> str:
    """Such as `open request`."""
    sort_key = key.split(" ", 1)[1]
    return next(kind for prefix, kind in _KINDS_OF_ROWS.items() if sort_key.startswith(prefix))


def _kind_of_message(call: Call) -> str | None:
    match call.operation:
        case "SendEmail":
            subject = call.parameters["Content"]["Simple"]["Subject"]["Data"]
            return next(f"mail {kind}" for words, kind in _SUBJECTS.items() if words in subject)
        case "Publish":
            return "Dash " + str(json.loads(call.parameters["Message"])["kind"]).removeprefix("feedback_")
        case "PutEvents":
            [entry] = call.parameters["Entries"]
            return f"event {entry['DetailType'].removeprefix('Feedback')}"
        case "SendMessage":
            return str(call.parameters["QueueUrl"]).rpartition("/")[2]
        case _:
            return None


def _message(call: Call) -> str | None:
    """None for a call that sends nothing, or only to a retry queue: that message is still to be handled."""
    sent = call.parameters
    if call.operation not in _CHANNELS or sent.get("QueueUrl") == lambda_runtime.ENVIRONMENT["RETRY_QUEUE_URL"]:
        return None
    if call.operation == "SendEmail":
        sent = {"to": sent["Destination"], "subject": sent["Content"]["Simple"]["Subject"]["Data"]}
    return f"{call.operation} {without_random_ids(sent)}"


def _database() -> DynamoDBBackend:
    return dynamodb_backends["123456789012"]["eu-west-1"]


def _records() -> list[table_stream.Record]:
    shard = _database().tables["feedback"].stream_shard
    assert shard
    return [record.to_json() for record in shard.items]
