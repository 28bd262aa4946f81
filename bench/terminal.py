"""Shows a benchmark's figures in the terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bench.figures import Benchmark, Figure, OperationCost, three_digits


def show(benchmark: Benchmark, changed_ratios: Sequence[str]) -> None:
    """Print the figures; missed thresholds are red, and ratios that differ from the record yellow."""
    console = Console()
    for figure in benchmark.figures:
        console.print(_figure(benchmark.title, figure))
        for ratio in figure.ratios:
            console.print(f"  {ratio}", style="bold red" if ratio.missed else "")
        if figure.notes:
            console.print(f"  {figure.notes}", style="dim")
    if benchmark.costs:
        console.print(_costs(benchmark.title, benchmark.costs))
    for change in changed_ratios:
        console.print(change, style="yellow")


def _figure(title: str, figure: Figure) -> Table:
    table = _table(f"{title}: {figure.name}")
    table.add_column("variant")
    for heading in (f"median {figure.unit}", "quartiles", "p99", "n"):
        table.add_column(heading, justify="right")
    for each in figure.series:
        middle, q1, q3, p99 = map(three_digits, (each.median, each.q1, each.q3, each.p99))
        table.add_row(each.variant, middle, f"{q1} – {q3}", p99, str(each.count))
    return table


def _costs(title: str, costs: Sequence[OperationCost]) -> Table:
    table = _table(title)
    for heading in ("operation", "AWS calls"):
        table.add_column(heading)
    for heading in ("read units", "write units", "index write units", "$ per million"):
        table.add_column(heading, justify="right")
    for cost in costs:
        units = (f"{number:g}" for number in (cost.reads, cost.writes, cost.index_writes))
        table.add_row(cost.operation, cost.calls, *units, f"{cost.dollars:.2f}")
    return table


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold")
