"""What is not answered expires: by the schedule alone, and by DynamoDB's TTL alone."""

from tests.e2e.marketplace import Marketplace, eventually
from tests.e2e.probes import Probes


def it_expires_once_and_may_be_asked_again(marketplace: Marketplace) -> None:
    contract_id = marketplace.a_running_contract()
    request = marketplace.ask(contract_id).json()
    token = Probes(marketplace).token(request)  # no e-mail is sent if its time is over before its turn has come

    def recorded() -> bool:
        rows = marketplace.stack.client("dynamodb").query(
            TableName=marketplace.stack.table_name,
            KeyConditionExpression="PK = :pk",
            ExpressionAttributeValues={":pk": {"S": f"CONTRACT#{contract_id}"}},
        )["Items"]
        assert sum("request_id" in row for row in rows) <= 1
        return [row["status"]["S"] for row in rows if "status" in row] == ["expired"]

    eventually(recorded, "the request to be closed and recorded")
    tab = marketplace.tab(contract_id, marketplace.freelancer).json()
    assert tab["open_request"] is None
    [past] = tab["past_requests"]
    assert (past["request_id"], past["status"]) == (request["request_id"], "expired")
    assert past["closed_at"] == request["expires_at"]
    refused = marketplace.answer(token)
    assert (refused.status_code, refused.json()["code"]) == (410, "link_expired")

    [dash] = eventually(lambda: marketplace.dash("feedback_request_expired", contract_id), "the Dash message")
    assert dash["recipient_id"] == marketplace.freelancer.id
    assert "You can ask again now." in dash["body"]
    assert marketplace.ask(contract_id).status_code == 201
    eventually(lambda: len(marketplace.dash("feedback_request_expired", contract_id)) == 2, "the second expiry")


def test_by_schedule(marketplace_with_schedule: Marketplace) -> None:
    it_expires_once_and_may_be_asked_again(marketplace_with_schedule)


def test_by_ttl_alone(marketplace_with_ttl: Marketplace) -> None:
    it_expires_once_and_may_be_asked_again(marketplace_with_ttl)


def test_an_operator_runs_a_sweep_by_hand(marketplace: Marketplace) -> None:
    answer = marketplace.sweep()
    assert (answer.status_code, answer.json()) == (200, {"expired": 0})


def test_a_sweep_is_not_for_who_has_not_signed(marketplace: Marketplace) -> None:
    answer = marketplace.call("POST", "/expirations", json={})
    assert answer.status_code == 403
