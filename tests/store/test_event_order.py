"""Contract events that arrive twice, late and in any order give the same contract."""

from datetime import datetime
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mid_job_feedback.domain import views
from mid_job_feedback.domain.models import Party
from mid_job_feedback.storage import items, store, work_history
from tests import lambda_runtime
from tests.builders import NOW, SECOND
from tests.conftest import Tried
from tests.contract_queue import deliver, event
from tests.sdk_interceptor import SdkInterceptor
from tests.soak import SOAK, either
from tests.store import rows
from tests.suite_clock import shifted

type Outcome = tuple[store.ContractRoom, dict[str, views.WorkHistory]]
type Told = tuple[str, dict[str, Any]]

# A newer start updates title, names and addresses. Who the people are, and since when, only the oldest start says.
CORRECTED = {
    "title": "Relaunch, phase 2",
    "started_at": shifted("2026-05-01T00:00:00Z"),
    "client": {
        "id": "u-client",
        "name": "Client & Co",
        "email": "new-client@example.com",
        "locale": "ar-EG",
        "time_zone": "Africa/Cairo",
    },
    "freelancer": {"id": "u-freelancer", "name": "Freelancer & Co", "email": "new-freelancer@example.com"},
}
OTHERS = {
    "title": "Somebody else's",
    "started_at": shifted("2026-02-01T00:00:00Z"),
    "client": {"id": "u-other-client", "name": "Other client", "email": "other-client@example.com"},
    "freelancer": {"id": "u-other", "name": "Other freelancer", "email": "other@example.com"},
}
OTHERS_CORRECTED = OTHERS | {
    "title": "Still somebody else's",
    "client": {"id": "u-other-client", "name": "Other Ltd", "email": "other-ltd@example.com"},
}
ONE_OTHER = {"title": "Another client's", "client": OTHERS["client"]}
# In the order in which it happened.
HISTORY: list[Told] = [
    ("contract-started", {}),
    ("payment-made", {"payment_id": "p-old", "paid_at": shifted("2026-05-01T00:00:00Z")}),
    ("contract-started", OTHERS),
    ("contract-started", CORRECTED),
    ("payment-made", {"payment_id": "p-new", "paid_at": shifted("2026-06-01T00:00:00Z")}),
    ("contract-ended", {"ended_at": shifted("2026-06-10T00:00:00Z")}),
    ("contract-ended", {"ended_at": shifted("2026-06-11T00:00:00Z")}),
    ("end-of-contract-feedback", {"comment": "Good.", "provided_at": shifted("2026-06-11T00:00:00Z")}),
    ("end-of-contract-feedback", {"comment": "Very good.", "provided_at": shifted("2026-06-12T00:00:00Z")}),
    ("end-of-contract-feedback", {"feedback_id": "e-2", "comment": None}),
    ("contract-started", ONE_OTHER),
    ("contract-started", OTHERS_CORRECTED),
]
# Like the first, but the people of its first start are the others.
OTHERS_FIRST: list[Told] = [("contract-started", OTHERS), *HISTORY]
ORDERS = either(5, 300)  # besides the opposite one


class Case(NamedTuple):
    history: list[Told]
    title: str
    client: Party
    freelancer: Party
    started_at: str
    not_shown: tuple[str, ...]


CASES = {
    "the people of most starts": Case(
        HISTORY,
        "Relaunch, phase 2",
        Party(**CORRECTED["client"]),  # type: ignore[arg-type]
        Party(**CORRECTED["freelancer"]),  # type: ignore[arg-type]
        "2026-04-16T12:00:00Z",
        ("Other", "other", "else", "Another"),
    ),
    "the others": Case(
        OTHERS_FIRST,
        "Still somebody else's",
        Party(**OTHERS_CORRECTED["client"]),  # type: ignore[arg-type]
        Party(**OTHERS["freelancer"]),  # type: ignore[arg-type]
        "2026-02-01T00:00:00Z",
        ("Relaunch", "& Co", "u-client", "u-freelancer", "Another"),
    ),
}


@st.composite
def deliveries(draw: st.DrawFn, events: range) -> list[int]:
    """Every event at least once, some twice, in any order."""
    again = draw(st.lists(st.sampled_from(events), max_size=4))
    return draw(st.permutations([*events, *again]))


