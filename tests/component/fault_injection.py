"""Fault injection: numbers every call that the functions make to AWS, and makes chosen ones go wrong."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from tests.sdk_interceptor import Parameters, ProcessKilled, SdkInterceptor

type Send = Callable[[], Any]
type Misbehave = Callable[["Call", Send], Any]


class Call(NamedTuple):
    client: Any
    operation: str
    parameters: Parameters

    @property
    def kind(self) -> str:
        """The operation and its table or service, such as `PutItem idempotency`."""
        parameters = self.parameters
        tables = [parameters.get("TableName"), *parameters.get("RequestItems", {})]
        tables += ["feedback"] if self.operation == "TransactWriteItems" else []
        target = [table for table in tables if table] or [self.client.meta.service_model.service_name]
        return f"{self.operation} {target[0]}"

    def __str__(self) -> str:
        return self.kind


class FaultInjector:
    """Acts only while a function runs: calls that the tests themselves make go through unnumbered.

    An *effect* is a call that AWS carried out, whether or not the function saw its response.
    """

    def __init__(self, sdk: SdkInterceptor) -> None:
        self._sdk = sdk
        self._running = self._killed = False
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Number calls from 0 again, and let none go wrong."""
        self.calls: list[Call] = []
        self.effects: list[Call] = []
        self.calls_by_invocation: list[Counter[str]] = []  # kinds of calls
        self.effects_by_invocation: list[set[str]] = []  # kinds of calls
        self.after_effect: Callable[[], object] = lambda: None
        self._calls_before = self._effects_before = 0
        self._faults: dict[int, Misbehave] = {}
        self._lasting_fault: tuple[str, Misbehave] | None = None
        self._lasting = False

    def inject(self, number: int, misbehave: Misbehave, *, lasting: bool = False) -> None:
        """Replace the call with this number; if `lasting`, also all later calls of its kind, until `repair`."""
        self._faults[number] = misbehave
        self._lasting = lasting

    def repair(self) -> None:
        self._faults.clear()
        self._lasting_fault = None

    @contextmanager
    def invocation(self) -> Iterator[None]:
        """One invocation of a function. Once its process is killed, no call that it still makes has an effect."""
        self._running, self._killed = True, False
        self._calls_before, self._effects_before = len(self.calls), len(self.effects)
        try:
            yield
        finally:
            self._running = False
            self.calls_by_invocation.append(Counter(call.kind for call in self.calls_of_invocation))
            self.effects_by_invocation.append({call.kind for call in self.effects_of_invocation})

    @property
    def calls_of_invocation(self) -> list[Call]:
        """Of the invocation that is running, or else of the last one."""
        return self.calls[self._calls_before :]

    @property
    def effects_of_invocation(self) -> list[Call]:
        return self.effects[self._effects_before :]

    def __call__(self, client: Any, operation: str, parameters: Parameters) -> Any:
        if not self._running:
            return self._sdk(client, operation, parameters)
        call = Call(client, operation, parameters)
        with self._lock:
            if self._killed:
                raise ProcessKilled
            misbehave = self._fault_for(call)
            self.calls.append(call)
        try:
            return misbehave(call, lambda: self._send(call)) if misbehave else self._send(call)
        except ProcessKilled:
            self._killed = True
            raise

    def _fault_for(self, call: Call) -> Misbehave | None:
        if self._lasting_fault and self._lasting_fault[0] == call.kind:
            return self._lasting_fault[1]
        misbehave = self._faults.pop(len(self.calls), None)
        if misbehave and self._lasting:
            self._lasting_fault = (call.kind, misbehave)
        return misbehave

    def _send(self, call: Call) -> Any:
        response = self._sdk(*call)
        self.effects.append(call)
        self.after_effect()
        return response
