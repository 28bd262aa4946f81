"""Everything that invokes the functions, with its retry behaviour: it repeats until it is served.

HTTP client       after a dropped connection, a 503, or a 409 that says its first call is still running
contract queue    the failed events, once the visibility timeout is over; the whole batch if the process died
stream            the batch from the first failed record on; in halves (bisect) if the process died
retry queue       like the contract queue, minutes later: no earlier invocation is still running by then
schedule          if the run failed or the process died; and again five minutes later anyway
SES               each e-mail that it took, by its event Send, once everything else is delivered
"""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from mid_job_feedback.domain.refusals import Unavailable
from tests import contract_queue, email_events, lambda_runtime, queues
from tests.component import table_stream
from tests.component.fault_injection import FaultInjector
from tests.component.http_calls import HttpResponse
from tests.component.marketplace import Marketplace
from tests.sdk_interceptor import ProcessKilled

_MAX_SWEEPS = 30  # for a handful of requests
MAX_ATTEMPTS = 6  # without faults, two are enough

type Record = dict[str, Any]
type Records = list[Record]


class EventSources:
    def __init__(
        self, marketplace: Marketplace, injector: FaultInjector, stream: table_stream.TableStream
    ) -> None:
        self.marketplace = marketplace
        self.injector = injector
        self.stream = stream
        self.responses: list[HttpResponse] = []
        self.effects_of_attempts: list[set[str]] = []  # `effects_by_invocation` before a client's last attempt
        self.retry_queues: dict[str, list[Any]] = {"notify": [], "expire": []}
        self.on_retry: Callable[[], object] = lambda: None  # called before every repetition
        self._started = 0

    def post(self, call: Callable[[], HttpResponse]) -> HttpResponse:
        """Repeat an HTTP call as a client does; return its final response."""
        for _ in range(MAX_ATTEMPTS):
            self.effects_of_attempts = list(self.injector.effects_by_invocation)
            response = self._unless_killed(call)
            if response is not None:
                self.responses.append(response)
                if not _should_retry(response):
                    return response
                if response.status != 503:
                    self.marketplace.time_out_runs_in_progress()
            self.on_retry()
        raise AssertionError(f"the client is never served: {self.responses}")

    def publish(self, *events: str) -> None:
        """Contract events, in one batch."""
        records = contract_queue.records(*events)
        for _ in range(MAX_ATTEMPTS):
            failed = self._unless_killed(partial(contract_queue.deliver_records, records))
            records = [record for record in records if failed is None or record["messageId"] in failed]
            if not records:
                return
            self.on_retry()
        raise AssertionError("the contract queue never gets empty")

    def run_schedule(self) -> None:
        """One scheduled run of the sweep; repeated if it failed."""
        for _ in range(MAX_ATTEMPTS):
            with suppress(Unavailable):
                sweep = partial(lambda_runtime.invoke, "expire", lambda_runtime.event("expire-schedule"))
                if self._unless_killed(sweep) is not None:
                    return
            self.on_retry()
        raise AssertionError("no run of the sweep succeeds")

    def run_continuations(self) -> None:
        """The runs of the sweep that other runs have started, one after the other."""
        for _ in range(_MAX_SWEEPS):
            if not self._run_continuation():
                return
        raise AssertionError("the sweep starts itself endlessly")

    def deliver_all(self) -> None:
        """Deliver from stream and retry queues until there is nothing left."""
        while self._deliver_new_records() or self._deliver_retries():
            pass

    def report_emails(self) -> None:
        """SES's events about the e-mails that it took. The function may know of them already."""
        for call in [call for call in self.injector.effects if call.operation == "SendEmail"]:
            tags = email_events.tags_of(call.parameters)
            email_events.deliver(email_events.event("sent", self.marketplace.clock.now(), tags))

    def deliver_batch(self, function: str, records: Records) -> None:
        """One batch of the stream."""
        batches, attempts = [records], 0
        while batches:
            batch = batches.pop(0)
            result = self._unless_killed(partial(lambda_runtime.invoke, function, {"Records": batch}))
            self._collect_retries(function)
            if result is None:
                half = len(batch) // 2
                batches[:0] = [part for part in (batch[:half], batch[half:]) if part]
            elif failed := {failure["itemIdentifier"] for failure in result["batchItemFailures"]}:
                numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
                batches.insert(0, batch[min(map(numbers.index, failed)) :])
            else:
                continue
            attempts += 1
            assert attempts <= MAX_ATTEMPTS * len(records), "the stream is blocked"
            self.on_retry()

    def _deliver_new_records(self) -> bool:
        records = self.stream.new_records()
        for function in ("notify", "expire"):
            if batch := table_stream.filtered(function, records):
                self.deliver_batch(function, batch)
        return bool(records)

    def _deliver_retries(self) -> bool:
        """Minutes later: by then, whatever was wrong is over."""
        any_waiting = any(self.retry_queues.values())
        if any_waiting:
            self.marketplace.time_out_runs_in_progress()
            self.marketplace.sdk.restore()
        for function, bodies in self.retry_queues.items():
            self.retry_queues[function] = []
            self._deliver_messages(function, bodies)
        return any_waiting

    def _deliver_messages(self, function: str, bodies: list[Any]) -> None:
        for _ in range(MAX_ATTEMPTS):
            if not bodies:
                return
            failed = self._unless_killed(partial(table_stream.deliver_by_retry_queue, function, *bodies))
            self._collect_retries(function)
            bodies = [b for place, b in enumerate(bodies) if failed is None or str(place) in failed]
            if bodies:
                self.marketplace.time_out_runs_in_progress()
                self.on_retry()
        raise AssertionError("the retry queue never gets empty")

    def _collect_retries(self, function: str) -> None:
        self.retry_queues[function] += [json.loads(message.body) for message in queues.take("RETRY_QUEUE_URL")]

    def _run_continuation(self) -> bool:
        """Run the sweep once for each time that a run has started another."""
        started = sum(call.operation == "Invoke" for call in self.injector.effects)
        self._started, due = started, started - self._started
        for _ in range(due):
            self.run_schedule()
        return due > 0

    def _unless_killed[T](self, run: Callable[[], T]) -> T | None:
        """Return the result of an invocation, or None if its process is killed; the next process starts cold."""
        try:
            return run()
        except ProcessKilled:
            lambda_runtime.cold_start()
            return None


def _should_retry(response: HttpResponse) -> bool:
    in_progress = response.status == 409 and response.refusal[1] == "idempotency_key_in_progress"
    if response.status != 503 and not in_progress:
        return False
    assert int(response.headers["Retry-After"]) > 0
    return True
