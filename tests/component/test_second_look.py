"""What was seen in the middle of somebody else's change is looked at again before anything is said."""

from typing import Any

from tests.component.marketplace import Marketplace
from tests.sdk import Sdk, fail


def test_a_link_seen_between_two_rows_of_its_request_is_not_called_expired(
    marketplace: Marketplace, sdk: Sdk
) -> None:
    marketplace.ask()
    token = marketplace.link()
    marketplace.answer(token)
    looks = iter(["between"])

    def see(client: Any, parameters: Any) -> Any:
        answer = sdk.send(client, "BatchGetItem", parameters)
        if next(looks, None):
            rows = answer["Responses"]["feedback"]
            answer["Responses"]["feedback"] = [row for row in rows if row["SK"]["S"] == "CONTRACT"]
        return answer

    sdk.instead("BatchGetItem", see)
    assert marketplace.open(token).refusal == (410, "already_answered")


def test_feedback_is_filed_though_its_contract_was_being_changed(empty_marketplace: Marketplace, sdk: Sdk) -> None:
    empty_marketplace.tell("end-of-contract-feedback")
    conflicts = iter(["conflict"])

    def write(client: Any, parameters: Any) -> Any:
        if next(conflicts, None):
            reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
            fail(client, "TransactWriteItems", "TransactionCanceledException", CancellationReasons=reasons)
        return sdk.send(client, "TransactWriteItems", parameters)

    sdk.instead("TransactWriteItems", write)
    empty_marketplace.start()
    [contract] = empty_marketplace.history().body["contracts"]
    assert [entry["kind"] for entry in contract["feedback"]] == ["end_of_contract"]
