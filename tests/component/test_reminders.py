"""Reminders: found by the sweep, told by the stream, decided when they are sent, and never after the end."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from mid_job_feedback.aws import client
from mid_job_feedback.domain import addresses
from mid_job_feedback.domain.addresses import UndeliverableReason
from mid_job_feedback.storage import items, people
from tests import contract_queue, lambda_runtime
from tests.builders import DAY, NOW, SECOND, a_request
from tests.component import table_stream
from tests.component.log_lines import LogOutput, read
from tests.component.marketplace import Marketplace
from tests.store import rows

KIND = "feedback_request_reminder"


@pytest.fixture
def asked(marketplace: Marketplace) -> Marketplace:
    """With a request whose e-mail and Dash message were sent."""
    marketplace.request_feedback(body={"message": "How is it going?"})
    marketplace.process_stream()
    return marketplace


@pytest.fixture
def due(asked: Marketplace) -> Marketplace:
    """Seven days before the deadline: the sweep has recorded the reminder, whose stream record is not read yet."""
    asked.wait(7 * DAY)
    assert asked.sweep() == 0
    return asked


def reminders(marketplace: Marketplace) -> tuple[int, int]:
    """How many e-mails and Dash messages with a reminder were sent so far."""
    in_dash = len(marketplace.dash_messages_of(KIND))
    return len([mail for mail in marketplace.emails() if mail.subject.startswith("Reminder: ")]), in_dash


def sweep_and_tell(marketplace: Marketplace) -> tuple[int, int]:
    marketplace.sweep()
    return reminders(marketplace)


def test_the_client_is_reminded_seven_and_two_days_before_the_deadline(asked: Marketplace) -> None:
    asked.wait(7 * DAY - SECOND)
    assert sweep_and_tell(asked) == (0, 0)
    asked.wait(SECOND)
    assert sweep_and_tell(asked) == (1, 1)
    assert sweep_and_tell(asked) == (1, 1)
    asked.wait(5 * DAY - SECOND)
    assert sweep_and_tell(asked) == (1, 1)
    asked.wait(SECOND)
    assert sweep_and_tell(asked) == (2, 2)
    asked.wait(2 * DAY - SECOND)
    assert sweep_and_tell(asked) == (2, 2)


def test_the_e_mail_is_that_of_the_request_with_the_time_that_is_left_now(due: Marketplace) -> None:
    due.process_stream()
    requested, reminder = due.emails()
    assert reminder.to == requested.to
    assert reminder.subject == f"Reminder: {requested.subject}"
    assert "Reminder: Freelancer asks for your feedback" in reminder.text
    assert "this request is still open" in reminder.text
    assert "(7 days left)" in reminder.text
    assert "How is it going?" in reminder.text
    assert "Freelancer asks for your feedback" in reminder.html
    opening, _, rest = requested.text.partition("\n\nFreelancer writes:")
    assert rest
    assert reminder.text.partition("\n\nFreelancer writes:")[2] == rest.replace("14 days left", "7 days left")
    assert opening not in reminder.text
    [*_, token] = [
        line.rpartition("#t=")[2] for line in reminder.text.splitlines() if line.endswith(due.link_token())
    ]
    assert due.submit_by_link(token).status == 201


def test_the_dash_message_has_the_facts_and_no_domain_event_goes_with_it(due: Marketplace) -> None:
    [message] = due.dash_messages_of(KIND)
    request = due.feedback_tab().body["open_request"]
    reminded_at = message["occurred_at"]
    assert message == {
        "message_id": f"{KIND}:{request['request_id']}:{reminded_at}",
        "kind": KIND,
        "recipient_id": "u-client",
        "contract_id": "c-1",
        "title": "Reminder: Freelancer asks for your feedback",
        "body": message["body"],
        "link": "https://feedback.example.com/app/contract?id=c-1",
        "occurred_at": reminded_at,
        "data": {
            "contract_title": "Website relaunch",
            "client": {"id": "u-client", "name": "Client"},
            "freelancer": {"id": "u-freelancer", "name": "Freelancer"},
            **{name: request[name] for name in ("request_id", "requested_at", "expires_at")},
        },
    }
    assert message["body"].startswith("About “Website relaunch”. You have until ")
    assert message["body"].endswith("(7 days left).")
    assert [kind for kind, _ in due.domain_events()] == ["FeedbackRequested"]


@pytest.mark.parametrize(
    ("language", "subject", "opening"),
    [
        ("de", "Erinnerung: Freelancer bittet Sie bis zum", "diese Anfrage ist noch offen"),
        ("es", "Recordatorio: Freelancer te pide una valoración", "esta solicitud sigue abierta"),
        ("ar", "تذكير: طلب تقييم من", "لا يزال هذا الطلب مفتوحًا"),
    ],
)
def test_the_reminder_is_in_the_language_of_the_client(
    empty_marketplace: Marketplace, language: str, subject: str, opening: str
) -> None:
    person = {"id": "u-client", "name": "Ben Okoye", "email": "client@example.com", "locale": language}
    empty_marketplace.start_eligible_contract(client=person)
    empty_marketplace.request_feedback()
    empty_marketplace.process_stream()
    empty_marketplace.wait(7 * DAY)
    empty_marketplace.sweep()
    empty_marketplace.process_stream()
    reminder = empty_marketplace.emails()[-1]
    assert reminder.subject.startswith(subject)
    assert opening in reminder.text
    assert opening in reminder.html


def test_the_event_file_of_a_reminder_is_told(asked: Marketplace) -> None:
    event = lambda_runtime.event("notify-feedback-request-reminder")
    [record] = event["Records"]
    found = record["dynamodb"]["NewImage"]
    asked.put_open_request(a_request(requested_at=NOW - DAY))
    client("dynamodb").update_item(
        TableName="feedback",
        Key=items.open_request_key("c-1", "r-1"),
        UpdateExpression="SET due_at = :due_at, reminded_at = :reminded_at",
        ExpressionAttributeValues={":due_at": found["due_at"], ":reminded_at": found["reminded_at"]},
    )
    assert lambda_runtime.invoke("notify", event) == {"batchItemFailures": []}
    assert [message["kind"] for message in asked.dash_messages()][-1:] == [KIND]


# A schedule that was paused


def test_after_an_outage_one_reminder_stands_for_all_that_were_due(asked: Marketplace) -> None:
    asked.wait(13 * DAY)
    assert sweep_and_tell(asked) == (1, 1)
    asked.wait(DAY - SECOND)
    assert sweep_and_tell(asked) == (1, 1)


@pytest.mark.parametrize(("late", "in_all"), [(4 * DAY, 2), (4 * DAY + SECOND, 1)])
def test_the_next_reminder_comes_only_after_the_pause(asked: Marketplace, late: Any, in_all: int) -> None:
    """The first one was late. The second one would be due two days before the deadline."""
    asked.wait(7 * DAY + late)
    assert sweep_and_tell(asked) == (1, 1)
    asked.wait(5 * DAY - late)
    assert sweep_and_tell(asked) == (in_all, in_all)
    asked.wait(DAY)
    assert sweep_and_tell(asked) == (in_all, in_all)


def test_a_sweep_after_the_deadline_reminds_nobody(asked: Marketplace) -> None:
    asked.wait(14 * DAY)
    assert asked.sweep() == 1
    assert reminders(asked) == (0, 0)
    assert len(asked.dash_messages_of("feedback_request_expired")) == 1


def test_records_that_waited_until_after_the_next_reminder_are_not_told(
    due: Marketplace, log_output: LogOutput
) -> None:
    """An outage of the channels must not end in two reminders at once."""
    due.wait(5 * DAY)
    due.sweep()
    log_output()
    assert reminders(due) == (1, 1)
    assert due.emails()[-1].text.count("2 days left") == 1
    assert "reminder not sent: later reminder due" in log_output()


def test_a_record_that_comes_twice_is_told_once(due: Marketplace) -> None:
    records = table_stream.filtered("notify", due.stream.new_records())
    for _ in range(2):
        assert table_stream.deliver("notify", records) == []
    assert reminders(due) == (1, 1)


# Quiet after every end of a request


def _answer(marketplace: Marketplace) -> None:
    assert marketplace.submit_feedback().status == 201


def _answer_by_link(marketplace: Marketplace) -> None:
    assert marketplace.submit_by_link(marketplace.link_token()).status == 201


def _decline(marketplace: Marketplace) -> None:
    assert marketplace.decline().status == 200


def _decline_by_link(marketplace: Marketplace) -> None:
    assert marketplace.decline_by_link(marketplace.link_token()).status == 200


def _withdraw(marketplace: Marketplace) -> None:
    assert marketplace.withdraw().status == 200


def _let_deadline_pass(marketplace: Marketplace) -> None:
    marketplace.wait(14 * DAY)


def _remove_by_ttl(marketplace: Marketplace) -> None:
    marketplace.wait(14 * DAY)
    marketplace.remove_by_ttl()


ENDS: dict[str, Callable[[Marketplace], None]] = {
    "feedback": _answer,
    "feedback by the link": _answer_by_link,
    "a decline": _decline,
    "a decline by the link": _decline_by_link,
    "a withdrawal": _withdraw,
    "the contract's end": Marketplace.end_contract,
    "the deadline": _let_deadline_pass,
    "removal by TTL": _remove_by_ttl,
}
every_end = pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)


@every_end
def test_a_request_that_has_ended_is_not_swept_for_a_reminder(
    asked: Marketplace, end: Callable[[Marketplace], None]
) -> None:
    end(asked)
    for _ in range(14):
        asked.wait(DAY)
        assert sweep_and_tell(asked) == (0, 0)


@every_end
def test_a_request_that_ends_after_the_sweep_is_not_reminded_of(
    due: Marketplace, end: Callable[[Marketplace], None], log_output: LogOutput
) -> None:
    end(due)
    log_output()
    assert reminders(due) == (0, 0)
    [line] = [json.loads(line) for line in log_output().splitlines() if "reminder not sent" in line]
    assert line["message"] == "reminder not sent: request closed"
    assert line["contract_id"] == "c-1"
    assert line["request_id"]


@every_end
def test_a_later_request_is_not_reminded_of_by_an_earlier_ones_record(
    due: Marketplace, end: Callable[[Marketplace], None]
) -> None:
    records = due.stream.new_records()
    end(due)
    due.start_contract()
    due.wait(30 * DAY)
    due.sweep()
    due.process_stream()
    due.pay(paid_at=due.clock.now())
    due.request_feedback()
    due.process_stream()
    assert table_stream.deliver("notify", records) == []
    assert reminders(due) == (0, 0)


def test_muting_leaves_a_request_open_and_unreminded(due: Marketplace, log_output: LogOutput) -> None:
    assert due.mute().status == 200
    log_output()
    assert reminders(due) == (0, 0)
    assert "reminder not sent: requests muted" in log_output()
    assert due.feedback_tab().body["open_request"]["status"] == "pending"
    due.wait(5 * DAY)
    assert sweep_and_tell(due) == (0, 0)


def test_the_next_reminder_comes_once_requests_are_turned_on_again(due: Marketplace) -> None:
    due.mute()
    assert reminders(due) == (0, 0)
    due.mute(muted=False)
    assert sweep_and_tell(due) == (0, 0)
    due.wait(5 * DAY)
    assert sweep_and_tell(due) == (1, 1)


def test_a_person_whose_address_was_erased_is_reminded_by_dash_only(due: Marketplace) -> None:
    due.remove_attribute("client_email")
    assert reminders(due) == (0, 1)


# What silences e-mails only


def test_no_e_mail_follows_within_the_pause_of_the_one_before(
    marketplace: Marketplace, log_output: LogOutput
) -> None:
    """The request's own e-mail was late: it had to wait in the retry queue."""
    marketplace.request_feedback()
    records = table_stream.filtered("notify", marketplace.stream.new_records())
    marketplace.wait(6 * DAY + SECOND)
    assert table_stream.deliver("notify", records) == []
    marketplace.wait(DAY - SECOND)
    marketplace.sweep()
    log_output()
    assert reminders(marketplace) == (0, 1)
    assert "e-mail not sent: last one too recent" in log_output()
    marketplace.wait(5 * DAY)
    marketplace.sweep()
    assert reminders(marketplace) == (1, 2)


