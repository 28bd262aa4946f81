"""Retry and failure queues: a record that fails is kept whole, with its reason, and handled when it is retried."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from mid_job_feedback.aws import client, sender
from mid_job_feedback.domain.email_delivery import EmailState
from mid_job_feedback.domain.models import RequestStatus
from mid_job_feedback.messaging import news, notifications
from mid_job_feedback.storage import deliveries, items, transactions
from mid_job_feedback.storage.row_changes import RowChange, parse
from mid_job_feedback.workers import expiry, ingest
from tests import contract_queue, lambda_runtime, queues
from tests.builders import CLIENT, DAY, NOW, RATINGS, SECOND, a_request, an_email_report
from tests.component import table_stream
from tests.component.marketplace import Marketplace
from tests.sdk_interceptor import SdkInterceptor, raise_client_error
from tests.template import template

type Records = list[table_stream.Record]

RECORD_TIME = {"notify": notifications.RECORD_TIME, "expire": expiry.RECORD_TIME}


@pytest.fixture(autouse=True)
def _empty_queues(marketplace: Marketplace) -> None:
    for queue in ("RETRY_QUEUE_URL", "FAILURE_QUEUE_URL"):
        queues.take(queue)


@pytest.fixture
def requested(marketplace: Marketplace) -> Records:
    """The record of a request made just now."""
    marketplace.request_feedback()
    return marketplace.stream.new_records()[-1:]


@pytest.fixture
def time_left(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Milliseconds until the invocation times out, in a list so that tests can change them."""
    left = [_limit("Notify")]
    monkeypatch.setattr(lambda_runtime.Context, "get_remaining_time_in_millis", lambda _: left[0])
    return left


def test_a_failed_record_waits_in_the_retry_queue_with_its_reason_until_it_succeeds(
    marketplace: Marketplace, requested: Records, sdk: SdkInterceptor
) -> None:
    sdk.respond_with_error("SendEmail", "TooManyRequestsException")
    sdk.raise_error("Publish", ReadTimeoutError(endpoint_url="https://example.com/freelancer@example.com"))
    response = lambda_runtime.invoke("notify", {"Records": requested})
    assert response == {"batchItemFailures": []}
    [waiting] = queues.take("RETRY_QUEUE_URL")
    assert json.loads(waiting.body) == table_stream.queued("notify", requested[0])
    assert waiting.reason == "ses SendEmail throttled, sns Publish timed_out"
    assert table_stream.deliver_by_retry_queue("notify", *requested) == ["0"]
    sdk.restore()
    assert table_stream.deliver_by_retry_queue("notify", *requested, *requested) == []
    assert (len(marketplace.emails()), len(marketplace.dash_messages())) == (1, 1)


def test_without_the_retry_queue_the_stream_keeps_the_record(
    marketplace: Marketplace, requested: Records, sdk: SdkInterceptor
) -> None:
    sdk.respond_with_error("SendEmail", "TooManyRequestsException")
    sdk.respond_with_error("SendMessage", "ServiceUnavailable")
    response = lambda_runtime.invoke("notify", {"Records": requested})
    assert response == {
        "batchItemFailures": [{"itemIdentifier": number} for number in table_stream.sequence_numbers(requested)]
    }
    sdk.restore()
    assert table_stream.deliver("notify", requested) == []
    assert (len(marketplace.emails()), len(marketplace.dash_messages())) == (1, 1)


def test_with_too_little_time_left_a_record_is_not_started(
    marketplace: Marketplace, requested: Records, time_left: list[float]
) -> None:
    """A timeout would kill the process, and fail the whole batch."""
    time_left[0] = RECORD_TIME["notify"] - 1
    assert table_stream.deliver("notify", requested) == table_stream.sequence_numbers(requested)
    assert table_stream.deliver_by_retry_queue("notify", *requested) == ["0"]
    assert (marketplace.emails(), marketplace.dash_messages()) == ([], [])
    time_left[0] = RECORD_TIME["notify"]
    assert table_stream.deliver("notify", requested) == []
    assert (len(marketplace.emails()), len(marketplace.dash_messages())) == (1, 1)


