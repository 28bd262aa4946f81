"""The recorded results: `results.json` holds the figures, `results.md` is generated from it."""

import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from textwrap import fill
from typing import Final

from pydantic import TypeAdapter

from bench.figures import Benchmark, Figure, OperationCost, Ratio, three_digits

RECORDED: Final = Path(__file__).with_name("results.json")
MARKDOWN: Final = RECORDED.with_suffix(".md")
WIDTH: Final = 115
NOISE: Final = 0.15  # a ratio that differs by less has not changed
PACKAGES: Final = ("aws-lambda-powertools", "boto3", "pydantic", "aws-sam-cli")

_INTRODUCTION: Final = """\
`make bench` runs all benchmarks, records their figures in `results.json` and generates this file from it.

To generate it without measuring: `PYTHONPATH=layers/mid_job_feedback .venv/bin/python -m bench render`.

Read the ratios rather than the times: only ratios carry over to other machines. "A vs. B: 0.5×" means that A
takes half as much as B. The variants of a figure take turns, round by round, and a ratio is the median of the
ratios of all rounds, so other load on the machine affects both sides alike. A ratio with a threshold shows it
in parentheses; each section gives the reasons. `n` is the number of samples; with up to 100 samples, p99 is
the largest."""


@dataclass(frozen=True)
class Machine:
    processor: str
    cores: int
    system: str
    python: str
    packages: dict[str, str]


@dataclass(frozen=True)
class Recorded:
    date: date
    benchmark: Benchmark


@dataclass(frozen=True)
class Results:
    machine: Machine
    recorded: tuple[Recorded, ...]


_FORMAT: Final = TypeAdapter(Results)


def load() -> Results | None:
    """The recorded results; None if there are none yet."""
    return _FORMAT.validate_json(RECORDED.read_bytes()) if RECORDED.exists() else None


def record(benchmark: Benchmark) -> None:
    """Record a benchmark in place of the one with the same title. Figures that it has not measured stay."""
    results = load()
    sections = {each.benchmark.title: each for each in results.recorded} if results else {}
    if before := sections.get(benchmark.title):
        figures = {figure.name: figure for figure in (*before.benchmark.figures, *benchmark.figures)}
        benchmark = replace(benchmark, figures=tuple(figures.values()))
    sections[benchmark.title] = Recorded(datetime.now(UTC).date(), benchmark)
    updated = Results(_this_machine(), tuple(sections.values()))
    RECORDED.write_bytes(_FORMAT.dump_json(updated, indent=1) + b"\n")
    MARKDOWN.write_text(render(updated))


def changed_ratios(benchmark: Benchmark) -> list[str]:
    """A sentence for each ratio that differs from the recorded one by more than noise."""
    results = load()
    recorded = {
        (figure.name, ratio.name): ratio.value
        for each in (results.recorded if results else ())
        if each.benchmark.title == benchmark.title
        for figure in each.benchmark.figures
        for ratio in figure.ratios
    }
    return [
        f"{figure.name}, {ratio.name}: {ratio.value:.2f}×, recorded {before:.2f}×"
        for figure in benchmark.figures
        for ratio in figure.ratios
        if (before := recorded.get((figure.name, ratio.name))) and abs(ratio.value / before - 1) > NOISE
    ]


def render(results: Results) -> str:
    """The results as Markdown."""
    latest = max(each.date for each in results.recorded)
    machine = f"Measured on {latest}. {_machine(results.machine)}"
    lines = ["# Benchmark results", "", _wrapped(_INTRODUCTION), "", _wrapped(machine), ""]
    for each in results.recorded:
        older = "" if each.date == latest else f"\n\nMeasured on {each.date}."
        lines += _section(each.benchmark, older)
    return "\n".join(lines).rstrip() + "\n"


def _section(benchmark: Benchmark, older: str) -> Iterator[str]:
    yield from (f"## {benchmark.title}", "", _wrapped(benchmark.method + older), "")
    for figure in benchmark.figures:
        yield from _figure(figure)
    if benchmark.costs:
        yield from _costs(benchmark.costs)


def _figure(figure: Figure) -> Iterator[str]:
    yield from (f"### {figure.name}", "")
    yield from (f"| variant | median {figure.unit} | quartiles | p99 | n |", "|---|---|---|---|---|")
    for each in figure.series:
        middle, q1, q3, p99 = map(three_digits, (each.median, each.q1, each.q3, each.p99))
        yield f"| {each.variant} | {middle} | {q1} – {q3} | {p99} | {each.count} |"
    yield ""
    yield from _list(figure.ratios)
    if figure.notes:
        yield from (figure.notes, "")


def _list(ratios: Sequence[Ratio]) -> Iterator[str]:
    if ratios:
        yield from (f"- {ratio}" for ratio in ratios)
        yield ""


def _costs(costs: Sequence[OperationCost]) -> Iterator[str]:
    yield "| operation | AWS calls | read units | write units | index write units | $ per million |"
    yield "|---|---|---|---|---|---|"
    for cost in costs:
        units = " | ".join(f"{number:g}" for number in (cost.reads, cost.writes, cost.index_writes))
        yield f"| {cost.operation} | {cost.calls} | {units} | {cost.dollars:.2f} |"


def _wrapped(text: str) -> str:
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
    return "\n\n".join(fill(each, WIDTH, break_long_words=False, break_on_hyphens=False) for each in paragraphs)


def _machine(machine: Machine) -> str:
    packages = ", ".join(f"{name} {number}" for name, number in machine.packages.items())
    return (
        f"Machine: {machine.cores} cores of {machine.processor}, {machine.system}, Python {machine.python};"
        f" {packages}."
    )


def _this_machine() -> Machine:
    return Machine(
        processor=_processor(),
        cores=os.cpu_count() or 1,
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        packages={name: version(name) for name in PACKAGES},
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line
        ]
        if names:
            return names[0]
    return platform.processor() or platform.machine()
