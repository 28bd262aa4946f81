"""Every surviving mutant of the rules is explained. `make test` mutates the core functions, `make soak` all."""

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import Tried
from tests.mutation import mutants
from tests.mutation.mutants import Mutant
from tests.soak import SOAK
from tests.template import ROOT

EXPLAINED = ROOT / "tests/mutation/survivors.md"
CORE_FUNCTIONS = ("eligibility._contract_reasons", "eligibility._eligible_at", "lifecycle.close")
FUNCTIONS = () if SOAK else CORE_FUNCTIONS
# No value reaches it: mypy checks that all cases are handled (tests/static/test_closed_sets.py).
UNREACHABLE = "assert_never(unexpected)"


class Run(NamedTuple):
    outcomes: Counter[str]
    survivors: set[Mutant]


@pytest.fixture(scope="module")
def mutation_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("mutants")
    mutants.prepare(folder)
    outcomes = mutants.run(folder, *FUNCTIONS)
    survived = [mutants.show(folder, name) for name, outcome in outcomes.items() if outcome not in mutants.KILLED]
    return Run(Counter(outcomes.values()), {mutant for mutant in survived if UNREACHABLE not in mutant.before})


def explained() -> dict[Mutant, str]:
    """The mutants of survivors.md, each with the text after its diff."""
    found = {}
    for function, section in re.findall(
        r"^## `([\w.]+)`\n(.*?)(?=^## |\Z)", EXPLAINED.read_text(), re.DOTALL | re.MULTILINE
    ):
        parts = re.split(r"```diff\n(.*?)```", section, flags=re.DOTALL)
        for place in range(1, len(parts), 2):
            reason = next((words for words in parts[place + 1 :: 2] if words.strip()), "")
            found[mutants.parse_diff(function, parts[place])] = reason.strip()
    return found


def test_every_survivor_is_explained(mutation_run: Run, tried: Tried) -> None:
    assert mutation_run.survivors - explained().keys() == set()
    killed = sum(mutation_run.outcomes[outcome] for outcome in mutants.KILLED)
    assert killed > 10 * len(mutation_run.survivors)
    assert killed >= (300 if SOAK else 50)
    tried("mutants of the rules, noticed by their unit tests", killed)
    tried("mutants of the rules, not noticed and explained", len(mutation_run.survivors))


def test_every_explained_mutant_still_survives(mutation_run: Run) -> None:
    results = {mutant for mutant in explained() if mutant.function in FUNCTIONS or not FUNCTIONS}
    assert results <= mutation_run.survivors


def test_every_explanation_is_about_code_that_exists() -> None:
    assert explained()
    for mutant, reason in explained().items():
        module = mutant.function.partition(".")[0]
        assert mutant.before in _code(module), mutant
        assert len(reason.split()) >= 10, mutant


def test_the_core_functions_exist() -> None:
    """Otherwise a renamed function would silently have no mutants."""
    for name in CORE_FUNCTIONS:
        module, _, function = name.partition(".")
        assert f"def {function}(" in _code(module)


def _code(module: str) -> str:
    return Path(ROOT / f"layers/mid_job_feedback/mid_job_feedback/domain/{module}.py").read_text()
