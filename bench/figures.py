"""Figures as data: medians, spread and ratios, shown as tables, kept as JSON and compared with what was kept.

Only ratios travel to another machine, so only they are compared. All of a figure's variants are measured in turn,
round after round, and a ratio is the median of its rounds: what disturbs the machine disturbs both sides.
"""

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from rich.console import Console
from rich.table import Table

RECORDED = Path(__file__).parent / "results.json"
REPORT = RECORDED.with_suffix(".md")
MOVED = 0.15  # a ratio that changed by less is noise
VERSIONS = ("aws-lambda-powertools", "boto3", "pydantic", "aws-sam-cli")


_INTRODUCTION = """Written by `make bench`. Only ratios travel to another machine: variants are measured in turn,
round after round, and a ratio is the median of its rounds."""


@dataclass(frozen=True)
class Series:
    """One variant's samples, in the figure's unit; `low` and `high` are the quartiles."""

    variant: str
    count: int
    median: float
    low: float
    high: float
    p99: float


@dataclass(frozen=True)
class Ratio:
    """`name` says what is divided by what; `mark` is the most it may be, or the least if `at_least`."""

    name: str
    value: float
    mark: float | None = None
    at_least: bool = False

    @property
    def kept(self) -> bool:
        if self.mark is None:
            return True
        return self.value >= self.mark if self.at_least else self.value <= self.mark


@dataclass(frozen=True)
class Figure:
    """One table of the report. `notes` say how it was measured."""

    name: str
    unit: str
    series: tuple[Series, ...]
    ratios: tuple[Ratio, ...] = ()
    notes: str = ""


def series(variant: str, samples: Sequence[float]) -> Series:
    low, middle, high = quantiles(samples, n=4, method="inclusive") if len(samples) > 1 else [samples[0]] * 3
    ordered = sorted(samples)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return Series(variant, len(samples), middle, low, high, p99)


def ratio(
    name: str, ours: Sequence[float], theirs: Sequence[float], mark: float | None = None, *, at_least: bool = False
) -> Ratio:
    """The median over rounds of ours divided by theirs in the same round."""
    value = median(mine / other for mine, other in zip(ours, theirs, strict=True))
    return Ratio(name, value, mark, at_least)


def show(figures: Iterable[Figure]) -> None:
    console = Console()
    for figure in figures:
        console.print(_table(figure))
        for found in figure.ratios:
            console.print(f"  {_worded(found)}", style="" if found.kept else "bold red")
        if figure.notes:
            console.print(f"  {figure.notes}", style="dim")


def machine() -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in VERSIONS},
    }


def keep(figures: Iterable[Figure], path: Path = RECORDED) -> None:
    """Write figures into the record, each in place of the one of the same name."""
    recorded = _recorded(path)
    recorded |= {figure.name: asdict(figure) for figure in figures}
    _write(path, figures=list(recorded.values()))


def keep_costs(costs: Iterable[Any], path: Path = RECORDED) -> None:
    """The same for what operations consume."""
    _write(path, costs=[asdict(cost) for cost in costs])


def write(recorded: Path = RECORDED, path: Path = REPORT) -> None:
    """The record as a page to read."""
    kept = json.loads(recorded.read_text())
    found = kept["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    machine = f"{found['cores']} cores of {found['processor']}, {found['system']}, Python {found['python']}"
    lines = ["# Measured", "", _INTRODUCTION, "", f"Machine: {machine}; {versions}.", ""]
    for figure in kept["figures"]:
        notes = [figure["notes"], ""] if figure["notes"] else []
        heading = f"## {figure['name'][0].upper()}{figure['name'][1:]}"
        lines += [heading, "", *_rows(figure), "", *_marks(figure), *notes]
    lines += ["## Consumed capacity", "", *_costs(kept.get("costs", ()))]
    path.write_text("\n".join(lines).rstrip() + "\n")


def _rows(figure: Mapping[str, Any]) -> list[str]:
    unit = figure["unit"]
    rows = [f"| variant | median {unit} | quartiles | p99 | n |", "|---|---|---|---|---|"]
    for found in figure["series"]:
        middle, low, high, p99 = (_number(found[name]) for name in ("median", "low", "high", "p99"))
        rows.append(f"| {found['variant']} | {middle} | {low} – {high} | {p99} | {found['count']} |")
    return rows


def _marks(figure: Mapping[str, Any]) -> list[str]:
    return [f"- {_worded(Ratio(**found))}" for found in figure["ratios"]] + ([""] if figure["ratios"] else [])


def _costs(costs: Iterable[Mapping[str, Any]]) -> list[str]:
    """Of DynamoDB; the prices have their date."""
    rows = [
        "| operation | calls | read units | write units | and of indexes | $ a million |",
        "|---|---|---|---|---|---|",
    ]
    for cost in costs:
        units = " | ".join(f"{cost[name]:g}" for name in ("reads", "writes", "index_writes"))
        rows.append(f"| {cost['operation']} | {cost['calls']} | {units} | {cost['dollars']:.2f} |")
    return rows


def _write(path: Path, **parts: Any) -> None:
    kept = json.loads(path.read_text()) if path.exists() else {"figures": []}
    path.write_text(json.dumps({**kept, "machine": machine(), **parts}, indent=1) + "\n")


def moved(figures: Iterable[Figure], path: Path = RECORDED) -> list[str]:
    """Ratios that differ from the record by more than noise, in words."""
    recorded = _recorded(path)
    return [
        f"{figure.name}: {found.name} was {before:.2f}, is {found.value:.2f}"
        for figure in figures
        for found in figure.ratios
        for before in [_ratios(recorded.get(figure.name, {})).get(found.name)]
        if before and abs(found.value / before - 1) > MOVED
    ]


def _recorded(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    return {figure["name"]: figure for figure in json.loads(path.read_text())["figures"]}


def _ratios(figure: Mapping[str, Any]) -> dict[str, float]:
    return {found["name"]: found["value"] for found in figure.get("ratios", ())}


def _table(figure: Figure) -> Table:
    table = Table(title=figure.name, title_justify="left", title_style="bold")
    table.add_column("variant")
    for heading in (f"median {figure.unit}", "quartiles", "p99", "n"):
        table.add_column(heading, justify="right")
    for found in figure.series:
        middle, low, high, p99 = map(_number, (found.median, found.low, found.high, found.p99))
        table.add_row(found.variant, middle, f"{low} – {high}", p99, str(found.count))
    return table


def _number(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _worded(found: Ratio) -> str:
    text = f"{found.name}: {found.value:.2f}×"
    if found.mark is None:
        return text
    bound = "at least" if found.at_least else "at most"
    return f"{text} ({bound} {found.mark:g}×{'' if found.kept else ', missed'})"


def _processor() -> str:
    found = Path("/proc/cpuinfo")
    if found.exists():
        names = [line.partition(":")[2].strip() for line in found.read_text().splitlines() if "model name" in line]
        if names:
            return names[0]
    return platform.processor() or platform.machine()
