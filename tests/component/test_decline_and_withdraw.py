"""Requests that are declined or withdrawn, and contracts for which the client has turned requests off.

Every boundary is tested in tests/unit/test_eligibility.py and tests/unit/test_lifecycle.py.
"""

from collections.abc import Callable
from typing import Any

import pytest

from mid_job_feedback.storage import items
from tests.builders import CLIENT, DAY, FREELANCER, SECOND
from tests.component.http_calls import HttpResponse
from tests.component.marketplace import Marketplace
from tests.component.table_stream import deliver
from tests.suite_clock import shifted

type Settle = Callable[..., HttpResponse]


def by_link(marketplace: Marketplace, further_requests: str = "allowed") -> HttpResponse:
    return marketplace.decline_by_link(marketplace.last_token, further_requests)


WAYS: dict[str, Settle] = {"decline": Marketplace.decline, "by link": by_link, "withdraw": Marketplace.withdraw}
every_way = pytest.mark.parametrize("way", WAYS)
both_declines = pytest.mark.parametrize("way", ["decline", "by link"])


@pytest.fixture
def asked(marketplace: Marketplace) -> Marketplace:
    """An open request."""
    marketplace.request_feedback(body={"message": "How is it going?"})
    marketplace.link_token()
    return marketplace


def status_of(way: str) -> str:
    return "withdrawn" if way == "withdraw" else "declined"


@every_way
def test_an_open_request_is_closed_and_the_answer_is_what_the_tab_shows(asked: Marketplace, way: str) -> None:
    asked.wait(DAY)
    response = WAYS[way](asked)
    assert response.status == 200
    tab = asked.feedback_tab().body
    assert tab["open_request"] is None
    assert tab["past_requests"] == [response.body]
    assert (
        response.body.items()
        >= {
            "contract_id": "c-1",
            "status": status_of(way),
            "message": "How is it going?",
            "requested_at": shifted("2026-06-15T12:00:00.000Z"),
            "expires_at": shifted("2026-06-29T12:00:00.000Z"),
            "closed_at": shifted("2026-06-16T12:00:00.000Z"),
        }.items()
    )


@every_way
def test_the_answer_has_the_state_of_the_email(asked: Marketplace, way: str) -> None:
    asked.process_stream()
    email = WAYS[way](asked).body["delivery"]["email"]
    assert email["status"] == "sent"
    assert asked.feedback_tab().body["past_requests"][0]["delivery"]["email"] == email


@every_way
def test_to_do_it_again_gets_the_same_answer_and_changes_nothing(asked: Marketplace, way: str) -> None:
    first = WAYS[way](asked)
    asked.process_stream()
    asked.wait(DAY)
    rows = asked.rows()
    again = WAYS[way](asked)
    delivery = {"delivery": again.body["delivery"]}  # the e-mail was not sent, because its request was closed
    assert (again.status, again.body) == (200, first.body | delivery)
    assert asked.rows() == rows


@every_way
@pytest.mark.parametrize("other", ["fulfilled", "expired", "cancelled", "declined", "withdrawn"])
def test_a_request_that_was_closed_in_another_way_says_how_and_when(
    asked: Marketplace, way: str, other: str
) -> None:
    if other == status_of(way):
        return
    closing: dict[str, Callable[[], Any]] = {
        "fulfilled": asked.submit_feedback,
        "expired": lambda: asked.wait(14 * DAY),
        "cancelled": asked.end_contract,
        "declined": asked.decline,
        "withdrawn": asked.withdraw,
    }
    closing[other]()
    refused = WAYS[way](asked)
    assert refused.refusal == (409, "request_closed")
    assert refused.body["request_status"] == other
    [past] = asked.feedback_tab().body["past_requests"]
    assert (past["status"], past["closed_at"]) == (other, refused.body["closed_at"])


@every_way
@pytest.mark.parametrize("remove", [Marketplace.sweep, Marketplace.remove_by_ttl])
def test_a_request_whose_row_was_removed_has_expired_even_before_that_is_recorded(
    asked: Marketplace, way: str, remove: Callable[[Marketplace], object]
) -> None:
    asked.wait(14 * DAY)
    remove(asked)
    before = WAYS[way](asked)
    assert before.refusal == (409, "request_closed")
    assert (
        before.body.items()
        >= {
            "request_status": "expired",
            "closed_at": shifted("2026-06-29T12:00:00.000Z"),
        }.items()
    )
    asked.process_stream()
    assert WAYS[way](asked).body == before.body | {"reference": before.body["reference"]}


