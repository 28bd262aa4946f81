"""Which e-mails and Dash messages people get when feedback is requested, is given, or a request expires."""

import re
from html import escape, unescape

import pytest

from tests import lambda_runtime
from tests.builders import DAY, NOW, a_request
from tests.component.marketplace import Marketplace
from tests.lambda_runtime import Flags, set_rollout
from tests.suite_clock import shifted

ROOM = "https://feedback.example.com/app/contract?id=c-1"
LINK = re.compile(r"https://feedback\.example\.com/app/feedback#t=([\w.-]+)(?:&rating=(\d))?")


def test_a_request_is_an_email_to_the_client(marketplace: Marketplace) -> None:
    marketplace.request_feedback(body={"message": "How is it going?"})
    marketplace.process_stream()
    [email] = marketplace.emails()
    assert email.to == "client@example.com"
    assert email.subject == "Freelancer asks for your feedback on “Website relaunch”"
    for part in (email.text, email.html):
        assert "How is it going?" in part
        assert "Website relaunch" in part
        assert shifted("29 June 2026, 12:00:00 UTC") in part


def test_its_link_and_its_five_stars_lead_to_the_form(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.process_stream()
    [email] = marketplace.emails()
    for part in (email.text, unescape(email.html)):
        links = LINK.findall(part)
        assert {token for token, _ in links} == {marketplace.link_token()}
        assert sorted(star for _, star in links) == ["", "1", "2", "3", "4", "5"]
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
            "body": shifted("About “Website relaunch”. You can answer until 29 June 2026, 12:00:00 UTC."),
            "link": ROOM,
            "occurred_at": shifted("2026-06-15T12:00:00.000Z"),
        }
    ]
    _has_attributes(marketplace, kind="feedback_requested", recipient_id="u-client")


def test_feedback_is_an_email_to_the_freelancer(marketplace: Marketplace) -> None:
    marketplace.submit_feedback()
    marketplace.process_stream()
    [email] = marketplace.emails()
    assert email.to == "freelancer@example.com"
    assert email.subject == "Client gave you feedback on “Website relaunch”"
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
    monkeypatch.setenv("CONTRACT_URL", "https://www.example.com/contracts/{contract_id}?tab=feedback&from=mail")
    lambda_runtime.cold_start()
    lambda_runtime.set_rollout(monkeypatch, Flags())
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
    assert message["body"].endswith(shifted("You can ask again from 29 July 2026, 12:00:00 UTC."))


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
    assert shifted("13 July 2026, 12:00:00 UTC") in marketplace.emails()[-1].text


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
    assert (marketplace.emails(), marketplace.dash_messages()) == ([], [])


@pytest.mark.parametrize(
    ("case", "emails"),
    [("notify-feedback-requested", 1), ("notify-feedback-provided", 1), ("notify-request-expired", 0)],
)
def test_the_event_files_are_announced(marketplace: Marketplace, case: str, emails: int) -> None:
    marketplace.put_open_request(a_request())
    assert lambda_runtime.invoke("notify", lambda_runtime.event(case)) == {"batchItemFailures": []}
    assert (len(marketplace.emails()), len(marketplace.dash_messages())) == (emails, 1)


def _has_attributes(marketplace: Marketplace, **attributes: str) -> None:
    published = marketplace.sdk.parameters_of("Publish")[-1]
    assert published["TopicArn"] == lambda_runtime.ENVIRONMENT["DASH_TOPIC_ARN"]
    assert published["MessageAttributes"] == {
        name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
    }
