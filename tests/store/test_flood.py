"""The sweep was down for ten days and thousands of requests are due: each expires once and is told of once."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from datetime import datetime, timedelta
from functools import partial
from itertools import batched
from queue import SimpleQueue
from typing import Any
from uuid import uuid4

import pytest

from mid_job_feedback import aws as ours
from mid_job_feedback import observability
from mid_job_feedback.domain.models import FeedbackRequest, Party
from mid_job_feedback.settings import settings
from mid_job_feedback.storage import items
from mid_job_feedback.workers import expiry
from tests import lambda_runtime
from tests.builders import CLIENT, DAY, NOW, a_contract, a_request
from tests.component.table_stream import deliver_by_retry_queue, filtered
from tests.conftest import Tried
from tests.sdk_interceptor import SdkInterceptor
from tests.soak import either
from tests.store import rows
from tests.template import create_table, template

# How many are due, and since when they have become so.
FLOODS = {"at one instant": (either(500, 10_000), timedelta()), "over ten days": (either(500, 4_000), 10 * DAY)}
FREELANCERS = 100
TIMEOUT = 1_000 * template()["Resources"]["ExpireFunction"]["Properties"]["Timeout"]  # milliseconds
LIMIT = either(8_000, TIMEOUT)  # that a run of the sweep may take, so that one is not enough
COST = 150  # of these that pass with every call
SWEEPS_AT_ONCE = 2
TAKEN_BY_TTL = 10  # one of so many

type Record = dict[str, Any]


class Carrying(ThreadPoolExecutor):
    """Its threads know for which run of the sweep they work."""

    def submit[**P, T](self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return super().submit(partial(copy_context().run, work, *args, **kwargs))


class Run:
    """Time passes with every call it makes."""

    under_way: ContextVar["Run"] = ContextVar("under_way")

    def __init__(self) -> None:
        self.calls = 0
        self.context = lambda_runtime.Context(LIMIT)
        self.context.get_remaining_time_in_millis = self.time_left  # type: ignore[method-assign]

    def time_left(self) -> int:
        return LIMIT - COST * self.calls

    def sweep(self) -> int:
        self.under_way.set(self)
        swept: dict[str, int] = lambda_runtime.function("expire").handler(
            lambda_runtime.event("expire-schedule"), self.context
        )
        return swept["expired"]


class Sweeps:
    """Runs of the sweep, and those that they start."""

    def __init__(self, sdk: SdkInterceptor) -> None:
        self._started: SimpleQueue[Record] = SimpleQueue()
        self.expired: list[int] = []
        self.time_left: list[int] = []
        sdk.respond("Invoke", lambda _, asked: self._started.put(asked))
        for operation in ("Query", "BatchWriteItem"):
            sdk.respond(operation, partial(self._call, sdk, operation))

    def run(self) -> None:
        self._run()
        while not self._started.empty():
            self._started.get()
            self._run()

    def _run(self) -> None:
        run = Run()
        self.expired.append(run.sweep())
        self.time_left.append(run.time_left())

    def _call(self, sdk: SdkInterceptor, operation: str, caller: Any, asked: Record) -> Any:
        Run.under_way.get().calls += 1
        return sdk.send(caller, operation, asked)


@pytest.fixture(params=FLOODS)
def backlog(
    request: pytest.FixtureRequest,
    real_table: Any,
    sdk: SdkInterceptor,
    dynamodb_local_address: str,
    monkeypatch: pytest.MonkeyPatch,
) -> list[FeedbackRequest]:
    """Of many contracts of some freelancers."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", dynamodb_local_address)
    monkeypatch.setenv("IDEMPOTENCY_TABLE", f"idempotency-{uuid4()}")
    monkeypatch.setattr(expiry, "ThreadPoolExecutor", Carrying)
    lambda_runtime.cold_start()
    lambda_runtime.set_clock(monkeypatch)
    lambda_runtime.set_rollout(monkeypatch, lambda_runtime.Flags())
    sdk.respond("Publish", lambda *_: {"MessageId": "1"})
    for name in (
        "add_metric",
        "flush_metrics",
    ):  # a process runs one call at a time; threads would get in their way
        monkeypatch.setattr(observability.metrics.provider, name, lambda *_, **__: None)
    create_table(real_table, "IdempotencyTable", settings().idempotency_table)
    requests, within = FLOODS[request.param]
    backlog = [_overdue(number, NOW - within * number / requests) for number in range(requests)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(_put_all, batched(_rows_of(backlog), 25, strict=False)))
    return backlog


