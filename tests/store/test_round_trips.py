"""How many HTTP requests to AWS a call makes: real handlers, DynamoDB Local, and a proxy that counts.

A process caches the signing key for five minutes and the rollout flags for one. Both are fetched before counting;
`test_the_key_and_the_flags_are_fetched_once` counts those requests.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mid_job_feedback import aws, links, settings
from mid_job_feedback.domain import lifecycle
from mid_job_feedback.domain.lifecycle import Snapshot
from mid_job_feedback.storage import items, table, transactions
from tests import lambda_runtime
from tests.builders import CLIENT, DAY, NOW, a_contract, a_feedback, a_request
from tests.conftest import Tried
from tests.store import rows
from tests.store.counting_proxy import CountingProxy, counting_proxy

LONGEST = "😀" * 5_000
MAX_ENTRIES_PER_PAGE = 50  # pieces of feedback with the longest comment, in four-byte characters
NEWEST = NOW - 40 * DAY  # when the newest feedback was provided
PAGE_BYTES = 1_048_576  # bytes DynamoDB reads for one page of a Query


@pytest.fixture
def proxy(table: Any, dynamodb_local_address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[CountingProxy]:
    lambda_runtime.set_clock(monkeypatch)
    with counting_proxy(dynamodb_local_address) as running_proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running_proxy.address)
        monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB")
        aws.client.cache_clear()
        lambda_runtime.cold_start()
        yield running_proxy
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_local_address)
        aws.client.cache_clear()


@pytest.fixture(params=[1, MAX_ENTRIES_PER_PAGE])
def entries(request: pytest.FixtureRequest, proxy: CountingProxy) -> int:
    """How much feedback contract c-1 has. The process has filled its caches."""
    client = table.client()
    rows.put_contract(client, a_contract(last_feedback_at=NEWEST))
    number: int = request.param
    rows.put_all(client, map(_feedback_row, range(number)))
    links.sign_cursor(links.Cursor.WORK_HISTORY, {})
    _invoke("list", "list-feedback-tab")
    proxy.requests.clear()
    return number


def _feedback_row(entry: int) -> dict[str, Any]:
    feedback = a_feedback(feedback_id=f"f-{entry}", provided_at=NEWEST - entry * DAY, comment=LONGEST)
    given = lifecycle.FeedbackGiven(seen=Snapshot(contract=a_contract()), feedback=feedback)
    [*_, write] = transactions.writes(given)
    row: dict[str, Any] = write["Put"]["Item"]
    return row


def _invoke(function: str, event: str, **changes: Any) -> Any:
    response = lambda_runtime.invoke(function, {**lambda_runtime.event(event), **changes})
    assert response["statusCode"] in {200, 201}, response["body"]
    return response


def _link() -> dict[str, Any]:
    """The event fields that name the link of the open request."""
    return {"pathParameters": {"token": links.sign_link(a_request(), CLIENT.email)}}


def tab() -> None:
    _invoke("list", "list-feedback-tab")


def history() -> None:
    page = _invoke("list", "list-work-history", queryStringParameters={"limit": "100"}, rawQueryString="limit=100")
    assert "f-0" in page["body"]


def open_requests() -> None:
    table.client().put_item(TableName=settings.settings().table_name, Item=rows.open_request_row(a_request()))
    page = _invoke("list", "list-open-requests")
    assert '"request_id":"r-1"' in page["body"]


def link_page() -> None:
    table.client().put_item(TableName=settings.settings().table_name, Item=rows.open_request_row(a_request()))
    rows.set_attribute(table.client(), "last_request_id", "r-1")
    _invoke("list", "list-feedback-link", **_link())


def submit_by_link() -> None:
    table.client().put_item(TableName=settings.settings().table_name, Item=rows.open_request_row(a_request()))
    _invoke("submit", "submit-by-link", **_link())


def request() -> None:
    _invoke("request", "request-made")


def submit() -> None:
    _invoke("submit", "submit-feedback")


def withdraw() -> None:
    table.client().put_item(TableName=settings.settings().table_name, Item=rows.open_request_row(a_request()))
    rows.set_attribute(table.client(), "last_request_id", "r-1")
    _invoke("request", "request-withdrawn")


def withdraw_again() -> None:
    withdraw()
    _invoke("request", "request-withdrawn")


def decline() -> None:
    table.client().put_item(TableName=settings.settings().table_name, Item=rows.open_request_row(a_request()))
    rows.set_attribute(table.client(), "last_request_id", "r-1")
    _invoke("submit", "submit-decline")


def decline_by_link() -> None:
    table.client().put_item(TableName=settings.settings().table_name, Item=rows.open_request_row(a_request()))
    rows.set_attribute(table.client(), "last_request_id", "r-1")
    _invoke("submit", "submit-decline-by-link", **_link())


def set_preference() -> None:
    _invoke("submit", "submit-request-preference")


def set_preference_again() -> None:
    set_preference()
    _invoke("submit", "submit-request-preference")


# The test itself puts the request, and its id into the row of the contract.
_ASKED = ["PutItem", "UpdateItem"]
ROUND_TRIPS = {
    withdraw: [*_ASKED, "BatchGetItem", "TransactWriteItems"],
    withdraw_again: [*_ASKED, "BatchGetItem", "TransactWriteItems", "BatchGetItem", "Query"],
    decline: [*_ASKED, "BatchGetItem", "TransactWriteItems"],
    decline_by_link: [*_ASKED, "BatchGetItem", "TransactWriteItems"],
    set_preference: ["Query", "TransactWriteItems"],
    set_preference_again: ["Query", "TransactWriteItems", "Query"],
    tab: ["Query"],
    history: ["Query"],
    open_requests: ["PutItem", "Query", "BatchGetItem"],  # the test itself puts the request
    link_page: [*_ASKED, "BatchGetItem"],
    submit_by_link: ["PutItem", "BatchGetItem", "TransactWriteItems"],
    request: ["Query", "TransactWriteItems"],
    submit: ["Query", "TransactWriteItems"],
}


@pytest.mark.parametrize("call", ROUND_TRIPS, ids=lambda call: call.__name__)
def test_the_round_trips_of_a_call_do_not_grow_with_its_feedback(
    call: Callable[[], None], entries: int, proxy: CountingProxy, tried: Tried
) -> None:
    call()
    assert proxy.requests == ROUND_TRIPS[call]
    tried("HTTP requests to AWS counted", len(proxy.requests))


def test_a_sweep_asks_each_shard_once_and_writes_once_for_each_reminder(proxy: CountingProxy) -> None:
    rows.put_contract(table.client(), a_contract())
    reminded = rows.open_request_row(a_request(), due_at=NOW)
    table.client().put_item(TableName=settings.settings().table_name, Item=reminded)
    proxy.requests.clear()
    assert lambda_runtime.invoke("expire", lambda_runtime.event("expire-schedule")) == {"expired": 0}
    assert sorted(proxy.requests) == ["Query"] * items.DUE_SHARDS + ["UpdateItem"]


def test_that_much_feedback_nearly_fills_one_page_of_a_query(proxy: CountingProxy) -> None:
    rows.put_all(table.client(), map(_feedback_row, range(MAX_ENTRIES_PER_PAGE)))
    running_proxy = table.client().scan(TableName=settings.settings().table_name)
    assert "LastEvaluatedKey" not in running_proxy
    size = sum(len(row["comment"]["S"].encode()) for row in running_proxy["Items"])
    assert 0.95 * PAGE_BYTES < size < PAGE_BYTES


def test_the_key_and_the_flags_are_fetched_once(proxy: CountingProxy) -> None:
    rows.put_contract(table.client(), a_contract(), a_request())
    proxy.requests.clear()
    for _ in range(3):
        _invoke("list", "list-feedback-tab")
    assert proxy.requests == ["Query", "/configurationsessions", "GetLatestConfiguration", "Query", "Query"]
    proxy.requests.clear()
    for _ in range(3):
        _invoke("list", "list-feedback-link", **_link())
    assert proxy.requests == ["GetSecretValue", "BatchGetItem", "BatchGetItem", "BatchGetItem"]
