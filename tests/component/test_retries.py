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
from tests import aws, queues
from tests.builders import DAY
from tests.component import stream
from tests.component.marketplace import Marketplace
from tests.sdk import Sdk, fail
from tests.template import template

type Records = list[stream.Record]

RECORD_TIME = {"notify": notifications.RECORD_TIME, "expire": expiry.RECORD_TIME}


@pytest.fixture(autouse=True)
def _empty_queues(marketplace: Marketplace) -> None:
    for queue in ("RETRY_QUEUE_URL", "FAILURE_QUEUE_URL"):
        queues.take(queue)


@pytest.fixture
def asked(marketplace: Marketplace) -> Records:
    """The record of a request made just now."""
    marketplace.ask()
    return marketplace.stream.news()[-1:]


@pytest.fixture
def removed(marketplace: Marketplace) -> Records:
    """The record of an expired request's removal."""
    marketplace.ask()
    marketplace.wait(15 * DAY)
    marketplace.remove_by_ttl()
    return marketplace.stream.news()[-1:]


@pytest.fixture
def time_left(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Milliseconds until the process would be killed."""
    left = [_limit("Notify")]
    monkeypatch.setattr(aws.Context, "get_remaining_time_in_millis", lambda _: left[0])
    return left


def test_what_cannot_be_sent_now_waits_in_the_retry_queue_with_its_reason(asked: Records, sdk: Sdk) -> None:
    sdk.refuse("SendEmail", "TooManyRequestsException")
    sdk.interrupt("Publish", ReadTimeoutError(endpoint_url="https://example.com/freelancer@example.com"))
    [answer] = _handed_to("notify", asked)
    assert answer == {"batchItemFailures": []}
    [waiting] = queues.take("RETRY_QUEUE_URL")
    assert json.loads(waiting.body) == asked[0]
    assert waiting.reason == "TooManyRequestsException, ReadTimeoutError"


def test_it_is_sent_when_it_comes_again(marketplace: Marketplace, asked: Records, sdk: Sdk) -> None:
    sdk.refuse("SendEmail", "TooManyRequestsException")
    _handed_to("notify", asked)
    assert stream.deliver_by_queue("notify", *asked) == ["0"]
    sdk.heal()
    assert stream.deliver_by_queue("notify", *asked, *asked) == []
    assert (len(marketplace.emails()), len(marketplace.dash())) == (1, 1)


def test_a_removal_that_cannot_be_recorded_now_is_recorded_later(
    marketplace: Marketplace, removed: Records, sdk: Sdk
) -> None:
    sdk.refuse("PutItem", "ThrottlingException")
    assert stream.deliver("expire", removed) == stream.numbers(removed)
    assert marketplace.tab().body["past_requests"] == []
    sdk.heal()
    assert stream.deliver_by_queue("expire", *removed) == []
    assert [request["status"] for request in marketplace.tab().body["past_requests"]] == ["expired"]


def test_when_no_queue_can_be_reached_the_stream_keeps_the_record(
    marketplace: Marketplace, asked: Records, sdk: Sdk
) -> None:
    sdk.refuse("SendEmail", "TooManyRequestsException")
    sdk.refuse("SendMessage", "ServiceUnavailable")
    [answer] = _handed_to("notify", asked)
    assert answer == {"batchItemFailures": [{"itemIdentifier": number} for number in stream.numbers(asked)]}
    sdk.heal()
    assert stream.deliver("notify", asked) == []
    assert (len(marketplace.emails()), len(marketplace.dash())) == (1, 1)


def test_what_might_not_end_in_time_is_put_aside_untried(
    marketplace: Marketplace, asked: Records, time_left: list[float]
) -> None:
    """Or the process would be killed, and its neighbours with it."""
    time_left[0] = RECORD_TIME["notify"] - 1
    assert stream.deliver("notify", asked) == stream.numbers(asked)
    assert stream.deliver_by_queue("notify", *asked) == ["0"]
    assert (marketplace.emails(), marketplace.dash()) == ([], [])
    time_left[0] = RECORD_TIME["notify"]
    assert stream.deliver("notify", asked) == []
    assert (len(marketplace.emails()), len(marketplace.dash())) == (1, 1)


def test_a_channel_that_never_answers_does_not_get_the_process_killed(
    marketplace: Marketplace, sdk: Sdk, time_left: list[float]
) -> None:
    for number in range(8):
        marketplace.run(f"c-{number}")
        marketplace.ask(f"c-{number}")
    news = marketplace.stream.news()

    def hang(*_: Any) -> None:
        time_left[0] -= _patience("sesv2")
        raise ReadTimeoutError(endpoint_url="https://example.com/")

    sdk.instead("SendEmail", hang)
    _handed_to("notify", stream.let_through("notify", news))
    assert time_left[0] > 0
    reasons = [letter.reason for letter in queues.take("RETRY_QUEUE_URL")]
    assert reasons == ["ReadTimeoutError"] * 3 + ["OutOfTime"] * 5
    assert len(marketplace.dash()) == 3


def test_there_is_time_for_a_record_that_nobody_answers_and_for_others() -> None:
    assert _patience("sesv2", "sns") < RECORD_TIME["notify"] <= _limit("Notify") / 2
    assert _patience("dynamodb") < RECORD_TIME["expire"] <= _limit("Expire") / 2


def test_a_broken_record_that_comes_again_goes_to_the_failure_queue(asked: Records) -> None:
    del asked[0]["dynamodb"]["NewImage"]["request_id"]
    assert stream.deliver_by_queue("notify", *asked) == []
    [letter] = queues.take("FAILURE_QUEUE_URL")
    assert (json.loads(letter.body), letter.reason) == (asked[0], "KeyError")


def test_one_that_fails_again_leaves_its_neighbours_alone(
    marketplace: Marketplace, asked: Records, sdk: Sdk
) -> None:
    gone = json.loads(json.dumps(asked[0]).replace('"c-1"', '"c-gone"'))
    assert stream.deliver_by_queue("notify", gone, *asked) == ["0"]
    assert len(marketplace.emails()) == 1


def test_a_position_in_the_stream_is_read_from_there(marketplace: Marketplace) -> None:
    """As Lambda leaves it when the process died every time: with other records in between."""
    marketplace.run("c-2")
    marketplace.ask("c-1")
    marketplace.pay("c-2")
    marketplace.ask("c-2")
    asked = stream.let_through("notify", marketplace.stream.news())
    marketplace.run("c-3")
    marketplace.ask("c-3")
    assert stream.deliver_by_queue("notify", stream.position(asked)) == []
    assert [message["contract_id"] for message in marketplace.dash()] == ["c-1", "c-2"]


def test_what_fails_again_at_a_position_waits_by_itself(marketplace: Marketplace, sdk: Sdk) -> None:
    marketplace.run("c-2")
    marketplace.ask("c-1")
    marketplace.ask("c-2")
    asked = stream.let_through("notify", marketplace.stream.news())
    _busy_for(sdk, "c-1")
    assert stream.deliver_by_queue("notify", stream.position(asked)) == []
    [waiting] = queues.take("RETRY_QUEUE_URL")
    assert json.loads(waiting.body)["dynamodb"]["NewImage"]["contract_id"] == {"S": "c-1"}
    assert len(marketplace.emails()) == 1


def test_a_position_that_the_stream_has_forgotten_stays_in_the_queue(
    marketplace: Marketplace, asked: Records, sdk: Sdk
) -> None:
    sdk.refuse("GetShardIterator", "TrimmedDataAccessException")
    assert stream.deliver_by_queue("notify", stream.position(asked)) == ["0"]


@pytest.mark.parametrize("message", [{}, {"requestPayload": {}}, {"version": "0", "source": "aws.scheduler"}])
def test_a_run_of_the_sweep_that_failed_needs_no_second_try(marketplace: Marketplace, message: Any) -> None:
    assert stream.deliver_by_queue("expire", message) == []
    assert queues.take("FAILURE_QUEUE_URL") == []


@pytest.mark.parametrize(("function", "read"), [("notify", notifications.read), ("expire", expiry.read)])
def test_the_function_takes_of_the_stream_just_what_the_filter_lets_through(
    marketplace: Marketplace, function: str, read: Callable[[RowChange], object]
) -> None:
    """A position leads to records of all kinds, so both must say the same."""
    everything = _a_bit_of_everything(marketplace)
    wanted = stream.let_through(function, everything)
    assert 0 < len(wanted) < len(everything)
    assert [record for record in everything if read(parse(record)) is not None] == wanted


@pytest.mark.parametrize("name", ["Notify", "Expire"])
def test_the_next_try_comes_after_the_one_before_has_ended(name: str) -> None:
    resources = template()["Resources"]
    queue = resources[f"{name}RetryQueue"]["Properties"]
    assert queue["VisibilityTimeout"] > resources[f"{name}Function"]["Properties"]["Timeout"]
    assert queue["MessageRetentionPeriod"] > queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"]


def _a_bit_of_everything(marketplace: Marketplace) -> Records:
    marketplace.ask()
    marketplace.wait(14 * DAY)
    marketplace.sweep()
    removals = marketplace.stream.news()
    assert stream.deliver("expire", removals) == []
    marketplace.pay(paid_at=marketplace.clock.now())
    marketplace.ask()
    marketplace.give()
    marketplace.end()
    marketplace.tell("end-of-contract-feedback")
    return removals + marketplace.stream.news()


def _handed_to(function: str, *batches: Records) -> list[Any]:
    return [aws.invoke(function, {"Records": batch}) for batch in batches]


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


def _busy_for(sdk: Sdk, contract_id: str) -> None:
    def answer(caller: Any, asked: dict[str, Any]) -> Any:
        if f"CONTRACT#{contract_id}" in str(asked):
            fail(caller, "Query", "ThrottlingException")
        return sdk.send(caller, "Query", asked)

    sdk.instead("Query", answer)