@pytest.mark.parametrize("way", ["decline", "withdraw"])
@pytest.mark.parametrize("request_id", ["r-unknown", "..", "x" * 255, "x" * 8000, "🙂", "a/b", "#"])
def test_an_unknown_request_is_not_found(asked: Marketplace, way: str, request_id: str) -> None:
    assert WAYS[way](asked, request_id).refusal == (404, "request_not_found")
    assert asked.feedback_tab().body["open_request"]


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        (lambda m: m.decline(person=FREELANCER.id), (403, "not_the_client")),
        (lambda m: m.mute(person=FREELANCER.id), (403, "not_the_client")),
        (lambda m: m.withdraw(person=CLIENT.id), (403, "not_the_freelancer")),
        (lambda m: m.decline(person="u-stranger"), (404, "contract_not_found")),
        (lambda m: m.mute(person="u-stranger"), (404, "contract_not_found")),
        (lambda m: m.withdraw(person="u-stranger"), (404, "contract_not_found")),
        (lambda m: m.decline("r-unknown", person="u-stranger"), (404, "contract_not_found")),
        (lambda m: m.decline_by_link("TOKEN"), (404, "link_invalid")),
    ],
)
def test_nobody_else_can_do_it(
    asked: Marketplace, act: Callable[[Marketplace], HttpResponse], refusal: tuple[int, str]
) -> None:
    rows = asked.rows()
    assert act(asked).refusal == refusal
    assert asked.rows() == rows


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, "further_requests"),
        ({"further_requests": "never"}, "further_requests"),
        ({"further_requests": None}, "further_requests"),
        ({"further_requests": True}, "further_requests"),
    ],
)
def test_a_decline_needs_a_choice(asked: Marketplace, body: object, wrong: str) -> None:
    """So no mail scanner that presses a button declines."""
    for refused in (asked.decline(body=body), asked.decline_by_link(asked.last_token, body=body)):
        assert refused.wrong_fields == [wrong]
    assert asked.feedback_tab().body["open_request"]


def test_bodies_are_checked_as_everywhere(asked: Marketplace) -> None:
    assert asked.withdraw(body={"reason": "A mistake"}).wrong_fields == ["reason"]
    assert asked.decline(body={"further_requests": "allowed", "why": "no"}).wrong_fields == ["why"]
    for muted in ("yes", 1, None):
        assert asked.mute(muted=muted).wrong_fields == ["muted"]
    assert asked.mute(body={"muted": True, "until": "tomorrow"}).wrong_fields == ["until"]
    for body, refusal in (
        ("{", (400, "not_json")),
        ("[]", (422, "invalid_request")),
        ("x" * 200_000, (413, "body_too_large")),
    ):
        for act in (asked.withdraw, asked.decline, asked.mute):
            assert act(body=body).refusal == refusal
    assert asked.feedback_tab().body["open_request"]


def test_a_put_needs_no_idempotency_key_and_stores_none(asked: Marketplace) -> None:
    for _ in range(2):
        response = asked.mute(headers={"idempotency-key": "key-1"})
        assert (response.status, response.body) == (200, {"muted": True})
    assert asked.mute(muted=False, headers={"idempotency-key": "key-1"}).body == {"muted": False}
    assert asked.idempotency_records() == []


def test_a_post_with_an_idempotency_key_gets_its_first_answer_for_the_same_body_only(asked: Marketplace) -> None:
    key: dict[str, str | None] = {"idempotency-key": "key-1"}
    first = asked.decline(headers=key)
    asked.process_stream()
    assert asked.decline(headers=key).text == first.text
    assert asked.decline(headers=key, further_requests="muted").refusal == (422, "idempotency_key_reused")
    assert asked.feedback_tab().body["requests_muted"] is False


