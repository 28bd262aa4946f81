"""What can happen to contract c-1, each by a number that makes its ids its own."""

from collections.abc import Callable
from datetime import datetime

from mid_job_feedback.domain import contract_events, lifecycle
from mid_job_feedback.domain.lifecycle import Change, Link, Snapshot
from mid_job_feedback.domain.models import FeedbackRequest, RequestInput
from mid_job_feedback.storage import contract_writes, items, store
from tests import contract_queue
from tests.builders import DAY, NOW, POLICY, SECOND, a_request, an_answer
from tests.store import rows

STALE_REQUEST = a_request(requested_at=NOW - 20 * DAY)
DUE_REQUEST = a_request(requested_at=NOW - POLICY.request_lifetime)  # at this very instant

type Decide = Callable[[Snapshot, datetime], Change]


def make_request(number: int) -> object:
    return store.change(
        "c-1",
        lambda seen: lifecycle.request(
            seen, "u-freelancer", RequestInput(), enabled=True, request_id=f"r-{number}", policy=POLICY, now=NOW
        ),
    )


def submit_feedback(number: int) -> object:
    decide = _submission(number)
    return store.change("c-1", lambda seen: decide(seen, NOW))


def submit_by_link(number: int) -> object:
    """By the link of `a_request()`."""
    link = _link(a_request())
    decide = _submission_by_link(number, link)
    return store.change("c-1", lambda seen: decide(seen, NOW), link)


def submit_just_before_deadline(number: int, after_decision: Callable[[], object] = lambda: None) -> object:
    """Just before the deadline of `DUE_REQUEST`; whoever is overtaken tries again at the deadline itself.

    `after_decision` is called between the first decision and its commit.
    """
    return store.change("c-1", _retried_at_deadline(_submission(number), after_decision))


def submit_by_link_just_before_deadline(
    number: int, after_decision: Callable[[], object] = lambda: None
) -> object:
    """The same by the link of `DUE_REQUEST`."""
    link = _link(DUE_REQUEST)
    return store.change("c-1", _retried_at_deadline(_submission_by_link(number, link), after_decision), link)


def end_contract(_: int) -> bool:
    """As the event that says so is applied; whether it changed anything."""
    body = contract_queue.event("contract-ended", ended_at=items.stamp(NOW))
    return contract_writes.apply(contract_events.parse(body), 0, NOW)


def expire_stale_request(_: int) -> int:
    """What the sweep and the stream do about `STALE_REQUEST`; says whether it was they who ended the request."""
    return _remove_and_record(STALE_REQUEST)


def expire_due_request(_: int) -> int:
    """The same about `DUE_REQUEST`."""
    return _remove_and_record(DUE_REQUEST)


def _submission(number: int) -> Decide:
    return lambda seen, now: lifecycle.submit(
        seen, "u-client", an_answer(), feedback_id=f"f-{number}", policy=POLICY, now=now
    )


def _submission_by_link(number: int, link: Link) -> Decide:
    return lambda seen, now: lifecycle.submit_by_link(seen, link, an_answer(), feedback_id=f"f-{number}", now=now)


def _link(request: FeedbackRequest) -> Link:
    return Link(**request.model_dump(include=set(Link.model_fields)))


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
    store.remove([rows.open_request_row(request)])
    return int(store.record_removed(lifecycle.close(request, "deadline_passed", NOW)))
