"""The freelancer's public replies. Every boundary is tested in tests/unit/test_replies.py."""

from typing import Any

import pytest

from tests.builders import CLIENT, DAY, FREELANCER, RATINGS, SECOND
from tests.component.marketplace import Marketplace
from tests.suite_clock import shifted

KINDS = ("mid_contract", "end_of_contract")
both_kinds = pytest.mark.parametrize("kind", KINDS)


def given(marketplace: Marketplace, kind: str = "mid_contract") -> str:
    """Feedback of this kind, provided now; returns its id."""
    if kind == "mid_contract":
        marketplace.submit_feedback()
    else:
        marketplace.publish_event("end-of-contract-feedback", provided_at=marketplace.clock.now().isoformat())
    feedback_id: str = marketplace.feedback_tab().body["feedback"][0]["feedback_id"]
    return feedback_id


def shown(marketplace: Marketplace) -> list[Any]:
    """The reply, wherever the feedback is: in both parties' tabs and in the work history."""
    tabs = [marketplace.feedback_tab(person=person).body["feedback"] for person in (CLIENT.id, FREELANCER.id)]
    history = marketplace.work_history().body["contracts"][0]["feedback"]
    return [feedback["reply"] for [feedback] in (*tabs, history)]


@both_kinds
def test_a_reply_is_shown_wherever_the_feedback_is(marketplace: Marketplace, kind: str) -> None:
    feedback_id = given(marketplace, kind)
    marketplace.wait(DAY)
    response = marketplace.reply(feedback_id, "  Thank you, Ben.\n")
    assert response.status == 200
    assert marketplace.feedback_tab().body["feedback"] == [response.body]
    replied_at = shifted("2026-06-16T12:00:00.000Z")
    assert shown(marketplace) == [{"text": "Thank you, Ben.", "replied_at": replied_at, "edited_at": None}] * 3
    assert response.body["replyable_until"] == shifted("2026-06-18T12:00:00.000Z")


@both_kinds
def test_a_reply_can_be_changed_until_its_own_time_is_over(marketplace: Marketplace, kind: str) -> None:
    feedback_id = given(marketplace, kind)
    replied = marketplace.reply(feedback_id).body["reply"]
    marketplace.wait(2 * DAY - SECOND)
    changed = marketplace.reply(feedback_id, "Thanks.").body["reply"]
    edited_at = shifted("2026-06-17T11:59:59.000Z")
    assert changed == {"text": "Thanks.", "replied_at": replied["replied_at"], "edited_at": edited_at}
    assert shown(marketplace) == [changed] * 3
    marketplace.wait(SECOND)
    for refused in (marketplace.reply(feedback_id), marketplace.take_back_reply(feedback_id)):
        assert refused.refusal == (409, "reply_closed")
        assert refused.body["closed_at"] == shifted("2026-06-17T12:00:00.000Z")


@both_kinds
def test_the_time_to_reply_ends(marketplace: Marketplace, kind: str) -> None:
    feedback_id = given(marketplace, kind)
    marketplace.wait(28 * DAY)
    refused = marketplace.reply(feedback_id)
    assert refused.refusal == (409, "reply_closed")
    assert refused.body["closed_at"] == shifted("2026-07-13T12:00:00.000Z")
    assert shown(marketplace) == [None] * 3


def test_a_repeated_reply_changes_nothing_even_when_the_time_is_over(marketplace: Marketplace) -> None:
    feedback_id = given(marketplace)
    replied = marketplace.reply(feedback_id)
    rows = marketplace.rows()
    marketplace.wait(99 * DAY)
    repeated = marketplace.reply(feedback_id, " Thank you. ")
    assert (repeated.status, repeated.body) == (200, replied.body)
    assert marketplace.rows() == rows


def test_a_reply_that_is_taken_back_is_gone_and_another_is_a_new_one(marketplace: Marketplace) -> None:
    feedback_id = given(marketplace)
    before = marketplace.feedback_tab().body["feedback"]
    marketplace.reply(feedback_id)
    marketplace.wait(DAY)
    assert [marketplace.take_back_reply(feedback_id).body] == before
    assert shown(marketplace) == [None] * 3
    rows = marketplace.rows()
    assert [marketplace.take_back_reply(feedback_id).body] == before  # once more
    assert marketplace.rows() == rows
    again = marketplace.reply(feedback_id, "Thanks again.").body
    assert again["reply"]["replied_at"] == shifted("2026-06-16T12:00:00.000Z")
    assert again["replyable_until"] == shifted("2026-06-18T12:00:00.000Z")


@pytest.mark.parametrize("text", ["", " ", "\u200b\u2060", "x" * 2001, None, 5])
def test_a_reply_has_1_to_2000_visible_characters(marketplace: Marketplace, text: Any) -> None:
    feedback_id = given(marketplace)
    assert marketplace.reply(feedback_id, body={"text": text}).wrong_fields == ["text"]
    assert marketplace.reply(feedback_id, body={}).wrong_fields == ["text"]
    assert marketplace.reply(feedback_id, "x" * 2000).status == 200


def test_only_the_freelancer_replies_and_nobody_else_learns_that_there_is_a_contract(
    marketplace: Marketplace,
) -> None:
    feedback_id = given(marketplace)
    assert marketplace.reply(feedback_id, person=CLIENT.id).refusal == (403, "not_the_freelancer")
    assert marketplace.take_back_reply(feedback_id, person=CLIENT.id).refusal == (403, "not_the_freelancer")
    for person in ("u-nobody", ""):
        assert marketplace.reply(feedback_id, person=person).refusal == (404, "contract_not_found")
        assert marketplace.take_back_reply(feedback_id, person=person).refusal == (404, "contract_not_found")
    assert marketplace.reply("f-unknown").refusal == (404, "feedback_not_found")
    assert marketplace.take_back_reply("f-unknown").refusal == (404, "feedback_not_found")
    assert marketplace.reply(feedback_id, contract_id="c-unknown").refusal == (404, "contract_not_found")


def test_a_correction_after_the_reply_leaves_the_reply(marketplace: Marketplace) -> None:
    feedback_id = given(marketplace)
    reply = marketplace.reply(feedback_id).body["reply"]
    marketplace.wait(DAY)
    corrected = marketplace.correct(feedback_id, {"ratings": RATINGS, "comment": "Better than I said."}).body
    assert corrected["reply"] == reply
    assert corrected["edited_at"] > reply["replied_at"]


@pytest.mark.parametrize("target", ["feedback", "reply"])
def test_there_is_no_reply_to_what_was_removed_and_no_change_of_a_removed_reply(
    marketplace: Marketplace, target: str
) -> None:
    feedback_id = given(marketplace)
    marketplace.reply(feedback_id)
    assert marketplace.moderate(feedback_id, target=target).status == 200
    for refused in (
        marketplace.reply(feedback_id),
        marketplace.reply(feedback_id, "Again."),
        marketplace.take_back_reply(feedback_id),
    ):
        assert refused.refusal == (409, "feedback_removed")
    assert marketplace.feedback_tab().body["feedback"][0]["replyable_until"] is None