@both_declines
def test_after_a_decline_the_freelancer_may_ask_again_thirty_days_later(asked: Marketplace, way: str) -> None:
    asked.wait(DAY)
    WAYS[way](asked)
    asked.pay(paid_at=asked.clock.now() + DAY - SECOND)
    refused = asked.request_feedback()
    assert refused.refusal == (409, "not_eligible")
    assert [(reason["code"], reason["clears_at"]) for reason in refused.body["reasons"]] == [
        ("request_declined", shifted("2026-07-16T12:00:00.000Z"))
    ]
    assert refused.body["eligible_at"] == shifted("2026-07-16T12:00:00.000Z")
    assert asked.feedback_tab().body["actions"]["request_feedback"]["eligible_at"] == refused.body["eligible_at"]
    asked.wait(30 * DAY - SECOND)
    assert asked.request_feedback().refusal == (409, "not_eligible")
    asked.wait(SECOND)
    assert asked.request_feedback().status == 201


def test_after_a_withdrawal_the_freelancer_may_ask_again_a_day_after_they_had_asked(asked: Marketplace) -> None:
    asked.wait(DAY / 2)
    asked.withdraw()
    refused = asked.request_feedback()
    assert [reason["code"] for reason in refused.body["reasons"]] == ["request_withdrawn_recently"]
    assert refused.body["eligible_at"] == shifted("2026-06-16T12:00:00.000Z")
    asked.wait(DAY / 2)
    assert asked.request_feedback().status == 201


def test_a_decline_does_not_limit_the_client(asked: Marketplace) -> None:
    asked.decline(further_requests="muted")
    assert asked.feedback_tab(person=CLIENT.id).body["actions"]["give_feedback"]["eligible"] is True
    assert asked.submit_feedback().body["request_id"] is None


@pytest.mark.parametrize("way", ["decline", "withdraw"])
def test_the_link_of_a_request_that_nobody_answered_says_what_happened_and_what_is_possible(
    asked: Marketplace, way: str
) -> None:
    WAYS[way](asked)
    token = asked.last_token
    for response in (asked.open_link(token), asked.submit_by_link(token)):
        assert response.refusal == (410, f"request_{status_of(way)}")
        assert (
            response.body.items()
            >= {
                "closed_at": shifted("2026-06-15T12:00:00.000Z"),
                "contract_id": "c-1",
                "can_give_feedback": True,
            }.items()
        )


@both_declines
def test_a_decline_can_turn_further_requests_off(asked: Marketplace, way: str) -> None:
    assert WAYS[way](asked, further_requests="muted").status == 200
    for person in (CLIENT.id, FREELANCER.id):
        assert asked.feedback_tab(person=person).body["requests_muted"] is True
    asked.wait(30 * DAY)
    asked.pay(paid_at=asked.clock.now())
    refused = asked.request_feedback()
    assert [(reason["code"], reason["clears_at"]) for reason in refused.body["reasons"]] == [
        ("requests_muted", None)
    ]
    assert refused.body["eligible_at"] is None


@both_declines
def test_a_repeated_decline_can_turn_them_off_but_never_on(asked: Marketplace, way: str) -> None:
    first = WAYS[way](asked, further_requests="allowed").body
    assert WAYS[way](asked, further_requests="muted").body == first
    assert asked.feedback_tab().body["requests_muted"] is True
    assert WAYS[way](asked, further_requests="allowed").body == first
    assert asked.feedback_tab().body["requests_muted"] is True


def test_the_client_turns_requests_off_and_on(marketplace: Marketplace) -> None:
    assert marketplace.feedback_tab().body["requests_muted"] is False
    assert marketplace.mute().body == {"muted": True}
    assert [reason["code"] for reason in marketplace.request_feedback().body["reasons"]] == ["requests_muted"]
    assert marketplace.mute(muted=False).body == {"muted": False}
    assert marketplace.request_feedback().status == 201


def test_an_open_request_stays_open_when_requests_are_turned_off(asked: Marketplace) -> None:
    asked.mute()
    assert asked.feedback_tab().body["open_request"]
    assert asked.submit_by_link(asked.last_token).status == 201
    assert asked.feedback_tab().body["requests_muted"] is True


def test_feedback_that_answers_no_request_turns_them_on_again(marketplace: Marketplace) -> None:
    marketplace.mute()
    assert marketplace.submit_feedback().body["request_id"] is None
    assert marketplace.feedback_tab().body["requests_muted"] is False


def test_the_preference_can_be_set_on_an_ended_contract(marketplace: Marketplace) -> None:
    marketplace.end_contract()
    assert marketplace.mute().body == {"muted": True}
    assert marketplace.feedback_tab().body["requests_muted"] is True


# What people and programs are told


