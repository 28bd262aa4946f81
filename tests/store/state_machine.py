"""The steps that Hypothesis runs in any order on four contracts, each followed by a comparison with the model."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.builders import DAY, RATINGS, SECOND
from tests.component import table_stream
from tests.component.http_calls import call
from tests.store.model_comparison import COLLISIONS, PARTIES, Event, ModelComparison, pick
from tests.store.model_values import LIFETIME, Json, Response

ROLES: Final = st.sampled_from(["entitled"] * 4 + ["other", "other", "stranger"])
REQUEST_BODIES: Final[list[Json]] = [{}, {"message": "How is it going?"}, {"message": " \u200b"}]
RATINGS_STRATEGY: Final = st.one_of(
    st.just(RATINGS),
    st.just({category: float(rating) for category, rating in RATINGS.items()}),
    st.fixed_dictionaries(dict.fromkeys(RATINGS, st.integers(1, 5))),
)
COMMENTS: Final = st.sampled_from([None, "Reliable and quick.", "  Late, but good.\n", " ", "\u200b\u200f"])
REPLIES: Final = st.sampled_from(["Thank you.", "Thank you!", None])
TARGETS: Final = st.sampled_from(["feedback", "feedback", "reply"])
STATES: Final = st.sampled_from(["removed", "visible"])
GROUNDS: Final = st.sampled_from(["abusive", "off_topic"])
CHOICES: Final = st.sampled_from(["allowed", "allowed", "muted"])
KEYS: Final = st.sampled_from([None, "key-1", None, "key-2"])

INITIAL_STATES: Final = st.sampled_from(
    ["open request"] * 3 + ["eligible"] * 2 + ["too new", "unpaid", "unknown", "ahead"]
)
INITIAL_DELAYS: Final = st.sampled_from([LIFETIME, timedelta(), 20 * DAY, LIFETIME - SECOND])
CONTRACTS: Final = st.sampled_from([*PARTIES])
EVENTS: Final = st.sampled_from(
    ["end", "pay", "start", "old start", "e-1", "e-2", "others' start", "others' old start"]
)
AGES: Final = st.sampled_from([timedelta(), timedelta(), DAY, 25 * DAY, 40 * DAY, -DAY, -2 * DAY])

TIME_STEPS: Final = st.sampled_from([SECOND, SECOND / 2, DAY / 24, DAY, 5 * DAY, 13 * DAY])
OFFSETS: Final = st.sampled_from([0 * SECOND, -SECOND, SECOND, SECOND / 1e6, -SECOND / 1e6])
MAX_EMPTY_SWEEPS: Final = 2  # a sweep queries sixteen shards, which takes long
MAYBE_OFFSETS: Final = st.none() | OFFSETS
ROLLOUTS: Final = st.sampled_from([{"f-1"}, {"f2|~ana"}, {"f-1", "f2|~ana", "f-other"}])
NUMBERS: Final = st.integers(0, 30)
PICKS: Final = st.lists(NUMBERS, min_size=1, max_size=6)


class StateMachineStep(NamedTuple):
    """`weight` is its share of the draws; `possible` says whether it can run now."""

    action: Callable[..., None]
    weight: int
    possible: Callable[[Any], object]
    arguments: st.SearchStrategy[Json]


STEPS: Final[dict[str, StateMachineStep]] = {}


def step(
    weight: int = 2, possible: Callable[[Any], object] = lambda _: True, **arguments: st.SearchStrategy[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def decorate(action: Callable[..., None]) -> Callable[..., None]:
        STEPS[action.__name__] = StateMachineStep(action, weight, possible, st.fixed_dictionaries(arguments))
        return action

    return decorate


def possible_steps(machine: Any) -> st.SearchStrategy[tuple[str, Json]]:
    """Draws a step that can run now, with its arguments."""
    names = [name for name, step in STEPS.items() if step.possible(machine) for _ in range(step.weight)]
    return st.sampled_from(names).flatmap(lambda name: st.tuples(st.just(name), STEPS[name].arguments))


class FeedbackStateMachine(ModelComparison):
    @initialize(states=st.fixed_dictionaries(dict.fromkeys(PARTIES, INITIAL_STATES)), delay=INITIAL_DELAYS)
    def create_contracts(self, states: dict[str, str], delay: timedelta) -> None:
        with self.step("begun"):
            self.service.reset()
            self.set_rollout({"f-1", "f2|~ana", "f-other"})
            for contract_id, state in states.items():
                if state != "unknown":
                    self.start_contract(contract_id, {"ahead": -DAY, "too new": 10 * DAY}.get(state, 40 * DAY))
                if state != "unpaid":
                    self.add_payment(contract_id, DAY)
            self.apply_events(self.in_flight)
            for contract_id, state in states.items():
                if state == "open request":
                    self.request_feedback(contract_id, "entitled", {}, None)
            self.set_time(self.now + delay)

    @rule(step=st.runner().flatmap(possible_steps))
    def take_step(self, step: tuple[str, Json]) -> None:
        name, arguments = step
        with self.step(name):
            STEPS[name].action(self, **arguments)

    # People

    @step(
        weight=1,
        contract_id=CONTRACTS,
        role=ROLES,
        body=st.sampled_from([*REQUEST_BODIES, {"note": ""}]),
        key=KEYS,
    )
    def anyone_requests_feedback(self, contract_id: str, role: str, body: Json, key: str | None) -> None:
        self.request_feedback(contract_id, role, body, key)

    @step(
        weight=4,
        possible=lambda self: self.model.eligible_contracts(self.now, requesting=True),
        which=NUMBERS,
        body=st.sampled_from(REQUEST_BODIES),
        key=KEYS,
    )
    def eligible_freelancer_requests_feedback(self, which: int, body: Json, key: str | None) -> None:
        eligible = self.model.eligible_contracts(self.now, requesting=True)
        self.request_feedback(pick(eligible, which), "entitled", body, key)

    @step(weight=4, possible=lambda self: self.contracts_outside_rollout(), which=NUMBERS)
    def freelancer_outside_rollout_requests_feedback(self, which: int) -> None:
        self.request_feedback(pick(self.contracts_outside_rollout(), which), "entitled", {}, None)

    @step(weight=1, contract_id=CONTRACTS, role=ROLES, ratings=RATINGS_STRATEGY, comment=COMMENTS, key=KEYS)
    def anyone_gives_feedback(
        self, contract_id: str, role: str, ratings: Json, comment: str | None, key: str
    ) -> None:
        self.give_feedback(contract_id, role, {"ratings": ratings, "comment": comment}, key)

    @step(
        possible=lambda self: self.model.eligible_contracts(self.now, requesting=False),
        which=NUMBERS,
        ratings=RATINGS_STRATEGY,
        comment=COMMENTS,
    )
    def eligible_client_gives_feedback(self, which: int, ratings: Json, comment: str | None) -> None:
        eligible = self.model.eligible_contracts(self.now, requesting=False)
        self.give_feedback(pick(eligible, which), "entitled", {"ratings": ratings, "comment": comment}, None)

    @step(
        possible=lambda self: self.model.requests,
        which=NUMBERS,
        offset=MAYBE_OFFSETS,
        ratings=RATINGS_STRATEGY,
        comment=COMMENTS,
        key=KEYS,
    )
    def client_submits_by_link(
        self, which: int, offset: timedelta | None, ratings: Json, comment: str | None, key: str | None
    ) -> None:
        """`offset`: how long after the deadline, if that is in the future."""
        request = self.request(which)
        self.move_near(request.expires_at, offset)
        self.submit_by_link(request, {"ratings": ratings, "comment": comment}, key)

    @step(possible=lambda self: self.model.requests, which=NUMBERS)
    def link_is_opened(self, which: int) -> None:
        request = self.request(which)
        response = call("list-feedback-link", token=self.token(request))
        self.assert_response(response, self.model.open_link(request.request_id, self.now))

    @step(possible=lambda self: self.model.requests, which=NUMBERS, role=ROLES, choice=CHOICES, link=st.booleans())
    def request_is_declined(self, which: int, role: str, choice: str, *, link: bool) -> None:
        request = self.request(which)
        if link:
            self.decline_by_link(request, choice)
        else:
            self.decline(request.contract_id, role, request.request_id, choice)

    @step(weight=1, possible=lambda self: self.model.requests, which=NUMBERS, role=ROLES)
    def request_is_withdrawn(self, which: int, role: str) -> None:
        request = self.request(which)
        self.withdraw(request.contract_id, role, request.request_id)

    @step(
        weight=5,
        possible=lambda self: self.feedback(),
        which=NUMBERS,
        role=ROLES,
        ratings=RATINGS_STRATEGY,
        comment=COMMENTS,
    )
    def feedback_is_corrected(self, which: int, role: str, ratings: Json, comment: str | None) -> None:
        entry = pick(self.feedback()[::-1], which)
        self.correct(entry, role, {"ratings": ratings, "comment": comment})

    @step(possible=lambda self: self.feedback(), which=NUMBERS, role=ROLES, text=REPLIES)
    def feedback_is_replied_to(self, which: int, role: str, text: str | None) -> None:
        self.reply(pick(self.feedback()[::-1], which), role, text)

    @step(
        weight=4,
        possible=lambda self: self.feedback(),
        which=NUMBERS,
        target=TARGETS,
        state=STATES,
        ground=GROUNDS,
    )
    def staff_decide_about_a_text(self, which: int, target: str, state: str, ground: str) -> None:
        self.moderate(pick(self.feedback()[::-1], which), target, state, ground)

    @step(weight=1, contract_id=CONTRACTS, role=ROLES, muted=st.booleans())
    def requests_are_turned_off_or_on(self, contract_id: str, role: str, *, muted: bool) -> None:
        self.prefer(contract_id, role, muted=muted)

    @step(contract_id=CONTRACTS, role=ROLES, of_another=st.booleans(), which=NUMBERS)
    def unknown_request_is_declined(self, contract_id: str, role: str, which: int, *, of_another: bool) -> None:
        """Of another contract, or of none."""
        others = [known for known in self.model.requests.values() if known.contract_id != contract_id]
        request_id = pick(others, which).request_id if of_another and others else "r-unknown"
        self.decline(contract_id, role, request_id, "muted")

    @step(possible=lambda self: self.idempotent_calls, which=NUMBERS, same=st.booleans())
    def call_is_repeated(self, which: int, *, same: bool) -> None:
        """With its Idempotency-Key, and with the same body or another."""
        self.repeat_call(which, same=same)

    @step(weight=5, possible=lambda self: self.collidable_contracts(), which=NUMBERS, pair=NUMBERS)
    def two_commands_collide(self, which: int, pair: int) -> None:
        contract_id = pick(self.collidable_contracts(), which)
        self.collide(contract_id, *self._choose(self.possible_collisions(contract_id), pair))

    @step(weight=1, contract_id=CONTRACTS, limit=st.integers(1, 4))
    def stranger_reads(self, contract_id: str, limit: int) -> None:
        """Reads a contract's tab, and the work history of its freelancer page by page."""
        self.assert_response(self.get_tab(contract_id, "stranger"), Response(404, "contract_not_found", {}))
        freelancer = self.parties(contract_id)[1]
        merged: dict[str, Json] = {}
        for contract in self.work_history_pages(freelancer, limit):
            known = merged.setdefault(contract["contract_id"], contract | {"feedback": []})
            known["feedback"] += contract["feedback"]
        assert [*merged.values()] == self.model.work_history(freelancer)["contracts"]

    # Contract events: each is delivered at once, or later

    @step(what=EVENTS, contract_id=CONTRACTS, age=AGES, ratings=RATINGS_STRATEGY, late=st.booleans())
    def contract_event_is_sent(
        self, what: str, contract_id: str, age: timedelta, ratings: dict[str, int], *, late: bool
    ) -> None:
        match what:
            case "start" | "old start" | "others' start" | "others' old start":
                self.start_contract(contract_id, age, old="old" in what, others="others" in what)
            case "pay":
                self.add_payment(contract_id, age)
            case "end":
                self.end_contract(contract_id, age)
            case feedback_id:
                self.add_end_of_contract_feedback(contract_id, feedback_id, ratings, age)
        if not late:
            self.apply_events(self.in_flight[-1:])

    @step(possible=lambda self: self.unpaid_contracts())
    def unpaid_contracts_are_paid(self) -> None:
        contract_ids = self.unpaid_contracts()
        for contract_id in contract_ids:
            self.add_payment(contract_id, timedelta())
        self.apply_events(self.in_flight[-len(contract_ids) :])

    @step(possible=lambda self: self.in_flight or self.applied, picks=PICKS, again=st.lists(NUMBERS, max_size=4))
    def events_are_delivered(self, picks: list[int], again: list[int]) -> None:
        """Delivers one batch of undelivered events and of repeated ones, in any order."""
        batch: list[Event] = []
        for number in picks:
            if undelivered := [event for event in self.in_flight if event not in batch]:
                batch.insert(number % (len(batch) + 1), pick(undelivered, number))
        for number in again:
            if self.applied:
                batch.insert(number % (len(batch) + 1), pick(self.applied, number))
        self.apply_events(batch)

    # Time

    @step(weight=1, by=TIME_STEPS)
    def clock_advances(self, by: timedelta) -> None:
        self.set_time(self.now + by)

    @step(which=st.integers(0, 4), offset=OFFSETS)
    def clock_moves_to_a_boundary(self, which: int, offset: timedelta) -> None:
        """Moves the clock to the boundary of a time window, or just before or after it."""
        if ahead := sorted(instant + offset for instant in self.boundaries() if instant + offset > self.now):
            self.set_time(pick(ahead, which))

    @step(
        possible=lambda self: self.model.stored_requests() or self.empty_sweeps < MAX_EMPTY_SWEEPS,
        which=NUMBERS,
        offset=MAYBE_OFFSETS,
        by_hand=st.booleans(),
    )
    def sweep_runs(self, which: int, offset: timedelta | None, *, by_hand: bool) -> None:
        """`offset`: how long after some deadline, if that is in the future."""
        if stored := self.model.stored_requests():
            self.move_near(pick(stored, which).expires_at, offset)
        self.sweep(by_hand=by_hand)

    @step(
        possible=lambda self: self.requests_with_reminders(),
        which=NUMBERS,
        offset=OFFSETS,
        by_hand=st.booleans(),
    )
    def sweep_reminds(self, which: int, offset: timedelta, *, by_hand: bool) -> None:
        """Sweeps at about the next reminder of some request, or later if that is past."""
        self.move_near(pick(self.requests_with_reminders(), which).due_at, offset)
        self.sweep(by_hand=by_hand)

    @step(weight=4, possible=lambda self: self.model.overdue_requests(self.now), which=NUMBERS, drawn=NUMBERS)
    def sweep_is_overtaken(self, which: int, drawn: int) -> None:
        request = pick(self.model.overdue_requests(self.now), which)
        _, faster = COLLISIONS["overdue request"]
        self.collide(request.contract_id, "sweep", self._choose(faster, drawn))

    @step(weight=8, possible=lambda self: self.model.overdue_requests(self.now), which=NUMBERS)
    def ttl_removes(self, which: int) -> None:
        self.remove_by_ttl(pick(self.model.overdue_requests(self.now), which))

    @step(weight=1, freelancers=ROLLOUTS)
    def rollout_changes(self, freelancers: set[str]) -> None:
        self.set_rollout(freelancers)

    # The stream: records come late and twice, in order for each row only

    @step(
        weight=4,
        possible=lambda self: any(self.service.pending.values()),
        first=st.booleans(),
        picks=PICKS,
        twice=st.booleans(),
    )
    def records_are_delivered(self, picks: list[int], *, first: bool, twice: bool) -> None:
        function = self._consumer_of(self.service.pending, first=first)
        records = self.service.next_records(function)
        batch = [records.pop(number % len(records)) for number in picks if records]
        self.deliver_records(function, batch + batch if twice else batch)

    @step(possible=lambda self: any(self.service.delivered.values()), first=st.booleans(), picks=PICKS)
    def records_are_redelivered(self, picks: list[int], *, first: bool) -> None:
        function = self._consumer_of(self.service.delivered, first=first)
        records = self.service.delivered[function]
        self.deliver_records(function, [pick(records, number) for number in picks])

    @step(possible=lambda self: any(self.service.pending.values()), first=st.booleans(), which=NUMBERS)
    def record_goes_to_retry_queue(self, which: int, *, first: bool) -> None:
        """From the retry queue it comes after all others, even those of its own row, and without words."""
        function = self._consumer_of(self.service.pending, first=first)
        records = self.service.pending[function]
        records.append(table_stream.queued(function, records.pop(which % len(records))))

    @step(weight=2, possible=lambda self: any(self.service.pending.values()))
    def stream_is_drained(self) -> None:
        self.drain_stream()

    def _choose[T](self, options: Sequence[T], drawn: int) -> T:
        """Mixed with what has happened, age small numbers are drawn more often."""
        return pick(options, drawn + self.event_count)

    def _consumer_of(self, records: dict[str, list[Any]], *, first: bool) -> str:
        """The first or the last function that has records."""
        functions = [function for function, of_function in records.items() if of_function]
        return functions[0 if first else -1]

    # The end

    def teardown(self) -> None:
        """Delivers everything, ends one contract with an open request, and lets the other requests expire.

        Then all are closed and all messages were sent.

        Each link says what became of its request, and clients still cannot withdraw any.
        """
        if self.failed:
            return
        with self.step("ended"):
            self.apply_events(self.in_flight)
            for request in [each for each in self.model.stored_requests() if each.status(self.now) == "pending"][
                :1
            ]:
                self.end_contract(request.contract_id, timedelta())
                self.apply_events(self.in_flight[-1:])
            self.set_time(self.now + LIFETIME + SECOND)
            self.sweep()
            self.drain_stream()
            for request in self.model.requests.values():
                response = call("list-feedback-link", token=self.token(request))
                self.assert_response(response, self.model.open_link(request.request_id, self.now))
                self.withdraw(request.contract_id, "other", request.request_id)
            self.changed_contracts = {*PARTIES}
        assert self.final_statuses.keys() == self.model.requests.keys()
        reminders = {told for told in self.model.announced if told[0] == "feedback_request_reminder"}
        assert self.model.announced - reminders == self.model.expected_announcements(self.now)
        self.tally["model runs: reminders"] += len(reminders)
        self.tally["model runs"] += 1
        self.tally["model runs: requests followed to their end"] += len(self.final_statuses)
