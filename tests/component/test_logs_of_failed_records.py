"""Failed records in the log: what failed, at what and why, and each record is counted once."""

import re
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from mid_job_feedback.domain import addresses
from mid_job_feedback.storage import row_changes
from tests.builders import CLIENT
from tests.component import table_stream
from tests.component.log_lines import LogOutput, explanation, read
from tests.component.marketplace import Marketplace
from tests.contract_queue import deliver
from tests.sdk_interceptor import ProcessKilled, SdkInterceptor
from tests.template import resources

URL = "https://example.com/freelancer@example.com"


def test_messages_sent_and_records_failed_are_counted(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput
) -> None:
    marketplace.request_feedback()
    sdk.respond_with_error("SendEmail", "TooManyRequestsException")
    records = marketplace.stream.new_records()
    log_output()
    table_stream.deliver("notify", records)
    lines, metrics = read(log_output())
    received = {"RecordsReceived": [2.0]}  # the request's and the contract's
    sent = {"DashMessagesSent": [1.0], "DomainEventsSent": [1.0], "NotifyAccepted": [1.0, 1.0]}
    assert metrics == received | sent | {"RequestsAsked": [1.0], "RecordsFailed": [1.0]}
    [failed] = [line for line in lines if line["message"] == "record failed"]
    assert explanation(failed) == ("ses", "SendEmail", "throttled", "TooManyRequestsException")
    request_id = records[-1]["dynamodb"]["NewImage"]["request_id"]["S"]
    assert (failed["level"], failed["contract_id"], failed["request_id"]) == ("WARNING", "c-1", request_id)


def test_each_channel_that_failed_is_explained_by_a_line_of_its_own(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput
) -> None:
    marketplace.request_feedback()
    sdk.raise_error("SendEmail", ReadTimeoutError(endpoint_url=URL))
    sdk.respond_with_error("Publish", "AuthorizationErrorException")
    sdk.respond_with_error("PutEvents", "InternalException")
    records = marketplace.stream.new_records()
    log_output()
    table_stream.deliver("notify", records)
    lines, metrics = read(log_output())
    assert [explanation(line) for line in lines if line["message"] == "record failed"] == [
        ("ses", "SendEmail", "timed_out", "ReadTimeoutError"),
        ("sns", "Publish", "rejected", "AuthorizationErrorException"),
        ("eventbridge", "PutEvents", "server_error", "InternalException"),
    ]
    assert metrics["RecordsFailed"] == [1.0]


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem"])
def test_a_failure_of_the_idempotency_table_names_the_channel_and_the_operation(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput, operation: str
) -> None:
    request_id = marketplace.request_feedback().body["request_id"]
    records = marketplace.stream.new_records()
    sdk.respond_with_error(operation, "ThrottlingException")
    log_output()
    table_stream.deliver("notify", records)
    lines, metrics = read(log_output())
    failed = [line for line in lines if line["message"] == "record failed"]
    assert [(line["channel"], line["message_id"], explanation(line)) for line in failed] == [
        (
            message_id.partition(":")[0],
            message_id,
            ("idempotency_table", operation, "throttled", "ThrottlingException"),
        )
        for message_id in (
            f"email:feedback_requested:{request_id}:{addresses.digest(CLIENT.email)}",
            f"dash:feedback_requested:{request_id}",
            f"event:FeedbackRequested:{request_id}",
        )
    ]
    assert metrics["RecordsFailed"] == [1.0]


def test_a_message_that_another_process_is_sending_names_its_channel(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput
) -> None:
    marketplace.request_feedback()
    records = marketplace.stream.new_records()
    sdk.raise_error("SendEmail", ProcessKilled())
    with pytest.raises(ProcessKilled):
        table_stream.deliver("notify", records)
    log_output()
    table_stream.deliver("notify", records)
    lines, _ = read(log_output())
    assert [(line["message"], line["channel"], line.get("error")) for line in lines] == [
        ("notify accepted", "dash", None),
        ("notify accepted", "event", None),
        ("record failed", "email", "IdempotencyKeyInProgress"),
    ]


