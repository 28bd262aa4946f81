"""Events that can never be applied: set aside with their reason, while their neighbours are applied."""

import json
from typing import Any

import pytest

from tests import lambda_runtime
from tests.builders import RATINGS
from tests.component.marketplace import InProcessMarketplace
from tests.contract_queue import dead_letters, deliver, event
from tests.sdk_interceptor import SdkInterceptor

CLIENT = {"id": "u-client", "name": "Client", "email": "client@example.com"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"contract_id": ""}, "contract_id"),
        ({"contract_id": "c 1"}, "contract_id"),
        ({"contract_id": "c" * 129}, "contract_id"),
        ({"contract_id": "ç-1"}, "contract_id"),
        ({"contract_id": None}, "contract_id"),
        ({"contract_id": 1}, "contract_id"),
        ({"title": ""}, "title"),
        ({"title": " \n "}, "title"),
        ({"title": "🙂" * 301}, "title"),
        ({"started_at": "2026-04-16T12:00:00"}, "started_at"),
        ({"started_at": "2026-04-16"}, "started_at"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"started_at": "9999-12-31T23:59:59Z"}, "started_at"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "started_at"),
        ({"started_at": 1776340800}, "started_at"),
        ({"started_at": 1776340800000}, "started_at"),
        ({"started_at": 1776340800.5}, "started_at"),
        ({"started_at": "1776340800"}, "started_at"),
        ({"started_at": True}, "started_at"),
        ({"client": CLIENT | {"name": "🙂" * 201}}, "client.name"),
        ({"client": CLIENT | {"name": ""}}, "client.name"),
        ({"client": CLIENT | {"id": "u client"}}, "client.id"),
        ({"client": CLIENT | {"id": "u-freelancer"}}, "two people"),
        ({"client": {"id": "u-client"}}, "client.name"),
        ({"client": None}, "client"),
        *(
            ({"client": CLIENT | {"email": address}}, "client.email")
            for address in (
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
            )
        ),
    ],
)
def test_a_start_that_can_never_be_applied(
    empty_marketplace: InProcessMarketplace, changes: dict[str, Any], reason: str
) -> None:
    body = event("contract-started", **changes)
    assert deliver(body) == []
    [letter] = dead_letters()
    assert letter.body == body
    assert reason in letter.reason
    assert "@" not in letter.reason
    assert empty_marketplace.rows() == []


@pytest.mark.parametrize(
    ("case", "changes", "reason"),
    [
        ("payment-made", {"paid_at": None}, "paid_at"),
        ("payment-made", {"payment_id": "p/1"}, "payment_id"),
        ("payment-made", {"paid_at": 1781438400}, "paid_at"),
        ("contract-ended", {"ended_at": "2026-06-15T11:00:00"}, "ended_at"),
        ("contract-ended", {"ended_at": ""}, "ended_at"),
        ("end-of-contract-feedback", {"ratings": RATINGS | {"skills": 6}}, "ratings.skills"),
        ("end-of-contract-feedback", {"ratings": RATINGS | {"skills": 4.5}}, "ratings.skills"),
        ("end-of-contract-feedback", {"ratings": RATINGS | {"skills": "5"}}, "ratings.skills"),
        ("end-of-contract-feedback", {"ratings": RATINGS | {"skills": True}}, "ratings.skills"),
        ("end-of-contract-feedback", {"ratings": {}}, "ratings.skills"),
        ("end-of-contract-feedback", {"ratings": RATINGS | {"client@example.com": 5}}, "ratings: "),
        ("end-of-contract-feedback", {"comment": "🙂" * 5001}, "comment"),
        ("end-of-contract-feedback", {"feedback_id": "e#1"}, "feedback_id"),
    ],
)
def test_any_other_event_that_can_never_be_applied(
    marketplace: InProcessMarketplace, case: str, changes: dict[str, Any], reason: str
) -> None:
    rows = marketplace.rows()
    assert deliver(event(case, **changes)) == []
    [letter] = dead_letters()
    assert reason in letter.reason
    assert "@" not in letter.reason
    assert marketplace.rows() == rows


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "{",
        "[]",
        "null",
        "{}",
        json.dumps(json.loads(event("payment-made")) | {"detail-type": "client@example.com"}),
        json.dumps(json.loads(event("payment-made")) | {"source": "somebody.else"}),
        json.dumps(json.loads(event("payment-made")) | {"detail": "text"}),
        json.dumps(json.loads(event("payment-made")) | {"detail": None}),
        json.dumps(json.loads(event("payment-made")) | {"time": "2026-06-15T12:00:00"}),
        event("payment-made").replace("p-1", "\\ud800"),
        "[" * 20_000,
    ],
)
def test_what_is_no_contract_event_at_all(empty_marketplace: InProcessMarketplace, body: str) -> None:
    assert deliver(body) == []
    [letter] = dead_letters()
    assert letter.body == body
    assert letter.reason
    assert "@" not in letter.reason
    assert empty_marketplace.rows() == []


@pytest.mark.parametrize(
    "body",
    [
        event("end-of-contract-feedback", ratings=RATINGS | {"someone@example.com": 5}),
        event("end-of-contract-feedback", ratings=RATINGS | {"\x00\x01": 5}),
        json.dumps(json.loads(event("payment-made")) | {"detail-type": "someone@example.com\x01"}),
    ],
)
def test_a_reason_quotes_nothing_that_was_sent(empty_marketplace: InProcessMarketplace, body: str) -> None:
    assert deliver(body) == []
    [letter] = dead_letters()
    assert letter.reason.isprintable()
    assert "someone" not in letter.reason


def test_the_neighbours_of_a_malformed_event_are_applied(empty_marketplace: InProcessMarketplace) -> None:
    empty_marketplace.start_contract()
    assert lambda_runtime.invoke("ingest", lambda_runtime.event("ingest-malformed-among-good")) == {
        "batchItemFailures": []
    }
    [letter] = dead_letters()
    assert "c-2" in letter.body
    assert "not an address" not in letter.reason
    assert empty_marketplace.feedback_tab().body["contract"]["status"] == "ended"


def test_an_event_that_cannot_be_set_aside_comes_again(
    empty_marketplace: InProcessMarketplace, sdk: SdkInterceptor
) -> None:
    sdk.respond_with_error("SendMessage", "InternalError")
    assert deliver(event("payment-made"), "{", event("contract-ended")) == ["1"]
    sdk.restore()
    assert deliver("{") == []
    assert [letter.body for letter in dead_letters()] == ["{"]


def test_an_event_that_cannot_be_applied_now_comes_again_alone(
    empty_marketplace: InProcessMarketplace, sdk: SdkInterceptor
) -> None:
    sdk.respond_with_error("Query", "ThrottlingException")  # a payment looks at nothing
    assert deliver(event("contract-ended"), event("contract-started"), event("payment-made")) == ["1"]
    sdk.restore()
    assert deliver(event("contract-started")) == []
    assert empty_marketplace.feedback_tab().body["contract"]["status"] == "ended"
    assert dead_letters() == []
