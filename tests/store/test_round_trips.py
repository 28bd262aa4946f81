"""How often a call goes out to AWS, counted on the wire, through the real handlers and AWS's own DynamoDB Local.

What a process fetches once is fetched before counting: the signing key (kept five minutes) and the rollout's flags
(kept one), whose own requests `test_what_is_kept_is_fetched_once` counts.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mid_job_feedback import aws, links, settings
from mid_job_feedback.domain import lifecycle
from mid_job_feedback.domain.lifecycle import Snapshot
from mid_job_feedback.storage import table, transactions
from tests import lambda_runtime
from tests.builders import DAY, NOW, a_contract, a_feedback, a_request
from tests.conftest import Tried
from tests.store import rows
from tests.store.wire import Wire, wire

LONGEST = "😀" * 5_000
MOST_OF_A_MEGABYTE = 50  # entries with the longest comment in the widest characters
PAGE = 1_048_576  # bytes DynamoDB reads for one page of a Query


@pytest.fixture
def counted(real_table: Any, dynamodb_local_address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    lambda_runtime.set_clock(monkeypatch)
    with wire(dynamodb_local_address) as found:
        monkeypatch.setenv("AWS_ENDPOINT_URL", found.address)
        monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB")
        aws.client.cache_clear()
        lambda_runtime.cold_start()
        yield found
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_local_address)
        aws.client.cache_clear()


@pytest.fixture(params=[1, MOST_OF_A_MEGABYTE])
def entries(request: pytest.FixtureRequest, counted: Wire) -> int:
    """Entries of feedback on contract c-1, and a process that has fetched what it keeps."""
    client = table.client()
    rows.put(client, a_contract())
    number: int = request.param
    for entry in range(number):
        _give(entry)
    links.sign_cursor({})
    _invoke("list", "list-feedback-tab")
    counted.requests.clear()
    return number


def _give(entry: int) -> None:
    feedback = a_feedback(feedback_id=f"f-{entry}", provided_at=NOW - (40 + entry) * DAY, comment=LONGEST)
    given = lifecycle.FeedbackGiven(seen=Snapshot(contract=a_contract()), feedback=feedback)
    [*_, put] = transactions.writes(given)
    table.transact([put])


def _invoke(function: str, event: str, **changes: Any) -> Any:
    answer = lambda_runtime.invoke(function, {**lambda_runtime.event(event), **changes})
    assert answer["statusCode"] in {200, 201}, answer["body"]
    return answer


def _link() -> dict[str, Any]:
    """What asks for the page of the link of the request there is."""
    return {"pathParameters": {"token": links.sign_link(a_request())}}


def tab() -> None:
    _invoke("list", "list-feedback-tab")


def history() -> None:
    page = _invoke("list", "list-work-history", queryStringParameters={"limit": "100"}, rawQueryString="limit=100")
    assert "f-0" in page["body"]


def link_page() -> None:
    table.client().put_item(TableName=settings.settings().table_name, Item=rows.open_request_row(a_request()))
    _invoke("list", "list-feedback-link", **_link())


def answer_by_link() -> None:
    table.client().put_item(TableName=settings.settings().table_name, Item=rows.open_request_row(a_request()))
    _invoke("submit", "submit-by-link", **_link())


def request() -> None:
    _invoke("request", "request-made")


def submit() -> None:
    _invoke("submit", "submit-feedback")


ROUND_TRIPS = {
    tab: ["Query"],
    history: ["Query"],
    link_page: ["PutItem", "BatchGetItem"],  # the put is the test's own
    answer_by_link: ["PutItem", "BatchGetItem", "TransactWriteItems"],
    request: ["Query", "TransactWriteItems"],
    submit: ["Query", "TransactWriteItems"],
}


@pytest.mark.parametrize("call", ROUND_TRIPS, ids=lambda call: call.__name__)
def test_the_round_trips_of_a_call_do_not_grow_with_its_feedback(
    call: Callable[[], None], entries: int, counted: Wire, tried: Tried
) -> None:
    call()
    assert counted.requests == ROUND_TRIPS[call]
    tried("requests counted on the wire", len(counted.requests))


def test_so_much_feedback_is_nearly_all_that_one_page_of_a_query_holds(counted: Wire) -> None:
    for entry in range(MOST_OF_A_MEGABYTE):
        _give(entry)
    found = table.client().scan(TableName=settings.settings().table_name)
    assert "LastEvaluatedKey" not in found
    size = sum(len(row["comment"]["S"].encode()) for row in found["Items"])
    assert 0.95 * PAGE < size < PAGE


def test_what_is_kept_is_fetched_once(counted: Wire) -> None:
    rows.put(table.client(), a_contract(), a_request())
    counted.requests.clear()
    for _ in range(3):
        _invoke("list", "list-feedback-tab")
    assert counted.requests == ["Query", "/configurationsessions", "GetLatestConfiguration", "Query", "Query"]
    counted.requests.clear()
    for _ in range(3):
        _invoke("list", "list-feedback-link", **_link())
    assert counted.requests == ["GetSecretValue", "BatchGetItem", "BatchGetItem", "BatchGetItem"]
