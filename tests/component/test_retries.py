"""What could not be handled is put aside whole, with its reason, and handled when it comes again."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from mid_job_feedback.aws import client, sender
from mid_job_feedback.messaging import notifications
from mid_job_feedback.storage.row_changes import RowChange, parse
from mid_job_feedback.workers import expiry
from tests import lambda_runtime, queues
from tests.builders import DAY
from tests.component import table_stream
from tests.component.marketplace import InProcessMarketplace
from tests.sdk_interceptor import SdkInterceptor, raise_client_error
from tests.template import template

type Records = list[table_stream.Record]

RECORD_TIME = {"notify": notifications.RECORD_TIME, "expire": expiry.RECORD_TIME}


@pytest.fixture(autouse=True)
def _empty_queues(marketplace: InProcessMarketplace) -> None:
    for queue in ("RETRY_QUEUE_URL", "FAILURE_QUEUE_URL"):
        queues.take(queue)


@pytest.fixture
def asked(marketplace: InProcessMarketplace) -> Records:
    """The record of a request made just now."""
    marketplace.request_feedback()
    return marketplace.stream.new_records()[-1:]


@pytest.fixture
def removed(marketplace: InProcessMarketplace) -> Records:
    """The record of an expired request's removal."""
    marketplace.request_feedback()
    marketplace.wait(15 * DAY)
    marketplace.remove_by_ttl()
    return marketplace.stream.new_records()[-1:]


