"""What was checked, what should have been found, and what was found."""

import time
from collections.abc import Callable
from typing import Final, NamedTuple

import httpx

TIMEOUT_SECONDS: Final = 60  # for a cold start, and for what happens after a call
PAUSE_SECONDS: Final = 1  # between two looks


class Check(NamedTuple):
    what: str
    expected: str
    found: str

    @property
    def passed(self) -> bool:
        return self.expected == self.found


def answer(response: httpx.Response) -> str:
    """The status, and the code of a problem document."""
    is_problem = response.headers.get("content-type") == "application/problem+json" and response.content
    return f"{response.status_code} {response.json()['code']}" if is_problem else str(response.status_code)


def eventually(look: Callable[[], str], expected: str) -> str:
    """Calls `look` until it returns `expected` or the time is over. Returns its last result."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while (found := look()) != expected and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)
    return found
