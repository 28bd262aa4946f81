"""What becomes of an e-mail: SES's events, in whatever order they arrive."""

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import combinations_with_replacement, permutations
from math import comb, factorial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mid_job_feedback.domain import addresses, email_delivery, email_events, email_tags
from mid_job_feedback.domain.addresses import MailStanding, UndeliverableReason
from mid_job_feedback.domain.email_delivery import EmailReport, EmailState, EmailStatus, Letter, NotSentReason
from mid_job_feedback.domain.email_events import Finding
from mid_job_feedback.domain.email_tags import EmailTags
from mid_job_feedback.domain.models import ID_LENGTH
from tests.builders import CLIENT, DAY, IDS, NOW, SECOND, SUBJECTS, a_request, an_email_report
from tests.email_events import CASES, event, some_tags

MS = timedelta(milliseconds=1)
STATES = {
    "sent": EmailState.SENT,
    "delivered": EmailState.DELIVERED,
    "delayed": EmailState.DELAYED,
    "bounced": EmailState.BOUNCED,
    "answered-automatically": EmailState.BOUNCED_FOR_NOW,
    "complained": EmailState.COMPLAINED,
    "rejected": EmailState.REJECTED,
}
UNDELIVERABLE = {"bounced": UndeliverableReason.BOUNCED, "complained": UndeliverableReason.COMPLAINED}
FREE = MailStanding(unsubscribed=False, undeliverable=None)
OTHER = "somebody.else@example.com"
LONGEST = "~" * ID_LENGTH


def found_in(body: str) -> Finding | None:
    parsed = email_events.parse(body)
    return email_events.finding(parsed) if parsed else None


# What an event says


@pytest.mark.parametrize("case", CASES)
def test_an_event_says_how_far_an_email_got_and_whether_its_address_can_be_mailed_again(case: str) -> None:
    found = found_in(event(case, NOW, some_tags()))
    assert found
    assert found.about == some_tags()
    assert (found.report.state, found.report.at) == (STATES[case], NOW)
    assert found.undeliverable is UNDELIVERABLE.get(case)


@pytest.mark.parametrize("case", CASES)
def test_an_event_without_addresses_says_the_same(case: str) -> None:
    whole = email_events.parse(event(case, NOW, some_tags(person_id=LONGEST)))
    assert whole
    kept = email_events.without_addresses(whole)
    assert found_in(kept) == email_events.finding(whole)
    assert not [part for part in ("@", "ubject", "eaders", "diagnostic") if part in kept]
    again = email_events.parse(kept)
    assert again
    assert email_events.without_addresses(again) == kept


def test_an_event_about_an_email_of_somebody_else_is_none_of_ours() -> None:
    for case in CASES:
        assert email_events.parse(event(case, tags={"campaign": ["spring"]})) is None
        without = json.loads(event(case))
        del without["mail"]["tags"]
        assert email_events.parse(json.dumps(without)) is None


def test_the_message_by_which_ses_tries_the_topic_is_no_event() -> None:
    assert email_events.parse(email_events.TOPIC_VALIDATED) is None


def changed(case: str, part: str, **fields: Any) -> str:
    found = json.loads(event(case, about=some_tags()))
    found[part] |= fields
    return json.dumps(found)


@pytest.mark.parametrize(
    ("case", "part", "recipients"),
    [
        ("bounced", "bounce", "bouncedRecipients"),
        ("complained", "complaint", "complainedRecipients"),
        ("delayed", "deliveryDelay", "delayedRecipients"),
    ],
)
def test_of_an_email_with_several_recipients_an_event_must_name_ours(
    case: str, part: str, recipients: str
) -> None:
    def sent_to(*destination: str, named: list[str]) -> str:
        found = json.loads(changed(case, part, **{recipients: [{"emailAddress": each} for each in named]}))
        return json.dumps(found | {"mail": found["mail"] | {"destination": destination}})

    ours = CLIENT.email.upper()
    assert found_in(sent_to(CLIENT.email, OTHER, named=[OTHER, ours]))
    assert found_in(sent_to(CLIENT.email, OTHER, named=[OTHER])) is None
    assert found_in(sent_to(CLIENT.email, OTHER, named=[])) is None
    # Our e-mails have one recipient, whose provider may have forwarded it, or who replies automatically.
    assert found_in(sent_to(CLIENT.email, named=[OTHER]))
    assert found_in(sent_to(CLIENT.email, named=[]))


def test_of_a_delivery_to_several_recipients_ours_must_be_one() -> None:
    for recipients, is_ours in (([OTHER], False), ([OTHER, CLIENT.email], True)):
        found = json.loads(changed("delivered", "delivery", recipients=recipients))
        found["mail"]["destination"] = [CLIENT.email, OTHER]
        assert bool(found_in(json.dumps(found))) is is_ours


