"""What `make audit` reports about what it found, and about what it could not check."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local import audit
from local.audit import Findings

NOW = datetime(2028, 2, 29, 12, 0, tzinfo=UTC)
REPORT: dict[str, Any] = {  # as pip-audit writes it
    "dependencies": [
        {"name": "pydantic", "version": "2.0", "vulns": []},
        {
            "name": "jinja2",
            "version": "3.0.0",
            "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.3"], "aliases": [], "description": ""}],
        },
        {"name": "ours", "skip_reason": "Dependency not found on PyPI and could not be audited: ours (1.0)"},
    ],
    "fixes": [],
}
LOCKS = [Path("one.txt"), Path("two.txt")]


def advice(service: str | None, *found: Findings) -> str:
    return "\n".join(audit.advice(service, found, NOW))


def test_a_package_unknown_to_the_advisory_service_counts_as_unchecked() -> None:
    found = audit.findings(REPORT)
    assert found.checked == {"pydantic==2.0", "jinja2==3.0.0"}
    assert found.unknown == {"ours"}
    assert "NOT CHECKED, unknown to pypi: ours" in advice("pypi", found)


def test_it_says_how_many_packages_were_checked_against_what_and_when() -> None:
    assert "2 packages checked against the advisories of pypi at 2028-02-29T12:00:00Z" in advice(
        "pypi", audit.findings(REPORT), audit.findings(REPORT)
    )


def test_a_vulnerability_is_reported_with_the_release_that_fixes_it() -> None:
    text = advice("pypi", audit.findings(REPORT))
    assert "VULNERABLE: jinja2 3.0.0: PYSEC-1, fixed in 3.1.3" in text
    assert "no known vulnerabilities" not in text


def test_without_an_advisory_service_it_says_only_that() -> None:
    assert advice(None) == "audit: NOT CHECKED for known vulnerabilities: neither PyPI nor OSV could be reached"


def test_withdrawn_releases_and_lock_files_that_could_not_be_checked_are_reported() -> None:
    lines = list(audit.yanked([["attrs==21.1.0"], None], LOCKS))
    assert lines == [
        "audit: WITHDRAWN, in one.txt: attrs==21.1.0",
        "audit: NOT CHECKED for withdrawn releases: two.txt, the package index did not answer",
    ]
    assert list(audit.yanked([[], []], LOCKS)) == ["audit: no withdrawn releases in 2 lock files"]


@pytest.mark.parametrize(
    ("found", "withdrawn", "code"),
    [
        (Findings(checked=frozenset({"a==1"})), [], 0),
        (Findings(), None, 0),
        (Findings(checked=frozenset({"a==1"}), vulnerable=("a 1: X",)), [], 1),
        (Findings(checked=frozenset({"a==1"})), ["a==1"], 1),
    ],
    ids=["nothing found", "no service reached", "vulnerable", "withdrawn"],
)
def test_it_fails_for_what_it_found_but_not_for_what_it_could_not_check(
    monkeypatch: pytest.MonkeyPatch, found: Findings, withdrawn: list[str] | None, code: int
) -> None:
    monkeypatch.setattr(audit, "_ask", lambda *_: found)
    monkeypatch.setattr(audit, "_withdrawn", lambda *_: withdrawn)
    assert audit.main() == code


def test_every_lock_file_is_audited() -> None:
    assert {path.name for path in audit.locks()} >= {"requirements.txt", "dev.txt", "cloud.txt"}
    assert all(path.exists() for path in audit.locks())
