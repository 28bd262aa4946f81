"""What each operation consumes of the table, and what a million of them cost."""

import json
import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from bench import dynamodb, inside
from bench.dynamodb import CLIENT, FREELANCER, Database
from mid_job_feedback import links
from mid_job_feedback.storage import items, table
from tests import contract_queue, lambda_runtime
from tests.builders import a_request
from tests.capacity import Consumed, metered
from tests.store import rows

PRICES: Final = tomllib.loads((Path(__file__).parent / "prices.toml").read_text())
TAB_ENTRIES, PAGE = 5, 20

NOTES: Final = (
    "DynamoDB Local counts no read unit for a row that is not there, AWS does. An item of a transaction takes two"
    " units, as on AWS. Rows are below a kilobyte; one of feedback with the longest comment has up to 20 KB."
)

type Operation = Callable[[], Any]


@dataclass(frozen=True)
class Cost:
    operation: str
    calls: str
    reads: float
    writes: float
    index_writes: float
    dollars: float
    """for a million, of DynamoDB alone"""


def measure() -> list[Cost]:
    with inside.running() as (database, _):
        return [_cost(name, _metered(operation)) for name, operation in _operations(database)]


def show(costs: list[Cost]) -> None:
    shown = Table(title="Consumed capacity", title_justify="left", title_style="bold")
    for heading in ("operation", "calls", "read units", "write units", "and of indexes", "$ a million"):
        shown.add_column(heading, justify="left" if heading in {"operation", "calls"} else "right")
    for cost in costs:
        units = (f"{number:g}" for number in (cost.reads, cost.writes, cost.index_writes))
        shown.add_row(cost.operation, cost.calls, *units, f"{cost.dollars:.2f}")
    console = Console()
    console.print(shown)
    console.print(f"  {NOTES}", style="dim")


def as_data(costs: list[Cost]) -> list[dict[str, Any]]:
    return [asdict(cost) for cost in costs]


def _metered(operation: Operation) -> Consumed:
    with metered(table.client()) as consumed:
        operation()
    return consumed


def _cost(name: str, consumed: Consumed) -> Cost:
    prices = PRICES["per_million"]
    dollars = (
        float(consumed.reads) * prices["dynamodb_read"]
        + float(consumed.writes + consumed.index_writes) * prices["dynamodb_write"]
    )
    reads, writes, of_indexes = (float(n) for n in (consumed.reads, consumed.writes, consumed.index_writes))
    return Cost(name, _counted(consumed.calls), reads, writes, of_indexes, dollars)


def _counted(calls: list[str]) -> str:
    return " + ".join(f"{number} {call}" if number > 1 else call for call, number in Counter(calls).items())


def _operations(database: Database) -> list[tuple[str, Operation]]:
    """In this order, as each finds what the ones before have left; a first tab wakes what is loaded late."""
    contracts = [dynamodb.contract(f"c-{number}") for number in range(8)]
    entries = [dynamodb.feedback(contracts[6], number) for number in range(PAGE)]
    few = [dynamodb.feedback(contracts[0], number) for number in range(TAB_ENTRIES)]
    dynamodb.fill(database, [*contracts, *few, *entries])
    keyed = {"idempotency-key": "key"}
    return [
        (f"tab with {TAB_ENTRIES} entries", lambda: _get("list-feedback-tab", "c-0")),
        (f"page of {PAGE} rows of the work history", _history),
        ("request", lambda: _post("request-made", "c-1", FREELANCER)),
        ("link, looked at", lambda: _by_link("list-feedback-link", "c-1", database)),
        ("answer by link", lambda: _by_link("submit-by-link", "c-1", database)),
        ("answer, unprompted", lambda: _post("submit-feedback", "c-2", CLIENT)),
        ("request with Idempotency-Key", lambda: _post("request-made", "c-3", FREELANCER, keyed)),
        ("PaymentMade", lambda: _event("payment-made", "c-4", paid_at=_now())),
        ("ContractStarted", lambda: _event("contract-started", "c-new")),
        ("ContractEnded, with an open request", lambda: _event("contract-ended", "c-3", ended_at=_now())),
        ("EndOfContractFeedbackProvided", lambda: _event("end-of-contract-feedback", "c-3")),
        ("expiry: removal", lambda: _expire(database, "c-5")),
        ("expiry: record", lambda: inside.invoke("expire", lambda_runtime.event("expire-removed-by-ttl"))),
        ("notify: request made", lambda: _notify("notify-feedback-requested")),
        ("notify: feedback given", lambda: _notify("notify-feedback-provided")),
        ("notify: request expired", lambda: _notify("notify-request-expired")),
    ]


def _get(case: str, contract_id: str) -> None:
    _call(case, contract_id, FREELANCER, {})


def _post(case: str, contract_id: str, person: str, headers: dict[str, str] | None = None) -> None:
    _call(case, contract_id, person, headers or {})


def _call(case: str, contract_id: str, person: str, headers: dict[str, str]) -> None:
    event = json.loads(json.dumps(lambda_runtime.event(case)).replace("c-1", contract_id))
    event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = person
    event["headers"] |= headers
    _expect_success(inside.invoke(case.partition("-")[0], event))


def _history() -> None:
    event = lambda_runtime.event("list-work-history")
    event["pathParameters"]["freelancer_id"] = FREELANCER
    event["queryStringParameters"] = {"limit": str(PAGE)}
    _expect_success(inside.invoke("list", event))


def _by_link(case: str, contract_id: str, database: Database) -> None:
    [row] = rows.open_requests(database.client, contract_id)  # by a client that is not metered
    event = lambda_runtime.event(case)
    event["pathParameters"]["token"] = links.sign_link(items.from_open_request_item(items.plain(row)))
    _expect_success(inside.invoke(case.partition("-")[0], event))


def _event(case: str, contract_id: str, **detail: Any) -> None:
    told = contract_queue.event(case, contract_id=contract_id, **detail)
    [record] = lambda_runtime.event("ingest-contract-started")["Records"]
    assert inside.invoke("ingest", {"Records": [record | {"body": told}]}) == {"batchItemFailures": []}


def _expire(database: Database, contract_id: str) -> None:
    requested_at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=15)
    rows.put_request(database.client, a_request(contract_id=contract_id, requested_at=requested_at))
    assert inside.invoke("expire", lambda_runtime.event("expire-schedule"))["expired"] == 1


def _notify(case: str) -> None:
    event = json.loads(json.dumps(lambda_runtime.event(case)).replace("c-1", "c-0"))
    assert inside.invoke("notify", event) == {"batchItemFailures": []}


def _expect_success(answer: dict[str, Any]) -> None:
    assert answer["statusCode"] in {200, 201}, answer


def _now() -> str:
    return datetime.now(UTC).isoformat()
