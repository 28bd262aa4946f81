"""Every call the functions make to AWS, numbered as it is made; any of them can go wrong."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from tests.sdk import Killed, Parameters, Sdk

type Send = Callable[[], Any]
type Fault = Callable[["Call", Send], Any]


class Call(NamedTuple):
    client: Any
    operation: str
    parameters: Parameters

    @property
    def kind(self) -> str:
        """What is asked of which table or service, such as `PutItem idempotency`."""
        asked = self.parameters
        of_tables = [asked.get("TableName"), *asked.get("RequestItems", {})]
        of_tables += ["feedback"] if self.operation == "TransactWriteItems" else []
        where = [table for table in of_tables if table] or [self.client.meta.service_model.service_name]
        return f"{self.operation} {where[0]}"

    def __str__(self) -> str:
        return self.kind


class Seam:
    """Counts only while a function runs: what tests themselves ask of AWS goes through untouched."""

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk
        self._running = self._dead = False
        self._one_by_one = threading.Lock()
        self.begin()

    def begin(self) -> None:
        """From here on calls are numbered from 0, and none goes wrong."""
        self.calls: list[Call] = []
        self.effects: list[Call] = []
        self.runs: list[Counter[str]] = []  # how often each kind of call was made in each
        self.done: list[set[str]] = []  # the kinds of calls that had an effect in each
        self.after_effect: Callable[[], object] = lambda: None
        self._calls_before = self._effects_before = 0
        self._faults: dict[int, Fault] = {}
        self._lasting: tuple[str, Fault] | None = None
        self._lasts = False

    def fault(self, number: int, fault: Fault, *, lasting: bool = False) -> None:
        """The call of this number goes wrong; if `lasting`, all of its kind do from then on, until healed."""
        self._faults[number] = fault
        self._lasts = lasting

    def heal(self) -> None:
        self._faults.clear()
        self._lasting = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """One run of a function: once killed, nothing it still does has any effect."""
        self._running, self._dead = True, False
        self._calls_before, self._effects_before = len(self.calls), len(self.effects)
        try:
            yield
        finally:
            self._running = False
            self.runs.append(Counter(call.kind for call in self.calls_of_run))
            self.done.append({call.kind for call in self.effects_of_run})

    @property
    def calls_of_run(self) -> list[Call]:
        """Of the one under way, or else of the last."""
        return self.calls[self._calls_before :]

    @property
    def effects_of_run(self) -> list[Call]:
        return self.effects[self._effects_before :]

    def __call__(self, client: Any, operation: str, parameters: Parameters) -> Any:
        if not self._running:
            return self._sdk(client, operation, parameters)
        call = Call(client, operation, parameters)
        with self._one_by_one:
            if self._dead:
                raise Killed
            fault = self._fault_of(call)
            self.calls.append(call)
        try:
            return fault(call, lambda: self._sent(call)) if fault else self._sent(call)
        except Killed:
            self._dead = True
            raise

    def _fault_of(self, call: Call) -> Fault | None:
        if self._lasting and self._lasting[0] == call.kind:
            return self._lasting[1]
        fault = self._faults.pop(len(self.calls), None)
        if fault and self._lasts:
            self._lasting = (call.kind, fault)
        return fault

    def _sent(self, call: Call) -> Any:
        answered = self._sdk(*call)
        self.effects.append(call)
        self.after_effect()
        return answered
