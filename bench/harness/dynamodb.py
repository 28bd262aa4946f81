"""The table on AWS's own DynamoDB Local, with contracts to ask for and give feedback on."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import boto3

from tests.store import dynamodb_local
from tests.template import create_table

TABLE, IDEMPOTENCY_TABLE = "feedback", "idempotency"
CLIENT, FREELANCER = "u-client", "u-freelancer"
REGION = "eu-west-1"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}
BATCH = 25  # items of a BatchWriteItem

type Item = dict[str, Any]


class Database(NamedTuple):
    address: str
    port: int
    client: Any


@contextmanager
def running() -> Iterator[Database]:
    """DynamoDB Local with both tables of the template, empty."""
    with dynamodb_local.running() as address:
        client = boto3.client(
            "dynamodb",
            endpoint_url=address,
            region_name=REGION,
            aws_access_key_id="bench",
            aws_secret_access_key="bench",  # noqa: S106 - it takes any
        )
        create_table(client, "Table", TABLE)
        create_table(client, "IdempotencyTable", IDEMPOTENCY_TABLE)
        yield Database(address, urlsplit(address).port or 0, client)


def fill(database: Database, rows: Sequence[Item]) -> None:
    """Put rows in DynamoDB's notation, many at a time."""
    batches = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]

    def put(batch: Sequence[Item]) -> None:
        todo = {TABLE: [{"PutRequest": {"Item": row}} for row in batch]}
        while todo:
            todo = database.client.batch_write_item(RequestItems=todo)["UnprocessedItems"]

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(put, batches))


def contract(contract_id: str, freelancer_id: str = FREELANCER) -> Item:
    """Sixty days old and paid yesterday: asking for and giving feedback is possible."""
    started_at = datetime.now(UTC) - timedelta(days=60)
    return {
        "PK": {"S": f"CONTRACT#{contract_id}"},
        "SK": {"S": "CONTRACT"},
        "contract_id": {"S": contract_id},
        "title": {"S": "Website relaunch"},
        "started_at": {"S": stamp(started_at)},
        "last_payment_at": {"S": stamp(datetime.now(UTC) - timedelta(days=1))},
        "client_id": {"S": CLIENT},
        "client_name": {"S": "Client"},
        "client_email": {"S": "client@example.com"},
        "freelancer_id": {"S": freelancer_id},
        "freelancer_name": {"S": "Freelancer"},
        "freelancer_email": {"S": "freelancer@example.com"},
        "history_key": {"S": f"{stamp(started_at)}#{contract_id}#~"},
    }


def feedback(of: Item, number: int, comment: str = "Reliable and quick, with clear reports.") -> Item:
    """The entry `number` (an older one the higher) of a contract's feedback."""
    contract_id, started_at = of["contract_id"]["S"], of["started_at"]["S"]
    provided_at = stamp(datetime.now(UTC) - timedelta(days=31, minutes=number))
    categories = ("skills", "quality", "availability", "deadlines", "communication", "cooperation")
    return {
        "PK": of["PK"],
        "SK": {"S": f"FEEDBACK#{provided_at}#f-{number}"},
        "contract_id": {"S": contract_id},
        "feedback_id": {"S": f"f-{number}"},
        "kind": {"S": "mid_contract"},
        "ratings": {"M": {category: {"N": "4"} for category in categories}},
        "score": {"N": "4"},
        "comment": {"S": comment},
        "provided_at": {"S": provided_at},
        "freelancer_id": of["freelancer_id"],
        "history_key": {"S": f"{started_at}#{contract_id}#{provided_at}#f-{number}"},
    }


def stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
