"""What must hold in every state of the tables, and at the end of every schedule."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cache
from itertools import pairwise, permutations, product
from typing import Any, Final

from mid_job_feedback.storage import items
from tests.builders import DAY, POLICY
from tests.store import summary_rows
from tests.store.memory_table import READS, Tables
from tests.store.outcomes import Outcome, comparable, difference, is_each_fact_possible, message_id, shown_row
from tests.store.scheduled_commands import SWEEP, Scenario, deliveries
from tests.store.schedules import Count, Exploration, Interval, State, effects_from, run_alone
from tests.store.stepping import Command, Point, Process, Result
from tests.store.world import Call, World, carried_out, timed_out

type Rows = dict[str, dict[str, Any]]

_AFTER_ALL_DEADLINES: Final = 40 * DAY
_RETRY: Final = "queue retries "


# The tables


@cache
def check_world(world: World) -> str | None:
    """What is wrong with the rows of a contract at this moment, or None."""
    return _check_tables(world.tables)


@cache
def _drift(tables: Tables) -> summary_rows.Sums:
    """By how much summaries differ from the feedback at this moment."""
    return summary_rows.drift(items.plain(row) for row in tables.of("feedback"))


@cache
def _check_tables(tables: Tables) -> str | None:
    contracts: dict[str, Rows] = defaultdict(dict)
    for row in tables.of("feedback"):
        contracts[row["PK"]["S"]][row["SK"]["S"]] = items.plain(row)
    return next((wrong for rows in contracts.values() for wrong in _wrong_with(rows)), None)


def _wrong_with(rows: Rows) -> Iterator[str]:
    contract = rows.get(items.CONTRACT, {})
    opened = {sort.removeprefix(items.OPEN_REQUEST) for sort in rows if sort.startswith(items.OPEN_REQUEST)}
    closed = [row["request_id"] for row in _of(rows, items.CLOSED_REQUEST)]
    given = [row for row in _of(rows, items.FEEDBACK) if row["kind"] == "mid_contract"]
    instants = sorted(row["provided_at"] for row in given)
    if len(opened) > 1:
        yield "a contract has two open requests"
    if opened & {*closed} or len(closed) != len({*closed}):
        yield "a request has two rows"
    if opened and "ended_at" in contract:
        yield "a contract that has ended has an open request"
    if opened and contract.get("last_request_id") not in opened:
        yield "the contract does not name its open request"
    if instants and contract.get("last_feedback_at") != instants[-1]:
        yield "the contract does not name its newest feedback"
    if any(
        _instant(later) - _instant(earlier) < POLICY.feedback_interval for earlier, later in pairwise(instants)
    ):
        yield "two pieces of feedback are too close to each other"
    fulfilled = [row["request_id"] for row in _of(rows, items.CLOSED_REQUEST) if row["status"] == "fulfilled"]
    if sorted(fulfilled) != sorted(row["request_id"] for row in given if "request_id" in row):
        yield "fulfilled requests and feedback that answers one do not match"
    for row in _of(rows, items.FEEDBACK):
        yield from _wrong_with_feedback(row, rows)


def _wrong_with_feedback(row: dict[str, Any], rows: Rows) -> Iterator[str]:
    feedback_id = row["feedback_id"]
    replaced = [int(earlier["revision"]) for earlier in _of(rows, f"{items.EARLIER}{feedback_id}#")]
    if sorted(replaced) != [*range(1, int(row.get("revision", 1)))]:
        yield "a piece of feedback has not one earlier version for each correction"
    texts = {"ratings", "score"} & row.keys(), {"withheld"} & row.keys()
    if texts != (set(), {"withheld"}) if "removed" in row else texts != ({"ratings", "score"}, set()):
        yield "feedback is neither shown nor withheld, or both"
    for target, is_removed in ("feedback", "removed" in row), ("reply", "reply_removed" in row):
        decided = _of(rows, f"{items.DECISION}{feedback_id}#{target}#")
        last = max(decided, key=lambda decision: decision["number"], default=None)
        if is_removed and (last is None or last["state"] == "visible"):
            yield f"the {target} is removed, against the last decision"
        reports = _of(rows, f"{items.REPORT}{feedback_id}#{target}#")
        if any(("open_reports" in report) is not (report["status"] == "open") for report in reports):
            yield "a report is in the list of open ones although it is settled, or the other way round"


def _of(rows: Rows, beginning: str) -> list[dict[str, Any]]:
    return [row for sort, row in rows.items() if sort.startswith(beginning)]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


# The end of a schedule


type _Order = tuple[Interval, ...]
type _Effects = tuple[tuple[World, Result | None], ...]


class EndOfSchedule:
    """Checks the ends of the schedules of some commands."""

    def __init__(
        self,
        process: Process,
        scenario: Scenario,
        commands: tuple[Command, ...],
        settled: Callable[[World, datetime, int], str | None],
    ) -> None:
        self._process, self._scenario, self._commands, self._settled = process, scenario, commands, settled
        self._views = frozenset(number for number, command in enumerate(commands) if command.shows)
        self._outcomes: dict[_Order, set[Outcome]] = {}
        self._effects_known: dict[tuple[Point, World, datetime], _Effects] = {}

    def check(self, state: State) -> str | None:
        """Whether the commands did what they do one after the other, and whether all of it is told once."""
        deaths = sum(run.attempt - 1 for run in state.runs)
        doubled = sum(run.attempt - 1 for number, run in enumerate(state.runs) if self._commands[number].sends)
        refused = {(n, run.attempt) for n, run in enumerate(state.runs) if run.result and _is_to_retry(run.result)}
        ended = frozenset(interval for interval in state.ended if interval.attempt not in refused)
        results = {
            number: comparable(run.result)
            for number, run in enumerate(state.runs)
            if run.result and (number, run.attempt) not in refused
        }
        found = self._outcome(state.world, results, told=not deaths)
        possible = self._one_after_the_other(ended, told=not deaths)
        if found not in possible:
            possible |= self._one_after_the_other(ended, self._that_read_twice(ended), told=not deaths)
        if found not in possible and not is_each_fact_possible(found, possible, self._views):
            return f"{difference(found, possible)}\nno order of the commands has this outcome"
        return self._settled(state.world, state.now, doubled)

    def _outcome(self, world: World, results: dict[int, str], *, told: bool) -> Outcome:
        """If a process died, it may have told something and not remembered it, so this is not compared."""
        rows = frozenset(
            (key, shown)
            for key, text in world.tables.rows.items()
            if key.table == "feedback" and (shown := shown_row(text))
        )
        sent = tuple(message for message in world.sent if not message.startswith(_RETRY)) if told else ()
        return Outcome(frozenset(results.items()), rows, sent)

    def _that_read_twice(self, ended: frozenset[Interval]) -> list[Interval]:
        """The completed attempts of commands that read twice."""
        return [
            interval for interval in ended if self._commands[interval.attempt[0]].reads_twice and not interval.died
        ]

    def _one_after_the_other(
        self, ended: frozenset[Interval], paused: Iterable[Interval] = (), *, told: bool
    ) -> set[Outcome]:
        """The outcomes of all serial orders that agree with when each attempt began and ended (linearizability).

        The clock is tried at the beginning and at the end of each interval. An attempt whose process died stops
        before its first effect or after any. Each of the `paused` has two places in the order: one for its first
        read, and a later one for the rest. `told`: whether the outcomes have the messages.
        """
        key = (*sorted(ended), *sorted(paused))
        known = self._outcomes.get(key)
        if known is None:
            known = self._outcomes[key] = set()
            for order in filter(_is_possible, {*permutations(key)}):
                for instants in product(*({interval.begun, interval.ended} for interval in order)):
                    steps = [*zip(order, instants, strict=True)]
                    known |= {*self._outcomes_of(steps, self._scenario.world, {}, {}, told=told)}
        return known

    def _outcomes_of(
        self,
        steps: list[tuple[Interval, datetime]],
        world: World,
        results: dict[int, str],
        paused: dict[int, Point],
        *,
        told: bool,
    ) -> Iterator[Outcome]:
        """The outcomes of `steps` in this order, after others that led to `world` and `results`."""
        if not steps:
            yield self._outcome(world, results, told=told)
            return
        (interval, now), *later = steps
        number, attempt = interval.attempt
        point = paused.get(number) or self._process.begin(self._commands[number], attempt, now)
        if any(interval == other for other, _ in later):
            read = self._after_first_read(point, world, now)
            yield from self._outcomes_of(later, world, results, {**paused, number: read}, told=told)
            return
        states = self._effects(point, world, now)
        if not interval.died:
            world, result = states[-1]
            assert result
            yield from self._outcomes_of(later, world, {**results, number: comparable(result)}, paused, told=told)
            return
        for reached in {world, *(timed_out(reached) for reached, _ in states)}:
            yield from self._outcomes_of(later, reached, results, paused, told=told)

    def _after_first_read(self, point: Point, world: World, now: datetime) -> Point:
        call = point.next(self._process, world)
        assert isinstance(call, Call)
        assert call.operation in READS
        _, response = carried_out(world, call)
        return point.after(response, now)

    def _effects(self, point: Point, world: World, now: datetime) -> _Effects:
        key = point, world, now
        known = self._effects_known.get(key)
        if known is None:
            known = self._effects_known[key] = tuple(effects_from(self._process, point, world, now))
        return known


def _is_to_retry(result: Result) -> bool:
    """Whether the service has asked the caller to try again, and has done nothing."""
    return '"idempotency_key_in_progress"' in result.text or '"temporarily_unavailable"' in result.text


def _is_possible(order: _Order) -> bool:
    """Whether no attempt comes before one that had ended when it began."""
    return not any(
        later.attempt in earlier.after for place, earlier in enumerate(order) for later in order[place + 1 :]
    )


# What follows: records are delivered, and every request ends


def _check_settled(process: Process, world: World, now: datetime, *, may_be_doubled: int) -> str | None:
    world = _delivered(process, world, now)
    again = _delivered(process, world, now)
    if again != world:
        return f"a second delivery changes something: {_changes(world, again)}"
    later = now + _AFTER_ALL_DEADLINES
    world, _ = run_alone(process, SWEEP, world, later)
    world = _delivered(process, world, later)
    return check_world(world) or next(
        _wrong_at_the_end(process, world, later, may_be_doubled=may_be_doubled), None
    )


def _wrong_at_the_end(process: Process, world: World, now: datetime, *, may_be_doubled: int) -> Iterator[str]:
    rows = [items.plain(row) for row in world.tables.of("feedback")]
    ids = Counter(row["request_id"] for row in rows if row["SK"].startswith(items.CLOSED_REQUEST))
    made = Counter(
        record["dynamodb"]["NewImage"]["request_id"]["S"]
        for record in map(json.loads, world.records)
        if record["eventName"] == "INSERT" and record["dynamodb"]["Keys"]["SK"]["S"].startswith(items.OPEN_REQUEST)
    )
    if ids != made:
        yield f"requests made: {made}; requests ended: {ids}"
    inserted = Counter(
        record["dynamodb"]["Keys"]["SK"]["S"]
        for record in map(json.loads, world.records)
        if record["eventName"] == "INSERT" and record["dynamodb"]["Keys"]["PK"]["S"].startswith("CONTRACT#")
    )
    if twice := [sort for sort, number in inserted.items() if number > 1]:
        yield f"the stream announces twice: {twice}"
    sent = Counter(message_id(message) for message in world.sent if not message.startswith("queue "))
    doubled = {message: number for message, number in sent.items() if number > 1}
    if sum(doubled.values()) - len(doubled) > may_be_doubled:
        yield f"sent more than once: {doubled}"
    if lost := _expected(process, world, now) - sent.keys():
        yield f"not sent: {sorted(lost)}"


def _expected(process: Process, world: World, now: datetime) -> set[str]:
    """The messages that the records call for, if nothing had been sent yet."""
    rows = {key: text for key, text in world.tables.rows.items() if key.table == "feedback"}
    afresh = World(Tables(rows))
    expected: set[str] = set()
    for command in deliveries(world.records):
        told, _ = run_alone(process, command, afresh, now)
        expected |= {message_id(message) for message in told.sent}
    return expected


def _delivered(process: Process, world: World, now: datetime) -> World:
    """The world after every record was delivered once, and every record that this adds."""
    done = 0
    while done < len(world.records):
        undelivered, done = world.records[done:], len(world.records)
        for command in deliveries(undelivered):
            world, _ = run_alone(process, command, world, now)
    return world


def _changes(before: World, after: World) -> str:
    rows = {*after.tables.rows.items()} ^ {*before.tables.rows.items()}
    return f"{rows} {Counter(after.sent) - Counter(before.sent)}"


class Explorer:
    """Explores schedules of the service's code as it is now."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._settled: dict[tuple[World, datetime, int], str | None] = {}

    def explore(self, scenario: Scenario, commands: tuple[Command, ...], deaths: int = 1) -> Count:
        """Explores all schedules of these commands. `deaths`: how many processes may die in one schedule.

        Raises:
            BrokenInvariant
        """
        end = EndOfSchedule(self.process, scenario, commands, self._check_settled)
        wrong_at_first = _drift(scenario.world.tables)

        def check(world: World) -> str | None:
            """A summary that is wrong at first stays so until a recount corrects it. No other is wrong."""
            if (found := _drift(world.tables)) and found != wrong_at_first:
                return f"summaries differ from the feedback: {found}"
            return check_world(world)

        exploration = Exploration(
            self.process, commands, deadline=scenario.deadline, check_world=check, check_end=end.check
        )
        return exploration.explore(scenario.world, scenario.now, deaths)

    def _check_settled(self, world: World, now: datetime, may_be_doubled: int) -> str | None:
        key = world, now, may_be_doubled
        if key not in self._settled:
            self._settled[key] = _check_settled(self.process, world, now, may_be_doubled=may_be_doubled)
        return self._settled[key]
