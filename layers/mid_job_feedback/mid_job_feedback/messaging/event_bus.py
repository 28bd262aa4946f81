"""The channel of domain events: for the marketplace's programs, put on an EventBridge bus.

An event may be put twice, always with the same `event_id`, so the call is retried where others are not.
"""

from typing import Any, Final

from botocore.exceptions import ClientError

from mid_job_feedback import aws, observability
from mid_job_feedback.domain import domain_events, funnel
from mid_job_feedback.domain.announcements import Announcement
from mid_job_feedback.domain.domain_events import DomainEvent, FeedbackRequestClosed, FeedbackRequested
from mid_job_feedback.domain.funnel import Progress
from mid_job_feedback.domain.refusals import Dependency
from mid_job_feedback.messaging.delivery import send_once
from mid_job_feedback.observability import LambdaContext
from mid_job_feedback.settings import notify_settings, settings

# How long an event takes at most if one dependency does not respond, be it the bus or the idempotency table.
LONGEST_SEND_MS: Final = aws.LONGEST_CALL_MS


def send(announcement: Announcement, context: LambdaContext) -> None:
    """Puts the announcement's domain event on the bus, if it has one.

    Raises:
        Unavailable: EventBridge or the idempotency table is unavailable.
        IdempotencyKeyInProgress: another process is putting it.
    """
    event = domain_events.event_about(announcement, settings().policy)
    if event is None:
        return
    progress = _progress(event)
    facts = progress.in_log() if progress else {}
    send_once("event", event.event_id, event.contract_id, lambda: _put(event, progress), context, **facts)


def _progress(event: DomainEvent) -> Progress | None:
    """The step of the funnel of which the event tells, if it does.

    Here each step is counted once, if its change was committed, whatever has led to it: a request expires by the
    sweep, by TTL, or because a later command closes it.
    """
    if not isinstance(event, FeedbackRequested | FeedbackRequestClosed):
        return None
    return funnel.progress(event.request)


def _put(event: DomainEvent, progress: Progress | None) -> None:
    entry = {
        "EventBusName": notify_settings().domain_event_bus,
        "Source": domain_events.SOURCE,
        "DetailType": type(event).__name__,
        "Time": event.occurred_at,
        "Detail": event.model_dump_json(),
    }
    with aws.calling(Dependency.EVENT_BUS, "PutEvents"):
        response = aws.client("events").put_events(Entries=[entry])
        _require_accepted(response)
    observability.counted("DomainEventsSent", 1)
    if progress:
        observability.progressed(progress)


def _require_accepted(response: Any) -> None:
    """The call succeeds even if the bus does not take its entry, for example because it is throttled."""
    if response["FailedEntryCount"]:
        [entry] = response["Entries"]
        raise ClientError({"Error": {"Code": entry["ErrorCode"]}}, "PutEvents")
