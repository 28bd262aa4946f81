"""Schedules run when they are due by the test clock (shifted_clock.py). Tests can make a minute shorter.

After a jump ahead, a schedule that fell due runs once, however often it would have run in that time. After a jump
back, its next run is due one interval later.

ministack looks for due schedules every ten seconds, by real time.
"""

import functools
import os
from collections.abc import Callable

from ministack.services import eventbridge, scheduler

from local.cloud import shifted_clock

MINUTE_SECONDS = float(os.environ.get("MINUTE_SECONDS", "60"))


def apply() -> None:
    parse = eventbridge._parse_rate_seconds

    def parse_scaled(expression: str) -> float | None:
        seconds = parse(expression)
        return None if seconds is None else seconds * MINUTE_SECONDS / 60

    eventbridge._parse_rate_seconds = parse_scaled
    scheduler._SCHEDULE_TICK_INTERVAL = min(1.0, MINUTE_SECONDS / 4)
    scheduler.time = shifted_clock.time_module(time=shifted_clock.now)
    scheduler._tick_schedules = _settled(scheduler._tick_schedules, scheduler._schedule_last_fired)
    eventbridge._tick_scheduled_rules = _settled(eventbridge._tick_scheduled_rules, eventbridge._rule_last_fired)


def _settled(tick: Callable[[], None], last_runs: dict[object, float]) -> Callable[[], None]:
    """Takes last runs that lie in the future, since the clock went back, for runs that are now."""

    def settle(_passed: int = 0) -> None:
        now = shifted_clock.now()
        last_runs.update({schedule: now for schedule, last in list(last_runs.items()) if last > now})

    @functools.wraps(tick)
    def settled_tick() -> None:
        settle()  # again, since a tick may be under way during a jump
        tick()

    shifted_clock.on_jump(settle)
    return settled_tick
