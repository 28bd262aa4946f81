"""Runs the same commands and events on the service and on the reference model, and compares the two.

`FeedbackStateMachine` adds the steps and chooses their order.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise, product
from typing import Any, Final, NamedTuple

from hypothesis.stateful import RuleBasedStateMachine

from tests import contract_queue, lambda_runtime
from tests.builders import DAY, RATINGS, SECOND
from tests.component.http_calls import HttpResponse, call
from tests.soak import SOAK
from tests.store import in_process_service, summary_rows
from tests.store.in_process_service import InProcessService, Record
from tests.store.model_values import (
    INTERVAL,
    Contract,
    Feedback,
    Json,
    Message,
    Person,
    Request,
    Response,
    RowState,
    StartDetails,
    parsed,
)
from tests.store.reference_model import ReferenceModel

# Contract: its client and its freelancer. Some people have several contracts, and f-1 is a client in one of them.
PARTIES: Final = {
    "c-1": ("auth0|k-1", "f-1"),
    "c-2": ("k-2", "f-1"),
    "c-3": ("f-1", "f2|~ana"),
    "c+4=[~]": ("auth0|k-1", "f2|~ana"),
}
LOCALES: Final = (None, "de", "ar", "fr", "es")
# Whom some events name instead. If such an event is the oldest start of a contract, it is theirs.
OTHERS: Final = ("k-other", "f-other")
# By the state of a contract's request: the commands that can be overtaken, and those that can overtake them.
_COMMANDS: Final = ("request", "submit", "end", "mute")
_ANSWERS: Final = ("submit", "submit by link", "decline", "decline by link", "decline and mute", "withdraw")
_EXPIRIES: Final = ("expire", "sweep")
COLLISIONS: Final = {
    "no request": (_COMMANDS, _COMMANDS),
    "open request": (
        (*_ANSWERS, "end", "mute", "remind"),
        (*_ANSWERS, "end", "mute", "remind", *_EXPIRIES),
    ),
    "overdue request": ((*_COMMANDS, "sweep"), (*_COMMANDS, *_EXPIRIES)),
}
_STORED_STATUSES: Final = {201, 403, 404, 409, 410}  # responses that an Idempotency-Key repeats
_BATCH: Final = 10  # contract events
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

type Tally = Counter[str]
type CollisionCounts = Counter[tuple[str, str]]  # (overtaken command, command that overtook it)


def pick[T](options: Sequence[T], which: int) -> T:
    return options[which % len(options)]


class Event(NamedTuple):
    """A contract event for the service, and the same for the model."""

    body: str
    apply_to_model: Callable[[ReferenceModel], None]


class IdempotentCall(NamedTuple):
    """A call with an Idempotency-Key, and its first response."""

    send: Callable[..., HttpResponse]
    body: Json
    response: HttpResponse


class ModelComparison(RuleBasedStateMachine):
    def __init__(self, service: InProcessService, tally: Tally, collisions: CollisionCounts) -> None:
        super().__init__()
        self.service, self.tally, self.collisions, self.model = service, tally, collisions, ReferenceModel()
        self.in_flight: list[Event] = []
        self.applied: list[Event] = []
        self.idempotent_calls: dict[tuple[str, str, str], IdempotentCall] = {}
        self.final_statuses: dict[str, str] = {}
        self.expected_messages: list[Message] = []
        self.event_count = 0
        self.changed_contracts: set[str] = set()
        self.clock_moved = True  # which can change every tab
        self.empty_sweeps = 0
        self.failed = False

    @property
    def now(self) -> datetime:
        return self.service.clock.now()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Counts a step and compares afterwards. If it fails, `failed` stays True and teardown does nothing."""
        self.failed = True
        yield
        self.tally[f"model runs: {name.replace('_', ' ')}"] += 1
        self.tally["operations in model runs"] += 1
        self.compare()
        self.failed = False

    # Comparison

    def compare(self) -> None:
        """Compares messages, rows, and what people read: all in `make soak`, else what may have changed."""
        expected = [*self.expected_messages, *self.model.take_dead_letters()]
        assert self.service.take_sent_messages() == sorted(expected, key=repr)
        self.expected_messages = []
        changed = self.changed_contracts | self.service.read_stream()
        if SOAK:
            changed = {*PARTIES}
        for contract_id in sorted(changed):
            self._compare_row(contract_id)
        started = {contract.contract_id for contract in self.model.started_contracts()}
        for contract_id in sorted(changed | started if self.clock_moved else changed):
            for person in sorted({*PARTIES[contract_id], *self.parties(contract_id)}):
                self._compare_tab(contract_id, person)
        touched = changed | started if self.clock_moved else changed
        for client in sorted({parties[0] for id_ in touched for parties in (PARTIES[id_], self.parties(id_))}):
            response = call("list-open-requests", person=client, query={"limit": "100"})
            self.assert_response(response, self.model.open_requests(client, self.now))
        assert summary_rows.drift(self.service.all_rows()) == {}
        for freelancer in sorted({parties[1] for id_ in changed for parties in (PARTIES[id_], self.parties(id_))}):
            response = call("list-feedback-summary", freelancer_id=freelancer)
            self.assert_response(response, Response(200, None, self.model.feedback_summary(freelancer)))
            response = call("list-work-history", freelancer_id=freelancer, query={"limit": "100"})
            self.assert_response(
                response, Response(200, None, self.model.work_history(freelancer) | {"next_cursor": None})
            )
        self.changed_contracts, self.clock_moved = set(), False

    def _compare_row(self, contract_id: str) -> None:
        """Checks the rows themselves: readers would show only one of two open requests."""
        stored = self.model.contract(contract_id).stored_request()
        found = [
            (row["request_id"]["S"], int(row["due_at"]["N"]), int(row.get("reminded_at", {"N": "0"})["N"]))
            for row in self.service.open_requests(contract_id)
        ]
        expected = [
            (
                request.request_id,
                request.due_at.timestamp(),
                request.reminded_at.timestamp() if request.reminded_at else 0,
            )
            for request in [stored]
            if request
        ]
        assert found == expected

    def _compare_tab(self, contract_id: str, person: str) -> None:
        response, expected = self.get_tab(contract_id, person), self.model.tab(contract_id, person, self.now)
        if expected.code:
            self.assert_response(response, expected)
            return
        tab = parsed(response.body)
        past = tab.pop("past_requests")
        assert tab == expected.data
        assert past == [
            view
            for view, may_be_missing in self.model.past_requests(contract_id, self.now)
            if not may_be_missing or view in past
        ]
        self._check_invariants(past, tab["feedback"])
        self.tally["model runs: tabs compared"] += 1

    def _check_invariants(self, past: list[Json], feedback: list[Json]) -> None:
        """Checks what must hold whatever the model says."""
        for request in past:
            assert request["status"] in {"fulfilled", "expired", "cancelled", "declined", "withdrawn"}
            assert self.final_statuses.setdefault(request["request_id"], request["status"]) == request["status"]
        provided = [entry["provided_at"] for entry in feedback if entry["kind"] == "mid_contract"]
        assert all(later - earlier >= INTERVAL for later, earlier in pairwise(provided))

    def assert_response(self, response: HttpResponse, expected: Response) -> None:
        self.tally[f"model runs: responses {expected.status} {expected.code or ''}".strip()] += 1
        assert (response.status, response.body.get("code")) == (expected.status, expected.code), response.text
        body = parsed(response.body)
        assert (body if expected.code is None else {name: body[name] for name in expected.data}) == expected.data

    # People

    def request_feedback(self, contract_id: str, role: str, body: Json, key: str | None) -> None:
        client, freelancer = self.parties(contract_id)
        person = {"entitled": freelancer, "other": client}.get(role, "stranger")
        send = partial(call, "request-made", contract_id=contract_id, person=person)

        def expected(new_id: str) -> Response:
            if "note" in body:
                return Response(422, "invalid_request", {})
            return self.model.request_feedback(contract_id, person, body.get("message"), self.now, new_id)

        self.post(send, (person, f"request {contract_id}", key), body, expected)

    def give_feedback(self, contract_id: str, role: str, body: Json, key: str | None) -> None:
        client, freelancer = self.parties(contract_id)
        person = {"entitled": client, "other": freelancer}.get(role, "stranger")
        send = partial(call, "submit-feedback", contract_id=contract_id, person=person)

        def expected(new_id: str) -> Response:
            return self.model.give_feedback(contract_id, person, body, self.now, new_id)

        self.post(send, (person, f"submit {contract_id}", key), body, expected)

    def submit_by_link(self, request: Request, body: Json, key: str | None) -> None:
        """Submits by the link of `request`."""
        send = partial(call, "submit-by-link", token=self.token(request))

        def expected(new_id: str) -> Response:
            return self.model.submit_by_link(request.request_id, body, self.now, new_id)

        self.post(send, ("", f"link {request.request_id}", key), body, expected)

    def correct(self, entry: Feedback, role: str, body: Json) -> None:
        client, freelancer = self.parties(entry.contract_id)
        person = {"entitled": client, "other": freelancer}.get(role, "stranger")
        named: Any = {"contract_id": entry.contract_id, "feedback_id": entry.feedback_id}
        response = call("submit-correction", **named, person=person, body=body, headers={"if-match": None})
        self.assert_response(response, self.model.correct(**named, person=person, submitted=body, now=self.now))

    def reply(self, entry: Feedback, role: str, text: str | None) -> None:
        client, freelancer = self.parties(entry.contract_id)
        person = {"entitled": freelancer, "other": client}.get(role, "stranger")
        named: Any = {"contract_id": entry.contract_id, "feedback_id": entry.feedback_id}
        if text is None:
            response = call("request-reply-taken-back", **named, person=person, body=None)
        else:
            response = call("request-reply", **named, person=person, body={"text": text})
        self.assert_response(response, self.model.reply(**named, person=person, text=text, now=self.now))

    def moderate(self, entry: Feedback, target: str, state: str, ground: str) -> None:
        named: Any = {"contract_id": entry.contract_id, "feedback_id": entry.feedback_id}
        decided = {"target": target, "state": state, "ground": ground}
        body = decided | {"reason": "A rule.", "operator": "Mara"}
        response = call("moderate-decision", **named, body=body, person=None)
        self.assert_response(response, self.model.moderate(**named, **decided, now=self.now))

    def decline(self, contract_id: str, role: str, request_id: str, choice: str) -> None:
        client, freelancer = self.parties(contract_id)
        person = {"entitled": client, "other": freelancer}.get(role, "stranger")
        response = call(
            "submit-decline",
            contract_id=contract_id,
            request_id=request_id,
            person=person,
            body={"further_requests": choice},
        )
        self.assert_response(response, self.model.decline(contract_id, person, request_id, choice, self.now))

    def decline_by_link(self, request: Request, choice: str) -> None:
        response = call("submit-decline-by-link", token=self.token(request), body={"further_requests": choice})
        self.assert_response(response, self.model.decline_by_link(request.request_id, choice, self.now))

    def withdraw(self, contract_id: str, role: str, request_id: str) -> None:
        client, freelancer = self.parties(contract_id)
        person = {"entitled": freelancer, "other": client}.get(role, "stranger")
        response = call("request-withdrawn", contract_id=contract_id, request_id=request_id, person=person)
        self.assert_response(response, self.model.withdraw(contract_id, person, request_id, self.now))

    def prefer(self, contract_id: str, role: str, *, muted: bool) -> None:
        client, freelancer = self.parties(contract_id)
        person = {"entitled": client, "other": freelancer}.get(role, "stranger")
        response = call("submit-request-preference", contract_id=contract_id, person=person, body={"muted": muted})
        self.assert_response(response, self.model.prefer(contract_id, person, muted=muted))
        self.changed_contracts.add(contract_id)

    def parties(self, contract_id: str) -> tuple[str, str]:
        """The client and the freelancer of a contract, or those that it will have once it is started."""
        contract = self.model.contract(contract_id)
        return contract.oldest.people if contract.starts else PARTIES[contract_id]

    def contracts_where(self, condition: Callable[[Contract], object]) -> list[str]:
        """The ids of started contracts that meet a condition."""
        return [contract.contract_id for contract in self.model.started_contracts() if condition(contract)]

    def collidable_contracts(self) -> list[str]:
        """Contracts that only lack a payment, which `collide` makes, or that have a request."""

        def is_collidable(contract: Contract) -> bool:
            failing = contract.failing_criteria(self.now).keys()
            return bool(contract.stored_request()) or failing <= {"no_recent_payment"}

        return self.contracts_where(is_collidable)

    def contracts_outside_rollout(self) -> list[str]:
        return self.contracts_where(lambda contract: contract.freelancer.id not in self.model.enabled)

    def requests_with_reminders(self) -> list[Request]:
        """Open requests that have a reminder left."""
        return [
            request for request in self.model.stored_requests() if self.now < request.due_at < request.expires_at
        ]

    def unpaid_contracts(self) -> list[str]:
        """Contracts without a payment in the last day."""
        return self.contracts_where(lambda contract: (contract.last_payment_at or _LONG_AGO) < self.now - DAY)

    def possible_collisions(self, contract_id: str) -> list[tuple[str, str]]:
        """If there are other requests, not a reminder with an expiry, which moves the clock to the deadline:
        which of two sweeps at different times finds the other reminders depends on threads.
        """
        pairs = product(*COLLISIONS[self.request_state(contract_id)])
        is_alone = len(self.model.stored_requests()) == 1
        return [pair for pair in pairs if is_alone or pair not in product(["remind"], _EXPIRIES)]

    def request_state(self, contract_id: str) -> str:
        """A key of `COLLISIONS`."""
        stored = self.model.contract(contract_id).stored_request()
        if stored is None:
            return "no request"
        return "open request" if stored.status(self.now) == "pending" else "overdue request"

    def run_command(self, command: str, contract_id: str) -> None:
        """Runs a command of `COLLISIONS`."""
        requests = self.model.contract(contract_id).requests
        match command:
            case "request":
                self.request_feedback(contract_id, "entitled", {}, None)
            case "submit":
                self.give_feedback(contract_id, "entitled", {"ratings": RATINGS}, None)
            case "submit by link" if requests:
                self.submit_by_link(requests[-1], {"ratings": RATINGS}, None)
            case "decline" | "decline and mute" | "decline by link" | "withdraw" | "mute":
                self._run_answer(command, contract_id)
            case "end":
                self.end_contract(contract_id, timedelta())
                self.apply_events(self.in_flight[-1:])
            case "sweep" | "remind":
                self.sweep_during_another_commit()
            case "expire":
                self.remove_by_ttl(requests[-1])

    def _run_answer(self, command: str, contract_id: str) -> None:
        requests = self.model.contract(contract_id).requests
        match command:
            case "decline":
                self.decline(contract_id, "entitled", requests[-1].request_id, "allowed")
            case "decline and mute":
                self.decline(contract_id, "entitled", requests[-1].request_id, "muted")
            case "decline by link":
                self.decline_by_link(requests[-1], "muted")
            case "withdraw":
                self.withdraw(contract_id, "entitled", requests[-1].request_id)
            case "mute":
                self.prefer(contract_id, "entitled", muted=True)

    def run_faster(self, contract_id: str, slower: str, faster: str) -> None:
        """Runs the overtaking command; counts it if it changed the contract. An expiry runs at the deadline."""
        before = self.service.rows(contract_id)
        stored = self.model.contract(contract_id).stored_request()
        if stored and faster in _EXPIRIES:
            self.set_time(max(self.now, stored.expires_at))
        self.run_command(faster, contract_id)
        if self.service.rows(contract_id) != before:
            self.collisions[slower, faster] += 1

    def collide(self, contract_id: str, slower: str, faster: str) -> None:
        """Runs `faster` between the read and the commit of `slower`. A reminder is due before either starts."""
        stored = self.model.contract(contract_id).stored_request()
        if stored and "remind" in {slower, faster}:
            self.set_time(max(self.now, stored.due_at))
        self.add_payment(contract_id, timedelta())
        self.apply_events(self.in_flight[-1:])
        with self.service.before_commit(contract_id, lambda: self.run_faster(contract_id, slower, faster)):
            self.run_command(slower, contract_id)

    def post(
        self,
        send: Callable[..., HttpResponse],
        scope: tuple[str, str, str | None],
        body: Json,
        expected: Callable[[str], Response],
    ) -> None:
        """Calls and compares. `scope`: caller, route, Idempotency-Key; a used key repeats the first response."""
        person, route, key = scope
        response = send(body=body, headers={"idempotency-key": key})
        if key and (first := self.idempotent_calls.get((person, route, key))):
            self._assert_repeated(response, body, first)
            return
        new_id = response.body.get("feedback_id") or response.body.get("request_id") or ""
        self.assert_response(response, expected(new_id))
        if key and response.status in _STORED_STATUSES:
            self.idempotent_calls[person, route, key] = IdempotentCall(send, body, response)

    def repeat_call(self, which: int, *, same: bool) -> None:
        """Repeats a call with its Idempotency-Key, and with the same body or another."""
        scope = pick([*self.idempotent_calls], which)
        first = self.idempotent_calls[scope]
        body = first.body if same else {"ratings": dict.fromkeys(RATINGS, 1), "comment": "Something else."}
        if "request" in scope[1] and not same:
            body = {"message": "Something else."}
        self._assert_repeated(first.send(body=body, headers={"idempotency-key": scope[2]}), body, first)

    def _assert_repeated(self, response: HttpResponse, body: Json, first: IdempotentCall) -> None:
        self.tally["model runs: calls with a used key"] += 1
        if body == first.body:
            assert (response.status, response.text) == (first.response.status, first.response.text)
        else:
            self.assert_response(response, Response(422, "idempotency_key_reused", {}))

    def get_tab(self, contract_id: str, person: str) -> HttpResponse:
        return call("list-feedback-tab", contract_id=contract_id, person=person)

    def work_history_pages(self, freelancer: str, limit: int) -> Iterator[Json]:
        """Yields the contracts of all pages of a work history."""
        cursor: str | None = ""
        while cursor is not None:
            query = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
            page = parsed(call("list-work-history", freelancer_id=freelancer, query=query).body)
            yield from page["contracts"]
            cursor = page["next_cursor"]

    def feedback(self) -> list[Feedback]:
        """All feedback, also of contracts that have not started yet, newest last."""
        return [entry for contract in self.model.contracts.values() for entry in contract.feedback]

    def request(self, which: int) -> Request:
        """A request, counted from the newest."""
        return pick([*reversed(self.model.requests.values())], which)

    def token(self, request: Request) -> str:
        """Of the link as it is mailed to the client's address."""
        address = self.model.contracts[request.contract_id].client.email
        return in_process_service.link_token(request.view(self.now), address)

    # Time, rollout and stream

    def set_time(self, to: datetime) -> None:
        self.service.clock.time = to
        self.clock_moved = True

    def move_near(self, instant: datetime, offset: timedelta | None) -> None:
        """Moves the clock to `instant` plus `offset`, unless that is past or there is no offset."""
        if offset is not None and instant + offset > self.now:
            self.set_time(instant + offset)

    def boundaries(self) -> set[datetime]:
        """The instants at which something changes without an event."""
        return {instant for contract in self.model.contracts.values() for instant in contract.boundaries()}

    def set_rollout(self, freelancers: set[str]) -> None:
        affected = self.model.enabled ^ freelancers
        self.changed_contracts |= {
            contract_id for contract_id in PARTIES if self.parties(contract_id)[1] in affected
        }
        self.model.enabled = freelancers
        self.service.set_rollout(freelancers)

    def sweep_during_another_commit(self) -> None:
        """Runs a sweep that may be one of two at once. It does not count rows that the other removed first."""
        now, found = self.now, len(self.model.overdue_requests(self.now))
        assert 0 <= lambda_runtime.invoke("expire", lambda_runtime.event("expire-schedule"))["expired"] <= found
        self.model.sweep(now)  # as the sweep saw the clock, even if the other command has moved it

    def sweep(self, *, by_hand: bool = False) -> None:
        """Runs a sweep. It counts every row that it read, even if somebody else closes the request first."""
        found = len(self.model.overdue_requests(self.now))
        if by_hand:
            self.assert_response(call("expire-by-hand"), Response(200, None, {"expired": found}))
        else:
            assert lambda_runtime.invoke("expire", lambda_runtime.event("expire-schedule")) == {"expired": found}
        self.model.sweep(self.now)
        self.empty_sweeps += not found

    def remove_by_ttl(self, request: Request) -> None:
        self.changed_contracts |= self.service.remove_by_ttl(request.contract_id)
        self.model.remove_by_ttl(request.request_id)

    def deliver_records(self, function: str, batch: list[Record]) -> None:
        self.service.deliver(function, batch)
        for record in batch:
            kind, about = in_process_service.subject_of(record)
            if function == "expire":
                self.model.record_removal(about)
            else:
                self.expected_messages += self.model.messages_about(kind, about, self.now)

    def drain_stream(self) -> None:
        """Delivers stream records until none are left."""
        self.changed_contracts |= self.service.read_stream()
        while any(self.service.pending.values()):
            for function, records in self.service.pending.items():
                if records:
                    self.deliver_records(function, [*records])
            self.changed_contracts |= self.service.read_stream()
        assert all(request.row is not RowState.REMOVED for request in self.model.requests.values())

    # Contract events

    def apply_events(self, events: list[Event]) -> None:
        for place in range(0, len(events), _BATCH):
            batch = events[place : place + _BATCH]
            assert contract_queue.deliver(*(event.body for event in batch)) == []
            for event in batch:
                event.apply_to_model(self.model)
        self.applied += [event for event in events if event not in self.applied]
        self.in_flight = [event for event in self.in_flight if event not in events]

    def start_contract(self, contract_id: str, age: timedelta, *, old: bool = False, others: bool = False) -> None:
        """Sends a ContractStarted event; if `old`, one with an event time before all others. `others`: it names
        other people than most do.
        """
        number, started_at = self.event_count, self._unique_instant(age)
        time = in_process_service.START - number * SECOND if old else self._event_time()
        client, freelancer = (
            Person(person, f"{person} {number}", f"{person}-{number}@example.com", pick(LOCALES, number + place))
            for place, person in enumerate(OTHERS if others else PARTIES[contract_id])
        )
        start = StartDetails(f"Work {number}", started_at, client, freelancer)
        self._enqueue(
            "contract-started",
            contract_id,
            time,
            lambda model: model.start_contract(contract_id, time, start, self.now),
            title=start.title,
            started_at=started_at.isoformat(),
            client=client._asdict() | {"email": f" {client.email}\n"},
            freelancer=freelancer._asdict(),
        )

    def add_payment(self, contract_id: str, age: timedelta) -> None:
        paid_at, payment_id = self.now - age, f"p-{self.event_count}"
        self._enqueue(
            "payment-made",
            contract_id,
            self._event_time(),
            lambda model: model.add_payment(contract_id, paid_at, self.now),
            payment_id=payment_id,
            paid_at=paid_at.isoformat(),
        )

    def end_contract(self, contract_id: str, age: timedelta) -> None:
        ended_at = self.now - age
        self._enqueue(
            "contract-ended",
            contract_id,
            self._event_time(),
            lambda model: model.end_contract(contract_id, ended_at, self.now),
            ended_at=ended_at.isoformat(),
        )

    def add_end_of_contract_feedback(
        self, contract_id: str, feedback_id: str, ratings: dict[str, int], age: timedelta = timedelta()
    ) -> None:
        provided_at, time = self._unique_instant(age), self._event_time()
        feedback: Json = {"feedback_id": feedback_id, "ratings": ratings, "comment": f"Given at {time}"}
        self._enqueue(
            "end-of-contract-feedback",
            contract_id,
            time,
            lambda model: model.add_end_of_contract_feedback(
                contract_id, time, feedback | {"provided_at": provided_at}, self.now
            ),
            provided_at=provided_at.isoformat(),
            **feedback,
        )

    def _enqueue(
        self,
        case: str,
        contract_id: str,
        time: datetime,
        apply_to_model: Callable[[ReferenceModel], None],
        **detail: Any,
    ) -> None:
        body = contract_queue.event(case, at=time, contract_id=contract_id, **detail)
        self.event_count += 1
        self.in_flight.append(Event(body, apply_to_model))

    def _event_time(self) -> datetime:
        """A second of its own for every event."""
        return in_process_service.START + self.event_count * SECOND

    def _unique_instant(self, age: timedelta) -> datetime:
        """An instant about `age` ago, different from all others, and not in whole milliseconds."""
        return self.now - age - (self.event_count + 1) * SECOND / 1000 + SECOND / 2000
