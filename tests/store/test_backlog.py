"""After an outage of the sweep thousands of requests are due. Each expires once, or is reminded of once."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from datetime import datetime, timedelta
from functools import partial
from itertools import batched
from queue import Empty, SimpleQueue
from typing import Any

import pytest

from mid_job_feedback import aws as service_aws
from mid_job_feedback import observability
from mid_job_feedback.domain.models import FeedbackRequest, Party, shown
from mid_job_feedback.settings import settings
from mid_job_feedback.storage import items
from mid_job_feedback.workers import expiry
from tests import lambda_runtime
from tests.builders import CLIENT, DAY, NOW, a_contract, a_request, an_email_report
from tests.component.table_stream import TableStream, deliver_by_retry_queue, filtered
from tests.conftest import Tried
from tests.sdk_interceptor import SdkInterceptor
from tests.soak import either
from tests.store import rows
from tests.template import template

# How many requests are due, and over which period they fell due.
BACKLOGS = {"at one instant": (either(120, 10_000), timedelta()), "over ten days": (either(120, 4_000), 10 * DAY)}
FREELANCERS = 40
TIMEOUT = 1_000 * template()["Resources"]["ExpireFunction"]["Properties"]["Timeout"]  # milliseconds
TIME_LIMIT = either(6_500, TIMEOUT)  # milliseconds for a run of the sweep, too few for the whole backlog
CALL_DURATION = 150  # milliseconds that every call takes on the simulated clock
CONCURRENT_SWEEPS = 2
REMOVED_BY_TTL = 10  # TTL tries to remove every tenth request

type Record = dict[str, Any]


class ContextPool(ThreadPoolExecutor):
    """Passes its context on to its threads, so that a call can be counted for its run of the sweep."""

    def submit[**P, T](self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return super().submit(partial(copy_context().run, work, *args, **kwargs))


class SweepRun:
    """One run of the sweep, with a simulated clock: every call takes `CALL_DURATION`."""

    current: ContextVar["SweepRun"] = ContextVar("current")

    def __init__(self) -> None:
        self.calls = 0
        self.context = lambda_runtime.Context(TIME_LIMIT)
        self.context.get_remaining_time_in_millis = self.time_left  # type: ignore[method-assign]

    def time_left(self) -> int:
        return TIME_LIMIT - CALL_DURATION * self.calls

    def sweep(self) -> int:
        self.current.set(self)
        swept: dict[str, int] = lambda_runtime.function("expire").handler(
            lambda_runtime.event("expire-schedule"), self.context
        )
        return swept["expired"]


class SweepChain:
    """Runs the sweep, and then every run that it started."""

    def __init__(self, sdk: SdkInterceptor) -> None:
        self._started: SimpleQueue[Record] = SimpleQueue()
        self.expired: list[int] = []
        self.time_left: list[int] = []
        sdk.respond("Invoke", lambda _, parameters: self._started.put(parameters))
        for operation in ("Query", "BatchWriteItem", "UpdateItem"):
            sdk.respond(operation, partial(self._count_call, sdk, operation))

    def run(self) -> None:
        self._run()
        while self._takes_over():
            self._run()

    def _takes_over(self) -> bool:
        """Whether a run has started another one. Of several chains, one takes it."""
        try:
            self._started.get_nowait()
        except Empty:
            return False
        return True

    def _run(self) -> None:
        run = SweepRun()
        self.expired.append(run.sweep())
        self.time_left.append(run.time_left())

    def _count_call(self, sdk: SdkInterceptor, operation: str, caller: Any, parameters: Record) -> Any:
        if run := SweepRun.current.get(None):  # `notify` reads and writes, too
            run.calls += 1
        return sdk.send(caller, operation, parameters)


@pytest.fixture
def _service(dynamodb_local_tables: None, sdk: SdkInterceptor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "ThreadPoolExecutor", ContextPool)
    lambda_runtime.set_clock(monkeypatch)
    lambda_runtime.set_rollout(monkeypatch, lambda_runtime.Flags())
    sdk.respond("GetSecretValue", lambda *_: {"SecretString": json.dumps({"current": "k" * 64})})
    sdk.respond("SendEmail", lambda *_: {"MessageId": "1"})
    sdk.respond("Publish", lambda *_: {"MessageId": "1"})
    sdk.respond("PutEvents", lambda *_: {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]})
    # Powertools expects one call at a time in a process. Here, sweeps are threads of one process.
    for name in ("add_metric", "flush_metrics"):
        monkeypatch.setattr(observability.metrics.provider, name, lambda *_, **__: None)


@pytest.fixture(params=BACKLOGS)
def backlog(request: pytest.FixtureRequest, _service: None) -> list[FeedbackRequest]:
    """Open requests past their deadline, in the table and returned."""
    requests, period = BACKLOGS[request.param]
    backlog = [_overdue(number, NOW - period * number / requests) for number in range(requests)]
    rows.put_all(service_aws.client("dynamodb"), _rows_of(backlog))
    return backlog


def test_every_request_of_a_backlog_expires_once_and_is_announced_once(
    backlog: list[FeedbackRequest], sdk: SdkInterceptor, tried: Tried, request: pytest.FixtureRequest
) -> None:
    sweeps, stream = SweepChain(sdk), TableStream()
    with ThreadPoolExecutor(CONCURRENT_SWEEPS + 1) as pool:
        running = [pool.submit(sweeps.run) for _ in range(CONCURRENT_SWEEPS)]
        by_ttl = pool.submit(lambda: {due.request_id for due in backlog[::REMOVED_BY_TTL] if _remove_by_ttl(due)})
        for run in running:
            run.result()
    sweeps.run()  # the next scheduled run, for rows that were throttled
    swept = _removals(sdk)
    assert sum(sweeps.expired) == swept.total()  # two sweeps may both count a row that they delete at once
    assert swept.keys() | by_ttl.result() == {due.request_id for due in backlog}
    assert max(swept.values()) <= CONCURRENT_SWEEPS
    assert len(sweeps.expired) > CONCURRENT_SWEEPS + 1, "one run each was enough: nothing was handed over"
    assert min(sweeps.time_left) > 0
    removals = filtered("expire", _new_records(stream))
    assert len(removals) == len(backlog)
    _deliver(sdk, "expire", removals, batch=100)
    _deliver(sdk, "notify", filtered("notify", _new_records(stream)), batch=25)
    assert _closed_rows() == {
        request.request_id: ("expired", items.stamp(request.expires_at)) for request in backlog
    }
    messages = [json.loads(sent["Message"]) for sent in sdk.parameters_of("Publish")]
    assert Counter(message["message_id"] for message in messages) == Counter(
        f"feedback_request_expired:{request.request_id}" for request in backlog
    )
    assert set(Counter(message["recipient_id"] for message in messages).values()) == {len(backlog) // FREELANCERS}
    entries = [entry for sent in sdk.parameters_of("PutEvents") for entry in sent["Entries"]]
    assert Counter(json.loads(entry["Detail"])["event_id"] for entry in entries) == Counter(
        f"FeedbackRequestClosed:{request.request_id}" for request in backlog
    )
    assert sdk.parameters_of("SendEmail") == []
    tried(f"requests expired in a backlog, due {request.node.callspec.params['backlog']}", len(backlog))
    tried("runs of the sweep in a backlog", len(sweeps.expired))


@pytest.mark.usefixtures("_service")
def test_every_request_whose_reminders_were_missed_is_reminded_of_once(sdk: SdkInterceptor, tried: Tried) -> None:
    """Both reminders are due, and the deadline is a day ahead. Two sweeps run at once, and records come twice."""
    number = either(80, BACKLOGS["at one instant"][0])
    backlog = [_overdue(each, NOW + DAY) for each in range(number)]
    rows.put_all(service_aws.client("dynamodb"), _rows_of(backlog, first_due=NOW - 6 * DAY))
    sweeps, stream = SweepChain(sdk), TableStream()
    with ThreadPoolExecutor(CONCURRENT_SWEEPS) as pool:
        for run in [pool.submit(sweeps.run) for _ in range(CONCURRENT_SWEEPS)]:
            run.result()
    sweeps.run()
    assert sum(sweeps.expired) == 0
    assert min(sweeps.time_left) > 0
    records = filtered("notify", _new_records(stream))
    found = [record for record in records if record["eventName"] == "MODIFY"]
    assert len(found) == number
    assert {image["due_at"]["N"] for image in (record["dynamodb"]["NewImage"] for record in found)} == {
        str(items.seconds(NOW + DAY))
    }
    _deliver(sdk, "notify", found, batch=25)
    messages = [json.loads(sent["Message"]) for sent in sdk.parameters_of("Publish")]
    assert Counter(message["message_id"] for message in messages) == Counter(
        f"feedback_request_reminder:{request.request_id}:{shown(NOW)}" for request in backlog
    )
    assert len(sdk.parameters_of("SendEmail")) == number
    assert sdk.parameters_of("PutEvents") == []
    tried("requests reminded of in a backlog", number)


def _overdue(number: int, due_at: datetime) -> FeedbackRequest:
    due_at = due_at.replace(microsecond=0)
    return a_request(
        contract_id=f"c-{number}", request_id=f"r-{number}", requested_at=due_at - 14 * DAY, expires_at=due_at
    )


def _rows_of(backlog: list[FeedbackRequest], first_due: datetime | None = None) -> Iterator[Record]:
    for number, request in enumerate(backlog):
        freelancer = Party(id=f"u-{number % FREELANCERS}", name="Freelancer", email="freelancer@example.com")
        yield rows.contract_row(a_contract(contract_id=request.contract_id, freelancer=freelancer, client=CLIENT))
        yield rows.open_request_row(request, first_due)
        yield _mailed(request)


def _mailed(request: FeedbackRequest) -> Record:
    """The row on the request's e-mail."""
    contract_id, request_id = request.contract_id, request.request_id
    report = items.to_dynamo(items.delivery_item(contract_id, request_id, an_email_report()))
    return items.delivery_key(contract_id, request_id) | report


