"""Which domain events are put on the bus, what is in them, and what becomes of one that the bus does not take."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from mid_job_feedback.domain.domain_events import SOURCE
from mid_job_feedback.domain.models import shown
from tests import contract_queue, lambda_runtime, queues
from tests.builders import DAY, NOW, SECOND
from tests.component import table_stream
from tests.component.log_lines import LogOutput, explanation, read
from tests.component.marketplace import Marketplace
from tests.sdk_interceptor import SdkInterceptor
from tests.template import template

PARTIES = {"contract_id": "c-1", "freelancer_id": "u-freelancer", "client_id": "u-client"}


def kinds(marketplace: Marketplace) -> list[str]:
    marketplace.process_stream()
    return [kind for kind, _ in marketplace.domain_events()]


def only(marketplace: Marketplace, kind: str) -> dict[str, Any]:
    marketplace.process_stream()
    [detail] = [detail for found, detail in marketplace.domain_events() if found == kind]
    return detail


def without_delivery(shown_request: dict[str, Any]) -> dict[str, Any]:
    """A request as events have it: what became of its e-mail is not known yet, or changes later."""
    return {name: value for name, value in shown_request.items() if name != "delivery"}


def test_a_request_is_an_event_with_what_the_tab_shows_of_it(marketplace: Marketplace) -> None:
    marketplace.request_feedback(body={"message": "How is it going?"})
    shown_request = without_delivery(marketplace.feedback_tab().body["open_request"])
    assert only(marketplace, "FeedbackRequested") == {
        "event_id": f"FeedbackRequested:{shown_request['request_id']}",
        "occurred_at": shown(NOW),
        "version": 1,
        **PARTIES,
        "request": shown_request,
    }


def test_feedback_is_an_event_with_what_the_tab_shows_of_it(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.submit_feedback()
    [shown_feedback] = marketplace.feedback_tab().body["feedback"]
    assert shown_feedback["request_id"]
    assert only(marketplace, "FeedbackProvided") == {
        "event_id": f"FeedbackProvided:{shown_feedback['feedback_id']}",
        "occurred_at": shown(NOW),
        "version": 1,
        **PARTIES,
        "feedback": shown_feedback,
    }


def expire(marketplace: Marketplace) -> None:
    marketplace.wait(14 * DAY)
    marketplace.sweep()


@pytest.mark.parametrize(
    ("status", "close"),
    [
        ("fulfilled", Marketplace.submit_feedback),
        ("expired", expire),
        ("cancelled", Marketplace.end_contract),
    ],
)
def test_every_end_of_a_request_is_an_event(
    marketplace: Marketplace, status: str, close: Callable[[Marketplace], object]
) -> None:
    marketplace.request_feedback()
    marketplace.wait(SECOND)
    close(marketplace)
    event = only(marketplace, "FeedbackRequestClosed")
    [shown_request] = marketplace.feedback_tab().body["past_requests"]
    assert event == {
        "event_id": f"FeedbackRequestClosed:{shown_request['request_id']}",
        "occurred_at": shown_request["closed_at"],
        "version": 1,
        **PARTIES,
        "status": status,
        "request": without_delivery(shown_request),
    }
    assert shown_request["status"] == status
    assert shown_request["closed_at"] == shown(NOW + (14 * DAY if status == "expired" else SECOND))


def test_feedback_that_the_marketplace_provides_is_no_event(marketplace: Marketplace) -> None:
    marketplace.end_contract()
    marketplace.publish_event("end-of-contract-feedback")
    assert kinds(marketplace) == []


def test_events_go_to_the_bus_with_their_source_and_the_time_at_which_it_happened(
    marketplace: Marketplace,
) -> None:
    marketplace.request_feedback()
    records = marketplace.stream.new_records()
    marketplace.wait(DAY)
    table_stream.deliver("notify", records)
    [sent] = marketplace.sdk.parameters_of("PutEvents")
    [entry] = sent["Entries"]
    bus = lambda_runtime.ENVIRONMENT["DOMAIN_EVENT_BUS"]
    assert (entry["EventBusName"], entry["Source"], entry["Time"]) == (bus, "mid-job-feedback", NOW)


def test_no_address_is_in_any_event(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.submit_feedback()
    assert len(kinds(marketplace)) == 3
    assert "@" not in json.dumps(marketplace.domain_events())


def test_an_event_that_is_told_again_is_the_same(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    records = marketplace.stream.new_records()
    table_stream.deliver("notify", records)
    marketplace.expire_idempotency_records()  # as 30 days later
    marketplace.submit_feedback()
    table_stream.deliver("notify", records)
    first, again = [event for event in marketplace.domain_events() if event[0] == "FeedbackRequested"]
    assert first == again


# What the bus does not take

REFUSED = [
    ("ThrottlingException", "throttled"),
    ("InternalFailure", "server_error"),
    ("NotAuthorizedForSourceException", "rejected"),
]


def refuse_entries(sdk: SdkInterceptor, code: str) -> None:
    refused = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": "Not now, u-client."}]}
    sdk.respond("PutEvents", lambda *_: refused)


@pytest.mark.parametrize(("code", "cause"), REFUSED)
def test_an_entry_that_the_bus_refuses_is_retried_and_its_cause_logged(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput, code: str, cause: str
) -> None:
    """The call itself succeeds. E-mail and Dash message are not repeated."""
    marketplace.request_feedback()
    records = marketplace.stream.new_records()
    queues.take("RETRY_QUEUE_URL")
    refuse_entries(sdk, code)
    log_output()
    assert lambda_runtime.invoke("notify", {"Records": table_stream.filtered("notify", records)})
    lines, metrics = read(log_output())
    [failed] = [line for line in lines if line["message"] == "record failed"]
    assert explanation(failed) == ("eventbridge", "PutEvents", cause, code)
    assert "DomainEventsSent" not in metrics
    [waiting] = queues.take("RETRY_QUEUE_URL")
    assert waiting.reason == f"eventbridge PutEvents {cause}"
    sdk.restore()
    before = len(marketplace.sdk.calls)
    assert table_stream.deliver_by_retry_queue("notify", json.loads(waiting.body)) == []
    assert marketplace.sdk.operations[before:].count("PutEvents") == 1
    assert (len(marketplace.emails()), len(marketplace.dash_messages())) == (1, 1)


@pytest.mark.parametrize("operation", ["SendEmail", "Publish"])
def test_an_event_is_told_once_however_often_another_channel_fails(
    marketplace: Marketplace, sdk: SdkInterceptor, operation: str
) -> None:
    marketplace.request_feedback()
    records = marketplace.stream.new_records()
    sdk.respond_with_error(operation, "InternalErrorException")
    for _ in range(3):
        assert table_stream.deliver("notify", records) == table_stream.sequence_numbers(records[-1:])
    assert len(marketplace.domain_events()) == 1


# No loop: what the service puts on a shared bus does not come back


def test_the_rule_of_contract_events_takes_no_domain_event(marketplace: Marketplace) -> None:
    pattern = template()["Resources"]["ContractEventsRule"]["Properties"]["EventPattern"]
    marketplace.request_feedback()
    marketplace.submit_feedback()
    put = {*kinds(marketplace)}
    assert put == {"FeedbackRequested", "FeedbackRequestClosed", "FeedbackProvided"}
    assert pattern.keys() == {"source", "detail-type"}
    assert put & {*pattern["detail-type"]} == set()


@pytest.mark.parametrize("kind", ["FeedbackRequested", "FeedbackRequestClosed", "FeedbackProvided"])
def test_ingest_would_set_a_domain_event_aside(marketplace: Marketplace, kind: str) -> None:
    """Even if somebody wrote a rule that sends it there."""
    contract_queue.dead_letters()
    before = marketplace.rows()
    body = json.loads(contract_queue.event("payment-made")) | {"source": SOURCE, "detail-type": kind}
    assert contract_queue.deliver(json.dumps(body)) == []
    assert len(contract_queue.dead_letters()) == 1
    assert marketplace.rows() == before
