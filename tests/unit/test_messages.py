"""The texts of messages. tests/component/test_notifications.py shows which are sent when, and how e-mails look."""

from datetime import UTC, datetime
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from mid_job_feedback.domain import eligibility, messages
from mid_job_feedback.domain.models import Contract, FeedbackRequest
from mid_job_feedback.messaging import email
from tests.builders import CLIENT, DAY, FREELANCER, NOW, POLICY, a_contract, a_feedback, a_request
from tests.suite_clock import shifted

LINK = "https://feedback.example.com/app/feedback#t=token"
ATTACK = "Eve\r\nBcc: all@example.com\u202e\u2066\u2028x"
RENEWED = a_request(request_id="r-2", requested_at=NOW)


@pytest.mark.parametrize(
    ("contract", "open_request", "ending"),
    [
        (a_contract(), None, "You can ask again now."),
        (
            a_contract(last_feedback_at=NOW - 20 * DAY),
            None,
            shifted("You can ask again from 25 June 2026, 12:00:00 UTC."),
        ),
        (a_contract(), RENEWED, "You have already asked again."),
        (
            a_contract(last_payment_at=NOW - 31 * DAY),
            None,
            "You cannot ask again now. There is no recent payment on this contract.",
        ),
        (
            a_contract(ended_at=NOW, last_payment_at=None),
            None,
            "You cannot ask again now. The contract has ended. There is no recent payment on this contract.",
        ),
    ],
    ids=["now", "from an instant on", "already asked", "no recent payment", "ended"],
)
def test_an_expired_request_says_whether_the_freelancer_can_ask_again(
    contract: Contract, open_request: FeedbackRequest | None, ending: str
) -> None:
    next_request = eligibility.to_request(contract, open_request, POLICY, NOW, enabled=True)
    assert messages.request_expired_dash(contract, a_request(), next_request, LINK).body.endswith(ending)


def test_a_message_about_the_same_feedback_always_has_the_same_id() -> None:
    first = messages.feedback_provided_dash(a_contract(), a_feedback(), LINK)
    later = messages.feedback_provided_dash(a_contract(title="Renamed"), a_feedback(), LINK)
    assert first.message_id == later.message_id


def test_names_and_titles_cannot_end_a_line_or_change_the_direction_of_text() -> None:
    contract = a_contract(
        title=ATTACK,
        client=CLIENT.model_copy(update={"name": ATTACK}),
        freelancer=FREELANCER.model_copy(update={"name": ATTACK}),
    )
    texts = [
        messages.feedback_requested_email(contract, a_request(), LINK).subject,
        messages.feedback_provided_email(contract, a_feedback(), LINK).subject,
        messages.feedback_requested_dash(contract, a_request(), LINK).title,
        messages.feedback_provided_dash(contract, a_feedback(), LINK).body,
    ]
    for text in texts:
        assert "EveBcc: all@example.comx" in text
        assert text.isprintable()


def test_names_in_any_script_are_kept() -> None:
    contract = a_contract(freelancer=FREELANCER.model_copy(update={"name": "Zoë 🌻 محمد 李"}))
    assert messages.feedback_requested_email(contract, a_request(), LINK).subject.startswith("Zoë 🌻 محمد 李 asks")


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        (datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC), "29 February 2028, 23:59:59 UTC"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "31 December 2026, 23:30:00 UTC"),
        (datetime(2026, 12, 31, 23, 59, 59, 1, tzinfo=UTC), "1 January 2027, 00:00:00 UTC"),
        (datetime(2026, 12, 31, 23, 59, 58, 999_999, tzinfo=UTC), "31 December 2026, 23:59:59 UTC"),
    ],
)
def test_instants_are_written_with_their_zone_and_rounded_up_to_the_second(instant: datetime, words: str) -> None:
    assert messages.in_words(instant) == words


@pytest.mark.parametrize(
    ("template", "url"),
    [
        (
            "https://x.example.com/app/contract?id={contract_id}",
            "https://x.example.com/app/contract?id=a%3Ab%40c%26d",
        ),
        ("https://x.example.com/{contract_id}/{other}#f", "https://x.example.com/a%3Ab%40c%26d/{other}#f"),
        ("https://x.example.com/{contract_id}/{contract_id}", "https://x.example.com/a%3Ab%40c%26d/a%3Ab%40c%26d"),
    ],
)
def test_ids_in_urls_are_escaped(template: str, url: str) -> None:
    assert messages.contract_room_url(template, "a:b@c&d") == url


def test_a_deadline_after_a_clock_change_is_still_fourteen_days_away() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    requested_at = datetime(2026, 10, 20, 12, 0, tzinfo=berlin).astimezone(UTC)
    deadline = a_request(requested_at=requested_at).expires_at
    assert deadline - requested_at == 14 * DAY
    assert deadline.astimezone(berlin).hour == 11  # the clocks went back in between


def test_every_email_has_a_text_and_an_html_template() -> None:
    templates = {path.name for path in (Path(email.__file__).parent / "templates").iterdir()}
    names = get_args(messages.Email.model_fields["template"].annotation)
    assert templates == {f"{name}.{form}" for name in names for form in ("txt", "html")} | {"layout.html"}