def test_a_channel_that_never_responds_does_not_cause_a_timeout(
    marketplace: Marketplace, sdk: SdkInterceptor, time_left: list[float]
) -> None:
    for number in range(8):
        marketplace.start_eligible_contract(f"c-{number}")
        marketplace.request_feedback(f"c-{number}")
    records = marketplace.stream.new_records()

    def hang(*_: Any) -> None:
        time_left[0] -= _longest_calls("sesv2")
        raise ReadTimeoutError(endpoint_url="https://example.com/")

    sdk.respond("SendEmail", hang)
    lambda_runtime.invoke("notify", {"Records": table_stream.filtered("notify", records)})
    assert time_left[0] > 0
    reasons = [letter.reason for letter in queues.take("RETRY_QUEUE_URL")]
    assert reasons == ["ses SendEmail timed_out"] * 5 + ["OutOfTime"] * 3
    assert len(marketplace.dash_messages()) == 5


@pytest.mark.parametrize(
    "operation", ["Query", "PutItem", "UpdateItem", "GetSecretValue", "SendEmail", "Publish", "PutEvents"]
)
def test_a_record_takes_no_longer_than_its_time_whichever_call_never_gets_a_response(
    marketplace: Marketplace, requested: Records, sdk: SdkInterceptor, time_left: list[float], operation: str
) -> None:
    services = {"GetSecretValue": "secretsmanager", "SendEmail": "sesv2", "Publish": "sns", "PutEvents": "events"}

    def hang(*_: Any) -> None:
        time_left[0] -= _longest_calls(services.get(operation, "dynamodb"))
        raise ReadTimeoutError(endpoint_url="https://example.com/")

    lambda_runtime.cold_start()
    sdk.respond(operation, hang)
    lambda_runtime.invoke("notify", {"Records": requested})
    assert 0 < _limit("Notify") - time_left[0] < RECORD_TIME["notify"]


def test_the_timeout_leaves_time_for_a_record_without_any_response_and_for_others() -> None:
    assert _longest_calls("sesv2", "sns", "events") < RECORD_TIME["notify"] <= _limit("Notify") / 2
    assert _longest_calls("dynamodb") < RECORD_TIME["expire"] <= _limit("Expire") / 2
    assert _longest_calls("dynamodb") < ingest.RECORD_TIME <= _limit("Ingest") / 2
    assert _longest_calls("sqs") < ingest.RECORD_TIME


def test_a_poison_pill_in_the_retry_queue_goes_to_the_failure_queue(requested: Records) -> None:
    del requested[0]["dynamodb"]["NewImage"]["request_id"]
    assert table_stream.deliver_by_retry_queue("notify", *requested) == []
    [letter] = queues.take("FAILURE_QUEUE_URL")
    assert (json.loads(letter.body), letter.reason) == (table_stream.queued("notify", requested[0]), "KeyError")


@pytest.mark.parametrize(
    "changed",
    [
        *("text", 7, [], None, {"NewImage": [1]}, {"NewImage": {"contract_id": "c-1"}}, {"OldImage": "text"}),
        *({"Keys": "text"}, {"Keys": {"SK": "text"}}, {"Keys": {"SK": {"S": "CONTRACT"}}, "NewImage": "text"}),
    ],
)
@pytest.mark.parametrize("function", ["notify", "expire"])
def test_a_poison_pill_of_any_form_goes_to_the_failure_queue(
    requested: Records, changed: Any, function: str
) -> None:
    poison_pill = {"eventID": "e-1", "eventName": "MODIFY", "dynamodb": changed}
    message = {"messageId": "m-1", "body": json.dumps(poison_pill), "eventSource": "aws:sqs", "attributes": {}}
    assert lambda_runtime.invoke(function, {"Records": [message]}) == {"batchItemFailures": []}
    [letter] = queues.take("FAILURE_QUEUE_URL")
    assert json.loads(letter.body) == table_stream.queued(function, poison_pill)
    assert json.loads(letter.body)["eventID"] == "e-1"


