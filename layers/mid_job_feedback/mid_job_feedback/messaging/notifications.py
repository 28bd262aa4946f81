"""Which changes are announced, and on which channels.

To add a channel: write a module with `LONGEST_SEND_MS` and `send`, and add it to `CHANNELS`.
"""

from datetime import datetime
from typing import Final, Protocol, assert_never

from mid_job_feedback import rollout
from mid_job_feedback.domain import eligibility
from mid_job_feedback.domain.eligibility import Eligibility
from mid_job_feedback.domain.lifecycle import Snapshot
from mid_job_feedback.domain.messages import (
    Announcement,
    FeedbackProvided,
    RequestClosed,
    RequestDeclined,
    RequestExpired,
    RequestOpened,
    RequestWithdrawn,
)
from mid_job_feedback.domain.models import Feedback, FeedbackKind, FeedbackRequest, RequestStatus
from mid_job_feedback.messaging import dash, email, event_bus
from mid_job_feedback.observability import LambdaContext
from mid_job_feedback.settings import settings
from mid_job_feedback.storage import items, store
from mid_job_feedback.storage.row_changes import RowChange


class Channel(Protocol):
    """One way to tell people or programs: a module of this folder."""

    @property
    def LONGEST_SEND_MS(self) -> int: ...  # noqa: N802 - a module's constant
    def send(self, announcement: Announcement, context: LambdaContext) -> None: ...


CHANNELS: Final[tuple[Channel, ...]] = (email, dash, event_bus)
# Milliseconds that one record takes at most if one dependency does not respond. Every channel may have to wait for
# it; if reading the state has to, no channel is tried. The six seconds are for calls that do get a response.
RECORD_TIME: Final = 6_000 + sum(channel.LONGEST_SEND_MS for channel in CHANNELS)

type News = FeedbackRequest | Feedback


def read(change: RowChange) -> News | None:
    """The request or feedback that this change announces; None if it announces nothing."""
    if change.event != "INSERT":
        return None
    row = change.new
    if change.sort.startswith(items.OPEN_REQUEST):
        return items.from_open_request_item(row)
    if change.sort.startswith(items.CLOSED_REQUEST):
        return items.from_closed_request_item(row)
    if change.sort.startswith(items.FEEDBACK) and _is_feedback_announced(FeedbackKind(row["kind"])):
        return items.from_feedback_item(row)
    return None


def announce(news: News, now: datetime, context: LambdaContext) -> None:
    """Announces news on every channel. If one fails, the others are still tried, and a retry does not repeat them.

    Raises:
        ExceptionGroup: at least one channel failed; all were tried.
        Unavailable: the table or the rollout flags are unavailable; nothing was sent.
        ContractNotFound: the contract's row is gone; nothing was sent.
    """
    announcement = _with_current_state(news, now)
    failures = []
    for channel in CHANNELS:
        try:
            channel.send(announcement, context)
        except Exception as failure:  # noqa: BLE001 - the other channels are tried whatever went wrong
            failures.append(failure)
    if failures:
        raise ExceptionGroup("not every channel could be reached", failures)


def _is_feedback_announced(kind: FeedbackKind) -> bool:
    match kind:
        case FeedbackKind.MID_CONTRACT:
            return True
        case FeedbackKind.END_OF_CONTRACT:  # the marketplace has announced it itself
            return False
        case unexpected:
            assert_never(unexpected)


def _with_current_state(news: News, now: datetime) -> Announcement:
    """Reads the state again, since the record may be hours old."""
    seen = store.snapshot(news.contract_id)
    if isinstance(news, Feedback):
        return FeedbackProvided(contract=seen.contract, feedback=news)
    match news.status:
        case RequestStatus.PENDING:
            is_stored = seen.pending is not None and seen.pending.request_id == news.request_id
            still_open = is_stored and news.is_open(now)
            return RequestOpened(contract=seen.contract, request=news, still_open=still_open, now=now)
        case RequestStatus.EXPIRED:
            return RequestExpired(contract=seen.contract, request=news, next_request=_next_request(seen, now))
        case RequestStatus.DECLINED:
            return RequestDeclined(contract=seen.contract, request=news, next_request=_next_request(seen, now))
        case RequestStatus.WITHDRAWN:
            return RequestWithdrawn(contract=seen.contract, request=news)
        case RequestStatus.FULFILLED | RequestStatus.CANCELLED:
            return RequestClosed(contract=seen.contract, request=news)
        case unexpected:
            assert_never(unexpected)


def _next_request(seen: Snapshot, now: datetime) -> Eligibility:
    """Whether the freelancer may ask again, or when."""
    enabled = rollout.requests_enabled(seen.contract.freelancer.id)
    return eligibility.to_request(seen.contract, seen.pending, settings().policy, now, enabled=enabled)
