"""`reconcile`: whether every change was announced on every channel, and every accepted event was applied."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Any, Final, NamedTuple

import typer

from cli import accepted_events, change_ids, explanation, instants, logs, terminal, waiting
from cli import tool as tools
from cli.announced import Unrecorded
from cli.contract_checks import Checked, ContractChecks, Missing
from cli.errors import CommandError, ExitCode
from cli.gaps import IN_PROGRESS, NOT_RECEIVED, NOWHERE, STREAM, SWEEP, Gap, Place
from cli.sent_messages import SentMessages
from cli.stacks import Stack
from cli.waiting import Sought, Waiting
from mid_job_feedback import clock, idempotency_keys
from mid_job_feedback.domain.contract_events import Expected
from mid_job_feedback.domain.models import shown

REMEMBERED: Final = timedelta(days=idempotency_keys.MESSAGES_REMEMBERED_DAYS)
WORDS: Final = {
    NOWHERE: "nowhere",
    STREAM: "in the table's stream",
    SWEEP: "waiting for the sweep",
    IN_PROGRESS: "being sent",
    NOT_RECEIVED: "not received",
}
NOT_PROVABLE: Final = (
    "reminders of requests that have ended, or that a later reminder has followed",
    "reports that a later one of the same party has replaced, and bounces of e-mails that another has followed",
    "contract events that somebody deleted from a queue before they were applied: replay the archive",
)


class Unproven(NamedTuple):
    """A message without a record, which may rightly not have been sent."""

    missing: Missing
    reason: str

    @property
    def document(self) -> dict[str, str]:
        return {
            "contract_id": self.missing.contract_id,
            "change": self.missing.change.what,
            "message_id": self.missing.key,
            "reason": self.reason,
        }


def reconcile(
    context: typer.Context,
    *,
    since: Annotated[
        datetime,
        typer.Option(
            parser=instants.parse_past,
            metavar="INSTANT|DURATION",
            help="Check what has happened since: 2026-12-24T12:00:00Z, or 90m, 12h, 7d ago. At most 30 days.",
        ),
    ],
    contract: Annotated[
        list[str] | None,
        typer.Option("--contract", metavar="ID", help="Only this contract; may be repeated. Default: all."),
    ] = None,
) -> None:
    """Check that every change was announced on every channel, and every accepted event applied. Changes nothing.

    Exits with 3 if something waits, in a queue or elsewhere, and with 4 if something is nowhere. Reads the whole
    table, unless contracts are named. To look into a failure queue counts as a try of each message there.
    """
    tool, now = tools.of(context), clock.now()
    if now - since > REMEMBERED:
        raise CommandError(
            f"Records that a message was sent are kept for {REMEMBERED.days} days: "
            f"choose an instant after {shown(now - REMEMBERED)}."
        )
    document = Reconciliation(tool.stack, since, now, sorted(set(contract or ()))).document()
    tool.answer(document, lambda: _show(document))
    if found := {gap["found_in"] for gap in document["gaps"]}:
        raise typer.Exit(ExitCode.FOUND_LOSS if NOWHERE in found else ExitCode.FOUND_SOMETHING)


@dataclass(frozen=True)
class Reconciliation:
    """One run. `chosen`: the only contracts to look at; empty for all."""

    stack: Stack
    since: datetime
    now: datetime
    chosen: Collection[str]

    def document(self) -> dict[str, Any]:
        checks = self._checks
        checked = checks.all_of(list(self.chosen) or checks.changed())
        judged = {each.contract_id: list(self._judged(each)) for each in checked}
        for contract_id, found in judged.items():
            # What waited when the records were read may have been done before the queues were: look once more.
            if any(isinstance(each, Gap) and each.is_lost for each in found):
                judged[contract_id] = list(self._judged(checks.one(contract_id)))
        all_judged = [each for found in judged.values() for each in found]
        gaps = [*(each for each in all_judged if isinstance(each, Gap)), *self._events()]
        gaps.sort(key=lambda gap: (gap.contract_id or "", gap.at or self.since, gap.change, gap.message or ""))
        return {
            "since": shown(self.since),
            "until": shown(self.now),
            "contracts": len(checked),
            "changes": sum(each.changes for each in checked),
            "messages": sum(each.messages for each in checked),
            "events_in_log": sum(map(len, checks.accepted.values())),
            "gaps": [gap.document for gap in gaps],
            "unproven": [each.document for each in all_judged if isinstance(each, Unproven)],
            "not_provable": list(NOT_PROVABLE),
        }

    @cached_property
    def _checks(self) -> ContractChecks:
        return ContractChecks(
            self.stack,
            self._sent.dynamodb,
            self._sent,
            explanation.policy(self.stack),
            self._accepted(),
            self.since,
            self.now,
        )

    @cached_property
    def _sent(self) -> SentMessages:
        return SentMessages(self.stack, self.stack.client("dynamodb"), self.now - self.since)

    @cached_property
    def _waiting(self) -> Waiting:
        return waiting.read(self.stack, self.now)

    def _accepted(self) -> Mapping[str, set[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        names = {logs.logged(contract_id) for contract_id in self.chosen}
        for event, contract_id in accepted_events.logged(self.stack, self.now - self.since):
            if not names or contract_id in names:
                found[contract_id].add(event)
        return found

    def _judged(self, checked: Checked) -> Iterator[Gap | Unproven]:
        yield from checked.gaps
        for ended in checked.unrecorded:
            yield Gap(checked.contract_id, ended.what, self._place_of_end(checked, ended), ended.at)
        for missing in checked.missing:
            change, message = missing.change, missing.message
            if self._sent.is_not_due(change, message, missing.records):
                continue
            if change.doubt and message.channel != "event":
                yield Unproven(missing, change.doubt)
            else:
                yield Gap(missing.contract_id, change.what, self._place(missing), change.at, missing.key)

    def _place(self, missing: Missing) -> Place:
        record, news = missing.records.get(missing.key), missing.change.news
        if record and record.in_progress:
            return Place(IN_PROGRESS)
        identity, ids = change_ids.identity(news), change_ids.ids(news)
        sought = Sought("notify", identity, ids, missing.change.at, missing.key)
        return self._waiting.place(sought) or Place(NOWHERE)

    def _place_of_end(self, checked: Checked, ended: Unrecorded) -> Place:
        if not ended.is_removed:
            return Place(SWEEP)
        ids = {"contract_id": checked.contract_id, "request_id": ended.request_id}
        sought = Sought("expire", waiting.removal(ended.request_id), ids, ended.at)
        return self._waiting.place(sought) or Place(NOWHERE)

    def _events(self) -> Iterator[Gap]:
        """Contract events in the queues."""
        yield from accepted_events.not_applied_yet(self.stack, self.chosen)
        expected = Expected(self.stack.outputs["EventSource"], self.now)
        yield from accepted_events.set_aside(self.stack, expected, self._checks.plain_rows, self.chosen)


def _show(document: Mapping[str, Any]) -> None:
    counts = (
        terminal.count(document["contracts"], "contract", "contracts"),
        terminal.count(document["changes"], "change", "changes"),
        terminal.count(document["messages"], "message", "messages"),
    )
    terminal.say(f"Since {document['since']}: {', '.join(counts)} checked.")
    gaps, unproven = document["gaps"], document["unproven"]
    if gaps:
        terminal.say("", "Missing", style="bold")
        terminal.show(terminal.table("contract", "what", "where it is", rows=map(_gap_in_words, gaps)))
        places = Counter(gap["found_in"] for gap in gaps)
        parts = (f"{number} {_words(place)}" for place, number in sorted(places.items()))
        terminal.say("", f"{terminal.count(len(gaps), 'gap', 'gaps')}: {', '.join(parts)}.", style="bold")
    else:
        terminal.say("Every change was announced on every channel, and every accepted event was applied.")
    if unproven:
        terminal.say("", "Without a record, and maybe rightly so", style="bold")
        rows = (
            (each["contract_id"], f"{each['change']}\n{each['message_id']}", each["reason"]) for each in unproven
        )
        terminal.show(terminal.table("contract", "what", "why", rows=rows))
    terminal.note(f"This says nothing about {'; '.join(document['not_provable'])}.")


def _gap_in_words(gap: Mapping[str, Any]) -> tuple[str, str, str]:
    what = "\n".join(filter(None, (gap["change"], gap["at"], gap["message_id"])))
    place = (_words(gap["found_in"]), gap["sqs_message_id"], gap["reason"])
    return gap["contract_id"] or "", what, "\n".join(filter(None, place))


def _words(place: str) -> str:
    return WORDS.get(place, f"in {place.replace('_', ' ')}")
