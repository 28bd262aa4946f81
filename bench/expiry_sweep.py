"""Expiry sweep, compared with one transaction after the other: time, latency, backlog and memory."""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from bench.figures import Benchmark, Figure, Series, ratio, series
from bench.harness import dynamodb, in_process
from bench.harness.dynamodb import TABLE, Database
from mid_job_feedback.domain import lifecycle
from mid_job_feedback.domain.models import FeedbackRequest
from mid_job_feedback.storage import items, table
from mid_job_feedback.storage.row_changes import RowChange
from mid_job_feedback.workers import expiry
from tests.builders import DAY, POLICY, a_request
from tests.store import rows

ROUNDS, QUICK_ROUNDS = 3, 1
DUE, QUICK_DUE = 10_000, 2_000
WARM_UP_DUE: Final = 500
# Latency that is added to each call, as a multiple of the time of one transaction on this machine. With a fixed
# latency, DynamoDB Local's own work would weigh more on a slow machine, and change the ratio.
LATENCY: Final = 4
BACKLOGS: Final = (1_000, 10_000, 100_000)
BACKLOGS_IN_MEMORY: Final = (10_000, 40_000)

SPEEDUP_THRESHOLD: Final = 5
SPEEDUP_WITH_LATENCY_THRESHOLD: Final = 30
GROWTH_THRESHOLD: Final = 1.3

SEQUENTIAL, SWEEP = "sequential transactions", "sweep"
SWEEP_AND_STREAM = "sweep and stream processing"

type Expire = Callable[[], None]


def measure(*, quick: bool) -> Benchmark:
    """The quick form leaves out the figures for backlog and memory."""
    rounds, due = (QUICK_ROUNDS, QUICK_DUE) if quick else (ROUNDS, DUE)
    with in_process.running() as database:
        without_latency = _without_latency(database, due, rounds)
        transaction = without_latency.series[0].median / due
        figures = [without_latency, _with_latency(database, DUE, rounds, LATENCY * transaction)]
        if not quick:
            figures += [_by_backlog(database), _memory(database)]
    return Benchmark("Expiry sweep", _method(rounds), tuple(figures))


def _without_latency(database: Database, due: int, rounds: int) -> Figure:
    variants: dict[str, Expire] = {SEQUENTIAL: _expire_sequentially, SWEEP: _sweep}
    seconds: dict[str, list[float]] = {variant: [] for variant in (*variants, SWEEP_AND_STREAM)}
    for expire in variants.values():  # warms up the code that is measured, and DynamoDB Local's JIT compiler
        _put_due_requests(database, WARM_UP_DUE)
        expire()
    for _ in range(rounds):
        for variant, expire in variants.items():
            _put_due_requests(database, due)
            seconds[variant].append(_seconds(expire))
        seconds[SWEEP_AND_STREAM].append(seconds[SWEEP][-1] + _seconds(partial(_process_stream, due)))
    return Figure(
        "DynamoDB Local without added latency",
        "s",
        tuple(series(variant, samples) for variant, samples in seconds.items()),
        (
            ratio(
                f"{SEQUENTIAL} vs. {SWEEP}",
                seconds[SEQUENTIAL],
                seconds[SWEEP],
                SPEEDUP_THRESHOLD,
                at_least=True,
            ),
            ratio(f"{SEQUENTIAL} vs. {SWEEP_AND_STREAM}", seconds[SEQUENTIAL], seconds[SWEEP_AND_STREAM]),
        ),
        f"{due:,} due requests.",
    )


def _with_latency(database: Database, due: int, rounds: int, latency: float) -> Figure:
    """Only a tenth of the transactions is measured: all would take minutes, and each takes about the same time."""
    sample = due // 10
    sequential: list[float] = []
    sweep: list[float] = []
    with _added(latency):
        for _ in range(rounds):
            _put_due_requests(database, sample)
            sequential.append(_seconds(_expire_sequentially) / sample * 1000)
            _put_due_requests(database, due)
            sweep.append(_seconds(_sweep) / due * 1000)
    return Figure(
        f"Latency of {LATENCY} transactions added to each call",
        "ms per request",
        (series(SEQUENTIAL, sequential), series(SWEEP, sweep)),
        (ratio(f"{SEQUENTIAL} vs. {SWEEP}", sequential, sweep, SPEEDUP_WITH_LATENCY_THRESHOLD, at_least=True),),
        f"{due:,} due requests for the sweep, {sample:,} for the sequential transactions. "
        f"The latency was {latency * 1000:.0f} ms.",
    )


def _by_backlog(database: Database) -> Figure:
    per_request: dict[int, float] = {}
    for due in BACKLOGS:
        _put_due_requests(database, due)
        per_request[due] = _seconds(_sweep) / due
    *_, medium, large = BACKLOGS
    return Figure(
        "By size of the backlog",
        "ms per request",
        tuple(series(f"{due:,} due requests", [seconds * 1000]) for due, seconds in per_request.items()),
        (ratio(f"{large:,} vs. {medium:,}", [per_request[large]], [per_request[medium]], GROWTH_THRESHOLD),),
    )