def test_a_transient_or_undetermined_bounce_says_nothing_of_the_address() -> None:
    for kind in ("Transient", "Undetermined", "of a kind to come"):
        found = found_in(changed("bounced", "bounce", bounceType=kind))
        assert found
        assert (found.report.state, found.undeliverable) == (EmailState.BOUNCED_FOR_NOW, None)


def test_a_report_that_an_email_is_no_spam_is_no_complaint() -> None:
    assert found_in(changed("complained", "complaint", complaintFeedbackType="not-spam")) is None
    assert found_in(changed("complained", "complaint", complaintFeedbackType=None))


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"feedback_email": ["one"]}, "mail.tags.email_number"),
        ({"feedback_email": []}, "feedback_email: must have one value"),
        ({"feedback_address": ["client@example.com"]}, "mail.tags.address_digest"),
        ({"feedback_contract": ["%"]}, "feedback_contract: is not an id"),
        ({"feedback_person": ["YSBi"]}, "mail.tags.person_id"),  # a blank
        ({"feedback_request": ["_w"]}, "feedback_request: is not an id"),  # not UTF-8
    ],
)
def test_malformed_tags_of_ours_are_named_and_not_quoted(tags: dict[str, Any], reason: str) -> None:
    ours = {name: [value] for name, value in some_tags().as_tags().items()}
    with pytest.raises(ValidationError) as raised:
        email_events.parse(event("sent", tags=ours | tags))
    [error] = raised.value.errors(include_input=False, include_url=False)
    said = f"{'.'.join(str(part) for part in error['loc'][1:])}: {error['msg']}"
    assert reason in said
    assert "@" not in str(raised.value)


# Tags


@pytest.mark.parametrize("id_", [*IDS, *SUBJECTS.values(), LONGEST, "x"])
def test_tags_carry_every_id_and_are_what_ses_accepts(id_: str) -> None:
    tags = some_tags(person_id=id_, contract_id=id_, request_id=id_)
    written = tags.as_tags()
    for part in (*written, *written.values()):
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,256}", part)
    assert len(written) <= 10  # CloudWatch and the console show no more of one e-mail
    assert EmailTags.model_validate(email_tags.decoded({k: [v] for k, v in written.items()})) == tags


@given(st.text(st.sampled_from("".join(IDS)), min_size=1, max_size=ID_LENGTH))
def test_tags_that_were_written_are_read(id_: str) -> None:
    assert email_tags._decoded({k: [v] for k, v in email_tags._encoded("name", id_).items()}, "name") == id_


def test_tags_name_no_address() -> None:
    assert CLIENT.email not in str(some_tags().as_tags())
    assert not email_tags.are_ours({"campaign": ["spring"]})


# Orders


def highest(versions: Iterable[str]) -> str:
    """What the table holds after these writes: each replaces the row if its version is higher."""
    stored = ""
    for version in versions:
        stored = max(stored, version)
    return stored


def last_of(*reports: EmailReport) -> EmailReport:
    """The report that is stored, in whatever order these arrive."""
    [end] = {highest(report.version for report in order) for order in permutations(reports)}
    [found] = [report for report in reports if report.version == end]
    return found


def every_report() -> list[EmailReport]:
    """Of two e-mails about one request, to two addresses; two delays of one e-mail."""
    first, second = email_delivery.email_number(NOW), email_delivery.email_number(NOW + DAY)
    found = [
        finding.report
        for number, address in ((first, "old@example.com"), (second, CLIENT.email))
        for case in CASES
        if (
            finding := found_in(
                event(case, NOW, some_tags(email_number=number, address_digest=addresses.digest(address)))
            )
        )
    ]
    later = [report.model_copy(update={"at": NOW + SECOND}) for report in found if report.state == "delayed"]
    return found + later


def test_every_order_of_up_to_four_events_ends_in_the_same_state() -> None:
    versions = [report.version for report in every_report()]
    assert len(versions) == 2 * len(CASES) + 2
    orders = 0
    for number in (1, 2, 3, 4):
        for chosen in combinations_with_replacement(versions, number):
            ends = [highest(order) for order in permutations(chosen)]
            orders += len(ends)
            assert set(ends) == {max(chosen)}
    assert orders == sum(comb(16 + number - 1, number) * factorial(number) for number in (1, 2, 3, 4))


def test_events_of_an_earlier_email_never_change_the_report_on_a_later_one() -> None:
    reports = every_report()
    newest = max(report.email_number for report in reports)
    for later in (report for report in reports if report.email_number == newest):
        for earlier in (report for report in reports if report.email_number < newest):
            assert last_of(earlier, later) == later


def test_an_automatic_reply_does_not_hide_a_delivery_and_a_bounce_does() -> None:
    by_state = {state: an_email_report(state=state) for state in EmailState}
    delivered, bounced = by_state[EmailState.DELIVERED], by_state[EmailState.BOUNCED]
    assert last_of(delivered, by_state[EmailState.BOUNCED_FOR_NOW]) == delivered
    assert last_of(delivered, bounced) == bounced
    assert last_of(bounced, by_state[EmailState.COMPLAINED]).state is EmailState.COMPLAINED


