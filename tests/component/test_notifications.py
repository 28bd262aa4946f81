"""Which e-mails and Dash messages people get when feedback is requested, is given, or a request expires."""

import re
from html import escape, unescape

import pytest

from mid_job_feedback.aws import client
from mid_job_feedback.domain import addresses
from mid_job_feedback.domain.models import Feedback, Ground, Removal, Reply, shown
from mid_job_feedback.domain.wording import wording_in
from tests import lambda_runtime
from tests.builders import DAY, NOW, SECOND, a_feedback, a_request
from tests.component.marketplace import Marketplace
from tests.lambda_runtime import Flags, set_rollout
from tests.suite_clock import shifted

ROOM = "https://feedback.example.com/app/contract?id=c-1"
PARTIES = {
    "contract_title": "Website relaunch",
    "client": {"id": "u-client", "name": "Client"},
    "freelancer": {"id": "u-freelancer", "name": "Freelancer"},
}
REMOVED = a_feedback().model_copy(
    update={"ratings": None, "score": None, "comment": None, "removed": Removal(at=NOW, ground=Ground.ABUSIVE)}
)
LINK = re.compile(r"https://feedback\.example\.com/app/feedback#t=([\w.-]+)(?:&rating=(\d))?")


def test_a_request_is_an_email_to_the_client(marketplace: Marketplace) -> None:
    marketplace.request_feedback(body={"message": "How is it going?"})
    marketplace.process_stream()
    [email] = marketplace.emails()
    assert email.to == "client@example.com"
    assert email.subject == shifted("Freelancer asks for your feedback on “Website relaunch” by 29 June 2026")
    for part in (email.text, email.html):
        assert "How is it going?" in part
        assert "Website relaunch" in part
        assert shifted("You have until Monday, 29 June 2026, 12:00 UTC to answer (14 days left).") in part


