"""What each command changes or refuses; the transitions of a request, exhaustively."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, get_args

import pytest

from mid_job_feedback.domain import lifecycle, refusals
from mid_job_feedback.domain.lifecycle import Snapshot
from mid_job_feedback.domain.models import (
    Contract,
    DeclineInput,
    RequestInput,
    RequestPreference,
    RequestStatus,
)
from tests.builders import DAY, NOW, SECOND, a_contract, a_feedback, a_feedback_input, a_link, a_request
from tests.builders import UNEVEN_POLICY as POLICY

WAYS_TO_CLOSE = get_args(lifecycle.ClosedBy.__value__)
FINAL_STATUSES = [status for status in RequestStatus if status is not RequestStatus.PENDING]


def make_request(seen: Snapshot, caller_id: str = "u-freelancer", **overrides: Any) -> lifecycle.RequestMade:
    parameters = {"enabled": True, "request_id": "r-2", "policy": POLICY, "now": NOW, **overrides}
    return lifecycle.request(seen, caller_id, RequestInput(message="How is it going?"), **parameters)


def submit(seen: Snapshot, caller_id: str = "u-client", **overrides: Any) -> lifecycle.FeedbackGiven:
    parameters = {"feedback_id": "f-1", "policy": POLICY, "now": NOW, **overrides}
    return lifecycle.submit(seen, caller_id, a_feedback_input(), **parameters)


def submit_by_link(seen: Snapshot, **overrides: Any) -> lifecycle.FeedbackGiven:
    return lifecycle.submit_by_link(
        seen, a_link(), a_feedback_input(), **{"feedback_id": "f-1", "policy": POLICY, "now": NOW, **overrides}
    )


def decline(
    seen: Snapshot, caller_id: str = "u-client", further_requests: Any = "allowed", now: datetime = NOW
) -> lifecycle.RequestSettled:
    return lifecycle.decline(seen, caller_id, "r-1", DeclineInput(further_requests=further_requests), now)


def decline_by_link(
    seen: Snapshot, further_requests: Any = "allowed", now: datetime = NOW
) -> lifecycle.RequestSettled:
    return lifecycle.decline_by_link(seen, a_link(), DeclineInput(further_requests=further_requests), now)


def withdraw(seen: Snapshot, caller_id: str = "u-freelancer", now: datetime = NOW) -> lifecycle.RequestSettled:
    return lifecycle.withdraw(seen, caller_id, "r-1", now)


def prefer(seen: Snapshot, caller_id: str = "u-client", *, muted: bool = True) -> lifecycle.Change:
    return lifecycle.prefer(seen, caller_id, RequestPreference(muted=muted))


SETTLED = {decline: "declined", decline_by_link: "declined", withdraw: "withdrawn"}
both_ways = pytest.mark.parametrize(("settle", "status"), SETTLED.items())
both_declines = pytest.mark.parametrize("settle", [decline, decline_by_link])


@pytest.mark.parametrize(
    ("closed_by", "status"),
    [
        ("feedback_given", RequestStatus.FULFILLED),
        ("deadline_passed", RequestStatus.EXPIRED),
        ("contract_ended", RequestStatus.CANCELLED),
        ("declined", RequestStatus.DECLINED),
        ("withdrawn", RequestStatus.WITHDRAWN),
        ("freelancer_replaced", RequestStatus.CANCELLED),
        ("client_erased", RequestStatus.CANCELLED),
    ],
)
def test_a_pending_request_gets_the_status_of_what_closes_it(
    closed_by: lifecycle.ClosedBy, status: RequestStatus
) -> None:
    request = a_request()
    now = request.expires_at if closed_by == "deadline_passed" else NOW
    closed = lifecycle.close(request, closed_by, now)
    assert (closed.status, closed.closed_at) == (status, now)


@pytest.mark.parametrize("closed_by", WAYS_TO_CLOSE)
@pytest.mark.parametrize("late", [timedelta(0), SECOND, 100 * DAY])
def test_after_its_deadline_a_request_has_expired_whatever_happens_then(
    closed_by: lifecycle.ClosedBy, late: timedelta
) -> None:
    request = a_request()
    closed = lifecycle.close(request, closed_by, request.expires_at + late)
    assert (closed.status, closed.closed_at) == (RequestStatus.EXPIRED, request.expires_at)


@pytest.mark.parametrize("status", FINAL_STATUSES)
@pytest.mark.parametrize("closed_by", WAYS_TO_CLOSE)
def test_a_final_status_never_changes(status: RequestStatus, closed_by: lifecycle.ClosedBy) -> None:
    with pytest.raises(ValueError, match=status.value):
        lifecycle.close(a_request(status=status, closed_at=NOW), closed_by, NOW)


def test_a_request_lives_exactly_fourteen_days_from_a_whole_second() -> None:
    opened = make_request(Snapshot(contract=a_contract()), now=NOW + timedelta(microseconds=987_654)).opened
    assert opened.requested_at == NOW
    assert opened.expires_at - opened.requested_at == 14 * DAY
    assert opened.status is RequestStatus.PENDING
    assert opened.message == "How is it going?"


def test_a_new_request_closes_an_expired_one_that_is_still_stored() -> None:
    stale = a_request(requested_at=NOW - 14 * DAY)
    made = make_request(Snapshot(contract=a_contract(), pending=stale))
    assert made.opened.request_id == "r-2"
    assert made.closed is not None
    assert (made.closed.request_id, made.closed.status, made.closed.closed_at) == (
        "r-1",
        RequestStatus.EXPIRED,
        NOW,
    )


def test_an_open_request_is_reported_before_anything_else() -> None:
    seen = Snapshot(contract=a_contract(last_payment_at=None), pending=a_request())
    with pytest.raises(refusals.RequestPending) as refusal:
        make_request(seen)
    assert refusal.value.data["expires_at"] == a_request().expires_at


def test_an_ineligible_request_is_refused_with_every_reason() -> None:
    contract = a_contract(started_at=NOW - DAY, last_payment_at=None, last_feedback_at=NOW)
    with pytest.raises(refusals.NotEligible) as refusal:
        make_request(Snapshot(contract=contract, pending=a_request(requested_at=NOW - 14 * DAY)))
    assert [reason.code for reason in refusal.value.data["reasons"]] == [
        "contract_too_new",
        "no_recent_payment",
        "feedback_too_recent",
    ]


def test_being_outside_the_rollout_is_reported_before_an_open_request() -> None:
    with pytest.raises(refusals.RequestsNotEnabled):
        make_request(Snapshot(contract=a_contract(), pending=a_request()), enabled=False)


@pytest.mark.parametrize(
    ("caller_id", "refusal"),
    [
        ("u-client", refusals.NotTheFreelancer),
        ("u-stranger", refusals.ContractNotFound),
        ("", refusals.ContractNotFound),
    ],
)
def test_only_the_freelancer_can_request_feedback(caller_id: str, refusal: type[refusals.Refusal]) -> None:
    with pytest.raises(refusal):
        make_request(Snapshot(contract=a_contract()), caller_id)


@pytest.mark.parametrize(
    ("caller_id", "refusal"),
    [
        ("u-freelancer", refusals.NotTheClient),
        ("u-stranger", refusals.ContractNotFound),
        ("", refusals.ContractNotFound),
    ],
)
def test_only_the_client_can_submit_feedback(caller_id: str, refusal: type[refusals.Refusal]) -> None:
    with pytest.raises(refusal):
        submit(Snapshot(contract=a_contract()), caller_id)


def test_feedback_without_a_link_fulfils_the_open_request() -> None:
    given = submit(Snapshot(contract=a_contract(), pending=a_request()))
    assert given.closed is not None
    assert (given.closed.status, given.closed.closed_at) == (RequestStatus.FULFILLED, NOW)
    assert given.feedback.request_id == "r-1"


def test_an_open_request_makes_the_other_criteria_irrelevant() -> None:
    contract = a_contract(started_at=NOW, last_payment_at=None, last_feedback_at=NOW - DAY)
    assert submit(Snapshot(contract=contract, pending=a_request())).feedback.request_id == "r-1"


def test_feedback_after_the_deadline_leaves_the_request_expired() -> None:
    given = submit(Snapshot(contract=a_contract(), pending=a_request(requested_at=NOW - 15 * DAY)))
    assert given.closed is not None
    assert given.closed.status is RequestStatus.EXPIRED
    assert given.feedback.request_id is None


def test_feedback_is_mid_contract_and_never_counts_towards_the_score() -> None:
    feedback = submit(Snapshot(contract=a_contract())).feedback
    assert feedback.kind == "mid_contract"
    assert feedback.counts_towards_job_success_score is False
    assert str(feedback.score) == "4.67"
    assert feedback.comment == "Reliable and quick."


def test_ineligible_feedback_is_refused_with_every_reason() -> None:
    with pytest.raises(refusals.NotEligible) as refusal:
        submit(Snapshot(contract=a_contract(started_at=NOW, last_payment_at=None)))
    assert [reason.code for reason in refusal.value.data["reasons"]] == ["contract_too_new", "no_recent_payment"]


@pytest.mark.parametrize(("late", "accepted"), [(-SECOND, True), (timedelta(0), False), (SECOND, False)])
def test_a_link_works_until_exactly_the_deadline(late: timedelta, accepted: bool) -> None:  # noqa: FBT001
    seen, now = Snapshot(contract=a_contract(), pending=a_request()), a_request().expires_at + late
    if accepted:
        assert submit_by_link(seen, now=now).feedback.request_id == "r-1"
        return
    with pytest.raises(refusals.LinkExpired) as refusal:
        submit_by_link(seen, now=now)
    assert refusal.value.data["closed_at"] == a_request().expires_at


def test_a_link_makes_the_other_criteria_irrelevant() -> None:
    contract = a_contract(started_at=NOW, last_payment_at=None, last_feedback_at=NOW - DAY)
    assert submit_by_link(Snapshot(contract=contract, pending=a_request())).feedback.provided_at == NOW


ANSWERED = "Feedback has been given, so this request is closed."
OVER = "The time to answer this request is over."
ENDED = "The contract has ended, and this request with it."
CANCELLED = "This request was cancelled."
DECLINED = "You have declined this request."
WITHDRAWN = "The freelancer has withdrawn this request."


@pytest.mark.parametrize(
    ("status", "ended_at", "refusal", "detail"),
    [
        (RequestStatus.FULFILLED, None, refusals.AlreadyAnswered, ANSWERED),
        (RequestStatus.FULFILLED, NOW, refusals.AlreadyAnswered, ANSWERED),
        (RequestStatus.EXPIRED, None, refusals.LinkExpired, OVER),
        (RequestStatus.EXPIRED, NOW, refusals.LinkExpired, OVER),
        (RequestStatus.CANCELLED, NOW, refusals.ContractEnded, ENDED),
        (RequestStatus.CANCELLED, None, refusals.RequestCancelled, CANCELLED),
        (RequestStatus.DECLINED, None, refusals.RequestDeclined, DECLINED),
        (RequestStatus.DECLINED, NOW, refusals.RequestDeclined, DECLINED),
        (RequestStatus.WITHDRAWN, None, refusals.RequestWithdrawn, WITHDRAWN),
        (RequestStatus.WITHDRAWN, NOW, refusals.RequestWithdrawn, WITHDRAWN),
    ],
)
def test_the_link_of_a_closed_request_says_what_closed_it_and_when(
    status: RequestStatus, ended_at: Any, refusal: type[refusals.Refusal], detail: str
) -> None:
    closed = a_request(status=status, closed_at=NOW)
    with pytest.raises(refusal) as refused:
        submit_by_link(Snapshot(contract=a_contract(ended_at=ended_at), closed=closed))
    assert refused.value.data["closed_at"] == NOW
    assert refused.value.detail == detail


def test_a_closed_row_that_says_pending_is_an_error() -> None:
    """It cannot be: only a final status is ever stored as closed."""
    closed = a_request(closed_at=NOW)
    seen = Snapshot(contract=a_contract(), closed=closed)
    with pytest.raises(ValueError, match=r"^a pending request is not closed$"):
        submit_by_link(seen)
    for settle in (decline, decline_by_link, withdraw):
        with pytest.raises(refusals.RequestClosed):
            settle(seen)


def test_a_link_ends_with_its_contract_even_if_the_request_is_still_stored() -> None:
    with pytest.raises(refusals.ContractEnded):
        submit_by_link(Snapshot(contract=a_contract(ended_at=NOW - DAY), pending=a_request()))


def test_a_link_cannot_be_used_for_a_later_request() -> None:
    later = a_request(request_id="r-2", requested_at=NOW)
    expired = a_request(status=RequestStatus.EXPIRED, closed_at=NOW)
    with pytest.raises(refusals.LinkExpired):
        submit_by_link(Snapshot(contract=a_contract(), pending=later, closed=expired))


def test_a_link_has_expired_if_ttl_has_removed_its_request() -> None:
    with pytest.raises(refusals.LinkExpired) as refusal:
        submit_by_link(Snapshot(contract=a_contract()))
    assert refusal.value.data["closed_at"] == a_link().expires_at
    assert refusal.value.detail == OVER


EXPIRED = a_request(status=RequestStatus.EXPIRED, closed_at=NOW)
STALE = a_request(requested_at=NOW - 14 * DAY)
LATER = a_request(request_id="r-2", requested_at=NOW)
UNPAID = a_contract(last_payment_at=None)


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (RequestStatus.DECLINED, refusals.RequestDeclined),
        (RequestStatus.WITHDRAWN, refusals.RequestWithdrawn),
    ],
)
@pytest.mark.parametrize(("contract", "can_give_feedback"), [(a_contract(), True), (UNPAID, False)])
def test_the_link_of_a_request_that_was_not_answered_says_whether_the_client_may_give_feedback_now(
    status: RequestStatus,
    refusal: type[refusals.Refusal],
    contract: Contract,
    can_give_feedback: bool,  # noqa: FBT001
) -> None:
    with pytest.raises(refusal) as refused:
        submit_by_link(Snapshot(contract=contract, closed=a_request(status=status, closed_at=NOW)))
    assert refused.value.data == {
        "closed_at": NOW,
        "contract_id": "c-1",
        "can_give_feedback": can_give_feedback,
    }


@pytest.mark.parametrize(
    ("seen", "can_give_feedback"),
    [
        (Snapshot(contract=a_contract(), pending=STALE), True),
        (Snapshot(contract=a_contract(), closed=EXPIRED), True),
        (Snapshot(contract=a_contract()), True),
        (Snapshot(contract=a_contract(last_payment_at=NOW - 29 * DAY), closed=EXPIRED), True),
        (Snapshot(contract=a_contract(last_payment_at=NOW - 29 * DAY - SECOND), closed=EXPIRED), False),
        (Snapshot(contract=a_contract(last_feedback_at=NOW - 27 * DAY), closed=EXPIRED), False),
        (Snapshot(contract=a_contract(ended_at=NOW), closed=EXPIRED), False),
        (Snapshot(contract=UNPAID, pending=STALE), False),
        (Snapshot(contract=UNPAID), False),
        (Snapshot(contract=UNPAID, closed=EXPIRED), False),
        (Snapshot(contract=UNPAID, pending=LATER, closed=EXPIRED), True),
        (Snapshot(contract=UNPAID, pending=LATER), True),
    ],
)
def test_an_expired_link_says_whether_the_client_may_give_feedback_now(
    seen: Snapshot,
    can_give_feedback: bool,  # noqa: FBT001
) -> None:
    with pytest.raises(refusals.LinkExpired) as refusal:
        submit_by_link(seen)
    assert refusal.value.data["contract_id"] == "c-1"
    assert refusal.value.data["can_give_feedback"] is can_give_feedback


def test_the_end_of_a_contract_cancels_its_open_request() -> None:
    ended = lifecycle.end(Snapshot(contract=a_contract(), pending=a_request()), NOW - DAY, NOW)
    assert ended.ended_at == NOW - DAY
    assert ended.closed is not None
    assert (ended.closed.status, ended.closed.closed_at) == (RequestStatus.CANCELLED, NOW)


def test_the_end_of_a_contract_without_a_request_closes_nothing() -> None:
    assert lifecycle.end(Snapshot(contract=a_contract()), NOW, NOW).closed is None


def test_everything_that_a_client_submits_is_kept() -> None:
    body = a_feedback_input()
    assert None not in body.model_dump().values()
    feedback = lifecycle.submit(
        Snapshot(contract=a_contract()), "u-client", body, feedback_id="f-1", policy=POLICY, now=NOW
    ).feedback
    assert feedback.model_dump().items() >= body.model_dump().items()


type Settle = Callable[..., lifecycle.RequestSettled]


@both_ways
def test_an_open_request_is_declined_or_withdrawn(settle: Settle, status: str) -> None:
    settled = settle(Snapshot(contract=a_contract(), pending=a_request()))
    assert settled.closed == settled.request == a_request(status=status, closed_at=NOW)
    assert settled.muted is None


@both_ways
def test_the_contract_does_not_have_to_be_eligible_for_that(settle: Settle, status: str) -> None:
    contract = a_contract(started_at=NOW, last_payment_at=None, last_feedback_at=NOW, requests_muted=True)
    assert settle(Snapshot(contract=contract, pending=a_request())).request.status == status


@both_ways
def test_to_decline_or_withdraw_a_request_again_changes_nothing(settle: Settle, status: str) -> None:
    closed = a_request(status=status, closed_at=NOW - DAY)
    for contract in (a_contract(), a_contract(ended_at=NOW), a_contract(last_request_id="r-2")):
        for pending in (None, LATER):
            seen = Snapshot(contract=contract, pending=pending, closed=closed)
            settled = settle(seen)
            assert (settled.seen, settled.request, settled.changes) == (seen, closed, False)


@both_ways
def test_a_request_that_was_closed_in_another_way_stays_so(settle: Settle, status: str) -> None:
    for other in FINAL_STATUSES:
        if other != status:
            closed = a_request(status=other, closed_at=NOW - DAY)
            with pytest.raises(refusals.RequestClosed) as refused:
                settle(Snapshot(contract=a_contract(), closed=closed))
            assert refused.value.data == {"request_status": other, "closed_at": NOW - DAY}


@both_ways
@pytest.mark.parametrize(("late", "possible"), [(-SECOND, True), (timedelta(0), False), (SECOND, False)])
def test_a_request_can_be_declined_or_withdrawn_until_exactly_its_deadline(
    settle: Settle,
    status: str,
    late: timedelta,
    possible: bool,  # noqa: FBT001
) -> None:
    seen, deadline = Snapshot(contract=a_contract(), pending=a_request()), a_request().expires_at
    if possible:
        assert settle(seen, now=deadline + late).request.status == status
        return
    with pytest.raises(refusals.RequestClosed) as refused:
        settle(seen, now=deadline + late)
    assert refused.value.data == {"request_status": RequestStatus.EXPIRED, "closed_at": deadline}


@both_ways
def test_the_end_of_the_contract_counts_even_if_the_request_is_still_stored(settle: Settle, status: str) -> None:
    contract, cancelled = a_contract(ended_at=NOW), a_request(status=RequestStatus.CANCELLED, closed_at=NOW - DAY)
    for closed, closed_at in ((None, NOW), (cancelled, NOW - DAY)):
        with pytest.raises(refusals.RequestClosed) as refused:
            settle(Snapshot(contract=contract, pending=a_request(), closed=closed))
        assert refused.value.data == {"request_status": RequestStatus.CANCELLED, "closed_at": closed_at}, status


@pytest.mark.parametrize("settle", [decline, withdraw])
def test_a_request_whose_row_was_removed_has_expired_even_before_that_is_recorded(settle: Settle) -> None:
    deadline = NOW - SECOND
    contract = a_contract(last_request_id="r-1", last_request_expires_at=deadline)
    with pytest.raises(refusals.RequestClosed) as refused:
        settle(Snapshot(contract=contract))
    assert refused.value.data == {"request_status": RequestStatus.EXPIRED, "closed_at": deadline}


def test_the_link_of_such_a_request_knows_the_deadline_itself() -> None:
    with pytest.raises(refusals.RequestClosed) as refused:
        decline_by_link(Snapshot(contract=a_contract()))
    assert refused.value.data == {"request_status": RequestStatus.EXPIRED, "closed_at": a_link().expires_at}


@pytest.mark.parametrize("settle", [decline, withdraw])
@pytest.mark.parametrize(
    "seen",
    [
        Snapshot(contract=a_contract()),
        Snapshot(contract=a_contract(last_request_id="r-2", last_request_expires_at=NOW), pending=LATER),
    ],
)
def test_a_request_that_the_contract_never_had_is_not_found(settle: Settle, seen: Snapshot) -> None:
    with pytest.raises(refusals.RequestNotFound):
        settle(seen)


@pytest.mark.parametrize(
    ("command", "caller_id", "refusal"),
    [
        (decline, "u-freelancer", refusals.NotTheClient),
        (prefer, "u-freelancer", refusals.NotTheClient),
        (withdraw, "u-client", refusals.NotTheFreelancer),
        *((command, "u-stranger", refusals.ContractNotFound) for command in (decline, withdraw, prefer)),
    ],
)
def test_the_client_declines_and_mutes_and_the_freelancer_withdraws(
    command: Callable[..., lifecycle.Change], caller_id: str, refusal: type[refusals.Refusal]
) -> None:
    """A stranger does not even learn whether there is such a request."""
    for seen in (Snapshot(contract=a_contract()), Snapshot(contract=a_contract(), pending=a_request())):
        with pytest.raises(refusal):
            command(seen, caller_id)


@both_declines
@pytest.mark.parametrize("muted_before", [False, True])
def test_a_decline_can_turn_requests_off_but_never_on(settle: Settle, muted_before: bool) -> None:  # noqa: FBT001
    contract = a_contract(requests_muted=muted_before)
    declined = a_request(status=RequestStatus.DECLINED, closed_at=NOW)
    first, repeated = (
        Snapshot(contract=contract, pending=a_request()),
        Snapshot(contract=contract, closed=declined),
    )
    assert settle(first, further_requests="allowed").muted is None
    assert settle(repeated, further_requests="allowed").muted is None
    assert settle(first, further_requests="muted").muted is True
    assert settle(repeated, further_requests="muted").muted is (None if muted_before else True)


@both_declines
def test_a_request_that_can_no_longer_be_declined_turns_no_requests_off(settle: Settle) -> None:
    with pytest.raises(refusals.RequestClosed):
        settle(Snapshot(contract=a_contract(), closed=EXPIRED), further_requests="muted")


@pytest.mark.parametrize("ended_at", [None, NOW - DAY])
@pytest.mark.parametrize("pending", [None, a_request(), STALE])
def test_the_client_turns_requests_off_and_on_whatever_the_state_of_contract_and_request(
    ended_at: Any, pending: Any
) -> None:
    off, on = (
        Snapshot(contract=a_contract(ended_at=ended_at, requests_muted=muted), pending=pending)
        for muted in (True, False)
    )
    assert prefer(on, muted=True) == lifecycle.Change(seen=on, muted=True)
    assert prefer(off, muted=False) == lifecycle.Change(seen=off, muted=False)
    assert prefer(on, muted=False) == lifecycle.Change(seen=on)
    assert prefer(off, muted=True) == lifecycle.Change(seen=off)


def test_feedback_that_answers_no_request_turns_requests_on_again() -> None:
    """Even if they were on when the contract was read: they may have been turned off since."""
    for muted in (True, False):
        contract = a_contract(requests_muted=muted)
        assert submit(Snapshot(contract=contract)).muted is False
        assert submit(Snapshot(contract=contract, pending=STALE)).muted is False


def test_an_answer_to_a_request_leaves_further_requests_off() -> None:
    seen = Snapshot(contract=a_contract(requests_muted=True), pending=a_request())
    assert submit(seen).muted is None
    assert submit_by_link(seen).muted is None


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"last_declined_at": NOW}, "request_declined"),
        ({"requests_muted": True}, "requests_muted"),
        ({"last_withdrawn_request_at": NOW}, "request_withdrawn_recently"),
        ({"client": a_contract().client.model_copy(update={"email": ""})}, "client_not_reachable"),
    ],
)
def test_a_request_needs_a_client_who_can_and_wants_to_be_asked(overrides: dict[str, Any], code: str) -> None:
    with pytest.raises(refusals.NotEligible) as refusal:
        make_request(Snapshot(contract=a_contract(**overrides)))
    assert [reason.code for reason in refusal.value.data["reasons"]] == [code]


# Whether a link gave feedback, and until when it can correct it


def test_feedback_says_whether_a_link_gave_it() -> None:
    seen = Snapshot(contract=a_contract(), pending=a_request())
    assert submit_by_link(seen).feedback.by_link is True
    assert submit(seen).feedback.by_link is False


@pytest.mark.parametrize(
    ("by_link", "later", "correctable"),
    [
        (True, timedelta(0), True),
        (True, POLICY.correction_window - SECOND, True),
        (True, POLICY.correction_window, False),
        (False, timedelta(0), False),
    ],
)
def test_an_answered_link_says_until_when_it_can_correct_the_answer(
    by_link: bool,  # noqa: FBT001
    later: timedelta,
    correctable: bool,  # noqa: FBT001
) -> None:
    answered = a_request(status=RequestStatus.FULFILLED, closed_at=NOW)
    seen = Snapshot(contract=a_contract(), closed=answered, answer=a_feedback(by_link=by_link, provided_at=NOW))
    with pytest.raises(refusals.AlreadyAnswered) as refused:
        lifecycle.require_open(seen, a_link(), POLICY, NOW + later)
    until = NOW + POLICY.correction_window if correctable else None
    assert refused.value.data["correctable_until"] == until


def test_an_answered_link_without_its_answer_can_correct_nothing() -> None:
    answered = a_request(status=RequestStatus.FULFILLED, closed_at=NOW)
    with pytest.raises(refusals.AlreadyAnswered) as refused:
        lifecycle.require_open(Snapshot(contract=a_contract(), closed=answered), a_link(), POLICY, NOW)
    assert refused.value.data["correctable_until"] is None


# Who can answer a request, and an erasure of the client


@pytest.mark.parametrize(
    ("person_id", "contract", "now", "is_asked"),
    [
        ("u-client", a_contract(), NOW, True),
        ("u-freelancer", a_contract(), NOW, False),
        ("u-stranger", a_contract(), NOW, False),
        ("u-client", a_contract(ended_at=NOW), NOW, False),
        ("u-client", a_contract(), a_request().expires_at, False),
    ],
)
def test_the_client_can_answer_an_open_request_of_a_running_contract(
    person_id: str,
    contract: Contract,
    now: datetime,
    is_asked: bool,  # noqa: FBT001
) -> None:
    assert lifecycle.is_asked(contract, a_request(), person_id, now) is is_asked
    erased = lifecycle.erase_client(Snapshot(contract=contract, pending=a_request()), person_id, now)
    assert erased.seen.contract == contract
    assert erased.closed == (lifecycle.close(a_request(), "client_erased", now) if is_asked else None)


def test_an_erasure_without_an_open_request_cancels_nothing() -> None:
    seen = Snapshot(contract=a_contract())
    assert not lifecycle.erase_client(seen, "u-client", NOW).changes


def test_a_request_without_a_row_ended_at_its_deadline() -> None:
    with pytest.raises(refusals.LinkExpired) as refused:
        lifecycle.require_open(Snapshot(contract=a_contract()), a_link(), POLICY, NOW + 40 * DAY)
    assert refused.value.data["closed_at"] == a_request().expires_at


def test_what_a_link_does_is_marked_for_the_check_of_its_address() -> None:
    seen = Snapshot(contract=a_contract(), pending=a_request())
    assert [change.by_link for change in (submit_by_link(seen), decline_by_link(seen))] == [True, True]
    assert [change.by_link for change in (submit(seen), decline(seen))] == [False, False]
