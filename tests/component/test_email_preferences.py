"""E-mails about feedback requests can be turned off by one click of a mail program (RFC 8058), and on again."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from mid_job_feedback import links
from tests.builders import CLIENT, DAY, FREELANCER, IDS, NOW, SUBJECTS
from tests.component.http_calls import HttpResponse
from tests.component.marketplace import Marketplace
from tests.component.test_corrected_addresses import correct
from tests.sdk_interceptor import SdkInterceptor

SUBSCRIBED, UNSUBSCRIBED = {"feedback_requests": "subscribed"}, {"feedback_requests": "unsubscribed"}
ENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=----1a2B"
PART = '------1a2B\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
LONGEST_HEADER = 870  # characters of a value that SES accepts


@pytest.fixture
def token(marketplace: Marketplace) -> str:
    return marketplace.preferences_token()


def headers_of_emails(marketplace: Marketplace) -> list[dict[str, str]]:
    marketplace.process_stream()
    sent = [
        parameters["Content"]["Simple"]["Headers"] for parameters in marketplace.sdk.parameters_of("SendEmail")
    ]
    return [{header["Name"]: header["Value"] for header in headers} for headers in sent]


def test_a_request_names_the_address_for_one_click_and_the_page_and_other_emails_name_neither(
    marketplace: Marketplace, token: str
) -> None:
    marketplace.request_feedback()
    marketplace.process_stream()
    marketplace.submit_feedback()
    requested, provided = headers_of_emails(marketplace)
    assert requested["List-Unsubscribe"] == f"<https://feedback.example.com/email-preferences/{token}>"
    assert requested["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert not {"List-Unsubscribe", "List-Unsubscribe-Post"} & provided.keys()
    first, second = marketplace.emails()
    page = f"https://feedback.example.com/app/email-preferences#t={token}"
    for part in (first.text, first.html):
        assert page in part
    assert "email-preferences" not in second.text + second.html


def test_the_header_is_short_enough_for_ses_whatever_the_id(empty_marketplace: Marketplace) -> None:
    longest = "".join((*IDS, *SUBJECTS.values()))[:255]  # of many characters: one that repeats is compressed
    people: dict[str, Any] = {"client": {"id": longest, "name": "C", "email": "c@example.com"}}
    empty_marketplace.start_eligible_contract(**people)
    empty_marketplace.request_feedback()
    [headers] = headers_of_emails(empty_marketplace)
    assert 300 < len(headers["List-Unsubscribe"]) < LONGEST_HEADER


def test_everybody_is_subscribed_until_they_choose(marketplace: Marketplace, token: str) -> None:
    response = marketplace.email_preferences(token)
    assert (response.status, response.body) == (200, SUBSCRIBED)
    assert response.headers["Cache-Control"] == "no-store"


def test_reading_changes_nothing_however_often(marketplace: Marketplace, token: str, sdk: SdkInterceptor) -> None:
    before = marketplace.rows()
    sdk.calls.clear()
    for method, text in (("GET", marketplace.email_preferences(token).text), ("HEAD", "")):
        responses = [marketplace.email_preferences(token, method=method) for _ in range(20)]
        assert {(response.status, response.text) for response in responses} == {(200, text)}
    assert set(sdk.operations) <= {"BatchGetItem", "GetSecretValue"}
    assert marketplace.rows() == before


def test_a_mail_program_unsubscribes_by_one_click_without_a_cookie_and_may_repeat_it(
    marketplace: Marketplace, token: str
) -> None:
    """The address is that of the header; the body is a form that API Gateway passes on in Base64."""
    marketplace.request_feedback()
    [headers] = headers_of_emails(marketplace)
    path = urlsplit(headers["List-Unsubscribe"].strip("<>")).path
    for _ in range(2):
        response = marketplace.unsubscribe(path.rpartition("/")[2])
        assert (response.status, response.body) == (200, UNSUBSCRIBED)
    assert marketplace.email_preferences(token).body == UNSUBSCRIBED


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (ENCODED, b"List-Unsubscribe=One-Click"),
        (ENCODED, b"List-Unsubscribe=One-Click\r\n"),
        (ENCODED, "List-Unsubscribe=One-Click"),
        (f"{ENCODED.upper()}; charset=UTF-8", b"List-Unsubscribe=One-Click"),
        (MULTIPART, (PART.format("List-Unsubscribe", "One-Click") + "------1a2B--\r\n").encode()),
        (MULTIPART, (PART.format("List-Unsubscribe", "One-Click") + "------1a2B--").encode()),
    ],
)
def test_one_click_is_accepted_in_both_encodings_of_forms(
    marketplace: Marketplace, token: str, content_type: str, body: Any
) -> None:
    """RFC 8058 prefers multipart; Gmail sends the other."""
    response = marketplace.choose_emails(token, body=body, headers={"content-type": content_type})
    assert (response.status, response.body) == (200, UNSUBSCRIBED)
    assert marketplace.email_preferences(token).body == UNSUBSCRIBED


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (ENCODED, "List-Unsubscribe=one-click"),
        (ENCODED, "list-unsubscribe=One-Click"),
        (ENCODED, "List-Unsubscribe=One-Click&feedback_requests=subscribed"),
        (ENCODED, "List-Unsubscribe=One-Click&List-Unsubscribe=One-Click"),
        (ENCODED, "feedback_requests=unsubscribed"),
        (ENCODED, '{"feedback_requests": "unsubscribed"}'),
        (ENCODED, "%"),
        (MULTIPART, "List-Unsubscribe=One-Click"),
        (MULTIPART, PART.format("List-Unsubscribe", "Two-Clicks") + "------1a2B--"),
        (MULTIPART, PART.format("List-Unsubscribe", "One-Click") * 2 + "------1a2B--"),
        ("multipart/form-data", PART.format("List-Unsubscribe", "One-Click") + "------1a2B--"),
    ],
)
def test_no_other_form_is_accepted(marketplace: Marketplace, token: str, content_type: str, body: str) -> None:
    response = marketplace.choose_emails(token, body=body.encode(), headers={"content-type": content_type})
    assert response.wrong_fields == ["body"]
    assert marketplace.email_preferences(token).body == SUBSCRIBED


@pytest.mark.parametrize(
    "act",
    [Marketplace.request_feedback, Marketplace.submit_feedback, Marketplace.sweep_by_hand],
    ids=["request", "submit", "sweep"],
)
def test_no_other_route_takes_a_form(marketplace: Marketplace, act: Any) -> None:
    response = act(marketplace, body=b"List-Unsubscribe=One-Click", headers={"content-type": ENCODED})
    assert response.refusal == (400, "not_json")


@pytest.mark.parametrize("body", [{}, {"feedback_requests": "off"}, {"feedback_requests": None}, {"all": True}])
def test_a_body_that_chooses_nothing_is_refused(marketplace: Marketplace, token: str, body: Any) -> None:
    assert set(marketplace.choose_emails(token, body=body).wrong_fields) <= {"feedback_requests", "all"}
    assert marketplace.email_preferences(token).body == SUBSCRIBED


def test_people_turn_emails_off_and_on_by_json(marketplace: Marketplace, token: str) -> None:
    for choice in (UNSUBSCRIBED, SUBSCRIBED, SUBSCRIBED, UNSUBSCRIBED):
        assert marketplace.choose_emails(token, body=choice).body == choice
        assert marketplace.email_preferences(token).body == choice
    [row] = [row for row in marketplace.rows() if row["SK"]["S"] == "EMAIL_PREFERENCES"]
    assert row == {
        "PK": {"S": "PERSON#u-client"},
        "SK": {"S": "EMAIL_PREFERENCES"},
        "feedback_requests": {"S": "unsubscribed"},
    }


def test_a_repeat_with_the_same_key_changes_nothing(marketplace: Marketplace, token: str) -> None:
    key: dict[str, str | None] = {"idempotency-key": "k"}
    first = marketplace.choose_emails(token, body=UNSUBSCRIBED, headers=key)
    marketplace.choose_emails(token, body=SUBSCRIBED)
    assert marketplace.choose_emails(token, body=UNSUBSCRIBED, headers=key) == first
    assert marketplace.email_preferences(token).body == SUBSCRIBED


def test_the_choice_of_one_person_is_nobody_elses(marketplace: Marketplace) -> None:
    people = [CLIENT.id, FREELANCER.id, *IDS]
    for person in people:
        marketplace.unsubscribe(marketplace.preferences_token(person))
        others = [other for other in people if people.index(other) > people.index(person)]
        chosen = [marketplace.email_preferences(marketplace.preferences_token(other)).body for other in others]
        assert chosen == [SUBSCRIBED] * len(others)


def test_the_choice_is_no_news(marketplace: Marketplace, token: str) -> None:
    """It is in the table whose stream announces everything else."""
    marketplace.unsubscribe(token)
    marketplace.choose_emails(token, body=SUBSCRIBED)
    marketplace.process_stream()
    assert (marketplace.emails(), marketplace.dash_messages(), marketplace.domain_events()) == ([], [], [])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_browser_is_led_to_the_page_whether_the_token_is_valid_or_not(
    marketplace: Marketplace, token: str, method: str, sdk: SdkInterceptor
) -> None:
    """Mail programs without one-click unsubscribe open the address. The page says if the token is wrong."""
    sdk.calls.clear()
    for sent in (token, "forged", "a\r\nb: c", "é"):
        response = _opened_by_a_person(marketplace, sent, method)
        assert (response.status, response.text) == (303, "")
        assert re.fullmatch(r"\.\./app/email-preferences#t=[\w.%-]+", response.headers["Location"], re.ASCII)
        assert response.headers["Referrer-Policy"] == "no-referrer"
    assert _opened_by_a_person(marketplace, token, method).headers["Location"].endswith(f"#t={token}")
    assert sdk.calls == []


def _opened_by_a_person(marketplace: Marketplace, token: str, method: str) -> HttpResponse:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    return marketplace.email_preferences(token, method=method, headers={"accept": accept})


def test_a_payload_that_names_no_person_is_refused_even_if_it_is_signed_for_this_purpose(
    marketplace: Marketplace,
) -> None:
    payloads: list[Any] = [CLIENT.id, [], [1], [CLIENT.id, 1], {}, None]
    for payload in payloads:
        sent = links._sign(links._EMAIL_PREFERENCES, payload)
        assert marketplace.email_preferences(sent).refusal == (404, "link_invalid")
        assert marketplace.unsubscribe(sent).refusal == (404, "link_invalid")


def test_whoever_unsubscribed_gets_dash_messages_only_and_nothing_later_that_was_left_out(
    marketplace: Marketplace, token: str
) -> None:
    marketplace.unsubscribe(token)
    marketplace.request_feedback()
    marketplace.process_stream()
    assert marketplace.emails() == []
    assert [message["kind"] for message in marketplace.dash_messages()] == ["feedback_requested"]
    assert marketplace.submit_feedback().status == 201
    marketplace.process_stream()
    assert [email.to for email in marketplace.emails()] == [FREELANCER.email]
    marketplace.choose_emails(token, body=SUBSCRIBED)
    marketplace.process_stream()
    assert len(marketplace.emails()) == 1
    marketplace.wait(31 * DAY)
    marketplace.pay(paid_at=NOW + 30 * DAY)
    assert marketplace.request_feedback().status == 201
    marketplace.process_stream()
    assert [email.to for email in marketplace.emails()] == [FREELANCER.email, CLIENT.email]


def test_a_corrected_address_of_whoever_unsubscribed_is_not_mailed_either(
    marketplace: Marketplace, token: str
) -> None:
    marketplace.request_feedback()
    marketplace.process_stream()
    marketplace.unsubscribe(token)
    correct(marketplace)
    marketplace.process_stream()
    assert [email.to for email in marketplace.emails()] == [CLIENT.email]
