"""What the indexes hold, in which order, and how many round trips a read or command takes."""

from typing import Any
from uuid import uuid4

from mid_job_feedback.domain import lifecycle
from mid_job_feedback.domain.lifecycle import Snapshot
from mid_job_feedback.storage import items, store, transactions, work_history
from mid_job_feedback.storage import table as table_module
from tests.builders import DAY, NOW, SECOND, a_contract, a_feedback, a_request
from tests.contract_queue import deliver, event
from tests.sdk import Sdk
from tests.store import rows


def give(contract_id: str, days_ago: int, comment: str = "Reliable and quick.") -> str:
    """Feedback as it was accepted some days ago, whatever came since."""
    seen = Snapshot(contract=store.snapshot(contract_id).contract)
    feedback = a_feedback(
        feedback_id=str(uuid4()), contract_id=contract_id, provided_at=NOW - days_ago * DAY, comment=comment
    )
    table_module.transact(transactions.writes(lifecycle.FeedbackGiven(seen=seen, feedback=feedback)))
    return feedback.feedback_id


def test_the_work_history_is_newest_contract_first_each_followed_by_its_feedback(table: Any) -> None:
    for contract_id, age in (("c-1", 90), ("c-10", 90), ("c-2", 60), ("c-3", 120)):
        rows.put_contract(table, a_contract(contract_id=contract_id, started_at=NOW - age * DAY))
    older, newer = give("c-1", 40), give("c-1", 5)
    page = work_history.page("u-freelancer", 100, None)
    assert [contract.contract_id for contract in page.contracts] == ["c-2", "c-10", "c-1", "c-3"]
    feedback = {
        contract.contract_id: [entry.feedback_id for entry in contract.feedback] for contract in page.contracts
    }
    assert feedback == {"c-2": [], "c-10": [], "c-1": [newer, older], "c-3": []}
    assert page.next_cursor is None


def test_the_last_page_of_a_history_says_that_it_is_the_last_even_if_it_is_full(table: Any) -> None:
    for contract_id in ("c-1", "c-2"):
        rows.put_contract(table, a_contract(contract_id=contract_id))
    assert [store.history("u-freelancer", limit, None).more for limit in (1, 2, 3)] == [True, False, False]


def test_the_due_index_finds_what_is_past_its_deadline_longest_overdue_first(table: Any) -> None:
    found = []
    for number in range(40):
        contract_id = f"c-{number}"
        requested_at = NOW - 14 * DAY + (5 - number) * SECOND
        rows.put_request(table, a_request(contract_id=contract_id, requested_at=requested_at))
    for shard in range(items.DUE_SHARDS):
        due = [items.from_open_request_item(items.plain(row)) for row in store.due(shard, NOW)]
        assert [request.expires_at for request in due] == sorted(request.expires_at for request in due)
        assert all(items.due_shard(request.contract_id) == shard for request in due)
        found += due
    assert {request.contract_id for request in found} == {f"c-{number}" for number in range(5, 40)}


def test_a_payment_costs_one_write_and_none_to_an_index(dynamodb_local_table: Any, sdk: Sdk) -> None:
    deliver(event("contract-started"))
    assert write_units(sdk, event("payment-made")) == {"table": 1.0}
    assert "work_history" in write_units(
        sdk, event("contract-started", at=NOW + SECOND, title="Relaunch, phase 2")
    )


def write_units(sdk: Sdk, body: str) -> dict[str, float]:
    """Write units of the one update that a contract event comes to, by where they were spent."""
    capacities: list[dict[str, Any]] = []

    def measure(client: Any, parameters: dict[str, Any]) -> Any:
        response = sdk.send(client, "UpdateItem", {**parameters, "ReturnConsumedCapacity": "INDEXES"})
        capacities.append(response["ConsumedCapacity"])
        return response

    sdk.instead("UpdateItem", measure)
    assert deliver(body) == []
    [capacity] = capacities
    indexes = capacity.get("GlobalSecondaryIndexes", {})
    units = {name: index["CapacityUnits"] for name, index in indexes.items()}
    return {"table": capacity["Table"]["CapacityUnits"], **units}
