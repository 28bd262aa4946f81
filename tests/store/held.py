"""A service and its model, side by side: what is done to the one is told to the other, and then both compared."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any, Final, NamedTuple

from hypothesis.stateful import RuleBasedStateMachine

from tests import contract_queue, lambda_runtime
from tests.builders import DAY, RATINGS, SECOND
from tests.component.http_calls import HttpResponse, call
from tests.soak import SOAK
from tests.store import driver
from tests.store.driver import Driver, Record
from tests.store.model import Model
from tests.store.modelled import INTERVAL, Json, Message, Person, Reply, Request, Row, Start

# A client of several, a freelancer of several, and one who is the one here and the other there.
PARTIES: Final = {"c-1": ("k-1", "f-1"), "c-2": ("k-2", "f-1"), "c-3": ("f-1", "f-2"), "c-4": ("k-1", "f-2")}
# What can commit to a contract as it stands, and what can get in before that.
_ANY: Final = ("ask", "give", "end")
_EXPIRE: Final = ("expire", "sweep")
COLLISIONS: Final = {
    "unasked": (_ANY, _ANY),
    "asked": (("give", "answer", "end"), ("give", "answer", "end", *_EXPIRE)),
    "overdue": ((*_ANY, "sweep"), (*_ANY, *_EXPIRE)),
}
_REMEMBERED: Final = {201, 403, 404, 409, 410}
_BATCH: Final = 10  # contract events

type Tally = Counter[str]
type Collided = Counter[tuple[str, str]]  # the slow one, and the fast one that was done first


class Event(NamedTuple):
    """A contract event, and what it means to the model."""

    body: str
    told: Callable[[Model], None]


class Remembered(NamedTuple):
    """A call with an Idempotency-Key, and what it was answered."""

    send: Callable[..., HttpResponse]
    body: Json
    answer: HttpResponse


class Held(RuleBasedStateMachine):
    def __init__(self, service: Driver, tally: Tally, collided: Collided) -> None:
        super().__init__()
        self.service, self.tally, self.collided, self.model = service, tally, collided, Model()
        self.under_way: list[Event] = []
        self.arrived: list[Event] = []
        self.remembered: dict[tuple[str, str, str], Remembered] = {}
        self.ended_as: dict[str, str] = {}
        self.expected: list[Message] = []
        self.events = 0
        self.changed: set[str] = set()  # contracts
        self.moved = True  # the clock, and every tab with it
        self.swept_in_vain = 0
        self.failed = False

    @property
    def now(self) -> datetime:
        return self.service.clock.now()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Counted, and compared afterwards. A run that has failed is not brought to its end."""
        self.failed = True
        yield
        self.tally[f"model runs: {name.replace('_', ' ')}"] += 1
        self.tally["operations in model runs"] += 1
        self.compare()
        self.failed = False

    # Comparison

    def compare(self) -> None:
        """What was sent, and the tabs and work histories: in the quick form those that can have changed."""
        assert self.service.sent() == sorted(self.expected, key=repr)
        self.expected = []
        changed = self.changed | self.service.look()
        if SOAK:
            changed = {*PARTIES}
        for contract_id in PARTIES:
            self._compare_row(contract_id)
        started = {contract.contract_id for contract in self.model.started()}
        for contract_id in sorted(changed | started if self.moved else changed):
            for person in PARTIES[contract_id]:
                self._compare_tab(contract_id, person)
        for freelancer in sorted({PARTIES[contract_id][1] for contract_id in changed}):
            answer = call("list-work-history", freelancer_id=freelancer, query={"limit": "100"})
            self.agree(answer, Reply(200, None, self.model.history(freelancer) | {"next_cursor": None}))
        self.changed, self.moved = set(), False

    def _compare_row(self, contract_id: str) -> None:
        """Readers see one open request at most, even were there two in the table."""
        stored = self.model.contract(contract_id).stored()
        found = [row["request_id"]["S"] for row in self.service.open_requests(contract_id)]
        assert found == ([stored.request_id] if stored else [])

    def _compare_tab(self, contract_id: str, person: str) -> None:
        answer, expected = self.tab(contract_id, person), self.model.tab(contract_id, person, self.now)
        if expected.code:
            self.agree(answer, expected)
            return
        tab = driver.read(answer)
        past = tab.pop("past_requests")
        assert tab == expected.data
        assert past == [
            view
            for view, may_be_missing in self.model.past(contract_id, self.now)
            if not may_be_missing or view in past
        ]
        self._keep_watch(past, tab["feedback"])
        self.tally["model runs: tabs compared"] += 1

    def _keep_watch(self, past: list[Json], feedback: list[Json]) -> None:
        """What must hold whatever the model says."""
        for request in past:
            assert request["status"] in {"fulfilled", "expired", "cancelled"}
            assert self.ended_as.setdefault(request["request_id"], request["status"]) == request["status"]
        provided = [entry["provided_at"] for entry in feedback if entry["kind"] == "mid_contract"]
        assert all(later - earlier >= INTERVAL for later, earlier in pairwise(provided))

    def agree(self, answer: HttpResponse, expected: Reply) -> None:
        self.tally[f"model runs: answers {expected.status} {expected.code or ''}".strip()] += 1
        assert (answer.status, answer.body.get("code")) == (expected.status, expected.code), answer.text
        body = driver.read(answer)
        assert (body if expected.code is None else {name: body[name] for name in expected.data}) == expected.data

    # People

    def ask(self, contract_id: str, role: str, body: Json, key: str | None) -> None:
        client, freelancer = PARTIES[contract_id]
        person = {"rightful": freelancer, "other": client}.get(role, "stranger")
        send = partial(call, "request-made", contract_id=contract_id, person=person)

        def expected(new_id: str) -> Reply:
            if "note" in body:
                return Reply(422, "invalid_request", {})
            return self.model.ask(contract_id, person, body.get("message"), self.now, new_id)

        self.post(send, (person, f"ask {contract_id}", key), body, expected)

    def give(self, contract_id: str, role: str, body: Json, key: str | None) -> None:
        client, freelancer = PARTIES[contract_id]
        person = {"rightful": client, "other": freelancer}.get(role, "stranger")
        send = partial(call, "submit-feedback", contract_id=contract_id, person=person)

        def expected(new_id: str) -> Reply:
            return self.model.give(contract_id, person, body, self.now, new_id)

        self.post(send, (person, f"give {contract_id}", key), body, expected)

    def answer(self, request: Request, body: Json, key: str | None) -> None:
        """By the request's link."""
        send = partial(call, "submit-by-link", token=self.token(request))

        def expected(new_id: str) -> Reply:
            return self.model.answer(request.request_id, body, self.now, new_id)

        self.post(send, ("", f"answer {request.request_id}", key), body, expected)

    def lively(self) -> list[str]:
        """Contracts that run and have started long ago, or that have a request."""
        return [
            contract.contract_id
            for contract in self.model.started()
            if contract.stored() or contract.failing(self.now).keys() <= {"no_recent_payment"}
        ]

    def unreached(self) -> list[str]:
        """Contracts of freelancers whom the rollout leaves out."""
        return [
            contract.contract_id
            for contract in self.model.started()
            if contract.freelancer.id not in self.model.enabled
        ]

    def standing(self, contract_id: str) -> str:
        """Which collisions can happen to it."""
        stored = self.model.contract(contract_id).stored()
        if stored is None:
            return "unasked"
        return "asked" if stored.status(self.now) == "pending" else "overdue"

    def act(self, what: str, contract_id: str) -> None:
        """One of the things that collide."""
        requests = self.model.contract(contract_id).requests
        match what:
            case "ask":
                self.ask(contract_id, "rightful", {}, None)
            case "give":
                self.give(contract_id, "rightful", {"ratings": RATINGS}, None)
            case "answer" if requests:
                self.answer(requests[-1], {"ratings": RATINGS}, None)
            case "end":
                self.finish(contract_id, timedelta())
                self.arrive(self.under_way[-1:])
            case "sweep":
                self.sweep_beside_another()
            case "expire":
                self.remove_by_ttl(requests[-1])

    def overtake(self, contract_id: str, slow: str, fast: str) -> None:
        """The fast one, which counts if it changes the contract. What expires does so at this very moment."""
        before = self.service.rows(contract_id)
        stored = self.model.contract(contract_id).stored()
        if stored and fast in _EXPIRE:
            self.move(max(self.now, stored.expires_at))
        self.act(fast, contract_id)
        if self.service.rows(contract_id) != before:
            self.collided[slow, fast] += 1

    def collide(self, contract_id: str, slow: str, fast: str) -> None:
        """The fast one is done between what the slow one has read and what it commits."""
        self.pay(contract_id, timedelta())
        self.arrive(self.under_way[-1:])
        with self.service.meanwhile(contract_id, lambda: self.overtake(contract_id, slow, fast)):
            self.act(slow, contract_id)

    def post(
        self,
        send: Callable[..., HttpResponse],
        scope: tuple[str, str, str | None],
        body: Json,
        expected: Callable[[str], Reply],
    ) -> None:
        """`scope`: caller, route and Idempotency-Key. A used key gets the first answer again and nothing else."""
        person, route, key = scope
        answer = send(body=body, headers={"idempotency-key": key})
        if key and (first := self.remembered.get((person, route, key))):
            self._agree_again(answer, body, first)
            return
        new_id = answer.body.get("feedback_id") or answer.body.get("request_id") or ""
        self.agree(answer, expected(new_id))
        if key and answer.status in _REMEMBERED:
            self.remembered[person, route, key] = Remembered(send, body, answer)

    def repeat(self, which: int, *, same: bool) -> None:
        """A call with a used key, with its body or another."""
        scope = [*self.remembered][which % len(self.remembered)]
        first = self.remembered[scope]
        body = first.body if same else {"ratings": dict.fromkeys(RATINGS, 1), "comment": "Something else."}
        if "ask" in scope[1] and not same:
            body = {"message": "Something else."}
        self._agree_again(first.send(body=body, headers={"idempotency-key": scope[2]}), body, first)

    def _agree_again(self, answer: HttpResponse, body: Json, first: Remembered) -> None:
        self.tally["model runs: calls with a used key"] += 1
        if body == first.body:
            assert (answer.status, answer.text) == (first.answer.status, first.answer.text)
        else:
            self.agree(answer, Reply(422, "idempotency_key_reused", {}))

    def tab(self, contract_id: str, person: str) -> HttpResponse:
        return call("list-feedback-tab", contract_id=contract_id, person=person)

    def pages(self, freelancer: str, limit: int) -> Iterator[Json]:
        """The contracts of every page of a work history."""
        cursor: str | None = ""
        while cursor is not None:
            query = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
            page = driver.read(call("list-work-history", freelancer_id=freelancer, query=query))
            yield from page["contracts"]
            cursor = page["next_cursor"]

    def request(self, which: int) -> Request:
        """The newest is 0."""
        requests = [*reversed(self.model.requests.values())]
        return requests[which % len(requests)]

    def token(self, request: Request) -> str:
        return driver.token(request.view(self.now))

    # Time, rollout and stream

    def move(self, to: datetime) -> None:
        self.service.clock.time = to
        self.moved = True

    def come(self, to: datetime, beside: timedelta | None) -> None:
        if beside is not None and to + beside > self.now:
            self.move(to + beside)

    def instants(self) -> set[datetime]:
        """When something changes by itself."""
        return {instant for contract in self.model.contracts.values() for instant in contract.instants()}

    def enable(self, freelancers: set[str]) -> None:
        affected = self.model.enabled ^ freelancers
        self.changed |= {contract_id for contract_id, parties in PARTIES.items() if parties[1] in affected}
        self.model.enabled = freelancers
        self.service.enable(freelancers)

    def sweep_beside_another(self) -> None:
        """What the one removes before the other has read it is counted by the one only."""
        found = len(self.model.overdue(self.now))
        assert 0 <= lambda_runtime.invoke("expire", lambda_runtime.event("expire-schedule"))["expired"] <= found
        self.model.sweep(self.now)

    def sweep(self, *, by_hand: bool = False) -> None:
        """What somebody else ends between its read and its removal counts all the same."""
        found = len(self.model.overdue(self.now))
        if by_hand:
            self.agree(call("expire-by-hand"), Reply(200, None, {"expired": found}))
        else:
            assert lambda_runtime.invoke("expire", lambda_runtime.event("expire-schedule")) == {"expired": found}
        self.model.sweep(self.now)
        self.swept_in_vain += not found

    def remove_by_ttl(self, request: Request) -> None:
        self.changed |= self.service.remove_by_ttl(request.contract_id)
        self.model.remove_by_ttl(request.request_id)

    def hand_over(self, function: str, batch: list[Record]) -> None:
        self.service.deliver(function, batch)
        for record in batch:
            kind, about = driver.subject(record)
            if function == "expire":
                self.model.recorded(about)
            else:
                self.expected += self.model.news(kind, about, self.now)

    def settle(self) -> None:
        """Hands over all that the stream has to say, until it says no more."""
        self.changed |= self.service.look()
        while any(self.service.waiting.values()):
            for function, waiting in self.service.waiting.items():
                if waiting:
                    self.hand_over(function, [*waiting])
            self.changed |= self.service.look()
        assert all(request.row is not Row.REMOVED for request in self.model.requests.values())

    # Contract events

    def arrive(self, events: list[Event]) -> None:
        for place in range(0, len(events), _BATCH):
            batch = events[place : place + _BATCH]
            assert contract_queue.deliver(*(event.body for event in batch)) == []
            for event in batch:
                event.told(self.model)
        self.arrived += [event for event in events if event not in self.arrived]
        self.under_way = [event for event in self.under_way if event not in events]

    def start(self, contract_id: str, age: timedelta, *, old: bool = False) -> None:
        """`old`: told of before all others."""
        number, started_at = self.events, self._moment(age)
        time = driver.START - number * SECOND if old else self._event_time()
        client, freelancer = (
            Person(person, f"{person} {number}", f"{person}-{number}@example.com")
            for person in PARTIES[contract_id]
        )
        start = Start(f"Work {number}", started_at, client, freelancer)
        self._event(
            "contract-started",
            contract_id,
            time,
            lambda model: model.start(contract_id, time, start),
            title=start.title,
            started_at=started_at.isoformat(),
            client=client._asdict(),
            freelancer=freelancer._asdict(),
        )

    def unpaid(self) -> list[str]:
        """Contracts without a payment of the last day."""
        return [
            contract.contract_id
            for contract in self.model.started()
            if contract.last_payment_at is None or self.now - contract.last_payment_at > DAY
        ]

    def pay(self, contract_id: str, since: timedelta) -> None:
        paid_at, payment_id = self.now - since, f"p-{self.events}"
        self._event(
            "payment-made",
            contract_id,
            self._event_time(),
            lambda model: model.pay(contract_id, paid_at),
            payment_id=payment_id,
            paid_at=paid_at.isoformat(),
        )

    def finish(self, contract_id: str, since: timedelta) -> None:
        """The contract's end."""
        ended_at = self.now - since
        self._event(
            "contract-ended",
            contract_id,
            self._event_time(),
            lambda model: model.end(contract_id, ended_at, self.now),
            ended_at=ended_at.isoformat(),
        )

    def state(self, contract_id: str, feedback_id: str, ratings: dict[str, int]) -> None:
        """End-of-contract feedback."""
        provided_at, time = self._moment(timedelta()), self._event_time()
        said: Json = {"feedback_id": feedback_id, "ratings": ratings, "comment": f"Said at {time}"}
        self._event(
            "end-of-contract-feedback",
            contract_id,
            time,
            lambda model: model.state(contract_id, time, said | {"provided_at": provided_at}),
            provided_at=provided_at.isoformat(),
            **said,
        )

    def _event(
        self, case: str, contract_id: str, time: datetime, told: Callable[[Model], None], **detail: Any
    ) -> None:
        body = contract_queue.event(case, at=time, contract_id=contract_id, **detail)
        self.events += 1
        self.under_way.append(Event(body, told))

    def _event_time(self) -> datetime:
        """Every event has its own second."""
        return driver.START + self.events * SECOND

    def _moment(self, since: timedelta) -> datetime:
        """An instant about so long ago, the same as no other."""
        return self.now - since - (self.events + 1) * SECOND / 1000
