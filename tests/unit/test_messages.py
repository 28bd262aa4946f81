"""Messages: what they say to whom. test_wording.py has the languages, test_email_html.py how e-mails are written.

tests/component/test_notifications.py shows which are sent when.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from mid_job_feedback.domain import (
    announcements,
    dash_about_feedback,
    dash_about_requests,
    eligibility,
    emails,
    page_urls,
)
from mid_job_feedback.domain.models import (
    Contract,
    Decision,
    FeedbackRequest,
    Ground,
    ModerationState,
    Removal,
    Reply,
    ReportTarget,
)
from mid_job_feedback.domain.wording import LANGUAGES, wording_in
from mid_job_feedback.messaging import email
from tests.builders import (
    CLIENT,
    DAY,
    FREELANCER,
    NOW,
    POLICY,
    SECOND,
    a_contract,
    a_feedback,
    a_report,
    a_request,
)

LINK = "https://feedback.example.com/app/feedback#t=token"
PREFERENCES = page_urls.preferences_urls("https://feedback.example.com", "other-token")
LINKS = emails.RequestLinks(form=LINK, preferences=PREFERENCES)
ATTACK = "Eve\r\nBcc: all@example.com\u202e\u2066\u2028x"
RENEWED = a_request(request_id="r-2", requested_at=NOW)


def a_reply(text: str = "Thank you!") -> Reply:
    return Reply(text=text, replied_at=NOW)


def a_correction(contract: Contract) -> announcements.FeedbackCorrected:
    return announcements.FeedbackCorrected(
        contract=contract, feedback=a_feedback(revision=2, edited_at=NOW), revision=2, edited_at=NOW
    )


def a_first_reply(contract: Contract) -> announcements.FeedbackReplied:
    feedback = a_feedback(reply=a_reply())
    return announcements.FeedbackReplied(contract=contract, feedback=feedback, first_replied_at=NOW)


def a_decision(state: ModerationState, at: datetime = NOW, **changes: Any) -> Decision:
    made = {
        "decision_id": f"d-{at:%H%M%S}",
        "number": int((at - NOW).total_seconds()) + 1,
        "target": ReportTarget.FEEDBACK,
        "ground": Ground.ABUSIVE,
        "changed": True,
    }
    told_nobody = {"reason": "It insults a person.", "operator": "Mara Lind"}
    ids = {"contract_id": "c-1", "feedback_id": "f-1"}
    return Decision(**ids, **told_nobody, state=state, decided_at=at, **(made | changes))


def a_decided(
    state: ModerationState, *others: Decision, contract: Contract | None = None, **changes: Any
) -> announcements.FeedbackDecided:
    """A decision that is still true."""
    decision = a_decision(state, **changes)
    removal = Removal(at=NOW, ground=decision.ground) if state == "removed" else None
    reply = a_reply().model_copy(update={"removed": removal})
    of_feedback = decision.target is ReportTarget.FEEDBACK
    return announcements.FeedbackDecided(
        contract=contract or a_contract(),
        feedback=a_feedback(removed=removal) if of_feedback else a_feedback(reply=reply),
        decision=decision,
        decisions=(*others, decision),
    )


def a_decided_report(
    state: announcements.TextState,
    contract: Contract | None = None,
    target: ReportTarget = ReportTarget.FEEDBACK,
) -> announcements.ReportDecided:
    report = a_report(
        reporter_id=CLIENT.id, target=target, details="It insults me.", outcome="removed", settled_at=NOW
    )
    return announcements.ReportDecided(contract=contract or a_contract(), report=report, state=state)


def a_reminder(contract: Contract) -> announcements.RequestReminder:
    return announcements.RequestReminder(contract=contract, request=a_request(), reminded_at=NOW, now=NOW)


@pytest.mark.parametrize(
    ("contract", "open_request", "ending"),
    [
        (a_contract(), None, "You can ask again now."),
        (
            a_contract(last_feedback_at=NOW - 20 * DAY),
            None,
            f"You can ask again from {wording_in('en').next_minute(NOW + 10 * DAY, None)}.",
        ),
        (
            a_contract(last_feedback_at=NOW - 20 * DAY, last_payment_at=NOW - 21 * DAY),
            None,
            (
                f"You can ask again from {wording_in('en').next_minute(NOW + 10 * DAY, None)}, "
                "if there is another payment by then."
            ),
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
    ids=["now", "from an instant on", "if paid by then", "already asked", "no recent payment", "ended"],
)
def test_an_expired_request_says_whether_the_freelancer_can_ask_again(
    contract: Contract, open_request: FeedbackRequest | None, ending: str
) -> None:
    next_request = eligibility.to_request(contract, open_request, POLICY, NOW, enabled=True)
    assert dash_about_requests.request_expired(contract, a_request(), next_request, LINK).body.endswith(ending)


def test_a_message_about_the_same_feedback_always_has_the_same_id() -> None:
    first = dash_about_feedback.feedback_provided(a_contract(), a_feedback(), LINK)
    later = dash_about_feedback.feedback_provided(a_contract(title="Renamed"), a_feedback(), LINK)
    assert first.message_id == later.message_id


def test_names_and_titles_cannot_end_a_line_or_change_the_direction_of_text() -> None:
    contract = a_contract(
        title=ATTACK,
        client=CLIENT.model_copy(update={"name": ATTACK}),
        freelancer=FREELANCER.model_copy(update={"name": ATTACK}),
    )
    texts = [
        emails.feedback_requested(contract, a_request(), LINKS, NOW).subject,
        emails.request_reminder(a_reminder(contract), LINKS).subject,
        emails.feedback_provided(contract, a_feedback(), LINK).subject,
        dash_about_requests.feedback_requested(contract, a_request(), LINK, NOW).title,
        dash_about_requests.request_reminder(a_reminder(contract), LINK).title,
        dash_about_feedback.feedback_provided(contract, a_feedback(), LINK).body,
        emails.feedback_replied(contract, "f-1", a_reply(), LINK).subject,
        dash_about_feedback.feedback_corrected(a_correction(contract), LINK).title,
        dash_about_feedback.feedback_replied(a_first_reply(contract), LINK).title,
        dash_about_feedback.feedback_decided(a_decided("removed", contract=contract), LINK).title,
        dash_about_feedback.feedback_decided(a_decided("visible", contract=contract), LINK).title,
        dash_about_feedback.report_decided(a_decided_report("visible", contract), CLIENT, LINK).title,
    ]
    for text in texts:
        assert "EveBcc: all@example.comx" in text
        assert text.isprintable()


def test_names_in_any_script_are_kept() -> None:
    contract = a_contract(freelancer=FREELANCER.model_copy(update={"name": "Zoë 🌻 محمد 李"}))
    subject = emails.feedback_requested(contract, a_request(), LINKS, NOW).subject
    assert subject.startswith("\u2068Zoë 🌻 محمد 李\u2069 asks")


def test_every_message_is_in_the_language_and_the_time_zone_of_its_recipient() -> None:
    deadline = datetime(2026, 12, 9, 17, 37, 38, tzinfo=UTC)
    contract = a_contract(
        client=CLIENT.model_copy(update={"locale": "de-AT", "time_zone": "Europe/Vienna"}),
        freelancer=FREELANCER.model_copy(update={"locale": "es", "time_zone": "America/Bogota"}),
    )
    requested = a_request(requested_at=deadline - 14 * DAY)
    asked = emails.feedback_requested(contract, requested, LINKS, deadline - 13 * DAY)
    assert asked.subject == "Ana Ruiz bittet Sie bis zum 9. Dezember 2026 um Feedback zu „Website relaunch“"
    told = dash_about_requests.feedback_requested(contract, requested, LINK, deadline - 13 * DAY)
    until = "Sie können bis Mittwoch, 9. Dezember 2026, 18:37 Uhr MEZ antworten (noch 13 Tage)."
    assert (told.title, told.body) == (
        "Ana Ruiz bittet Sie um Feedback",
        f"Es geht um „Website relaunch“. {until}",
    )
    assert asked.fields["deadline"] == until
    given = emails.feedback_provided(contract, a_feedback(provided_at=deadline), LINK)
    assert given.subject == "Ben Okoye ha valorado tu trabajo en «Website relaunch» (9 de diciembre de 2026)"
    assert given.fields["score"] == "4,67"
    assert dash_about_feedback.feedback_provided(contract, a_feedback(), LINK).body == (
        "Promedio: 4,67 de 5 por «Website relaunch»."
    )
    active = {"started_at": deadline - 60 * DAY, "last_payment_at": deadline - DAY}
    recent = a_contract(**active, last_feedback_at=deadline - 30 * DAY)
    verdict = eligibility.to_request(recent, None, POLICY, deadline - SECOND, enabled=True)
    again = dash_about_requests.request_expired(contract, requested, verdict, LINK)
    assert again.body.endswith("a partir del miércoles, 9 de diciembre de 2026, 12:38 UTC-5.")


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (14 * DAY, "(14 days left)."),
        (2 * DAY, "(2 days left)."),
        (SECOND, "(1 minute left)."),
        (timedelta(), "You had until Sunday, 28 June 2026, 12:00 UTC to answer."),
        (-DAY, "You had until Sunday, 28 June 2026, 12:00 UTC to answer."),
    ],
)
def test_a_deadline_says_how_long_is_left_or_that_it_has_passed(left: timedelta, words: str) -> None:
    request = a_request(requested_at=datetime(2026, 6, 14, 12, 0, tzinfo=UTC))
    body = dash_about_requests.feedback_requested(a_contract(), request, LINK, request.expires_at - left).body
    assert body.endswith(words)


@pytest.mark.parametrize(
    ("comment", "shown"),
    [
        ("x" * 1000, "x" * 1000),
        ("x" * 1001, "x" * 1000 + "…"),
        ("x" * 950 + " " + "y" * 100, "x" * 950 + "…"),
        ("x " + "y" * 4000, "x " + "y" * 998 + "…"),
        (None, None),
    ],
    ids=["as long as can be", "longer", "longer, with a blank near the end", "no blank near the end", "none"],
)
def test_an_email_has_the_beginning_of_a_long_comment(comment: str | None, shown: str | None) -> None:
    fields = emails.feedback_provided(a_contract(), a_feedback(comment=comment), LINK).fields
    assert (fields["comment"], fields["has_more"]) == (shown, comment != shown)


def test_an_email_has_the_beginning_of_a_long_reply() -> None:
    short = emails.feedback_replied(a_contract(), "f-1", a_reply("x" * 1000), LINK).fields
    long = emails.feedback_replied(a_contract(), "f-1", a_reply("x" * 1001), LINK).fields
    assert (short["reply"], short["has_more"]) == ("x" * 1000, False)
    assert (long["reply"], long["has_more"]) == ("x" * 1000 + "…", True)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("target", ReportTarget)
@pytest.mark.parametrize("ground", Ground)
def test_a_removal_names_its_ground_and_neither_who_decided_nor_why(
    language: str, target: ReportTarget, ground: Ground
) -> None:
    contract = a_contract(
        client=CLIENT.model_copy(update={"locale": language}),
        freelancer=FREELANCER.model_copy(update={"locale": language}),
    )
    removed = a_decided("removed", contract=contract, target=target, ground=ground)
    message = dash_about_feedback.feedback_decided(removed, LINK)
    assert wording_in(language).texts[f"ground_{ground}"] in message.body
    assert "Website relaunch" in message.title
    assert message.recipient_id == (CLIENT.id if target is ReportTarget.FEEDBACK else FREELANCER.id)
    written = message.model_dump_json()
    for kept_back in ("Mara Lind", "insults", "Reliable and quick.", "Thank you!"):
        assert kept_back not in written


@pytest.mark.parametrize(
    ("state", "target", "body"),
    [
        ("removed", ReportTarget.FEEDBACK, "The feedback that you reported was removed"),
        ("removed", ReportTarget.REPLY, "The reply that you reported was removed"),
        ("visible", ReportTarget.FEEDBACK, "The feedback that you reported stays public"),
        ("visible", ReportTarget.REPLY, "The reply that you reported stays public"),
        ("taken_back", ReportTarget.REPLY, "The reply that you reported is no longer there"),
    ],
)
def test_a_decided_report_says_what_has_become_of_the_text(
    state: announcements.TextState, target: ReportTarget, body: str
) -> None:
    message = dash_about_feedback.report_decided(a_decided_report(state, target=target), CLIENT, LINK)
    assert message.body.startswith(body)
    assert "insults" not in message.model_dump_json()


EARLIER = a_decision("removed", NOW - SECOND)
LATER = a_decision("removed", NOW + SECOND)
OF_REPLY = a_decision("removed", NOW - SECOND, target=ReportTarget.REPLY)
ONLY_ANOTHER_GROUND = a_decision("removed", NOW + SECOND, changed=False)


@pytest.mark.parametrize(
    ("decided", "still_true", "undone"),
    [
        (a_decided("removed"), True, None),
        (a_decided("removed", EARLIER), True, None),
        (a_decided("removed", LATER), False, None),
        (a_decided("removed", ONLY_ANOTHER_GROUND), True, None),
        (a_decided("removed").model_copy(update={"feedback": a_feedback()}), False, None),
        (a_decided("removed", target=ReportTarget.REPLY), True, None),
        (a_decided("visible", EARLIER), True, EARLIER),
        (a_decided("visible", a_decision("removed", NOW - DAY), EARLIER), True, EARLIER),
        (a_decided("visible", LATER), True, None),
        (a_decided("visible", OF_REPLY), True, None),
        (
            a_decided("visible", EARLIER).model_copy(update={"feedback": a_decided("removed").feedback}),
            False,
            EARLIER,
        ),
    ],
)
def test_a_decision_is_told_if_the_text_is_still_as_it_left_it(
    decided: announcements.FeedbackDecided,
    still_true: bool,  # noqa: FBT001
    undone: Decision | None,
) -> None:
    assert (decided.still_true, decided.undone) == (still_true, undone)


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (None, "taken_back"),
        (a_reply(), "visible"),
        (a_reply().model_copy(update={"replied_at": NOW + SECOND}), "taken_back"),
        (a_reply().model_copy(update={"removed": Removal(at=NOW, ground=Ground.ABUSIVE)}), "removed"),
    ],
    ids=["none", "visible", "another", "removed"],
)
def test_the_state_of_a_reply_is_that_of_the_one_that_was_there(reply: Reply | None, state: str) -> None:
    assert announcements.state_of(a_feedback(reply=reply), ReportTarget.REPLY, NOW) == state


def test_subjects_about_two_requests_on_one_contract_differ() -> None:
    """Mail clients put e-mails with the same subject into one conversation."""
    first, second = a_request(), a_request(request_id="r-2", requested_at=NOW + DAY)
    subjects = {emails.feedback_requested(a_contract(), each, LINKS, NOW).subject for each in (first, second)}
    given = (a_feedback(), a_feedback(feedback_id="f-2", provided_at=NOW + 30 * DAY))
    subjects |= {emails.feedback_provided(a_contract(), each, LINK).subject for each in given}
    replies = (a_reply(), a_reply().model_copy(update={"replied_at": NOW + 30 * DAY}))
    subjects |= {emails.feedback_replied(a_contract(), "f-1", each, LINK).subject for each in replies}
    assert len(subjects) == 6


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
    assert page_urls.contract_room_url(template, "a:b@c&d") == url


def test_a_deadline_after_a_clock_change_is_still_fourteen_days_away() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    requested_at = datetime(2026, 10, 20, 12, 0, tzinfo=berlin).astimezone(UTC)
    deadline = a_request(requested_at=requested_at).expires_at
    assert deadline - requested_at == 14 * DAY
    assert deadline.astimezone(berlin).hour == 11  # the clocks went back in between


def test_every_email_has_a_text_and_an_html_template() -> None:
    templates = {path.name for path in (Path(email.__file__).parent / "templates").iterdir()}
    names = get_args(emails.Email.model_fields["template"].annotation)
    parts = {"layout.txt", "layout.html", "parts.html"}
    assert templates == {f"{name}.{form}" for name in names for form in ("txt", "html")} | parts
