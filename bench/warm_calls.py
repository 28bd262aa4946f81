"""Warm calls: what is spent beyond the table's own time; and the CPU of a page of the work history."""

import json
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from rich.progress import track

from bench import calls, packages, surroundings
from bench.calls import Event
from bench.packages import COMMANDS
from bench.report import Figure, Ratio, ratio, series
from bench.runtime import PYTHON, Package, environment_of
from bench.surroundings import Surroundings

BLOCK = 20  # calls of one variant before it is the other's turn
PAGE = 50  # rows: ten contracts with four entries of feedback each
FREELANCER = "u-experienced"
SLOWEST = 0.99
ENOUGH = 500  # samples to say what the slowest of a hundred takes

type Taken = Sequence[tuple[float, float, float]]  # milliseconds: in all, waiting for the table, on the processor


def measure(rounds: int) -> list[Figure]:
    """Each round is a block of calls by each variant."""
    packages.compile_runtime()
    ours, plain = packages.ours(), packages.plain()
    with surroundings.running(tls=False) as around:
        figures = [_command(around, command, (ours[command], plain[command]), rounds) for command in COMMANDS]
        list(calls.contracts(around.database, PAGE // (calls.ENTRIES + 1), FREELANCER))
        reads = packages.reads(ours["list"], plain["list"])
        pages = packages.pages(ours["list"], plain["list"])
        return [
            *figures,
            _page(around, f"CPU of reading a work-history page of {PAGE}", reads, rounds, 0.4),
            _page(around, f"CPU of a work-history page of {PAGE}, from event to response", pages, rounds),
        ]


def _command(around: Surroundings, command: str, variants: tuple[Package, Package], rounds: int) -> Figure:
    contracts = calls.contracts(around.database, len(variants) * BLOCK * (rounds + 1))

    def events() -> list[Event]:
        return [calls.call(command, next(contracts)) for _ in range(BLOCK)]

    blocks = _interleaved(around, variants, events, rounds, f"warm {command}")
    ours, plain = ([[taken - waited for taken, waited, _ in block] for block in blocks[v.name]] for v in variants)
    flat = [[sample for block in blocks_ for sample in block] for blocks_ in (ours, plain)]
    return Figure(
        name=f"warm call of {command}, beyond the table's own time",
        unit="ms",
        series=tuple(series(v.name, samples) for v, samples in zip(variants, flat, strict=True)),
        ratios=(
            ratio("p50 ours / plain", [median(b) for b in ours], [median(b) for b in plain], 1.15),
            *_slowest_ratio(*flat),
            _processor_ratio("CPU ours / plain", blocks, variants),
        ),
        notes="the same process again and again; without TLS",
    )


def _page(
    around: Surroundings, name: str, variants: tuple[Package, Package], rounds: int, mark: float | None = None
) -> Figure:
    def events() -> list[Event]:
        return [calls.history(FREELANCER, PAGE)] * BLOCK

    blocks = _interleaved(around, variants, events, rounds, f"page of {PAGE}")
    return Figure(
        name=name,
        unit="ms",
        series=tuple(
            series(v.name, [spent for block in blocks[v.name] for _, _, spent in block]) for v in variants
        ),
        ratios=(_processor_ratio("ours / boto3 resource", blocks, variants, mark),),
    )


def _processor_ratio(
    name: str, blocks: Mapping[str, list[Taken]], variants: Sequence[Package], mark: float | None = None
) -> Ratio:
    ours, theirs = ([median(spent for _, _, spent in block) for block in blocks[v.name]] for v in variants)
    return ratio(name, ours, theirs, mark)


def _interleaved(
    around: Surroundings, variants: Sequence[Package], events: Callable[[], list[Event]], rounds: int, name: str
) -> Mapping[str, list[Taken]]:
    """Blocks of calls by each variant in turn; the first of each only warms up."""
    blocks: dict[str, list[Taken]] = defaultdict(list)
    with ExitStack() as stack:
        workers = {v.name: stack.enter_context(_worker(v, around)) for v in variants}
        for number in track(range(rounds + 1), name, transient=True):
            order = list(workers) if number % 2 else list(reversed(workers))
            for variant in order:
                taken = workers[variant].make(events())
                if number:
                    blocks[variant].append(taken)
    return blocks


class _Worker:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def make(self, events: Sequence[Event]) -> Taken:
        """Make these calls."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(events) + "\n")
        self._process.stdin.flush()
        taken: Taken = json.loads(self._process.stdout.readline())
        return taken


@contextmanager
def _worker(package: Package, around: Surroundings) -> Iterator[_Worker]:
    worker = Path(__file__).with_name("worker.py")
    with subprocess.Popen(
        [str(PYTHON), str(worker), package.handler],
        cwd=package.task,
        env=environment_of(package, around.around(package)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield _Worker(process)
        finally:
            assert process.stdin
            process.stdin.close()


def _slowest_ratio(ours: Sequence[float], plain: Sequence[float]) -> list[Ratio]:
    if len(ours) < ENOUGH:
        return []
    return [Ratio("p99 ours / plain", _slow(ours) / _slow(plain), 1.15)]


def _slow(samples: Sequence[float]) -> float:
    return sorted(samples)[int(len(samples) * SLOWEST)]
