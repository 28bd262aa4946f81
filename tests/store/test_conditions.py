"""Mutation of the conditions: without any one of them, some schedule breaks an invariant.

So each condition of `storage/transactions.py` is needed, and the schedules would show it if one were missing.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Final, NamedTuple

import pytest

from mid_job_feedback.storage import transactions
from tests.conftest import Tried
from tests.store.schedule_checks import Explorer
from tests.store.scheduled_commands import SCENARIOS
from tests.store.schedules import BrokenInvariant
from tests.store.stepping import Process

NEVER_SET: Final = "attribute_not_exists(never_set)"


class Schedules(NamedTuple):
    """Those of these commands in one scenario; a single command runs twice."""

    scenario: str
    commands: tuple[str, ...]


NEEDED: Final = {
    "SAME_PEOPLE: client_id = :client_id": Schedules("open request", ("decline", "other client's older start")),
    "SAME_PEOPLE: freelancer_id = :freelancer_id": Schedules(
        "no request", ("request", "other freelancer's older start")
    ),
    # An answer by link may come before the address is corrected; not between that and a read without an answer.
    "SAME_ADDRESS: client_email = :client_email": Schedules(
        "open request", ("submit by link", "correction", "tab of the freelancer")
    ),
    "RUNNING: attribute_not_exists(ended_at)": Schedules("no request", ("request", "end")),
    "SAME_START: started_at = :started_at": Schedules("no request", ("submit", "older start that began lately")),
    "FIRST_FEEDBACK_STILL: attribute_not_exists(last_feedback_at)": Schedules("no request", ("submit",)),
    "LAST_FEEDBACK_STILL: last_feedback_at = :last_feedback_at": Schedules("feedback long ago", ("submit",)),
    "NOT_ENDED_EARLIER: attribute_not_exists(ended_at) OR ended_at > :new_ended_at": Schedules(
        "muted contract", ("end", "later end")
    ),
    "FIRST_REQUEST_STILL: attribute_not_exists(last_request_id)": Schedules("no request", ("request",)),
    "LAST_REQUEST_STILL: last_request_id = :last_request_id": Schedules("overdue request", ("request",)),
    "NEVER_DECLINED_STILL: attribute_not_exists(last_declined_at)": Schedules(
        "open request", ("request", "decline")
    ),
    "LAST_DECLINE_STILL: last_declined_at = :last_declined_at": Schedules(
        "open request after others", ("request", "decline")
    ),
    "NEVER_WITHDRAWN_STILL: attribute_not_exists(last_withdrawn_request_at)": Schedules(
        "open request", ("request", "withdraw")
    ),
    "LAST_WITHDRAWAL_STILL: last_withdrawn_request_at = :last_withdrawn_request_at": Schedules(
        "open request after others", ("request", "withdraw")
    ),
    # A request may come before the client turns requests off, but not between that and a read that shows none.
    "NOT_MUTED: attribute_not_exists(requests_muted)": Schedules(
        "no request", ("request", "mute", "tab of the client")
    ),
    "LAST_REQUEST_GONE: attribute_not_exists(PK)": Schedules("overdue request", ("request", "submit")),
    "STILL_OPEN: attribute_exists(PK)": Schedules("open request", ("decline", "other client's older start")),
    "STILL_DUE: due_at = :seen_due_at": Schedules("request to be reminded of", ("sweep", "submit")),
    "NOT_RECORDED: attribute_not_exists(PK)": Schedules("open request", ("submit",)),
}
NO_ERASURE: Final = "an erasure is none of these commands; see tests/component/test_privacy.py"
NOT_SHOWN: Final = {
    "NEW_REQUEST: attribute_not_exists(PK)": "ids are random, so that none is used twice",
    "CLIENT_REACHABLE: attribute_exists(client_email)": NO_ERASURE,
    "MESSAGE_STILL: message = :message": NO_ERASURE,
    "CLIENT_REACHABLE: client_email <> :no_address": NO_ERASURE,
}


class Part(NamedTuple):
    """One part of a named condition, whose parts are joined by AND."""

    condition: str
    part: str

    def __str__(self) -> str:
        return f"{self.condition}: {self.part}"


def parts() -> Iterator[Part]:
    for name, text in vars(transactions).items():
        if name.isupper() and isinstance(text, str):
            for part in _split(text):
                yield Part(name, part)


def _split(condition: str) -> list[str]:
    """The parts outside of parentheses that are joined by AND; all of it if some are joined by OR."""
    outside = re.sub(r"\([^()]*\)", lambda found: "_" * len(found[0]), condition)
    if " OR " in outside:
        return [condition]
    places = [0, *(found.end() for found in re.finditer(" AND ", outside)), len(condition) + len(" AND ")]
    return [condition[begin : end - len(" AND ")] for begin, end in pairwise(places)]


@contextmanager
def without(part: Part) -> Iterator[None]:
    """The service's code with this part always true. Its values are still used, as DynamoDB requires."""
    with pytest.MonkeyPatch.context() as patch:
        always = getattr(transactions, part.condition).replace(part.part, f"({part.part} OR {NEVER_SET})")
        patch.setattr(transactions, part.condition, always)
        yield


def breaks(part: Part, schedules: Schedules) -> bool:
    """Whether one of these schedules breaks an invariant without this part."""
    process = Process()
    with process.installed():
        scenario, size = SCENARIOS[schedules.scenario](process), max(len(schedules.commands), 2)
        explorer = Explorer(process)
        with without(part):
            for commands in scenario.groups(size):
                if {command.name.removesuffix(" again") for command in commands} == {*schedules.commands}:
                    try:
                        explorer.explore(scenario, commands)
                    except BrokenInvariant:
                        return True
    return False


def test_every_condition_is_listed() -> None:
    assert {*map(str, parts())} == NEEDED.keys() | NOT_SHOWN.keys()


@pytest.mark.parametrize("part", [part for part in parts() if str(part) in NEEDED], ids=str)
def test_without_this_condition_some_schedule_breaks_an_invariant(part: Part, tried: Tried) -> None:
    assert breaks(part, NEEDED[str(part)])
    tried("conditions that some schedule needs", 1)
