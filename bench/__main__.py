"""Entry: `python -m bench cold`, `warm`, and so on."""

from typing import Annotated

import typer
from rich.console import Console

from bench import report
from bench.report import Figure

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
Quick = Annotated[bool, typer.Option(help="Few rounds, compared with the record.")]
Record = Annotated[bool, typer.Option(help="Keep the figures as the record.")]


@app.callback()
def bench() -> None:
    """Measure; ratios are what counts, and only on a quiet machine."""


@app.command()
def cold(*, quick: Quick = False, record: Record = False) -> None:
    """Cold start against a bare handler and FastAPI + Mangum."""
    from bench import cold  # noqa: PLC0415

    _done(cold.measure(3, sizes=cold.SIZES[:1]) if quick else cold.measure(7), record=record)


@app.command()
def warm(*, quick: Quick = False, record: Record = False) -> None:
    """Warm calls against boto3 and pydantic without a framework; a page of 50 against the boto3 resource."""
    from bench import warm  # noqa: PLC0415

    _done(warm.measure(4) if quick else warm.measure(50), record=record)


@app.command()
def sweep(*, quick: Quick = False, record: Record = False) -> None:
    """The expiry sweep against a loop of transactions."""
    from bench import sweep  # noqa: PLC0415

    _done(sweep.measure(quick=quick), record=record)


@app.command()
def growth(*, quick: Quick = False, record: Record = False) -> None:
    """Tab and work history of freelancers with few and with very many entries."""
    from bench import growth  # noqa: PLC0415

    _done(growth.measure(quick=quick), record=record)


@app.command()
def start(*, quick: Quick = False, record: Record = False) -> None:
    """How long `make dev` takes until it can be used."""
    from bench import start  # noqa: PLC0415

    _done(start.measure(1 if quick else 3), record=record)


@app.command()
def capacity(*, record: Record = False) -> None:
    """What operations consume of the table, and what a million of them cost."""
    from bench import capacity  # noqa: PLC0415

    costs = capacity.measure()
    capacity.show(costs)
    if record:
        report.keep_costs(costs)


@app.command()
def everything(*, quick: Quick = False, record: Record = False) -> None:
    """All of these. Quick: a few minutes, to see which ratios have moved."""
    for measure in (cold, warm, sweep, growth):
        measure(quick=quick, record=record)
    if not quick:
        start(record=record)
        capacity(record=record)
    if record:
        report.write()


def _done(figures: list[Figure], *, record: bool) -> None:
    report.show(figures)
    if record:
        report.keep(figures)
    for change in report.moved(figures):
        Console().print(change, style="yellow")


if __name__ == "__main__":
    app()
