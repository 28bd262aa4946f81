"""Corrections of feedback: windows, limits, revisions, and the order of refusals."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from mid_job_feedback.domain import change_windows, corrections, refusals
from mid_job_feedback.domain.feedback_changes import FeedbackChange, FeedbackSeen
from mid_job_feedback.domain.lifecycle import Snapshot
from mid_job_feedback.domain.models import (
    EarlierVersion,
    Feedback,
    FeedbackInput,
    FeedbackKind,
    Ground,
    Ratings,
    Removal,
    RequestStatus,
)
from mid_job_feedback.http import preconditions
from tests.builders import (
    CLIENT,
    DAY,
    FREELANCER,
    NOW,
    POLICY,
    RATINGS,
    SECOND,
    a_contract,
    a_feedback,
    a_feedback_input,
    a_link,
    a_request,
)

MILLISECOND = timedelta(milliseconds=1)
UNEVEN = POLICY.model_copy(update={"correction_window": 3 * DAY, "reply_window": 5 * DAY})
BETTER = a_feedback_input(comment="Better than I said.")
REMOVED: dict[str, Any] = {
    "removed": Removal(at=NOW, ground=Ground.ABUSIVE),
    "ratings": None,
    "score": None,
    "comment": None,
}
ANSWERED = a_request(status=RequestStatus.FULFILLED, closed_at=NOW)
END = {"kind": FeedbackKind.END_OF_CONTRACT}


def seen(feedback: Feedback | None, **snapshot: Any) -> FeedbackSeen:
    return FeedbackSeen(snapshot=Snapshot(contract=a_contract(), **snapshot), feedback=feedback)


def removed(feedback: Feedback) -> Feedback:
    return feedback.model_copy(update=REMOVED)


def correct(
    feedback: Feedback | None,
    body: FeedbackInput = BETTER,
    *,
    person: str = CLIENT.id,
    later: timedelta = DAY,
    expected: frozenset[int] | None = None,
    policy: Any = POLICY,
) -> FeedbackChange:
    return corrections.correct(seen(feedback), person, body, expected, policy=policy, now=NOW + later)


def by_link(
    feedback: Feedback, request: Any = ANSWERED, later: timedelta = DAY, link: Any = None, pending: Any = None
) -> FeedbackChange:
    found = seen(feedback, closed=request, answer=feedback, pending=pending)
    given = link or a_link()
    return corrections.correct_by_link(found, given, BETTER, None, policy=POLICY, now=NOW + later)


def test_a_correction_is_the_next_revision_and_keeps_what_it_replaces() -> None:
    before = a_feedback()
    worse = a_feedback_input(ratings=Ratings(**(RATINGS | {"quality": 1})), comment=None)
    change = correct(before, worse)
    assert change.changes
    assert change.feedback == before.model_copy(
        update={
            "ratings": RATINGS | {"quality": 1},
            "score": Decimal("4.00"),
            "comment": None,
            "revision": 2,
            "edited_at": NOW + DAY,
        }
    )
    replaced = EarlierVersion(
        revision=1,
        ratings=RATINGS,
        score=before.text.score,
        comment="Reliable and quick.",
        replaced_at=NOW + DAY,
    )
    assert change.replaced == replaced
    assert change.earlier == (replaced,)


@pytest.mark.parametrize("policy", [POLICY, UNEVEN], ids=["2 days", "3 days"])
@pytest.mark.parametrize("late", [-MILLISECOND, timedelta(0), MILLISECOND])
def test_the_window_is_closed_at_exactly_its_end(policy: Any, late: timedelta) -> None:
    later = policy.correction_window + late
    if late < timedelta(0):
        assert correct(a_feedback(), later=later, policy=policy).changes
        return
    with pytest.raises(refusals.CorrectionClosed) as refusal:
        correct(a_feedback(), later=later, policy=policy)
    assert refusal.value.data == {"closed_at": NOW + policy.correction_window}


def test_the_window_is_counted_from_when_it_was_provided_not_from_the_last_correction() -> None:
    corrected = a_feedback(revision=2, edited_at=NOW + DAY)
    assert change_windows.correctable_until(corrected, POLICY) == NOW + 2 * DAY
    with pytest.raises(refusals.CorrectionClosed):
        correct(corrected, later=2 * DAY)


@pytest.mark.parametrize("revision", [1, 5, 6])
def test_five_corrections_are_possible(revision: int) -> None:
    feedback = a_feedback(revision=revision)
    if revision < 6:
        assert correct(feedback).feedback.revision == revision + 1
        assert change_windows.correctable_until(feedback, POLICY)
        return
    with pytest.raises(refusals.TooManyCorrections) as refusal:
        correct(feedback)
    assert refusal.value.detail == "This feedback was already corrected 5 times."
    assert change_windows.correctable_until(feedback, POLICY) is None


@pytest.mark.parametrize("expected", [None, frozenset({3}), frozenset({1, 3})])
def test_the_expected_revision_is_corrected(expected: frozenset[int] | None) -> None:
    assert correct(a_feedback(revision=3), expected=expected).feedback.revision == 4


@pytest.mark.parametrize("expected", [frozenset[int](), frozenset({2}), frozenset({4, 30})])
def test_another_revision_is_refused_with_the_present_one(expected: frozenset[int]) -> None:
    with pytest.raises(refusals.RevisionMismatch) as refusal:
        correct(a_feedback(revision=3), expected=expected)
    assert refusal.value.data == {"revision": 3}


@pytest.mark.parametrize("later", [DAY, 99 * DAY])
@pytest.mark.parametrize("revision", [1, 6])
@pytest.mark.parametrize("expected", [None, frozenset({9})])
def test_an_equal_text_changes_nothing_whatever_else_stands_against_it(
    later: timedelta, revision: int, expected: frozenset[int] | None
) -> None:
    feedback = a_feedback(revision=revision)
    change = correct(feedback, a_feedback_input(), later=later, expected=expected)
    assert not change.changes
    assert change.feedback == feedback
    assert change.replaced is None


@pytest.mark.parametrize(
    "other",
    [
        a_feedback_input(comment=None),
        a_feedback_input(comment="reliable and quick."),
        # The same mean, and other ratings.
        a_feedback_input(ratings=Ratings(**(RATINGS | {"skills": 4, "availability": 5}))),
    ],
)
def test_any_other_text_is_a_correction(other: FeedbackInput) -> None:
    assert correct(a_feedback(), other).changes


def test_feedback_that_lacks_a_category_can_be_completed() -> None:
    older = a_feedback().model_copy(update={"ratings": {"skills": 5}, "score": Decimal("5.00")})
    assert correct(older, a_feedback_input()).feedback.ratings == RATINGS


def test_end_of_contract_feedback_is_closed_from_the_start() -> None:
    with pytest.raises(refusals.CorrectionClosed) as refusal:
        correct(a_feedback(**END), a_feedback_input(), later=timedelta(0))
    assert refusal.value.data == {"closed_at": None}
    assert refusal.value.detail == "End-of-contract feedback cannot be corrected here."
    assert change_windows.correctable_until(a_feedback(**END), POLICY) is None


def test_refusals_come_in_this_order() -> None:
    """What the caller may not know comes first; then what no waiting and no other body would change."""
    late, mismatch = 9 * DAY, frozenset({7})
    full = a_feedback(revision=6)
    cases: list[tuple[type[refusals.Refusal], Callable[[], object]]] = [
        (refusals.ContractNotFound, lambda: correct(None, person="u-nobody")),
        (refusals.NotTheClient, lambda: correct(None, person=FREELANCER.id)),
        (refusals.FeedbackNotFound, lambda: correct(None)),
        (refusals.FeedbackRemoved, lambda: correct(removed(a_feedback(**END)), a_feedback_input(), later=late)),
        (refusals.CorrectionClosed, lambda: correct(a_feedback(**END), a_feedback_input(), later=late)),
        (refusals.CorrectionClosed, lambda: correct(full, later=late, expected=mismatch)),
        (refusals.TooManyCorrections, lambda: correct(full, expected=mismatch)),
        (refusals.RevisionMismatch, lambda: correct(a_feedback(), expected=mismatch)),
    ]
    for expected, found in cases:
        with pytest.raises(expected):
            found()


def test_feedback_that_is_given_now_has_the_whole_window() -> None:
    off = UNEVEN.model_copy(update={"correction_window": timedelta()})
    assert change_windows.correctable_until_if_given(NOW, UNEVEN) == NOW + UNEVEN.correction_window
    assert change_windows.correctable_until_if_given(NOW, off) is None


# By link


def test_the_link_that_gave_feedback_corrects_it() -> None:
    given = a_feedback(request_id="r-1", by_link=True)
    assert by_link(given).feedback.comment == BETTER.comment
    assert (by_link(given).by_link, correct(given).by_link) == (True, False)
    assert by_link(given, pending=a_request(request_id="r-2", requested_at=NOW)).changes


def test_a_link_corrects_the_expected_revision_only() -> None:
    found = seen(None, closed=ANSWERED, answer=a_feedback(request_id="r-1", by_link=True))
    now = NOW + DAY
    with pytest.raises(refusals.RevisionMismatch):
        corrections.correct_by_link(found, a_link(), BETTER, frozenset({2}), policy=POLICY, now=now)
    assert corrections.correct_by_link(found, a_link(), BETTER, frozenset({1}), policy=POLICY, now=now).changes


@pytest.mark.parametrize("late", [-MILLISECOND, timedelta(0)])
def test_a_link_corrects_in_the_same_window_and_says_until_when(late: timedelta) -> None:
    given, later = a_feedback(request_id="r-1", by_link=True), 2 * DAY + late
    if late:
        assert by_link(given, later=later).changes
    else:
        with pytest.raises(refusals.CorrectionClosed):
            by_link(given, later=later)


@pytest.mark.parametrize(
    ("feedback", "request_", "expected"),
    [
        (a_feedback(request_id="r-1"), ANSWERED, refusals.AlreadyAnswered),
        (a_feedback(request_id="r-1", by_link=True, **END), ANSWERED, refusals.CorrectionClosed),
        (removed(a_feedback(request_id="r-1", by_link=True)), ANSWERED, refusals.FeedbackRemoved),
        (a_feedback(), a_request(status=RequestStatus.DECLINED, closed_at=NOW), refusals.RequestDeclined),
        (a_feedback(), a_request(status=RequestStatus.WITHDRAWN, closed_at=NOW), refusals.RequestWithdrawn),
        (a_feedback(), a_request(status=RequestStatus.EXPIRED, closed_at=NOW), refusals.LinkExpired),
        (a_feedback(), a_request(status=RequestStatus.CANCELLED, closed_at=NOW), refusals.RequestCancelled),
    ],
)
def test_another_link_says_why_not(feedback: Feedback, request_: Any, expected: type[refusals.Refusal]) -> None:
    with pytest.raises(expected):
        by_link(feedback, request_)


def test_an_open_request_has_nothing_to_correct() -> None:
    with pytest.raises(refusals.NotAnswered):
        by_link(a_feedback(), None, later=SECOND, pending=a_request())


def test_the_link_to_another_address_is_told_nothing_else() -> None:
    with pytest.raises(refusals.LinkSuperseded):
        by_link(a_feedback(by_link=True), link=a_link().model_copy(update={"address_digest": "other"}))


# If-Match


@pytest.mark.parametrize(
    ("header", "revisions"),
    [
        ("*", None),
        (" * ", None),
        ('"1"', {1}),
        ('"12", "13"', {12, 13}),
        ('"1","2" ,\t"3"', {1, 2, 3}),
        ('W/"1"', set()),  # compared strongly (RFC 9110)
        ('W/"1", "2"', {2}),
        ('"abc"', set()),
        ('"a,1"', set()),
        ('""', set()),
        ('"01"', set()),
        ('"0"', set()),
        ('"9999999999"', set()),
    ],
)
def test_if_match_names_revisions(header: str, revisions: set[int] | None) -> None:
    assert preconditions.revisions({"if-match": header}) == revisions


def test_without_the_header_any_revision_will_do() -> None:
    assert preconditions.revisions({}) is None


@pytest.mark.parametrize(
    "header",
    ["", " ", "1", '"1', '1"', '"1" "2"', '"1",', ',"1"', "W/1", 'w/"1"', '"1"*', '*, "1"', '"a b"', '"é"'],
)
def test_a_malformed_if_match_is_invalid(header: str) -> None:
    with pytest.raises(refusals.Invalid) as refusal:
        preconditions.revisions({"if-match": header})
    assert [error["field"] for error in refusal.value.data["errors"]] == ["If-Match"]
