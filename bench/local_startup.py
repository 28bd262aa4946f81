"""Local start-up: how long `make up` takes until the local stack is ready."""

import shutil
import subprocess
import time
from typing import Final

from bench.figures import Benchmark, Figure, series
from bench.harness.lambda_process import ROOT
from local.cloud_process import free_port

ROUNDS, QUICK_ROUNDS = 3, 1
BUILD_CACHE: Final = ROOT / ".local/sam-cache"


def measure(*, quick: bool) -> Benchmark:
    rounds = QUICK_ROUNDS if quick else ROUNDS
    without_cache: list[float] = []
    with_cache: list[float] = []
    for _ in range(rounds):
        shutil.rmtree(BUILD_CACHE, ignore_errors=True)
        without_cache.append(_seconds())
        with_cache.append(_seconds())
    variants = (series("without build cache", without_cache), series("with build cache", with_cache))
    return Benchmark("Local start-up", _method(rounds), (Figure("`make up`", "s", variants),))


def _seconds() -> float:
    make = ["make", f"PORT={free_port()}", f"CONSOLE_PORT={free_port()}"]
    start = time.perf_counter()
    subprocess.run([*make, "up"], cwd=ROOT, check=True, capture_output=True)
    seconds = time.perf_counter() - start
    subprocess.run([*make, "down"], cwd=ROOT, check=True, capture_output=True)
    return seconds


def _method(rounds: int) -> str:
    return f"""\
Seconds that `make up` takes until the local stack is ready for requests: once after the cache of `sam build`
has been deleted, and once more with the cache. Rounds: {rounds}. The tools are already installed, so
downloads do not count.

No threshold: the time depends mostly on the machine."""
