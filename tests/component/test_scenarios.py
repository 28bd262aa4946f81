"""Each undisturbed scenario does what its name says; otherwise comparing with it would prove little."""

from collections import Counter
from typing import Final

import pytest

from tests.component.fault_injection import FaultInjector
from tests.component.marketplace import Marketplace
from tests.component.scenario_runner import Effects, ScenarioRunner
from tests.component.scenarios import SCENARIOS, SIMILAR

type Expected = tuple[int | None, str, str]

MADE: Final = "+open request, ~contract, +delivery"
CLOSED: Final = "-open request, +closed request"
GIVEN: Final = "+feedback, ~contract, +summary"
REQUESTED, REMINDED, PROVIDED, EXPIRED, ENDED = (
    "mail requested, Dash requested, event Requested",
    "mail reminder, Dash request_reminder",
    "mail provided, Dash provided, event Provided",
    "Dash request_expired, event RequestClosed",
    "event RequestClosed",
)
ALL_KINDS: Final = f"{REQUESTED}, {PROVIDED}, {ENDED}, {EXPIRED}"

EXPECTED: dict[str, Expected] = {
    "a request": (201, MADE, REQUESTED),
    "a request after an expired one": (201, f"{CLOSED}, {MADE}", f"{EXPIRED}, {REQUESTED}"),
    "a request while one is open": (409, "", ""),
    "feedback without a request": (201, GIVEN, PROVIDED),
    "feedback while a request is open": (201, f"{GIVEN}, {CLOSED}", f"{PROVIDED}, {ENDED}"),
    "feedback after the deadline": (201, f"{GIVEN}, {CLOSED}", f"{PROVIDED}, {EXPIRED}"),
    "feedback by link": (201, f"{GIVEN}, {CLOSED}", f"{PROVIDED}, {ENDED}"),
    "a decline": (200, f"~contract, {CLOSED}", "Dash request_declined, event RequestClosed"),
    "a decline by link": (200, f"~contract, {CLOSED}", "Dash request_declined, event RequestClosed"),
    "a withdrawal": (200, f"~contract, {CLOSED}", "Dash request_withdrawn, event RequestClosed"),
    "requests turned off": (200, "~contract", ""),
    "a correction": (200, "~feedback, +earlier version, ~summary", "Dash corrected, event Corrected"),
    "a correction by link": (200, "~feedback, +earlier version, ~summary", "Dash corrected, event Corrected"),
    "a reply": (200, "~feedback", "mail replied, Dash replied, event Replied"),
    "a changed reply": (200, "~feedback", ""),
    "a reply that is taken back": (200, "~feedback", ""),
    "a report": (201, "~feedback, +report", "event Reported"),
    "a removal that was asked for": (
        200,
        "~feedback, ~report, +decision, ~summary",
        "Dash report_decided, Dash removed, event Removed",
    ),
    "a restoration": (200, "~feedback, +decision, ~summary", "Dash restored, event Restored"),
    "a sweep by hand": (200, CLOSED, EXPIRED),
    "a sweep by hand in several runs": (200, ", ".join([CLOSED] * 5), ", ".join([EXPIRED] * 5)),
    "a sweep by schedule": (None, ", ".join([CLOSED] * 5), ", ".join([EXPIRED] * 5)),
    "a sweep by schedule in several runs": (None, ", ".join([CLOSED] * 5), ", ".join([EXPIRED] * 5)),
    "a sweep that reminds": (None, "~open request, ~delivery", REMINDED),
    "a sweep that removes and reminds": (
        None,
        ", ".join([CLOSED] * 3 + ["~open request, ~delivery"] * 2),
        ", ".join([EXPIRED] * 3 + [REMINDED] * 2),
    ),
    "a sweep that removes and reminds in several runs": (
        None,
        ", ".join([CLOSED] * 3 + ["~open request, ~delivery"] * 2),
        ", ".join([EXPIRED] * 3 + [REMINDED] * 2),
    ),
    "the record of a reminder": (None, "~delivery", REMINDED),
    "the records of two reminders": (None, "~delivery", REMINDED),
    "a reminder that cannot be sent at first": (None, "~delivery", f"retries, {REMINDED}"),
    "a reminder of a request that was answered": (None, "", f"{PROVIDED}, {ENDED}"),
    "a reminder of a request that was declined": (None, "", "Dash request_declined, event RequestClosed"),
    "a reminder of a request that was withdrawn": (None, "", "Dash request_withdrawn, event RequestClosed"),
    "a reminder of a contract whose requests are muted": (None, "", ""),
    "a reminder of a request whose contract ended": (None, "", ENDED),
    "a contract's start": (None, "+contract", ""),
    "a start that arrives last": (None, "~contract, ~feedback, +summary", ""),
    "an older start": (None, "~contract, ~feedback", ""),
    "an older start of another freelancer": (
        None,
        "~contract, +name, +name, ~feedback, ~feedback, +summary, +summary, ~summary, ~summary",
        "",
    ),
    "a newer description": (None, "~contract", ""),
    "a repeated start": (None, "", ""),
    "a payment": (None, "~contract", ""),
    "an older payment": (None, "", ""),
    "an end": (None, "~contract", ""),
    "an end while a request is open": (None, f"~contract, {CLOSED}", ENDED),
    "an end while a request is overdue": (None, f"~contract, {CLOSED}", EXPIRED),
    "an earlier end": (None, "~contract", ""),
    "an end before its start": (None, "+contract", ""),
    "end-of-contract feedback": (None, "+feedback, +summary", ""),
    "newer end-of-contract feedback": (None, "~feedback, ~summary", ""),
    "end-of-contract feedback before its contract": (None, "+feedback", ""),
    "events of all kinds, one of them malformed": (
        None,
        f"+contract, {GIVEN}, {CLOSED}",
        f"dead-letters, {ENDED}",
    ),
    "the record of a request": (None, "+delivery", REQUESTED),
    "the record of feedback": (None, "", f"{PROVIDED}, {ENDED}"),
    "the record of a correction": (None, "", "Dash corrected, event Corrected"),
    "the record of a reply": (None, "", "mail replied, Dash replied, event Replied"),
    "the records of a report and a removal": (
        None,
        "",
        "event Reported, Dash report_decided, Dash removed, event Removed",
    ),
    "the records of a removal and a restoration": (None, "", "event Removed, event Restored"),
    "the record of an expiry": (None, "", EXPIRED),
    "a removal by TTL": (None, "+closed request", EXPIRED),
    "a removal by the sweep": (None, "+closed request", EXPIRED),
    "records of all kinds": (None, "+closed request, +delivery", ALL_KINDS),
    "a record whose messages cannot be sent at first": (None, "+delivery", f"retries, {REQUESTED}"),
    "a removal that cannot be recorded at first": (None, "+closed request", f"retries, {EXPIRED}"),
    "records of all kinds, one of them a poison pill": (
        None,
        "+closed request, +delivery",
        f"failures, failures, {ALL_KINDS}",
    ),
    "records from the retry queue": (None, "+delivery, +delivery", f"{REQUESTED}, {REQUESTED}"),
    "a removal from the retry queue": (None, "+closed request", EXPIRED),
    "a position in the stream from the retry queue": (None, "+delivery, +delivery", f"{REQUESTED}, {REQUESTED}"),
}
"""The client's status, if any; the rows that are added (+), removed (-) and changed (~); the messages."""


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_does_what_its_name_says(marketplace: Marketplace, injector: FaultInjector, name: str) -> None:
    """And nothing else; with an Idempotency-Key too."""
    status, rows, messages = EXPECTED[name.removesuffix(", with a key")]
    runner = ScenarioRunner(marketplace, injector, SCENARIOS[name])
    sources = runner.reset()
    runner.run(sources)
    assert runner.effects(sources) == Effects(_counted(rows), _counted(messages), status)


def test_every_expectation_belongs_to_a_scenario() -> None:
    assert EXPECTED.keys() <= SCENARIOS.keys()
    assert SCENARIOS.keys() > SIMILAR


def _counted(words: str) -> Counter[str]:
    return Counter(filter(None, words.split(", ")))