# What is sent, and what is reported


def a_letter(**overrides: Any) -> Letter:
    return Letter(
        **{
            "message_id": "feedback_requested:r-1",
            "contract_id": "c-1",
            "recipient": CLIENT,
            "request": a_request(),
            **overrides,
        }
    )


@pytest.mark.parametrize(
    ("letter", "standing", "reason"),
    [
        (a_letter(), FREE, None),
        (a_letter(still_open=False), FREE, NotSentReason.REQUEST_CLOSED),
        (a_letter(recipient=CLIENT.model_copy(update={"email": ""})), FREE, NotSentReason.NO_ADDRESS),
        (a_letter(), MailStanding(unsubscribed=True, undeliverable=None), NotSentReason.UNSUBSCRIBED),
        (a_letter(request=None), MailStanding(unsubscribed=True, undeliverable=None), None),
        *(
            (
                a_letter(request=request),
                MailStanding(unsubscribed=False, undeliverable=undeliverable),
                NotSentReason.ADDRESS_UNDELIVERABLE,
            )
            for request in (a_request(), None)
            for undeliverable in UndeliverableReason
        ),
    ],
)
def test_who_may_not_be_mailed_is_not_mailed(
    letter: Letter, standing: MailStanding, reason: NotSentReason | None
) -> None:
    assert email_delivery.reason_not_to_send(letter, standing) == reason


def not_sent(letter: Letter, last: EmailReport | None = None) -> EmailReport | None:
    return email_delivery.not_sent(letter, NotSentReason.UNSUBSCRIBED, last, NOW)


def test_that_nothing_is_sent_never_hides_an_email_that_was_sent_to_this_address() -> None:
    """SES may have accepted it though its response was lost; its events may still be on their way."""
    skipped = not_sent(a_letter())
    assert skipped
    sent = an_email_report(email_number=email_delivery.email_number(a_request().requested_at))
    assert last_of(skipped, sent) == sent
    assert not_sent(a_letter(), last=sent) is None


def test_that_nothing_is_sent_to_a_corrected_address_replaces_the_report_on_the_old_one() -> None:
    old = an_email_report(state=EmailState.COMPLAINED, address_digest=addresses.digest("old@example.com"))
    skipped = not_sent(a_letter(), last=old)
    assert skipped
    assert last_of(old, skipped) == skipped
    assert not_sent(a_letter(pause=DAY), last=old) is None


def test_what_was_skipped_stays_unsent_but_a_later_reminder_is_sent() -> None:
    skipped = not_sent(a_letter())
    assert email_delivery.is_settled(a_letter(), skipped, NOW)
    assert not email_delivery.is_settled(a_letter(pause=DAY), skipped, NOW)
    assert not email_delivery.is_settled(a_letter(), None, NOW)
    assert email_delivery.is_settled(a_letter(pause=DAY), None, NOW)  # the request's own e-mail is still to come


def test_the_email_about_a_request_goes_to_each_address_once() -> None:
    """A process may have died after SES took the e-mail, before the message was recorded as sent."""
    assert email_delivery.is_settled(a_letter(), an_email_report(), NOW)
    elsewhere = an_email_report(address_digest=addresses.digest("old@example.com"))
    assert not email_delivery.is_settled(a_letter(), elsewhere, NOW)


def test_a_reminder_waits_until_the_pause_after_the_last_email_is_over() -> None:
    last = an_email_report()
    assert last.mailed_at
    for after, settled in ((DAY - MS, True), (DAY, False), (DAY + MS, False)):
        assert email_delivery.is_settled(a_letter(pause=DAY), last, last.mailed_at + after) is settled


def test_an_email_comes_after_the_last_one_even_if_the_clock_does_not() -> None:
    last = an_email_report(email_number=email_delivery.email_number(NOW))
    assert email_delivery.email_number(NOW - SECOND, last) == last.email_number + 1
    assert email_delivery.email_number(NOW + SECOND, last) == last.email_number + 1000


def test_every_state_is_shown_as_a_status() -> None:
    shown = {email_delivery.shown_status(state) for state in EmailState}
    assert shown == set(EmailStatus) - {EmailStatus.QUEUED}
    assert an_email_report().mailed_at == NOW - DAY
    assert an_email_report(state=EmailState.NOT_SENT).mailed_at is None


def test_versions_compare_as_text_like_the_reports_they_order() -> None:
    first: datetime = NOW - 3 * DAY
    reports = [
        an_email_report(email_number=email_delivery.email_number(sent), state=state, at=at)
        for sent in (first, first + MS, NOW)
        for state in EmailState
        for at in (NOW, NOW + MS, NOW + DAY)
    ]
    assert sorted(reports, key=lambda report: report.version) == reports
