"""Warm calls: the time a handler itself needs, and the CPU time of a work-history page."""

import json
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.progress import track

from bench.figures import Benchmark, Figure, Ratio, Series, ratio, series
from bench.harness import deployment_packages, dynamodb, invoker, local_services, response_fields
from bench.harness.deployment_packages import COMMANDS
from bench.harness.events import Event, command_event, work_history_event
from bench.harness.lambda_process import PYTHON, FunctionPackage, lambda_environment
from bench.harness.local_services import LocalServices

ROUNDS, QUICK_ROUNDS = 50, 4
CALLS_PER_ROUND: Final = 20
ENTRIES: Final = 4  # of feedback on each contract
PAGE: Final = 50  # rows: ten contracts with four entries of feedback each
FREELANCER: Final = "u-experienced"
COMMAND_THRESHOLD: Final = 1.15
QUERY_THRESHOLD: Final = 0.4
SAMPLES_FOR_P99: Final = 500

type Timings = Sequence[tuple[float, float, float]]
"""Milliseconds of each call: wall time, the part of it spent waiting for responses, and CPU time."""
type Rounds = Sequence[Timings]


def measure(*, quick: bool) -> Benchmark:
    rounds = QUICK_ROUNDS if quick else ROUNDS
    deployment_packages.compile_runtime()
    service, peer = deployment_packages.service(), deployment_packages.boto3_pydantic()
    with local_services.running(tls=False) as services:
        commands = [_command(services, command, (service[command], peer[command]), rounds) for command in COMMANDS]
        dynamodb.put_new_contracts(
            services.database, PAGE // (ENTRIES + 1), entries=ENTRIES, freelancer_id=FREELANCER
        )
        queries = deployment_packages.work_history_queries(service["list"], peer["list"])
        pages = deployment_packages.work_history_pages(service["list"], peer["list"])
        work_history = [
            _work_history(
                services, f"Query of a work-history page of {PAGE} rows", queries, rounds, QUERY_THRESHOLD
            ),
            _work_history(services, f"Work-history page of {PAGE} rows, from event to response", pages, rounds),
        ]
    return Benchmark("Warm calls", _method(rounds), (*commands, *work_history))


def _command(
    services: LocalServices, command: str, packages: tuple[FunctionPackage, FunctionPackage], rounds: int
) -> Figure:
    number_of_calls = len(packages) * CALLS_PER_ROUND * (rounds + 1)
    contract_ids = dynamodb.put_new_contracts(services.database, number_of_calls, entries=ENTRIES)

    def events() -> list[Event]:
        return [command_event(command, next(contract_ids)) for _ in range(CALLS_PER_ROUND)]

    timings = _timings(services, packages, events, rounds, f"warm {command}")
    service, peer = (package.variant for package in packages)
    own_time = {variant: _own_time(calls) for variant, calls in timings.items()}
    medians = {variant: [median(calls) for calls in own_time[variant]] for variant in (service, peer)}
    samples = [series(variant, list(chain(*own_time[variant]))) for variant in (service, peer)]
    versus = f"{service} vs. {peer}"
    return Figure(
        name=command,
        unit="ms",
        series=tuple(samples),
        ratios=(
            ratio(f"median, {versus}", medians[service], medians[peer], COMMAND_THRESHOLD),
            *_p99_ratio(f"p99, {versus}", *samples),
            _cpu_ratio(f"CPU time, {versus}", timings[service], timings[peer]),
        ),
    )


def _own_time(rounds: Rounds) -> list[list[float]]:
    """Milliseconds of each call without the time spent waiting, by round."""
    return [[wall - waited for wall, waited, _ in calls] for calls in rounds]


def _work_history(
    services: LocalServices,
    name: str,
    packages: tuple[FunctionPackage, FunctionPackage],
    rounds: int,
    threshold: float | None = None,
) -> Figure:
    events = [work_history_event(FREELANCER, PAGE)] * CALLS_PER_ROUND
    timings = _timings(services, packages, lambda: events, rounds, name)
    service, peer = (package.variant for package in packages)
    return Figure(
        name=name,
        unit="ms of CPU",
        series=tuple(
            series(variant, [cpu for calls in timings[variant] for _, _, cpu in calls])
            for variant in (service, peer)
        ),
        ratios=(_cpu_ratio(f"{service} vs. {peer}", timings[service], timings[peer], threshold),),
    )


def _cpu_ratio(name: str, service: Rounds, peer: Rounds, threshold: float | None = None) -> Ratio:
    first, second = ([median(cpu for _, _, cpu in calls) for calls in rounds] for rounds in (service, peer))
    return ratio(name, first, second, threshold)


def _p99_ratio(name: str, service: Series, peer: Series) -> list[Ratio]:
    """The ratio over all rounds; none if there are too few samples for a meaningful p99."""
    if service.count < SAMPLES_FOR_P99:
        return []
    return [Ratio(name, service.p99 / peer.p99, COMMAND_THRESHOLD)]


def _timings(
    services: LocalServices,
    packages: Sequence[FunctionPackage],
    events: Callable[[], list[Event]],
    rounds: int,
    progress: str,
) -> Mapping[str, Rounds]:
    """Timings of each variant by round; the first round only warms up and is left out."""
    timings: dict[str, list[Timings]] = defaultdict(list)
    with ExitStack() as stack:
        processes = {each.variant: stack.enter_context(_warm_process(each, services)) for each in packages}
        for number in track(range(rounds + 1), progress, transient=True):
            order = list(processes) if number % 2 else list(reversed(processes))
            fields = []
            for variant in order:
                calls, response = processes[variant].invoke(events())
                fields.append(response_fields.of(response))
                if number:
                    timings[variant].append(calls)
            assert all(each == fields[0] for each in fields), f"{order}: {fields}"
    return timings


class _WarmProcess:
    """A running `invoker.py`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def invoke(self, events: Sequence[Event]) -> tuple[Timings, Mapping[str, Any]]:
        """Returns the timings of all calls, and the response to the last one."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(events) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return answer["timings"], answer["response"]


@contextmanager
def _warm_process(package: FunctionPackage, services: LocalServices) -> Iterator[_WarmProcess]:
    with subprocess.Popen(
        [str(PYTHON), str(Path(invoker.__file__)), package.handler],
        cwd=package.task,
        env=lambda_environment(package, services.environment_for(package)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield _WarmProcess(process)
        finally:
            assert process.stdin
            process.stdin.close()


def _method(rounds: int) -> str:
    return f"""\
Milliseconds that a handler needs for one call in a process that has served calls before: wall time without
the time spent waiting for responses of DynamoDB Local and of a stub of AppConfig, which are called without
TLS. For the work-history figures, CPU time of the process instead. Rounds: {rounds}, after 1 warm-up. Each
round has {CALLS_PER_ROUND} calls of every variant, and the variants take turns to go first. Each call of a
command has a contract of its own with {ENTRIES} entries of feedback. A ratio compares the medians of each
round, except p99, which is taken over all rounds. The variants are described in `bench/peers/README.md`. The run
stops if a peer's response has other fields than this service's.

Thresholds: median and p99 at most {COMMAND_THRESHOLD:g}× the peer without a framework, so that routing,
validation, structured logs and metrics stay cheap. With the SDK's parameter validation on, `submit` misses
this at 1.17× (docs/decisions.md, "The SDK does not validate parameters"). The query of a work-history page at
most {QUERY_THRESHOLD:g}× the boto3 resource: this service reads DynamoDB's JSON directly, whereas botocore
looks up every value in its service model. CPU time of commands and the whole work-history page have no
threshold."""
