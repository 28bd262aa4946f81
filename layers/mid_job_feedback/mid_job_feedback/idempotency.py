"""Idempotency: HTTP calls that carry an Idempotency-Key, and messages that are sent once.

Imported only where needed: each use costs two writes, and the import costs cold-start time.

A response may hold what people wrote. So the records of calls about a contract share a partition, in which they
are found when the data of a person is exported or erased. All other records have a partition each.
"""

from collections.abc import Callable
from copy import copy
from functools import cache
from typing import Any, Final

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
    IdempotencyValidationError,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

from mid_job_feedback import aws, idempotency_keys
from mid_job_feedback.domain import refusals
from mid_job_feedback.domain.refusals import Cause, Dependency
from mid_job_feedback.idempotency_keys import Kind
from mid_job_feedback.settings import settings

DAY: Final = 24 * 60 * 60  # seconds
PARTITION: Final = idempotency_keys.PARTITION
SORT: Final = idempotency_keys.SORT


def once(
    kind: Kind,
    key: str,
    payload: Any,
    act: Callable[[], Any],
    *,
    remembered: int,
    context: LambdaContext,
    contract_id: str | None = None,
) -> Any:
    """Runs `act` and stores its result for `remembered` seconds; a repeat returns that result and does nothing.

    If `act` raises, nothing is stored. A run that died blocks repeats until its function's timeout has passed.
    `contract_id`: the contract that a call is about, in whose partition its record is stored.

    Raises:
        IdempotencyKeyInProgress: another run with the same key has not ended.
        IdempotencyKeyReused: the key was used before with another `payload`.
        Unavailable: the idempotency table is unavailable.
    """
    config = IdempotencyConfig(
        event_key_jmespath="key",
        payload_validation_jmespath="payload",
        raise_on_no_idempotency_key=True,
        expires_after_seconds=remembered,
        hash_function="sha256",
        lambda_context=context,
    )
    partition = of_contract(contract_id) if contract_id else idempotency_keys.partition(kind, key)
    table = _in_partition(partition, _table(settings().idempotency_table, aws.client("dynamodb")))
    # What Powertools calls next. It never needs GetItem, since a failed condition returns the record.
    operation = "PutItem"

    @idempotent_function(  # type: ignore[untyped-decorator]
        data_keyword_argument="call", persistence_store=table, config=config, key_prefix=kind
    )
    def run(*, call: dict[str, Any]) -> Any:  # noqa: ARG001 - read by the decorator
        nonlocal operation
        operation = "DeleteItem"  # if `act` raises
        result = act()
        operation = "UpdateItem"
        return result

    try:
        return run(call={"key": key, "payload": payload})
    except IdempotencyValidationError as error:
        raise refusals.IdempotencyKeyReused from error
    except IdempotencyAlreadyInProgressError as error:
        raise refusals.IdempotencyKeyInProgress from error
    except IdempotencyInconsistentStateError as error:  # the record was removed or expired in between, repeatedly
        raise refusals.Unavailable(Dependency.IDEMPOTENCY_TABLE, operation, Cause.LOST_RACE) from error
    except IdempotencyPersistenceLayerError as error:
        raise refusals.Unavailable(Dependency.IDEMPOTENCY_TABLE, operation, aws.cause_of(error)) from error


def of_contract(contract_id: str) -> str:
    """The partition key of the records of calls about this contract."""
    return f"CONTRACT#{contract_id}"


def _in_partition(partition: str, table: DynamoDBPersistenceLayer) -> DynamoDBPersistenceLayer:
    """A copy, since Powertools takes the partition key as a setting, and configures what it uses for good."""
    copied = copy(table)
    copied.static_pk_value = partition
    return copied


@cache
def _table(name: str, client: Any) -> DynamoDBPersistenceLayer:
    """Made once, because each registers event handlers on the client for good."""
    return DynamoDBPersistenceLayer(
        table_name=name, key_attr=PARTITION, sort_key_attr=SORT, static_pk_value="", boto3_client=client
    )
