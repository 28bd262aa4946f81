"""What becomes of an e-mail about a request: sent or not, SES's events, and what both people see of it."""

import json
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from mid_job_feedback.domain import addresses, email_events
from mid_job_feedback.domain.addresses import UndeliverableReason
from mid_job_feedback.domain.email_tags import EmailTags
from mid_job_feedback.domain.models import shown
from mid_job_feedback.domain.refusals import Dependency, Unavailable
from mid_job_feedback.storage import items, people, table
from mid_job_feedback.workers import email_events as worker
from mid_job_feedback.workers.time_left import OutOfTime
from tests import lambda_runtime
from tests.builders import CLIENT, DAY, FREELANCER, NOW, SECOND
from tests.component import table_stream
from tests.component.log_lines import LogOutput
from tests.component.marketplace import Marketplace
from tests.email_events import CASES, deliver, event, failed, invocation, some_tags, tags_of
from tests.sdk_interceptor import SdkInterceptor, raise_client_error

MINUTE = timedelta(minutes=1)
NEW_ADDRESS = "new.address@example.com"


def email_of(marketplace: Marketplace, person: str = FREELANCER.id) -> Any:
    """What the tab says of the e-mail about the newest request."""
    tab = marketplace.feedback_tab(person=person).body
    return (tab["open_request"] or tab["past_requests"][0])["delivery"]["email"]


def mailed(marketplace: Marketplace) -> EmailTags:
    """Request feedback, and send the e-mail."""
    assert marketplace.request_feedback().status == 201
    marketplace.process_stream()
    return tags_of(marketplace.sdk.parameters_of("SendEmail")[-1])


def unsubscribe(person: str) -> None:
    table.put(Item=items.preferences_key(person) | items.to_dynamo({"feedback_requests": "unsubscribed"}))


# What is shown


def test_a_request_is_queued_and_then_sent_as_both_people_see(marketplace: Marketplace) -> None:
    request = marketplace.request_feedback().body
    queued = {"status": "queued", "reason": None, "at": request["requested_at"]}
    assert request["delivery"] == {"email": queued}
    assert email_of(marketplace) == email_of(marketplace, CLIENT.id) == queued
    marketplace.wait(MINUTE)
    marketplace.process_stream()
    sent = {"status": "sent", "reason": None, "at": shown(NOW + MINUTE)}
    assert email_of(marketplace) == email_of(marketplace, CLIENT.id) == sent


@pytest.mark.parametrize(
    ("case", "status"),
    [
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("delayed", "delayed"),
        ("bounced", "bounced"),
        ("answered-automatically", "bounced"),
        ("complained", "complained"),
        ("rejected", "not_sent"),
    ],
)
def test_an_event_of_ses_is_shown(marketplace: Marketplace, case: str, status: str) -> None:
    about = mailed(marketplace)
    deliver(event(case, NOW + SECOND, about))
    for person in (FREELANCER.id, CLIENT.id):
        assert email_of(marketplace, person) == {"status": status, "reason": None, "at": shown(NOW + SECOND)}
    assert CLIENT.email not in marketplace.feedback_tab().text


def test_the_event_files_are_what_the_handler_takes(marketplace: Marketplace) -> None:
    """The newest state counts, in whatever order they come."""
    for name in (
        "delivery-complained",
        "delivery-sent",
        "delivery-delivered",
        "delivery-delayed",
        "delivery-rejected",
        "delivery-bounced",
        "delivery-answered-automatically",
        "delivery-topic-validated",
    ):
        assert lambda_runtime.invoke("delivery", lambda_runtime.event(name)) is None
    assert failed() == []
    [row] = table.get_many([items.delivery_key("c-1", "r-1")])
    assert row["status"] == {"S": "complained"}
    assert people.read_standing(CLIENT.id, CLIENT.email).undeliverable is UndeliverableReason.COMPLAINED
    assert marketplace.feedback_tab().status == 200


def test_every_order_of_a_delivery_and_a_bounce_gives_the_same_rows(marketplace: Marketplace) -> None:
    about, ends = mailed(marketplace), set()
    before = marketplace.rows()
    bodies = [event(case, NOW + SECOND, about) for case in ("delayed", "delivered", "bounced", "complained")]
    for order in permutations(bodies):
        deliver(*order, order[0])
        after = marketplace.rows()
        ends.add(json.dumps(after))
        for row in after:
            table.delete_all([{"PK": row["PK"], "SK": row["SK"]}])
        for row in before:
            table.put(Item=row)
    assert len(ends) == 1


