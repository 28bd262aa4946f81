"""A read that saw a half-finished change of somebody else is repeated before it is used."""

from typing import Any

from tests.component.marketplace import Marketplace
from tests.sdk_interceptor import SdkInterceptor, raise_client_error


def test_a_link_read_while_its_request_closes_does_not_count_as_expired(
    marketplace: Marketplace, sdk: SdkInterceptor
) -> None:
    marketplace.request_feedback()
    token = marketplace.link_token()
    marketplace.submit_by_link(token)
    reads = iter(["between the two rows"])

    def read(client: Any, parameters: Any) -> Any:
        response = sdk.send(client, "BatchGetItem", parameters)
        if next(reads, None):
            rows = response["Responses"]["feedback"]
            response["Responses"]["feedback"] = [row for row in rows if row["SK"]["S"] == "CONTRACT"]
        return response

    sdk.respond("BatchGetItem", read)
    assert marketplace.open_link(token).refusal == (410, "already_answered")


def test_feedback_is_added_to_the_history_although_its_contract_was_being_changed(
    empty_marketplace: Marketplace, sdk: SdkInterceptor
) -> None:
    empty_marketplace.publish_event("end-of-contract-feedback")
    conflicts = iter(["conflict"])

    def write(client: Any, parameters: Any) -> Any:
        if next(conflicts, None):
            reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
            raise_client_error(
                client, "TransactWriteItems", "TransactionCanceledException", CancellationReasons=reasons
            )
        return sdk.send(client, "TransactWriteItems", parameters)

    sdk.respond("TransactWriteItems", write)
    empty_marketplace.start_contract()
    [contract] = empty_marketplace.work_history().body["contracts"]
    assert [entry["kind"] for entry in contract["feedback"]] == ["end_of_contract"]
