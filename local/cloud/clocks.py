"""Schedules run when they are due, and a minute can be made shorter for tests.

ministack looks for due schedules every ten seconds.
"""

import os

from ministack.services import eventbridge, scheduler

MINUTE_SECONDS = float(os.environ.get("MINUTE_SECONDS", "60"))


def apply() -> None:
    parse = eventbridge._parse_rate_seconds

    def parse_scaled(expression: str) -> float | None:
        seconds = parse(expression)
        return None if seconds is None else seconds * MINUTE_SECONDS / 60

    eventbridge._parse_rate_seconds = parse_scaled
    scheduler._SCHEDULE_TICK_INTERVAL = min(1.0, MINUTE_SECONDS / 4)
