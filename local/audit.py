"""`make audit`: looks up known vulnerabilities and withdrawn (yanked) releases of all packages in the lock files.

Needs PyPI's or OSV's advisories, and a package index. Reports what it could not check. It does not cover what is
fetched from npm (esbuild, DynamoDB Local, Chromium, fonts), system packages, and the runtime that Lambda provides.
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
TIMEOUT_SECONDS: Final = 60  # for each lock file
UV: Final = ROOT / ".local/uv/bin/uv"
LAYER: Final = ROOT / "layers/dependencies/requirements.txt"  # the packages that are deployed


@dataclass(frozen=True)
class Findings:
    """What a service says about the packages of one lock file: checked, unknown to it, and vulnerable."""

    checked: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    vulnerable: tuple[str, ...] = ()


def locks() -> list[Path]:
    return [LAYER, *sorted((ROOT / "requirements").glob("*.txt")), ROOT / "bench/peers/requirements.txt"]


def main() -> int:
    """The exit code: 1 if a package is vulnerable or withdrawn, otherwise 0, even if nothing was checked."""
    names = [path.relative_to(ROOT) for path in locks()]
    service = next((service for service in SERVICES if _ask(service, locks()[0]).checked), None)
    found = [_ask(service, path) for path in locks()] if service else []
    first = _withdrawn(locks()[0])
    withdrawn = [first, *(None if first is None else _withdrawn(path) for path in locks()[1:])]
    for line in [*advice(service, found, datetime.now(UTC)), *yanked(withdrawn, names)]:
        print(line)
    return 1 if any(one.vulnerable for one in found) or any(withdrawn) else 0


def advice(service: str | None, found: Sequence[Findings], now: datetime) -> Iterator[str]:
    """The lines about vulnerabilities. `service` is None if no advisory service could be reached."""
    if service is None:
        yield "audit: NOT CHECKED for known vulnerabilities: neither PyPI nor OSV could be reached"
        return
    checked = frozenset[str]().union(*(one.checked for one in found))
    unknown = frozenset[str]().union(*(one.unknown for one in found))
    vulnerable = sorted({line for one in found for line in one.vulnerable})
    yield f"audit: {len(checked)} packages checked against the advisories of {service} at {now:%Y-%m-%dT%H:%M:%SZ}"
    if unknown:
        yield f"audit: NOT CHECKED, unknown to {service}: {', '.join(sorted(unknown))}"
    yield from (f"audit: VULNERABLE: {line}" for line in vulnerable)
    if not vulnerable:
        yield "audit: no known vulnerabilities in the packages checked"


def yanked(withdrawn: Sequence[list[str] | None], names: Sequence[Path]) -> Iterator[str]:
    """The lines about withdrawn releases. A lock file's releases are None if they could not be looked up."""
    for name, releases in zip(names, withdrawn, strict=True):
        if releases is None:
            yield f"audit: NOT CHECKED for withdrawn releases: {name}, the package index did not answer"
        else:
            yield from (f"audit: WITHDRAWN, in {name}: {release}" for release in releases)
    if not any(withdrawn) and None not in withdrawn:
        yield f"audit: no withdrawn releases in {len(names)} lock files"


def findings(report: dict[str, Any]) -> Findings:
    """Reads pip-audit's report. Packages that the service does not know count as unchecked, not as safe."""
    packages = report["dependencies"]
    return Findings(
        checked=frozenset(f"{one['name']}=={one['version']}" for one in packages if "vulns" in one),
        unknown=frozenset(one["name"] for one in packages if "skip_reason" in one),
        vulnerable=tuple(
            f"{one['name']} {one['version']}: {vulnerability['id']}, fixed in {_versions(vulnerability)}"
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
    """The withdrawn releases in a lock file, from the warnings of a dry run; None if it could not be looked up."""
    options = ["--dry-run", "--reinstall", "--no-deps", "--require-hashes", "--refresh"]
    run = _run(str(UV), "pip", "install", "--python", sys.executable, "-r", str(lock), *options)
    if run is None or run.returncode:
        return None
    return re.findall(r"warning: `(\S+)` is yanked", run.stderr)


def _run(*command: str) -> subprocess.CompletedProcess[str] | None:
    """Returns None after `TIMEOUT_SECONDS`. Errors are not printed, since they may name a private index."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        return None


if __name__ == "__main__":
    sys.exit(main())