def _remove_by_ttl(request: FeedbackRequest) -> bool:
    """Deletes the row as TTL does; returns whether it was still there."""
    key = items.open_request_key(request.contract_id, request.request_id)
    response = service_aws.client("dynamodb").delete_item(
        TableName=settings().table_name, Key=key, ReturnValues="ALL_OLD"
    )
    return "Attributes" in response


def _removals(sdk: SdkInterceptor) -> Counter[str]:
    """How often sweeps asked to delete each request, by its id."""
    return Counter(
        deletion["DeleteRequest"]["Key"]["SK"]["S"].removeprefix(items.OPEN_REQUEST)
        for parameters in sdk.parameters_of("BatchWriteItem")
        for batch in parameters["RequestItems"].values()
        for deletion in batch
        if "DeleteRequest" in deletion
    )


def _new_records(stream: TableStream) -> list[Record]:
    records: list[Record] = []
    while page := stream.new_records():
        records += page
    return records


def _deliver(sdk: SdkInterceptor, function: str, records: list[Record], batch: int) -> None:
    """Delivers batches two at a time, every tenth twice, and then what the function put in its retry queue."""
    retry_queue: SimpleQueue[str] = SimpleQueue()
    sdk.respond("SendMessage", lambda _, parameters: retry_queue.put(parameters["MessageBody"]))
    batches = [list(part) for part in batched(records, batch, strict=False)]
    with ThreadPoolExecutor(2) as pool:
        for response in pool.map(
            lambda part: lambda_runtime.invoke(function, {"Records": part}), batches + batches[::10]
        ):
            assert response == {"batchItemFailures": []}
    while not retry_queue.empty():
        assert deliver_by_retry_queue(function, json.loads(retry_queue.get())) == []


def _closed_rows() -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for page in service_aws.client("dynamodb").get_paginator("scan").paginate(TableName=settings().table_name):
        for row in map(items.plain, page["Items"]):
            assert not row["SK"].startswith(items.OPEN_REQUEST)
            if row["SK"].startswith(items.CLOSED_REQUEST):
                assert row["request_id"] not in found
                found[row["request_id"]] = (row["status"], row["closed_at"])
    return found