def test_its_link_and_its_five_stars_lead_to_the_form(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.process_stream()
    [email] = marketplace.emails()
    for part in (email.text, unescape(email.html)):
        links = LINK.findall(part)
        assert {token for token, _ in links} == {marketplace.link_token()}
        assert sorted(star for _, star in links) == ["", "", "1", "2", "3", "4", "5"]  # "": to answer, to decline
    token, _ = LINK.findall(email.text)[0]
    assert marketplace.open_link(token).status == 200
    assert marketplace.submit_by_link(token).status == 201


def test_a_request_is_a_dash_message_to_the_client(marketplace: Marketplace) -> None:
    request = marketplace.request_feedback().body
    marketplace.process_stream()
    assert marketplace.dash_messages() == [
        {
            "message_id": f"feedback_requested:{request['request_id']}",
            "kind": "feedback_requested",
            "recipient_id": "u-client",
            "contract_id": "c-1",
            "title": "Freelancer asks for your feedback",
            "body": shifted(
                "About “Website relaunch”. "
                "You have until Monday, 29 June 2026, 12:00 UTC to answer (14 days left)."
            ),
            "link": ROOM,
            "occurred_at": shifted("2026-06-15T12:00:00.000Z"),
            "data": PARTIES
            | {
                "request_id": request["request_id"],
                "requested_at": shifted("2026-06-15T12:00:00.000Z"),
                "expires_at": shifted("2026-06-29T12:00:00.000Z"),
            },
        }
    ]
    _has_attributes(marketplace, kind="feedback_requested", recipient_id="u-client")


def test_feedback_is_an_email_to_the_freelancer(marketplace: Marketplace) -> None:
    marketplace.submit_feedback()
    marketplace.process_stream()
    [email] = marketplace.emails()
    assert email.to == "freelancer@example.com"
    assert email.subject == shifted("Client gave you feedback on “Website relaunch” (15 June 2026)")
    for part in (email.text, email.html):
        assert "4.67" in part
        assert "Reliable and quick." in part
        assert part.count("5 of 5") == 4
        assert ROOM in part
        assert "does not affect your Job Success Score" in part


def test_what_leads_to_a_contract_leads_to_the_marketplaces_own_page_if_it_has_one(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But the client's e-mail leads to the form, for which nobody has to be signed in."""
    _set(monkeypatch, CONTRACT_URL="https://www.example.com/contracts/{contract_id}?tab=feedback&from=mail")
    marketplace.request_feedback()
    marketplace.process_stream()
    marketplace.submit_feedback()
    marketplace.process_stream()
    own_page = "https://www.example.com/contracts/c-1?tab=feedback&from=mail"
    assert [message["link"] for message in marketplace.dash_messages()] == [own_page] * 2
    requested, provided = marketplace.emails()
    assert "https://www.example.com" not in requested.text + requested.html
    assert LINK.search(requested.text)
    assert own_page in provided.text
    assert f'href="{escape(own_page)}"' in provided.html
    assert ROOM not in provided.text + provided.html


def test_everybody_is_told_in_their_language_and_time_zone_as_the_newest_start_has_them(
    marketplace: Marketplace,
) -> None:
    client = {"id": "u-client", "name": "Client", "email": "client@example.com"}
    freelancer = {"id": "u-freelancer", "name": "Freelancer", "email": "freelancer@example.com"}
    marketplace.publish_event(
        "contract-started",
        at=NOW + SECOND,
        client=client | {"locale": "de-AT", "time_zone": "Asia/Kathmandu"},
        freelancer=freelancer | {"locale": "ar-EG", "time_zone": "Africa/Lagos"},
    )
    marketplace.request_feedback()
    marketplace.process_stream()
    marketplace.submit_feedback()
    marketplace.process_stream()
    requested, provided = marketplace.emails()
    for part in (requested.text, requested.html):
        assert f"bis {wording_in('de').minute(NOW + 14 * DAY, 'Asia/Kathmandu')} antworten (noch 14 Tage)." in part
    assert '<html lang="de" dir="ltr">' in requested.html
    assert '<html lang="ar" dir="rtl">' in provided.html
    assert [message["title"] for message in marketplace.dash_messages()] == [
        "Freelancer bittet Sie um Feedback",
        "وصلك تقييم من \u2068Client\u2069",
    ]
    marketplace.publish_event(
        "contract-started", at=NOW + 2 * SECOND, client=client, freelancer=freelancer | {"locale": "es"}
    )
    marketplace.wait(30 * DAY)
    marketplace.pay(paid_at=marketplace.clock.now())
    marketplace.request_feedback()
    marketplace.process_stream()
    assert '<html lang="en" dir="ltr">' in marketplace.emails()[-1].html


def test_an_email_about_a_request_comes_from_the_freelancer_via_the_marketplace(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others come from the marketplace. None is answered by a machine, and none is put into one conversation."""
    _set(monkeypatch, REPLY_TO_EMAIL="help@example.com")
    request = marketplace.request_feedback().body
    marketplace.process_stream()
    feedback = marketplace.submit_feedback().body
    marketplace.process_stream()
    requested, provided = marketplace.sdk.parameters_of("SendEmail")
    assert requested["FromEmailAddress"] == '"Freelancer via Example Market" <feedback@example.com>'
    assert provided["FromEmailAddress"] == '"Example Market" <feedback@example.com>'
    ids = (
        f"feedback_requested:{request['request_id']}:{addresses.digest('client@example.com')}",
        f"feedback_provided:{feedback['feedback_id']}",
    )
    for sent, message_id in zip((requested, provided), ids, strict=True):
        assert sent["ReplyToAddresses"] == ["help@example.com"]
        assert sent["Content"]["Simple"]["Headers"][:3] == [
            {"Name": "Auto-Submitted", "Value": "auto-generated"},
            {"Name": "References", "Value": f"<{message_id.replace(':', '.')}@example.com>"},
            {"Name": "X-Entity-Ref-ID", "Value": message_id},
        ]


def test_without_a_name_of_the_marketplace_emails_come_from_the_bare_address(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(monkeypatch, MARKETPLACE_NAME="")
    marketplace.request_feedback()
    marketplace.process_stream()
    [sent] = marketplace.sdk.parameters_of("SendEmail")
    assert sent["FromEmailAddress"] == "feedback@example.com"
    assert "ReplyToAddresses" not in sent


def test_every_email_ends_with_the_address_and_the_links_of_the_marketplace(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    brand = {
        "LOGO_URL": "https://www.example.com/logo.png?a=1&b=2",
        "POSTAL_ADDRESS": "Example GmbH, Hauptstraße 1, 10827 Berlin",
        "SUPPORT_URL": "https://www.example.com/help",
        "LEGAL_URL": "https://www.example.com/imprint",
    }
    _set(monkeypatch, **brand)
    marketplace.request_feedback()
    marketplace.process_stream()
    marketplace.submit_feedback()
    marketplace.process_stream()
    for email in marketplace.emails():
        assert f'<img class="ink" src="{escape(brand["LOGO_URL"])}" alt="Example Market"' in email.html
        for part in (email.text, email.html):
            end = part[part.index("You get this e-mail because") :]
            assert all(end.count(brand[name]) == 1 for name in ("POSTAL_ADDRESS", "SUPPORT_URL", "LEGAL_URL"))


def test_feedback_is_a_dash_message_to_the_freelancer(marketplace: Marketplace) -> None:
    feedback = marketplace.submit_feedback().body
    marketplace.process_stream()
    assert marketplace.dash_messages() == [
        {
            "message_id": f"feedback_provided:{feedback['feedback_id']}",
            "kind": "feedback_provided",
            "recipient_id": "u-freelancer",
            "contract_id": "c-1",
            "title": "Client gave you feedback",
            "body": "Average 4.67 of 5 for “Website relaunch”.",
            "link": ROOM,
            "occurred_at": shifted("2026-06-15T12:00:00.000Z"),
            "data": PARTIES
            | {
                "feedback_id": feedback["feedback_id"],
                "request_id": None,
                "score": 4.67,
                "provided_at": shifted("2026-06-15T12:00:00.000Z"),
            },
        }
    ]
    _has_attributes(marketplace, kind="feedback_provided", recipient_id="u-freelancer")


def test_an_expired_request_is_a_dash_message_to_the_freelancer_but_no_email(marketplace: Marketplace) -> None:
    request = marketplace.request_feedback().body
    marketplace.wait(14 * DAY)
    marketplace.sweep()
    [message] = marketplace.dash_messages_of("feedback_request_expired")
    assert message == {
        "message_id": f"feedback_request_expired:{request['request_id']}",
        "kind": "feedback_request_expired",
        "recipient_id": "u-freelancer",
        "contract_id": "c-1",
        "title": "Your feedback request has expired",
        "body": "Client did not answer in time about “Website relaunch”. You can ask again now.",
        "link": ROOM,
        "occurred_at": shifted("2026-06-29T12:00:00.000Z"),
        "data": PARTIES
        | {
            "request_id": request["request_id"],
            "requested_at": shifted("2026-06-15T12:00:00.000Z"),
            "expires_at": shifted("2026-06-29T12:00:00.000Z"),
            "next_request": {"eligible": True, "eligible_at": None, "reasons": []},
        },
    }
    _has_attributes(marketplace, kind="feedback_request_expired", recipient_id="u-freelancer")
    assert marketplace.emails() == []


def test_its_message_says_from_when_the_freelancer_can_ask_again(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.wait(14 * DAY)
    marketplace.pay(paid_at=marketplace.clock.now())
    marketplace.submit_feedback()
    marketplace.sweep()
    [message] = marketplace.dash_messages_of("feedback_request_expired")
    again = wording_in("en").next_minute(NOW + 44 * DAY, None)
    assert message["body"].endswith(f"You can ask again from {again}.")
    next_request = message["data"]["next_request"]
    assert (next_request["eligible"], next_request["eligible_at"]) == (False, shown(NOW + 44 * DAY))
    assert [reason["code"] for reason in next_request["reasons"]] == ["feedback_too_recent"]


def test_its_message_says_if_the_rollout_no_longer_includes_the_freelancer(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    marketplace.request_feedback()
    marketplace.wait(14 * DAY)
    set_rollout(monkeypatch, Flags(percent=0))
    marketplace.sweep()
    [message] = marketplace.dash_messages_of("feedback_request_expired")
    assert message["body"].endswith("You cannot request feedback yet.")


def test_a_request_that_replaces_an_expired_one_is_announced(marketplace: Marketplace) -> None:
    first = marketplace.request_feedback().body
    marketplace.process_stream()
    marketplace.wait(14 * DAY)
    second = marketplace.request_feedback().body
    assert [message["message_id"] for message in marketplace.dash_messages_of("feedback_requested")] == [
        f"feedback_requested:{first['request_id']}",
        f"feedback_requested:{second['request_id']}",
    ]
    assert shifted("Monday, 13 July 2026, 12:00 UTC") in marketplace.emails()[-1].text


def test_a_request_that_is_already_fulfilled_causes_no_email(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.submit_feedback()
    marketplace.process_stream()
    assert [email.to for email in marketplace.emails()] == ["freelancer@example.com"]
    assert [message["kind"] for message in marketplace.dash_messages()] == [
        "feedback_requested",
        "feedback_provided",
    ]


def test_a_request_that_is_already_past_its_deadline_causes_no_email(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.wait(14 * DAY)
    marketplace.process_stream()
    assert marketplace.emails() == []
    assert len(marketplace.dash_messages()) == 1


def test_a_request_that_the_end_cancels_causes_no_email_and_is_not_announced_as_expired(
    marketplace: Marketplace,
) -> None:
    marketplace.request_feedback()
    marketplace.end_contract()
    marketplace.process_stream()
    assert marketplace.emails() == []
    assert [message["kind"] for message in marketplace.dash_messages()] == ["feedback_requested"]


def test_other_events_cause_no_message(marketplace: Marketplace) -> None:
    marketplace.publish_event("end-of-contract-feedback")
    marketplace.pay(paid_at=NOW)
    marketplace.end_contract()
    marketplace.process_stream()
    assert (marketplace.emails(), marketplace.dash_messages(), marketplace.domain_events()) == ([], [], [])


@pytest.mark.parametrize(
    ("case", "feedback", "emails", "dash_messages"),
    [
        ("notify-feedback-requested", None, 1, 1),
        ("notify-request-expired", None, 0, 1),
        ("notify-request-fulfilled", None, 0, 0),
        ("notify-feedback-provided", a_feedback(), 1, 1),
        ("notify-feedback-corrected", a_feedback(revision=2, edited_at=NOW), 0, 1),
        ("notify-feedback-replied", a_feedback(reply=Reply(text="Thank you!", replied_at=NOW)), 1, 1),
        ("notify-report-made", a_feedback(), 0, 0),
        ("notify-decision-made", REMOVED, 0, 1),
    ],
)
def test_the_event_files_are_announced(
    marketplace: Marketplace, case: str, feedback: Feedback | None, emails: int, dash_messages: int
) -> None:
    marketplace.put_open_request(a_request())
    if feedback:
        marketplace.put_feedback(feedback)
    event = lambda_runtime.event(case)
    if case == "notify-decision-made":  # what it says is read from the table
        [record] = event["Records"]
        client("dynamodb").put_item(TableName="feedback", Item=record["dynamodb"]["NewImage"])
    assert lambda_runtime.invoke("notify", event) == {"batchItemFailures": []}
    assert (len(marketplace.emails()), len(marketplace.dash_messages())) == (emails, dash_messages)
    assert len(marketplace.domain_events()) == 1


def test_the_event_file_of_a_settled_report_is_announced_to_its_reporter_only(marketplace: Marketplace) -> None:
    marketplace.put_feedback(REMOVED)
    event = lambda_runtime.event("notify-report-settled")
    assert lambda_runtime.invoke("notify", event) == {"batchItemFailures": []}
    [message] = marketplace.dash_messages()
    assert (message["kind"], message["recipient_id"]) == ("feedback_report_decided", "u-freelancer")
    assert (marketplace.emails(), marketplace.domain_events()) == ([], [])


def _set(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    """Start a process with these settings."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    lambda_runtime.cold_start()
    set_rollout(monkeypatch, Flags())


def _has_attributes(marketplace: Marketplace, **attributes: str) -> None:
    published = marketplace.sdk.parameters_of("Publish")[-1]
    assert published["TopicArn"] == lambda_runtime.ENVIRONMENT["DASH_TOPIC_ARN"]
    assert published["MessageAttributes"] == {
        name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
    }
