"""Every interleaving of any two commands, at the grain of AWS calls; of any three in `make soak`.

`make test` lets no process die in the situations with most schedules, and runs three commands in one only.
"""

import re
from collections.abc import Callable, Iterator
from functools import wraps
from importlib import import_module
from inspect import isclass, isfunction
from pkgutil import iter_modules
from typing import Any, Final, get_type_hints

import pytest

from mid_job_feedback import storage
from mid_job_feedback.domain import corrections, lifecycle, moderation, replies
from mid_job_feedback.domain.feedback_changes import FeedbackChange
from mid_job_feedback.domain.lifecycle import Change
from mid_job_feedback.storage import store
from tests.conftest import Tried
from tests.soak import SOAK
from tests.store.schedule_checks import Explorer
from tests.store.scheduled_commands import SCENARIOS
from tests.store.schedules import BrokenInvariant, run_alone
from tests.store.stepping import Process

SCENARIOS_OF_THREE: Final = SCENARIOS if SOAK else ["ended before its start"]  # others take minutes
NO_DEATHS: Final = {  # in `make test`
    "nothing has arrived",
    "open request",
    "open request after others",
    "request not told yet",
    "request to be reminded of",
    "reminder not told yet",
    "request at its deadline",
    "given feedback",
}
DECIDING: Final = (lifecycle, corrections, replies, moderation)
# Erasures are none of these commands: tests/component/test_privacy.py has their races and crash points.
ERASING: Final = {"erase_client"}
OF_ERASURES: Final = {
    f"{storage.__name__}.{name}"
    for name in (
        "contract_starts.ERASED_AS_READ",
        "erasures.NEW_OR_NEWER",
        "feedback_changes.DETAILS_STILL",
        "remembered_answers.ANSWER_STILL",
    )
}
IS_CONDITION: Final = re.compile(r"attribute_|\w (=|<|>|<>) :")


@pytest.fixture(scope="module")
def explorer() -> Iterator[Explorer]:
    """Shared by all tests: what the code does after some responses is found out once."""
    process = Process()
    with process.installed():
        yield Explorer(process)


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_schedule_of_two_commands_breaks_an_invariant(explorer: Explorer, tried: Tried, name: str) -> None:
    scenario = SCENARIOS[name](explorer.process)
    deaths = 2 if SOAK else int(name not in NO_DEATHS)
    for commands in scenario.groups(2):
        count = explorer.explore(scenario, commands, deaths)
        tried("schedules of two commands", count.schedules)
        tried("schedules of two commands: distinct states", count.states)
        tried("schedules of two commands: pairs", 1)
        tried("schedules of two commands: pairs in which a process may die", int(deaths > 0))


@pytest.mark.parametrize("name", SCENARIOS_OF_THREE)
def test_no_schedule_of_three_commands_breaks_an_invariant(explorer: Explorer, tried: Tried, name: str) -> None:
    scenario = SCENARIOS[name](explorer.process)
    for commands in scenario.groups(3):
        count = explorer.explore(scenario, commands, deaths=0)
        tried("schedules of three commands", count.schedules)
        tried("schedules of three commands: distinct states", count.states)
        tried("schedules of three commands: groups", 1)


def test_a_tab_may_show_independent_facts_of_different_moments(explorer: Explorer) -> None:
    """The e-mail was delivered before the feedback was given, and one Query returns only the later of the two."""
    explore_named(explorer, "mailed request", "e-mail delivered", "submit", "tab of the freelancer")


def test_a_tab_never_shows_facts_that_contradict_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks do not take half of a transaction for independent facts."""
    monkeypatch.setattr(store, "is_torn", lambda _: False)
    process = Process()
    with process.installed(), pytest.raises(BrokenInvariant, match="no order of the commands has this outcome"):
        explore_named(Explorer(process), "mailed request", "e-mail delivered", "submit", "tab of the freelancer")


def test_a_tab_shows_no_feedback_as_it_was_before_the_start_although_it_has_changed(explorer: Explorer) -> None:
    commands = "start", "corrected end-of-contract feedback", "tab of the client"
    explore_named(explorer, "feedback before its start", *commands)


def test_nothing_is_accepted_by_link_after_a_tab_has_shown_the_correction_of_the_address(
    explorer: Explorer,
) -> None:
    explore_named(explorer, "open request", "submit by link", "correction", "tab of the client")


def test_no_report_stays_open_after_a_removal_although_its_freelancer_was_replaced(explorer: Explorer) -> None:
    """The removal may have read the rows before the report, and the contract after it has another freelancer."""
    commands = "report", "other freelancer's older start", "remove"
    explore_named(explorer, "given feedback", *commands)


def explore_named(explorer: Explorer, scenario_name: str, *names: str) -> None:
    """Explores all schedules of the commands with these names."""
    scenario = SCENARIOS[scenario_name](explorer.process)
    commands = {command.name: command for command in scenario.commands}
    explorer.explore(scenario, tuple(commands[name] for name in names), deaths=0)


def test_every_command_and_every_condition_is_explored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new command, or a new conditional write, must be added to `SCENARIOS`."""
    called: set[str] = set()
    deciding: set[str] = set()
    for module in DECIDING:
        for name, function in vars(module).items():
            if isfunction(function) and not name.startswith("_") and returns_change(function):
                deciding.add(name)
                monkeypatch.setattr(module, name, noted(function, called))
    process = Process()
    with process.installed():
        for build in SCENARIOS.values():
            scenario = build(process)
            for command in scenario.commands:
                run_alone(process, command, scenario.world, scenario.now)
    assert called == deciding - ERASING
    made = "\n".join(call.parameters for call in process.calls())
    unused = {name for name, text in conditions().items() if text not in made}
    assert unused == OF_ERASURES


def returns_change(function: Callable[..., Any]) -> bool:
    returned = get_type_hints(function)["return"]
    return isclass(returned) and issubclass(returned, Change | FeedbackChange)


def noted(function: Callable[..., Any], called: set[str]) -> Callable[..., Any]:
    @wraps(function)
    def noting(*args: Any, **kwargs: Any) -> Any:
        called.add(function.__name__)
        return function(*args, **kwargs)

    return noting


def conditions() -> dict[str, str]:
    """The named conditions of all modules of `storage`."""
    modules = [import_module(f"{storage.__name__}.{found.name}") for found in iter_modules(storage.__path__)]
    return {
        f"{module.__name__}.{name}": text
        for module in modules
        for name, text in vars(module).items()
        if name.isupper() and isinstance(text, str) and IS_CONDITION.search(text)
    }
