"""Cold start: from the start of the process to its first response, on AWS's runtime client and emulator."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.progress import track

from bench import calls, packages, surroundings, throttle
from bench.packages import COMMANDS
from bench.report import Figure, ratio, series
from bench.runtime import Package, function
from bench.surroundings import Surroundings

AS_PACKAGED, COMPILED = "FastAPI + Mangum", "FastAPI + Mangum, bytecode"
MARKS = {AS_PACKAGED: 0.28, COMPILED: 0.65}
WARM_UP = 1  # rounds that only fill the disk's cache


class Size(NamedTuple):
    """Memory of a function and the share of a core it brings."""

    name: str
    share: float


FULL = Size("full core", 1)
SIZES = (FULL, *(Size(f"{memory} MB", memory / throttle.CORE) for memory in (1024, 512)))
type Samples = Mapping[str, Sequence[float]]


def measure(rounds: int, sizes: Sequence[Size] = SIZES, commands: Sequence[str] = COMMANDS) -> list[Figure]:
    """One figure for each command and size."""
    packages.compile_runtime()
    variants = [
        packages.ours(),
        packages.bare(),
        packages.fastapi(compiled=False),
        packages.fastapi(compiled=True),
    ]
    with surroundings.running() as around:
        return [
            _figure(command, size, _interleaved(around, command, [v[command] for v in variants], size, rounds))
            for size in sizes
            for command in commands
        ]


def _interleaved(
    around: Surroundings, command: str, variants: Sequence[Package], size: Size, rounds: int
) -> Samples:
    contracts = calls.contracts(around.database, len(variants) * (rounds + WARM_UP))
    samples: dict[str, list[float]] = defaultdict(list)
    for number in track(range(rounds + WARM_UP), f"cold {command}, {size.name}", transient=True):
        first = number % len(variants)  # nobody always comes after the same one
        for package in (*variants[first:], *variants[:first]):
            with function(package, around.around(package), size.share) as lambda_function:
                taken, _ = lambda_function.call(calls.call(command, next(contracts)))
            if number >= WARM_UP:
                samples[package.name].append(taken)
    return samples


def _figure(command: str, size: Size, samples: Samples) -> Figure:
    ours = samples["ours"]
    return Figure(
        name=f"cold start of {command}, {size.name}",
        unit="ms",
        series=tuple(series(name, found) for name, found in samples.items()),
        ratios=(
            *(ratio(f"ours / {peer}", ours, samples[peer], mark) for peer, mark in MARKS.items()),
            ratio("ours / bare", ours, samples["bare"]),
        ),
        notes="" if size is FULL else f"throttled by {throttle.way()}; initialises with a full core",
    )
