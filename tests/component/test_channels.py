"""E-mail and Dash are independent: one failing neither loses nor doubles the other."""

import copy
import json
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from mid_job_feedback.aws import sender
from tests import lambda_runtime, queues
from tests.component import table_stream
from tests.component.marketplace import InProcessMarketplace
from tests.sdk_interceptor import ProcessKilled, SdkInterceptor

# What each channel's service is asked to do.
EMAIL, DASH = "SendEmail", "Publish"

type Records = list[table_stream.Record]


@pytest.fixture
def news(marketplace: InProcessMarketplace) -> Records:
    """The record of a request made just now."""
    marketplace.request_feedback()
    return marketplace.stream.new_records()[-1:]


def test_a_record_that_comes_three_times_is_told_once(marketplace: InProcessMarketplace, news: Records) -> None:
    assert table_stream.deliver("notify", news) == []
    assert table_stream.deliver("notify", news + news) == []
    assert _told(marketplace) == (1, 1)


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
    marketplace: InProcessMarketplace, news: Records, sdk: SdkInterceptor, channel: str, code: str
) -> None:
    sdk.respond_with_error(channel, code)
    for _ in range(2):
        assert table_stream.deliver("notify", news) == _numbers(news)
        assert _told(marketplace) == ((0, 1) if channel == EMAIL else (1, 0))
    sdk.restore()
    assert table_stream.deliver("notify", news) == []
    assert _told(marketplace) == (1, 1)


@pytest.mark.parametrize(("service", "operation"), [("sesv2", EMAIL), ("sns", DASH)])
def test_a_message_whose_answer_is_late_is_not_sent_again_at_once(
    marketplace: InProcessMarketplace, news: Records, service: str, operation: str
) -> None:
    """It may have been sent. The stream tries again, once it is clear that this run is over."""
    sent: list[object] = []

    def never_answers(request: object, **_: object) -> None:
        sent.append(request)
        raise ReadTimeoutError(endpoint_url="https://example.com")

    hooks = sender(service).meta.events
    hooks.register_first(f"before-send.{service}.{operation}", never_answers)
    assert table_stream.deliver("notify", news) == _numbers(news)
    hooks.unregister(f"before-send.{service}.{operation}", never_answers)
    assert len(sent) == 1


def test_both_channels_failing_loses_neither(
    marketplace: InProcessMarketplace, news: Records, sdk: SdkInterceptor
) -> None:
    sdk.respond_with_error(EMAIL, "TooManyRequestsException")
    sdk.respond_with_error(DASH, "ThrottledException")
    assert table_stream.deliver("notify", news) == _numbers(news)
    sdk.restore()
    assert table_stream.deliver("notify", news) == []
    assert _told(marketplace) == (1, 1)


def test_a_mail_put_off_until_the_request_was_settled_is_not_sent(
    marketplace: InProcessMarketplace, news: Records, sdk: SdkInterceptor
) -> None:
    sdk.respond_with_error(EMAIL, "TooManyRequestsException")
    table_stream.deliver("notify", news)
    sdk.restore()
    marketplace.submit_feedback()
    assert table_stream.deliver("notify", news) == []
    assert _told(marketplace) == (0, 1)


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_a_process_killed_while_sending_blocks_its_message_only_until_its_time_was_up(
    marketplace: InProcessMarketplace, news: Records, sdk: SdkInterceptor
) -> None:
    sdk.raise_error(EMAIL, ProcessKilled())
    with pytest.raises(ProcessKilled):
        table_stream.deliver("notify", news)
    sdk.restore()
    assert table_stream.deliver("notify", news) == _numbers(news)
    assert _told(marketplace) == (0, 1)
    marketplace.time_out_runs_in_progress()
    assert table_stream.deliver("notify", news) == []
    assert _told(marketplace) == (1, 1)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"requested_at": {"S": "yesterday"}},
        {"expires_at": {"S": "soon"}},
        {"request_id": {"S": "not an id"}},
    ],
)
def test_a_poison_record_fails_alone(
    marketplace: InProcessMarketplace, news: Records, spoilt: dict[str, Any]
) -> None:
    poison = copy.deepcopy(news[0])
    poison["dynamodb"]["SequenceNumber"] = "0"
    poison["dynamodb"]["NewImage"] |= spoilt
    assert table_stream.deliver("notify", [poison, *news]) == []
    [letter] = queues.take("FAILURE_QUEUE_URL")
    assert json.loads(letter.body)["dynamodb"]["SequenceNumber"] == "0"
    assert letter.reason in {"ValueError", "ValidationError", "KeyError"}
    assert _told(marketplace) == (1, 1)


def test_news_of_a_contract_that_is_not_there_comes_again(
    marketplace: InProcessMarketplace, news: Records
) -> None:
    """It may be about to be restored; after enough tries the failure queue keeps it."""
    news[0]["dynamodb"]["NewImage"]["contract_id"] = {"S": "c-gone"}
    assert table_stream.deliver("notify", news) == _numbers(news)
    assert _told(marketplace) == (0, 0)


def test_what_we_depend_on_failing_sends_nothing_and_loses_nothing(
    marketplace: InProcessMarketplace, news: Records, sdk: SdkInterceptor
) -> None:
    for operation in ("Query", "PutItem"):
        sdk.respond_with_error(operation, "ThrottlingException")
        assert table_stream.deliver("notify", news) == _numbers(news)
        assert _told(marketplace) == (0, 0)
        sdk.restore()
    assert table_stream.deliver("notify", news) == []
    assert _told(marketplace) == (1, 1)


def test_without_the_signing_key_the_email_waits_and_the_dash_message_is_sent(
    marketplace: InProcessMarketplace, news: Records, sdk: SdkInterceptor
) -> None:
    lambda_runtime.cold_start()
    sdk.respond_with_error("GetSecretValue", "ThrottlingException")
    assert table_stream.deliver("notify", news) == _numbers(news)
    assert _told(marketplace) == (0, 1)
    sdk.restore()
    assert table_stream.deliver("notify", news) == []
    assert _told(marketplace) == (1, 1)


def _told(marketplace: InProcessMarketplace) -> tuple[int, int]:
    return len(marketplace.emails()), len(marketplace.dash_messages())


def _numbers(records: Records) -> list[str]:
    return [record["dynamodb"]["SequenceNumber"] for record in records]
