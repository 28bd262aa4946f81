"""Who is told of corrections, replies, reports and decisions, once on each channel, and never of what is gone."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from mid_job_feedback.aws import client
from mid_job_feedback.domain import addresses
from mid_job_feedback.domain.addresses import UndeliverableReason
from mid_job_feedback.domain.models import Ground, ModerationState, ReportTarget, shown
from mid_job_feedback.domain.wording import wording_in
from mid_job_feedback.storage import items, people
from tests import lambda_runtime
from tests.builders import CLIENT, DAY, FREELANCER, NOW, RATINGS, SECOND
from tests.component import table_stream
from tests.component.log_lines import LogOutput
from tests.component.marketplace import Marketplace
from tests.component.test_corrected_addresses import correct as correct_address
from tests.component.test_erased_people import erase
from tests.contract_queue import deliver, event
from tests.sdk_interceptor import SdkInterceptor

FEEDBACK, REPLY = ReportTarget.FEEDBACK, ReportTarget.REPLY
COMMENT = "Reliable and quick."
DETAILS = "My private telephone number is in it."
OPERATOR, REASON = "Olga of the trust team", "It names the private address of a person."
THANKS = "Thank you, it was <b>a pleasure</b>."
ROOM = "https://feedback.example.com/app/contract?id=c-1"
PARTIES = {"contract_id": "c-1", "freelancer_id": FREELANCER.id, "client_id": CLIENT.id}
DATA = {
    "contract_title": "Website relaunch",
    "client": {"id": CLIENT.id, "name": "Client"},
    "freelancer": {"id": FREELANCER.id, "name": "Freelancer"},
}

type Change = Callable[[TextChanges], object]


class TextChanges:
    """What people and the staff do to one piece of feedback."""

    def __init__(self, marketplace: Marketplace, feedback_id: str) -> None:
        self._marketplace = marketplace
        self.feedback_id = feedback_id

    def correct(self, comment: str = "Quick, but not at first.", **ratings: int) -> None:
        body = {"ratings": RATINGS | ratings, "comment": comment}
        assert self._marketplace.correct(self.feedback_id, body).status == 200

    def reply(self, text: str) -> None:
        assert self._marketplace.reply(self.feedback_id, text).status == 200

    def take_back(self) -> None:
        assert self._marketplace.take_back_reply(self.feedback_id).status == 200

    def report(self, target: ReportTarget, reporter: str = FREELANCER.id) -> str:
        """Returns the id of the report."""
        body = {"target": target, "ground": Ground.PRIVATE_INFORMATION, "details": DETAILS}
        response = self._marketplace.report(self.feedback_id, person=reporter, body=body)
        assert response.status == 201
        report_id: str = response.body["report_id"]
        return report_id

    def remove(self, target: ReportTarget, ground: Ground = Ground.PRIVATE_INFORMATION) -> str:
        return self._decide(target, "removed", ground)

    def leave_or_restore(self, target: ReportTarget) -> str:
        return self._decide(target, "visible", Ground.PRIVATE_INFORMATION)

    def _decide(self, target: ReportTarget, state: ModerationState, ground: Ground) -> str:
        """Returns the id of the decision."""
        known = {each["decision_id"] for each in self._marketplace.decisions(self.feedback_id)}
        decided = {"ground": ground, "reason": REASON, "operator": OPERATOR}
        assert self._marketplace.moderate(self.feedback_id, state, target, **decided).status == 200
        [new] = {each["decision_id"] for each in self._marketplace.decisions(self.feedback_id)} - known
        return str(new)


class Told(NamedTuple):
    """Who got an e-mail, who got which Dash message, and which domain events were put on the bus."""

    emails: list[str]
    dash: list[tuple[str, str]]
    events: list[str]


NOTHING = Told([], [], [])


@pytest.fixture
def texts(marketplace: Marketplace) -> TextChanges:
    """Feedback of a moment ago, of which everybody has been told."""
    feedback_id = marketplace.submit_feedback().body["feedback_id"]
    told(marketplace)
    marketplace.wait(SECOND)
    return TextChanges(marketplace, feedback_id)


@pytest.fixture
def untold(marketplace: Marketplace) -> TextChanges:
    """Feedback of a moment ago, of which nobody has been told yet."""
    feedback_id = marketplace.submit_feedback().body["feedback_id"]
    marketplace.wait(SECOND)
    return TextChanges(marketplace, feedback_id)


def told(marketplace: Marketplace) -> Told:
    """What is told as the stream is processed."""
    marketplace.sdk.calls.clear()
    marketplace.process_stream()
    return sent(marketplace)


def sent(marketplace: Marketplace) -> Told:
    return Told(
        [email.to for email in marketplace.emails()],
        [(message["kind"], message["recipient_id"]) for message in marketplace.dash_messages()],
        [kind for kind, _ in marketplace.domain_events()],
    )


def words_sent(marketplace: Marketplace) -> str:
    """All words of all messages."""
    words = [*marketplace.emails(), marketplace.dash_messages(), marketplace.domain_events()]
    return json.dumps(words, ensure_ascii=False)


def in_tab(marketplace: Marketplace) -> dict[str, Any]:
    [feedback] = marketplace.feedback_tab().body["feedback"]
    found: dict[str, Any] = feedback
    return found


# Corrections


def test_a_correction_is_a_dash_message_to_the_freelancer_and_an_event_but_no_email(
    marketplace: Marketplace, texts: TextChanges
) -> None:
    texts.correct(skills=3)
    assert told(marketplace) == Told([], [("feedback_corrected", FREELANCER.id)], ["FeedbackCorrected"])
    assert marketplace.dash_messages() == [
        {
            "message_id": f"feedback_corrected:{texts.feedback_id}:2",
            "kind": "feedback_corrected",
            "recipient_id": FREELANCER.id,
            "contract_id": "c-1",
            "title": "Client corrected their feedback",
            "body": "Average now 4.33 of 5 for “Website relaunch”. "
            "The Contract Room also shows the version before.",
            "link": ROOM,
            "occurred_at": shown(NOW + SECOND),
            "data": DATA
            | {
                "feedback_id": texts.feedback_id,
                "revision": 2,
                "score": 4.33,
                "edited_at": shown(NOW + SECOND),
            },
        }
    ]
    [(_, detail)] = marketplace.domain_events()
    assert detail == {
        "event_id": f"FeedbackCorrected:{texts.feedback_id}:2",
        "occurred_at": shown(NOW + SECOND),
        "version": 1,
        **PARTIES,
        "feedback": in_tab(marketplace),
    }
    assert [version["comment"] for version in detail["feedback"]["earlier_versions"]] == [COMMENT]


def test_of_two_corrections_the_freelancer_is_told_of_the_newer_and_programs_of_both(
    marketplace: Marketplace, texts: TextChanges
) -> None:
    texts.correct("At first.")
    texts.correct("At last.", skills=1)
    assert told(marketplace).dash == [("feedback_corrected", FREELANCER.id)]
    [message], events = marketplace.dash_messages(), [detail for _, detail in marketplace.domain_events()]
    assert message["data"]["revision"] == 3
    assert [event["event_id"].rpartition(":")[2] for event in events] == ["2", "3"]
    assert [event["feedback"]["comment"] for event in events] == ["At last."] * 2


def test_feedback_that_was_corrected_before_it_was_told_is_told_as_it_reads_now(
    marketplace: Marketplace, untold: TextChanges
) -> None:
    untold.correct(skills=1)
    assert told(marketplace) == Told(
        [FREELANCER.email],
        [("feedback_provided", FREELANCER.id), ("feedback_corrected", FREELANCER.id)],
        ["FeedbackProvided", "FeedbackCorrected"],
    )
    [email] = marketplace.emails()
    assert COMMENT not in email.text
    assert "Quick, but not at first." in email.text
    assert {message["data"]["score"] for message in marketplace.dash_messages()} == {4}


# Replies


def test_a_first_reply_is_told_to_the_client_by_email_and_dash(
    marketplace: Marketplace, texts: TextChanges
) -> None:
    texts.reply(THANKS)
    assert told(marketplace) == Told([CLIENT.email], [("feedback_replied", CLIENT.id)], ["FeedbackReplied"])
    [email], [message] = marketplace.emails(), marketplace.dash_messages()
    day = wording_in("en").day(NOW + SECOND, None)
    assert email.subject == f"Freelancer replied to your feedback on “Website relaunch” ({day})"
    assert THANKS in email.text
    assert "Thank you, it was &lt;b&gt;a pleasure&lt;/b&gt;." in email.html
    for part in (email.text, email.html):
        assert ROOM in part
    assert message == {
        "message_id": f"feedback_replied:{texts.feedback_id}",
        "kind": "feedback_replied",
        "recipient_id": CLIENT.id,
        "contract_id": "c-1",
        "title": "Freelancer replied to your feedback",
        "body": "About “Website relaunch”. You can read the reply in the Contract Room.",
        "link": ROOM,
        "occurred_at": shown(NOW + SECOND),
        "data": DATA | {"feedback_id": texts.feedback_id, "replied_at": shown(NOW + SECOND)},
    }
    [(_, detail)] = marketplace.domain_events()
    assert detail == {
        "event_id": f"FeedbackReplied:{texts.feedback_id}",
        "occurred_at": shown(NOW + SECOND),
        "version": 1,
        **PARTIES,
        "feedback": in_tab(marketplace),
    }


def test_its_email_comes_from_the_freelancer_via_the_marketplace_and_nobody_can_unsubscribe_from_it(
    marketplace: Marketplace, texts: TextChanges
) -> None:
    texts.reply(THANKS)
    told(marketplace)
    [mailed] = marketplace.sdk.parameters_of("SendEmail")
    assert mailed["FromEmailAddress"] == '"Freelancer via Example Market" <feedback@example.com>'
    message_id = f"feedback_replied:{texts.feedback_id}"
    assert mailed["Content"]["Simple"]["Headers"] == [
        {"Name": "Auto-Submitted", "Value": "auto-generated"},
        {"Name": "References", "Value": f"<{message_id.replace(':', '.')}@example.com>"},
        {"Name": "X-Entity-Ref-ID", "Value": message_id},
    ]
    assert "request_id" not in {tag["Name"] for tag in mailed["EmailTags"]}


def test_its_link_leads_to_the_marketplaces_own_page_if_it_has_one(
    marketplace: Marketplace, texts: TextChanges, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTRACT_URL", "https://www.example.com/contracts/{contract_id}")
    lambda_runtime.cold_start()
    lambda_runtime.set_rollout(monkeypatch, lambda_runtime.Flags())
    texts.reply(THANKS)
    told(marketplace)
    [email], [message] = marketplace.emails(), marketplace.dash_messages()
    assert message["link"] == "https://www.example.com/contracts/c-1"
    for part in (email.text, email.html):
        assert "https://www.example.com/contracts/c-1" in part
        assert ROOM not in part


def test_later_changes_of_a_reply_are_told_to_nobody(marketplace: Marketplace, texts: TextChanges) -> None:
    texts.reply(THANKS)
    told(marketplace)
    changes: list[Change] = [
        lambda texts: texts.reply("Thank you very much."),
        lambda texts: texts.take_back(),
        lambda texts: texts.reply("Another reply."),
    ]
    for change in changes:
        marketplace.wait(SECOND)
        change(texts)
        assert told(marketplace) == NOTHING


def test_a_reply_that_replaced_another_before_it_was_told_is_told_once(
    marketplace: Marketplace, texts: TextChanges
) -> None:
    texts.reply(THANKS)
    texts.take_back()
    texts.reply("A calmer reply.")
    assert told(marketplace) == Told([CLIENT.email], [("feedback_replied", CLIENT.id)], ["FeedbackReplied"])
    assert "a pleasure" not in words_sent(marketplace)
    assert "A calmer reply." in marketplace.emails()[0].text


@pytest.mark.parametrize("mark", UndeliverableReason)
def test_an_address_that_bounced_or_complained_gets_no_email_about_a_reply(
    marketplace: Marketplace, texts: TextChanges, mark: UndeliverableReason
) -> None:
    people.mark_undeliverable(CLIENT.id, addresses.digest(CLIENT.email), mark, NOW)
    texts.reply(THANKS)
    assert told(marketplace) == Told([], [("feedback_replied", CLIENT.id)], ["FeedbackReplied"])


def test_whoever_unsubscribed_from_requests_gets_the_email_about_a_reply(
    marketplace: Marketplace, texts: TextChanges
) -> None:
    assert marketplace.unsubscribe(marketplace.preferences_token()).status == 200
    texts.reply(THANKS)
    assert told(marketplace).emails == [CLIENT.email]


def test_an_erased_client_gets_no_email_about_a_reply(marketplace: Marketplace, texts: TextChanges) -> None:
    texts.reply(THANKS)
    erase("client")
    assert told(marketplace) == Told([], [("feedback_replied", CLIENT.id)], ["FeedbackReplied"])


def test_the_email_about_a_reply_goes_to_the_address_of_the_moment(
    marketplace: Marketplace, texts: TextChanges
) -> None:
    texts.reply(THANKS)
    correct_address(marketplace, "new@example.com")
    assert told(marketplace).emails == ["new@example.com"]


# Reports


@pytest.mark.parametrize(("target", "reporter"), [(FEEDBACK, FREELANCER.id), (REPLY, CLIENT.id)])
def test_a_report_is_told_to_programs_only_and_without_who_made_it(
    marketplace: Marketplace, texts: TextChanges, target: ReportTarget, reporter: str
) -> None:
    texts.reply(THANKS)
    told(marketplace)
    report_id = texts.report(target, reporter)
    assert told(marketplace) == Told([], [], ["FeedbackReported"])
    [(_, detail)] = marketplace.domain_events()
    assert detail == {
        "event_id": f"FeedbackReported:{report_id}",
        "occurred_at": shown(NOW + SECOND),
        "version": 1,
        **PARTIES,
        "report_id": report_id,
        "target": target,
        "ground": "private_information",
        "feedback": in_tab(marketplace),
    }
    assert DETAILS not in words_sent(marketplace)


def test_a_report_that_takes_the_place_of_a_settled_one_is_told_too(
    marketplace: Marketplace, texts: TextChanges
) -> None:
    first = texts.report(FEEDBACK)
    texts.leave_or_restore(FEEDBACK)
    marketplace.wait(SECOND)
    texts.correct("Now it names my private address.")
    second = texts.report(FEEDBACK)
    told(marketplace)
    events = [detail for kind, detail in marketplace.domain_events() if kind == "FeedbackReported"]
    assert [event["report_id"] for event in events] == [first, second]
    [decided] = [each for each in marketplace.dash_messages() if each["kind"] == "feedback_report_decided"]
    assert decided["data"]["report_id"] == first


# Decisions


@pytest.mark.parametrize(
    ("target", "reporter", "author"),
    [(FEEDBACK, FREELANCER.id, CLIENT.id), (REPLY, CLIENT.id, FREELANCER.id)],
)
def test_a_removal_is_told_to_the_author_and_to_whoever_reported(
    marketplace: Marketplace, texts: TextChanges, target: ReportTarget, reporter: str, author: str
) -> None:
    texts.reply(THANKS)
    report_id = texts.report(target, reporter)
    told(marketplace)
    marketplace.wait(SECOND)
    removal = texts.remove(target)
    after = told(marketplace)
    assert sorted(after.dash) == [("feedback_removed", author), ("feedback_report_decided", reporter)]
    assert (after.emails, after.events) == ([], ["FeedbackRemoved"])
    to_author, to_reporter = sorted(marketplace.dash_messages(), key=lambda message: message["kind"])
    assert to_author["message_id"] == f"feedback_removed:{removal}"
    assert to_author["title"] in {
        "Your feedback on “Website relaunch” was removed",
        "Your reply about “Website relaunch” was removed",
    }
    assert "Reason: private information." in to_author["body"]
    assert to_author["data"] == DATA | {
        "feedback_id": texts.feedback_id,
        "target": target,
        "ground": "private_information",
        "decided_at": shown(NOW + 2 * SECOND),
    }
    assert "report" not in to_author["title"] + to_author["body"]
    assert to_reporter["message_id"] == f"feedback_report_decided:{report_id}"
    assert to_reporter["body"] == f"The {target} that you reported was removed, and is no longer public."
    assert to_reporter["data"] == DATA | {
        "feedback_id": texts.feedback_id,
        "report_id": report_id,
        "target": target,
        "ground": "private_information",
        "outcome": "removed",
        "decided_at": shown(NOW + 2 * SECOND),
    }
    [(_, detail)] = marketplace.domain_events()
    assert detail == {
        "event_id": f"FeedbackRemoved:{removal}",
        "occurred_at": shown(NOW + 2 * SECOND),
        "version": 1,
        **PARTIES,
        "target": target,
        "ground": "private_information",
        "feedback": in_tab(marketplace),
    }
    words = words_sent(marketplace)
    for kept_back in (OPERATOR, REASON, DETAILS, COMMENT if target is FEEDBACK else "a pleasure"):
        assert kept_back not in words


def test_a_text_that_stays_is_told_to_whoever_reported_it_and_to_nobody_else(
    marketplace: Marketplace, texts: TextChanges
) -> None:
    texts.report(FEEDBACK)
    told(marketplace)
    texts.leave_or_restore(FEEDBACK)
    assert told(marketplace) == Told([], [("feedback_report_decided", FREELANCER.id)], [])
    [message] = marketplace.dash_messages()
    assert message["data"]["outcome"] == "visible"
    assert "stays public" in message["body"]


def test_both_parties_are_told_of_their_own_report(marketplace: Marketplace, texts: TextChanges) -> None:
    reports = {texts.report(FEEDBACK, person): person for person in (CLIENT.id, FREELANCER.id)}
    told(marketplace)
    texts.leave_or_restore(FEEDBACK)
    told(marketplace)
    messages = marketplace.dash_messages()
    assert {message["data"]["report_id"]: message["recipient_id"] for message in messages} == reports


@pytest.mark.parametrize(("target", "author"), [(FEEDBACK, CLIENT.id), (REPLY, FREELANCER.id)])
def test_a_removal_without_a_report_and_its_restoration_are_told_to_the_author(
    marketplace: Marketplace, texts: TextChanges, target: ReportTarget, author: str
) -> None:
    texts.reply(THANKS)
    told(marketplace)
    before = in_tab(marketplace)
    texts.remove(target)
    assert told(marketplace) == Told([], [("feedback_removed", author)], ["FeedbackRemoved"])
    marketplace.wait(SECOND)
    restoration = texts.leave_or_restore(target)
    assert told(marketplace) == Told([], [("feedback_restored", author)], ["FeedbackRestored"])
    [message], [(_, detail)] = marketplace.dash_messages(), marketplace.domain_events()
    assert message["message_id"] == f"feedback_restored:{restoration}"
    assert message["title"] in {
        "Your feedback on “Website relaunch” is public again",
        "Your reply about “Website relaunch” is public again",
    }
    assert message["data"]["decided_at"] == shown(NOW + 2 * SECOND)
    assert detail["event_id"] == f"FeedbackRestored:{restoration}"
    assert detail["feedback"] == before


def test_a_decision_that_leaves_a_removed_text_as_it_is_is_told_to_nobody(
    marketplace: Marketplace, texts: TextChanges
) -> None:
    texts.remove(FEEDBACK)
    told(marketplace)
    marketplace.wait(SECOND)
    texts.remove(FEEDBACK, Ground.EXTORTION)
    assert told(marketplace) == NOTHING


# What is no longer true when it is told


def test_of_a_removal_that_was_undone_before_it_was_told_no_person_is_told(
    marketplace: Marketplace, texts: TextChanges
) -> None:
    texts.remove(FEEDBACK)
    marketplace.wait(SECOND)
    texts.leave_or_restore(FEEDBACK)
    assert told(marketplace) == Told([], [], ["FeedbackRemoved", "FeedbackRestored"])
    assert {detail["feedback"]["comment"] for _, detail in marketplace.domain_events()} == {COMMENT}


def test_of_several_decisions_the_author_is_told_of_the_last_removal(
    marketplace: Marketplace, texts: TextChanges
) -> None:
    texts.remove(FEEDBACK)
    marketplace.wait(SECOND)
    texts.leave_or_restore(FEEDBACK)
    marketplace.wait(SECOND)
    last = texts.remove(FEEDBACK)
    told(marketplace)
    assert [message["message_id"] for message in marketplace.dash_messages()] == [f"feedback_removed:{last}"]
    assert COMMENT not in words_sent(marketplace)


@pytest.mark.parametrize("step", [1, -1], ids=["in order", "reversed"])
def test_a_restoration_is_told_if_its_removal_was_and_both_once(
    marketplace: Marketplace, texts: TextChanges, step: int
) -> None:
    """In reverse, the restoration comes first: then the author is told of neither."""
    texts.remove(FEEDBACK)
    records = marketplace.stream.new_records()
    marketplace.sdk.calls.clear()
    if step == 1:
        assert table_stream.deliver("notify", records) == []
    marketplace.wait(SECOND)
    texts.leave_or_restore(FEEDBACK)
    records += marketplace.stream.new_records()
    for _ in range(3):
        assert table_stream.deliver("notify", records[::step]) == []
    both = [("feedback_removed", CLIENT.id), ("feedback_restored", CLIENT.id)]
    assert sent(marketplace).dash == (both if step == 1 else [])
    assert sorted(sent(marketplace).events) == ["FeedbackRemoved", "FeedbackRestored"]


def test_the_outcome_of_a_report_is_told_as_it_is_by_then(marketplace: Marketplace, texts: TextChanges) -> None:
    texts.report(FEEDBACK)
    texts.remove(FEEDBACK)
    marketplace.wait(SECOND)
    texts.leave_or_restore(FEEDBACK)
    assert told(marketplace).dash == [("feedback_report_decided", FREELANCER.id)]
    assert marketplace.dash_messages()[0]["data"]["outcome"] == "visible"


def test_the_outcome_of_a_report_on_a_reply_that_was_taken_back_says_so(
    marketplace: Marketplace, texts: TextChanges
) -> None:
    """Also if there is another reply by then."""
    texts.reply(THANKS)
    texts.report(REPLY, CLIENT.id)
    texts.leave_or_restore(REPLY)
    marketplace.wait(SECOND)
    texts.take_back()
    texts.reply("Another reply.")
    told(marketplace)
    [message] = [each for each in marketplace.dash_messages() if each["kind"] == "feedback_report_decided"]
    assert message["data"]["outcome"] == "taken_back"
    assert message["body"] == "The reply that you reported is no longer there: it was taken back."


@pytest.mark.parametrize(
    ("change", "events"),
    [
        (lambda texts: texts.correct(), ["FeedbackCorrected"]),
        (lambda texts: texts.reply(THANKS), ["FeedbackReplied"]),
    ],
    ids=["a correction", "a reply"],
)
def test_no_person_is_told_of_a_change_to_feedback_that_was_removed_since(
    marketplace: Marketplace, texts: TextChanges, change: Change, events: list[str]
) -> None:
    change(texts)
    texts.remove(FEEDBACK)
    assert told(marketplace) == Told([], [("feedback_removed", CLIENT.id)], [*events, "FeedbackRemoved"])
    words = words_sent(marketplace)
    assert COMMENT not in words
    assert "Quick, but not at first." not in words


@pytest.mark.parametrize(
    ("gone", "dash"),
    [
        (lambda texts: texts.take_back(), []),
        (lambda texts: texts.remove(REPLY), [("feedback_removed", FREELANCER.id)]),
    ],
    ids=["taken back", "removed"],
)
def test_no_person_is_told_of_a_reply_that_is_gone(
    marketplace: Marketplace, texts: TextChanges, gone: Change, dash: list[tuple[str, str]]
) -> None:
    texts.reply(THANKS)
    gone(texts)
    after = told(marketplace)
    assert (after.emails, after.dash, after.events[0]) == ([], dash, "FeedbackReplied")
    assert "a pleasure" not in words_sent(marketplace)


def test_no_person_is_told_of_feedback_that_was_removed_before(
    marketplace: Marketplace, untold: TextChanges
) -> None:
    untold.remove(FEEDBACK)
    assert told(marketplace) == Told(
        [], [("feedback_removed", CLIENT.id)], ["FeedbackProvided", "FeedbackRemoved"]
    )
    for _, detail in marketplace.domain_events():
        assert detail["feedback"] == in_tab(marketplace)
        assert (detail["feedback"]["score"], detail["feedback"]["removed"] is None) == (None, False)
    assert COMMENT not in words_sent(marketplace)


def test_nobody_is_told_of_feedback_whose_row_is_gone(
    marketplace: Marketplace, untold: TextChanges, log_output: LogOutput
) -> None:
    untold.correct()
    untold.reply(THANKS)
    untold.report(FEEDBACK)
    records = marketplace.stream.new_records()
    for row in marketplace.rows():
        if row["SK"]["S"].startswith(items.FEEDBACK):
            client("dynamodb").delete_item(TableName="feedback", Key={"PK": row["PK"], "SK": row["SK"]})
    log_output()
    assert table_stream.deliver("notify", records) == []
    assert sent(marketplace) == NOTHING
    lines = [json.loads(line) for line in log_output().splitlines()]
    reasons = [line for line in lines if line.get("message") == "not told: feedback gone"]
    assert [line["feedback_id"] for line in reasons] == [untold.feedback_id] * 4


def test_a_report_by_somebody_who_is_no_party_any_more_is_decided_without_a_message(
    marketplace: Marketplace, texts: TextChanges
) -> None:
    """An older start has named other people."""
    texts.report(FEEDBACK)
    other = {"id": "u-other", "name": "Other", "email": "other@example.com"}
    assert deliver(event("contract-started", at=NOW - DAY, freelancer=other)) == []
    told(marketplace)
    texts.leave_or_restore(FEEDBACK)
    assert told(marketplace) == NOTHING


# End-of-contract feedback


def test_replies_to_end_of_contract_feedback_and_decisions_on_it_are_told_and_no_statement_of_it(
    marketplace: Marketplace,
) -> None:
    marketplace.end_contract()
    marketplace.publish_event("end-of-contract-feedback")
    marketplace.publish_event("end-of-contract-feedback", at=NOW + SECOND, comment="Excellent to the end.")
    assert told(marketplace) == NOTHING
    texts = TextChanges(marketplace, "e-1")
    texts.reply(THANKS)
    assert told(marketplace) == Told([CLIENT.email], [("feedback_replied", CLIENT.id)], ["FeedbackReplied"])
    texts.report(FEEDBACK)
    texts.remove(FEEDBACK)
    after = told(marketplace)
    assert sorted(after.dash) == [("feedback_removed", CLIENT.id), ("feedback_report_decided", FREELANCER.id)]
    assert after.events == ["FeedbackReported", "FeedbackRemoved"]


# Channels and languages


@pytest.mark.parametrize("operation", ["SendEmail", "Publish", "PutEvents"])
def test_a_channel_that_fails_is_retried_alone(
    marketplace: Marketplace, texts: TextChanges, sdk: SdkInterceptor, operation: str
) -> None:
    texts.reply(THANKS)
    records = marketplace.stream.new_records()
    code = "InternalErrorException" if operation != "SendEmail" else "TooManyRequestsException"
    sdk.respond_with_error(operation, code)
    marketplace.sdk.calls.clear()
    for _ in range(2):
        assert table_stream.deliver("notify", records) != []
    sdk.restore()
    assert table_stream.deliver("notify", records) == []
    assert table_stream.deliver("notify", records) == []
    assert sent(marketplace) == Told([CLIENT.email], [("feedback_replied", CLIENT.id)], ["FeedbackReplied"])


def test_everybody_is_told_in_their_language(empty_marketplace: Marketplace) -> None:
    empty_marketplace.start_eligible_contract(
        client={"id": CLIENT.id, "name": "Client", "email": CLIENT.email, "locale": "ar"},
        freelancer={"id": FREELANCER.id, "name": "Freelancer", "email": FREELANCER.email, "locale": "de-AT"},
    )
    texts = TextChanges(empty_marketplace, empty_marketplace.submit_feedback().body["feedback_id"])
    told(empty_marketplace)
    texts.reply(THANKS)
    texts.report(FEEDBACK)
    texts.remove(FEEDBACK)
    told(empty_marketplace)
    titles = {message["kind"]: message["title"] for message in empty_marketplace.dash_messages()}
    assert titles == {
        "feedback_removed": "أُزيل تقييمك بشأن «\u2068Website relaunch\u2069»",
        "feedback_report_decided": "Ihre Meldung zu „Website relaunch“ wurde geprüft",
    }


def test_no_address_is_in_any_event_or_dash_message(marketplace: Marketplace, texts: TextChanges) -> None:
    texts.correct()
    texts.reply(THANKS)
    texts.report(FEEDBACK)
    texts.remove(REPLY)
    told(marketplace)
    assert len(marketplace.domain_events()) == 4
    assert not re.search(r"@", json.dumps([marketplace.domain_events(), marketplace.dash_messages()]))
