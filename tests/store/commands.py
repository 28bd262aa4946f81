"""What can happen to contract c-1, each by a number that makes its ids its own."""

from mid_job_feedback import lifecycle, store
from mid_job_feedback.lifecycle import Link
from mid_job_feedback.models import Ask
from tests.builders import DAY, NOW, POLICY, a_request, an_answer
from tests.store import rows

STALE = a_request(requested_at=NOW - 20 * DAY)


def requesting(number: int) -> object:
    return store.change(
        "c-1",
        lambda seen: lifecycle.request(
            seen, "u-freelancer", Ask(), enabled=True, request_id=f"r-{number}", policy=POLICY, now=NOW
        ),
    )


def submitting(number: int) -> object:
    return store.change(
        "c-1",
        lambda seen: lifecycle.submit(
            seen, "u-client", an_answer(), feedback_id=f"f-{number}", policy=POLICY, now=NOW
        ),
    )


def answering(number: int) -> object:
    """By the link of `a_request()`."""
    asked = a_request()
    link = Link(**asked.model_dump(include=set(Link.model_fields)))
    return store.change(
        "c-1",
        lambda seen: lifecycle.submit_by_link(seen, link, an_answer(), feedback_id=f"f-{number}", now=NOW),
        link,
    )


def ending(_: int) -> object:
    return store.change("c-1", lambda seen: lifecycle.end(seen, NOW, NOW))


def expiring(_: int) -> int:
    """What the sweep and the stream do; says whether it was they who ended the request."""
    store.remove([rows.open_request_row(STALE)])
    return int(store.record_removed(lifecycle.close(STALE, "deadline_passed", NOW)))