def test_no_e_mail_reminds_of_a_request_that_was_not_mailed_yet(
    marketplace: Marketplace, log_output: LogOutput
) -> None:
    marketplace.request_feedback()
    request = table_stream.filtered("notify", marketplace.stream.new_records())
    marketplace.wait(7 * DAY)
    marketplace.sweep()
    log_output()
    assert reminders(marketplace) == (0, 1)
    assert "e-mail not sent: request not mailed yet" in log_output()
    assert table_stream.deliver("notify", request) == []
    assert [mail.subject.startswith("Reminder") for mail in marketplace.emails()] == [False]


def test_a_person_who_unsubscribed_is_reminded_by_dash_only(due: Marketplace) -> None:
    preferences = {**items.preferences_key("u-client"), "feedback_requests": {"S": "unsubscribed"}}
    client("dynamodb").put_item(TableName="feedback", Item=preferences)
    assert reminders(due) == (0, 1)
    client("dynamodb").delete_item(TableName="feedback", Key=items.preferences_key("u-client"))
    due.wait(5 * DAY)
    assert sweep_and_tell(due) == (1, 2)


def test_an_undeliverable_address_is_not_reminded_until_it_is_corrected(due: Marketplace) -> None:
    digest = addresses.digest("client@example.com")
    people.mark_undeliverable("u-client", digest, UndeliverableReason.BOUNCED, due.clock.now())
    assert reminders(due) == (0, 1)
    due.wait(5 * DAY)
    person = {"id": "u-client", "name": "Client", "email": "ben@example.com"}
    assert contract_queue.deliver(contract_queue.event("contract-started", NOW + DAY, client=person)) == []
    due.process_stream()  # the request's own e-mail goes to the new address
    assert sweep_and_tell(due) == (0, 2)
    assert due.emails()[-1].to == "ben@example.com"


