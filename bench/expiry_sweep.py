"""The expiry sweep against a loop that closes one due request after the other, each in a transaction."""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from bench import dynamodb, inside
from bench.dynamodb import TABLE, Database
from bench.report import Figure, Series, ratio, series
from mid_job_feedback.domain import lifecycle
from mid_job_feedback.domain.models import FeedbackRequest, RequestStatus
from mid_job_feedback.storage import items, table
from mid_job_feedback.storage.row_changes import RowChange
from mid_job_feedback.workers import expiry

LATENCY: Final = 0.008  # seconds added to each call: about what a table in the same region takes

type Way = Callable[[Database], None]


def measure(*, quick: bool) -> list[Figure]:
    with inside.running() as (database, _):
        return [
            _compared(
                database,
                "Expiry sweep on DynamoDB Local",
                due=2_000 if quick else 10_000,
                rounds=1 if quick else 3,
            ),
            _with_latency(database, due=10_000),
            *([] if quick else [_growing(database), _memory(database)]),
        ]


def _compared(database: Database, name: str, due: int, rounds: int) -> Figure:
    """Seconds of each way, in turn; the records that the stream writes afterwards are shown apart."""
    ways: dict[str, Way] = {"one after the other": _one_after_the_other, "sweep": _sweep}
    took: dict[str, list[float]] = {way: [] for way in (*ways, "sweep, then all records")}
    for run in ways.values():  # warms up what is measured, and the emulator's own compiler
        _fill(database, 500)
        run(database)
    for _ in range(rounds):
        for way, run in ways.items():
            _fill(database, due)
            took[way].append(_seconds(partial(run, database)))
        took["sweep, then all records"].append(took["sweep"][-1] + _seconds(partial(_record, due)))
    return Figure(
        name,
        "s",
        tuple(series(way, seconds) for way, seconds in took.items()),
        (
            ratio("one after the other ÷ sweep", took["one after the other"], took["sweep"], 5, at_least=True),
            ratio(
                "one after the other ÷ sweep and records",
                took["one after the other"],
                took["sweep, then all records"],
            ),
        ),
        f"{due:,} due requests. The loop removes and records each in one transaction; the sweep removes, and the"
        " stream's records are handled later, here one by one in one process.",
    )


def _with_latency(database: Database, due: int) -> Figure:
    """Of the loop, which takes minutes, a tenth is measured: each of its steps is like the other."""
    sample = max(due // 10, 100)
    with _latency():
        _fill(database, sample)
        loop = _seconds(lambda: _one_after_the_other(database)) / sample
        _fill(database, due)
        sweep = _seconds(lambda: _sweep(database)) / due
    return Figure(
        f"Expiry sweep with {LATENCY * 1000:.0f} ms added to each call",
        "ms a request",
        (series("one after the other", [loop * 1000]), series("sweep", [sweep * 1000])),
        (ratio("one after the other ÷ sweep", [loop], [sweep], 30, at_least=True),),
        f"{due:,} due requests; of the loop {sample:,}.",
    )


def _growing(database: Database) -> Figure:
    per_request: dict[int, float] = {}
    for due in (1_000, 10_000, 100_000):
        _fill(database, due)
        per_request[due] = _seconds(lambda: _sweep(database)) / due
    return Figure(
        "Expiry sweep by size of the backlog",
        "ms a request",
        tuple(series(f"{due:,} due", [seconds * 1000]) for due, seconds in per_request.items()),
        (ratio("100,000 ÷ 10,000, a request", [per_request[100_000]], [per_request[10_000]], 1.3),),
    )


def _memory(database: Database) -> Figure:
    peaks: list[Series] = []
    megabytes: list[float] = []
    _fill(database, 500)
    _sweep(database)  # loads what is loaded late
    for due in (10_000, 40_000):
        _fill(database, due)
        tracemalloc.start()
        _sweep(database)
        megabytes.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
        peaks.append(series(f"{due:,} due", megabytes[-1:]))
    found = ratio("40,000 ÷ 10,000", megabytes[1:], megabytes[:1], 1.3)
    return Figure("Memory of an expiry sweep at its peak", "MB", tuple(peaks), (found,))


def _fill(database: Database, due: int) -> None:
    """Requests that were due a day ago, each with a message of two hundred characters."""
    requested_at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=15)
    dynamodb.fill(database, [_row(_request(number, requested_at)) for number in range(due)])


def _request(number: int, requested_at: datetime) -> FeedbackRequest:
    return FeedbackRequest(
        request_id=f"r-{number}",
        contract_id=f"c-{number}",
        status=RequestStatus.PENDING,
        message="How is it going? " * 12,
        requested_at=requested_at,
        expires_at=requested_at + timedelta(days=14),
    )


def _row(request: FeedbackRequest) -> dict[str, Any]:
    return {
        **items.open_request_key(request.contract_id, request.request_id),
        **items.to_dynamo(items.open_request_item(request)),
    }


def _one_after_the_other(_: Database) -> None:
    now = str(int(datetime.now(UTC).timestamp()))
    for shard in range(items.DUE_SHARDS):
        for row in table.query_all(
            IndexName="due",
            KeyConditionExpression="due_shard = :shard AND expires_at <= :now",
            ExpressionAttributeValues={":shard": {"N": str(shard)}, ":now": {"N": now}},
        ):
            _close(row)


def _close(row: dict[str, Any]) -> None:
    request = items.from_open_request_item(items.plain(row))
    closed = lifecycle.close(request, "deadline_passed", request.expires_at)
    sort = items.closed_request_sort(closed.requested_at, closed.request_id)
    item = {**items.key(closed.contract_id, sort), **items.to_dynamo(items.closed_request_item(closed))}
    remove = {"Key": {"PK": row["PK"], "SK": row["SK"]}, "ConditionExpression": "attribute_exists(PK)"}
    record = {"Item": item, "ConditionExpression": "attribute_not_exists(PK)"}
    writes: Any = [{"Delete": {"TableName": TABLE, **remove}}, {"Put": {"TableName": TABLE, **record}}]
    table.client().transact_write_items(TransactItems=writes)


def _sweep(_: Database) -> None:
    swept = expiry.sweep(datetime.now(UTC), lambda: 60_000, lambda: None)
    assert swept.expired


def _record(due: int) -> None:
    """What the function does with each removal that the stream tells of."""
    requested_at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=15)
    for number in range(due):
        row = items.plain(_row(_request(number, requested_at)))
        removed = expiry.read(RowChange("REMOVE", items.OPEN_REQUEST, row, {}))
        assert removed
        assert expiry.record_removal(removed)


def _seconds(run: Callable[[], None]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


@contextmanager
def _latency() -> Iterator[None]:
    def wait(**_: object) -> None:
        time.sleep(LATENCY)

    hooks = table.client().meta.events
    hooks.register("before-send.dynamodb", wait)
    yield
    hooks.unregister("before-send.dynamodb", wait)
