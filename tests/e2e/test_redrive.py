"""Redrive: what failed waits in a failure queue, and `make redrive` puts it back once the cause is fixed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from cli.__main__ import app
from cli.queues import FAILURES, REDRIVEN_TO
from mid_job_feedback.storage import items
from tests import contract_queue
from tests.conftest import Tried
from tests.e2e.deployed_service import DeployedService, days_ago, eventually
from tests.e2e.direct_access import DirectAccess
from tests.e2e.live_versions import configured
from tests.local.test_dev_tool import make


def redrive(service: DeployedService) -> dict[str, int]:
    """As `make redrive`, but in this process. Returns the numbers of messages put back, by failure queue."""
    done = CliRunner(mix_stderr=False).invoke(app, ["--port", port_of(service), "failures", "redrive"])
    assert done.exit_code == 0, done.stderr or done.exception
    return put_back(done.stdout)


def make_redrive(service: DeployedService) -> dict[str, int]:
    """Runs `make redrive`, which takes longer."""
    done = make("redrive", int(port_of(service)))
    assert done.returncode == 0, done.stdout + done.stderr
    return put_back(done.stdout)


def port_of(service: DeployedService) -> str:
    return str(urlsplit(service.stack.endpoint_url).port)


def put_back(told: str) -> dict[str, int]:
    lines = re.findall(r"^ *(\d+) from ([a-z ]+)$", told, re.MULTILINE)
    counts = {queue.replace(" ", "_"): int(number) for number, queue in lines}
    assert counts.keys() == set(FAILURES)
    return counts


@pytest.fixture(autouse=True)
def _empty_failure_queues(service: DeployedService) -> Iterator[None]:
    """Empties the failure queues before and after each test."""
    _purge(service)
    yield
    _purge(service)


def _purge(service: DeployedService) -> None:
    for queue in REDRIVEN_TO:
        service.stack.client("sqs").purge_queue(QueueUrl=service.stack.queue_urls[queue])


def messages_in(service: DeployedService, queue: str, text: str = "") -> list[dict[str, Any]]:
    """Messages of a queue that contain `text`. They stay in the queue."""
    received = service.stack.client("sqs").receive_message(
        QueueUrl=service.stack.queue_urls[queue],
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
        VisibilityTimeout=0,
    )
    return [message for message in received.get("Messages", []) if text in message["Body"]]


def test_a_notification_that_no_process_could_send_is_sent_after_the_redrive(
    service: DeployedService, tried: Tried
) -> None:
    contract_id = service.an_eligible_contract(title="Redriven")
    with configured(service.stack, "notify", SENDER_EMAIL="", RETRY_QUEUE_URL=""):
        service.request_feedback(contract_id)
        [message] = eventually(lambda: messages_in(service, "notify_failure"), "the message in the failure queue")
    assert "RetryAttemptsExhausted" in message["Body"]
    assert service.emails("Redriven") == []
    assert redrive(service)["notify_failure"] == 1
    assert service.submit_by_link(service.emailed_token("Redriven")).status_code == 201
    assert service.queue_depth("notify_failure") == 0
    tried("messages put back by make redrive", 1)


def test_a_removal_that_no_process_could_record_is_recorded_as_soon_as_one_can(service: DeployedService) -> None:
    """Its position in the stream waits in the retry queue. Nobody has to put it back."""
    urls, sqs = service.stack.queue_urls, service.stack.client("sqs")
    sqs.set_queue_attributes(QueueUrl=urls["expire_retry"], Attributes={"VisibilityTimeout": "2"})
    contract_id = service.an_eligible_contract()
    request_id = service.request_feedback(contract_id).json()["request_id"]

    def past_requests() -> list[tuple[str, str]]:
        tab = service.tab(contract_id, service.freelancer).json()
        return [(request["request_id"], request["status"]) for request in tab["past_requests"]]

    with configured(service.stack, "expire", TABLE_NAME="", RETRY_QUEUE_URL=""):
        DirectAccess(service).remove_open_request(contract_id)  # as TTL does
        [message] = eventually(lambda: messages_in(service, "expire_retry"), "the message in the retry queue")
        assert "RetryAttemptsExhausted" in message["Body"]
        assert past_requests() == []
    assert eventually(past_requests, "the record of the request") == [(request_id, "expired")]
    eventually(lambda: service.dash_messages_about("feedback_request_expired", contract_id), "the Dash message")
    assert messages_in(service, "expire_failure") == []


def test_a_contract_event_that_was_set_aside_is_applied_after_the_redrive(
    service: DeployedService, tried: Tried
) -> None:
    """For example, an older version did not know the detail-type."""
    contract_id = service.an_eligible_contract()
    service.request_feedback(contract_id)
    now, end = datetime.now(UTC), {"contract_id": contract_id, "ended_at": days_ago(0)}
    service.stack.client("sqs").send_message(
        QueueUrl=service.stack.queue_urls["contract_events_dead_letter"],
        MessageBody=contract_queue.event("contract-ended", at=now, **end),
        MessageAttributes={"reason": {"DataType": "String", "StringValue": "detail-type"}},
    )
    assert make_redrive(service)["contract_events_dead_letter"] == 1
    eventually(lambda: not service.is_active(contract_id), "the end")
    tab = service.tab(contract_id, service.freelancer).json()
    assert [request["status"] for request in tab["past_requests"]] == ["cancelled"]
    assert service.queue_depth("contract_events_dead_letter") == 0
    tried("messages put back by make redrive", 1)


def test_a_failed_record_is_handled_from_the_retry_queue(service: DeployedService) -> None:
    urls, sqs = service.stack.queue_urls, service.stack.client("sqs")
    sqs.set_queue_attributes(QueueUrl=urls["notify_retry"], Attributes={"VisibilityTimeout": "2"})
    contract_id = service.an_eligible_contract(title="Retried")
    with configured(service.stack, "notify", SENDER_EMAIL=""):
        service.request_feedback(contract_id)
        [record] = eventually(lambda: messages_in(service, "notify_retry"), "the record in the retry queue")
        reason = record["MessageAttributes"]["reason"]["StringValue"]
        assert reason.split(", ") == ["SettingsError"] * 3  # of each channel
        assert service.emails("Retried") == []
    eventually(lambda: service.emails("Retried"), "the e-mail, once it can be sent")
    eventually(lambda: service.dash_messages_about("feedback_requested", contract_id), "the Dash message")
    assert messages_in(service, "notify_failure") == []


@pytest.mark.parametrize("function", ["notify", "expire"])
def test_a_malformed_record_goes_to_the_failure_queue_with_its_reason_and_others_proceed(
    service: DeployedService, function: str, tried: Tried
) -> None:
    contract_id = service.an_eligible_contract(title=f"Beside a broken row for {function}")
    row = {**items.key(f"broken-{function}", f"{items.OPEN_REQUEST}broken"), "contract_id": {"S": "broken"}}
    table, name = service.stack.client("dynamodb"), service.stack.table_name
    table.put_item(TableName=name, Item=row)
    if function == "expire":
        table.delete_item(TableName=name, Key={key: row[key] for key in ("PK", "SK")})
    service.request_feedback(contract_id)
    eventually(lambda: service.emails(f"Beside a broken row for {function}"), "the e-mail about the other record")

    def malformed() -> list[dict[str, Any]]:
        return messages_in(service, f"{function}_failure", "broken")

    message = eventually(malformed, "the malformed record")[0]
    assert message["MessageAttributes"]["reason"]["StringValue"] == "KeyError"
    assert redrive(service)[f"{function}_failure"] == 1
    eventually(malformed, "the malformed record again")
    tried("messages put back by make redrive", 1)


def test_a_malformed_contract_event_comes_back_with_its_reason(service: DeployedService, tried: Tried) -> None:
    service.publish(("ContractEnded", {"contract_id": "c-malformed", "ended_at": "yesterday"}))

    for _ in range(2):
        [message] = eventually(
            lambda: messages_in(service, "contract_events_dead_letter", "c-malformed"), "the malformed event"
        )
        assert "ended_at" in message["MessageAttributes"]["reason"]["StringValue"]
        assert redrive(service)["contract_events_dead_letter"] == 1
        tried("messages put back by make redrive", 1)
