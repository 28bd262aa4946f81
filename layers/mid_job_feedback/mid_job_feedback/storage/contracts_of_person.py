"""Finds what is stored about a person without a scan: their contracts by indexes, and the partition of their rows.

An index lags behind the table by moments, so an erasure looks into each a second time; see `workers/privacy.py`.
"""

from collections.abc import Iterator
from typing import NamedTuple

from mid_job_feedback.storage import items, table


class Place(NamedTuple):
    """A contract, and the position from which to go on after it."""

    contract_id: str
    position: str


def as_client(person_id: str, after: str) -> Iterator[Place]:
    """The contracts of which the person is the client, by the index `client`, from behind the position `after`.

    Raises:
        Unavailable: the table is throttled or out of reach; some contracts may have been returned already.
    """
    first, last = items.client_keys_of_contracts(after)
    rows = table.query_all(
        IndexName="client",
        KeyConditionExpression="client_id = :client_id AND client_key BETWEEN :first AND :last",
        ExpressionAttributeValues={
            ":client_id": items.dynamo(person_id),
            ":first": items.dynamo(first),
            ":last": items.dynamo(last),
        },
    )
    return (Place(items.contract_id_of(row), row["client_key"]["S"]) for row in rows)


def as_freelancer(person_id: str, after: str) -> Iterator[Place]:
    """The contracts of which the person is the freelancer, by the index `work_history`; as `as_client`.

    Feedback that the index has below them is passed over.
    """
    rows = table.query_all(
        IndexName="work_history",
        KeyConditionExpression="freelancer_id = :freelancer_id AND history_key > :after",
        ExpressionAttributeValues={
            ":freelancer_id": items.dynamo(person_id),
            ":after": items.dynamo(after or " "),
        },
        ProjectionExpression="PK, SK, history_key",
    )
    return (
        Place(items.contract_id_of(row), row["history_key"]["S"])
        for row in rows
        if row["SK"]["S"] == items.CONTRACT
    )


def named_by_mistake(person_id: str, after: str) -> Iterator[Place]:
    """The contracts for which starts have named the person by mistake, read consistently; as `as_client`."""
    rows = table.query_all(
        KeyConditionExpression="PK = :pk AND SK BETWEEN :first AND :last",
        ExpressionAttributeValues={
            ":pk": items.person_partition(person_id),
            ":first": items.dynamo(f"{after} " if after else items.NAMED),
            ":last": items.dynamo(items.AFTER_NAMED),
        },
        ConsistentRead=True,
    )
    return (Place(row["SK"]["S"].removeprefix(items.NAMED), row["SK"]["S"]) for row in rows)


def rows_about(person_id: str) -> Iterator[items.Item]:
    """The rows in the person's own partition, with a freelancer's summaries, in DynamoDB JSON.

    Raises:
        Unavailable: the table is throttled or out of reach; some rows may have been returned already.
    """
    return table.query_all(
        KeyConditionExpression="PK = :pk",
        ExpressionAttributeValues={":pk": items.person_partition(person_id)},
        ConsistentRead=True,
    )
