"""DynamoDB Local with the tables of the template, and rows to fill them with."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import boto3

from mid_job_feedback.domain.models import Contract
from mid_job_feedback.storage import items
from tests.builders import DAY, FREELANCER, a_contract, a_feedback
from tests.store import dynamodb_local, rows
from tests.template import create_table

TABLE, IDEMPOTENCY_TABLE = "feedback", "idempotency"
REGION = "eu-west-1"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}
BATCH = 25  # BatchWriteItem takes no more items

type Item = dict[str, Any]

_numbers = count()


class Database(NamedTuple):
    address: str
    port: int
    client: Any


@contextmanager
def running() -> Iterator[Database]:
    """DynamoDB Local with both tables of the template, empty. Java uses its best compiler: many calls follow."""
    with dynamodb_local.running(java_flags=()) as address:
        client = boto3.client(
            "dynamodb",
            endpoint_url=address,
            region_name=REGION,
            aws_access_key_id="bench",
            aws_secret_access_key="bench",  # noqa: S106 - DynamoDB Local accepts any
        )
        create_table(client, "Table", TABLE)
        create_table(client, "IdempotencyTable", IDEMPOTENCY_TABLE)
        yield Database(address, urlsplit(address).port or 0, client)


def fill(database: Database, rows: Sequence[Item]) -> None:
    """Write rows, given in DynamoDB's attribute-value format, in parallel batches."""
    batches = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]

    def put(batch: Sequence[Item]) -> None:
        unwritten = {TABLE: [{"PutRequest": {"Item": row}} for row in batch]}
        while unwritten:
            unwritten = database.client.batch_write_item(RequestItems=unwritten)["UnprocessedItems"]

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(put, batches))


def put_new_contracts(
    database: Database, number: int, *, entries: int, freelancer_id: str = FREELANCER.id
) -> Iterator[str]:
    """Write contracts with `entries` of feedback each; returns their new, unique IDs."""
    contract_ids = [f"c-{next(_numbers)}" for _ in range(number)]
    fill(database, [row for each in contract_ids for row in contract_rows(each, entries, freelancer_id)])
    return iter(contract_ids)


def contract_rows(contract_id: str, entries: int = 0, freelancer_id: str = FREELANCER.id) -> list[Item]:
    """An eligible contract (60 days old, paid yesterday) with `entries` of feedback, all over 30 days old.

    The rows agree, as those that the commands write do. If they contradicted each other, reads would be repeated.
    """
    now = datetime.now(UTC)
    newest = now - 31 * DAY
    contract = a_contract(
        contract_id=contract_id,
        started_at=now - 60 * DAY,
        last_payment_at=now - DAY,
        last_feedback_at=newest if entries else None,
        freelancer=FREELANCER.model_copy(update={"id": freelancer_id}),
    )
    return [
        rows.contract_row(contract),
        *(_feedback_row(contract, f"f-{n}", newest - timedelta(minutes=n)) for n in range(entries)),
    ]


def _feedback_row(contract: Contract, feedback_id: str, provided_at: datetime) -> Item:
    feedback = a_feedback(
        feedback_id=feedback_id,
        contract_id=contract.contract_id,
        comment="Reliable and quick, with clear reports.",
        provided_at=provided_at,
    )
    row = items.feedback_item(feedback) | items.history_attributes(contract, feedback_id, provided_at)
    return {**items.key(contract.contract_id, items.feedback_sort(feedback)), **items.to_dynamo(row)}
