"""Record contract events. Call these functions in the transaction that makes the change.

The event is then neither lost nor published for a change that was rolled back.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from feedback_integration.models import OutboxEvent


class Person(NamedTuple):
    id: str
    name: str
    email: str
    locale: str | None = None
    time_zone: str | None = None


def contract_started(
    contract_id: str, *, title: str, started_at: datetime, client: Person, freelancer: Person
) -> None:
    """Record the start, or a change of the title or of a person's name, address, language or time zone."""
    people = {"client": client._asdict(), "freelancer": freelancer._asdict()}
    _record("ContractStarted", contract_id, title=title, started_at=_instant(started_at), **people)


def payment_made(contract_id: str, *, payment_id: str, paid_at: datetime) -> None:
    _record("PaymentMade", contract_id, payment_id=payment_id, paid_at=_instant(paid_at))


def contract_ended(contract_id: str, *, ended_at: datetime) -> None:
    _record("ContractEnded", contract_id, ended_at=_instant(ended_at))


def end_of_contract_feedback_provided(
    contract_id: str, *, feedback_id: str, ratings: Mapping[str, int], comment: str | None, provided_at: datetime
) -> None:
    feedback = {"feedback_id": feedback_id, "ratings": dict(ratings), "comment": comment}
    _record("EndOfContractFeedbackProvided", contract_id, **feedback, provided_at=_instant(provided_at))


def _record(detail_type: str, contract_id: str, **detail: object) -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("Record contract events in the transaction of the change.")
    OutboxEvent.objects.create(
        detail_type=detail_type,
        # Not as \u escapes, which are up to three times as long: PutEvents has a limit in bytes.
        detail=json.dumps({"contract_id": contract_id, **detail}, ensure_ascii=False),
        occurred_at=timezone.now(),
    )


def _instant(moment: datetime) -> str:
    if timezone.is_naive(moment):
        raise ValueError("An instant needs a time zone.")
    return moment.astimezone(UTC).isoformat()
