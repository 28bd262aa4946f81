"""A test clock: everything that people see happens at a time that can be ahead of real time.

AWS has no such clock. Here the offset is changed at /_local/clock (controls.py), and these follow it at once:

- the functions: `mid_job_feedback.clock`, the expiry of idempotency records, and the timestamps in log lines and
  metrics (function_clock.py);
- TTL (ttl.py), schedules (clocks.py) and messages that wait in a queue for their next try (queue_delays.py);
- timestamps in answers, events and messages of the emulated services (timestamps.py, email_events.py).

Everything else reads real time: signatures, sign-in tokens, timeouts and caches, and also the age at which a
queue or a stream drops data, so that a jump loses no message and no stream record. CloudWatch Logs stores
events by the real time at which they arrive, so that a reader who follows a log misses none when the clock goes
back.

When the clock goes back, data keeps its dates, which are then in the future. So what is ordered by time, such
as two descriptions of a contract, still has the later date as the newer.
"""

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from ministack.core import lambda_runtime

from local.cloud import function_clock

MOST_SECONDS: Final = 10 * 366 * 24 * 60 * 60

_changes: Final = [(float("-inf"), 0)]  # the real time of each change of the offset, and the new offset
_reactions: Final[list[Callable[[int], None]]] = []
_offset_file = Path()


def apply() -> None:
    global _offset_file  # noqa: PLW0603 - in the environment of the functions, which `packages` has made
    interpreter, _script = lambda_runtime._detect_runtime_binary("python3.13")
    environment = Path(interpreter).parent.parent
    [packages] = environment.glob("lib/python*/site-packages")
    (packages / "function_clock.py").symlink_to(function_clock.__file__)
    (packages / "function_clock.pth").write_text("import function_clock; function_clock.install()\n")
    _offset_file = environment / function_clock.OFFSET_FILE.name
    _write(0)


def offset() -> int:
    return _changes[-1][1]


def now() -> float:
    return time.time() + offset()


def shown(instant: float) -> float:
    """The time that the clock showed at this instant of real time."""
    return next(instant + seconds for since, seconds in reversed(_changes) if since <= instant)


def jump(seconds: int) -> None:
    """Set the clock ahead of real time by `seconds`."""
    passed = seconds - offset()
    _write(seconds)
    _changes.append((time.time(), seconds))
    for react in _reactions:
        react(passed)


def on_jump(react: Callable[[int], None]) -> None:
    """Call `react` with the seconds that pass in each jump. They are negative if the clock goes back."""
    _reactions.append(react)


def time_module(**replaced: Any) -> Any:
    """The module `time`, for a module of ministack, with some of its functions replaced."""
    return SimpleNamespace(**{**vars(time), **replaced})


def _write(seconds: int) -> None:
    """Replaces the file as a whole: functions read it at any moment."""
    written = _offset_file.with_suffix(".new")
    written.write_text(str(seconds))
    written.replace(_offset_file)