@pytest.mark.parametrize(
    ("body", "reason"), [("{", "JSONDecodeError"), ("[" * 100_000, "RecursionError")], ids=["cut off", "nested"]
)
def test_a_message_in_the_retry_queue_that_is_not_json_goes_to_the_failure_queue(body: str, reason: str) -> None:
    message = {"messageId": "m-1", "body": body, "eventSource": "aws:sqs", "attributes": {}}
    assert lambda_runtime.invoke("notify", {"Records": [message]}) == {"batchItemFailures": []}
    [letter] = queues.take("FAILURE_QUEUE_URL")
    assert (letter.body, letter.reason) == (body, reason)


@pytest.mark.parametrize(
    "position",
    [None, {}, {"streamArn": "a", "shardId": "s", "startSequenceNumber": "1", "endSequenceNumber": "x"}],
)
def test_a_malformed_position_goes_to_the_failure_queue(requested: Records, position: Any) -> None:
    poison_pill = {"DDBStreamBatchInfo": position}
    assert table_stream.deliver_by_retry_queue("notify", poison_pill, *requested) == []
    [letter] = queues.take("FAILURE_QUEUE_URL")
    assert (json.loads(letter.body), letter.reason) == (poison_pill, "PositionMalformed")


def test_a_record_that_fails_again_is_retried_alone(
    marketplace: Marketplace, requested: Records, sdk: SdkInterceptor
) -> None:
    gone = json.loads(json.dumps(requested[0]).replace('"c-1"', '"c-gone"'))
    assert table_stream.deliver_by_retry_queue("notify", gone, *requested) == ["0"]
    assert len(marketplace.emails()) == 1


def test_the_records_at_a_stream_position_are_read_and_handled(marketplace: Marketplace) -> None:
    """Lambda sends a position, not records, if the process died at every attempt. Other records lie in between."""
    marketplace.start_eligible_contract("c-2")
    marketplace.request_feedback("c-1")
    marketplace.pay("c-2")
    marketplace.request_feedback("c-2")
    requested = table_stream.filtered("notify", marketplace.stream.new_records())
    marketplace.start_eligible_contract("c-3")
    marketplace.request_feedback("c-3")
    assert table_stream.deliver_by_retry_queue("notify", table_stream.position_message(requested)) == []
    assert [message["contract_id"] for message in marketplace.dash_messages()] == ["c-1", "c-2"]


def test_a_record_at_a_position_that_fails_waits_alone(marketplace: Marketplace, sdk: SdkInterceptor) -> None:
    marketplace.start_eligible_contract("c-2")
    marketplace.request_feedback("c-1")
    marketplace.request_feedback("c-2")
    requested = table_stream.filtered("notify", marketplace.stream.new_records())
    _throttle(sdk, "c-1")
    assert table_stream.deliver_by_retry_queue("notify", table_stream.position_message(requested)) == []
    [waiting] = queues.take("RETRY_QUEUE_URL")
    assert json.loads(waiting.body)["dynamodb"]["NewImage"]["contract_id"] == {"S": "c-1"}
    assert len(marketplace.emails()) == 1


def test_a_position_that_the_stream_no_longer_has_stays_in_the_queue(
    marketplace: Marketplace, requested: Records, sdk: SdkInterceptor
) -> None:
    sdk.respond_with_error("GetShardIterator", "TrimmedDataAccessException")
    assert table_stream.deliver_by_retry_queue("notify", table_stream.position_message(requested)) == ["0"]


@pytest.mark.parametrize("message", [{}, {"requestPayload": {}}, {"version": "0", "source": "aws.scheduler"}])
def test_a_failed_run_of_the_sweep_is_dropped(marketplace: Marketplace, message: Any) -> None:
    assert table_stream.deliver_by_retry_queue("expire", message) == []
    assert queues.take("FAILURE_QUEUE_URL") == []


