"""The eligibility rules at their boundaries: one second before, at, and one second after."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mid_job_feedback.domain import eligibility
from mid_job_feedback.domain.eligibility import ReasonCode
from mid_job_feedback.domain.models import ERASED, Contract, FeedbackRequest
from tests.builders import CLIENT, DAY, NOW, SECOND, a_contract, a_request
from tests.builders import UNEVEN_POLICY as POLICY

AGE, WINDOW, INTERVAL = POLICY.minimum_contract_age, POLICY.payment_window, POLICY.feedback_interval
PAUSE, COOLDOWN = POLICY.decline_interval, POLICY.request_cooldown
HOUR = timedelta(hours=1)
ERASED_CLIENT = CLIENT.model_copy(update={"name": ERASED, "email": ""})


def codes(verdict: eligibility.Eligibility) -> list[ReasonCode]:
    return [reason.code for reason in verdict.reasons]


def giving(
    contract: Contract, stored: FeedbackRequest | None = None, now: datetime = NOW
) -> eligibility.Eligibility:
    return eligibility.to_give(contract, stored, POLICY, now)


def requesting(
    contract: Contract, stored: FeedbackRequest | None = None, now: datetime = NOW, *, enabled: bool = True
) -> eligibility.Eligibility:
    return eligibility.to_request(contract, stored, POLICY, now, enabled=enabled)


def test_an_active_paid_and_old_enough_contract_is_eligible_for_both_actions() -> None:
    assert giving(a_contract()) == requesting(a_contract()) == eligibility.ELIGIBLE


@pytest.mark.parametrize(("age", "too_new"), [(AGE - SECOND, True), (AGE, False), (AGE + SECOND, False)])
def test_a_contract_is_old_enough_at_exactly_its_minimum_age(age: timedelta, too_new: bool) -> None:  # noqa: FBT001
    verdict = giving(a_contract(started_at=NOW - age))
    assert (ReasonCode.CONTRACT_TOO_NEW in codes(verdict)) is too_new


@pytest.mark.parametrize(("until", "begun"), [(SECOND, False), (timedelta(0), True), (-SECOND, True)])
def test_a_contract_is_active_from_exactly_its_start(until: timedelta, begun: bool) -> None:  # noqa: FBT001
    contract = a_contract(started_at=NOW + until)
    not_active = [r for r in giving(contract).reasons if r.code is ReasonCode.CONTRACT_NOT_ACTIVE]
    assert requesting(contract).reasons == giving(contract).reasons
    assert [(r.clears_at, r.detail) for r in not_active] == (
        [] if begun else [(contract.started_at, "The contract has not started yet.")]
    )


def test_a_contract_that_ended_before_its_start_never_becomes_active() -> None:
    verdict = giving(a_contract(started_at=NOW + DAY, ended_at=NOW))
    assert [r.clears_at for r in verdict.reasons if r.code is ReasonCode.CONTRACT_NOT_ACTIVE] == [None]
    assert verdict.eligible_at is None


@pytest.mark.parametrize(("age", "recent"), [(WINDOW - SECOND, True), (WINDOW, True), (WINDOW + SECOND, False)])
def test_a_payment_is_recent_until_exactly_the_end_of_its_window(age: timedelta, recent: bool) -> None:  # noqa: FBT001
    verdict = giving(a_contract(last_payment_at=NOW - age))
    assert (ReasonCode.NO_RECENT_PAYMENT not in codes(verdict)) is recent


@pytest.mark.parametrize(
    ("age", "too_recent"), [(INTERVAL - SECOND, True), (INTERVAL, False), (INTERVAL + SECOND, False)]
)
def test_feedback_is_too_recent_until_exactly_its_interval_later(age: timedelta, too_recent: bool) -> None:  # noqa: FBT001
    verdict = giving(a_contract(last_feedback_at=NOW - age))
    assert (ReasonCode.FEEDBACK_TOO_RECENT in codes(verdict)) is too_recent


@pytest.mark.parametrize(
    ("left", "pending"), [(SECOND, True), (timedelta(0), False), (-SECOND, False)], ids=["before", "at", "after"]
)
def test_a_request_is_open_until_exactly_its_deadline(left: timedelta, pending: bool) -> None:  # noqa: FBT001
    stored = a_request(requested_at=NOW + left - POLICY.request_lifetime)
    verdict = requesting(a_contract(), stored)
    assert (ReasonCode.REQUEST_PENDING in codes(verdict)) is pending


@pytest.mark.parametrize(
    ("zone", "started", "local_time_at_thirty_days"),
    [
        ("America/Los_Angeles", datetime(2027, 2, 20, 12, 0), "2027-03-22 13:00 PDT"),  # noqa: DTZ001 - zoned below
        ("America/Los_Angeles", datetime(2026, 10, 20, 12, 0), "2026-11-19 11:00 PST"),  # noqa: DTZ001
        ("Europe/Berlin", datetime(2027, 3, 10, 2, 30), "2027-04-09 03:30 CEST"),  # noqa: DTZ001
        ("Asia/Kathmandu", datetime(2028, 2, 1, 0, 5), "2028-03-02 00:05 +0545"),  # noqa: DTZ001
        ("Africa/Lagos", datetime(2028, 1, 30, 12, 0), "2028-02-29 12:00 WAT"),  # noqa: DTZ001
        ("Africa/Lagos", datetime(2026, 12, 31, 23, 59), "2027-01-30 23:59 WAT"),  # noqa: DTZ001
    ],
    ids=[
        "clocks forward",
        "clocks back",
        "clocks forward in Europe",
        "over a leap day",
        "to a leap day",
        "new year",
    ],
)
def test_thirty_days_are_720_hours_across_clock_changes_and_leap_days(
    zone: str, started: datetime, local_time_at_thirty_days: str
) -> None:
    contract = a_contract(started_at=started.replace(tzinfo=ZoneInfo(zone)), last_payment_at=NOW + 9999 * DAY)
    old_enough_at = contract.started_at + 30 * 24 * HOUR
    verdict = giving(contract, now=old_enough_at - SECOND)
    assert (codes(verdict), verdict.eligible_at) == ([ReasonCode.CONTRACT_TOO_NEW], old_enough_at)
    assert giving(contract, now=old_enough_at).eligible
    assert f"{old_enough_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}" == local_time_at_thirty_days


def test_a_contract_never_paid_has_no_recent_payment() -> None:
    assert codes(giving(a_contract(last_payment_at=None))) == [ReasonCode.NO_RECENT_PAYMENT]


def test_every_failing_reason_is_returned_with_the_instant_it_clears() -> None:
    contract = a_contract(
        started_at=NOW - DAY,
        ended_at=NOW,
        last_payment_at=NOW - 31 * DAY,
        last_feedback_at=NOW - 2 * DAY,
        last_declined_at=NOW - 3 * DAY,
        last_withdrawn_request_at=NOW - HOUR,
        requests_muted=True,
        client=ERASED_CLIENT,
    )
    stored = a_request()
    verdict = requesting(contract, stored, enabled=False)
    assert [(reason.code, reason.clears_at) for reason in verdict.reasons] == [
        (ReasonCode.CONTRACT_NOT_ACTIVE, None),
        (ReasonCode.CONTRACT_TOO_NEW, NOW + 29 * DAY),
        (ReasonCode.NO_RECENT_PAYMENT, None),
        (ReasonCode.FEEDBACK_TOO_RECENT, NOW + 26 * DAY),
        (ReasonCode.REQUEST_PENDING, stored.expires_at),
        (ReasonCode.REQUESTS_NOT_ENABLED, None),
        (ReasonCode.REQUEST_DECLINED, NOW + 24 * DAY),
        (ReasonCode.REQUESTS_MUTED, None),
        (ReasonCode.REQUEST_WITHDRAWN_RECENTLY, NOW - HOUR + 2 * DAY),
        (ReasonCode.CLIENT_NOT_REACHABLE, None),
    ]
    assert all(reason.detail for reason in verdict.reasons)


def test_codes_are_the_documented_ones_and_each_says_what_it_means() -> None:
    assert {str(code): eligibility._detail(code, None) for code in ReasonCode} == {
        "contract_not_active": "The contract has ended.",
        "contract_too_new": "The contract has not been running long enough yet.",
        "no_recent_payment": "There is no recent payment on this contract.",
        "feedback_too_recent": "The last feedback was given too recently.",
        "request_pending": "An earlier request is still open.",
        "requests_not_enabled": "You cannot request feedback yet.",
        "request_declined": "The client declined the last request.",
        "requests_muted": "The client has turned off requests for this contract.",
        "request_withdrawn_recently": "The last request was withdrawn recently.",
        "client_not_reachable": "The client can no longer be reached.",
    }


def test_eligible_at_is_when_the_last_reason_clears() -> None:
    verdict = giving(a_contract(started_at=NOW - 20 * DAY, last_feedback_at=NOW - 5 * DAY, last_payment_at=NOW))
    assert verdict.eligible_at == NOW + 23 * DAY


@pytest.mark.parametrize(
    ("paid_before", "known"), [(19 * DAY - SECOND, True), (19 * DAY, True), (19 * DAY + SECOND, False)]
)
def test_eligible_at_is_unknown_once_the_last_payment_will_have_left_its_window(
    paid_before: timedelta,
    known: bool,  # noqa: FBT001
) -> None:
    verdict = giving(a_contract(started_at=NOW - 20 * DAY, last_payment_at=NOW - paid_before))
    assert verdict.eligible_at == (NOW + 10 * DAY if known else None)


@pytest.mark.parametrize(
    "contract",
    [a_contract(), a_contract(ended_at=NOW), a_contract(last_payment_at=None)],
    ids=["eligible already", "ended", "payment needed"],
)
def test_eligible_at_is_null_if_there_is_no_such_instant(contract: Contract) -> None:
    assert giving(contract).eligible_at is None


def test_outside_the_rollout_eligible_at_is_null() -> None:
    verdict = requesting(a_contract(), enabled=False)
    assert (codes(verdict), verdict.eligible_at) == ([ReasonCode.REQUESTS_NOT_ENABLED], None)


@pytest.mark.parametrize(("ago", "declined"), [(PAUSE - SECOND, True), (PAUSE, False), (PAUSE + SECOND, False)])
def test_the_freelancer_can_ask_again_exactly_the_interval_after_a_decline(ago: timedelta, declined: bool) -> None:  # noqa: FBT001
    contract = a_contract(last_declined_at=NOW - ago)
    verdict = requesting(contract)
    assert codes(verdict) == ([ReasonCode.REQUEST_DECLINED] if declined else [])
    assert verdict.eligible_at == (NOW - ago + PAUSE if declined else None)
    assert giving(contract).eligible


@pytest.mark.parametrize(
    ("ago", "recent"), [(COOLDOWN - SECOND, True), (COOLDOWN, False), (COOLDOWN + SECOND, False)]
)
def test_the_freelancer_can_ask_again_exactly_the_cooldown_after_a_withdrawn_request_was_made(
    ago: timedelta,
    recent: bool,  # noqa: FBT001
) -> None:
    contract = a_contract(last_withdrawn_request_at=NOW - ago)
    verdict = requesting(contract)
    assert codes(verdict) == ([ReasonCode.REQUEST_WITHDRAWN_RECENTLY] if recent else [])
    assert verdict.eligible_at == (NOW - ago + COOLDOWN if recent else None)
    assert giving(contract).eligible


def requestable(contract: Contract, requested_at: datetime, *, enabled: bool = True) -> datetime | None:
    """From when, if this open request is withdrawn now."""
    pending = a_request(requested_at=requested_at)
    return eligibility.requestable_at_if_withdrawn(contract, pending, POLICY, NOW, enabled=enabled)


@pytest.mark.parametrize("ago", [HOUR, COOLDOWN, COOLDOWN + DAY])
def test_a_request_that_is_withdrawn_now_can_be_repeated_the_cooldown_after_it_was_made(ago: timedelta) -> None:
    assert requestable(a_contract(), NOW - ago) == NOW - ago + COOLDOWN


def test_or_when_the_last_other_reason_clears() -> None:
    recent = a_contract(last_feedback_at=NOW - DAY)
    assert requestable(recent, NOW - HOUR) == NOW - DAY + INTERVAL
    soon = a_contract(last_feedback_at=NOW + HOUR - INTERVAL)
    assert requestable(soon, NOW) == NOW + COOLDOWN


def test_or_at_no_known_instant() -> None:
    assert requestable(a_contract(requests_muted=True), NOW - HOUR) is None
    assert requestable(a_contract(), NOW - HOUR, enabled=False) is None


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"requests_muted": True}, ReasonCode.REQUESTS_MUTED),
        ({"client": ERASED_CLIENT}, ReasonCode.CLIENT_NOT_REACHABLE),
    ],
)
def test_only_an_event_makes_a_client_who_cannot_be_asked_one_who_can(
    overrides: dict[str, Any], code: ReasonCode
) -> None:
    """Even together with a reason that clears by itself. Giving feedback is not affected."""
    contract = a_contract(**overrides, last_declined_at=NOW)
    verdict = requesting(contract)
    assert (codes(verdict)[-1], verdict.eligible_at) == (code, None)
    assert requesting(a_contract(**overrides)).reasons[0].clears_at is None
    assert giving(contract).eligible


def test_an_open_request_alone_makes_the_client_eligible() -> None:
    contract = a_contract(started_at=NOW - DAY, last_payment_at=None, last_feedback_at=NOW - DAY)
    assert giving(contract, a_request()).eligible


def test_an_open_request_does_not_outlive_its_contract() -> None:
    assert codes(giving(a_contract(ended_at=NOW), a_request())) == [ReasonCode.CONTRACT_NOT_ACTIVE]


def test_the_rollout_never_limits_submitting() -> None:
    assert giving(a_contract()).eligible
    assert not requesting(a_contract(), enabled=False).eligible


def test_the_durations_come_from_the_policy() -> None:
    policy = POLICY.model_copy(update={"minimum_contract_age": timedelta(0)})
    assert eligibility.to_give(a_contract(started_at=NOW), None, policy, NOW).eligible


instants = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001 - Hypothesis wants naive bounds
    max_value=datetime(2028, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
contracts = st.builds(
    a_contract,
    started_at=instants,
    ended_at=st.none() | instants,
    last_payment_at=st.none() | instants,
    last_feedback_at=st.none() | instants,
    last_declined_at=st.none() | instants,
    last_withdrawn_request_at=st.none() | instants,
    requests_muted=st.booleans(),
    client=st.sampled_from([CLIENT, ERASED_CLIENT]),
)
requests = st.none() | st.builds(a_request, requested_at=instants)


@given(contracts, requests, instants, st.booleans())
def test_eligible_means_no_reason_and_a_reason_means_not_eligible(
    contract: Contract,
    stored: FeedbackRequest | None,
    now: datetime,
    enabled: bool,  # noqa: FBT001
) -> None:
    for verdict in (giving(contract, stored, now), requesting(contract, stored, now, enabled=enabled)):
        assert verdict.eligible is (not verdict.reasons)
        assert len(codes(verdict)) == len(set(codes(verdict)))


@given(contracts, requests, instants)
def test_eligible_at_is_the_first_instant_that_is_eligible(
    contract: Contract, stored: FeedbackRequest | None, now: datetime
) -> None:
    verdict = requesting(contract, stored, now)
    if verdict.eligible_at is None:
        return
    assert verdict.eligible_at > now
    assert requesting(contract, stored, verdict.eligible_at).eligible
    assert not requesting(contract, stored, verdict.eligible_at - SECOND / 1_000_000).eligible


@given(contracts, requests, instants, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
def test_without_eligible_at_waiting_does_not_help(
    contract: Contract, stored: FeedbackRequest | None, now: datetime, wait: timedelta
) -> None:
    verdict = requesting(contract, stored, now)
    if not verdict.eligible and verdict.eligible_at is None:
        assert not requesting(contract, stored, now + wait).eligible


@given(contracts, requests, instants)
def test_a_clearing_instant_clears_its_reason(
    contract: Contract, stored: FeedbackRequest | None, now: datetime
) -> None:
    for reason in requesting(contract, stored, now).reasons:
        if reason.clears_at is not None:
            assert reason.code not in codes(requesting(contract, stored, reason.clears_at))
            just_before = reason.clears_at - SECOND / 1_000_000
            assert reason.code in codes(requesting(contract, stored, max(now, just_before)))
