"""Searches all log lines of a test run for what must never be logged: comments, addresses, tokens, keys.

It looks for the private texts that tests sent or received, and for anything that has the shape of a secret. Some
may occur by chance and are not searched for: texts shorter than eight characters, and texts that a test sent with
fewer than four different ones, such as the longest comment in x's. A value in DynamoDB JSON counts under the name
of its attribute.
"""

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest

_PRIVATE: Final = {
    *("comment", "text", "details", "operator", "message", "title", "name", "email"),
    *("token", "authorization", "idempotency-key"),
}
_SHAPES: Final = {
    "an address": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    "a signed token": re.compile(r"[\w-]{8,}\.[\w-]{43}(?![\w-])"),
    "a JWT": re.compile(r"eyJ[\w-]{8,}\.[\w-]*"),
}
_SHORTEST: Final = 8
_FEWEST_DIFFERENT: Final = 4
_LONGEST: Final = 500  # the beginning of a text of ten megabytes identifies it, and is found sooner
_NUMBERS: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{12,}\b|\d+")


class LogSearch:
    """Searches lines that differ only in numbers once, so that a long run costs no more than a short one."""

    def __init__(self) -> None:
        self.secrets: set[str] = set()
        self.sent = self.lines = 0
        self._distinct: dict[str, str] = {}
        self._with_number: dict[str, str] = {}

    def forbid(self, *texts: str) -> None:
        """Declare texts that no line may contain, whether it was read before or is read later."""
        self.secrets |= {text[:_LONGEST] for text in texts if len(text[:_LONGEST].strip()) >= _SHORTEST}

    def forbid_private_parts(self, sent: Any) -> None:
        """Forbid every text under a name such as `comment`, at any depth, also in a JSON or Base64 body."""
        self.sent += 1
        self.forbid(*(text for text in _private(sent) if len(set(text[:_LONGEST])) >= _FEWEST_DIFFERENT))

    def read(self, text: str) -> None:
        for line in text.splitlines():
            self.lines += 1
            first = self._distinct.setdefault(_NUMBERS.sub("#", line), line)
            for number in _numbers(line):
                self._with_number.setdefault(number, first)

    def found(self) -> list[str]:
        """Every secret that was found, with its line or one that differs only in numbers."""
        text = "\n".join(self._distinct)
        known = [secret for secret in self.secrets if any(form in text for form in _forms(secret))]
        return (
            [
                f"{secret!r:.60} in {line:.600}"
                for secret in known
                for distinct, line in self._distinct.items()
                if any(form in distinct for form in _forms(secret))
            ]
            + [
                f"{secret!r:.60} by its numbers in a line like {self._with_number[number]:.600}"
                for secret in self.secrets
                if not _forms(secret)
                for number in _numbers(secret) & self._with_number.keys()
            ]
            + [
                f"{what} in {line:.600}"
                for line in self._distinct.values()
                for what, shape in _SHAPES.items()
                if shape.search(line)
            ]
        )


class SessionLogSearch:
    """Pytest plugin: searches the captured output of the tests in these directories at the end of the run."""

    def __init__(self, *directories: str) -> None:
        self.search = IN_PROCESS
        self.directories = directories
        self.found: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.nodeid.startswith(self.directories):
            self.search.read(report.capstdout)
            self.search.read(report.capstderr)
            self.search.read(report.caplog)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.found = self.search.found()
        if self.search.sent and (session.config.getoption("capture") == "no" or not self.search.lines):
            self.found.append("unknown: no output could be searched, as with -s")
        if IN_PROCESS.lines:
            SEARCHED["log lines searched, of handlers in process"] = IN_PROCESS.lines
        if self.found and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.found:
            terminalreporter.section("secrets in the log", red=True)
            for line in self.found:
                terminalreporter.write_line(line)


IN_PROCESS: Final = LogSearch()
"""The log of handlers that tests call in this process."""

SEARCHED: Final = Counter[str]()
"""Numbers of lines, for the table at the end of the run."""


def _private(sent: Any) -> Iterator[str]:
    """Iterative, because tests send bodies that are nested too deeply for recursion."""
    todo: list[tuple[str, Any]] = [("", sent)]
    while todo:
        match todo.pop():
            case name, dict() as named:
                todo += [(name if key == "S" else key.lower(), value) for key, value in named.items()]
            case name, (list() | tuple()) as values:
                todo += [(name, value) for value in values]
            case name, str() as text if name in _PRIVATE or name.rpartition("_")[2] in _PRIVATE:
                yield text
            case (("body" | "detail"), str() as text):
                todo.append(("", _parsed(text)))


def _parsed(body: str) -> Any:
    for text in (body, _decoded(body)):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            continue
    return None


def _decoded(body: str) -> str:
    try:
        return base64.b64decode(body, validate=True).decode()
    except ValueError:
        return ""


def _numbers(text: str) -> set[str]:
    return {number for number in _NUMBERS.findall(text) if len(number) >= _SHORTEST}


def _forms(secret: str) -> set[str]:
    """The forms in which a line can hold a text, without numbers, as in the searched lines.

    Empty if hardly anything but numbers is left.
    """
    forms = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    return {plain for form in forms if len(plain := _NUMBERS.sub("#", form).strip()) >= _SHORTEST}
