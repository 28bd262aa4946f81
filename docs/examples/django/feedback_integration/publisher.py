"""Publish the events of the outbox."""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from feedback_integration.models import OutboxEvent

MAX_ENTRIES = 10  # of one call of PutEvents
MAX_BYTES = 200_000  # of their details: PutEvents takes 256 KB with everything else

logger = logging.getLogger(__name__)


def publish_batch(event_bridge: Any) -> int:
    """Publish up to ten events; return how many were accepted.

    Several processes may do this at once. If one ends before it commits, the events are published again, which
    does no harm. An event that was refused comes last from then on, so that it does not hold up the others.
    """
    with transaction.atomic():
        waiting = OutboxEvent.objects.select_for_update(skip_locked=True).order_by("attempts", "pk")
        batch = list(_that_fit(waiting[:MAX_ENTRIES]))
        if not batch:
            return 0
        results = event_bridge.put_events(Entries=[_entry(event) for event in batch])["Entries"]
        refused = [event.pk for event, result in zip(batch, results, strict=True) if "EventId" not in result]
        if refused:
            codes = {result.get("ErrorCode") for result in results} - {None}
            logger.error("EventBridge refused %d of %d contract events: %s", len(refused), len(batch), codes)
        OutboxEvent.objects.filter(pk__in=refused).update(attempts=F("attempts") + 1)
        OutboxEvent.objects.filter(pk__in={event.pk for event in batch} - set(refused)).delete()
    return len(batch) - len(refused)


def _that_fit(events: Iterable[OutboxEvent]) -> Iterator[OutboxEvent]:
    """The first events that fit into one call: at least one."""
    size = 0
    for event in events:
        more = len(event.detail.encode())
        if size and size + more > MAX_BYTES:
            return
        size += more
        yield event


def _entry(event: OutboxEvent) -> dict[str, Any]:
    return {
        "EventBusName": settings.FEEDBACK_EVENT_BUS,
        "Source": settings.FEEDBACK_EVENT_SOURCE,
        "DetailType": event.detail_type,
        "Time": event.occurred_at,  # decides which of two ContractStarted of one contract is newer
        "Detail": event.detail,
    }
