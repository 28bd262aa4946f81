"""What shows that a message was sent, or why not: idempotency records, the log, and rows about addresses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import batched
from typing import Any, Final

from cli import logs
from cli.announced import Change, Message
from cli.stacks import Stack
from mid_job_feedback import clock, idempotency_keys
from mid_job_feedback.domain import email_delivery
from mid_job_feedback.domain.email_delivery import Letter
from mid_job_feedback.storage import items, people

READ_BATCH: Final = 100
"""Keys in one BatchGetItem."""


@dataclass(frozen=True)
class Record:
    """The record of one message. `revoked`: it was not sent, and never will be."""

    completed: bool
    revoked: bool
    runs_until: datetime

    @property
    def in_progress(self) -> bool:
        """A run that died looks so, too, until its time is over."""
        return not self.completed and datetime.now(UTC) < self.runs_until


@dataclass(frozen=True)
class SentMessages:
    """`look_back`: how much of the log is searched for reasons."""

    stack: Stack
    dynamodb: Any
    look_back: timedelta

    def records(self, keys: Iterable[str]) -> dict[str, Record]:
        """The records of messages that have one, by `channel:id`."""
        wanted = {key: idempotency_keys.of_message(*key.split(":", 1)) for key in keys}
        by_partition = {names[idempotency_keys.PARTITION]: key for key, names in wanted.items()}
        found = {}
        for batch in batched(wanted.values(), READ_BATCH, strict=False):
            for row in self._batch("IdempotencyTableName", [_in_dynamodb_json(names) for names in batch]):
                found[by_partition[row[idempotency_keys.PARTITION]["S"]]] = _record(row)
        return found

    def is_not_due(self, change: Change, message: Message, records: Mapping[str, Record]) -> bool:
        """Whether the service would not send it now either, or has logged why it did not."""
        if message.channel == "event":
            return False
        if message.channel == "dash" and change.undoes:
            undone = records.get(idempotency_keys.message_key("dash", change.undoes.message_id))
            if undone.revoked if undone else not change.undoes.is_still_told:
                return True
        if message.letter and self._would_not_be_sent(message.letter):
            return True
        return self._is_explained(change, message)

    def _would_not_be_sent(self, letter: Letter) -> bool:
        """As `messaging/email.py` decides just before it sends."""
        delivery = [items.delivery_key(letter.contract_id, letter.request_id)] if letter.request_id else []
        rows = self._batch("TableName", [*people.keys(letter.recipient.id, letter.recipient.email), *delivery])
        reports = (items.plain(row) for row in rows if row["SK"]["S"].startswith(items.DELIVERY))
        last = next(map(items.from_delivery_item, reports), None)
        reason = email_delivery.reason_not_to_send(letter, people.standing(rows))
        return reason is not None or email_delivery.is_settled(letter, last, clock.now())

    def _is_explained(self, change: Change, message: Message) -> bool:
        """A reminder is explained for all channels, and an e-mail about feedback for itself. What became of other
        e-mails about a request is in the table.
        """
        if change.what == "reminder":
            words, named = "reminder not sent", {"request_id": getattr(change.news, "request_id", None)}
        elif message.letter and message.letter.request is None:
            words = "e-mail not sent"
            named = {"message_id": idempotency_keys.message_key(message.channel, message.message_id)}
        else:
            return False
        return any(
            line["message"].startswith(words)
            and line.items() >= named.items()
            and datetime.fromisoformat(line["timestamp"]) >= change.at
            for line in self._not_sent
        )

    @cached_property
    def _not_sent(self) -> list[dict[str, Any]]:
        return list(logs.lines(self.stack, '"not sent"', self.look_back))

    def _batch(self, table: str, keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows with these keys, read consistently."""
        request = {self.stack.outputs[table]: {"Keys": keys, "ConsistentRead": True}} if keys else {}
        found: list[dict[str, Any]] = []
        while request:
            answer = self.dynamodb.batch_get_item(RequestItems=request)
            found += answer["Responses"].get(self.stack.outputs[table], [])
            request = answer.get("UnprocessedKeys", {})
        return found


def _in_dynamodb_json(names: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"S": value} for name, value in names.items()}


def _record(row: Mapping[str, Any]) -> Record:
    runs_until = row.get("in_progress_expiration", {"N": "0"})["N"]
    return Record(
        completed=row["status"]["S"] == "COMPLETED",
        revoked=idempotency_keys.REVOKED in row.get("data", {}).get("S", ""),
        runs_until=datetime.fromtimestamp(int(runs_until) / 1000, UTC),
    )
