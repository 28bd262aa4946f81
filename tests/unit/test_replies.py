"""The freelancer's replies: two windows, and the order of refusals."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mid_job_feedback.domain import change_windows, refusals, replies
from mid_job_feedback.domain.feedback_changes import FeedbackChange, FeedbackSeen
from mid_job_feedback.domain.lifecycle import Snapshot
from mid_job_feedback.domain.models import Feedback, FeedbackKind, Ground, Removal, Reply, ReplyInput
from tests.builders import CLIENT, DAY, FREELANCER, NOW, POLICY, a_contract, a_feedback

MILLISECOND = timedelta(milliseconds=1)
POLICIES = [POLICY, POLICY.model_copy(update={"correction_window": 3 * DAY, "reply_window": 5 * DAY})]
every_policy = pytest.mark.parametrize("policy", POLICIES, ids=["default", "uneven"])
around_the_end = pytest.mark.parametrize("late", [-MILLISECOND, timedelta(0), MILLISECOND])
REMOVAL = Removal(at=NOW, ground=Ground.ABUSIVE)
REPLIED_AT = NOW + 3 * DAY
REPLY = Reply(text="Thank you.", replied_at=REPLIED_AT)
REPLIED = a_feedback(reply=REPLY, first_replied_at=REPLIED_AT)
GONE = {"removed": REMOVAL, "ratings": None, "score": None, "comment": None}


def seen(feedback: Feedback | None) -> FeedbackSeen:
    return FeedbackSeen(snapshot=Snapshot(contract=a_contract()), feedback=feedback)


def reply(
    feedback: Feedback | None,
    text: str = "Thank you.",
    later: timedelta = DAY,
    person: str = FREELANCER.id,
    policy: Any = POLICY,
) -> FeedbackChange:
    return replies.reply(seen(feedback), person, ReplyInput(text=text), policy=policy, now=NOW + later)


def take_back(
    feedback: Feedback | None, later: timedelta = 4 * DAY, person: str = FREELANCER.id, policy: Any = POLICY
) -> FeedbackChange:
    return replies.take_back(seen(feedback), person, policy=policy, now=NOW + later)


@pytest.mark.parametrize("kind", FeedbackKind)
@every_policy
@around_the_end
def test_a_first_reply_is_possible_until_exactly_the_end_of_the_reply_window(
    kind: FeedbackKind, policy: Any, late: timedelta
) -> None:
    feedback, later = a_feedback(kind=kind), policy.reply_window + late
    assert change_windows.replyable_until(feedback, policy) == NOW + policy.reply_window
    if late < timedelta(0):
        replied = reply(feedback, later=later, policy=policy).feedback
        assert replied.reply == Reply(text="Thank you.", replied_at=NOW + later)
        assert replied.first_replied_at == NOW + later
        return
    with pytest.raises(refusals.ReplyClosed) as refusal:
        reply(feedback, later=later, policy=policy)
    assert refusal.value.data == {"closed_at": NOW + policy.reply_window}
    assert refusal.value.detail == "The time to reply is over."


@every_policy
@around_the_end
@pytest.mark.parametrize("way", ["change", "take back"])
def test_a_reply_can_be_changed_until_exactly_the_end_of_the_correction_window(
    policy: Any, late: timedelta, way: str
) -> None:
    later = 3 * DAY + policy.correction_window + late
    assert change_windows.replyable_until(REPLIED, policy) == REPLIED_AT + policy.correction_window

    def act() -> Feedback:
        if way == "change":
            return reply(REPLIED, "Thanks.", later, policy=policy).feedback
        return take_back(REPLIED, later, policy=policy).feedback

    if late < timedelta(0):
        changed = Reply(text="Thanks.", replied_at=REPLIED_AT, edited_at=NOW + later)
        assert act().reply == (changed if way == "change" else None)
        assert act().first_replied_at == REPLIED_AT
        return
    with pytest.raises(refusals.ReplyClosed) as refusal:
        act()
    assert refusal.value.data == {"closed_at": REPLIED_AT + policy.correction_window}
    assert refusal.value.detail == "The time to change this reply is over."


def test_a_change_does_not_prolong_the_time_to_change() -> None:
    changed = reply(REPLIED, "Thanks.", 4 * DAY).feedback
    assert change_windows.replyable_until(changed, POLICY) == REPLIED_AT + 2 * DAY


def test_another_reply_after_one_was_taken_back_is_a_new_one_and_not_the_first() -> None:
    back = take_back(REPLIED).feedback
    again = reply(back, later=5 * DAY).feedback
    assert again.reply == Reply(text="Thank you.", replied_at=NOW + 5 * DAY)
    assert again.first_replied_at == REPLIED_AT
    with pytest.raises(refusals.ReplyClosed):
        reply(back, later=28 * DAY)


@pytest.mark.parametrize("later", [4 * DAY, 99 * DAY])
def test_an_equal_reply_and_taking_back_none_change_nothing_at_any_time(later: timedelta) -> None:
    assert not reply(REPLIED, later=later).changes
    assert not take_back(a_feedback(), later).changes
    assert reply(REPLIED, "thank you.").changes


def test_nothing_else_of_the_feedback_changes() -> None:
    for changed in (reply(REPLIED, "Thanks.").feedback, take_back(REPLIED).feedback):
        assert changed.model_copy(update={"reply": REPLY}) == REPLIED


def test_refusals_come_in_this_order() -> None:
    late = 99 * DAY
    gone = REPLIED.model_copy(update=GONE)
    reply_gone = REPLIED.model_copy(update={"reply": REPLY.model_copy(update={"text": None, "removed": REMOVAL})})
    cases: list[tuple[type[refusals.Refusal], Callable[[Any], object]]] = [
        (refusals.ContractNotFound, lambda act: act(None, person="u-nobody")),
        (refusals.NotTheFreelancer, lambda act: act(None, person=CLIENT.id)),
        (refusals.FeedbackNotFound, lambda act: act(None)),
        (refusals.FeedbackRemoved, lambda act: act(gone, later=late)),
        (refusals.FeedbackRemoved, lambda act: act(reply_gone, later=late)),
    ]
    for expected, found in cases:
        for act in (reply, take_back):
            with pytest.raises(expected):
                found(act)
    assert change_windows.replyable_until(gone, POLICY) is None
    assert change_windows.replyable_until(reply_gone, POLICY) is None
