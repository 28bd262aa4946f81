"""Command line of the benchmarks: `python -m bench cold-start`, `warm-calls`, and so on."""

from typing import Annotated

import typer

from bench import (
    capacity,
    cold_start,
    contract_import,
    expiry_sweep,
    first_view,
    local_startup,
    read_scaling,
    results,
    terminal,
    warm_calls,
)
from bench.figures import Benchmark

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
Quick = Annotated[bool, typer.Option("--quick", help="Few rounds, to see which ratios have changed.")]
Record = Annotated[bool, typer.Option("--record", help="Record the figures in results.json and results.md.")]


@app.callback()
def describe() -> None:
    """Measure the service. Compare ratios, not times, and measure on a machine that does nothing else."""


@app.command("cold-start")
def run_cold_start(*, quick: Quick = False, record: Record = False) -> None:
    """Cold start, compared with a bare handler and with FastAPI + Mangum."""
    _finish(cold_start.measure(quick=quick), record=record)


@app.command("warm-calls")
def run_warm_calls(*, quick: Quick = False, record: Record = False) -> None:
    """Warm calls, compared with boto3 and pydantic without a framework."""
    _finish(warm_calls.measure(quick=quick), record=record)


@app.command("expiry-sweep")
def run_expiry_sweep(*, quick: Quick = False, record: Record = False) -> None:
    """Expiry sweep, compared with one transaction after the other."""
    _finish(expiry_sweep.measure(quick=quick), record=record)


@app.command("read-scaling")
def run_read_scaling(*, quick: Quick = False, record: Record = False) -> None:
    """Reads of a freelancer with little feedback, compared with one who has very much."""
    _finish(read_scaling.measure(quick=quick), record=record)


@app.command("first-view")
def run_first_view(*, quick: Quick = False, record: Record = False) -> None:
    """First view of each web page, compared with a file for each module."""
    _finish(first_view.measure(quick=quick), record=record)


@app.command("local-startup")
def run_local_startup(*, quick: Quick = False, record: Record = False) -> None:
    """How long `make up` takes until the local stack is ready."""
    _finish(local_startup.measure(quick=quick), record=record)


@app.command("capacity")
def run_capacity(*, record: Record = False) -> None:
    """DynamoDB capacity that each operation consumes, and its price."""
    _finish(capacity.measure(), record=record)


@app.command("import")
def run_import(*, record: Record = False) -> None:
    """Import of existing contracts: the tool's processor time and memory, and applying the events."""
    _finish(contract_import.measure(), record=record)


@app.command()
def everything(*, quick: Quick = False, record: Record = False) -> None:
    """Run all benchmarks. The quick form takes minutes and leaves out `local-startup`, `capacity` and `import`."""
    for run in (run_cold_start, run_warm_calls, run_expiry_sweep, run_read_scaling, run_first_view):
        run(quick=quick, record=record)
    if not quick:
        run_local_startup(record=record)
        run_capacity(record=record)
        run_import(record=record)


@app.command()
def render() -> None:
    """Generate results.md from results.json, without measuring."""
    recorded = results.load()
    if recorded is None:
        raise typer.BadParameter(f"{results.RECORDED} does not exist.")
    results.MARKDOWN.write_text(results.render(recorded))


def _finish(benchmark: Benchmark, *, record: bool) -> None:
    terminal.show(benchmark, results.changed_ratios(benchmark))
    if record:
        results.record(benchmark)


if __name__ == "__main__":
    app()