def _memory(database: Database) -> Figure:
    peaks: list[Series] = []
    megabytes: list[float] = []
    _put_due_requests(database, WARM_UP_DUE)
    _sweep()  # imports the modules that are imported at first use
    for due in BACKLOGS_IN_MEMORY:
        _put_due_requests(database, due)
        tracemalloc.start()
        _sweep()
        megabytes.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
        peaks.append(series(f"{due:,} due requests", megabytes[-1:]))
    small, large = BACKLOGS_IN_MEMORY
    growth = ratio(f"{large:,} vs. {small:,}", megabytes[1:], megabytes[:1], GROWTH_THRESHOLD)
    return Figure("Peak memory of a sweep", "MB", tuple(peaks), (growth,))


def _put_due_requests(database: Database, due: int) -> None:
    requested_at = _fifteen_days_ago()
    dynamodb.fill(database, [_row(_request(number, requested_at)) for number in range(due)])


def _request(number: int, requested_at: datetime) -> FeedbackRequest:
    """A request with a message of 200 characters."""
    return a_request(
        request_id=f"r-{number}",
        contract_id=f"c-{number}",
        message="How is it going? " * 12,
        requested_at=requested_at,
    )


def _fifteen_days_ago() -> datetime:
    """A request of this age has been due for a day."""
    return datetime.now(UTC).replace(microsecond=0) - 15 * DAY


def _row(request: FeedbackRequest) -> dict[str, Any]:
    return rows.open_request_row(request)


def _expire_sequentially() -> None:
    now = str(int(datetime.now(UTC).timestamp()))
    for shard in range(items.DUE_SHARDS):
        for row in table.query_all(
            IndexName="due",
            KeyConditionExpression="due_shard = :shard AND due_at <= :now",
            ExpressionAttributeValues={":shard": {"N": str(shard)}, ":now": {"N": now}},
        ):
            _close_in_transaction(row)


def _close_in_transaction(row: dict[str, Any]) -> None:
    request = items.from_open_request_item(items.plain(row))
    closed = lifecycle.close(request, "deadline_passed", request.expires_at)
    sort = items.closed_request_sort(closed.requested_at, closed.request_id)
    item = {**items.key(closed.contract_id, sort), **items.to_dynamo(items.closed_request_item(closed))}
    delete_open = {"Key": {"PK": row["PK"], "SK": row["SK"]}, "ConditionExpression": "attribute_exists(PK)"}
    put_closed = {"Item": item, "ConditionExpression": "attribute_not_exists(PK)"}
    writes: Any = [{"Delete": {"TableName": TABLE, **delete_open}}, {"Put": {"TableName": TABLE, **put_closed}}]
    table.client().transact_write_items(TransactItems=writes)


def _sweep() -> None:
    swept = expiry.sweep(datetime.now(UTC), POLICY, lambda: 60_000, lambda: None)
    assert swept.expired


def _process_stream(due: int) -> None:
    """What the `expire` function does with the stream's REMOVE records, one by one."""
    requested_at = _fifteen_days_ago()
    for number in range(due):
        row = items.plain(_row(_request(number, requested_at)))
        removed = expiry.read(RowChange("REMOVE", items.OPEN_REQUEST, row, {}))
        assert removed
        assert expiry.record_removal(removed)


def _seconds(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


@contextmanager
def _added(latency: float) -> Iterator[None]:
    """Adds `latency` (seconds) to each call."""

    def wait(**_: object) -> None:
        time.sleep(latency)

    hooks = table.client().meta.events
    hooks.register("before-send.dynamodb", wait)
    yield
    hooks.unregister("before-send.dynamodb", wait)


def _method(rounds: int) -> str:
    return f"""\
Time to expire due requests, in this process on DynamoDB Local. The baseline, "{SEQUENTIAL}", closes one
request after the other, each in a transaction that deletes the open row and puts the closed one. The sweep
only deletes the open rows, in batches and threads; then the table's stream delivers the deletions to
`expire`, which writes the closed rows. "{SWEEP_AND_STREAM}" adds that work, record by record in one process;
on AWS it runs concurrently. Rounds: {rounds} for the first two figures, 1 for the others. Memory is the peak of
what Python allocates during a sweep.

Thresholds: the sweep is at least {SPEEDUP_THRESHOLD}× as fast as sequential transactions. Conditional deletes
by PartiQL, the alternative design, stayed below that
(docs/decisions.md, "Each open request has a row of its own"). With simulated network latency it is at least
{SPEEDUP_WITH_LATENCY_THRESHOLD}× as fast, because batches and threads save most of the waiting. That latency
is {LATENCY} times what a transaction takes without it, so the ratio hardly depends on the machine's speed. From
one backlog size to the next, time per request and peak memory grow by at most {GROWTH_THRESHOLD:g}×: a sweep
works batch by batch, so a backlog after an outage must neither slow it down nor exhaust its memory."""