@pytest.mark.parametrize(("function", "read"), [("notify", news.read), ("expire", expiry.read)])
def test_the_function_and_its_event_filter_accept_the_same_records(
    marketplace: Marketplace, function: str, read: Callable[[RowChange], object]
) -> None:
    """The filter does not apply to records that are read at a position.

    It cannot compare the row of a contract or of feedback with what it was, so it lets all their changes through.
    """
    everything = _records_of_every_kind(marketplace)
    passed = table_stream.filtered(function, everything)
    accepted = [record for record in everything if read(parse(record)) is not None]
    assert 0 < len(accepted) < len(everything)
    assert accepted == [record for record in passed if not _needs_comparing(record) or record in accepted]


@pytest.mark.parametrize("name", ["Notify", "Expire"])
def test_a_retry_begins_after_the_previous_attempt_has_ended(name: str) -> None:
    resources = template()["Resources"]
    queue = resources[f"{name}RetryQueue"]["Properties"]
    assert queue["VisibilityTimeout"] > resources[f"{name}Function"]["Properties"]["Timeout"]
    assert queue["MessageRetentionPeriod"] > queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"]


@pytest.mark.parametrize(("function", "read"), [("notify", news.read), ("expire", expiry.read)])
def test_a_record_says_the_same_without_names_addresses_and_words(
    marketplace: Marketplace, function: str, read: Callable[[RowChange], Any]
) -> None:
    records = table_stream.filtered(function, _records_of_every_kind(marketplace))
    said = [_facts(read(parse(record))) for record in records]
    queued = [table_stream.queued(function, record) for record in records]
    assert [_facts(read(parse(record))) for record in queued] == said
    assert [table_stream.queued(function, record) for record in queued] == queued
    kinds = {facts[0] for facts in said} - {"NoneType"}
    assert len(kinds) == (1 if function == "expire" else 9), kinds


def _facts(found: Any) -> tuple[Any, ...]:
    found = found.request if isinstance(found, news.RequestChanged) else found
    names = (
        "contract_id",
        "request_id",
        "feedback_id",
        "status",
        "revision",
        "decision_id",
        "report_id",
        "outcome",
    )
    return (type(found).__name__, *(getattr(found, name, None) for name in names))


def test_a_retried_record_is_told_with_the_message_that_the_table_has(marketplace: Marketplace) -> None:
    marketplace.request_feedback(body={"message": "How is the work going?"})
    requested = marketplace.stream.new_records()[-1]
    assert "going" not in json.dumps(table_stream.queued("notify", requested))
    assert table_stream.deliver_by_retry_queue("notify", requested) == []
    assert "How is the work going?" in marketplace.emails()[0].text


def test_a_retried_record_of_a_request_that_is_closed_by_now_has_its_message(marketplace: Marketplace) -> None:
    """Between its removal and the record of that, no row has the message. The record is retried again."""
    marketplace.request_feedback(body={"message": "How is the work going?"})
    requested = marketplace.stream.new_records()[-1]
    marketplace.wait(14 * DAY)
    marketplace.sweep()
    assert table_stream.deliver_by_retry_queue("notify", requested) == ["0"]
    assert marketplace.dash_messages() == []
    removals = marketplace.stream.new_records()
    assert table_stream.deliver("expire", removals) == []
    closed = marketplace.stream.new_records()[-1]
    assert table_stream.deliver_by_retry_queue("notify", requested, closed) == []
    events = [json.loads(put["Entries"][0]["Detail"]) for put in marketplace.sdk.parameters_of("PutEvents")]
    assert [(event["request"]["status"], event["request"]["message"]) for event in events] == [
        ("pending", "How is the work going?"),
        ("expired", "How is the work going?"),
    ]