def test_an_answered_request_keeps_its_delivery(marketplace: Marketplace) -> None:
    about = mailed(marketplace)
    deliver(event("delivered", NOW + SECOND, about))
    assert marketplace.submit_feedback().status == 201
    [past] = marketplace.feedback_tab().body["past_requests"]
    assert past["delivery"]["email"]["status"] == "delivered"


# What is not sent


def skip(marketplace: Marketplace, reason: str) -> None:
    """Request feedback; no e-mail is sent, and both people see why, but the Dash message is."""
    assert marketplace.request_feedback().status == 201
    marketplace.process_stream()
    assert marketplace.emails() == []
    assert email_of(marketplace) == {"status": "not_sent", "reason": reason, "at": shown(NOW)}
    assert [message["kind"] for message in marketplace.dash_messages()] == ["feedback_requested"]


@pytest.mark.parametrize("reason", UndeliverableReason)
def test_an_undeliverable_address_is_not_mailed_again(
    marketplace: Marketplace, reason: UndeliverableReason
) -> None:
    people.mark_undeliverable(CLIENT.id, addresses.digest(CLIENT.email), reason, NOW - DAY)
    skip(marketplace, "address_undeliverable")


def test_a_person_who_unsubscribed_is_not_mailed_about_requests(marketplace: Marketplace) -> None:
    unsubscribe(CLIENT.id)
    skip(marketplace, "unsubscribed")


def test_a_person_without_an_address_is_not_mailed(marketplace: Marketplace) -> None:
    assert marketplace.request_feedback().status == 201
    marketplace.remove_attribute("client_email")  # the person's data is erased
    marketplace.process_stream()
    assert marketplace.emails() == []
    assert email_of(marketplace) == {"status": "not_sent", "reason": "no_address", "at": shown(NOW)}


def test_subscribing_again_sends_nothing_that_was_skipped(marketplace: Marketplace) -> None:
    unsubscribe(CLIENT.id)
    marketplace.request_feedback()
    records = marketplace.stream.new_records()
    assert table_stream.deliver("notify", records) == []
    table.delete_all([items.preferences_key(CLIENT.id)])
    assert table_stream.deliver("notify", records) == []
    assert marketplace.emails() == []


