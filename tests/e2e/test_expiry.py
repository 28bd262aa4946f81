"""Requests expire by the scheduled sweep alone, and by TTL alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from local.stack import Stack
from mid_job_feedback.storage import items
from tests.e2e.deployed_service import DeployedService, eventually
from tests.e2e.direct_access import DirectAccess
from tests.e2e.live_versions import configured


def assert_request_expires_once(service: DeployedService) -> None:
    contract_id = service.an_eligible_contract()
    request = service.request_feedback(contract_id).json()
    # Signed here: no e-mail is sent for a request that has expired before the stream announces it.
    token = DirectAccess(service).sign_link(request)

    def recorded() -> bool:
        rows = service.stack.client("dynamodb").query(
            TableName=service.stack.table_name,
            KeyConditionExpression="PK = :pk",
            ExpressionAttributeValues={":pk": {"S": f"CONTRACT#{contract_id}"}},
        )["Items"]
        requests = [row for row in rows if row["SK"]["S"].startswith((items.OPEN_REQUEST, items.CLOSED_REQUEST))]
        assert len(requests) <= 1
        return [row["status"]["S"] for row in requests if "status" in row] == ["expired"]

    eventually(recorded, "the request to be closed and recorded")
    tab = service.tab(contract_id, service.freelancer).json()
    assert tab["open_request"] is None
    [past] = tab["past_requests"]
    assert (past["request_id"], past["status"]) == (request["request_id"], "expired")
    assert past["closed_at"] == request["expires_at"]
    refused = service.submit_by_link(token)
    assert (refused.status_code, refused.json()["code"]) == (410, "link_expired")

    [dash] = eventually(
        lambda: service.dash_messages_about("feedback_request_expired", contract_id), "the Dash message"
    )
    assert dash["recipient_id"] == service.freelancer.id
    assert "You can ask again now." in dash["body"]
    assert service.request_feedback(contract_id).status_code == 201
    eventually(
        lambda: len(service.dash_messages_about("feedback_request_expired", contract_id)) == 2, "the second expiry"
    )


@contextmanager
def swept_every_minute(stack: Stack) -> Iterator[None]:
    """Changes the schedule of the sweep for a `with` block."""
    scheduler = stack.client("scheduler")
    [found] = scheduler.list_schedules()["Schedules"]
    schedule = scheduler.get_schedule(Name=found["Name"], GroupName=found["GroupName"])
    given = {key: schedule[key] for key in ("Name", "GroupName", "FlexibleTimeWindow", "Target")}
    scheduler.update_schedule(**given, ScheduleExpression="rate(1 minute)")
    try:
        yield
    finally:
        scheduler.update_schedule(**given, ScheduleExpression=schedule["ScheduleExpression"])


def test_a_request_expires_by_the_scheduled_sweep_alone(service_with_iam: DeployedService) -> None:
    stack = service_with_iam.stack
    with swept_every_minute(stack), configured(stack, "request", REQUEST_LIFETIME="PT6S"):
        assert_request_expires_once(service_with_iam)


def test_a_request_expires_by_ttl_alone(service_with_ttl: DeployedService) -> None:
    assert_request_expires_once(service_with_ttl)