@pytest.fixture
def time_left(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Milliseconds until the process would be killed."""
    left = [_limit("Notify")]
    monkeypatch.setattr(lambda_runtime.Context, "get_remaining_time_in_millis", lambda _: left[0])
    return left


def test_what_cannot_be_sent_now_waits_in_the_retry_queue_with_its_reason(
    asked: Records, sdk: SdkInterceptor
) -> None:
    sdk.respond_with_error("SendEmail", "TooManyRequestsException")
    sdk.raise_error("Publish", ReadTimeoutError(endpoint_url="https://example.com/freelancer@example.com"))
    [response] = _handed_to("notify", asked)
    assert response == {"batchItemFailures": []}
    [waiting] = queues.take("RETRY_QUEUE_URL")
    assert json.loads(waiting.body) == asked[0]
    assert waiting.reason == "ses SendEmail throttled, sns Publish timed_out"


def test_it_is_sent_when_it_comes_again(
    marketplace: InProcessMarketplace, asked: Records, sdk: SdkInterceptor
) -> None:
    sdk.respond_with_error("SendEmail", "TooManyRequestsException")
    _handed_to("notify", asked)
    assert table_stream.deliver_by_retry_queue("notify", *asked) == ["0"]
    sdk.restore()
    assert table_stream.deliver_by_retry_queue("notify", *asked, *asked) == []
    assert (len(marketplace.emails()), len(marketplace.dash_messages())) == (1, 1)


def test_a_removal_that_cannot_be_recorded_now_is_recorded_later(
    marketplace: InProcessMarketplace, removed: Records, sdk: SdkInterceptor
) -> None:
    sdk.respond_with_error("PutItem", "ThrottlingException")
    assert table_stream.deliver("expire", removed) == table_stream.sequence_numbers(removed)
    assert marketplace.feedback_tab().body["past_requests"] == []
    sdk.restore()
    assert table_stream.deliver_by_retry_queue("expire", *removed) == []
    assert [request["status"] for request in marketplace.feedback_tab().body["past_requests"]] == ["expired"]


def test_when_no_queue_can_be_reached_the_stream_keeps_the_record(
    marketplace: InProcessMarketplace, asked: Records, sdk: SdkInterceptor
) -> None:
    sdk.respond_with_error("SendEmail", "TooManyRequestsException")
    sdk.respond_with_error("SendMessage", "ServiceUnavailable")
    [response] = _handed_to("notify", asked)
    assert response == {
        "batchItemFailures": [{"itemIdentifier": number} for number in table_stream.sequence_numbers(asked)]
    }
    sdk.restore()
    assert table_stream.deliver("notify", asked) == []
    assert (len(marketplace.emails()), len(marketplace.dash_messages())) == (1, 1)


def test_what_might_not_end_in_time_is_put_aside_untried(
    marketplace: InProcessMarketplace, asked: Records, time_left: list[float]
) -> None:
    """Or the process would be killed, and its neighbours with it."""
    time_left[0] = RECORD_TIME["notify"] - 1
    assert table_stream.deliver("notify", asked) == table_stream.sequence_numbers(asked)
    assert table_stream.deliver_by_retry_queue("notify", *asked) == ["0"]
    assert (marketplace.emails(), marketplace.dash_messages()) == ([], [])
    time_left[0] = RECORD_TIME["notify"]
    assert table_stream.deliver("notify", asked) == []
    assert (len(marketplace.emails()), len(marketplace.dash_messages())) == (1, 1)


def test_a_channel_that_never_answers_does_not_get_the_process_killed(
    marketplace: InProcessMarketplace, sdk: SdkInterceptor, time_left: list[float]
) -> None:
    for number in range(8):
        marketplace.start_eligible_contract(f"c-{number}")
        marketplace.request_feedback(f"c-{number}")
    news = marketplace.stream.new_records()

    def hang(*_: Any) -> None:
        time_left[0] -= _patience("sesv2")
        raise ReadTimeoutError(endpoint_url="https://example.com/")

    sdk.respond("SendEmail", hang)
    _handed_to("notify", table_stream.filtered("notify", news))
    assert time_left[0] > 0
    reasons = [letter.reason for letter in queues.take("RETRY_QUEUE_URL")]
    assert reasons == ["ses SendEmail timed_out"] * 3 + ["OutOfTime"] * 5
    assert len(marketplace.dash_messages()) == 3


def test_there_is_time_for_a_record_that_nobody_answers_and_for_others() -> None:
    assert _patience("sesv2", "sns") < RECORD_TIME["notify"] <= _limit("Notify") / 2
    assert _patience("dynamodb") < RECORD_TIME["expire"] <= _limit("Expire") / 2


def test_a_broken_record_that_comes_again_goes_to_the_failure_queue(asked: Records) -> None:
    del asked[0]["dynamodb"]["NewImage"]["request_id"]
    assert table_stream.deliver_by_retry_queue("notify", *asked) == []
    [letter] = queues.take("FAILURE_QUEUE_URL")
    assert (json.loads(letter.body), letter.reason) == (asked[0], "KeyError")


def test_one_that_fails_again_leaves_its_neighbours_alone(
    marketplace: InProcessMarketplace, asked: Records, sdk: SdkInterceptor
) -> None:
    gone = json.loads(json.dumps(asked[0]).replace('"c-1"', '"c-gone"'))
    assert table_stream.deliver_by_retry_queue("notify", gone, *asked) == ["0"]
    assert len(marketplace.emails()) == 1


def test_a_position_in_the_stream_is_read_from_there(marketplace: InProcessMarketplace) -> None:
    """As Lambda leaves it when the process died every time: with other records in between."""
    marketplace.start_eligible_contract("c-2")
    marketplace.request_feedback("c-1")
    marketplace.pay("c-2")
    marketplace.request_feedback("c-2")
    asked = table_stream.filtered("notify", marketplace.stream.new_records())
    marketplace.start_eligible_contract("c-3")
    marketplace.request_feedback("c-3")
    assert table_stream.deliver_by_retry_queue("notify", table_stream.position_message(asked)) == []
    assert [message["contract_id"] for message in marketplace.dash_messages()] == ["c-1", "c-2"]


def test_what_fails_again_at_a_position_waits_by_itself(
    marketplace: InProcessMarketplace, sdk: SdkInterceptor
) -> None:
    marketplace.start_eligible_contract("c-2")
    marketplace.request_feedback("c-1")
    marketplace.request_feedback("c-2")
    asked = table_stream.filtered("notify", marketplace.stream.new_records())
    _busy_for(sdk, "c-1")
    assert table_stream.deliver_by_retry_queue("notify", table_stream.position_message(asked)) == []
    [waiting] = queues.take("RETRY_QUEUE_URL")
    assert json.loads(waiting.body)["dynamodb"]["NewImage"]["contract_id"] == {"S": "c-1"}
    assert len(marketplace.emails()) == 1


def test_a_position_that_the_stream_has_forgotten_stays_in_the_queue(
    marketplace: InProcessMarketplace, asked: Records, sdk: SdkInterceptor
) -> None:
    sdk.respond_with_error("GetShardIterator", "TrimmedDataAccessException")
    assert table_stream.deliver_by_retry_queue("notify", table_stream.position_message(asked)) == ["0"]


@pytest.mark.parametrize("message", [{}, {"requestPayload": {}}, {"version": "0", "source": "aws.scheduler"}])
def test_a_run_of_the_sweep_that_failed_needs_no_second_try(
    marketplace: InProcessMarketplace, message: Any
) -> None:
    assert table_stream.deliver_by_retry_queue("expire", message) == []
    assert queues.take("FAILURE_QUEUE_URL") == []


@pytest.mark.parametrize(("function", "read"), [("notify", notifications.read), ("expire", expiry.read)])
def test_the_function_takes_of_the_stream_just_what_the_filter_lets_through(
    marketplace: InProcessMarketplace, function: str, read: Callable[[RowChange], object]
) -> None:
    """A position leads to records of all kinds, so both must say the same."""
    everything = _a_bit_of_everything(marketplace)
    wanted = table_stream.filtered(function, everything)
    assert 0 < len(wanted) < len(everything)
    assert [record for record in everything if read(parse(record)) is not None] == wanted


@pytest.mark.parametrize("name", ["Notify", "Expire"])
def test_the_next_try_comes_after_the_one_before_has_ended(name: str) -> None:
    resources = template()["Resources"]
    queue = resources[f"{name}RetryQueue"]["Properties"]
    assert queue["VisibilityTimeout"] > resources[f"{name}Function"]["Properties"]["Timeout"]
    assert queue["MessageRetentionPeriod"] > queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"]


def _a_bit_of_everything(marketplace: InProcessMarketplace) -> Records:
    marketplace.request_feedback()
    marketplace.wait(14 * DAY)
    marketplace.sweep()
    removals = marketplace.stream.new_records()
    assert table_stream.deliver("expire", removals) == []
    marketplace.pay(paid_at=marketplace.clock.now())
    marketplace.request_feedback()
    marketplace.submit_feedback()
    marketplace.end_contract()
    marketplace.publish_event("end-of-contract-feedback")
    return removals + marketplace.stream.new_records()


def _handed_to(function: str, *batches: Records) -> list[Any]:
    return [lambda_runtime.invoke(function, {"Records": batch}) for batch in batches]


def _limit(function: str) -> float:
    seconds: int = template()["Resources"][f"{function}Function"]["Properties"]["Timeout"]
    return seconds * 1000


def _patience(*services: str) -> float:
    """Milliseconds that calls which nobody answers take: every try of their clients, and the naps between."""
    seconds = 0.0
    for service in services:
        config = (sender if service in {"sesv2", "sns"} else client)(service).meta.config
        tries = config.retries["total_max_attempts"]
        seconds += (config.connect_timeout + config.read_timeout) * tries + sum(2**nap for nap in range(tries - 1))
    return seconds * 1000


def _busy_for(sdk: SdkInterceptor, contract_id: str) -> None:
    def respond(caller: Any, asked: dict[str, Any]) -> Any:
        if f"CONTRACT#{contract_id}" in str(asked):
            raise_client_error(caller, "Query", "ThrottlingException")
        return sdk.send(caller, "Query", asked)

    sdk.respond("Query", respond)
