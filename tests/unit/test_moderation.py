"""Reports and decisions about texts: what each changes, and what a repeated one leaves alone."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from mid_job_feedback.domain import moderation, refusals
from mid_job_feedback.domain.feedback_changes import FeedbackSeen, Moderated, ReportMade
from mid_job_feedback.domain.lifecycle import Snapshot
from mid_job_feedback.domain.models import (
    Decision,
    Feedback,
    Ground,
    ModerationInput,
    Removal,
    Reply,
    Report,
    ReportInput,
    ReportTarget,
)
from tests.builders import CLIENT, DAY, FREELANCER, NOW, SECOND, a_contract, a_feedback, a_report

FEEDBACK, REPLY = ReportTarget.FEEDBACK, ReportTarget.REPLY
both_targets = pytest.mark.parametrize("target", ReportTarget)
REPLIED = a_feedback(reply=Reply(text="Thank you.", replied_at=NOW), first_replied_at=NOW)


def seen(feedback: Feedback | None = REPLIED, **others: Any) -> FeedbackSeen:
    return FeedbackSeen(snapshot=Snapshot(contract=a_contract()), feedback=feedback, **others)


def settled(at: datetime = NOW, **overrides: Any) -> Report:
    return a_report(settled_at=at, outcome="visible", **overrides)


def report(
    found: FeedbackSeen,
    target: ReportTarget = FEEDBACK,
    person: str = FREELANCER.id,
    details: str | None = " \u200b ",
) -> ReportMade:
    body = ReportInput(target=target, ground=Ground.EXTORTION, details=details)
    return moderation.report(found, person, body, report_id="rep-2", now=NOW + DAY)


def moderate(
    found: FeedbackSeen, state: str = "removed", target: ReportTarget = FEEDBACK, **body: Any
) -> Moderated:
    given = {"ground": Ground.ABUSIVE, "reason": "It insults.", "operator": "Mara Lind", **body}
    decision = ModerationInput(target=target, state=state, **given)
    return moderation.moderate(found, decision, decision_id="d-1", now=NOW + DAY)


def after(change: Moderated) -> FeedbackSeen:
    """What the next command sees, once the change is committed."""
    gone, was = change.feedback.removed, change.before.removed
    reply, before = change.feedback.reply, change.before.reply
    withheld = change.seen.withheld
    if gone and not was:
        withheld = change.before.text
    withheld_reply = change.seen.withheld_reply
    if reply and reply.removed and before and not before.removed:
        withheld_reply = before.text
    return FeedbackSeen(
        snapshot=change.seen.snapshot,
        feedback=change.feedback,
        reports=change.seen.reports,
        decisions=(*change.seen.decisions, *([change.decision] if change.decision else [])),
        withheld=withheld if gone else None,
        withheld_reply=withheld_reply if reply and reply.removed else None,
    )


# Reports


@both_targets
@pytest.mark.parametrize("person", [CLIENT.id, FREELANCER.id])
def test_a_report_names_the_text_and_who_made_it_and_changes_nothing_else(
    target: ReportTarget, person: str
) -> None:
    made = report(seen(), target, person)
    assert made.report == a_report(
        report_id="rep-2",
        target=target,
        ground=Ground.EXTORTION,
        reporter_id=person,
        reported_at=NOW + DAY,
    )
    assert made.reports == (made.report,)
    assert made.changes
    assert made.feedback == REPLIED


def test_a_report_keeps_what_its_author_says() -> None:
    assert report(seen(), details="He threatened me.").report.details == "He threatened me."


def test_reports_of_others_and_on_the_other_text_do_not_count() -> None:
    others = (a_report(reporter_id=CLIENT.id), a_report(target=REPLY))
    assert report(seen(reports=others)).changes


@both_targets
@pytest.mark.parametrize("earlier", [a_report(), settled()], ids=["open", "settled"])
def test_a_second_report_of_the_same_text_is_refused(target: ReportTarget, earlier: Report) -> None:
    reports = (earlier.model_copy(update={"target": target}),)
    with pytest.raises(refusals.AlreadyReported):
        report(seen(reports=reports), target)


@pytest.mark.parametrize("late", [-SECOND, 0 * SECOND, SECOND])
@pytest.mark.parametrize("change", ["corrected", "reply changed", "reply given anew"])
def test_a_text_can_be_reported_again_if_it_was_changed_after_the_decision(late: Any, change: str) -> None:
    decided_at, changed_at = NOW + DAY, NOW + DAY + late
    target = FEEDBACK if change == "corrected" else REPLY
    feedback = {
        "corrected": REPLIED.model_copy(update={"edited_at": changed_at}),
        "reply changed": a_feedback(reply=Reply(text="No.", replied_at=NOW, edited_at=changed_at)),
        "reply given anew": a_feedback(reply=Reply(text="No.", replied_at=changed_at)),
    }[change]
    found = seen(feedback, reports=(settled(decided_at, target=target),))
    if late > 0 * SECOND:
        assert report(found, target).report.report_id == "rep-2"
    else:
        with pytest.raises(refusals.AlreadyReported):
            report(found, target)


def test_a_change_of_the_other_text_does_not_make_a_report_outdated() -> None:
    changed = a_feedback(edited_at=NOW + DAY, reply=Reply(text="No.", replied_at=NOW))
    with pytest.raises(refusals.AlreadyReported):
        report(seen(changed, reports=(settled(target=REPLY),)), REPLY)
    replied = a_feedback(reply=Reply(text="No.", replied_at=NOW + DAY))
    with pytest.raises(refusals.AlreadyReported):
        report(seen(replied, reports=(settled(),)))


def test_refusals_of_a_report_come_in_this_order() -> None:
    mine = (a_report(), a_report(target=REPLY))
    gone = after(moderate(seen(), target=REPLY)).feedback
    cases: list[tuple[type[refusals.Refusal], Callable[[], object]]] = [
        (refusals.ContractNotFound, lambda: report(seen(None), person="u-nobody")),
        (refusals.FeedbackNotFound, lambda: report(seen(None))),
        (refusals.FeedbackNotFound, lambda: report(seen(a_feedback(), reports=mine), REPLY)),
        (refusals.FeedbackRemoved, lambda: report(seen(gone, reports=mine), REPLY)),
        (refusals.AlreadyReported, lambda: report(seen(gone, reports=mine))),
    ]
    for expected, found in cases:
        with pytest.raises(expected):
            found()


# Decisions


def test_removed_feedback_says_nothing_and_keeps_the_rest() -> None:
    change = moderate(seen())
    removal = Removal(at=NOW + DAY, ground=Ground.ABUSIVE)
    gone = {"ratings": None, "score": None, "comment": None, "removed": removal}
    assert change.feedback == REPLIED.model_copy(update=gone)
    assert change.decision == change.standing
    assert change.standing == Decision(
        decision_id="d-1",
        number=1,
        contract_id="c-1",
        feedback_id="f-1",
        target=FEEDBACK,
        state="removed",
        ground=Ground.ABUSIVE,
        reason="It insults.",
        operator="Mara Lind",
        decided_at=NOW + DAY,
        changed=True,
    )


def test_a_removed_reply_says_nothing_and_keeps_the_rest() -> None:
    change = moderate(seen(), target=REPLY)
    removal = Removal(at=NOW + DAY, ground=Ground.ABUSIVE)
    assert change.feedback.reply == Reply(text=None, replied_at=NOW, removed=removal)
    assert change.feedback.model_copy(update={"reply": REPLIED.reply}) == REPLIED


@both_targets
def test_a_restored_text_is_as_it_was(target: ReportTarget) -> None:
    other = next(each for each in ReportTarget if each is not target)
    found = after(moderate(after(moderate(seen(), target=target)), target=other))
    restored = moderate(found, "visible", target)
    assert restored.standing.changed
    assert moderate(after(restored), "visible", other).feedback == REPLIED


@both_targets
@pytest.mark.parametrize("state", ["removed", "visible"])
def test_an_equal_decision_changes_nothing(target: ReportTarget, state: str) -> None:
    first = moderate(seen(), state, target)
    repeated = moderate(after(first), state, target, reason="Another.", operator="Jo Ade")
    assert not repeated.changes
    assert repeated.standing == first.standing


@both_targets
def test_an_equal_decision_on_the_other_text_is_none(target: ReportTarget) -> None:
    other = next(each for each in ReportTarget if each is not target)
    assert moderate(after(moderate(seen(), "visible", other)), "visible", target).changes


@both_targets
def test_an_equal_decision_settles_a_report_that_was_made_since(target: ReportTarget) -> None:
    found = after(moderate(seen(), "visible", target))
    waiting = found.model_copy(update={"reports": (a_report(target=target),)})
    change = moderate(waiting, "visible", target)
    assert change.changes
    assert change.standing.changed is False
    assert change.reports == (a_report(target=target, settled_at=NOW + DAY, outcome="visible"),)


def test_only_open_reports_on_the_text_are_settled() -> None:
    mine, theirs = a_report(), a_report(report_id="rep-9", reporter_id=CLIENT.id)
    others = (a_report(report_id="rep-8", target=REPLY), settled(report_id="rep-7", reporter_id="u-before"))
    change = moderate(seen(reports=(mine, *others, theirs)))
    assert [each.report_id for each in change.reports] == ["rep-1", "rep-9"]
    assert {(each.status, each.outcome, each.settled_at) for each in change.reports} == {
        ("settled", "removed", NOW + DAY)
    }


@both_targets
def test_another_ground_is_recorded_and_the_removal_stays_as_old_as_it_is(target: ReportTarget) -> None:
    removed = moderate(seen(), target=target)
    found = after(removed)
    later = moderation.moderate(
        found,
        ModerationInput(
            target=target, state="removed", ground=Ground.OFF_TOPIC, reason="Better so.", operator="Jo Ade"
        ),
        decision_id="d-2",
        now=NOW + 5 * DAY,
    )
    assert later.standing.changed is False
    tombstone = (
        later.feedback.removed if target is FEEDBACK else later.feedback.reply and later.feedback.reply.removed
    )
    assert tombstone == Removal(at=NOW + DAY, ground=Ground.OFF_TOPIC)
    assert moderate(after(later), "visible", target).feedback == REPLIED


def test_an_old_equal_decision_does_not_stand_if_the_text_is_in_another_state() -> None:
    removed = after(moderate(seen()))
    restored = after(moderate(removed, "visible"))
    again = moderate(restored)
    assert again.standing.changed
    assert again.feedback.removed


@both_targets
def test_decisions_on_a_text_are_numbered(target: ReportTarget) -> None:
    other = REPLY if target is FEEDBACK else FEEDBACK
    numbers, found = [], after(moderate(seen(), "removed", other))
    for state in ("removed", "visible", "removed"):
        decided = moderate(found, state, target)
        numbers.append(decided.standing.number)
        found = after(decided)
    assert numbers == [1, 2, 3]


def test_to_leave_a_reply_public_leaves_its_text() -> None:
    assert moderate(seen(), "visible", REPLY).feedback == REPLIED


def test_a_refusal_says_that_there_is_no_reply() -> None:
    for act in (report, lambda found, target: moderate(found, target=target)):
        with pytest.raises(refusals.FeedbackNotFound, match="no reply"):
            act(seen(a_feedback()), REPLY)


def test_there_must_be_a_text_or_a_report_on_one_that_was_taken_back() -> None:
    with pytest.raises(refusals.FeedbackNotFound):
        moderate(seen(None))
    with pytest.raises(refusals.FeedbackNotFound):
        moderate(seen(a_feedback()), target=REPLY)
    with pytest.raises(refusals.FeedbackNotFound):
        moderate(seen(a_feedback(), reports=(settled(target=REPLY), a_report())), target=REPLY)
    change = moderate(seen(a_feedback(), reports=(a_report(target=REPLY),)), target=REPLY)
    assert change.feedback == a_feedback()
    assert change.standing.changed is False
    assert change.reports[0].outcome == "removed"


@pytest.mark.parametrize(("before", "number"), [(0, 1), (4, 5)])  # 0: from before reports were counted
def test_a_report_has_the_number_after_the_last(before: int, number: int) -> None:
    earlier = settled(number=before, reporter_id=CLIENT.id, target=REPLY)
    assert report(seen(reports=(earlier,))).report.number == number
