"""Contract events: what they are accepted with, and what makes one malformed for good."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from mid_job_feedback.domain import contract_events
from mid_job_feedback.domain.contract_events import ContractStarted
from tests.builders import DAY, NOW, RATINGS, SECOND
from tests.contract_queue import EXPECTED, event
from tests.suite_clock import shifted

CLIENT = {"id": "u-client", "name": "Client", "email": "client@example.com"}
PAYMENT = json.loads(event("payment-made"))


def started(**changes: Any) -> ContractStarted:
    detail = contract_events.parse(event("contract-started", **changes), EXPECTED).detail
    assert isinstance(detail, ContractStarted)
    return detail


def wrong_fields(body: str) -> list[str]:
    """The fields of the event's detail that make it malformed."""
    with pytest.raises(ValidationError) as invalid:
        contract_events.parse(body, EXPECTED)
    return [".".join(map(str, error["loc"])).partition(".detail.")[2] for error in invalid.value.errors()]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("contract_id", value) for value in ("", "c 1", "c" * 256, "ç-1", "..", "c/1", None, 1)),
        *(("title", value) for value in ("", " \n ", "\u200f", "\u200b \u2060\ufeff", "🙂" * 301)),
        *(
            ("started_at", value)
            for value in (
                "2026-04-16T12:00:00",
                "2026-04-16",
                "yesterday",
                "9999-12-31T23:59:59Z",
                "0001-01-01T00:00:00+14:00",
                1776340800,
                1776340800.5,
                "1776340800",
                True,
            )
        ),
        ("client", None),
    ],
)
def test_a_malformed_field_of_a_start_is_named(field: str, value: Any) -> None:
    assert wrong_fields(event("contract-started", **{field: value})) == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "🙂" * 201),
        ("name", ""),
        ("name", "\u200f"),
        ("name", None),
        ("id", "u client"),
        ("email", None),
    ],
)
def test_a_malformed_field_of_a_person_is_named(field: str, value: Any) -> None:
    assert wrong_fields(event("contract-started", client=CLIENT | {field: value})) == [f"client.{field}"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "not an address",
        "client@",
        "@example.com",
        "client@example",
        "client@exa mple.com",
        "client@example.com\r\nBcc: victim@example.com",
        "client@example.com, victim@example.com",
        "Client <client@example.com>",
        "änn@example.com",
        "a" * 65 + "@example.com",
    ],
)
def test_an_address_must_be_one_that_ses_can_send_to(address: str) -> None:
    assert wrong_fields(event("contract-started", client=CLIENT | {"email": address})) == ["client.email"]


@pytest.mark.parametrize(
    ("address", "stored"),
    [
        ("o'brien+tag@example.co.uk", "o'brien+tag@example.co.uk"),
        ("client@BÜCHER.example", "client@xn--bcher-kva.example"),
        (" \tclient@example.com\r\n\u00a0", "client@example.com"),
        (" " * 320 + "client@example.com", "client@example.com"),
        ("x@corp.local", "x@corp.local"),
        ("x@deleted.invalid", "x@deleted.invalid"),
        ("x@mail.test", "x@mail.test"),
    ],
)
def test_an_address_is_stored_in_its_ascii_form(address: str, stored: str) -> None:
    assert started(client=CLIENT | {"email": address}).client.email == stored


@pytest.mark.parametrize(
    "locale",
    [
        "de",
        "ar-EG",
        "es-419",
        "zh-Hant-TW",
        "sl-rozaj-biske-1994",
        "de-CH-1901",
        "en-u-ca-buddhist-nu-thai-x-own",
        "yue",
    ],
)
def test_a_locale_is_a_language_tag(locale: str) -> None:
    assert started(client=CLIENT | {"locale": locale}).client.locale == locale


