"""Explores every schedule of some commands that run at once, one AWS call at a time.

A schedule decides at each step which command goes on, whether its process dies after the call, and when the clock
passes a deadline. A read is not atomic: what it returns of each row may come from any moment of the call. So it
may see half of another command's transaction. An index may lag behind its table.

States that two schedules have in common are explored once: a state holds everything on which the rest depends.
Schedules are counted as if each were run on its own.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from tests.store import memory_table
from tests.store.memory_table import READS, Key, Response, Tables
from tests.store.stepping import Command, Point, Process, Result
from tests.store.world import SENDS, Call, Seen, World, carried_out, claim_of, responses, seen, timed_out

type Attempt = tuple[int, int]  # which command, and the number of its attempt


class Interval(NamedTuple):
    """When an attempt ran: the time when it began and when it ended, and the attempts that had ended before.

    `died`: whether it ended because its process died.
    """

    attempt: Attempt
    begun: datetime
    ended: datetime
    after: frozenset[Attempt]
    died: bool


class Run(NamedTuple):
    """How far a command is. `point`: None before it begins. `seen`: what its read may return so far. `claim`: the
    row of the idempotency table that says that this run is in progress.
    """

    attempt: int = 1
    point: Point | None = None
    begun: datetime | None = None
    after: frozenset[Attempt] = frozenset()
    seen: Seen | None = None
    claim: Key | None = None
    result: Result | None = None


class State(NamedTuple):
    world: World
    now: datetime
    runs: tuple[Run, ...]
    deaths: int  # how many processes may still die
    ended: frozenset[Interval] = frozenset()
    past: tuple[Tables, ...] = ()  # what an index may still show

    @property
    def finished(self) -> bool:
        return all(run.result for run in self.runs)


class Step(NamedTuple):
    what: str
    state: State


class Count(NamedTuple):
    """`schedules`: paths from the beginning to an end. `states`: distinct ones on these paths."""

    schedules: int
    states: int


class BrokenInvariant(AssertionError):
    """A schedule that breaks an invariant, with its steps."""

    def __init__(self, what: str, trail: list[str]) -> None:
        super().__init__("\n  ".join([what, *trail]))


class Exploration:
    """All schedules of `commands` from `start`.

    `deadline`: an instant that the clock reaches during the commands. `check_world` is called for every state of
    the tables, and `check_end` for every end; both return what is wrong, or None.
    """

    def __init__(
        self,
        process: Process,
        commands: tuple[Command, ...],
        *,
        deadline: datetime | None,
        check_world: Callable[[World], str | None],
        check_end: Callable[[State], str | None],
    ) -> None:
        self._process, self._commands, self._deadline = process, commands, deadline
        self._check_world, self._check_end = check_world, check_end
        self._schedules: dict[State, int] = {}
        self._trail: list[str] = []

    def explore(self, start: World, now: datetime, deaths: int) -> Count:
        indexed = any(command.indexed for command in self._commands)
        past = (start.tables,) if indexed else ()
        state = State(start, now, tuple(Run() for _ in self._commands), deaths, past=past)
        return Count(self._explore(state), len(self._schedules))

    def _explore(self, state: State) -> int:
        known = self._schedules.get(state)
        if known is not None:
            return known
        if wrong := self._check_world(state.world) or (self._check_end(state) if state.finished else None):
            raise BrokenInvariant(wrong, self._trail)
        schedules = 0
        for what, following in self._steps(state):
            self._trail.append(what)
            schedules += self._explore(following)
            self._trail.pop()
        self._schedules[state] = schedules or 1
        return schedules or 1

    def _steps(self, state: State) -> Iterator[Step]:
        if state.finished:
            return
        waiting = [number for number, run in enumerate(state.runs) if not run.result]
        independent = next((number for number in waiting if self._is_independent(state, number)), None)
        for number in waiting if independent is None else [independent]:
            yield from self._steps_of(state, number)
        if independent is None and self._deadline and state.now < self._deadline:
            yield Step("the deadline passes", state._replace(now=self._deadline))

    def _is_independent(self, state: State, number: int) -> bool:
        """Whether this run's next call and all calls of the others have the same effect in either order.

        Then it is enough to explore the schedules that make this call first (partial-order reduction).
        """
        point = state.runs[number].point
        if point is None or (self._deadline and state.now < self._deadline):
            return False
        call = point.next(self._process, state.world)
        assert isinstance(call, Call)
        return call.operation in SENDS or (
            call.claims
            and not any(
                self._commands[other].claims
                for other, run in enumerate(state.runs)
                if other != number and not run.result
            )
        )

    def _steps_of(self, state: State, number: int) -> Iterator[Step]:
        run, command = state.runs[number], self._commands[number]
        if run.point is None:
            after = frozenset(interval.attempt for interval in state.ended)
            point = self._process.begin(command, run.attempt, state.now)
            begun = run._replace(point=point, begun=state.now, after=after)
            yield Step(f"{command} begins", self._arrived(state, number, begun))
            return
        call = run.point.next(self._process, state.world)
        assert isinstance(call, Call)
        assert command.claims or not call.claims, f"{command} uses the idempotency table"
        if call.operation in READS:
            assert run.seen is not None
            for response in responses(run.seen, call):
                yield Step(f"{command}: {call}", self._responded(state, number, response))
            return
        world, response = carried_out(state.world, call)
        done = self._seen_by_others(state._replace(world=world), number)
        if call.claims and world != state.world:
            done = _with(done, number, run._replace(claim=claim_of(call)))
        yield Step(
            f"{command}: {call}{' fails' if response.error else ''}", self._responded(done, number, response)
        )
        if state.deaths and command.retried and world != state.world:
            yield Step(f"{command}: {call}, and its process dies", self._died(done, number))

    def _responded(self, state: State, number: int, response: Response) -> State:
        run = state.runs[number]
        assert run.point
        return self._arrived(state, number, run._replace(point=run.point.after(response, state.now)))

    def _arrived(self, state: State, number: int, run: Run) -> State:
        """The state with a run at its next point: at its next call, or at its end."""
        assert run.point
        following = run.point.next(self._process, state.world)
        found = None
        if isinstance(following, Result):
            run = run._replace(result=following)
            state = self._ended(state, number, run, died=False)
        elif following.operation in READS:
            parameters = following.data
            versions: tuple[Tables, ...] = (state.world.tables,)
            if memory_table.reads_index(parameters):
                assert self._commands[number].indexed, f"{self._commands[number]} reads an index"
                versions = state.past
            found = seen(versions, following)
        return _with(state, number, run._replace(seen=found))

    def _died(self, state: State, number: int) -> State:
        """The caller repeats the command, after the time limit of the process that died."""
        run = state.runs[number]
        state = self._ended(state, number, run, died=True)
        if run.claim:
            state = state._replace(world=timed_out(state.world, run.claim))
        again = Run(attempt=run.attempt + 1)
        return _with(state._replace(deaths=state.deaths - 1), number, again)

    def _ended(self, state: State, number: int, run: Run, *, died: bool) -> State:
        assert run.begun
        interval = Interval((number, run.attempt), run.begun, state.now, run.after, died)
        return state._replace(ended=state.ended | {interval})

    def _seen_by_others(self, state: State, writer: int) -> State:
        """Adds the tables as they are now to what the reads of the others may return."""
        tables = state.world.tables
        if state.past and state.past[-1] != tables:
            state = state._replace(past=(*state.past, tables))
        for number, run in enumerate(state.runs):
            if number != writer and run.seen is not None and run.point:
                call = run.point.next(self._process, state.world)
                assert isinstance(call, Call)
                state = _with(state, number, run._replace(seen=seen((tables,), call, run.seen)))
        return state


def run_alone(
    process: Process, command: Command, world: World, now: datetime, attempt: int = 1
) -> tuple[World, Result]:
    """Runs one attempt at a command without anything in between."""
    *_, (world, result) = effects_alone(process, command, world, now, attempt)
    assert result
    return world, result


def effects_alone(
    process: Process, command: Command, world: World, now: datetime, attempt: int
) -> Iterator[tuple[World, Result | None]]:
    """The world after each effect of an attempt without anything in between, and then its result."""
    yield from effects_from(process, process.begin(command, attempt, now), world, now)


def effects_from(
    process: Process, point: Point, world: World, now: datetime
) -> Iterator[tuple[World, Result | None]]:
    """As `effects_alone`, of an attempt that has come to this point."""
    while isinstance(call := point.next(process, world), Call):
        before = world
        world, response = carried_out(world, call)
        if world != before:
            yield world, None
        point = point.after(response, now)
    yield world, call


def _with(state: State, number: int, run: Run) -> State:
    return state._replace(runs=(*state.runs[:number], run, *state.runs[number + 1 :]))
