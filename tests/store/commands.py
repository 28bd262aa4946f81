"""Commands on contract c-1. `number` makes the ids that a command creates unique."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from mid_job_feedback.domain import contract_events, lifecycle
from mid_job_feedback.domain.lifecycle import Change, Link, Snapshot
from mid_job_feedback.domain.models import DeclineInput, FeedbackRequest, RequestInput, RequestPreference
from mid_job_feedback.storage import contract_writes, items, store, summaries
from mid_job_feedback.storage.contract_starts import Outcome
from tests import contract_queue
from tests.builders import DAY, NOW, POLICY, SECOND, a_feedback_input, a_link, a_request
from tests.store import rows

STALE_REQUEST = a_request(requested_at=NOW - 20 * DAY)  # its deadline passed six days ago
DUE_REQUEST = a_request(requested_at=NOW - POLICY.request_lifetime)  # its deadline is now

type Decide = Callable[[Snapshot, datetime], Change]


def request_made(seen: Snapshot, request_id: str = "r-2") -> Change:
    return lifecycle.request(
        seen, "u-freelancer", RequestInput(), enabled=True, request_id=request_id, policy=POLICY, now=NOW
    )


def feedback_given(seen: Snapshot, now: datetime = NOW, feedback_id: str = "f-1") -> Change:
    return lifecycle.submit(seen, "u-client", a_feedback_input(), feedback_id=feedback_id, policy=POLICY, now=now)


def request_declined(seen: Snapshot, further_requests: Literal["allowed", "muted"] = "allowed") -> Change:
    """Declines `a_request()`."""
    return lifecycle.decline(seen, "u-client", "r-1", DeclineInput(further_requests=further_requests), NOW)


def request_withdrawn(seen: Snapshot) -> Change:
    """Withdraws `a_request()`."""
    return lifecycle.withdraw(seen, "u-freelancer", "r-1", NOW)


def requests_muted(seen: Snapshot, *, muted: bool = True) -> Change:
    return lifecycle.prefer(seen, "u-client", RequestPreference(muted=muted))


def make_request(number: int) -> object:
    return store.change("c-1", lambda seen: request_made(seen, f"r-{number}"))


def submit_feedback(number: int) -> object:
    return store.change("c-1", lambda seen: feedback_given(seen, NOW, f"f-{number}"))


def submit_feedback_on_a_contract_of_its_own(number: int) -> object:
    """On contract c-<number>: several of these share the freelancer, and nothing else."""
    return store.change(f"c-{number}", lambda seen: feedback_given(seen, NOW, f"f-{number}"))


def recount(_: int) -> object:
    return summaries.recount("u-freelancer")


def decline_request(_: int) -> object:
    return store.change("c-1", request_declined, "r-1")


def decline_and_mute(_: int) -> object:
    return store.change("c-1", lambda seen: request_declined(seen, "muted"), "r-1")


def withdraw_request(_: int) -> object:
    return store.change("c-1", request_withdrawn, "r-1")


def mute_requests(_: int) -> object:
    return store.change("c-1", requests_muted)


def submit_by_link(number: int) -> object:
    """Submits by the link of `a_request()`."""
    link = a_link(a_request())
    decide = _submission_by_link(number, link)
    return store.change("c-1", lambda seen: decide(seen, NOW), link)


def submit_just_before_deadline(number: int, after_decision: Callable[[], object] = lambda: None) -> object:
    """Submits a second before the deadline of `DUE_REQUEST`. After a lost race it decides again at the deadline.

    `after_decision` is called between the first decision and its commit.
    """

    def decide(seen: Snapshot, now: datetime) -> Change:
        return feedback_given(seen, now, f"f-{number}")

    return store.change("c-1", _retried_at_deadline(decide, after_decision))


def submit_by_link_just_before_deadline(
    number: int, after_decision: Callable[[], object] = lambda: None
) -> object:
    """Like `submit_just_before_deadline`, by the link of `DUE_REQUEST`."""
    link = a_link(DUE_REQUEST)
    return store.change("c-1", _retried_at_deadline(_submission_by_link(number, link), after_decision), link)


def end_contract(_: int) -> bool:
    """Applies a ContractEnded event; returns whether it changed anything."""
    body = contract_queue.event("contract-ended", ended_at=items.stamp(NOW))
    event = contract_events.parse(body, contract_queue.EXPECTED)
    return contract_writes.apply(event, 0, NOW) is Outcome.APPLIED


def expire_stale_request(_: int) -> int:
    """Removes `STALE_REQUEST` as the sweep does and records its end; returns 1 if this call recorded it."""
    return _remove_and_record(STALE_REQUEST)


def expire_due_request(_: int) -> int:
    """Like `expire_stale_request`, for `DUE_REQUEST`."""
    return _remove_and_record(DUE_REQUEST)


def _submission_by_link(number: int, link: Link) -> Decide:
    return lambda seen, now: lifecycle.submit_by_link(
        seen, link, a_feedback_input(), feedback_id=f"f-{number}", policy=POLICY, now=now
    )


def _retried_at_deadline(decide: Decide, after_decision: Callable[[], object]) -> Callable[[Snapshot], Change]:
    attempts = 0

    def decide_by_attempt(seen: Snapshot) -> Change:
        nonlocal attempts
        attempts += 1
        if attempts > 1:
            return decide(seen, DUE_REQUEST.expires_at)
        change = decide(seen, DUE_REQUEST.expires_at - SECOND)
        after_decision()
        return change

    return decide_by_attempt


def _remove_and_record(request: FeedbackRequest) -> int:
    store.remove([items.from_due_item(rows.open_request_row(request))])
    return int(store.record_removed(lifecycle.close(request, "deadline_passed", NOW)))
