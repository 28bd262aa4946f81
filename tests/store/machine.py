"""All that can happen to a few contracts, in any order; after every step the service is held to its model."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import product
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.builders import DAY, RATINGS, SECOND
from tests.component.http_calls import call
from tests.store.held import COLLISIONS, PARTIES, Event, Held
from tests.store.modelled import LIFETIME, Json, Reply

ROLES: Final = st.sampled_from(["rightful"] * 4 + ["other", "other", "stranger"])
ASKS: Final[list[Json]] = [{}, {"message": "How is it going?"}, {"message": " "}]
RATED: Final = st.one_of(st.just(RATINGS), st.fixed_dictionaries(dict.fromkeys(RATINGS, st.integers(1, 5))))
COMMENTS: Final = st.sampled_from([None, "Reliable and quick.", "  Late, but good.\n", " "])
KEYS: Final = st.sampled_from([None, "key-1", None, "key-2"])

AT_FIRST: Final = st.sampled_from(["asked"] * 3 + ["eligible"] * 2 + ["too new", "unpaid", "unknown", "ahead"])
PASSED: Final = st.sampled_from([LIFETIME, timedelta(), 20 * DAY, LIFETIME - SECOND])
CONTRACTS: Final = st.sampled_from([*PARTIES])
EVENTS: Final = st.sampled_from(["pay", "start", "end", "old start", "e-1", "e-2"])
SINCE: Final = st.sampled_from([timedelta(), DAY, 25 * DAY, 40 * DAY])

WAITS: Final = st.sampled_from([SECOND, SECOND / 2, DAY / 24, DAY, 5 * DAY, 13 * DAY])
BESIDE: Final = st.sampled_from([0 * SECOND, -SECOND, SECOND, SECOND / 1e6, -SECOND / 1e6])
ENOUGH: Final = 2  # sweeps in vain, which take long
AT_TIMES: Final = st.none() | BESIDE
REACHED: Final = st.sampled_from([{"f-1", "f-2"}, {"f-1"}, {"f-2"}])
NUMBERS: Final = st.integers(0, 30)
PICKS: Final = st.lists(NUMBERS, min_size=1, max_size=6)


class Step(NamedTuple):
    """`often`: how many chances it has. `when`: whether it can happen now."""

    act: Callable[..., None]
    often: int
    when: Callable[[Any], object]
    drawn: st.SearchStrategy[Json]


STEPS: Final[dict[str, Step]] = {}


def step(
    often: int = 2, when: Callable[[Any], object] = lambda _: True, **drawn: st.SearchStrategy[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def decorate(act: Callable[..., None]) -> Callable[..., None]:
        STEPS[act.__name__] = Step(act, often, when, st.fixed_dictionaries(drawn))
        return act

    return decorate


def possible(machine: Any) -> st.SearchStrategy[tuple[str, Json]]:
    """A step that can happen now, and what is drawn for it."""
    names = [name for name, step in STEPS.items() if step.when(machine) for _ in range(step.often)]
    return st.sampled_from(names).flatmap(lambda name: st.tuples(st.just(name), STEPS[name].drawn))


class Machine(Held):
    @initialize(lives=st.fixed_dictionaries(dict.fromkeys(PARTIES, AT_FIRST)), passed=PASSED)
    def some_contracts(self, lives: dict[str, str], passed: timedelta) -> None:
        with self.step("begun"):
            self.service.begin()
            self.enable({"f-1", "f-2"})
            for contract_id, life in lives.items():
                if life != "unknown":
                    self.start(contract_id, {"ahead": -DAY, "too new": 10 * DAY}.get(life, 40 * DAY))
                if life != "unpaid":
                    self.pay(contract_id, DAY)
            self.arrive(self.under_way)
            for contract_id, life in lives.items():
                if life == "asked":
                    self.ask(contract_id, "rightful", {}, None)
            self.move(self.now + passed)

    @rule(step=st.runner().flatmap(possible))
    def goes_on(self, step: tuple[str, Json]) -> None:
        name, drawn = step
        with self.step(name):
            STEPS[name].act(self, **drawn)

    # People

    @step(often=1, contract_id=CONTRACTS, role=ROLES, body=st.sampled_from([*ASKS, {"note": ""}]), key=KEYS)
    def somebody_asks(self, contract_id: str, role: str, body: Json, key: str | None) -> None:
        self.ask(contract_id, role, body, key)

    @step(
        often=4,
        when=lambda self: self.model.ready(self.now, asking=True),
        which=NUMBERS,
        body=st.sampled_from(ASKS),
        key=KEYS,
    )
    def who_may_asks(self, which: int, body: Json, key: str | None) -> None:
        ready = self.model.ready(self.now, asking=True)
        self.ask(ready[which % len(ready)], "rightful", body, key)

    @step(when=lambda self: self.unreached(), which=NUMBERS)
    def who_is_not_reached_asks(self, which: int) -> None:
        unreached = self.unreached()
        self.ask(unreached[which % len(unreached)], "rightful", {}, None)

    @step(often=1, contract_id=CONTRACTS, role=ROLES, ratings=RATED, comment=COMMENTS, key=KEYS)
    def somebody_gives(self, contract_id: str, role: str, ratings: Json, comment: str | None, key: str) -> None:
        self.give(contract_id, role, {"ratings": ratings, "comment": comment}, key)

    @step(
        when=lambda self: self.model.ready(self.now, asking=False), which=NUMBERS, ratings=RATED, comment=COMMENTS
    )
    def who_may_gives(self, which: int, ratings: Json, comment: str | None) -> None:
        ready = self.model.ready(self.now, asking=False)
        self.give(ready[which % len(ready)], "rightful", {"ratings": ratings, "comment": comment}, None)

    @step(
        when=lambda self: self.model.requests,
        which=NUMBERS,
        beside=AT_TIMES,
        ratings=RATED,
        comment=COMMENTS,
        key=KEYS,
    )
    def link_is_answered(
        self, which: int, beside: timedelta | None, ratings: Json, comment: str | None, key: str | None
    ) -> None:
        """`beside`: how long after the deadline, if it is still ahead."""
        request = self.request(which)
        self.come(request.expires_at, beside)
        self.answer(request, {"ratings": ratings, "comment": comment}, key)

    @step(often=1, when=lambda self: self.model.requests, which=NUMBERS)
    def link_is_opened(self, which: int) -> None:
        request = self.request(which)
        answer = call("list-feedback-link", token=self.token(request))
        self.agree(answer, self.model.open_link(request.request_id, self.now))

    @step(when=lambda self: self.remembered, which=NUMBERS, same=st.booleans())
    def call_is_repeated(self, which: int, *, same: bool) -> None:
        """With its key, and with its body or another."""
        self.repeat(which, same=same)

    @step(often=5, when=lambda self: self.lively(), which=NUMBERS, pair=NUMBERS)
    def two_at_once(self, which: int, pair: int) -> None:
        lively = self.lively()
        contract_id = lively[which % len(lively)]
        pairs = [*product(*COLLISIONS[self.standing(contract_id)])]
        self.collide(contract_id, *self._turn(pairs, pair))

    @step(often=1, contract_id=CONTRACTS, limit=st.integers(1, 4))
    def stranger_looks(self, contract_id: str, limit: int) -> None:
        """At a contract, and at all of its freelancer's work, page by page."""
        self.agree(self.tab(contract_id, "stranger"), Reply(404, "contract_not_found", {}))
        freelancer = PARTIES[contract_id][1]
        merged: dict[str, Json] = {}
        for contract in self.pages(freelancer, limit):
            known = merged.setdefault(contract["contract_id"], contract | {"feedback": []})
            known["feedback"] += contract["feedback"]
        assert [*merged.values()] == self.model.history(freelancer)["contracts"]

    # Contract events: each arrives at once, or is under way for a while

    @step(what=EVENTS, contract_id=CONTRACTS, since=SINCE, ratings=RATED, late=st.booleans())
    def marketplace_tells(
        self, what: str, contract_id: str, since: timedelta, ratings: dict[str, int], *, late: bool
    ) -> None:
        match what:
            case "start" | "old start":
                self.start(contract_id, since, old=what == "old start")
            case "pay":
                self.pay(contract_id, since)
            case "end":
                self.finish(contract_id, since)
            case feedback_id:
                self.state(contract_id, feedback_id, ratings)
        if not late:
            self.arrive(self.under_way[-1:])

    @step(when=lambda self: self.unpaid())
    def payday(self) -> None:
        unpaid = self.unpaid()
        for contract_id in unpaid:
            self.pay(contract_id, timedelta())
        self.arrive(self.under_way[-len(unpaid) :])

    @step(when=lambda self: self.under_way or self.arrived, picks=PICKS, again=st.lists(NUMBERS, max_size=4))
    def events_arrive(self, picks: list[int], again: list[int]) -> None:
        """One batch, of those under way and of those that were here before, in any order."""
        batch: list[Event] = []
        for pick in picks:
            if left := [event for event in self.under_way if event not in batch]:
                batch.insert(pick % (len(batch) + 1), left[pick % len(left)])
        for pick in again:
            if self.arrived:
                batch.insert(pick % (len(batch) + 1), self.arrived[pick % len(self.arrived)])
        self.arrive(batch)

    # Time

    @step(often=1, by=WAITS)
    def time_passes(self, by: timedelta) -> None:
        self.move(self.now + by)

    @step(which=st.integers(0, 4), beside=BESIDE)
    def time_comes(self, which: int, beside: timedelta) -> None:
        """The boundary of a window, or just before or after it."""
        if ahead := sorted(instant + beside for instant in self.instants() if instant + beside > self.now):
            self.move(ahead[which % len(ahead)])

    @step(
        when=lambda self: self.model.stored() or self.swept_in_vain < ENOUGH,
        which=NUMBERS,
        beside=AT_TIMES,
        by_hand=st.booleans(),
    )
    def sweep_runs(self, which: int, beside: timedelta | None, *, by_hand: bool) -> None:
        """`beside`: how long after some deadline, if it is still ahead."""
        if stored := self.model.stored():
            self.come(stored[which % len(stored)].expires_at, beside)
        self.sweep(by_hand=by_hand)

    @step(often=4, when=lambda self: self.model.overdue(self.now), which=NUMBERS, fast=NUMBERS)
    def sweep_is_overtaken(self, which: int, fast: int) -> None:
        overdue = self.model.overdue(self.now)
        _, faster = COLLISIONS["overdue"]
        self.collide(overdue[which % len(overdue)].contract_id, "sweep", self._turn(faster, fast))

    @step(when=lambda self: self.model.overdue(self.now), which=NUMBERS)
    def ttl_removes(self, which: int) -> None:
        overdue = self.model.overdue(self.now)
        self.remove_by_ttl(overdue[which % len(overdue)])

    @step(often=1, freelancers=REACHED)
    def rollout_changes(self, freelancers: set[str]) -> None:
        self.enable(freelancers)

    # The stream: late, twice, in any order but that of each row

    @step(
        often=4,
        when=lambda self: any(self.service.waiting.values()),
        first=st.booleans(),
        picks=PICKS,
        twice=st.booleans(),
    )
    def records_come(self, picks: list[int], *, first: bool, twice: bool) -> None:
        function = self._function(self.service.waiting, first=first)
        heads = self.service.heads(function)
        batch = [heads.pop(pick % len(heads)) for pick in picks if heads]
        self.hand_over(function, batch + batch if twice else batch)

    @step(when=lambda self: any(self.service.handled.values()), first=st.booleans(), picks=PICKS)
    def records_come_again(self, picks: list[int], *, first: bool) -> None:
        function = self._function(self.service.handled, first=first)
        handled = self.service.handled[function]
        self.hand_over(function, [handled[pick % len(handled)] for pick in picks])

    @step(when=lambda self: any(self.service.waiting.values()), first=st.booleans(), which=NUMBERS)
    def record_is_put_aside(self, which: int, *, first: bool) -> None:
        """In the retry queue even the records of its own row overtake it."""
        waiting = self.service.waiting[self._function(self.service.waiting, first=first)]
        waiting.append(waiting.pop(which % len(waiting)))

    @step(often=1, when=lambda self: any(self.service.waiting.values()))
    def stream_runs_dry(self) -> None:
        self.settle()

    def _turn[T](self, of: Sequence[T], drawn: int) -> T:
        """Mixed with what has happened, since small numbers are drawn more often."""
        return of[(drawn + self.events) % len(of)]

    def _function(self, records: dict[str, list[Any]], *, first: bool) -> str:
        """One that has records."""
        functions = [function for function, its_own in records.items() if its_own]
        return functions[0 if first else -1]

    # The end

    def teardown(self) -> None:
        """Whatever is on its way arrives, and what is open expires: then nothing may be missing."""
        if self.failed:
            return
        with self.step("ended"):
            self.arrive(self.under_way)
            self.move(self.now + LIFETIME + SECOND)
            self.sweep()
            self.settle()
            self.changed = {*PARTIES}
        assert self.ended_as.keys() == self.model.requests.keys()
        assert self.model.told == self.model.to_be_told(self.now)
        self.tally["model runs"] += 1
        self.tally["model runs: requests followed to their end"] += len(self.ended_as)