def test_an_email_that_waited_until_the_answer_is_not_sent(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.submit_feedback()
    marketplace.process_stream()
    [past] = marketplace.feedback_tab().body["past_requests"]
    assert past["delivery"]["email"] == {"status": "not_sent", "reason": "request_closed", "at": shown(NOW)}


def test_the_freelancer_too_is_not_mailed_at_an_undeliverable_address(marketplace: Marketplace) -> None:
    digest = addresses.digest(FREELANCER.email)
    people.mark_undeliverable(FREELANCER.id, digest, UndeliverableReason.BOUNCED, NOW)
    unsubscribe(FREELANCER.id)  # from requests only
    marketplace.submit_feedback()
    marketplace.process_stream()
    assert marketplace.emails() == []
    assert [message["kind"] for message in marketplace.dash_messages()] == ["feedback_provided"]


def test_the_freelancer_who_unsubscribed_from_requests_still_hears_of_feedback(marketplace: Marketplace) -> None:
    unsubscribe(FREELANCER.id)
    marketplace.submit_feedback()
    marketplace.process_stream()
    [sent] = marketplace.sdk.parameters_of("SendEmail")
    about = tags_of(sent)
    assert (about.person_id, about.request_id) == (FREELANCER.id, None)
    deliver(event("bounced", NOW, about))
    assert people.read_standing(FREELANCER.id, FREELANCER.email).undeliverable is UndeliverableReason.BOUNCED


# Addresses


def correct_address(marketplace: Marketplace, address: str) -> None:
    client = {"id": CLIENT.id, "name": CLIENT.name, "email": address}
    marketplace.start_contract(at=NOW + SECOND, client=client)


def test_a_corrected_address_is_mailed_and_events_of_the_old_one_do_not_mark_it(marketplace: Marketplace) -> None:
    old = mailed(marketplace)
    deliver(event("bounced", NOW + SECOND, old))
    marketplace.wait(MINUTE)
    correct_address(marketplace, NEW_ADDRESS)
    marketplace.process_stream()
    assert [email.to for email in marketplace.emails()] == [CLIENT.email, NEW_ADDRESS]
    new = tags_of(marketplace.sdk.parameters_of("SendEmail")[-1])
    deliver(event("complained", NOW + DAY, old), event("bounced", NOW + DAY, old))
    assert email_of(marketplace)["status"] == "sent"
    deliver(event("delivered", NOW + MINUTE + SECOND, new))
    deliver(event("complained", NOW + DAY, old))
    assert email_of(marketplace) == {"status": "delivered", "reason": None, "at": shown(NOW + MINUTE + SECOND)}
    assert people.read_standing(CLIENT.id, NEW_ADDRESS).undeliverable is None
    assert people.read_standing(CLIENT.id, CLIENT.email).undeliverable is UndeliverableReason.COMPLAINED


def test_a_transient_bounce_suppresses_nobody(marketplace: Marketplace) -> None:
    deliver(event("answered-automatically", NOW, mailed(marketplace)))
    assert people.read_standing(CLIENT.id, CLIENT.email).undeliverable is None


def test_no_row_holds_an_address_but_the_contract(marketplace: Marketplace) -> None:
    about = mailed(marketplace)
    for case in CASES:
        deliver(event(case, NOW, about))
    holding = {row["SK"]["S"] for row in marketplace.rows() if CLIENT.email in str(row)}
    assert holding == {items.CONTRACT}


# A bounce is told


def test_a_bounce_is_told_to_the_freelancer_once_and_without_the_address(marketplace: Marketplace) -> None:
    about = mailed(marketplace)
    bounce = event("bounced", NOW + SECOND, about)
    deliver(bounce, event("delivered", NOW, about), bounce)
    [message] = marketplace.dash_messages_of("feedback_request_undeliverable")
    deliver(bounce, event("bounced", NOW + 2 * SECOND, about))
    assert marketplace.dash_messages_of("feedback_request_undeliverable") == [message]
    assert message["recipient_id"] == FREELANCER.id
    assert message["occurred_at"] == message["data"]["bounced_at"] == shown(NOW + SECOND)
    assert message["title"] == "Client could not be reached by e-mail"
    [(_, told)] = [each for each in marketplace.domain_events() if each[0] == "FeedbackRequestUndeliverable"]
    assert told["request"] == marketplace.feedback_tab().body["open_request"] | {
        "delivery": {"email": {"status": "bounced", "reason": None, "at": shown(NOW + SECOND)}}
    }
    assert CLIENT.email not in json.dumps([message, told])
    assert about.address_digest not in json.dumps([message, told])


@pytest.mark.parametrize("settled", ["answered", "corrected"])
def test_a_bounce_that_no_longer_matters_is_told_to_programs_only(marketplace: Marketplace, settled: str) -> None:
    about = mailed(marketplace)
    if settled == "answered":
        marketplace.submit_feedback()
    else:
        correct_address(marketplace, NEW_ADDRESS)
    deliver(event("bounced", NOW + SECOND, about))
    marketplace.process_stream()
    kinds = {message["kind"] for message in marketplace.dash_messages()}
    assert "feedback_request_undeliverable" not in kinds
    assert "FeedbackRequestUndeliverable" in {kind for kind, _ in marketplace.domain_events()}


def test_a_bounce_of_a_request_whose_end_is_not_recorded_yet_waits_for_that(marketplace: Marketplace) -> None:
    about = mailed(marketplace)
    deliver(event("bounced", NOW + SECOND, about))
    marketplace.wait(15 * DAY)
    marketplace.sweep()
    records = marketplace.stream.new_records()
    assert len(table_stream.deliver("notify", records)) == 1
    assert table_stream.deliver("expire", records) == []
    assert table_stream.deliver("notify", records) == []
    assert "FeedbackRequestUndeliverable" in {kind for kind, _ in marketplace.domain_events()}


# What cannot be applied


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "event: "),
        ("[]", "event: "),
        ("{}", "mail: is required"),
        ("[" * 20_000, "event: "),
        (event("sent", about=some_tags()).replace('"Send"', '"Open"'), "eventType: must be one of Send, Delivery"),
        (event("bounced", about=some_tags()).replace("bounceType", "type"), "bounce.bounceType: is required"),
        (event("delivered", about=some_tags(), destination=None), "mail.destination: "),
        (event("sent", about=some_tags(), timestamp="yesterday"), "mail.timestamp: must be a date and time"),
        (event("sent", tags={"feedback_email": ["1"]}), "feedback_address: must have one value"),
    ],
)
def test_a_malformed_event_is_set_aside_with_its_reason(marketplace: Marketplace, body: str, reason: str) -> None:
    before = marketplace.rows()
    deliver(body)
    [message] = failed()
    assert message.body == body
    assert reason in message.reason
    assert "@" not in message.reason
    assert marketplace.rows() == before