@pytest.mark.parametrize(
    ("broken", "error"), [({}, "SendingPausedException"), ({"request_id": {"S": "not an id"}}, "ValidationError")]
)
def test_a_record_that_cannot_be_moved_either_is_logged_and_counted_once(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput, broken: dict[str, Any], error: str
) -> None:
    marketplace.request_feedback()
    [record] = marketplace.stream.new_records()[-1:]
    record["dynamodb"]["NewImage"] |= broken
    sdk.respond_with_error("SendEmail", "SendingPausedException")
    sdk.raise_error("SendMessage", ReadTimeoutError(endpoint_url=URL))
    log_output()
    table_stream.deliver("notify", [record])
    lines, metrics = read(log_output())
    failed = [line for line in lines if line["message"] == "record failed"]
    assert [line["error"] for line in failed] == [error, "ReadTimeoutError"]
    assert explanation(failed[-1]) == ("sqs", "SendMessage", "timed_out", "ReadTimeoutError")
    assert {line["contract_id"] for line in failed} == {"c-1"}
    assert metrics["RecordsFailed"] == [1.0]


@pytest.mark.parametrize(
    "explained",
    [
        ("stream", "GetShardIterator", "rejected", "TrimmedDataAccessException"),
        ("stream", "GetRecords", "server_error", "InternalServerError"),
    ],
)
def test_a_position_that_cannot_be_read_names_its_message_in_the_queue(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput, explained: tuple[str, str, str, str]
) -> None:
    marketplace.request_feedback()
    position = table_stream.position_message(marketplace.stream.new_records())
    _, operation, _, code = explained
    sdk.respond_with_error(operation, code)
    log_output()
    table_stream.deliver_by_retry_queue("notify", position)
    [line], metrics = read(log_output())
    assert (line["message"], line["sqs_message_id"]) == ("record failed", "0")
    assert explanation(line) == explained
    assert metrics["RecordsFailed"] == [1.0]


def test_a_record_that_fails_again_names_its_message_in_the_retry_queue(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput
) -> None:
    """SQS shows no message that is in flight, so operators find it by this line."""
    marketplace.request_feedback()
    queued = row_changes.for_queue(marketplace.stream.new_records()[-1])
    sdk.respond_with_error("SendEmail", "TooManyRequestsException")
    log_output()
    assert table_stream.deliver_by_retry_queue("notify", queued) == ["0"]
    lines, _ = read(log_output())
    [failed] = [line for line in lines if line["message"] == "record failed"]
    assert (failed["sqs_message_id"], failed["contract_id"], failed["channel"]) == ("0", "c-1", "email")


def test_a_contract_event_that_cannot_be_dead_lettered_names_the_queue(
    sdk: SdkInterceptor, log_output: LogOutput
) -> None:
    sdk.respond_with_error("SendMessage", "ServiceUnavailable")
    log_output()
    assert deliver("{") == ["0"]
    [line], metrics = read(log_output())
    assert (line["message"], line["sqs_message_id"]) == ("record failed", "0")
    assert explanation(line) == ("sqs", "SendMessage", "server_error", "ServiceUnavailable")
    assert metrics == {"RecordsFailed": [1.0]}


def test_the_metric_of_failures_counts_the_line_that_each_failed_record_logs(
    sdk: SdkInterceptor, log_output: LogOutput
) -> None:
    counting = resources("AWS::Logs::MetricFilter")["RecordFailures"]["Properties"]
    [message] = re.findall(r'^{ \$\.message = "([^"]+)" }$', counting["FilterPattern"])
    sdk.respond_with_error("SendMessage", "ServiceUnavailable")
    log_output()
    deliver("{")
    [line], _ = read(log_output())
    assert line["message"] == message