@pytest.mark.parametrize(
    "locale",
    [
        "de_DE",
        "de_DE.UTF-8",
        "en-US@posix",
        "C",
        "german",
        "de-",
        "-de",
        "de--DE",
        "d",
        "de DE",
        "x",
        "de\n",
        7,
        ["de"],
    ],
)
def test_another_locale_is_refused_with_what_is_wanted(locale: Any) -> None:
    with pytest.raises(
        ValidationError,
        match=r"freelancer\.locale\n(?:  Value error, must be a BCP 47|  Input should be a valid string)",
    ):
        started(freelancer=CLIENT | {"id": "u-freelancer", "locale": locale})


@pytest.mark.parametrize(
    "time_zone", ["Europe/Berlin", "America/Argentina/ComodRivadavia", "Etc/GMT+5", "UTC", "Asia/Calcutta"]
)
def test_a_time_zone_is_one_of_the_iana_database(time_zone: str) -> None:
    assert started(client=CLIENT | {"time_zone": time_zone}).client.time_zone == time_zone


@pytest.mark.parametrize(
    "time_zone",
    ["Europe/berlin", "Berlin", "CEST", "+02:00", "Europe", "../etc/passwd", "/Europe/Berlin", "posixrules", 1],
)
def test_another_time_zone_is_refused_with_what_is_wanted(time_zone: Any) -> None:
    with pytest.raises(
        ValidationError,
        match=r"client\.time_zone\n  (Value error, must be a time zone of the IANA|Input should be a)",
    ):
        started(client=CLIENT | {"time_zone": time_zone})


@pytest.mark.parametrize("field", ["locale", "time_zone"])
@pytest.mark.parametrize("value", [None, "", " \n"])
def test_a_blank_locale_or_time_zone_is_none(field: str, value: str | None) -> None:
    assert getattr(started(client=CLIENT | {field: value}).client, field) is None


def test_client_and_freelancer_must_be_two_people() -> None:
    with pytest.raises(ValidationError, match="two people"):
        started(client=CLIENT | {"id": "u-freelancer"})


@pytest.mark.parametrize(
    ("case", "changes", "field"),
    [
        ("payment-made", {"paid_at": None}, "paid_at"),
        ("payment-made", {"paid_at": (NOW + DAY + SECOND).isoformat()}, "paid_at"),
        ("contract-ended", {"ended_at": (NOW + DAY + SECOND / 1000).isoformat()}, "ended_at"),
        ("end-of-contract-feedback", {"provided_at": "2999-01-01T00:00:00Z"}, "provided_at"),
        ("payment-made", {"payment_id": "p/1"}, "payment_id"),
        ("contract-ended", {"ended_at": ""}, "ended_at"),
        ("end-of-contract-feedback", {"ratings": RATINGS | {"skills": "5"}}, "ratings.skills"),
        ("end-of-contract-feedback", {"ratings": RATINGS | {"skills": True}}, "ratings.skills"),
        ("end-of-contract-feedback", {"ratings": RATINGS | {"skills": 4.5}}, "ratings.skills"),
        ("end-of-contract-feedback", {"comment": "🙂" * 5001}, "comment"),
        ("end-of-contract-feedback", {"feedback_id": "e#1"}, "feedback_id"),
    ],
)
def test_a_malformed_field_of_any_other_event_is_named(case: str, changes: dict[str, Any], field: str) -> None:
    assert wrong_fields(event(case, **changes)) == [field]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "{",
        "[]",
        "null",
        "{}",
        json.dumps(PAYMENT | {"detail-type": "SomethingElse"}),
        json.dumps(PAYMENT | {"source": "somebody.else"}),
        json.dumps(PAYMENT | {"detail": "text"}),
        json.dumps(PAYMENT | {"detail": None}),
        json.dumps(PAYMENT | {"time": "2026-06-15T12:00:00"}),
        "[" * 20_000,
    ],
)
def test_anything_but_a_contract_event_is_malformed(body: str) -> None:
    with pytest.raises(ValidationError):
        contract_events.parse(body, EXPECTED)


