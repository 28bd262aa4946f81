"""Malformed events go to the dead-letter queue with their reason; the rest of their batch is applied.

tests/unit/test_contract_events.py shows which events are malformed.
"""

import json

import pytest

from mid_job_feedback.workers import ingest
from tests import lambda_runtime
from tests.builders import DAY, FREELANCER, NOW, RATINGS
from tests.component.log_lines import LogOutput
from tests.component.marketplace import Marketplace
from tests.contract_queue import dead_letters, deliver, event
from tests.sdk_interceptor import SdkInterceptor


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (event("contract-started", title=""), "detail.title: "),
        (event("contract-started", title="\u200f"), "detail.title: must have at least one visible character"),
        (event("contract-started", title="x" * 301), "detail.title: String should have at most 300 characters"),
        (event("contract-started", client=None), "detail.client: "),
        (
            event("contract-started", client=FREELANCER.model_dump()),
            "client.id and freelancer.id must be those of two",
        ),
        (
            event("contract-started", started_at="2026-04-16T12:00:00"),
            "detail.started_at: must be a date and time with its zone",
        ),
        (
            event("payment-made", paid_at=(NOW + 2 * DAY).isoformat()),
            "detail.paid_at: must not be more than a day",
        ),
        (
            event("contract-ended", ended_at=(NOW + 2 * DAY).isoformat()),
            "detail.ended_at: must not be more than a day",
        ),
        (
            event("end-of-contract-feedback", provided_at=(NOW + 2 * DAY).isoformat()),
            "detail.provided_at: must not be more than a day",
        ),
        (event("payment-made").replace("marketplace.contracts", "x"), "source: must be marketplace.contracts"),
        (event("payment-made").replace("payment_id", "paymentId"), "detail.payment_id: is required"),
        (event("contract-started", title="x\ud83d"), "detail.title: must be Unicode text"),
        (event("contract-started", client={"id": "u-client", "name": "Client", "email": "a@b@c"}), "client.email"),
        (
            event(
                "contract-started",
                client={"id": "u-client", "name": "C", "email": "c@example.com", "locale": "de_DE"},
            ),
            "detail.client.locale: must be a BCP 47 language tag, such as de or ar-EG",
        ),
        (event("end-of-contract-feedback", ratings=RATINGS | {"someone@example.com": 5}), "ratings: "),
        (event("end-of-contract-feedback", ratings=RATINGS | {"\x00\x01": 5}), "ratings: "),
        (
            event("payment-made").replace("PaymentMade", "someone@example.com\\u0001"),
            "detail-type: must be one of ContractStarted, PaymentMade, ContractEnded, EndOfContract",
        ),
        (event("payment-made").replace("detail-type", "type"), "detail-type: must be one of ContractStarted"),
        (event("payment-made").replace("p-1", "\\ud800"), "detail.payment_id: "),
        ("[]", "event: Input should be an object"),
        ("", "event: "),
        ("[" * 20_000, "event: "),
    ],
)
def test_a_malformed_event_becomes_a_dead_letter_with_its_reason(
    empty_marketplace: Marketplace, body: str, reason: str
) -> None:
    """The reason names the field and quotes nothing that was sent."""
    assert deliver(body) == []
    [letter] = dead_letters()
    assert letter.body == body
    assert reason in letter.reason
    assert letter.reason.isprintable()
    assert "@" not in letter.reason
    assert empty_marketplace.rows() == []


def test_the_other_events_of_its_batch_are_applied(empty_marketplace: Marketplace) -> None:
    empty_marketplace.start_contract()
    malformed_among_good = lambda_runtime.event("ingest-malformed-among-good")
    assert lambda_runtime.invoke("ingest", malformed_among_good) == {"batchItemFailures": []}
    [letter] = dead_letters()
    assert json.loads(letter.body)["detail"]["contract_id"] == "c-2"
    assert "not an address" not in letter.reason
    assert empty_marketplace.feedback_tab().body["contract"]["status"] == "ended"


def test_a_malformed_event_is_retried_while_the_dead_letter_queue_is_unavailable(
    empty_marketplace: Marketplace, sdk: SdkInterceptor
) -> None:
    sdk.respond_with_error("SendMessage", "InternalError")
    assert deliver(event("payment-made"), "{", event("contract-ended")) == ["1"]
    sdk.restore()
    assert deliver("{") == []
    assert [letter.body for letter in dead_letters()] == ["{"]


def test_an_event_is_not_started_with_too_little_time_left(
    empty_marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A timeout would kill the process, and the events before it would be delivered again, too."""
    left = [ingest.RECORD_TIME, ingest.RECORD_TIME - 1, ingest.RECORD_TIME - 1]
    monkeypatch.setattr(lambda_runtime.Context, "get_remaining_time_in_millis", lambda _: left.pop(0))
    assert deliver(event("contract-started"), event("contract-ended"), "{") == ["1", "2"]
    assert empty_marketplace.feedback_tab().body["contract"]["status"] == "active"
    assert dead_letters() == []


def test_an_event_that_cannot_be_applied_now_is_retried_alone(
    empty_marketplace: Marketplace, sdk: SdkInterceptor
) -> None:
    sdk.respond_with_error("Query", "ThrottlingException")  # an end and a payment need no Query
    assert deliver(event("contract-ended"), event("contract-started"), event("payment-made")) == ["1"]
    sdk.restore()
    assert deliver(event("contract-started")) == []
    assert empty_marketplace.feedback_tab().body["contract"]["status"] == "ended"
    assert dead_letters() == []


def test_the_log_names_the_contract_of_a_malformed_event(
    empty_marketplace: Marketplace, log_output: LogOutput
) -> None:
    log_output()
    bodies = [event("payment-made", paid_at=""), event("payment-made", contract_id="a b"), "{"]
    assert deliver(*bodies) == []
    lines = [json.loads(line) for line in log_output().splitlines()]
    found = [line for line in lines if line.get("message") == "contract event dead-lettered"]
    assert [(line.get("event"), line.get("contract_id")) for line in found] == [
        ("PaymentMade", "c-1"),
        ("PaymentMade", None),
        (None, None),
    ]
    dead_letters()


def test_an_instant_that_was_ahead_is_applied_when_the_event_is_put_back_later(
    marketplace: Marketplace,
) -> None:
    ended = event("contract-ended", ended_at=(NOW + 10 * DAY).isoformat())
    assert deliver(ended) == []
    [letter] = dead_letters()
    assert marketplace.feedback_tab().body["contract"]["ended_at"] is None
    marketplace.wait(9 * DAY)
    assert deliver(letter.body) == []
    assert marketplace.feedback_tab().body["contract"]["status"] == "ended"
    assert dead_letters() == []
