"""The same tests on moto and on AWS's own DynamoDB Local, with the table of template.yaml."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.config import Config
from moto import mock_aws
from pytest_socket import socket_allow_hosts

from mid_job_feedback import aws, settings
from tests.aws import ENVIRONMENT
from tests.sdk import Sdk, watch
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
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TABLE_NAME", f"feedback-{uuid4()}")
    _clear_caches()
    yield
    _clear_caches()


@pytest.fixture
def dynamodb_local_table(
    _environment: None, dynamodb_local_address: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """The table on DynamoDB Local: with real contention and real capacity figures.

    However busy this machine is, no answer is late: a call that is sent again is another test's matter.
    """
    monkeypatch.setattr(aws, "_RETRYING", aws._RETRYING.merge(Config(read_timeout=60)))
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_local_address)
    yield _create_table()
    aws.client("dynamodb").delete_table(TableName=settings.settings().table_name)


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Sdk:
    return watch(monkeypatch)


@pytest.fixture(params=["moto", "dynamodb_local"])
def table(request: pytest.FixtureRequest, _environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of the table, wherever it is."""
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
    """The client, as it goes to another place; the session it is made from is slow to make and goes nowhere."""
    settings.settings.cache_clear()
    aws.client.cache_clear()
