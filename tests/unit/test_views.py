"""What would follow if the reader acted now: how long feedback could be corrected, when to ask again."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from mid_job_feedback.domain import views
from mid_job_feedback.domain.lifecycle import Snapshot
from mid_job_feedback.domain.models import Contract, FeedbackRequest, Policy, Role
from tests.builders import DAY, NOW, SECOND, a_contract, a_request
from tests.builders import UNEVEN_POLICY as POLICY

COOLDOWN = POLICY.request_cooldown
NO_CORRECTIONS = POLICY.model_copy(update={"correction_window": timedelta(0)})


def tab(
    viewer: Role,
    contract: Contract,
    pending: FeedbackRequest | None = None,
    *,
    policy: Policy = POLICY,
    enabled: bool = True,
) -> views.FeedbackTab:
    seen = Snapshot(contract=contract, pending=pending)
    return views.feedback_tab(seen, (), (), {}, {}, viewer=viewer, enabled=enabled, policy=policy, now=NOW)


def requestable_at(requested_at: datetime, *, enabled: bool = True, **contract: Any) -> datetime | None:
    pending = a_request(requested_at=requested_at)
    return tab(Role.FREELANCER, a_contract(**contract), pending, enabled=enabled).requestable_at_if_withdrawn


@pytest.mark.parametrize(("policy", "until"), [(POLICY, NOW + POLICY.correction_window), (NO_CORRECTIONS, None)])
def test_who_can_give_feedback_sees_until_when_it_could_be_corrected(
    policy: Policy, until: datetime | None
) -> None:
    shown: list[views.FeedbackTab | views.LinkView | views.OpenRequest] = [
        tab(Role.CLIENT, a_contract(), policy=policy),
        tab(Role.CLIENT, a_contract(last_payment_at=None), a_request(), policy=policy),
        views.link(a_contract(), a_request(), policy, NOW),
        views.open_request(a_contract(), a_request(), None, policy, NOW),
    ]
    assert [view.correctable_until_if_given_now for view in shown] == [until] * 4


def test_who_cannot_give_feedback_has_nothing_to_correct() -> None:
    assert tab(Role.CLIENT, a_contract(last_payment_at=None)).correctable_until_if_given_now is None
    assert tab(Role.FREELANCER, a_contract(), a_request()).correctable_until_if_given_now is None


@pytest.mark.parametrize("age", [timedelta(0), COOLDOWN - SECOND, COOLDOWN, 2 * COOLDOWN])
def test_the_time_before_the_next_request_is_counted_from_the_one_that_is_withdrawn(age: timedelta) -> None:
    assert requestable_at(NOW - age) == NOW - age + COOLDOWN


def test_another_rule_may_last_longer_than_the_cooldown() -> None:
    last_feedback_at = NOW - POLICY.feedback_interval + 5 * DAY
    assert requestable_at(NOW, last_payment_at=NOW, last_feedback_at=last_feedback_at) == NOW + 5 * DAY


@pytest.mark.parametrize(
    "against",
    [{"last_payment_at": NOW - POLICY.payment_window - DAY}, {"requests_muted": True}, {"enabled": False}],
)
def test_no_instant_is_promised_if_only_an_event_makes_another_request_possible(against: Any) -> None:
    assert requestable_at(NOW - 2 * COOLDOWN, **against) is None


def test_only_a_freelancer_with_an_open_request_can_withdraw_one() -> None:
    expired = a_request(requested_at=NOW - 15 * DAY)
    assert tab(Role.CLIENT, a_contract(), a_request()).requestable_at_if_withdrawn is None
    assert tab(Role.FREELANCER, a_contract()).requestable_at_if_withdrawn is None
    assert tab(Role.FREELANCER, a_contract(), expired).requestable_at_if_withdrawn is None