def test_an_event_about_somebody_elses_email_is_skipped(marketplace: Marketplace) -> None:
    before = marketplace.rows()
    deliver(event("bounced", tags={"campaign": ["spring"]}), email_events.TOPIC_VALIDATED)
    assert (marketplace.rows(), failed()) == (before, [])


def test_an_event_that_cannot_be_applied_now_is_published_without_addresses_and_retried(
    marketplace: Marketplace, sdk: SdkInterceptor
) -> None:
    about = mailed(marketplace)
    sdk.respond_with_error("PutItem", "ThrottlingException")
    deliver(event("bounced", NOW + SECOND, about))
    [published] = [p for p in sdk.parameters_of("Publish") if p["TopicArn"].endswith(":email-events")]
    assert "@" not in published["Message"]
    assert "ubject" not in published["Message"]
    with pytest.raises(Unavailable):  # Lambda retries it, and then puts it into the failure queue
        deliver(published["Message"])
    assert len([p for p in sdk.parameters_of("Publish") if p["TopicArn"].endswith(":email-events")]) == 1
    sdk.restore()
    assert email_of(marketplace)["status"] == "sent"
    deliver(published["Message"])
    assert email_of(marketplace)["status"] == "bounced"


def test_an_event_that_cannot_be_published_either_is_retried_as_it_is(
    marketplace: Marketplace, sdk: SdkInterceptor
) -> None:
    about = mailed(marketplace)
    for operation in ("PutItem", "Publish"):
        sdk.respond_with_error(operation, "ThrottlingException")
    with pytest.raises(Unavailable) as raised:
        deliver(event("bounced", NOW + SECOND, about))
    assert raised.value.dependency is Dependency.EMAIL_EVENTS
    sdk.restore()
    deliver(event("bounced", NOW + SECOND, about))
    assert email_of(marketplace)["status"] == "bounced"


def test_a_message_of_the_failure_queue_that_is_published_again_is_the_event_in_it(
    marketplace: Marketplace,
) -> None:
    """As the function put it there, in Lambda's report of an invocation that failed, or as SNS gave up on it."""
    about = mailed(marketplace)
    delivered, bounced = event("delivered", NOW + SECOND, about), event("bounced", NOW + SECOND, about)
    payload = {"Records": [{"Sns": {"Message": delivered}}]}
    deliver(json.dumps({"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": payload}))
    assert email_of(marketplace)["status"] == "delivered"
    deliver(json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:…", "Message": bounced}))
    assert email_of(marketplace)["status"] == "bounced"


def test_an_event_is_not_started_with_too_little_time_left(marketplace: Marketplace, sdk: SdkInterceptor) -> None:
    bounced = invocation(event("bounced", NOW + SECOND, mailed(marketplace)))
    lambda_runtime.invoke("delivery", bounced, worker.RECORD_TIME - 1)
    kept = invocation(sdk.parameters_of("Publish")[-1]["Message"])
    with pytest.raises(OutOfTime):
        lambda_runtime.invoke("delivery", kept, worker.RECORD_TIME - 1)
    assert email_of(marketplace)["status"] == "sent"
    lambda_runtime.invoke("delivery", kept)
    assert email_of(marketplace)["status"] == "bounced"


def test_an_email_that_was_sent_is_not_sent_again_because_that_could_not_be_reported(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput
) -> None:
    def fail_reports(client: Any, parameters: Any) -> Any:
        if parameters["TableName"] == "feedback":
            raise_client_error(client, "PutItem", "ThrottlingException")
        return sdk.send(client, "PutItem", parameters)

    marketplace.request_feedback()
    sdk.respond("PutItem", fail_reports)
    marketplace.process_stream()
    sdk.restore()
    assert len(marketplace.emails()) == 1
    assert "sent e-mail not reported" in log_output()
    assert email_of(marketplace)["status"] == "queued"
    deliver(event("sent", NOW + SECOND, tags_of(sdk.parameters_of("SendEmail")[0])))
    assert email_of(marketplace)["status"] == "sent"
