"""The funnel: each step of a request is counted once, if it was committed, in one log line and one metric."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest

from tests import email_events
from tests.builders import DAY
from tests.component import table_stream
from tests.component.log_lines import LogOutput
from tests.component.marketplace import Marketplace


class Counted(NamedTuple):
    """By step of the funnel: all log lines, and the requests that they name. Metrics by name."""

    lines: Counter[str]
    requests: Counter[str]
    metrics: Counter[str]
    hours_to_answer: list[float]


FUNNEL_METRICS = {
    "asked": "RequestsAsked",
    "delivered": "RequestEmailsDelivered",
    "opened": "LinksOpened",
    "answered": "RequestsAnswered",
    "declined": "RequestsDeclined",
    "withdrawn": "RequestsWithdrawn",
    "expired": "RequestsExpired",
    "cancelled": "RequestsCancelled",
}


def counted(written: str) -> Counted:
    lines = [json.loads(line) for line in written.splitlines()]
    steps = [line for line in lines if "funnel_step" in line]
    metrics = Counter[str]()
    for line in lines:
        for name in FUNNEL_METRICS.values():
            metrics[name] += int(sum(line.get(name, [])))
    seconds = [found for line in lines for found in line.get("SecondsToAnswer", [])]
    assert sorted(seconds) == sorted(line["seconds_to_answer"] for line in steps if "seconds_to_answer" in line)
    return Counted(
        Counter(line["funnel_step"] for line in steps),
        Counter(step for step, _ in {(line["funnel_step"], line["request_id"]) for line in steps}),
        +metrics,
        [found / 3600 for found in seconds],
    )


def steps(**numbers: int) -> Counter[str]:
    return Counter(numbers)


def in_metrics(found: Counter[str]) -> Counter[str]:
    return Counter({FUNNEL_METRICS[step]: number for step, number in found.items()})


@pytest.fixture
def market(empty_marketplace: Marketplace) -> Marketplace:
    """Seven contracts on which feedback can be requested."""
    for number in range(1, 8):
        empty_marketplace.start_eligible_contract(f"c-{number}")
    return empty_marketplace


def ask(marketplace: Marketplace, *numbers: int) -> None:
    for number in numbers:
        assert marketplace.request_feedback(f"c-{number}").status == 201
    marketplace.process_stream()


def report_delivered(sent: Iterable[dict[str, Any]]) -> None:
    for parameters in sent:
        email_events.deliver(email_events.event("delivered", about=email_events.tags_of(parameters)))


def test_a_story_is_counted_step_by_step(market: Marketplace, log_output: LogOutput) -> None:
    log_output()
    ask(market, 1, 2, 3, 4, 5, 6, 7)
    report_delivered(market.sdk.parameters_of("SendEmail")[:4])  # the others are not delivered
    token = market.link_token("c-1")
    for _ in range(3):
        market.open_link(token)  # a mail gateway, the client, and the client once more
    market.head_link(market.link_token("c-2"))
    market.wait(DAY)
    assert market.submit_by_link(token).status == 201  # answered by the link
    market.wait(DAY)
    assert market.submit_feedback("c-2").status == 201  # answered in the Contract Room, the link unopened
    market.end_contract("c-3")  # cancelled
    for _ in range(2):
        assert market.decline(contract_id="c-6").status == 200
        assert market.withdraw(contract_id="c-7").status == 200
    market.wait(14 * DAY)
    market.pay("c-5", market.clock.now())
    assert market.submit_feedback("c-5").status == 201  # unprompted, after the deadline: expired
    market.sweep()  # c-4 expires
    market.process_stream()
    found = counted(log_output())
    assert found.requests == steps(
        asked=7, delivered=4, opened=1, answered=2, declined=1, withdrawn=1, expired=2, cancelled=1
    )
    assert found.lines == found.requests + steps(opened=2)
    assert found.metrics == in_metrics(found.lines)
    assert sorted(found.hours_to_answer) == [24, 48]


@pytest.mark.parametrize("remove", ["sweep", "ttl", "request", "end"])
def test_an_expired_request_is_counted_once_whatever_removes_its_row(
    market: Marketplace, log_output: LogOutput, remove: str
) -> None:
    ask(market, 1)
    market.wait(15 * DAY)
    market.pay("c-1", market.clock.now())
    log_output()
    match remove:
        case "sweep":
            assert market.sweep() == 1
        case "ttl":
            market.remove_by_ttl("c-1")
        case "request":
            ask(market, 1)
        case "end":
            market.end_contract("c-1")
    market.process_stream()
    market.sweep()
    market.process_stream()
    found = counted(log_output())
    assert found.lines == steps(expired=1) + (steps(asked=1) if remove == "request" else steps())
    assert found.metrics == in_metrics(found.lines)


def test_what_is_refused_or_fails_is_not_counted(market: Marketplace, log_output: LogOutput) -> None:
    ask(market, 1)
    token = market.link_token("c-1")
    log_output()
    assert market.request_feedback("c-1").status == 409
    market.sdk.respond_with_error("TransactWriteItems", "ThrottlingException")
    assert market.submit_by_link(token).status == 503
    assert market.request_feedback("c-2").status == 503
    market.sdk.restore()
    market.submit_by_link(token)
    log_output()
    assert market.open_link(token).status == 410
    assert market.submit_by_link(token).status == 410
    assert counted(log_output()).lines == steps()


def test_records_and_reports_that_come_twice_are_counted_once(market: Marketplace, log_output: LogOutput) -> None:
    market.request_feedback("c-1")
    market.submit_feedback("c-1")
    records = table_stream.filtered("notify", market.stream.new_records())
    log_output()
    for _ in range(3):
        assert table_stream.deliver("notify", records) == []
    ask(market, 2)
    for _ in range(2):
        report_delivered(market.sdk.parameters_of("SendEmail")[-1:])
    found = counted(log_output())
    assert found.lines == steps(asked=2, answered=1, delivered=1)
    assert found.metrics == in_metrics(found.lines)


def test_a_step_that_could_not_be_told_is_counted_when_it_is(market: Marketplace, log_output: LogOutput) -> None:
    market.request_feedback("c-1")
    records = table_stream.filtered("notify", market.stream.new_records())
    market.sdk.respond_with_error("PutEvents", "ThrottlingException")
    log_output()
    assert len(table_stream.deliver("notify", records)) == 1
    assert counted(log_output()).lines == steps()
    market.sdk.restore()
    assert table_stream.deliver("notify", records) == []
    assert counted(log_output()).lines == steps(asked=1)
