"""What can happen to contract c-1, each by a number that makes its ids its own."""

from collections.abc import Callable
from datetime import datetime

from mid_job_feedback.domain import contract_events, lifecycle
from mid_job_feedback.domain.lifecycle import Change, Link, Snapshot
from mid_job_feedback.domain.models import FeedbackRequest, RequestInput
from mid_job_feedback.storage import contract_writes, items, store
from tests import contract_queue
from tests.builders import DAY, NOW, POLICY, SECOND, a_feedback_input, a_request
from tests.store import rows

STALE = a_request(requested_at=NOW - 20 * DAY)
DUE = a_request(requested_at=NOW - POLICY.request_lifetime)  # at this very instant

type Decide = Callable[[Snapshot, datetime], Change]


def requesting(number: int) -> object:
    return store.change(
        "c-1",
        lambda seen: lifecycle.request(
            seen, "u-freelancer", RequestInput(), enabled=True, request_id=f"r-{number}", policy=POLICY, now=NOW
        ),
    )


def submitting(number: int) -> object:
    decide = _submission(number)
    return store.change("c-1", lambda seen: decide(seen, NOW))


def answering(number: int) -> object:
    """By the link of `a_request()`."""
    link = _link(a_request())
    decide = _answer(number, link)
    return store.change("c-1", lambda seen: decide(seen, NOW), link)


def submitting_as_time_runs_out(number: int, decided: Callable[[], object] = lambda: None) -> object:
    """Just before the deadline of `DUE`; whoever is overtaken tries again at the deadline itself.

    `decided` is called between the first decision and its commit.
    """
    return store.change("c-1", _as_time_runs_out(_submission(number), decided))


def answering_as_time_runs_out(number: int, decided: Callable[[], object] = lambda: None) -> object:
    """The same by the link of `DUE`."""
    link = _link(DUE)
    return store.change("c-1", _as_time_runs_out(_answer(number, link), decided), link)


def ending(_: int) -> bool:
    """As the event that says so is applied; whether it changed anything."""
    told = contract_queue.event("contract-ended", ended_at=items.stamp(NOW))
    return contract_writes.apply(contract_events.parse(told), 0, NOW)


def expiring(_: int) -> int:
    """What the sweep and the stream do about `STALE`; says whether it was they who ended the request."""
    return _expire(STALE)


def expiring_at_once(_: int) -> int:
    """The same about `DUE`."""
    return _expire(DUE)


def _submission(number: int) -> Decide:
    return lambda seen, now: lifecycle.submit(
        seen, "u-client", a_feedback_input(), feedback_id=f"f-{number}", policy=POLICY, now=now
    )


def _answer(number: int, link: Link) -> Decide:
    return lambda seen, now: lifecycle.submit_by_link(
        seen, link, a_feedback_input(), feedback_id=f"f-{number}", now=now
    )


def _link(asked: FeedbackRequest) -> Link:
    return Link(**asked.model_dump(include=set(Link.model_fields)))


def _as_time_runs_out(decide: Decide, decided: Callable[[], object]) -> Callable[[Snapshot], Change]:
    tries = 0

    def decide_now(seen: Snapshot) -> Change:
        nonlocal tries
        tries += 1
        if tries > 1:
            return decide(seen, DUE.expires_at)
        change = decide(seen, DUE.expires_at - SECOND)
        decided()
        return change

    return decide_now


def _expire(request: FeedbackRequest) -> int:
    store.remove([rows.open_request_row(request)])
    return int(store.record_removed(lifecycle.close(request, "deadline_passed", NOW)))
