"""A schedule runs when it is due, not up to ten seconds later; and tests can make a minute shorter than it is."""

import os

from ministack.services import eventbridge, scheduler

MINUTE_SECONDS = float(os.environ.get("MINUTE_SECONDS", "60"))


def apply() -> None:
    in_real_time = eventbridge._parse_rate_seconds

    def in_our_time(expression: str) -> float | None:
        seconds = in_real_time(expression)
        return None if seconds is None else seconds * MINUTE_SECONDS / 60

    eventbridge._parse_rate_seconds = in_our_time
    scheduler._SCHEDULE_TICK_INTERVAL = min(1.0, MINUTE_SECONDS / 4)
