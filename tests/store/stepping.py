"""Runs the service's real code from one AWS call to the next.

A run of a command is a tree: each `Point` is where it waits for the response of a call, and leads to another point
for every response. The code is deterministic, so a point is reached by running it from the start with the same
responses. Each point is reached once, and then known: schedules that come to it again cost nothing.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any, Final, NamedTuple, Self

import pytest
from botocore.client import BaseClient

from mid_job_feedback import aws, clock
from mid_job_feedback.storage import items
from mid_job_feedback.workers import expiry
from tests import lambda_runtime
from tests.builders import NOW
from tests.sdk_interceptor import raise_client_error
from tests.store.memory_table import Response, Tables
from tests.store.world import TTL, Call, World, carried_out

# Calls whose response never changes are no steps.
_CONSTANT: Final = {"GetSecretValue": {"SecretString": json.dumps({"current": "k" * 64})}}


class Result(NamedTuple):
    """What a run has answered."""

    text: str


class Command(NamedTuple):
    """`run` calls the service. `retried`: whether its caller repeats it if its process dies. `claims`: whether it
    uses the idempotency table. `indexed`: whether it reads an index, which may lag behind the table. `sends`:
    whether it sends messages. `shows`: whether it shows several rows. `reads_twice`: whether what it sends rests
    on two reads, of which the first may be older.
    """

    name: str
    run: Callable[[], Any]
    retried: bool = True
    claims: bool = False
    indexed: bool = False
    sends: bool = False
    shows: bool = False
    reads_twice: bool = False

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __str__(self) -> str:
        return self.name


class Point:
    """Where one attempt at a command is: at its first call, or after some responses, each with the time then."""

    __slots__ = ("_before", "_received", "attempt", "children", "command", "known")

    def __init__(
        self, command: Command, attempt: int, received: tuple[Response, datetime], before: "Point | None" = None
    ) -> None:
        self.command, self.attempt = command, attempt
        self._received, self._before = received, before
        self.children: dict[tuple[Response, datetime], Point] = {}
        self.known: Call | Result | None = None

    def after(self, response: Response, now: datetime) -> "Point":
        """The point that this response leads to."""
        known = self.children.get((response, now))
        if known is None:
            known = self.children[response, now] = Point(self.command, self.attempt, (response, now), self)
        return known

    def next(self, process: "Process", world: World) -> Call | Result:
        """The call that the command makes next, or its result. `world`: in which it makes the call."""
        if self.known is None:
            process.replay(self, world)
        assert self.known
        return self.known

    @property
    def received(self) -> list[tuple[Response, datetime]]:
        """What has led here."""
        found, point = [self._received], self
        while point._before is not None:
            point = point._before
            found.append(point._received)
        return found[::-1]


class Process:
    """The process in which commands run. It replaces the SDK, the clock, random ids and threads."""

    def __init__(self) -> None:
        self.executions = 0
        self._roots: dict[tuple[Command, int, datetime], Point] = {}
        self._received: Iterator[tuple[Response, datetime]] = iter(())
        self._point, self._world = Point(Command("", lambda: None), 1, (Response(""), NOW)), World(Tables())
        self._now = NOW
        self._name, self._ids = "", 0

    def begin(self, command: Command, attempt: int, now: datetime) -> Point:
        """The first point of an attempt that begins now."""
        known = self._roots.get((command, attempt, now))
        if known is None:
            begun = Response(""), now
            known = self._roots[command, attempt, now] = Point(command, attempt, begun)
        return known

    def calls(self) -> set[Call]:
        """All calls that any command has made so far."""
        points = [*self._roots.values()]
        for point in points:
            points += point.children.values()
        return {point.known for point in points if isinstance(point.known, Call)}

    def replay(self, point: Point, world: World) -> None:
        """Runs the command to this point and then on to its end, as if no other command came in between.

        So all points on the way become known.
        """
        self.executions += 1
        self._received = iter(point.received)
        self._point, self._world = point, world
        _, self._now = next(self._received)
        self._name, self._ids = f"{point.command.name.replace(' ', '-')}-{point.attempt}", 0
        result = point.command.run()
        assert next(self._received, None) is None, f"{point.command} is not deterministic"
        self._point.known = Result(json.dumps(result, sort_keys=True, default=str))

    def respond(self, client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        """The recorded response or, after the last one, what the call returns in the world."""
        if operation in _CONSTANT:
            return _CONSTANT[operation]
        received = next(self._received, None)
        response, self._now = received or self._continued(operation, parameters)
        if response.error:
            return raise_client_error(client, operation, response.error, **response.data)
        return response.data

    def _continued(self, operation: str, parameters: dict[str, Any]) -> tuple[Response, datetime]:
        call = Call(operation, json.dumps(parameters, sort_keys=True, default=str))
        assert self._point.known in {None, call}, f"{self._point.command} is not deterministic"
        self._point.known = call
        self._world, response = carried_out(self._world, call)
        self._point = self._point.after(response, self._now)
        return response, self._now

    def remove_by_ttl(self) -> None:
        self.respond(None, TTL, {"now": int(self._now.timestamp())})

    def now(self) -> datetime:
        return self._now

    def new_id(self) -> str:
        self._ids += 1
        return f"{self._name}-{self._ids}"

    @contextmanager
    def installed(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in lambda_runtime.ENVIRONMENT.items():
                patch.setenv(name, value)
            _forget_caches()
            lambda_runtime.set_rollout(patch, lambda_runtime.Flags())
            patch.setattr(BaseClient, "_make_api_call", _method(self.respond))
            patch.setattr(clock, "now", self.now)
            patch.setattr("mid_job_feedback.storage.table.pause", lambda _: None)
            patch.setattr("mid_job_feedback.storage.summaries.await_index", lambda: None)
            patch.setattr(expiry, "ThreadPoolExecutor", _InlineExecutor)
            patch.setattr(items, "DUE_SHARDS", 1)  # the queries of empty shards would only multiply the schedules
            for function in ("request", "submit", "moderate"):
                patch.setattr(lambda_runtime.function(function), "uuid4", self.new_id)
            _freeze_idempotency(patch)
            yield
        _forget_caches()


def _forget_caches() -> None:
    """Settings and clients, which were made with another environment."""
    lambda_runtime.cold_start()
    aws.client.cache_clear()
    aws.sender.cache_clear()


def _method(respond: Callable[[Any, str, dict[str, Any]], Any]) -> Callable[..., Any]:
    def make_api_call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        return respond(client, operation, parameters)

    return make_api_call


class _InlineExecutor:
    """Runs the threads of the sweep one after the other: each has a shard of its own."""

    def __init__(self, _threads: int) -> None:
        self.map = map

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def _freeze_idempotency(patch: pytest.MonkeyPatch) -> None:
    """Powertools reads the machine's clock."""

    class Frozen(datetime):
        @classmethod
        def now(cls, *_: Any) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp(NOW.timestamp())  # noqa: DTZ006 - as Powertools does

    modules = ("base", "persistence.base", "persistence.datarecord", "persistence.dynamodb")
    for module in modules:
        name = f"aws_lambda_powertools.utilities.idempotency.{module}.dt"
        patch.setattr(name, SimpleNamespace(datetime=Frozen, timedelta=timedelta, date=date, time=time))
