"""Import of existing contracts: processor time and memory of the tool, and the time until the table has them."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import batched, count
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench.figures import Benchmark, Figure, ratio, series
from bench.harness import event_bus_stub, in_process
from bench.harness.dynamodb import TABLE, Database
from bench.harness.event_bus_stub import EventBus
from bench.harness.lambda_process import ROOT
from mid_job_feedback.domain.models import shown
from tests import contract_queue
from tests.builders import DAY

CONTRACTS: Final = 100_000
FEWER: Final = 10_000
EVENTS_PER_CONTRACT: Final = 2
KILLS: Final = 2
APPLIED: Final = 10_000  # events: all would take an hour
UNLIMITED: Final = 1_000_000  # events per second
BATCH: Final = 10  # events that `ingest` gets at once
POLL_SECONDS: Final = 0.01
MEMORY_GROWTH_THRESHOLD: Final = 2

METHOD: Final = f"""\
`mid-job-feedback import` of a file of JSON lines, started as operators do, without a limit of its rate. Each
contract has a start and a payment, so two events. CloudFormation and EventBridge are a stub on this machine,
whose processor time does not count.

An import of all contracts is also killed (SIGKILL) {KILLS} times on its way, and repeated until it is done. The
run ends with an error if an event is missing, or if more than {BATCH} events were published twice for each
kill. Then `ingest` applies the first {APPLIED:,} events in batches of {BATCH}, on DynamoDB Local in one process.

Memory may grow by at most {MEMORY_GROWTH_THRESHOLD}× with ten times the contracts: of a line, the tool keeps
nothing but its `contract_id`, to find duplicates."""


class Usage(NamedTuple):
    processor_seconds: float
    megabytes: float


def measure() -> Benchmark:
    with tempfile.TemporaryDirectory() as directory, event_bus_stub.running() as bus:
        file, smaller = Path(directory) / "contracts.jsonl", Path(directory) / "fewer.jsonl"
        _write(file, CONTRACTS)
        _write(smaller, FEWER)
        fewer = _used(_started(smaller, bus, "--dry-run"))
        checked = _used(_started(file, bus, "--dry-run"))
        published = _used(_started(file, bus))
        _require_all_events(bus, twice=0)
        bus.entries.clear()
        _import_with_kills(file, bus)
        _require_all_events(bus, twice=KILLS * BATCH)
        per_event = _milliseconds_to_apply(bus.entries[:APPLIED])
    figures = (_processor_time(checked, published), _memory(fewer, checked), _applying(per_event))
    return Benchmark("Import of existing contracts", METHOD, figures)


def _processor_time(checked: Usage, published: Usage) -> Figure:
    variants = {"check only (`--dry-run`)": checked, "check and publish": published}
    found = tuple(series(variant, [used.processor_seconds]) for variant, used in variants.items())
    return Figure(f"{CONTRACTS:,} contracts", "s of processor time", found)


def _memory(fewer: Usage, all_of_them: Usage) -> Figure:
    few, many = [fewer.megabytes], [all_of_them.megabytes]
    growth = ratio(f"{CONTRACTS:,} vs. {FEWER:,}", many, few, MEMORY_GROWTH_THRESHOLD)
    variants = (series(f"{FEWER:,} contracts", few), series(f"{CONTRACTS:,} contracts", many))
    return Figure("Peak memory of the tool", "MB", variants, (growth,))


def _applying(milliseconds: float) -> Figure:
    return Figure("Applying the events", "ms per event", (series(f"{APPLIED:,} events", [milliseconds]),))


def _write(file: Path, contracts: int) -> None:
    now = datetime.now(UTC)
    with file.open("w") as lines:
        for number in range(contracts):
            lines.write(json.dumps(_contract(number, now)) + "\n")


def _contract(number: int, now: datetime) -> dict[str, Any]:
    people = {
        role: {"id": f"u-{role}-{number}", "name": "Ana Ruiz", "email": f"{role}-{number}@example.com"}
        for role in ("client", "freelancer")
    }
    start = {"contract_id": f"c-{number}", "title": "Website relaunch", "started_at": shown(now - 60 * DAY)}
    return {**start, **people, "payment": {"payment_id": f"p-{number}", "paid_at": shown(now - DAY)}}


def _started(file: Path, bus: EventBus, *options: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'layers/mid_job_feedback'}:{ROOT}"}
    place = ("--port", str(bus.port), "--json")
    command = [sys.executable, "-m", "cli", "import", str(file), "--rate", str(UNLIMITED), *place, *options]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def _used(process: subprocess.Popen[bytes]) -> Usage:
    """Waits for the process. Its own figures, not those of all children."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"The import ended with {process.returncode}.")
    kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Usage(usage.ru_utime + usage.ru_stime, kilobytes / 1000)


def _import_with_kills(file: Path, bus: EventBus) -> None:
    for kill in range(1, KILLS + 1):
        process = _started(file, bus)
        while len(bus.entries) < CONTRACTS * EVENTS_PER_CONTRACT * kill // (KILLS + 1):
            time.sleep(POLL_SECONDS)
        process.kill()
        process.wait()
    _used(_started(file, bus))


def _require_all_events(bus: EventBus, *, twice: int) -> None:
    events = {(entry["DetailType"], entry["Detail"]) for entry in bus.entries}
    if len(events) != CONTRACTS * EVENTS_PER_CONTRACT:
        raise RuntimeError(f"{len(events):,} different events were published.")
    if len(bus.entries) - len(events) > twice:
        raise RuntimeError(f"{len(bus.entries) - len(events):,} events were published twice.")


def _milliseconds_to_apply(entries: Sequence[dict[str, Any]]) -> float:
    with in_process.running() as database:
        start = time.perf_counter()
        for batch in batched(_queued(entries), BATCH, strict=False):
            if in_process.invoke("ingest", {"Records": list(batch)})["batchItemFailures"]:
                raise RuntimeError("An event was not applied.")
        seconds = time.perf_counter() - start
        if (found := _contracts_in(database)) != len(entries) // EVENTS_PER_CONTRACT:
            raise RuntimeError(f"The table has {found:,} contracts.")
    return seconds / len(entries) * 1000


def _queued(entries: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The events as SQS delivers them."""
    [record] = contract_queue.records(contract_queue.event("contract-started"))
    for number, entry in zip(count(), entries, strict=False):
        body = {
            "source": entry["Source"],
            "time": shown(datetime.fromtimestamp(entry["Time"], UTC)),
            "detail-type": entry["DetailType"],
            "detail": json.loads(entry["Detail"]),
        }
        yield {**record, "messageId": str(number), "body": json.dumps(body)}


def _contracts_in(database: Database) -> int:
    pages = database.client.get_paginator("scan").paginate(
        TableName=TABLE,
        Select="COUNT",
        FilterExpression="SK = :contract",
        ExpressionAttributeValues={":contract": {"S": "CONTRACT"}},
    )
    return sum(page["Count"] for page in pages)
