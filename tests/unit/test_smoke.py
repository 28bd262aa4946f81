"""`make smoke` behind CloudFront, which keeps each address of the public work history for a minute."""

import json

import httpx
import pytest

from local.smoke import check, story


class Bus:
    """Takes contract events."""

    def __init__(self) -> None:
        self.contract_ids: list[str] = []

    def put_events(self, Entries: list[dict[str, str]]) -> None:  # noqa: N803 - as boto3 names it
        self.contract_ids += [json.loads(entry["Detail"])["contract_id"] for entry in Entries]


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


def test_no_attempt_asks_for_a_longer_page_than_the_api_has() -> None:
    assert check.TIMEOUT_SECONDS <= 100  # one attempt a second
