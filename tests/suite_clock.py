"""The frozen clock of the suite: noon on 15 June 2026, or the instant in the environment variable SUITE_NOW.

Tests write instants as they are on that day. `shifted` moves them by the same distance as the clock, so that any
test can also run on a leap day or at the end of a year (tests/time).
"""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, overload

_USUAL: Final = datetime(2026, 6, 15, 12, 0, 0, tzinfo=UTC)
NOW: Final = datetime.fromisoformat(os.environ.get("SUITE_NOW") or _USUAL.isoformat()).astimezone(UTC)

_DAY, _MINUTE = "%d %B %Y", "%A, %d %B %Y, %H:%M"


@overload
def shifted(value: str) -> str: ...
@overload
def shifted[T](value: T) -> T: ...
def shifted(value: object) -> object:
    """Shift every instant in a text, or in all texts of a dict, list or tuple, from the usual day to this run's.

    Recognises ISO 8601 with seconds, the wording of messages ("Monday, 15 June 2026, 12:00", and "15 June 2026",
    which is taken for noon), and Unix time of the usual year in seconds or milliseconds.
    """
    if isinstance(value, dict):
        return {shifted(name): shifted(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(shifted(part) for part in value)
    if not isinstance(value, str) or NOW == _USUAL:
        return value
    for pattern, shift in _FORMATS:
        value = re.sub(pattern, shift, value)
    return value


def _iso(found: re.Match[str]) -> str:
    return (datetime.fromisoformat(found[0]) + (NOW - _USUAL)).isoformat()


def _minute(found: re.Match[str]) -> str:
    return _shifted_words(datetime.strptime(found[0], _MINUTE).replace(tzinfo=UTC), _MINUTE)


def _day(found: re.Match[str]) -> str:
    return _shifted_words(datetime.strptime(found[0], _DAY).replace(hour=12, tzinfo=UTC), _DAY)


def _shifted_words(instant: datetime, words: str) -> str:
    return re.sub(r"\b0(?=\d [A-Z])", "", f"{instant + (NOW - _USUAL):{words}}")


def _seconds(found: re.Match[str]) -> str:
    return str(int(found[1]) + round((NOW - _USUAL).total_seconds())) + (found[2] or "")


_FORMATS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", _iso),  # a fraction and the zone, if any, follow unchanged
    (r"[A-Z][a-z]+day, \d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d", _minute),
    (r"(?<!day, )\b\d{1,2} [A-Z][a-z]+ \d{4}", _day),
    (r"\b(17[78]\d{7})(\d{3})?\b", _seconds),
)
