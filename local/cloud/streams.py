"""Functions read a table's stream as their event source mapping says.

If a function reports failed records (partial batch response), the batch is retried from the first of them. With
BisectBatchOnFunctionError, a failing batch is halved. After MaximumRetryAttempts, the position of the failing
records goes to the OnFailure destination and the next records are delivered. A slow or failing function does not
delay other functions.

ministack treats reported failures as successes, and retries exceptions for ever.
"""

import logging
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from ministack.core.arn import parse_arn
from ministack.core.responses import request_scope
from ministack.services import dynamodb, lambda_svc

type Json = dict[str, Any]

logger = logging.getLogger("streams")

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 0.2


@dataclass(frozen=True)
class Batch:
    records: list[Json]
    retries: int = 0


def apply() -> None:
    lambda_svc._poll_dynamodb_streams = _poll


def _poll() -> bool:
    """Start a delivery for each idle mapping with new records. Returns whether there was any."""
    started = False
    for account, region, mapping in lambda_svc._iter_all_esms():
        with request_scope(account, region):
            started |= _start_delivery(mapping)
    return started


def _start_delivery(mapping: Json) -> bool:
    identifier, stream = mapping["UUID"], mapping["EventSourceArn"]
    table = _table_of(stream)
    if not table or not mapping["Enabled"] or lambda_svc._esm_inflight.get(identifier):
        return False
    lambda_svc._init_stream_position(identifier, stream, mapping["StartingPosition"])
    positions = lambda_svc._dynamodb_stream_positions
    position = max(positions[identifier], dynamodb.stream_start_position(table))
    records = dynamodb.stream_records_since(table, position, mapping["BatchSize"])
    positions[identifier] = position + len(records)
    wanted = lambda_svc._apply_filter_criteria(records, mapping)
    if wanted:
        lambda_svc._dispatch_esm_batch(identifier, _deliver, mapping, wanted)
    return bool(records)


def _table_of(stream: str) -> str | None:
    name, _label = lambda_svc._dynamodb_stream_table_from_arn_spec(parse_arn(stream)) or ("", "")
    table = dynamodb._tables.get(name)
    return name if table and table["LatestStreamArn"] == stream else None


def _deliver(mapping: Json, records: list[Json]) -> None:
    """Invoke the function until all records are processed or out of retries."""
    most_retries = int(mapping.get("MaximumRetryAttempts", -1))
    todo = deque([Batch(records)])
    while todo and mapping["UUID"] in lambda_svc._esms:
        batch = todo.popleft()
        function, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping["Qualifier"])
        result = lambda_svc._execute_function(function, {"Records": batch.records})
        failed_at = _first_failure(mapping, batch, result)
        if failed_at is None:
            continue
        logger.warning("%s failed on its stream: %s", mapping["FunctionName"], result.get("log") or result["body"])
        if 0 <= most_retries <= batch.retries:
            failed = batch.records[failed_at:]
            lambda_svc._send_ddb_stream_failure_record(
                mapping, function, failed, mapping["EventSourceArn"], result, "RetryAttemptsExhausted"
            )
            continue
        todo.extendleft(reversed(_remaining(mapping, batch, failed_at)))
        time.sleep(min(FIRST_WAIT_SECONDS * 2**batch.retries, LONGEST_WAIT_SECONDS))


def _first_failure(mapping: Json, batch: Batch, result: Json) -> int | None:
    """The index of the first failed record, or None. An unknown identifier fails the whole batch."""
    if result.get("error"):
        return 0
    if "ReportBatchItemFailures" not in mapping["FunctionResponseTypes"]:
        return None
    failures = (result["body"] or {}).get("batchItemFailures") or []
    places = {record["dynamodb"]["SequenceNumber"]: place for place, record in enumerate(batch.records)}
    return min((places.get(failure.get("itemIdentifier"), 0) for failure in failures), default=None)


def _remaining(mapping: Json, batch: Batch, failed_at: int) -> list[Batch]:
    """The batches to try next, in order. Splitting a batch does not count as a retry."""
    left = batch.records[failed_at:]
    if len(batch.records) == 1 or not mapping.get("BisectBatchOnFunctionError"):
        return [Batch(left, batch.retries + 1)]
    if failed_at:
        return [Batch(left, batch.retries)]
    middle = len(left) // 2
    return [Batch(left[:middle], batch.retries), Batch(left[middle:], batch.retries)]
