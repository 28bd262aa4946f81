"""Every handler through its event file, on moto, with the tables of template.yaml and a frozen clock."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from io import StringIO
from typing import Any, Final

import pytest
from botocore.client import BaseClient
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sqs.models import SQSBackend

from mid_job_feedback import observability, rollout
from mid_job_feedback.aws import client
from mid_job_feedback.storage import items, store, table
from mid_job_feedback.workers import expiry
from tests import lambda_runtime
from tests.component import direct_moto
from tests.component.direct_moto import DirectMoto
from tests.component.fault_injection import FaultInjector
from tests.component.log_lines import LogOutput
from tests.component.marketplace import Marketplace, Row
from tests.component.operator_tool import OperatorTool
from tests.log_search import IN_PROCESS
from tests.sdk_interceptor import SdkInterceptor, intercept
from tests.template import create_table
from tests.web.page_server import build_pages_layer

FLAGS_OF_APPCONFIG = rollout._flags
_RECEIVE: Final = SQSBackend.receive_message


@pytest.fixture(scope="module", autouse=True)
def _account() -> Iterator[None]:
    """Shared by all tests of a module; a test that changes it restores it."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.setattr(SQSBackend, "receive_message", _receive_at_once)
        for name, value in lambda_runtime.ENVIRONMENT.items():
            environment.setenv(name, value)
        create_table(client("dynamodb"), "Table", "feedback")
        create_table(client("dynamodb"), "IdempotencyTable", "idempotency")
        client("sesv2").create_email_identity(EmailIdentity="feedback@example.com")
        client("sesv2").create_configuration_set(ConfigurationSetName="mid-job-feedback")
        for topic in ("dash", "email-events"):
            client("sns").create_topic(Name=topic)
        client("events").create_event_bus(Name="marketplace")
        for queue in (
            "contract-events",
            "dead-letters",
            "retries",
            "failures",
            "expire-retries",
            "expire-failures",
        ):
            client("sqs").create_queue(QueueName=queue)
        client("secretsmanager").create_secret(Name="link-key", SecretString=json.dumps({"current": "k" * 64}))
        yield


def _receive_at_once(backend: SQSBackend, queue: str, count: int, _: int, *rest: Any) -> Any:
    """Without waiting for messages: while a test receives, nothing sends any."""
    return _RECEIVE(backend, queue, count, 0, *rest)


@pytest.fixture(autouse=True)
def _new_process_and_empty_tables(monkeypatch: pytest.MonkeyPatch, socket_disabled: None) -> Iterator[None]:
    lambda_runtime.cold_start()
    lambda_runtime.set_rollout(monkeypatch, lambda_runtime.Flags())
    database = dynamodb_backends["123456789012"]["eu-west-1"]
    empty = deepcopy(database.tables)
    yield
    database.tables = empty  # quicker than creating them again
    _forbid_link_keys_in_logs()


def _forbid_link_keys_in_logs() -> None:
    """Previous and invalid keys too."""
    secret = secretsmanager_backends["123456789012"]["eu-west-1"].secrets["link-key"]
    for version in secret.versions.values():
        IN_PROCESS.forbid(*re.findall(r"\w{32,}", version["secret_string"]))


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Builds the pages, without which `web` cannot be loaded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(build_pages_layer(tmp_path_factory.mktemp("pages-layer")))
        lambda_runtime.function("web")  # now, while its log goes to no test's own output
        yield


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> lambda_runtime.Clock:
    return lambda_runtime.set_clock(monkeypatch)


@pytest.fixture
def whole_sdk(monkeypatch: pytest.MonkeyPatch) -> SdkInterceptor:
    """For tests of what happens between the SDK and DynamoDB: calls are HTTP requests, which is slow."""
    return intercept(monkeypatch)


@pytest.fixture
def sdk(whole_sdk: SdkInterceptor) -> SdkInterceptor:
    """Sends calls of DynamoDB straight to moto's handlers. In tests/store they go through the whole SDK."""
    whole_sdk.send = direct_moto.dynamodb_only(whole_sdk.send)
    return whole_sdk


@pytest.fixture
def empty_marketplace(clock: lambda_runtime.Clock, sdk: SdkInterceptor) -> Marketplace:
    return Marketplace(clock, sdk)


@pytest.fixture(scope="session")
def contract_rows() -> list[Row]:
    """The rows of `marketplace`: the first test publishes events, later ones store the rows, which is quicker."""
    return []


@pytest.fixture
def marketplace(empty_marketplace: Marketplace, contract_rows: list[Row]) -> Marketplace:
    """With one eligible contract, c-1: feedback can be requested and submitted now."""
    if not contract_rows:
        empty_marketplace.start_eligible_contract()
        contract_rows += empty_marketplace.rows()
    for row in contract_rows:
        client("dynamodb").put_item(TableName="feedback", Item=row)
    return empty_marketplace


@pytest.fixture
def operator_tool(monkeypatch: pytest.MonkeyPatch) -> OperatorTool:
    return OperatorTool(monkeypatch)


@pytest.fixture
def log_output(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[LogOutput]:
    """Returns all log lines and metrics since its last call, and passes them to the log search."""
    lines = StringIO()
    monkeypatch.setattr(observability.logger.registered_handler, "stream", lines)

    def since() -> str:
        text = lines.getvalue() + capsys.readouterr().out
        lines.seek(0)
        lines.truncate()
        IN_PROCESS.read(text)
        return text

    yield since
    since()


@pytest.fixture
def _debug_level() -> Iterator[None]:
    """Reads that succeed are logged at DEBUG only."""
    observability.logger.setLevel("DEBUG")
    yield
    observability.logger.setLevel("INFO")


@pytest.fixture
def injector(sdk: SdkInterceptor, monkeypatch: pytest.MonkeyPatch) -> FaultInjector:
    """Between the functions and a fast moto that includes AppConfig; calls are made one at a time.

    Shards, batches and pages are small, so that a few requests make a backlog.
    """
    for module, name, value in (
        (items, "DUE_SHARDS", 2),
        (table, "BATCH", 2),
        (store, "_DUE_PAGE", 3),
        (expiry, "THREADS", 1),
        (rollout, "_flags", FLAGS_OF_APPCONFIG),
    ):
        monkeypatch.setattr(module, name, value)
    sdk.send = DirectMoto(sdk.send)
    injector, invoke = FaultInjector(sdk), lambda_runtime.invoke

    def run(name: str, event: dict[str, Any], time_left: int = lambda_runtime.TIME_LEFT) -> Any:
        with injector.invocation():
            return invoke(name, event, time_left)

    monkeypatch.setattr(lambda_runtime, "invoke", run)

    def make_api_call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        return injector(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", make_api_call)
    return injector
