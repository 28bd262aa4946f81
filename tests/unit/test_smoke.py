"""How `smoke` copes with caches and with logs of many pages."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from cli.smoke import check, story
from cli.smoke.person import Person


class Bus:
    """Takes contract events."""

    def __init__(self) -> None:
        self.contract_ids: list[str] = []

    def put_events(self, Entries: list[dict[str, str]]) -> None:  # noqa: N803 - as boto3 names it
        self.contract_ids += [json.loads(entry["Detail"])["contract_id"] for entry in Entries]


class Logs:
    """A search of the log, which may find nothing on a page although there is a next one."""

    def __init__(self, *pages: list[dict[str, str]]) -> None:
        self.pages = pages

    def get_paginator(self, operation: str) -> "Logs":
        assert operation == "filter_log_events"
        return self

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        yield from ({"events": events} for events in self.pages)


class Clock:
    """Pauses take no time."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def monotonic(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "time", Clock())


@pytest.mark.parametrize("attempts", [1, 3])
def test_an_event_is_seen_although_the_answer_before_it_is_kept(attempts: int) -> None:
    bus = Bus()
    kept: dict[str, httpx.Response] = {}

    def through_cloudfront(request: httpx.Request) -> httpx.Response:
        if str(request.url) not in kept:
            applied = bus.contract_ids if len(kept) + 1 >= attempts else []
            kept[str(request.url)] = httpx.Response(200, json={"contracts": applied})
        return kept[str(request.url)]

    with httpx.Client(
        base_url="https://feedback.example.com", transport=httpx.MockTransport(through_cloudfront)
    ) as api:
        played = story.Story(api, bus, None, "bus", "marketplace.contracts", "functions", person=None)
        assert [found.passed for found in played.checks()] == [True]
    assert len(kept) == attempts


def test_an_email_is_found_in_the_log_after_a_page_without_events() -> None:
    bus = Bus()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(201, json={"request_id": "r-1"})
        return httpx.Response(200, json={"contracts": bus.contract_ids})

    logs = Logs([], [{"message": json.dumps({"message": "notify accepted"})}])
    with httpx.Client(base_url="https://feedback.example.com", transport=httpx.MockTransport(answer)) as api:
        person = Person("u-freelancer", "token")
        played = story.Story(api, bus, logs, "bus", "marketplace.contracts", "functions", person)
        *_, email = played.checks()
    assert email == check.Check("the request's e-mail", story.ACCEPTED, story.ACCEPTED)


def test_no_attempt_asks_for_a_longer_page_than_the_api_has() -> None:
    assert check.TIMEOUT_SECONDS <= 100  # one attempt a second
