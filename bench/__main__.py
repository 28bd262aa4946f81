"""python -m bench cold | warm"""

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

    _done(cold.measure(3, sizes=cold.SIZES[:1]) if quick else cold.measure(15), record=record)


def _done(figures: list[Figure], *, record: bool) -> None:
    report.show(figures)
    if record:
        report.keep(figures)
    for change in report.moved(figures):
        Console().print(change, style="yellow")


if __name__ == "__main__":
    app()
