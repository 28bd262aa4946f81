"""Every 503 in the log: which dependency failed, at which operation, and why."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError

from mid_job_feedback import rollout
from mid_job_feedback.aws import UnreadableResponse
from mid_job_feedback.domain.refusals import Unavailable
from tests import lambda_runtime
from tests.builders import DAY
from tests.component.log_lines import LogOutput, explanation, read
from tests.component.marketplace import Marketplace
from tests.sdk_interceptor import SdkInterceptor, raise_client_error

FLAGS_OF_APPCONFIG = rollout._flags
URL = "https://example.com/freelancer@example.com"
KEY: dict[str, str | None] = {"idempotency-key": "a-key"}


def _truncated() -> UnreadableResponse:
    error = UnreadableResponse()
    error.__cause__ = ValueError("EOF while parsing a string")
    return error


def test_a_scheduled_sweep_says_why_it_failed(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput
) -> None:
    sdk.respond_with_error("Query", "ThrottlingException")
    log_output()
    with pytest.raises(Unavailable):
        marketplace.sweep()
    [line], metrics = read(log_output())
    assert (line["level"], line["message"]) == ("WARNING", "expire refused")
    assert explanation(line) == ("table", "Query", "throttled", "ThrottlingException")
    assert metrics == {"ExpireRefused": [1.0]}


@pytest.mark.parametrize("operation", ["Query", "TransactWriteItems"])
@pytest.mark.parametrize(
    "fault",
    [
        ("ThrottlingException", "throttled"),
        ("ServiceUnavailable", "server_error"),
        (ReadTimeoutError(endpoint_url=URL), "timed_out"),
        (EndpointConnectionError(endpoint_url=URL), "no_connection"),
        (_truncated(), "server_error"),
    ],
)
def test_a_503_says_which_dependency_failed_at_what_and_why(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput, operation: str, fault: tuple[Any, str]
) -> None:
    failure, cause = fault
    _fail(sdk, operation, failure)
    log_output()
    response = marketplace.submit_feedback()
    [line], _ = read(log_output())
    assert (line["level"], line["code"], line["contract_id"]) == ("WARNING", "temporarily_unavailable", "c-1")
    name = failure if isinstance(failure, str) else type(failure).__name__
    assert explanation(line) == ("table", operation, cause, name)
    assert line["reference"] == response.body["reference"]


def test_a_race_that_is_lost_too_often_says_so(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mid_job_feedback.storage.table.time.sleep", lambda _: None)
    lost = [{"Code": "ConditionalCheckFailed"}]
    sdk.respond_with_error("TransactWriteItems", "TransactionCanceledException", CancellationReasons=lost)
    log_output()
    marketplace.submit_feedback()
    [line], _ = read(log_output())
    assert explanation(line)[:3] == ("table", "TransactWriteItems", "lost_race")


@pytest.mark.parametrize(
    ("reasons", "cause"),
    [
        (["None", "ThrottlingError"], "throttled"),
        (["None", "InternalServerError"], "server_error"),
        (["ConditionalCheckFailed", "InternalServerError"], "server_error"),
    ],
)
def test_a_cancelled_transaction_has_the_cause_of_its_reasons(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput, reasons: list[str], cause: str
) -> None:
    cancelled = [{"Code": reason} for reason in reasons]
    sdk.respond_with_error("TransactWriteItems", "TransactionCanceledException", CancellationReasons=cancelled)
    log_output()
    marketplace.submit_feedback()
    [line], _ = read(log_output())
    assert explanation(line) == ("table", "TransactWriteItems", cause, "TransactionCanceledException")


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_a_transaction_cancelled_without_any_reason_is_not_taken_for_a_lost_race(
    marketplace: Marketplace, sdk: SdkInterceptor
) -> None:
    sdk.respond_with_error("TransactWriteItems", "TransactionCanceledException", CancellationReasons=[])
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        marketplace.submit_feedback()


@pytest.mark.parametrize("is_in_transaction", [True, False])
def test_a_sweep_says_what_kept_it_from_deleting(
    marketplace: Marketplace,
    sdk: SdkInterceptor,
    log_output: LogOutput,
    monkeypatch: pytest.MonkeyPatch,
    is_in_transaction: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setattr("mid_job_feedback.storage.table.time.sleep", lambda _: None)
    marketplace.request_feedback()
    marketplace.wait(14 * DAY)
    if is_in_transaction:
        sdk.respond_with_error("BatchWriteItem", "TransactionConflictException")
    else:
        sdk.respond("BatchWriteItem", lambda _, sent: {"UnprocessedItems": sent["RequestItems"]})
    log_output()
    marketplace.sweep_by_hand()
    [line], _ = read(log_output())
    cause = "lost_race" if is_in_transaction else "throttled"
    assert explanation(line)[:3] == ("table", "BatchWriteItem", cause)


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "DeleteItem"])
def test_a_call_with_a_key_says_which_call_to_the_idempotency_table_failed(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput, operation: str
) -> None:
    """The record is deleted if the call itself fails. A timeout does not name the operation by itself."""
    sdk.raise_error(operation, ReadTimeoutError(endpoint_url=URL))
    if operation == "DeleteItem":
        sdk.respond_with_error("Query", "ThrottlingException")
    log_output()
    assert marketplace.submit_feedback(headers=KEY).status == 503
    lines, _ = read(log_output())
    assert explanation(lines[-1]) == ("idempotency_table", operation, "timed_out", "ReadTimeoutError")


def test_a_key_whose_record_keeps_expiring_lost_a_race(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput
) -> None:
    marketplace.submit_feedback(headers=KEY)
    [record] = marketplace.idempotency_records()
    expired = record | {"expiration": {"N": "1"}}
    code = "ConditionalCheckFailedException"
    sdk.respond("PutItem", lambda caller, _: raise_client_error(caller, "PutItem", code, Item=expired))
    log_output()
    marketplace.submit_feedback(headers=KEY)
    [line], _ = read(log_output())
    assert explanation(line)[:3] == ("idempotency_table", "PutItem", "lost_race")


def test_a_503_of_a_link_names_its_contract_and_request(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput
) -> None:
    marketplace.request_feedback()
    token = marketplace.link_token()
    [row] = [row for row in marketplace.rows() if "due_shard" in row]
    sdk.respond_with_error("BatchGetItem", "ThrottlingException")
    log_output()
    marketplace.submit_by_link(token)
    [line], _ = read(log_output())
    assert (line["contract_id"], line["request_id"]) == ("c-1", row["request_id"]["S"])


@pytest.mark.parametrize(
    ("failure", "cause_and_error"),
    [
        ("ThrottlingException", ("throttled", "ThrottlingException")),
        ("AccessDeniedException", ("rejected", "AccessDeniedException")),
        (NoCredentialsError(), ("rejected", "NoCredentialsError")),
        (ReadTimeoutError(endpoint_url=URL), ("timed_out", "ReadTimeoutError")),
        ({"SecretString": "no JSON"}, ("invalid", "JSONDecodeError")),
        ({"SecretString": '{"current": 7}'}, ("invalid", "ValidationError")),
    ],
)
def test_a_signing_key_that_is_not_read_is_explained_by_an_error_and_a_warning(
    marketplace: Marketplace,
    sdk: SdkInterceptor,
    log_output: LogOutput,
    failure: Any,
    cause_and_error: tuple[str, str],
) -> None:
    marketplace.request_feedback()
    token = marketplace.link_token()
    lambda_runtime.cold_start()
    _fail(sdk, "GetSecretValue", failure)
    log_output()
    marketplace.open_link(token)
    lines, _ = read(log_output())
    explained = ("link_key", "GetSecretValue", *cause_and_error)
    assert [(line["level"], line["message"], explanation(line)) for line in lines] == [
        ("ERROR", "signing key not read", explained),
        ("WARNING", "list refused", explained),
    ]


@pytest.mark.parametrize("operation", ["StartConfigurationSession", "GetLatestConfiguration"])
def test_a_flag_that_is_not_read_is_explained_by_the_call_that_failed(
    marketplace: Marketplace,
    sdk: SdkInterceptor,
    log_output: LogOutput,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
) -> None:
    monkeypatch.setattr(rollout, "_flags", FLAGS_OF_APPCONFIG)
    sdk.respond("StartConfigurationSession", lambda *_: {"InitialConfigurationToken": "first"})
    sdk.respond_with_error(operation, "ThrottlingException")
    log_output()
    marketplace.request_feedback()
    lines, _ = read(log_output())
    explained = ("rollout_flags", operation, "throttled", "ThrottlingException")
    assert [(line["level"], line["message"], explanation(line)) for line in lines] == [
        ("ERROR", "flag not read", explained),
        ("WARNING", "request refused", explained),
    ]


def _fail(sdk: SdkInterceptor, operation: str, failure: str | BaseException | dict[str, Any]) -> None:
    """With an error code, with an exception, or with a response that is no use."""
    match failure:
        case str():
            sdk.respond_with_error(operation, failure)
        case BaseException():
            sdk.raise_error(operation, failure)
        case dict():
            sdk.respond(operation, lambda *_: failure)
