"""Searches everything a test run has logged for what must never be in a log: comments, addresses, tokens, keys.

What to look for is what the tests sent and were sent; and, since a test may not know a secret, what has the shape
of one. Texts of fewer than eight characters are left out, since they may be there by chance. A value in DynamoDB's
notation goes by the name of its attribute.
"""

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest

_PRIVATE: Final = {"comment", "message", "title", "name", "email", "token", "authorization", "idempotency-key"}
_SHAPES: Final = {
    "an address": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    "a signed token": re.compile(r"[\w-]{8,}\.[\w-]{43}(?![\w-])"),
    "a JWT": re.compile(r"eyJ[\w-]{8,}\.[\w-]*"),
}
_SHORTEST: Final = 8
_LONGEST: Final = 500  # by its beginning a text of ten megabytes is found as well, and sooner
_NUMBERS: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{12,}\b|\d+")


class LogSearch:
    """Lines that differ in numbers only are searched once, so that a long run is as quick as a short one."""

    def __init__(self) -> None:
        self.secrets: set[str] = set()
        self.sent = self.lines = 0
        self._different: dict[str, str] = {}
        self._with_number: dict[str, str] = {}

    def forbid(self, *texts: str) -> None:
        """From now on these must not be in any line, nor have been in one."""
        self.secrets |= {text[:_LONGEST] for text in texts if len(text[:_LONGEST].strip()) >= _SHORTEST}

    def forbid_private_parts(self, sent: Any) -> None:
        """Every text under a name such as `comment`, however deep, also within JSON in text or in Base64."""
        self.sent += 1
        self.forbid(*_private(sent))

    def read(self, text: str) -> None:
        for line in text.splitlines():
            self.lines += 1
            first = self._different.setdefault(_NUMBERS.sub("#", line), line)
            for number in _numbers(line):
                self._with_number.setdefault(number, first)

    def found(self) -> list[str]:
        """What was found, each with its line, or one that differs in numbers only."""
        text = "\n".join(self._different)
        known = [secret for secret in self.secrets if any(form in text for form in _written(secret))]
        return (
            [
                f"{secret!r:.60} in {line:.600}"
                for secret in known
                for different, line in self._different.items()
                if any(form in different for form in _written(secret))
            ]
            + [
                f"{secret!r:.60} by its numbers in one like {self._with_number[number]:.600}"
                for secret in self.secrets
                if not _written(secret)
                for number in _numbers(secret) & self._with_number.keys()
            ]
            + [
                f"{what} in {line:.600}"
                for line in self._different.values()
                for what, shape in _SHAPES.items()
                if shape.search(line)
            ]
        )


class SessionLogSearch:
    """A plugin of pytest: all that tests of these directories wrote, as captured, is searched at the end."""

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
            self.found.append("or not, as what was written could not be searched: that is so with -s")
        if IN_PROCESS.lines:
            SEARCHED["log lines searched, of handlers in process"] = IN_PROCESS.lines
        if self.found and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.found:
            terminalreporter.section("private things in the log", red=True)
            for line in self.found:
                terminalreporter.write_line(line)


IN_PROCESS: Final = LogSearch()
"""Of the handlers that tests call in this process."""

SEARCHED: Final = Counter[str]()
"""How many lines, for the table at the end of the run."""


def _private(sent: Any) -> Iterator[str]:
    """With a list of what is still to be looked at: what tests send may be nested without end."""
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


def _written(secret: str) -> set[str]:
    """The ways in which a text may be written into a line, without numbers as all lines are.

    None if little but numbers is left.
    """
    forms = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    return {plain for form in forms if len(plain := _NUMBERS.sub("#", form).strip()) >= _SHORTEST}
