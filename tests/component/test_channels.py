"""The channels are independent: a failure of one neither loses nor doubles the message of the other."""

import copy
import json
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from mid_job_feedback.aws import sender
from tests import lambda_runtime, queues
from tests.component import table_stream
from tests.component.marketplace import Marketplace
from tests.sdk_interceptor import ProcessKilled, SdkInterceptor

# The operation that sends a message on each channel.
EMAIL, DASH = "SendEmail", "Publish"

type Records = list[table_stream.Record]


@pytest.fixture
def record(marketplace: Marketplace) -> Records:
    """The record of a request made just now."""
    marketplace.request_feedback()
    return marketplace.stream.new_records()[-1:]


def test_a_record_that_is_delivered_three_times_is_announced_once(
    marketplace: Marketplace, record: Records
) -> None:
    assert table_stream.deliver("notify", record) == []
    assert table_stream.deliver("notify", record * 2) == []
    assert _sent(marketplace) == (1, 1)


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        (EMAIL, "TooManyRequestsException"),
        (EMAIL, "LimitExceededException"),
        (EMAIL, "SendingPausedException"),
        (DASH, "ThrottledException"),
        (DASH, "InternalErrorException"),
    ],
)
def test_a_retry_sends_only_what_was_not_sent(
    marketplace: Marketplace, record: Records, sdk: SdkInterceptor, channel: str, code: str
) -> None:
    sdk.respond_with_error(channel, code)
    for _ in range(2):
        assert table_stream.deliver("notify", record) == table_stream.sequence_numbers(record)
        assert _sent(marketplace) == ((0, 1) if channel == EMAIL else (1, 0))
    sdk.restore()
    assert table_stream.deliver("notify", record) == []
    assert _sent(marketplace) == (1, 1)


@pytest.mark.parametrize(("service", "operation"), [("sesv2", EMAIL), ("sns", DASH)])
def test_the_sdk_does_not_repeat_a_message_whose_response_is_late(
    marketplace: Marketplace, record: Records, service: str, operation: str
) -> None:
    """It may have been sent. The retry queue repeats it, once this invocation is certainly over."""
    sent: list[object] = []

    def never_responds(request: object, **_: object) -> None:
        sent.append(request)
        raise ReadTimeoutError(endpoint_url="https://example.com")

    hooks = sender(service).meta.events
    hooks.register_first(f"before-send.{service}.{operation}", never_responds)
    assert table_stream.deliver("notify", record) == table_stream.sequence_numbers(record)
    hooks.unregister(f"before-send.{service}.{operation}", never_responds)
    assert len(sent) == 1


def test_an_email_that_waited_until_its_request_was_fulfilled_is_not_sent(
    marketplace: Marketplace, record: Records, sdk: SdkInterceptor
) -> None:
    sdk.respond_with_error(EMAIL, "TooManyRequestsException")
    table_stream.deliver("notify", record)
    sdk.restore()
    marketplace.submit_feedback()
    assert table_stream.deliver("notify", record) == []
    assert _sent(marketplace) == (0, 1)


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_a_process_killed_while_sending_blocks_the_message_until_its_timeout(
    marketplace: Marketplace, record: Records, sdk: SdkInterceptor
) -> None:
    sdk.raise_error(EMAIL, ProcessKilled())
    with pytest.raises(ProcessKilled):
        table_stream.deliver("notify", record)
    sdk.restore()
    assert table_stream.deliver("notify", record) == table_stream.sequence_numbers(record)
    assert _sent(marketplace) == (0, 1)
    marketplace.time_out_runs_in_progress()
    assert table_stream.deliver("notify", record) == []
    assert _sent(marketplace) == (1, 1)


@pytest.mark.parametrize(
    "broken",
    [
        {"requested_at": {"S": "yesterday"}},
        {"expires_at": {"S": "soon"}},
        {"request_id": {"S": "not an id"}},
    ],
)
def test_a_poison_pill_fails_alone(marketplace: Marketplace, record: Records, broken: dict[str, Any]) -> None:
    poison_pill = copy.deepcopy(record[0])
    poison_pill["dynamodb"]["SequenceNumber"] = "0"
    poison_pill["dynamodb"]["NewImage"] |= broken
    assert table_stream.deliver("notify", [poison_pill, *record]) == []
    [letter] = queues.take("FAILURE_QUEUE_URL")
    assert json.loads(letter.body)["dynamodb"]["SequenceNumber"] == "0"
    assert letter.reason in {"ValueError", "ValidationError", "KeyError"}
    assert _sent(marketplace) == (1, 1)


def test_a_record_about_a_missing_contract_is_retried(marketplace: Marketplace, record: Records) -> None:
    """The table may be about to be restored; after enough attempts the failure queue keeps the record."""
    record[0]["dynamodb"]["NewImage"]["contract_id"] = {"S": "c-gone"}
    assert table_stream.deliver("notify", record) == table_stream.sequence_numbers(record)
    assert _sent(marketplace) == (0, 0)


def test_without_the_signing_key_the_email_waits_and_the_dash_message_is_sent(
    marketplace: Marketplace, record: Records, sdk: SdkInterceptor
) -> None:
    lambda_runtime.cold_start()
    sdk.respond_with_error("GetSecretValue", "ThrottlingException")
    assert table_stream.deliver("notify", record) == table_stream.sequence_numbers(record)
    assert _sent(marketplace) == (0, 1)
    sdk.restore()
    assert table_stream.deliver("notify", record) == []
    assert _sent(marketplace) == (1, 1)


def _sent(marketplace: Marketplace) -> tuple[int, int]:
    return len(marketplace.emails()), len(marketplace.dash_messages())
