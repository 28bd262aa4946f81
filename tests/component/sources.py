"""What calls the functions, and calls again until it is served, as early as the real one might:

HTTP client       after a dropped connection, a 503, or a 409 that says its first call is under way
contract queue    the events that failed, once its visibility timeout is over; all if the process died
stream            the batch from the first record that failed; in halves if the process died
retry queue       as the contract queue, two minutes later: then no run from before is under way
schedule          if the run failed or the process died; and it comes again in five minutes anyway
"""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from mid_job_feedback.domain.refusals import Unavailable
from tests import aws, contract_queue, queues
from tests.component import stream
from tests.component.calls import Answer
from tests.component.marketplace import Marketplace
from tests.component.seam import Seam
from tests.sdk import Killed

_MOST_RUNS = 30  # of the sweep, for a handful of requests
PATIENCE = 6  # times; with nothing wrong any more two are enough

type Record = dict[str, Any]
type Records = list[Record]


class Sources:
    def __init__(self, marketplace: Marketplace, seam: Seam, told: stream.Stream) -> None:
        self.marketplace = marketplace
        self.seam = seam
        self.stream = told
        self.answers: list[Answer] = []
        self.done_before: list[set[str]] = []  # as `Seam.done` was at the last attempt of a client
        self.waiting: dict[str, list[Any]] = {"notify": [], "expire": []}
        self.set_back: Callable[[], object] = lambda: None  # told whenever one has to call again
        self._started = 0

    def post(self, call: Callable[[], Answer]) -> Answer:
        """What the client is told in the end."""
        for _ in range(PATIENCE):
            self.done_before = list(self.seam.done)
            answer = self._alive(call)
            if answer is not None:
                self.answers.append(answer)
                if not _come_again(answer):
                    return answer
                if answer.status != 503:
                    self.marketplace.let_runs_under_way_time_out()
            self.set_back()
        raise AssertionError(f"the client is never served: {self.answers}")

    def tell(self, *events: str) -> None:
        """Contract events, in one batch."""
        records = contract_queue.records(*events)
        for _ in range(PATIENCE):
            failed = self._alive(partial(contract_queue.hand_over, records))
            records = [record for record in records if failed is None or record["messageId"] in failed]
            if not records:
                return
            self.set_back()
        raise AssertionError("the contract queue never gets rid of its events")

    def schedule(self) -> None:
        """A run of the sweep, and another if it failed."""
        for _ in range(PATIENCE):
            with suppress(Unavailable):
                if self._alive(lambda: aws.invoke("expire", aws.event("expire-schedule"))) is not None:
                    return
            self.set_back()
        raise AssertionError("no run of the sweep comes to an end")

    def go_on(self) -> None:
        """Runs that other runs of the sweep have started, one after the other."""
        for _ in range(_MOST_RUNS):
            if not self._start_next_run():
                return
        raise AssertionError("the sweep goes round in circles")

    def settle(self) -> None:
        """Lets all of them finish, until there is nothing more to hand over."""
        while self._hand_over_news() or self._hand_over_waiting():
            pass

    def hand_over(self, function: str, records: Records) -> None:
        """A batch of the stream."""
        batches, tries = [records], 0
        while batches:
            batch = batches.pop(0)
            answer = self._alive(partial(aws.invoke, function, {"Records": batch}))
            self._take_waiting(function)
            if answer is None:
                half = len(batch) // 2
                batches[:0] = [part for part in (batch[:half], batch[half:]) if part]
            elif failed := {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}:
                numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
                batches.insert(0, batch[min(map(numbers.index, failed)) :])
            else:
                continue
            tries += 1
            assert tries <= PATIENCE * len(records), "the stream never gets on"
            self.set_back()

    def _hand_over_news(self) -> bool:
        news = self.stream.news()
        for function in ("notify", "expire"):
            if batch := stream.let_through(function, news):
                self.hand_over(function, batch)
        return bool(news)

    def _hand_over_waiting(self) -> bool:
        """Two minutes later; whatever was in the way then is over."""
        any_waiting = any(self.waiting.values())
        if any_waiting:
            self.marketplace.let_runs_under_way_time_out()
            self.marketplace.sdk.heal()
        for function, bodies in self.waiting.items():
            self.waiting[function] = []
            self._hand_over_messages(function, bodies)
        return any_waiting

    def _hand_over_messages(self, function: str, bodies: list[Any]) -> None:
        for _ in range(PATIENCE):
            if not bodies:
                return
            failed = self._alive(partial(stream.deliver_by_queue, function, *bodies))
            self._take_waiting(function)
            bodies = [b for place, b in enumerate(bodies) if failed is None or str(place) in failed]
            if bodies:
                self.marketplace.let_runs_under_way_time_out()
                self.set_back()
        raise AssertionError("the retry queue never gets rid of its messages")

    def _take_waiting(self, function: str) -> None:
        self.waiting[function] += [json.loads(message.body) for message in queues.take("RETRY_QUEUE_URL")]

    def _start_next_run(self) -> bool:
        """Of the sweep, for each time that a run has asked for one."""
        asked_for = sum(call.operation == "Invoke" for call in self.seam.effects)
        self._started, due = asked_for, asked_for - self._started
        for _ in range(due):
            self.schedule()
        return due > 0

    def _alive[T](self, run: Callable[[], T]) -> T | None:
        """What comes of a run, None if its process is killed. The next one has nothing loaded."""
        try:
            return run()
        except Killed:
            aws.forget_processes_past()
            return None


def _come_again(answer: Answer) -> bool:
    if answer.status != 503 and (answer.status != 409 or answer.refusal[1] != "idempotency_key_in_progress"):
        return False
    assert int(answer.headers["Retry-After"]) > 0
    return True
