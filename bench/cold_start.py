"""Cold start: from the start of a Lambda process to its first response."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from rich.progress import track

from bench.figures import Benchmark, Figure, ratio, series
from bench.harness import cpu_throttle, deployment_packages, dynamodb, local_services, response_fields
from bench.harness.deployment_packages import BARE_HANDLER, COMMANDS, FASTAPI, FASTAPI_PRECOMPILED, SERVICE
from bench.harness.events import command_event
from bench.harness.lambda_process import FunctionPackage, lambda_process
from bench.harness.local_services import LocalServices

ROUNDS, QUICK_ROUNDS = 7, 3
WARM_UP_ROUNDS: Final = 1  # fill the disk cache
THRESHOLDS: Final = {FASTAPI_PRECOMPILED: 0.60, FASTAPI: 0.25}
ENTRIES: Final = 4  # of feedback on each contract


class Size(NamedTuple):
    """Memory of a function, and the share of a core that Lambda gives it."""

    name: str
    cpu_share: float


FULL_CORE = Size("full core", 1)
SIZES = (FULL_CORE, *(Size(f"{mb} MB", mb / cpu_throttle.MEGABYTES_OF_FULL_CORE) for mb in (1024, 512)))

type Samples = Mapping[str, Sequence[float]]


def measure(*, quick: bool) -> Benchmark:
    """One figure for each size and command; the quick form measures a full core only."""
    rounds, sizes = (QUICK_ROUNDS, SIZES[:1]) if quick else (ROUNDS, SIZES)
    deployment_packages.compile_runtime()
    variants = [
        deployment_packages.service(),
        deployment_packages.bare_handler(),
        deployment_packages.fastapi(precompiled=False),
        deployment_packages.fastapi(precompiled=True),
    ]
    with local_services.running(tls=True) as services:
        figures = [
            _figure(command, size, _samples(services, command, [each[command] for each in variants], size, rounds))
            for size in sizes
            for command in COMMANDS
        ]
    return Benchmark("Cold start", _method(rounds), tuple(figures))


def _samples(
    services: LocalServices, command: str, packages: Sequence[FunctionPackage], size: Size, rounds: int
) -> Samples:
    number_of_calls = len(packages) * (rounds + WARM_UP_ROUNDS)
    contract_ids = dynamodb.put_new_contracts(services.database, number_of_calls, entries=ENTRIES)
    samples: dict[str, list[float]] = defaultdict(list)
    for number in track(range(rounds + WARM_UP_ROUNDS), f"cold start of {command}, {size.name}", transient=True):
        fields: dict[str, Any] = {}
        first = number % len(packages)  # rotate, so that no variant always runs after the same other one
        for package in (*packages[first:], *packages[:first]):
            with lambda_process(package, services.environment_for(package), size.cpu_share) as process:
                milliseconds, response = process.call(command_event(command, next(contract_ids)))
            fields[package.variant] = response_fields.of(response)
            if number >= WARM_UP_ROUNDS:
                samples[package.variant].append(milliseconds)
        _check_fields(fields)
    return samples


def _check_fields(fields: Mapping[str, Any]) -> None:
    """A comparison is fair only if the peers respond with the same fields."""
    for peer in THRESHOLDS:
        assert fields[peer] == fields[SERVICE], f"{peer}: {fields[peer]}\n{SERVICE}: {fields[SERVICE]}"


def _figure(command: str, size: Size, samples: Samples) -> Figure:
    service = samples[SERVICE]
    return Figure(
        name=f"{command}, {size.name}",
        unit="ms",
        series=tuple(series(variant, milliseconds) for variant, milliseconds in samples.items()),
        ratios=(
            *(ratio(f"{SERVICE} vs. {peer}", service, samples[peer], most) for peer, most in THRESHOLDS.items()),
            ratio(f"{SERVICE} vs. {BARE_HANDLER}", service, samples[BARE_HANDLER]),
        ),
        notes="" if size is FULL_CORE else f"CPU limited by {cpu_throttle.mechanism()}.",
    )


def _method(rounds: int) -> str:
    return f"""\
Milliseconds from the start of a Lambda process to its first response. Each sample is a new process: AWS's
runtime client behind AWS's Runtime Interface Emulator. It calls DynamoDB Local and a stub of AppConfig
through TLS. Rounds: {rounds}, after {WARM_UP_ROUNDS} warm-up. Each round starts every variant once, in
rotating order; the variants are described in `bench/peers/README.md`. The run stops if a peer's response has
other fields than this service's.

A memory size stands for the share of a core that Lambda gives it; 1,769 MB is a full core. The limit applies
after initialization, because Lambda does not limit the CPU of the init phase.

Thresholds: at most {THRESHOLDS[FASTAPI_PRECOMPILED]:g}× FastAPI + Mangum with precompiled bytecode, and at most
{THRESHOLDS[FASTAPI]:g}× the same as `sam build` packages it. They hold in every size, and leave little room:
they need five certificate authorities instead of 126
(docs/decisions.md, "The layer trusts Amazon's certificate authorities only"), and packages that import less
(docs/decisions.md, "The layer's packages import less when a function starts", which also says what was aimed at).
The bare handler shows the minimum and has no threshold."""
