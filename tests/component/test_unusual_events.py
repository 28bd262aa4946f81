"""Events that look odd, yet can be applied."""

import pytest

from tests.component.marketplace import InProcessMarketplace
from tests.suite_clock import shifted

CLIENT = {"id": "u-client", "name": "Client", "email": "client@example.com"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Line\r\none\ttwo", "Line  one two"),
        ("\x00Bell\x07\x7f", "Bell"),
        ("ß" * 300, "ß" * 300),
        ("🙂" * 300, "🙂" * 300),
    ],
)
def test_control_characters_in_a_title_become_spaces(
    empty_marketplace: InProcessMarketplace, sent: str, kept: str
) -> None:
    empty_marketplace.start_contract(title=sent)
    assert empty_marketplace.feedback_tab().body["contract"]["title"] == kept


def test_what_is_not_ours_to_know_is_ignored(empty_marketplace: InProcessMarketplace) -> None:
    empty_marketplace.start_contract(budget=5, client=CLIENT | {"phone": "555"})
    assert empty_marketplace.feedback_tab().body["contract"]["client"] == {"id": "u-client", "name": "Client"}


@pytest.mark.parametrize(
    ("address", "mailed"),
    [
        ("o'brien+tag@example.co.uk", "o'brien+tag@example.co.uk"),
        ("client@BÜCHER.example", "client@xn--bcher-kva.example"),
        ("client@example.com", "client@example.com"),
    ],
)
def test_an_address_is_mailed_by_its_ascii_form(
    empty_marketplace: InProcessMarketplace, address: str, mailed: str
) -> None:
    empty_marketplace.start_eligible_contract(client=CLIENT | {"email": address})
    empty_marketplace.request_feedback()
    empty_marketplace.process_stream()
    assert [email.to for email in empty_marketplace.emails()] == [mailed]


@pytest.mark.parametrize(
    "started_at",
    shifted(["2026-04-16T12:00:00Z", "2026-04-16T17:45:00+05:45", "2026-04-16T12:00:00.000000+00:00"]),
)
def test_an_instant_in_any_zone_is_the_same_instant(
    empty_marketplace: InProcessMarketplace, started_at: str
) -> None:
    empty_marketplace.start_contract(started_at=started_at)
    assert empty_marketplace.feedback_tab().body["contract"]["started_at"] == shifted("2026-04-16T12:00:00Z")
