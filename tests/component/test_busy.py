"""What we depend on is busy or out of reach: 503 with Retry-After, never a bare 500, and nothing half done."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from mid_job_feedback import rollout
from mid_job_feedback.storage import table
from tests import aws
from tests.component.calls import Answer
from tests.component.marketplace import Marketplace
from tests.contract_queue import deliver, event
from tests.sdk import Sdk

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
WRITES = ["ask", "give", "answer"]
FIRST_READ = {
    "tab": "Query",
    "history": "Query",
    "sweep": "Query",
    "open": "BatchGetItem",
    "ask": "Query",
    "give": "Query",
    "answer": "BatchGetItem",
}

type Calls = dict[str, Callable[[], Answer]]


@pytest.fixture
def calls(marketplace: Marketplace) -> Calls:
    """Every route, with what it needs to succeed."""
    marketplace.run("c-2")
    marketplace.ask("c-2")
    link = marketplace.link("c-2")
    return {
        "tab": marketplace.tab,
        "history": marketplace.history,
        "sweep": marketplace.sweep_by_hand,
        "open": partial(marketplace.open, link),
        "ask": marketplace.ask,
        "give": marketplace.give,
        "answer": partial(marketplace.answer, link),
    }


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited between attempts; nobody does wait."""
    taken: list[float] = []
    monkeypatch.setattr("mid_job_feedback.storage.table.time.sleep", taken.append)
    return taken


@pytest.mark.parametrize("name", FIRST_READ)
def test_a_table_that_cannot_be_read(calls: Calls, sdk: Sdk, name: str) -> None:
    for _ in _faults(sdk, FIRST_READ[name]):
        _is_busy(calls[name]())
    sdk.heal()
    assert calls[name]().status in {200, 201}


@pytest.mark.parametrize("name", ["open", "answer"])
def test_a_read_that_leaves_keys_unprocessed(calls: Calls, sdk: Sdk, name: str) -> None:
    sdk.instead("BatchGetItem", lambda _, asked: {"Responses": {}, "UnprocessedKeys": asked["RequestItems"]})
    _is_busy(calls[name]())


@pytest.mark.parametrize("name", WRITES)
def test_a_table_that_cannot_be_written(marketplace: Marketplace, calls: Calls, sdk: Sdk, name: str) -> None:
    rows = marketplace.rows()
    for _ in _faults(sdk, "TransactWriteItems"):
        _is_busy(calls[name]())
    sdk.refuse("TransactWriteItems", "TransactionInProgressException")
    _is_busy(calls[name]())
    assert marketplace.rows() == rows


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("reason", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_transaction_cancelled_by_throttling(calls: Calls, sdk: Sdk, name: str, reason: str) -> None:
    _cancel(sdk, "None", reason)
    _is_busy(calls[name]())


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("reason", ["TransactionConflict", "ConditionalCheckFailed"])
def test_a_race_lost_without_end_is_given_up(
    calls: Calls, sdk: Sdk, naps: list[float], name: str, reason: str
) -> None:
    _cancel(sdk, "None", reason)
    sdk.calls.clear()
    _is_busy(calls[name]())
    assert len(sdk.done(FIRST_READ[name])) == table.ATTEMPTS
    assert sum(naps) < 2


def test_a_payment_in_the_way_of_a_transaction_is_tried_again_and_then_comes_again(
    empty_marketplace: Marketplace, sdk: Sdk, naps: list[float]
) -> None:
    sdk.refuse("UpdateItem", "TransactionConflictException")
    assert deliver(event("payment-made")) == ["0"]
    assert len(naps) == table.ATTEMPTS


def test_feedback_that_cannot_be_filed_is_tried_again_and_then_comes_again(
    marketplace: Marketplace, sdk: Sdk, naps: list[float]
) -> None:
    _cancel(sdk, "ConditionalCheckFailed", "None")
    assert deliver(event("end-of-contract-feedback")) == ["0"]
    assert len(naps) == table.ATTEMPTS
    sdk.heal()
    assert deliver(event("end-of-contract-feedback")) == []
    [contract] = marketplace.history().body["contracts"]
    assert [entry["feedback_id"] for entry in contract["feedback"]] == ["e-1"]


def test_a_rollout_that_cannot_be_read(
    marketplace: Marketplace, sdk: Sdk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollout, "_flags", FLAGS_OF_APPCONFIG)
    for _ in _faults(sdk, "StartConfigurationSession"):
        _is_busy(marketplace.ask())
        _is_busy(marketplace.tab())
    assert marketplace.tab(person="u-client").status == 200  # clients do not depend on it
    assert marketplace.give().status == 201


@pytest.mark.parametrize("name", ["open", "answer"])
def test_a_signing_key_that_cannot_be_read(calls: Calls, sdk: Sdk, name: str) -> None:
    for _ in _faults(sdk, "GetSecretValue"):
        aws.forget_processes_past()
        _is_busy(calls[name]())


@pytest.mark.parametrize("name", [*WRITES, "sweep"])
def test_an_idempotency_table_that_cannot_be_written(
    marketplace: Marketplace, calls: dict[str, Callable[..., Answer]], sdk: Sdk, name: str
) -> None:
    rows = marketplace.rows()
    for _ in _faults(sdk, "PutItem"):
        _is_busy(calls[name](headers={"idempotency-key": "key-1"}))
    assert marketplace.rows() == rows


def _faults(sdk: Sdk, operation: str) -> Iterator[None]:
    """One after another, every way in which a service can be busy or out of reach."""
    for code in THROTTLED:
        sdk.refuse(operation, code)
        yield
    for failure in OUT_OF_REACH:
        sdk.interrupt(operation, failure)
        yield


def _cancel(sdk: Sdk, *reasons: str) -> None:
    cancelled: list[Any] = [{"Code": reason} for reason in reasons]
    sdk.refuse("TransactWriteItems", "TransactionCanceledException", CancellationReasons=cancelled)


def _is_busy(answer: Answer) -> None:
    assert answer.refusal == (503, "temporarily_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
