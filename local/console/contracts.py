"""The contracts in the table: what the API would answer to both parties now, and when that will change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from cli import explanation
from cli.explanation import Facts
from cli.stacks import Stack
from mid_job_feedback.domain import reminders
from mid_job_feedback.domain.models import Role
from mid_job_feedback.domain.views import ActionView, FeedbackTab
from mid_job_feedback.storage import items

ROLLOUT: Final = "The rollout does not include this freelancer."


class NextInstant(NamedTuple):
    """When something will happen or change by itself, such as `the deadline`."""

    what: str
    at: datetime


class Party(NamedTuple):
    """What one party sees in the Contract Room. `reasons`: why the action is not possible."""

    person_id: str
    name: str
    role: Role
    action: str
    possible: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class ContractNow:
    """A contract at one instant. `document`: what `mid-job-feedback explain --json` says of it."""

    contract_id: str
    title: str
    status: str
    parties: tuple[Party, Party]
    request: str
    instants: tuple[NextInstant, ...]
    document: dict[str, Any]

    @property
    def is_requested(self) -> bool:
        return self.document["open_request"] is not None


def read(stack: Stack, at: datetime) -> list[ContractNow]:
    """Every contract whose `ContractStarted` was applied: with an open request first, ended last."""
    found = [described(explanation.read(stack, contract_id, at)) for contract_id in sorted(_ids(stack))]
    return sorted(found, key=lambda contract: (contract.status == "ended", not contract.is_requested))


def next_change(contracts: Sequence[ContractNow]) -> datetime | None:
    """The first instant at which one of the contracts changes by itself."""
    return min((instant.at for contract in contracts for instant in contract.instants), default=None)


def _ids(stack: Stack) -> Iterator[str]:
    pages = (
        stack.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=stack.outputs["TableName"],
            FilterExpression="SK = :contract AND attribute_exists(started_at)",
            ExpressionAttributeValues={":contract": {"S": items.CONTRACT}},
            ConsistentRead=True,
        )
    )
    return (items.contract_id_of(row) for page in pages for row in page["Items"])


def described(facts: Facts) -> ContractNow:
    freelancer, client = facts.tab(Role.FREELANCER), facts.tab(Role.CLIENT)
    return ContractNow(
        contract_id=facts.contract.contract_id,
        title=facts.contract.title,
        status=freelancer.contract.status,
        parties=(
            _party(freelancer, freelancer.actions.request_feedback, "request feedback"),
            _party(client, client.actions.give_feedback, "answer" if client.open_request else "give feedback"),
        ),
        request=_request(freelancer),
        instants=tuple(sorted(_instants(facts, freelancer, client), key=lambda instant: instant.at)),
        document=explanation.document(facts, list(Role)),
    )


def _party(tab: FeedbackTab, action: ActionView, name: str) -> Party:
    person = tab.contract.freelancer if tab.viewer is Role.FREELANCER else tab.contract.client
    reasons = tuple(reason.detail for reason in action.reasons) or (() if action.visible else (ROLLOUT,))
    return Party(person.id, person.name, tab.viewer, name, action.eligible, reasons)


def _request(tab: FeedbackTab) -> str:
    """What became of the newest request, and of its e-mail; empty without one."""
    newest = tab.open_request or next(iter(tab.past_requests), None)
    if newest is None:
        return ""
    email = newest.delivery.email
    reason = f", {email.reason.value}" if email.reason else ""
    return f"Request {newest.status.value}, e-mail {email.status.value}{reason}".replace("_", " ")


def _instants(facts: Facts, freelancer: FeedbackTab, client: FeedbackTab) -> Iterator[NextInstant]:
    if pending := client.open_request:
        told_at = facts.room.seen.reminded_at or pending.requested_at
        due_at = reminders.next_due(pending.expires_at, facts.policy, told_at=told_at)
        if facts.at < due_at < pending.expires_at:
            yield NextInstant("the reminder", due_at)
        yield NextInstant("the deadline", pending.expires_at)
    actions = (freelancer.actions.request_feedback, client.actions.give_feedback)
    for at in {action.eligible_at for action in actions if action.eligible_at}:
        yield NextInstant("eligible", at)
    for feedback in client.feedback:
        for what, until in (
            ("the end of corrections", feedback.correctable_until),
            ("the end of replies", feedback.replyable_until),
        ):
            if until and until > facts.at:
                yield NextInstant(what, until)
