"""The tables of template.yaml, on DynamoDB Local and in memory."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.config import Config
from moto import mock_aws
from pytest_socket import socket_allow_hosts

from mid_job_feedback import aws, settings
from tests import lambda_runtime
from tests.component import direct_moto
from tests.sdk_interceptor import SdkInterceptor, intercept
from tests.soak import SOAK
from tests.store import dynamodb_local, rows
from tests.template import create_table


@pytest.fixture(scope="session")
def dynamodb_local_address() -> Iterator[str]:
    with dynamodb_local.running() as address:
        yield address


@pytest.fixture(autouse=True)
def _allow_local_sockets() -> None:
    socket_allow_hosts(["127.0.0.1"])


@pytest.fixture
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    _set_environment(monkeypatch)
    yield
    _clear_caches()


@pytest.fixture(scope="session")
def shared_table(dynamodb_local_address: str) -> str:
    """The name of one table on DynamoDB Local, which takes much longer to create and delete than most tests."""
    with pytest.MonkeyPatch.context() as patch:
        _set_environment(patch)
        _use(patch, dynamodb_local_address, name := f"feedback-{uuid4()}")
        create_table(aws.client("dynamodb"), "Table", name)
    _clear_caches()
    return name


@pytest.fixture
def table(
    _environment: None, dynamodb_local_address: str, shared_table: str, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """A client of the empty table on DynamoDB Local, which has real contention and capacity figures."""
    _use(monkeypatch, dynamodb_local_address, shared_table)
    client = aws.client("dynamodb")
    rows.delete_all(client)
    return client


@pytest.fixture
def dynamodb_local_tables(
    _environment: None, dynamodb_local_address: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """For tests that run the handlers: two tables and a stream of their own, and a cold start."""
    _use(monkeypatch, dynamodb_local_address, f"feedback-{uuid4()}")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", dynamodb_local_address)
    monkeypatch.setenv("IDEMPOTENCY_TABLE", f"idempotency-{uuid4()}")
    lambda_runtime.cold_start()
    names = settings.settings().table_name, settings.settings().idempotency_table
    for resource, name in zip(("Table", "IdempotencyTable"), names, strict=True):
        create_table(aws.client("dynamodb"), resource, name)
    yield
    for name in names:
        aws.client("dynamodb").delete_table(TableName=name)


def _set_environment(patch: pytest.MonkeyPatch) -> None:
    for name, value in lambda_runtime.ENVIRONMENT.items():
        patch.setenv(name, value)
    _clear_caches()


def _use(patch: pytest.MonkeyPatch, address: str, table_name: str) -> None:
    """The long timeout keeps the SDK from retrying on a busy machine; retries are tested in tests/component."""
    patch.setattr(aws, "_RETRYING", aws._RETRYING.merge(Config(read_timeout=60)))
    patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", address)
    patch.setenv("TABLE_NAME", table_name)
    _clear_caches()


@pytest.fixture
def tables(request: pytest.FixtureRequest) -> Any:
    """A client of both tables, for tests of thousands of calls: on DynamoDB Local in `make soak`, else in memory.

    test_memory_table.py compares the two.
    """
    request.getfixturevalue("dynamodb_local_tables" if SOAK else "tables_in_memory")
    return aws.client("dynamodb")


@pytest.fixture
def tables_in_memory(_environment: None, sdk: SdkInterceptor) -> Iterator[None]:
    with mock_aws():
        lambda_runtime.cold_start()
        create_table(aws.client("dynamodb"), "Table", settings.settings().table_name)
        create_table(aws.client("dynamodb"), "IdempotencyTable", settings.settings().idempotency_table)
        sdk.send = direct_moto.dynamodb_only(sdk.send)
        yield


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> SdkInterceptor:
    return intercept(monkeypatch)


def _clear_caches() -> None:
    """Forgets settings and clients, which have the endpoints. The session is kept: it is slow to create."""
    settings.settings.cache_clear()
    aws.client.cache_clear()
    aws.sender.cache_clear()
