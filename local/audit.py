"""`make audit`: are there known vulnerabilities in what the locks pin, and has a release been withdrawn?

It needs PyPI's or OSV's advisories, and a package index. What could not be asked is said, not passed over. What it
never covers: DynamoDB Local's jar, the Debian packages, and the runtime that Lambda provides.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from local.cloud_process import ROOT

SERVICES: Final = ("pypi", "osv")
PATIENCE: Final = 60  # seconds for the packages of one lock
UV: Final = ROOT / ".local/uv/bin/uv"
LAYER: Final = ROOT / "layers/dependencies/requirements.txt"  # what is shipped


@dataclass(frozen=True)
class Findings:
    """Of one lock: what a service knew, what it did not know, and what it warned of."""

    checked: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    vulnerable: tuple[str, ...] = ()


def locks() -> list[Path]:
    return [LAYER, *sorted((ROOT / "requirements").glob("*.txt")), ROOT / "bench/peers/requirements.txt"]


def main() -> int:
    """Exit code 1 if anything is known to be vulnerable or withdrawn, else 0, also when nobody could be asked."""
    names = [path.relative_to(ROOT) for path in locks()]
    service = next((service for service in SERVICES if _ask(service, locks()[0]).checked), None)
    found = [_ask(service, path) for path in locks()] if service else []
    first = _withdrawn(locks()[0])
    withdrawn = [first, *(None if first is None else _withdrawn(path) for path in locks()[1:])]
    for line in [*advice(service, found, datetime.now(UTC)), *yanked(withdrawn, names)]:
        print(line)
    return 1 if any(one.vulnerable for one in found) or any(withdrawn) else 0


def advice(service: str | None, found: Sequence[Findings], now: datetime) -> Iterator[str]:
    """What to tell of vulnerabilities."""
    if service is None:
        yield "audit: NOT CHECKED for known vulnerabilities: no advisory service could be reached"
        return
    checked = frozenset[str]().union(*(one.checked for one in found))
    unknown = frozenset[str]().union(*(one.unknown for one in found))
    vulnerable = sorted({line for one in found for line in one.vulnerable})
    yield f"audit: {len(checked)} packages checked against the advisories of {service} at {now:%Y-%m-%dT%H:%M:%SZ}"
    if unknown:
        yield f"audit: NOT CHECKED, unknown there: {', '.join(sorted(unknown))}"
    yield from (f"audit: VULNERABLE: {line}" for line in vulnerable)
    if not vulnerable:
        yield "audit: none of those checked is known to be vulnerable"


def yanked(withdrawn: Sequence[list[str] | None], names: Sequence[Path]) -> Iterator[str]:
    """What to tell of withdrawn releases; `None` is a lock that could not be looked up."""
    for name, releases in zip(names, withdrawn, strict=True):
        if releases is None:
            yield f"audit: NOT CHECKED for withdrawn releases: {name}, the package index did not answer"
        else:
            yield from (f"audit: WITHDRAWN, in {name}: {release}" for release in releases)
    if not any(withdrawn) and None not in withdrawn:
        yield f"audit: none of the releases in {len(names)} locks was withdrawn"


def findings(report: dict[str, Any]) -> Findings:
    """From pip-audit's report. It passes over what a service does not know, as if that were no news: we do not."""
    packages = report["dependencies"]
    return Findings(
        checked=frozenset(f"{one['name']}=={one['version']}" for one in packages if "vulns" in one),
        unknown=frozenset(one["name"] for one in packages if "skip_reason" in one),
        vulnerable=tuple(
            f"{one['name']} {one['version']}: {vulnerability['id']}, mended in {_versions(vulnerability)}"
            for one in packages
            for vulnerability in one.get("vulns", [])
        ),
    )


def _versions(vulnerability: dict[str, Any]) -> str:
    return ", ".join(vulnerability["fix_versions"]) or "no release yet"


def _ask(service: str, lock: Path) -> Findings:
    options = [
        "--require-hashes",
        "--disable-pip",
        "--timeout",
        "5",
        "--progress-spinner",
        "off",
        "--format",
        "json",
    ]
    run = _run(sys.executable, "-m", "pip_audit", "-s", service, "-r", str(lock), *options)
    return findings(json.loads(run.stdout)) if run and run.stdout else Findings()


def _withdrawn(lock: Path) -> list[str] | None:
    """Looked up as an installation would, which warns."""
    options = ["--dry-run", "--reinstall", "--no-deps", "--require-hashes", "--refresh"]
    run = _run(str(UV), "pip", "install", "--python", sys.executable, "-r", str(lock), *options)
    if run is None or run.returncode:
        return None
    return re.findall(r"warning: `(\S+)` is yanked", run.stderr)


def _run(*command: str) -> subprocess.CompletedProcess[str] | None:
    """How it ended, or nothing after `PATIENCE`. Its complaints are not shown: they may name a private index."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return None


if __name__ == "__main__":
    sys.exit(main())
