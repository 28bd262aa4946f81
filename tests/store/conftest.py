"""The table of template.yaml, on moto and on DynamoDB Local."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.config import Config
from moto import mock_aws
from pytest_socket import socket_allow_hosts

from mid_job_feedback import aws, settings
from tests import lambda_runtime
from tests.sdk_interceptor import SdkInterceptor, intercept
from tests.store import dynamodb_local
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
    for name, value in lambda_runtime.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TABLE_NAME", f"feedback-{uuid4()}")
    _clear_caches()
    yield
    _clear_caches()


@pytest.fixture
def dynamodb_local_table(
    _environment: None, dynamodb_local_address: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """A client of the table on DynamoDB Local, which has real contention and capacity figures.

    The long timeout keeps the SDK from retrying on a busy machine; retries are tested in tests/component.
    """
    monkeypatch.setattr(aws, "_RETRYING", aws._RETRYING.merge(Config(read_timeout=60)))
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_local_address)
    yield _create_table()
    aws.client("dynamodb").delete_table(TableName=settings.settings().table_name)


@pytest.fixture
def dynamodb_local_tables(
    dynamodb_local_table: Any, dynamodb_local_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For tests that run the handlers: the idempotency table and the stream too, and a cold start."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", dynamodb_local_address)
    monkeypatch.setenv("IDEMPOTENCY_TABLE", f"idempotency-{uuid4()}")
    lambda_runtime.cold_start()
    create_table(dynamodb_local_table, "IdempotencyTable", settings.settings().idempotency_table)


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> SdkInterceptor:
    return intercept(monkeypatch)


@pytest.fixture(params=["moto", "dynamodb_local"])
def table(request: pytest.FixtureRequest, _environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of the table, once on moto and once on DynamoDB Local."""
    if request.param == "dynamodb_local":
        yield request.getfixturevalue("dynamodb_local_table")
        return
    with mock_aws():
        yield _create_table()


def _create_table() -> Any:
    client = aws.client("dynamodb")
    create_table(client, "Table", settings.settings().table_name)
    return client


def _clear_caches() -> None:
    """Forgets settings and clients, which have the endpoints. The session is kept: it is slow to create."""
    settings.settings.cache_clear()
    aws.client.cache_clear()
    aws.sender.cache_clear()