def test_the_freelancer_learns_of_a_decline_once_and_when_they_can_ask_again(asked: Marketplace) -> None:
    asked.wait(DAY)
    asked.pay(paid_at=asked.clock.now() + DAY - SECOND)
    asked.decline()
    [message] = asked.dash_messages_of("feedback_request_declined")
    request_id = asked.newest_request_id()
    assert message["message_id"] == f"feedback_request_declined:{request_id}"
    assert message["recipient_id"] == FREELANCER.id
    assert message["title"] == "No feedback on “Website relaunch” this time"
    assert "chose not to answer your request. You can ask again from " in message["body"]
    assert message["occurred_at"] == message["data"]["closed_at"] == shifted("2026-06-16T12:00:00.000Z")
    assert message["data"]["next_request"]["eligible_at"] == shifted("2026-07-16T12:00:00.000Z")
    assert [mail.to for mail in asked.emails()] == []  # the request was closed before its e-mail was sent
    asked.decline()
    assert len(asked.dash_messages_of("feedback_request_declined")) == 1


def test_the_message_about_a_decline_for_good_says_so_once(asked: Marketplace) -> None:
    asked.decline(further_requests="muted")
    [message] = asked.dash_messages_of("feedback_request_declined")
    assert message["body"].endswith(
        "You cannot ask again now. The client has turned off feedback requests for this contract."
    )


def test_the_client_learns_of_a_withdrawal_if_they_were_told_of_the_request(asked: Marketplace) -> None:
    asked.process_stream()
    asked.wait(DAY / 2)
    asked.withdraw()
    [message] = asked.dash_messages_of("feedback_request_withdrawn")
    assert message["message_id"] == f"feedback_request_withdrawn:{asked.newest_request_id()}"
    assert message["recipient_id"] == CLIENT.id
    assert message["title"].endswith("no longer asks for your feedback")
    assert message["occurred_at"] == message["data"]["closed_at"] == shifted("2026-06-16T00:00:00.000Z")
    assert len(asked.emails()) == 1


@pytest.mark.parametrize("first", ["the request", "the withdrawal"])
@pytest.mark.parametrize("times", [1, 3])
def test_a_request_and_its_withdrawal_are_told_both_or_neither_whatever_comes_first(
    asked: Marketplace, first: str, times: int
) -> None:
    """The stream's records come at once, since `notify` was late. They may be delivered again."""
    asked.withdraw()
    records = asked.stream.new_records()
    made, withdrawn = (
        [record for record in records if record["dynamodb"]["Keys"]["SK"]["S"].startswith(kind)]
        for kind in (items.OPEN_REQUEST, items.CLOSED_REQUEST)
    )
    made = [record for record in made if record["eventName"] == "INSERT"]
    for _ in range(times):
        for part in (made, withdrawn) if first == "the request" else (withdrawn, made):
            assert deliver("notify", part) == []
    kinds = [message["kind"] for message in asked.dash_messages()]
    both = ["feedback_requested", "feedback_request_withdrawn"]
    assert kinds == (both if first == "the request" else [])
    assert {kind for kind, _ in asked.domain_events()} == {"FeedbackRequested", "FeedbackRequestClosed"}


@every_way
def test_programs_learn_how_the_request_was_closed(asked: Marketplace, way: str) -> None:
    response = WAYS[way](asked)
    asked.process_stream()
    [closed] = [detail for kind, detail in asked.domain_events() if kind == "FeedbackRequestClosed"]
    shown = {name: value for name, value in response.body.items() if name != "delivery"}
    assert (closed["status"], closed["request"]) == (status_of(way), shown)
    assert closed["event_id"] == f"FeedbackRequestClosed:{shown['request_id']}"


def test_turning_requests_off_is_told_to_nobody(marketplace: Marketplace) -> None:
    marketplace.mute()
    marketplace.process_stream()
    assert (marketplace.emails(), marketplace.dash_messages(), marketplace.domain_events()) == ([], [], [])


def test_each_command_is_logged_when_it_changes_something(
    asked: Marketplace, caplog: pytest.LogCaptureFixture
) -> None:
    for act in (asked.mute, asked.decline):
        act()
        act()
    asked.request_feedback()
    assert [record.message for record in caplog.records] == [
        "prefer accepted",
        "prefer repeated",
        "decline accepted",
        "decline repeated",
        "request refused",
    ]
