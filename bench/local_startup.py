"""How long `make up` takes until everything can be used: built anew, and with what was built before."""

import shutil
import subprocess
import time

from bench import ports
from bench.report import Figure, series
from bench.runtime import ROOT

CACHE = ROOT / ".local/sam-cache"


def measure(rounds: int) -> list[Figure]:
    anew: list[float] = []
    again: list[float] = []
    for _ in range(rounds):
        shutil.rmtree(CACHE, ignore_errors=True)
        anew.append(_seconds())
        again.append(_seconds())
    shown = (series("first time", anew), series("nothing to build", again))
    return [Figure("make up, until it can be used", "s", shown, notes="With the tools installed already.")]


def _seconds() -> float:
    make = ["make", f"PORT={ports.free()}"]
    began = time.perf_counter()
    subprocess.run([*make, "up"], cwd=ROOT, check=True, capture_output=True)
    took = time.perf_counter() - began
    subprocess.run([*make, "down"], cwd=ROOT, check=True, capture_output=True)
    return took
