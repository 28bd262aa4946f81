"""Contract events that arrive twice, late and in any order give the same contract."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mid_job_feedback.domain import views
from mid_job_feedback.domain.models import Party
from mid_job_feedback.storage import store, work_history
from tests.builders import NOW, SECOND
from tests.conftest import Tried
from tests.contract_queue import deliver, event
from tests.soak import SOAK, either
from tests.store import rows
from tests.suite_clock import shifted

type Outcome = tuple[store.ContractRoom, dict[str, views.WorkHistory]]

# A newer start updates title, names and addresses. Who the people are, and since when, only the oldest start says.
CORRECTED = {
    "title": "Relaunch, phase 2",
    "started_at": shifted("2026-05-01T00:00:00Z"),
    "client": {
        "id": "u-other-client",
        "name": "Client & Co",
        "email": "new-client@example.com",
        "locale": "ar-EG",
        "time_zone": "Africa/Cairo",
    },
    "freelancer": {"id": "u-other", "name": "Freelancer & Co", "email": "new-freelancer@example.com"},
}
# In the order in which it happened.
HISTORY: list[tuple[str, dict[str, Any]]] = [
    ("contract-started", {}),
    ("payment-made", {"payment_id": "p-old", "paid_at": shifted("2026-05-01T00:00:00Z")}),
    ("contract-started", CORRECTED),
    ("payment-made", {"payment_id": "p-new", "paid_at": shifted("2026-06-01T00:00:00Z")}),
    ("contract-ended", {"ended_at": shifted("2026-06-10T00:00:00Z")}),
    ("contract-ended", {"ended_at": shifted("2026-06-11T00:00:00Z")}),
    ("end-of-contract-feedback", {"comment": "Good.", "provided_at": shifted("2026-06-11T00:00:00Z")}),
    ("end-of-contract-feedback", {"comment": "Very good.", "provided_at": shifted("2026-06-12T00:00:00Z")}),
    ("end-of-contract-feedback", {"feedback_id": "e-2", "comment": None}),
]
EVENTS = range(len(HISTORY))
ORDERS = either(50, 300)


@st.composite
def deliveries(draw: st.DrawFn) -> list[int]:
    """Every event at least once, some twice, in any order."""
    again = draw(st.lists(st.sampled_from(EVENTS), max_size=4))
    return draw(st.permutations([*EVENTS, *again]))


@pytest.fixture
def in_order(dynamodb_local_table: Any) -> Outcome:
    return outcome_of(dynamodb_local_table, [*EVENTS])


def test_every_order_gives_the_same_contract(dynamodb_local_table: Any, in_order: Outcome, tried: Tried) -> None:
    orders = 0

    @given(order=deliveries())
    @settings(max_examples=ORDERS, deadline=None, derandomize=not SOAK, database=None)
    def same_outcome(order: list[int]) -> None:
        nonlocal orders
        assert outcome_of(dynamodb_local_table, order) == in_order
        orders += 1

    same_outcome()
    assert orders >= ORDERS
    tried("orders of contract events", orders)


def instant(written: str) -> datetime:
    return datetime.fromisoformat(shifted(written))


def test_the_contract_has_the_state_that_the_events_describe(in_order: Outcome) -> None:
    room, pages = in_order
    assert pages["u-other"].contracts == ()
    contract, [shown] = room.seen.contract, pages["u-freelancer"].contracts
    assert contract.title == shown.title == "Relaunch, phase 2"
    assert contract.client == Party(
        id="u-client",
        name="Client & Co",
        email="new-client@example.com",
        locale="ar-EG",
        time_zone="Africa/Cairo",
    )
    assert contract.freelancer == Party(
        id="u-freelancer", name="Freelancer & Co", email="new-freelancer@example.com"
    )
    assert contract.started_at == shown.started_at == instant("2026-04-16T12:00:00Z")
    assert contract.last_payment_at == instant("2026-06-01T00:00:00Z")
    assert contract.ended_at == shown.ended_at == instant("2026-06-10T00:00:00Z")
    assert [entry.comment for entry in shown.feedback] == [None, "Very good."]


def outcome_of(client: Any, order: list[int]) -> Outcome:
    """Delivers these events in this order; returns the contract and the work histories of both freelancers."""
    rows.delete_all(client)
    bodies = [event(HISTORY[place][0], at=NOW + place * SECOND, **HISTORY[place][1]) for place in order]
    assert deliver(*bodies) == []
    room = store.room("c-1")
    feedback = sorted(room.feedback, key=lambda entry: entry.feedback_id)
    histories = {
        freelancer: work_history.page(freelancer, 100, None) for freelancer in ("u-freelancer", "u-other")
    }
    return room._replace(feedback=feedback), histories
