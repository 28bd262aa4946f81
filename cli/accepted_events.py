"""Contract events that were accepted and not applied: those in the queues, and those whose effect the table lacks.

An event leaves its queue only after it was applied or set aside. Applied events leave no record of their own, but
what they say is in the rows, and the log has a line for each.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final, NamedTuple, assert_never

from pydantic import ValidationError

from cli import logs, queues, waiting
from cli.gaps import NOT_RECEIVED, NOWHERE, Gap, Place
from cli.queues import FailedMessage
from cli.stacks import Stack
from mid_job_feedback.domain import contract_events as events
from mid_job_feedback.domain.contract_events import Expected
from mid_job_feedback.storage import items

type Rows = list[items.Item]
"""All rows of a contract, converted from DynamoDB JSON."""
type ReadRows = Callable[[str], Rows]

QUEUE: Final = "contract_events"
DEAD_LETTERS: Final = "contract_events_dead_letter"
_END_OF_CONTRACT: Final = f"{items.FEEDBACK}END#"


class Logged(NamedTuple):
    """An event that the log says was applied, or changed nothing. `contract_id`: as the log has it."""

    event: str
    contract_id: str


def logged(stack: Stack, look_back: timedelta) -> set[Logged]:
    """What the log of the functions says was accepted."""
    found = logs.lines(stack, '"ingest accepted"', look_back)
    return {
        Logged(line["event"], line["contract_id"]) for line in found if {"event", "contract_id"} <= line.keys()
    }


def set_aside(stack: Stack, expected: Expected, rows_of: ReadRows, chosen: Collection[str]) -> Iterator[Gap]:
    """Events in the dead-letter queue, except those that were applied all the same, such as by a later copy."""
    with queues.held(stack, DEAD_LETTERS) as messages:
        found = list(messages)
    for message in found:
        contract_id, event = _named(message)
        if chosen and contract_id not in chosen:
            continue
        if not _is_applied(message, expected, rows_of):
            yield Gap(contract_id, event, Place(DEAD_LETTERS, message.message_id, message.reason))


def not_applied_yet(stack: Stack, chosen: Collection[str]) -> Iterator[Gap]:
    """Events in the queue. Those that failed are named; of the others, their number is known."""
    failing = {line["sqs_message_id"]: line for line in waiting.failing(stack, QUEUE, "Ingest") if _is_event(line)}
    names = {logs.logged(contract_id): contract_id for contract_id in chosen}
    for message_id, line in failing.items():
        contract_id = line["contract_id"]
        if not chosen or contract_id in names:
            place = Place(QUEUE, message_id, waiting.reason_in(line))
            yield Gap(names.get(contract_id, contract_id), "contract event", place)
    others = sum(queues.depth(stack, QUEUE)) - len(failing)
    if others > 0:
        yield Gap(None, "contract event", Place(QUEUE, None, f"{others} in this queue"))


def missing(contract_id: str, rows: Rows, accepted: Collection[str]) -> Iterator[Gap]:
    """What the table lacks of a contract. `accepted`: the events that the log says were accepted."""
    for event in accepted:
        if not _has_effect(event, rows):
            yield Gap(contract_id, event, Place(NOWHERE, None, "the log says that it was accepted"))
    contract = next((row for row in rows if row["SK"] == items.CONTRACT), None)
    if rows and "ContractStarted" not in accepted and not (contract and "started_at" in contract):
        reason = "other events of the contract have arrived"
        yield Gap(contract_id, "ContractStarted", Place(NOT_RECEIVED, None, reason))


def _has_effect(event: str, rows: Rows) -> bool:
    contract = next((row for row in rows if row["SK"] == items.CONTRACT), {})
    match event:
        case "ContractStarted":
            return "started_at" in contract
        case "PaymentMade":
            return "last_payment_at" in contract
        case "ContractEnded":
            return "ended_at" in contract
        case _:
            return any(row["SK"].startswith(_END_OF_CONTRACT) for row in rows)


def _is_event(line: Mapping[str, Any]) -> bool:
    return "sqs_message_id" in line and "contract_id" in line


def _named(message: FailedMessage) -> tuple[str | None, str]:
    """The contract and the type of an event, if they can be read."""
    match waiting.parsed(message):
        case {"detail-type": str() as event, "detail": {"contract_id": str() as contract_id}}:
            return contract_id, event
        case _:
            return None, "contract event"


def _is_applied(message: FailedMessage, expected: Expected, rows_of: ReadRows) -> bool:
    try:
        event = events.parse(message.body, expected)
    except ValidationError:
        return False
    rows = rows_of(event.detail.contract_id)
    contract = next((row for row in rows if row["SK"] == items.CONTRACT), {})
    match event.detail:
        case events.ContractStarted() as started:
            people = (contract.get("client_id"), contract.get("freelancer_id"))
            is_older = items.stamp(event.time) <= contract.get("described_by", "")
            return people == (started.client.id, started.freelancer.id) and is_older
        case events.PaymentMade() as payment:
            return bool(contract.get("last_payment_at", "") >= items.stamp(payment.paid_at))
        case events.ContractEnded() as ended:
            return "ended_at" in contract and bool(contract["ended_at"] <= items.stamp(ended.ended_at))
        case events.EndOfContractFeedbackProvided() as provided:
            row = next((row for row in rows if row["SK"] == f"{_END_OF_CONTRACT}{provided.feedback_id}"), {})
            return bool(row.get("stated_by", "") >= items.stamp(event.time))
        case unexpected:
            assert_never(unexpected)