def test_the_records_of_a_batch_stay_in_the_stream_until_it_is_known_who_was_erased(
    marketplace: Marketplace, sdk: SdkInterceptor
) -> None:
    """A queue would keep their messages for two weeks. Those without a message go to the queue as ever."""
    marketplace.request_feedback(body={"message": "How is the work going?"})
    marketplace.stream.new_records()
    marketplace.remove_by_ttl("c-1")
    removals = table_stream.filtered("expire", marketplace.stream.new_records())
    for operation in ("BatchGetItem", "PutItem"):
        sdk.respond_with_error(operation, "ServiceUnavailable")
    failed = {"batchItemFailures": [{"itemIdentifier": each} for each in table_stream.sequence_numbers(removals)]}
    assert lambda_runtime.invoke("expire", {"Records": removals}) == failed
    assert queues.take("RETRY_QUEUE_URL") == []
    assert table_stream.deliver_by_retry_queue("expire", table_stream.position_message(removals)) == ["0"]
    del removals[0]["dynamodb"]["OldImage"]["message"]
    assert lambda_runtime.invoke("expire", {"Records": removals}) == {"batchItemFailures": []}
    assert len(queues.take("RETRY_QUEUE_URL")) == 1


def _records_of_every_kind(marketplace: Marketplace) -> Records:
    moved = {"id": CLIENT.id, "name": CLIENT.name, "email": "new@example.com"}
    assert contract_queue.deliver(contract_queue.event("contract-started", NOW + SECOND, client=moved)) == []
    request_id = marketplace.request_feedback().body["request_id"]
    deliveries.record("c-1", request_id, an_email_report(state=EmailState.BOUNCED))
    client("dynamodb").update_item(
        TableName="feedback",
        Key=items.open_request_key("c-1", request_id),
        UpdateExpression="SET reminded_at = :now",
        ExpressionAttributeValues={":now": {"N": str(items.seconds(NOW))}},
    )
    marketplace.wait(14 * DAY)
    marketplace.sweep()
    removals = marketplace.stream.new_records()
    assert table_stream.deliver("expire", removals) == []
    marketplace.pay(paid_at=marketplace.clock.now())
    marketplace.request_feedback()
    feedback_id = marketplace.submit_feedback().body["feedback_id"]
    marketplace.correct(feedback_id, {"ratings": RATINGS})
    for text in ("Thank you.", "Thank you very much."):
        assert marketplace.reply(feedback_id, text).status == 200
    assert marketplace.report(feedback_id).status == 201
    for state in ("removed", "visible"):
        assert marketplace.moderate(feedback_id, state).status == 200
    marketplace.end_contract()
    marketplace.publish_event("end-of-contract-feedback")
    return removals + marketplace.stream.new_records()


def _needs_comparing(record: dict[str, Any]) -> bool:
    event, sort = record["eventName"], record["dynamodb"]["Keys"]["SK"]["S"]
    return bool(event == "MODIFY" and (sort == items.CONTRACT or sort.startswith(items.FEEDBACK)))


def _limit(function: str) -> float:
    seconds: int = template()["Resources"][f"{function}Function"]["Properties"]["Timeout"]
    return seconds * 1000


def _longest_calls(*services: str) -> float:
    """Milliseconds that calls without a response take: all attempts of their clients, and the pauses between."""
    seconds = 0.0
    for service in services:
        config = (sender if service in {"sesv2", "sns"} else client)(service).meta.config
        attempts = config.retries["total_max_attempts"]
        seconds += (config.connect_timeout + config.read_timeout) * attempts + sum(
            2**retry for retry in range(attempts - 1)
        )
    return seconds * 1000


def _throttle(sdk: SdkInterceptor, contract_id: str) -> None:
    def respond(caller: Any, parameters: dict[str, Any]) -> Any:
        if f"CONTRACT#{contract_id}" in str(parameters):
            raise_client_error(caller, "Query", "ThrottlingException")
        return sdk.send(caller, "Query", parameters)

    sdk.respond("Query", respond)


@pytest.mark.parametrize("status", set(RequestStatus) - {RequestStatus.PENDING})
def test_the_filter_lets_a_closed_request_through_just_if_it_is_announced(status: RequestStatus) -> None:
    image = transactions.record(a_request(status=status, closed_at=NOW))["Item"]
    keys = {name: image[name] for name in ("PK", "SK")}
    record = {"eventName": "INSERT", "dynamodb": {"Keys": keys, "NewImage": image}}
    assert bool(table_stream.filtered("notify", [record])) is (news.read(parse(record)) is not None)
