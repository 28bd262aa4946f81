"""Consumed capacity: what each operation consumes of the table, and what a million operations cost."""

import json
import tomllib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.figures import Benchmark, OperationCost
from bench.harness import dynamodb, in_process
from bench.harness.dynamodb import Database
from mid_job_feedback import links
from mid_job_feedback.storage import items, table
from tests import contract_queue, lambda_runtime
from tests.builders import CLIENT, DAY, FREELANCER, a_contract, a_request, an_email_report
from tests.capacity import Consumed, metered
from tests.store import rows

PRICES: Final = tomllib.loads(Path(__file__).with_name("prices.toml").read_text())
TAB_ENTRIES, PAGE = 5, 20
_ASKED: Final = CLIENT.model_copy(update={"id": "u-of-many-contracts"})

METHOD: Final = """\
Capacity units that each operation consumes, as DynamoDB Local reports them. Each operation is measured once,
because the units do not vary. Prices are those of DynamoDB on-demand in `bench/prices.toml`; other services
are not included. `docs/scale.md` derives the monthly cost from this table.

DynamoDB Local differs from AWS in two ways. It counts no read unit for a row that does not exist; AWS counts
one. It miscounts the writes of transactions, which are therefore counted by AWS's rule: two units for each
item of up to 1 KB. All rows here are smaller than 1 KB; feedback with the longest possible comment has up to
20 KB.

No threshold: `tests/store/test_capacity.py` checks the units of the most frequent writes."""

type Operation = Callable[[], Any]


def measure() -> Benchmark:
    with in_process.running() as database:
        costs = [_cost(name, _consumed(operation)) for name, operation in _operations(database)]
    return Benchmark("Consumed capacity", METHOD, costs=tuple(costs))


def _consumed(operation: Operation) -> Consumed:
    with metered(table.client()) as consumed:
        operation()
    return consumed


def _cost(name: str, consumed: Consumed) -> OperationCost:
    prices = PRICES["per_million"]
    reads, writes, index_writes = map(float, (consumed.reads, consumed.writes, consumed.index_writes))
    dollars = reads * prices["dynamodb_read"] + (writes + index_writes) * prices["dynamodb_write"]
    return OperationCost(name, _summarized(consumed.calls), reads, writes, index_writes, dollars)


def _summarized(calls: list[str]) -> str:
    """Such as `Query + 2 PutItem`."""
    return " + ".join(f"{number} {call}" if number > 1 else call for call, number in Counter(calls).items())


def _operations(database: Database) -> list[tuple[str, Operation]]:
    """The operations in the order in which they must run: some need rows that earlier ones have written."""
    entries = {"c-0": TAB_ENTRIES, "c-6": PAGE}
    contract_ids = [f"c-{number}" for number in range(8)]
    dynamodb.fill(
        database, [row for each in contract_ids for row in dynamodb.contract_rows(each, entries.get(each, 0))]
    )
    idempotency_key = {"idempotency-key": "key"}
    return [
        (f"Feedback tab with {TAB_ENTRIES} entries", lambda: _get("list-feedback-tab", "c-0")),
        (f"work-history page of {PAGE} rows", _get_work_history),
        (f"{PAGE} open requests of a client with 500 contracts", lambda: _get_open_requests(database)),
        ("request feedback", lambda: _post("request-made", "c-1", FREELANCER.id)),
        ("open an e-mail link", lambda: _use_link("list-feedback-link", "c-1", database)),
        ("submit requested feedback by link", lambda: _use_link("submit-by-link", "c-1", database)),
        ("submit feedback without a request", lambda: _post("submit-feedback", "c-2", CLIENT.id)),
        (
            "request feedback with Idempotency-Key",
            lambda: _post("request-made", "c-3", FREELANCER.id, idempotency_key),
        ),
        ("ingest PaymentMade", lambda: _ingest("payment-made", "c-4", paid_at=_now())),
        ("ingest ContractStarted", lambda: _ingest("contract-started", "c-new")),
        (
            "ingest ContractEnded, with an open request",
            lambda: _ingest("contract-ended", "c-3", ended_at=_now()),
        ),
        ("ingest EndOfContractFeedbackProvided", lambda: _ingest("end-of-contract-feedback", "c-3")),
        ("expire: sweep that removes one request", lambda: _sweep_one(database, "c-5")),
        (
            "expire: closed row for a removed request",
            lambda: in_process.invoke("expire", lambda_runtime.event("expire-removed-by-ttl")),
        ),
        ("notify: feedback requested", lambda: _notify("notify-feedback-requested")),
        ("notify: feedback provided", lambda: _notify("notify-feedback-provided")),
        ("notify: request expired", lambda: _notify("notify-request-expired")),
    ]


