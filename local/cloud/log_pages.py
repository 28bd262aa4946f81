"""FilterLogEvents returns all events of a log group, page by page.

ministack returns the first 10,000 events and no token for the next page.
"""

import functools
import json
from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch_logs

type Json = dict[str, Any]
type Response = tuple[int, Json, bytes]

EVENTS_PER_PAGE = 10_000


def apply() -> None:
    cloudwatch_logs._filter_log_events = _in_pages(cloudwatch_logs._filter_log_events)


def _in_pages(filter_events: Callable[[Json], Response]) -> Callable[[Json], Response]:
    """The token is the time from which the next page starts, so a page ends where a millisecond ends."""

    @functools.wraps(filter_events)
    def filter_events_in_pages(request: Json) -> Response:
        if token := request.get("nextToken"):
            request = {**request, "startTime": int(token)}
        status, headers, body = filter_events(request)
        answer = json.loads(body)
        events = answer.get("events", [])
        if len(events) < EVENTS_PER_PAGE:
            return status, headers, body
        last = events[-1]["timestamp"]
        complete = [event for event in events if event["timestamp"] < last]
        return status, headers, json.dumps({**answer, "events": complete, "nextToken": str(last)}).encode()

    return filter_events_in_pages