@pytest.fixture(autouse=True)
def _clock_and_dead_letters(monkeypatch: pytest.MonkeyPatch, sdk: SdkInterceptor) -> None:
    lambda_runtime.set_clock(monkeypatch)
    sdk.respond("SendMessage", lambda *_: {"MessageId": "m"})


@pytest.fixture(params=[*CASES.values()], ids=[*CASES])
def case(request: pytest.FixtureRequest) -> Case:
    case: Case = request.param
    return case


@pytest.fixture
def in_order(tables: Any, case: Case) -> Outcome:
    return outcome_of(tables, case.history, [*range(len(case.history))])


def test_every_order_gives_the_same_contract(tables: Any, case: Case, in_order: Outcome, tried: Tried) -> None:
    orders = 0

    @example(order=[*range(len(case.history))][::-1])  # with `in_order`, every two events in both orders
    @given(order=deliveries(range(len(case.history))))
    @settings(max_examples=ORDERS, deadline=None, derandomize=not SOAK, database=None)
    def same_outcome(order: list[int]) -> None:
        nonlocal orders
        assert outcome_of(tables, case.history, order) == in_order
        orders += 1

    same_outcome()
    assert orders > ORDERS
    tried("orders of contract events", orders)


def instant(written: str) -> datetime:
    return datetime.fromisoformat(shifted(written))


def test_the_contract_has_the_state_that_the_events_describe(case: Case, in_order: Outcome) -> None:
    room, pages = in_order
    contract, [shown] = room.seen.contract, pages[case.freelancer.id].contracts
    assert contract.title == shown.title == case.title
    assert (contract.client, contract.freelancer) == (case.client, case.freelancer)
    assert contract.started_at == shown.started_at == instant(case.started_at)
    assert contract.last_payment_at == instant("2026-06-01T00:00:00Z")
    assert contract.ended_at == shown.ended_at == instant("2026-06-10T00:00:00Z")
    assert [entry.comment for entry in shown.feedback] == [None, "Very good."]
    [no_page] = [page for freelancer, page in pages.items() if freelancer != case.freelancer.id]
    assert no_page.contracts == ()
    assert not [part for part in case.not_shown if part in f"{room}{shown}"]


def test_a_start_that_names_other_people_is_set_aside_where_the_older_one_is_known(
    tables: Any, case: Case, sdk: SdkInterceptor
) -> None:
    """Each start, in the order in which it happened: whether it is a dead letter."""
    starts = [(place, told) for place, told in enumerate(case.history) if told[0] == "contract-started"]
    assert deliver(*(event(told[0], at=NOW + place * SECOND, **told[1]) for place, told in starts)) == []
    people = [
        tuple(told[1].get(role, {}).get("id", f"u-{role}") for role in ("client", "freelancer"))
        for _, told in starts
    ]
    set_aside = sdk.parameters_of("SendMessage")
    assert len(set_aside) == sum(pair != people[0] for pair in people) > 0
    for letter in set_aside:
        reason = letter["MessageAttributes"]["reason"]["StringValue"]
        assert reason.startswith("detail.client.id, detail.freelancer.id: must be those of the contract's oldest")


def test_what_is_kept_of_other_people_is_bounded(table: Any) -> None:
    """A row holds at most 400 KB."""
    longest = "😀" * 200
    for number in range(30):
        people = {
            role: {"id": f"{role}-{number}", "name": longest, "email": f"{role}@example.com"}
            for role in ("client", "freelancer")
        }
        started = event("contract-started", at=NOW - number * SECOND, title="😀" * 300, **people)
        assert deliver(started) == []
    row = rows.all_by_sort_key(table)[items.CONTRACT]
    assert row["client_id"] == "client-29"
    assert row["other_starts"].keys() == {f"client-{number} freelancer-{number}" for number in range(20)}


def outcome_of(client: Any, history: list[Told], order: list[int]) -> Outcome:
    """Delivers these events in this order; returns the contract and the work histories of both freelancers."""
    rows.delete_all(client)
    bodies = [event(history[place][0], at=NOW + place * SECOND, **history[place][1]) for place in order]
    assert deliver(*bodies) == []
    room = store.room("c-1")
    feedback = sorted(room.feedback, key=lambda entry: entry.feedback_id)
    histories = {
        freelancer: work_history.page(freelancer, 100, None) for freelancer in ("u-freelancer", "u-other")
    }
    return room._replace(feedback=feedback), histories
