"""A dependency is busy or out of reach: 503 with Retry-After, never a 500.

test_faults.py lets every call of every command fail, and test_sdk_retries.py the table on every route. Here are
the other dependencies, and how often a lost race is repeated.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from mid_job_feedback import rollout
from mid_job_feedback.storage import table
from tests import lambda_runtime
from tests.component.http_calls import HttpResponse
from tests.component.marketplace import Marketplace
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
NO_RESPONSE = [
    ReadTimeoutError(endpoint_url=URL),
    ConnectTimeoutError(endpoint_url=URL),
    EndpointConnectionError(endpoint_url=URL),
]
FIRST_READ = {"request_feedback": "Query", "submit_feedback": "Query", "submit_by_link": "BatchGetItem"}


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts, in seconds, without really pausing."""
    taken: list[float] = []
    monkeypatch.setattr("mid_job_feedback.storage.table.time.sleep", taken.append)
    return taken


@pytest.mark.parametrize("name", FIRST_READ)
def test_a_race_that_is_lost_every_time_is_given_up(
    marketplace: Marketplace, sdk: SdkInterceptor, sleeps: list[float], name: str
) -> None:
    marketplace.start_eligible_contract("c-2")
    marketplace.request_feedback("c-2")
    calls: dict[str, Callable[[], HttpResponse]] = {
        "request_feedback": marketplace.request_feedback,
        "submit_feedback": marketplace.submit_feedback,
        "submit_by_link": partial(marketplace.submit_by_link, marketplace.link_token("c-2")),
    }
    _cancel(sdk, "None", "ConditionalCheckFailed")
    sdk.calls.clear()
    _assert_unavailable(calls[name]())
    assert len(sdk.parameters_of(FIRST_READ[name])) == table.ATTEMPTS
    assert sum(sleeps) < 2


def test_an_event_that_always_conflicts_is_attempted_several_times_and_then_redelivered(
    empty_marketplace: Marketplace, sdk: SdkInterceptor, sleeps: list[float]
) -> None:
    sdk.respond_with_error("UpdateItem", "TransactionConflictException")
    assert deliver(event("payment-made")) == ["0"]
    assert len(sleeps) == table.ATTEMPTS


def test_feedback_that_cannot_be_added_to_the_history_is_redelivered(
    marketplace: Marketplace, sdk: SdkInterceptor, sleeps: list[float]
) -> None:
    _cancel(sdk, "ConditionalCheckFailed", "None")
    assert deliver(event("end-of-contract-feedback")) == ["0"]
    assert len(sleeps) == table.ATTEMPTS
    sdk.restore()
    assert deliver(event("end-of-contract-feedback")) == []
    [contract] = marketplace.work_history().body["contracts"]
    assert [entry["feedback_id"] for entry in contract["feedback"]] == ["e-1"]


def test_only_what_the_rollout_decides_needs_the_feature_flags(
    marketplace: Marketplace, sdk: SdkInterceptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollout, "_flags", FLAGS_OF_APPCONFIG)
    for _ in _faults(sdk, "StartConfigurationSession"):
        _assert_unavailable(marketplace.request_feedback())
        _assert_unavailable(marketplace.feedback_tab())
    assert marketplace.feedback_tab(person="u-client").status == 200
    assert marketplace.submit_feedback().status == 201


def test_links_need_the_signing_key(marketplace: Marketplace, sdk: SdkInterceptor) -> None:
    marketplace.request_feedback()
    link = marketplace.link_token()
    for _ in _faults(sdk, "GetSecretValue"):
        for call in (marketplace.open_link, marketplace.submit_by_link):
            lambda_runtime.cold_start()
            _assert_unavailable(call(link))


def _faults(sdk: SdkInterceptor, operation: str) -> Iterator[None]:
    """Each way in which a service can be busy or out of reach, one after the other."""
    for code in THROTTLED:
        sdk.respond_with_error(operation, code)
        yield
    for failure in NO_RESPONSE:
        sdk.raise_error(operation, failure)
        yield


def _cancel(sdk: SdkInterceptor, *reasons: str) -> None:
    cancelled: list[Any] = [{"Code": reason} for reason in reasons]
    sdk.respond_with_error("TransactWriteItems", "TransactionCanceledException", CancellationReasons=cancelled)


def _assert_unavailable(response: HttpResponse) -> None:
    assert response.refusal == (503, "temporarily_unavailable")
    assert int(response.headers["Retry-After"]) > 0