@pytest.mark.parametrize(
    ("case", "detail", "field"),
    [
        ("contract-started", {"title": "Relaunch \\ud83d"}, "title"),
        ("contract-started", {"contract_id": "\\udc00"}, "contract_id"),
        ("contract-started", {"client": CLIENT | {"name": "\\ud800"}}, "client.name"),
        ("payment-made", {"payment_id": "\\ud800"}, "payment_id"),
        ("end-of-contract-feedback", {"comment": "\\ud83d"}, "comment"),
    ],
)
def test_the_field_with_half_an_emoji_is_named(case: str, detail: dict[str, Any], field: str) -> None:
    """Whoever cuts a text in two may cut a surrogate pair in two. JSON can write the half, Unicode text cannot."""
    body = event(case, **detail).replace("\\\\u", "\\u")
    assert wrong_fields(body) == [field]


def test_half_an_emoji_in_a_field_that_is_ignored_does_no_harm() -> None:
    body = event("payment-made", note="\\ud83d").replace("\\\\u", "\\u")
    assert contract_events.parse(body, EXPECTED).detail.contract_id == "c-1"


@pytest.mark.parametrize(
    ("case", "field"),
    [("payment-made", "paid_at"), ("contract-ended", "ended_at"), ("end-of-contract-feedback", "provided_at")],
)
def test_what_has_happened_may_be_dated_a_day_ahead_since_clocks_differ(case: str, field: str) -> None:
    changes: dict[str, Any] = {field: (NOW + DAY).isoformat()}
    detail = contract_events.parse(event(case, **changes), EXPECTED).detail
    assert getattr(detail, field) == NOW + DAY


def test_a_contract_may_start_in_the_future() -> None:
    assert started(started_at=(NOW + 90 * DAY).isoformat()).started_at == NOW + 90 * DAY


def test_instants_are_cut_to_milliseconds() -> None:
    at = started(started_at=shifted("2026-04-16T12:00:00Z").replace("Z", ".026999Z")).started_at
    assert at.isoformat(timespec="microseconds").partition(".")[2] == "026000+00:00"


def test_a_rating_may_be_written_with_a_fraction_of_zero() -> None:
    body = event("end-of-contract-feedback", ratings=RATINGS | {"skills": 5.0})
    assert '"skills": 5.0' in body
    detail = contract_events.parse(body, EXPECTED).detail
    assert isinstance(detail, contract_events.EndOfContractFeedbackProvided)
    assert repr(detail.ratings.skills) == "5"


def test_events_of_another_source_than_the_stacks_are_refused() -> None:
    own = EXPECTED._replace(source="example.contracts")
    theirs = event("payment-made").replace(EXPECTED.source, own.source)
    assert contract_events.parse(theirs, own).source == own.source
    with pytest.raises(ValidationError, match=r"must be example\.contracts"):
        contract_events.parse(event("payment-made"), own)


def test_the_error_about_a_malformed_event_does_not_quote_it() -> None:
    """Should it ever be unhandled, Lambda would log its text."""
    with pytest.raises(ValidationError) as invalid:
        contract_events.parse(event("contract-started", title={"private": "private"}), EXPECTED)
    assert "title" in str(invalid.value)
    assert "private" not in str(invalid.value)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [("Line\r\none\ttwo", "Line  one two"), ("\x00Bell\x07\x7f", "Bell"), ("🙂" * 300, "🙂" * 300)],
)
def test_control_characters_in_a_title_become_spaces(sent: str, stored: str) -> None:
    assert started(title=sent).title == stored


def test_unknown_fields_are_ignored() -> None:
    detail = started(budget=5, client=CLIENT | {"phone": "555"})
    assert detail.client.model_dump(exclude_none=True) == CLIENT
    assert "budget" not in detail.model_dump()


@pytest.mark.parametrize(
    "started_at",
    shifted(["2026-04-16T12:00:00Z", "2026-04-16T17:45:00+05:45", "2026-04-16T12:00:00.000000+00:00"]),
)
def test_an_instant_in_any_zone_is_the_same_instant(started_at: str) -> None:
    assert started(started_at=started_at).started_at.isoformat() == shifted("2026-04-16T12:00:00+00:00")
