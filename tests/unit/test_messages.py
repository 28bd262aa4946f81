"""What people are told. That it is sent, and how it looks in a mail program, is tested with the handlers."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mid_job_feedback.domain import eligibility, messages
from mid_job_feedback.domain.models import Contract
from tests.builders import CLIENT, DAY, FREELANCER, NOW, POLICY, a_contract, a_feedback, a_request
from tests.suite_clock import shifted

LINK = "https://feedback.example.com/app/feedback#t=token"
HOSTILE = "Eve\r\nBcc: all@example.com\u202e\u2066\u2028x"


def again(contract: Contract, *, enabled: bool = True) -> str:
    verdict = eligibility.to_request(contract, None, POLICY, NOW, enabled=enabled)
    return messages.request_expired_dash(contract, a_request(), verdict, LINK).body


def test_the_email_says_who_asks_for_what_until_when() -> None:
    email = messages.feedback_requested_email(a_contract(), a_request(), LINK)
    assert email.to == "client@example.com"
    assert email.subject == "Freelancer asks for your feedback on “Website relaunch”"
    assert email.fields["deadline"] == shifted("28 June 2026, 12:00:00 UTC")


def test_five_stars_only_prefill_the_form() -> None:
    stars = messages.feedback_requested_email(a_contract(), a_request(), LINK).fields["stars"]
    assert stars == {str(n): f"{LINK}&rating={n}" for n in range(1, 6)}


def test_a_dash_message_has_exactly_the_documented_fields() -> None:
    dash = messages.feedback_requested_dash(a_contract(), a_request(), LINK).model_dump(mode="json")
    assert dash == {
        "message_id": "feedback_requested:r-1",
        "kind": "feedback_requested",
        "recipient_id": "u-client",
        "contract_id": "c-1",
        "title": "Freelancer asks for your feedback",
        "body": shifted("About “Website relaunch”. You can answer until 28 June 2026, 12:00:00 UTC."),
        "link": LINK,
        "occurred_at": shifted("2026-06-14T12:00:00Z"),
    }


def test_feedback_is_told_to_the_freelancer_on_both_channels() -> None:
    email = messages.feedback_provided_email(a_contract(), a_feedback(), LINK)
    dash = messages.feedback_provided_dash(a_contract(), a_feedback(), LINK)
    assert (email.to, dash.recipient_id) == ("freelancer@example.com", "u-freelancer")
    assert (email.fields["score"], dash.occurred_at) == ("4.67", NOW)


def test_the_same_event_has_the_same_message_id_whenever_it_is_told() -> None:
    first = messages.feedback_provided_dash(a_contract(), a_feedback(), LINK)
    later = messages.feedback_provided_dash(a_contract(title="Renamed"), a_feedback(), LINK)
    assert first.message_id == later.message_id


def test_an_expired_request_may_be_made_again_now() -> None:
    assert again(a_contract()).endswith("You can ask again now.")


def test_or_from_a_certain_instant() -> None:
    contract = a_contract(last_feedback_at=NOW - 20 * DAY)
    assert again(contract).endswith(shifted("You can ask again from 25 June 2026, 12:00:00 UTC."))


def test_or_not_for_now_and_why() -> None:
    told = again(a_contract(ended_at=NOW), enabled=False)
    assert "cannot ask again yet. The contract has ended." in told


def test_or_has_been_already() -> None:
    renewed = a_request(request_id="r-2", requested_at=NOW)
    verdict = eligibility.to_request(a_contract(), renewed, POLICY, NOW, enabled=True)
    dash = messages.request_expired_dash(a_contract(), a_request(), verdict, LINK)
    assert dash.body.endswith("You have already asked again.")


def test_names_and_titles_cannot_steer_a_line_a_header_or_the_direction_of_text() -> None:
    contract = a_contract(
        title=HOSTILE,
        client=CLIENT.model_copy(update={"name": HOSTILE}),
        freelancer=FREELANCER.model_copy(update={"name": HOSTILE}),
    )
    told = [
        messages.feedback_requested_email(contract, a_request(), LINK).subject,
        messages.feedback_provided_email(contract, a_feedback(), LINK).subject,
        messages.feedback_requested_dash(contract, a_request(), LINK).title,
        messages.feedback_provided_dash(contract, a_feedback(), LINK).body,
    ]
    for text in told:
        assert "EveBcc: all@example.comx" in text
        assert text.isprintable()


def test_names_in_any_script_arrive_whole() -> None:
    contract = a_contract(freelancer=FREELANCER.model_copy(update={"name": "Zoë 🌻 محمد 李"}))
    assert messages.feedback_requested_email(contract, a_request(), LINK).subject.startswith("Zoë 🌻 محمد 李 asks")


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        (datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC), "29 February 2028, 23:59:59 UTC"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "31 December 2026, 23:30:00 UTC"),
    ],
)
def test_instants_are_told_in_words_with_their_zone(instant: datetime, words: str) -> None:
    assert messages.in_words(instant) == words


def test_ids_in_links_are_escaped() -> None:
    assert (
        messages.contract_room_url("https://x.example.com", "a:b") == "https://x.example.com/app/contract?id=a%3Ab"
    )


def test_a_deadline_over_a_clock_change_is_still_fourteen_days_away() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    asked = datetime(2026, 10, 20, 12, 0, tzinfo=berlin).astimezone(UTC)
    deadline = a_request(requested_at=asked).expires_at
    assert deadline - asked == 14 * DAY
    assert deadline.astimezone(berlin).hour == 11  # the clocks went back; fourteen days are fourteen days
