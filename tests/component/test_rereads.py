"""What was seen in the middle of somebody else's change is looked at again before anything is said."""

from typing import Any

from tests.component.marketplace import InProcessMarketplace
from tests.sdk_interceptor import SdkInterceptor, raise_client_error


def test_a_link_seen_between_two_rows_of_its_request_is_not_called_expired(
    marketplace: InProcessMarketplace, sdk: SdkInterceptor
) -> None:
    marketplace.request_feedback()
    token = marketplace.link_token()
    marketplace.submit_by_link(token)
    looks = iter(["between"])

    def see(client: Any, parameters: Any) -> Any:
        response = sdk.send(client, "BatchGetItem", parameters)
        if next(looks, None):
            rows = response["Responses"]["feedback"]
            response["Responses"]["feedback"] = [row for row in rows if row["SK"]["S"] == "CONTRACT"]
        return response

    sdk.respond("BatchGetItem", see)
    assert marketplace.open_link(token).refusal == (410, "already_answered")


def test_feedback_is_filed_though_its_contract_was_being_changed(
    empty_marketplace: InProcessMarketplace, sdk: SdkInterceptor
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
