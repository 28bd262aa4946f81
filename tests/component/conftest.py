"""Every handler through its event file, on moto, with the tables of template.yaml and a clock to set."""

import json
from collections.abc import Iterator
from copy import deepcopy

import pytest
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends

from mid_job_feedback.aws import client
from tests import aws, partiql
from tests.component.marketplace import Marketplace, Row
from tests.sdk import Sdk, watch
from tests.template import create_table


@pytest.fixture(scope="module", autouse=True)
def _account() -> Iterator[None]:
    """What stays from test to test; one that changes it puts it back."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name, value in aws.ENVIRONMENT.items():
            environment.setenv(name, value)
        partiql.teach(environment)
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
