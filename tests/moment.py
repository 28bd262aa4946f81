"""When the suite runs: at noon of an ordinary day, or at the instant that SUITE_NOW names.

Tests write instants as they are at the usual time; `moved` carries them along to another, so that any test can run
on a leap day or while a year ends.
"""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, overload

_USUAL: Final = datetime(2026, 6, 15, 12, 0, 0, tzinfo=UTC)
NOW: Final = datetime.fromisoformat(os.environ.get("SUITE_NOW") or _USUAL.isoformat()).astimezone(UTC)

_WORDS = "%d %B %Y, %H:%M:%S"


@overload
def moved(told: str) -> str: ...
@overload
def moved[T](told: T) -> T: ...
def moved(told: object) -> object:
    """The same with every instant in it as far from this run's NOW as it is from the usual one.

    Instants are those of ISO 8601 with seconds, those in words as messages tell them, and Unix time of the usual
    year in seconds or milliseconds.
    """
    if isinstance(told, dict):
        return {moved(name): moved(value) for name, value in told.items()}
    if isinstance(told, list | tuple):
        return type(told)(moved(part) for part in told)
    if not isinstance(told, str) or NOW == _USUAL:
        return told
    for pattern, move in _FORMS:
        told = re.sub(pattern, move, told)
    return told


def _iso(found: re.Match[str]) -> str:
    return (datetime.fromisoformat(found[0]) + (NOW - _USUAL)).isoformat()


def _in_words(found: re.Match[str]) -> str:
    instant = datetime.strptime(found[0], _WORDS).replace(tzinfo=UTC) + (NOW - _USUAL)
    return f"{instant:{_WORDS}}".removeprefix("0")


def _seconds(found: re.Match[str]) -> str:
    return str(int(found[1]) + round((NOW - _USUAL).total_seconds())) + (found[2] or "")


_FORMS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", _iso),  # a fraction and the zone, if any, stay as they are
    (r"\d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d:\d\d", _in_words),
    (r"\b(17[78]\d{7})(\d{3})?\b", _seconds),
)