def _get(case: str, contract_id: str) -> None:
    _call(case, contract_id, FREELANCER.id, {})


def _post(case: str, contract_id: str, person: str, headers: dict[str, str] | None = None) -> None:
    _call(case, contract_id, person, headers or {})


def _call(case: str, contract_id: str, person: str, headers: dict[str, str]) -> None:
    event = json.loads(json.dumps(lambda_runtime.event(case)).replace("c-1", contract_id))
    event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = person
    event["headers"] |= headers
    _expect_success(in_process.invoke(case.partition("-")[0], event))


def _get_work_history() -> None:
    event = lambda_runtime.event("list-work-history")
    event["pathParameters"]["freelancer_id"] = FREELANCER.id
    event["queryStringParameters"] = {"limit": str(PAGE)}
    _expect_success(in_process.invoke("list", event))


def _get_open_requests(database: Database) -> None:
    """All have a row on their e-mail. The rows are put by a client whose calls are not counted."""
    contracts = [a_contract(contract_id=f"waiting-{number}", client=_ASKED) for number in range(500)]
    asked = [
        a_request(request_id=each.contract_id, contract_id=each.contract_id, requested_at=datetime.now(UTC))
        for each in contracts[: PAGE + 1]
    ]
    requests = [rows.open_request_row(request, client_id=_ASKED.id) for request in asked]
    emails = [
        items.delivery_key(request.contract_id, request.request_id)
        | items.to_dynamo(items.delivery_item(request.contract_id, request.request_id, an_email_report()))
        for request in asked
    ]
    dynamodb.fill(database, [*map(rows.contract_row, contracts), *requests, *emails])
    event = lambda_runtime.event("list-open-requests")
    event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = _ASKED.id
    _expect_success(in_process.invoke("list", event))


def _use_link(case: str, contract_id: str, database: Database) -> None:
    [row] = rows.open_requests(database.client, contract_id)  # by a client whose calls are not counted
    event = lambda_runtime.event(case)
    event["pathParameters"]["token"] = links.sign_link(
        items.from_open_request_item(items.plain(row)), CLIENT.email
    )
    _expect_success(in_process.invoke(case.partition("-")[0], event))


def _ingest(case: str, contract_id: str, **detail: Any) -> None:
    body = contract_queue.event(case, contract_id=contract_id, **detail)
    [record] = lambda_runtime.event("ingest-contract-started")["Records"]
    assert in_process.invoke("ingest", {"Records": [record | {"body": body}]}) == {"batchItemFailures": []}


def _sweep_one(database: Database, contract_id: str) -> None:
    requested_at = datetime.now(UTC).replace(microsecond=0) - 15 * DAY
    rows.put_request(database.client, a_request(contract_id=contract_id, requested_at=requested_at))
    assert in_process.invoke("expire", lambda_runtime.event("expire-schedule"))["expired"] == 1


def _notify(case: str) -> None:
    event = json.loads(json.dumps(lambda_runtime.event(case)).replace("c-1", "c-0"))
    assert in_process.invoke("notify", event) == {"batchItemFailures": []}


def _expect_success(response: dict[str, Any]) -> None:
    assert response["statusCode"] in {200, 201}, response


def _now() -> str:
    return datetime.now(UTC).isoformat()