# The sweep


def test_one_sweep_deletes_and_reminds_and_counts_each_for_itself(
    empty_marketplace: Marketplace, log_output: LogOutput
) -> None:
    """The response counts what has expired, as before."""
    for contract_id in ("c-1", "c-2", "c-3"):
        empty_marketplace.start_eligible_contract(contract_id)
    empty_marketplace.request_feedback("c-1")
    empty_marketplace.wait(7 * DAY)
    empty_marketplace.request_feedback("c-2")
    empty_marketplace.request_feedback("c-3")
    empty_marketplace.wait(7 * DAY)
    log_output()
    assert empty_marketplace.sweep_by_hand().body == {"expired": 1}
    lines, metrics = read(log_output())
    [line] = [line for line in lines if line.get("message") == "expire accepted"]
    assert (line["expired"], line["reminded"]) == (1, 2)
    assert metrics["RemindersDue"] == [2]


def test_reminders_alone_are_progress_that_starts_the_next_run(
    empty_marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_one_shard = [f"c-{number}" for number in range(200) if items.due_shard(f"c-{number}") == 7][:2]
    for contract_id in in_one_shard:
        empty_marketplace.start_eligible_contract(contract_id)
        empty_marketplace.request_feedback(contract_id)
    empty_marketplace.wait(7 * DAY)
    monkeypatch.setattr("mid_job_feedback.storage.table.BATCH", 1)
    empty_marketplace.sdk.respond("Invoke", lambda *_: {})
    time_left = iter([5_000, 5_000, 4_999])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lambda_runtime.Context, "get_remaining_time_in_millis", lambda _: next(time_left))
        empty_marketplace.sweep()
    assert len(empty_marketplace.sdk.parameters_of("Invoke")) == 1
    assert len([row for row in empty_marketplace.rows() if "reminded_at" in row]) == 1


def test_without_reminders_the_sweep_finds_requests_at_their_deadline_only(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REMINDER_BEFORE", "")
    lambda_runtime.cold_start()
    marketplace.request_feedback()
    [row] = rows.open_requests(client("dynamodb"))
    assert row["due_at"] == row["expires_at"]
    marketplace.wait(14 * DAY - SECOND)
    assert sweep_and_tell(marketplace) == (0, 0)
