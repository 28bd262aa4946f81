"""Every handler through its event file, on moto, with the tables of template.yaml and a clock to set."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from botocore.client import BaseClient
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends
from moto.secretsmanager.models import secretsmanager_backends

from mid_job_feedback import rollout
from mid_job_feedback.aws import client
from mid_job_feedback.storage import items, store, table
from mid_job_feedback.workers import expiry
from tests import aws
from tests.component.marketplace import Marketplace, Row
from tests.component.seam import Seam
from tests.component.short_cut import ShortCut
from tests.log_search import IN_PROCESS
from tests.sdk import Sdk, watch
from tests.template import create_table

FLAGS_OF_APPCONFIG = rollout._flags


@pytest.fixture(scope="module", autouse=True)
def _account() -> Iterator[None]:
    """What stays from test to test; one that changes it puts it back."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name, value in aws.ENVIRONMENT.items():
            environment.setenv(name, value)
        create_table(client("dynamodb"), "Table", "feedback")
        create_table(client("dynamodb"), "IdempotencyTable", "idempotency")
        client("sesv2").create_email_identity(EmailIdentity="feedback@example.com")
        client("sesv2").create_configuration_set(ConfigurationSetName="mid-job-feedback")
        client("sns").create_topic(Name="dash")
        for queue in ("dead-letters", "retries", "failures"):
            client("sqs").create_queue(QueueName=queue)
        client("secretsmanager").create_secret(Name="link-key", SecretString=json.dumps({"current": "k" * 64}))
        yield


@pytest.fixture(autouse=True)
def _new_process_and_empty_tables(monkeypatch: pytest.MonkeyPatch, socket_disabled: None) -> Iterator[None]:
    aws.forget_processes_past()
    aws.set_rollout(monkeypatch, aws.Flags())
    database = dynamodb_backends["123456789012"]["eu-west-1"]
    empty = deepcopy(database.tables)
    yield
    database.tables = empty  # quicker than to make them anew
    _hide_keys_of_links()


def _hide_keys_of_links() -> None:
    """Also those that are no longer in use, or were never fit for it."""
    secret = secretsmanager_backends["123456789012"]["eu-west-1"].secrets["link-key"]
    for version in secret.versions.values():
        IN_PROCESS.hide(*re.findall(r"\w{32,}", version["secret_string"]))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> aws.Clock:
    return aws.set_clock(monkeypatch)


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Sdk:
    return watch(monkeypatch)


@pytest.fixture
def empty_marketplace(clock: aws.Clock, sdk: Sdk) -> Marketplace:
    return Marketplace(clock, sdk)


@pytest.fixture(scope="session")
def a_contract_as_told() -> list[Row]:
    """Filled by the first test that needs a contract; the others put it where it was, which is quicker."""
    return []


@pytest.fixture
def marketplace(empty_marketplace: Marketplace, a_contract_as_told: list[Row]) -> Marketplace:
    """With one contract, c-1, of a client and a freelancer who may ask for and give feedback now."""
    if not a_contract_as_told:
        empty_marketplace.run()
        a_contract_as_told += empty_marketplace.rows()
    for row in a_contract_as_told:
        client("dynamodb").put_item(TableName="feedback", Item=row)
    return empty_marketplace


@pytest.fixture
def seam(sdk: Sdk, monkeypatch: pytest.MonkeyPatch) -> Seam:
    """Between the functions and AWS, which is near and has an AppConfig; calls are made one after the other.

    Shards, batches and pages are small, so that a few requests are a backlog.
    """
    for module, name, value in (
        (items, "DUE_SHARDS", 2),
        (table, "BATCH", 2),
        (store, "_DUE_PAGE", 3),
        (expiry, "THREADS", 1),
        (rollout, "_flags", FLAGS_OF_APPCONFIG),
    ):
        monkeypatch.setattr(module, name, value)
    sdk.send = ShortCut(sdk.send)
    seam, invoke = Seam(sdk), aws.invoke

    def run(name: str, event: dict[str, Any], time_left: int = aws.TIME_LEFT) -> Any:
        with seam.running():
            return invoke(name, event, time_left)

    monkeypatch.setattr(aws, "invoke", run)

    def make_api_call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        return seam(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", make_api_call)
    return seam
