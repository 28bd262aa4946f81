"""Contract events come twice, late and in any order, and leave the same contract behind."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mid_job_feedback import history, store, views
from tests.builders import NOW, SECOND
from tests.contract_queue import deliver, event
from tests.moment import moved
from tests.soak import either
from tests.store import rows

type Left = tuple[store.ContractRoom, views.WorkHistory]

MOVED = {
    "title": "Relaunch, phase 2",
    "started_at": moved("2026-05-01T00:00:00Z"),
    "client": {"id": "u-client", "name": "Client", "email": "new-client@example.com"},
    "freelancer": {"id": "u-freelancer", "name": "Freelancer", "email": "new-freelancer@example.com"},
}
# What the marketplace tells, in the order in which it happened.
STORY: list[tuple[str, dict[str, Any]]] = [
    ("contract-started", {}),
    ("payment-made", {"payment_id": "p-old", "paid_at": moved("2026-05-01T00:00:00Z")}),
    ("contract-started", MOVED),
    ("payment-made", {"payment_id": "p-new", "paid_at": moved("2026-06-01T00:00:00Z")}),
    ("contract-ended", {"ended_at": moved("2026-06-10T00:00:00Z")}),
    ("contract-ended", {"ended_at": moved("2026-06-11T00:00:00Z")}),
    ("end-of-contract-feedback", {"comment": "Good.", "provided_at": moved("2026-06-11T00:00:00Z")}),
    ("end-of-contract-feedback", {"comment": "Very good.", "provided_at": moved("2026-06-12T00:00:00Z")}),
    ("end-of-contract-feedback", {"feedback_id": "e-2", "comment": None}),
]
EVENTS = range(len(STORY))


@st.composite
def deliveries(draw: st.DrawFn) -> list[int]:
    """Every event at least once, some twice, in any order."""
    again = draw(st.lists(st.sampled_from(EVENTS), max_size=4))
    return draw(st.permutations([*EVENTS, *again]))


@pytest.fixture
def in_order(real_table: Any) -> Left:
    return left_behind(real_table, [*EVENTS])


@given(order=deliveries())
@settings(
    max_examples=either(50, 1_000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_order_leaves_the_same_contract(real_table: Any, in_order: Left, order: list[int]) -> None:
    assert left_behind(real_table, order) == in_order


def instant(written: str) -> datetime:
    return datetime.fromisoformat(moved(written))


def test_what_it_leaves_is_the_whole_story(in_order: Left) -> None:
    room, page = in_order
    contract, [shown] = room.seen.contract, page.contracts
    assert contract.title == shown.title == "Relaunch, phase 2"
    assert (contract.client.email, contract.freelancer.email) == (
        "new-client@example.com",
        "new-freelancer@example.com",
    )
    assert contract.started_at == shown.started_at == instant("2026-04-16T12:00:00Z")
    assert contract.last_payment_at == instant("2026-06-01T00:00:00Z")
    assert contract.ended_at == shown.ended_at == instant("2026-06-10T00:00:00Z")
    assert [entry.comment for entry in shown.feedback] == [None, "Very good."]


def left_behind(client: Any, order: list[int]) -> Left:
    """The contract and the work history after these events, told in this order."""
    rows.clear(client)
    told = [event(STORY[place][0], at=NOW + place * SECOND, **STORY[place][1]) for place in order]
    assert deliver(*told) == []
    room = store.room("c-1")
    feedback = sorted(room.feedback, key=lambda entry: entry.feedback_id)
    return room._replace(feedback=feedback), history.page("u-freelancer", 100, None)
