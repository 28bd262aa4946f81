"""What we depend on is busy or out of reach: 503 with Retry-After, never a bare 500, and nothing half done."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from mid_job_feedback import rollout
from mid_job_feedback.storage import table
from tests import lambda_runtime
from tests.component.http_calls import HttpResponse
from tests.component.marketplace import InProcessMarketplace
from tests.contract_queue import deliver, event
from tests.sdk_interceptor import SdkInterceptor

FLAGS_OF_APPCONFIG = rollout._flags
URL = "https://dynamodb.eu-west-1.amazonaws.com"
THROTTLED = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
]
OUT_OF_REACH = [
    ReadTimeoutError(endpoint_url=URL),
    ConnectTimeoutError(endpoint_url=URL),
    EndpointConnectionError(endpoint_url=URL),
]
WRITES = ["request_feedback", "submit_feedback", "submit_by_link"]
FIRST_READ = {
    "feedback_tab": "Query",
    "work_history": "Query",
    "sweep": "Query",
    "open_link": "BatchGetItem",
    "request_feedback": "Query",
    "submit_feedback": "Query",
    "submit_by_link": "BatchGetItem",
}

type Calls = dict[str, Callable[[], HttpResponse]]


@pytest.fixture
def calls(marketplace: InProcessMarketplace) -> Calls:
    """Every route, with what it needs to succeed."""
    marketplace.start_eligible_contract("c-2")
    marketplace.request_feedback("c-2")
    link = marketplace.link_token("c-2")
    return {
        "feedback_tab": marketplace.feedback_tab,
        "work_history": marketplace.work_history,
        "sweep": marketplace.sweep_by_hand,
        "open_link": partial(marketplace.open_link, link),
        "request_feedback": marketplace.request_feedback,
        "submit_feedback": marketplace.submit_feedback,
        "submit_by_link": partial(marketplace.submit_by_link, link),
    }


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited between attempts; nobody does wait."""
    taken: list[float] = []
    monkeypatch.setattr("mid_job_feedback.storage.table.time.sleep", taken.append)
    return taken


@pytest.mark.parametrize("name", FIRST_READ)
def test_a_table_that_cannot_be_read(calls: Calls, sdk: SdkInterceptor, name: str) -> None:
    for _ in _faults(sdk, FIRST_READ[name]):
        _is_busy(calls[name]())
    sdk.restore()
    assert calls[name]().status in {200, 201}


@pytest.mark.parametrize("name", ["open_link", "submit_by_link"])
def test_a_read_that_leaves_keys_unprocessed(calls: Calls, sdk: SdkInterceptor, name: str) -> None:
    sdk.respond("BatchGetItem", lambda _, asked: {"Responses": {}, "UnprocessedKeys": asked["RequestItems"]})
    _is_busy(calls[name]())


@pytest.mark.parametrize("name", WRITES)
def test_a_table_that_cannot_be_written(
    marketplace: InProcessMarketplace, calls: Calls, sdk: SdkInterceptor, name: str
) -> None:
    rows = marketplace.rows()
    for _ in _faults(sdk, "TransactWriteItems"):
        _is_busy(calls[name]())
    sdk.respond_with_error("TransactWriteItems", "TransactionInProgressException")
    _is_busy(calls[name]())
    assert marketplace.rows() == rows


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("reason", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_transaction_cancelled_by_throttling(calls: Calls, sdk: SdkInterceptor, name: str, reason: str) -> None:
    _cancel(sdk, "None", reason)
    _is_busy(calls[name]())


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("reason", ["TransactionConflict", "ConditionalCheckFailed"])
def test_a_race_lost_without_end_is_given_up(
    calls: Calls, sdk: SdkInterceptor, sleeps: list[float], name: str, reason: str
) -> None:
    _cancel(sdk, "None", reason)
    sdk.calls.clear()
    _is_busy(calls[name]())
    assert len(sdk.parameters_of(FIRST_READ[name])) == table.ATTEMPTS
    assert sum(sleeps) < 2


def test_a_payment_in_the_way_of_a_transaction_is_tried_again_and_then_comes_again(
    empty_marketplace: InProcessMarketplace, sdk: SdkInterceptor, sleeps: list[float]
) -> None:
    sdk.respond_with_error("UpdateItem", "TransactionConflictException")
    assert deliver(event("payment-made")) == ["0"]
    assert len(sleeps) == table.ATTEMPTS


def test_feedback_that_cannot_be_filed_is_tried_again_and_then_comes_again(
    marketplace: InProcessMarketplace, sdk: SdkInterceptor, sleeps: list[float]
) -> None:
    _cancel(sdk, "ConditionalCheckFailed", "None")
    assert deliver(event("end-of-contract-feedback")) == ["0"]
    assert len(sleeps) == table.ATTEMPTS
    sdk.restore()
    assert deliver(event("end-of-contract-feedback")) == []
    [contract] = marketplace.work_history().body["contracts"]
    assert [entry["feedback_id"] for entry in contract["feedback"]] == ["e-1"]


def test_a_rollout_that_cannot_be_read(
    marketplace: InProcessMarketplace, sdk: SdkInterceptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollout, "_flags", FLAGS_OF_APPCONFIG)
    for _ in _faults(sdk, "StartConfigurationSession"):
        _is_busy(marketplace.request_feedback())
        _is_busy(marketplace.feedback_tab())
    assert marketplace.feedback_tab(person="u-client").status == 200  # clients do not depend on it
    assert marketplace.submit_feedback().status == 201


@pytest.mark.parametrize("name", ["open_link", "submit_by_link"])
def test_a_signing_key_that_cannot_be_read(calls: Calls, sdk: SdkInterceptor, name: str) -> None:
    for _ in _faults(sdk, "GetSecretValue"):
        lambda_runtime.cold_start()
        _is_busy(calls[name]())


@pytest.mark.parametrize("name", [*WRITES, "sweep"])
def test_an_idempotency_table_that_cannot_be_written(
    marketplace: InProcessMarketplace,
    calls: dict[str, Callable[..., HttpResponse]],
    sdk: SdkInterceptor,
    name: str,
) -> None:
    rows = marketplace.rows()
    for _ in _faults(sdk, "PutItem"):
        _is_busy(calls[name](headers={"idempotency-key": "key-1"}))
    assert marketplace.rows() == rows


def _faults(sdk: SdkInterceptor, operation: str) -> Iterator[None]:
    """One after another, every way in which a service can be busy or out of reach."""
    for code in THROTTLED:
        sdk.respond_with_error(operation, code)
        yield
    for failure in OUT_OF_REACH:
        sdk.raise_error(operation, failure)
        yield


def _cancel(sdk: SdkInterceptor, *reasons: str) -> None:
    cancelled: list[Any] = [{"Code": reason} for reason in reasons]
    sdk.respond_with_error("TransactWriteItems", "TransactionCanceledException", CancellationReasons=cancelled)


def _is_busy(response: HttpResponse) -> None:
    assert response.refusal == (503, "temporarily_unavailable")
    assert int(response.headers["Retry-After"]) > 0
