"""What a month costs, from bench/prices.toml and the assumptions in docs/scale.md, which has these tables."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

PRICES: Final = tomllib.loads(Path(__file__).with_name("prices.toml").read_text())
PER_MILLION: Final = PRICES["per_million"]
PER_MONTH: Final = PRICES["per_month"]
PER_GIGABYTE: Final = PRICES["per_gigabyte"]
FREE: Final = PRICES["free_each_month"]
MEMORY_GB: Final = PRICES["lambda"]["memory_gigabytes"]
RUNNING_MS: Final = PRICES["lambda"]["gigabyte_second"] * MEMORY_GB / 1000  # a millisecond of a function

ALARMS: Final = 7  # with Monitoring=essential
QUEUES: Final = 3  # that Lambda polls
POLLS: Final = 5 * 730 * 3600 // 20  # per queue: five pollers, each for 20 seconds
SWEEPS: Final = 730 * 12  # every five minutes
COLD_START_MS: Final = 300  # a sweep may start a new process each time
LINE_KB: Final = 0.42  # a command's log line, with the 26 bytes that CloudWatch adds
ACCESS_LINE_KB: Final = 0.26
DETAILED_METRICS: Final = 32 * 6  # routes, and metrics of each


class Line(NamedTuple):
    what: str
    arithmetic: str
    dollars: float


def standing_still() -> tuple[Line, ...]:
    sweep = (
        PER_MILLION["scheduler_run"] + PER_MILLION["lambda_request"] + 16 * 0.5 * PER_MILLION["dynamodb_read"]
    ) / 1e6 + COLD_START_MS * RUNNING_MS
    return (
        _alarms(ALARMS),
        Line("signing key", f"1 secret × {_price(PER_MONTH['secret'])}", PER_MONTH["secret"]),
        Line(
            "Lambda polls the queues",
            f"{QUEUES} queues × {POLLS:,} polls × {_price(PER_MILLION['sqs_request'])}/M",
            QUEUES * POLLS * PER_MILLION["sqs_request"] / 1e6,
        ),
        Line(
            "sweeps",
            f"{SWEEPS:,} × (schedule, run of {COLD_START_MS} ms, 16 empty reads)",
            SWEEPS * sweep,
        ),
    )


def in_use(contracts: float, cold_starts: int) -> tuple[Line, ...]:
    """`contracts`: millions of running contracts. `cold_starts`: processes that read the feature flag."""
    lines, access = contracts * 14 * LINE_KB, contracts * 19 * ACCESS_LINE_KB
    return (
        _per_million("DynamoDB reads", contracts * 25, "M units", "dynamodb_read"),
        _per_million("DynamoDB writes", contracts * 32, "M units", "dynamodb_write"),
        _per_gigabyte("table, with indexes and recovery", contracts * 3, "table"),
        _per_million("HTTP API", contracts * 19, "M calls", "http_api"),
        _runs("Lambda", contracts * 28.1, 10),
        _per_million("EventBridge, contract events", contracts * 4.5, "M events", "eventbridge_event"),
        _per_million("EventBridge, domain events", contracts * 1.43, "M events", "eventbridge_event"),
        _per_million("SQS: send, receive, delete", contracts * 13.5, "M calls", "sqs_request"),
        _per_million("SES", contracts * 1.35, "M e-mails", "ses_email"),
        _per_million("SNS", contracts * 4.22, "M messages", "sns_publish"),
        _per_million("feature flag", cold_starts / 1e6, "M configurations received", "appconfig_received"),
        _per_gigabyte("logs: 14 lines and 19 calls per contract", lines + access, "log"),
        _per_gigabyte("answers, 2 KB each", contracts * 19 * 2, "transfer"),
        Line("standing still", "as above", total(standing_still())),
    )


def page_views(contracts: float) -> tuple[Line, ...]:
    """All views on the stack's own pages, without a CDN: half of the public ones load all three files."""
    files, summaries = contracts * (8 + 5 * 3 + 5), contracts * 10
    return (
        _per_million("HTTP API", files, "M files", "http_api"),
        _per_million("HTTP API, summaries of feedback", summaries, "M calls", "http_api"),
        _runs("Lambda, summaries", summaries, 10),
        _per_million("DynamoDB reads, summaries", summaries / 2, "M units", "dynamodb_read"),
        _runs("Lambda", files, 2),
        _per_gigabyte("access log", (files + summaries) * ACCESS_LINE_KB, "log"),
        _per_gigabyte(
            "first views of 30.5 KB, others and summaries of 1 KB", contracts * (5 * 30.5 + 23), "transfer"
        ),
    )


def free_tiers() -> tuple[Line, ...]:
    """What is free each month of a million contracts, with embedded elements."""
    compute = min(FREE["lambda_gigabyte_seconds"], 28.1e6 * 0.010 * MEMORY_GB)
    return (
        _per_million("Lambda, runs", FREE["lambda_requests"] / 1e6, "M runs", "lambda_request"),
        Line("Lambda, time", f"{compute:,.0f} GB-seconds", compute * PRICES["lambda"]["gigabyte_second"]),
        _per_million("SQS", FREE["sqs_requests"] / 1e6, "M calls", "sqs_request"),
        _per_million("SNS", FREE["sns_publishes"] / 1e6, "M messages", "sns_publish"),
        _alarms(min(FREE["alarms"], ALARMS)),
        _per_gigabyte("logs", FREE["log_gigabytes"], "log"),
        _per_gigabyte("table, without recovery", min(FREE["table_gigabytes"], 3), "table_without_recovery"),
        _per_gigabyte("answers", min(FREE["transfer_gigabytes"], 38), "transfer"),
    )


def total(lines: Sequence[Line]) -> float:
    return sum(line.dollars for line in lines)


def table(lines: Sequence[Line]) -> str:
    """A Markdown table with its sum."""
    rows = [f"| {line.what} | {line.arithmetic} | ${line.dollars:,.2f} |" for line in lines]
    return "\n".join(
        ("| what | calculation | per month |", "|---|---|---|", *rows, f"| **sum** | | **${total(lines):,.2f}** |")
    )


def tables() -> dict[str, str]:
    """By the heading in docs/scale.md that each stands under."""
    return {
        "Cost of standing still": table(standing_still()),
        "A thousand contracts": table(in_use(0.001, 1000)),
        "A million contracts": table(in_use(1, 3000)),
        "Page views of a million contracts": table(page_views(1)),
        "Free tiers": table(free_tiers()),
    }


def _alarms(number: int) -> Line:
    price = PER_MONTH["alarm"]
    return Line("alarms", f"{number} × {_price(price)}", number * price)


def _per_million(what: str, millions: float, unit: str, price: str) -> Line:
    return Line(what, f"{millions:,.6g} {unit} × {_price(PER_MILLION[price])}/M", millions * PER_MILLION[price])


def _per_gigabyte(what: str, gigabytes: float, price: str) -> Line:
    return Line(what, f"{gigabytes:,.3g} GB × {_price(PER_GIGABYTE[price])}", gigabytes * PER_GIGABYTE[price])


def _runs(what: str, millions: float, milliseconds: int) -> Line:
    run = PER_MILLION["lambda_request"]
    arithmetic = f"{millions:,.6g} M runs × ({_price(run)}/M + {milliseconds} ms × {MEMORY_GB:g} GB)"
    return Line(what, arithmetic, millions * (run + milliseconds * RUNNING_MS * 1e6))


def _price(dollars: float) -> str:
    """With two places, or with all if it has more."""
    return f"${dollars:.2f}" if round(dollars, 2) == dollars else f"${dollars:g}"