def test_a_backlog_expires_once_and_is_told_once(
    backlog: list[FeedbackRequest], sdk: SdkInterceptor, tried: Tried, request: pytest.FixtureRequest
) -> None:
    sweeps, news = Sweeps(sdk), _news()
    with ThreadPoolExecutor(SWEEPS_AT_ONCE + 1) as pool:
        running = [pool.submit(sweeps.run) for _ in range(SWEEPS_AT_ONCE)]
        by_ttl = pool.submit(lambda: {due.request_id for due in backlog[::TAKEN_BY_TTL] if _remove_by_ttl(due)})
        for run in running:
            run.result()
    sweeps.run()  # the schedule comes again, in case that something was busy
    swept = _removals(sdk)
    assert sum(sweeps.expired) == swept.total()  # who removes at the same moment counts it, too
    assert swept.keys() | by_ttl.result() == {due.request_id for due in backlog}
    assert max(swept.values()) <= SWEEPS_AT_ONCE
    assert len(sweeps.expired) > SWEEPS_AT_ONCE + 1, "one run each was enough"
    assert min(sweeps.time_left) > 0
    # DynamoDB says nothing of a row that was not there to be deleted; DynamoDB Local does.
    removals = [found for found in filtered("expire", next(news)) if "OldImage" in found["dynamodb"]]
    assert len(removals) == len(backlog)
    _deliver(sdk, "expire", removals, batch=100)
    _deliver(sdk, "notify", filtered("notify", next(news)), batch=25)
    assert _closed_rows() == {
        request.request_id: ("expired", items.stamp(request.expires_at)) for request in backlog
    }
    told = [json.loads(sent["Message"]) for sent in sdk.parameters_of("Publish")]
    assert Counter(message["message_id"] for message in told) == Counter(
        f"feedback_request_expired:{request.request_id}" for request in backlog
    )
    assert set(Counter(message["recipient_id"] for message in told).values()) == {len(backlog) // FREELANCERS}
    assert sdk.parameters_of("SendEmail") == []
    tried(f"requests expired in a flood, due {request.node.callspec.params['backlog']}", len(backlog))
    tried("runs of the sweep in a flood", len(sweeps.expired))


def _overdue(number: int, due_at: datetime) -> FeedbackRequest:
    due_at = due_at.replace(microsecond=0)
    return a_request(
        contract_id=f"c-{number}", request_id=f"r-{number}", requested_at=due_at - 14 * DAY, expires_at=due_at
    )


def _rows_of(backlog: list[FeedbackRequest]) -> Iterator[Record]:
    for number, request in enumerate(backlog):
        freelancer = Party(id=f"u-{number % FREELANCERS}", name="Freelancer", email="freelancer@example.com")
        yield rows.contract_row(a_contract(contract_id=request.contract_id, freelancer=freelancer, client=CLIENT))
        yield rows.open_request_row(request)


def _put_all(batch: tuple[Record, ...]) -> None:
    puts = [{"PutRequest": {"Item": row}} for row in batch]
    answered = ours.client("dynamodb").batch_write_item(RequestItems={settings().table_name: puts})
    assert not answered["UnprocessedItems"]


def _remove_by_ttl(request: FeedbackRequest) -> bool:
    """Whether it was still there."""
    key = items.open_request_key(request.contract_id, request.request_id)
    answered = ours.client("dynamodb").delete_item(
        TableName=settings().table_name, Key=key, ReturnValues="ALL_OLD"
    )
    return "Attributes" in answered


def _removals(sdk: SdkInterceptor) -> Counter[str]:
    """Ids of the requests that sweeps have asked to remove, and how often."""
    return Counter(
        deletion["DeleteRequest"]["Key"]["SK"]["S"].removeprefix(items.OPEN_REQUEST)
        for asked in sdk.parameters_of("BatchWriteItem")
        for batch in asked["RequestItems"].values()
        for deletion in batch
        if "DeleteRequest" in deletion
    )


def _news() -> Iterator[list[Record]]:
    """Each time all that the table's stream has to say since."""
    streams = ours.client("dynamodbstreams")
    arn = ours.client("dynamodb").describe_table(TableName=settings().table_name)["Table"]["LatestStreamArn"]
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    while True:
        news: list[Record] = []
        while (page := streams.get_records(ShardIterator=iterator))["Records"]:
            news += page["Records"]
            iterator = page["NextShardIterator"]
        yield news


def _deliver(sdk: SdkInterceptor, function: str, records: list[Record], batch: int) -> None:
    """Of two shards at once; every tenth batch comes twice, and what is put aside comes again."""
    waiting: SimpleQueue[str] = SimpleQueue()
    sdk.respond("SendMessage", lambda _, asked: waiting.put(asked["MessageBody"]))
    batches = [list(part) for part in batched(records, batch, strict=False)]
    with ThreadPoolExecutor(2) as pool:
        for answer in pool.map(
            lambda part: lambda_runtime.invoke(function, {"Records": part}), batches + batches[::10]
        ):
            assert answer == {"batchItemFailures": []}
    while not waiting.empty():
        assert deliver_by_retry_queue(function, json.loads(waiting.get())) == []


def _closed_rows() -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for page in ours.client("dynamodb").get_paginator("scan").paginate(TableName=settings().table_name):
        for row in map(items.plain, page["Items"]):
            assert not row["SK"].startswith(items.OPEN_REQUEST)
            if row["SK"].startswith(items.CLOSED_REQUEST):
                assert row["request_id"] not in found
                found[row["request_id"]] = (row["status"], row["closed_at"])
    return found
