"""Reads contracts, and finds what no row and no record shows to be done. Where it waits is asked later."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from cli import accepted_events, announced, logs, terminal
from cli.accepted_events import Rows
from cli.announced import Change, Message, Told, Unrecorded
from cli.gaps import NOWHERE, Gap, Place
from cli.sent_messages import Record, SentMessages
from cli.stacks import Stack
from mid_job_feedback.domain.models import Policy
from mid_job_feedback.domain.refusals import ContractNotFound, Unavailable
from mid_job_feedback.idempotency_keys import message_key
from mid_job_feedback.storage import items, store, torn_reads

THREADS: Final = 8
BYTES_PER_UNIT: Final = 8192
"""What an eventually consistent read unit reads."""
INSTANTS: Final = (
    *("requested_at", "closed_at", "provided_at", "edited_at", "first_replied_at", "replaced_at"),
    *("reported_at", "settled_at", "decided_at", "at", "described_by", "last_request_expires_at"),
)
"""Attributes that say when something happened. An open request shows in its contract's deadline."""


class Missing(NamedTuple):
    """A message without a record that it was sent. `records`: those of messages of the same contract."""

    contract_id: str
    change: Change
    message: Message
    records: Mapping[str, Record]

    @property
    def key(self) -> str:
        return message_key(self.message.channel, self.message.message_id)


class Checked(NamedTuple):
    """What was found about one contract. `gaps`: those of which it is known where they are."""

    contract_id: str
    changes: int
    messages: int
    gaps: list[Gap]
    unrecorded: list[Unrecorded]
    missing: list[Missing]


@dataclass(frozen=True)
class ContractChecks:
    """`accepted`: of each contract, as the log names it, the events that the log says were accepted."""

    stack: Stack
    dynamodb: Any
    sent: SentMessages
    policy: Policy
    accepted: Mapping[str, set[str]]
    since: datetime
    now: datetime

    def changed(self) -> list[str]:
        """The contracts whose rows or log lines say that something has happened."""
        changed, named = set(), set()
        for contract_id, row in self._scanned():
            name = logs.logged(contract_id)
            if name in self.accepted:
                named.add(name)
            if name in self.accepted or self._is_recent(row):
                changed.add(contract_id)
        return sorted(changed | (self.accepted.keys() - named))

    def all_of(self, contract_ids: list[str]) -> list[Checked]:
        with ThreadPoolExecutor(THREADS) as pool, terminal.progress("contracts", len(contract_ids)) as bar:
            checked = []
            for found in pool.map(self.one, contract_ids):
                checked.append(found)
                bar.advance(bar.task_ids[0])
            return checked

    def one(self, contract_id: str) -> Checked:
        """Malformed rows are a gap, and no error: other contracts can be checked."""
        accepted = self.accepted.get(logs.logged(contract_id), set())
        gaps = list(accepted_events.missing(contract_id, self.plain_rows(contract_id), accepted))
        try:
            told = torn_reads.whole(
                lambda: announced.read(self._rows(contract_id), self.policy, self.now),
                lambda found: store.is_torn(found.room),
            )
        except ContractNotFound:
            return Checked(contract_id, 0, 0, gaps, [], [])
        except (KeyError, TypeError, ValueError, Unavailable) as malformed:
            reason = f"its rows are malformed, or contradict each other: {type(malformed).__name__}"
            gaps.append(Gap(contract_id, "contract", Place(NOWHERE, None, reason)))
            return Checked(contract_id, 0, 0, gaps, [], [])
        return self._checked(told, gaps)

    def plain_rows(self, contract_id: str) -> Rows:
        return [items.plain(row) for row in self._rows(contract_id)]

    def _checked(self, told: Told, gaps: list[Gap]) -> Checked:
        contract_id = told.contract.contract_id
        changes = [change for change in told.changes() if change.at >= self.since]
        due = [(change, message) for change in changes for message in told.messages(change)]
        keys = {message_key(message.channel, message.message_id) for _, message in due}
        undone = {message_key("dash", change.undoes.message_id) for change in changes if change.undoes}
        records = self.sent.records(keys | undone)
        found = (Missing(contract_id, change, message, records) for change, message in due)
        missing = [each for each in found if not _is_done(each)]
        return Checked(contract_id, len(changes), len(due), gaps, list(told.unrecorded()), missing)

    def _is_recent(self, row: items.Item) -> bool:
        """Whether something has happened, or the contract's start is missing."""
        since = items.stamp(self.since)
        is_unstarted = row["SK"] == items.CONTRACT and "started_at" not in row
        return is_unstarted or any(str(row.get(name, "")) >= since for name in INSTANTS)

    def _scanned(self) -> Iterator[tuple[str, items.Item]]:
        """All rows of contracts, with what says when something happened. No index has the rows by that."""
        name = self.stack.outputs["TableName"]
        table = self.dynamodb.describe_table(TableName=name)["Table"]
        units = table["TableSizeBytes"] // BYTES_PER_UNIT + 1
        terminal.note(f"Reading the whole table: {table['ItemCount']:,} rows, {units:,} read units.")
        names = {f"#{place}": attribute for place, attribute in enumerate(("PK", "SK", "started_at", *INSTANTS))}
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=name, ProjectionExpression=", ".join(names), ExpressionAttributeNames=names
        )
        with terminal.progress("rows", table["ItemCount"]) as bar:
            for page in pages:
                for row in page["Items"]:
                    if row["PK"]["S"].startswith("CONTRACT#"):
                        yield items.contract_id_of(row), items.plain(row)
                bar.advance(bar.task_ids[0], page["ScannedCount"])

    def _rows(self, contract_id: str) -> list[items.Item]:
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.stack.outputs["TableName"],
            KeyConditionExpression="PK = :pk",
            ExpressionAttributeValues={":pk": items.key(contract_id, "")["PK"]},
            ConsistentRead=True,
        )
        return [row for page in pages for row in page["Items"]]


def _is_done(found: Missing) -> bool:
    record = found.records.get(found.key)
    return found.message.is_reported or (record is not None and record.completed)
