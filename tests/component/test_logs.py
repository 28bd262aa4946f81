"""Logs and metrics: one line and one metric per decision, with IDs and codes, and nothing private."""

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from mid_job_feedback import links, observability
from tests import lambda_runtime
from tests.builders import DAY, RATINGS, a_request
from tests.component import table_stream
from tests.component.marketplace import Marketplace
from tests.contract_queue import deliver, event
from tests.log_search import IN_PROCESS
from tests.sdk_interceptor import SdkInterceptor

type LogOutput = Callable[[], str]

URL = "https://example.com/freelancer@example.com"

COMMENT, MESSAGE, KEY, CURSOR, FORGED = (
    "a-comment-xyz",
    "a-message-xyz",
    "a-key-xyz",
    "a-cursor-xyz",
    "a-token-xyz",
)


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


def test_nothing_private_is_ever_logged(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput
) -> None:
    headers: dict[str, str | None] = {"idempotency-key": KEY, "x-anything": "a-header-xyz"}
    marketplace.request_feedback(body={"message": MESSAGE}, headers=headers)
    link = marketplace.link_token()
    body = {"ratings": RATINGS, "comment": COMMENT}
    sdk.respond_with_error("SendEmail", "MessageRejected")
    table_stream.deliver("notify", marketplace.stream.new_records())
    sdk.restore()
    marketplace.process_stream()
    marketplace.open_link(link)
    marketplace.head_link(link)
    marketplace.submit_by_link(link, body={"ratings": {"skills": COMMENT}, "comment": COMMENT})
    marketplace.submit_by_link(link, body=COMMENT)
    marketplace.submit_by_link(link, body=body, headers=headers)
    marketplace.submit_by_link(link, body=body, headers=headers)
    marketplace.submit_by_link(link, body={"comment": COMMENT}, headers=headers)
    marketplace.submit_by_link(link, body=body)
    marketplace.process_stream()
    marketplace.open_link(FORGED)
    marketplace.submit_by_link(FORGED, body=body)
    marketplace.work_history(cursor=CURSOR)
    marketplace.submit_feedback(body=body, headers={"idempotency-key": KEY * 50})
    deliver(event("contract-started", client={"id": "u-1", "name": "xyz", "email": "broken@@xyz.example"}))
    deliver(event("end-of-contract-feedback", comment=COMMENT, ratings={}))
    everything = log_output()
    assert "submit accepted" in everything
    for private in (
        "xyz",
        "@",
        "example.com",
        link,
        link.rpartition(".")[0],
        "Website relaunch",
        "Freelancer",
        "Bearer",
    ):
        assert private not in everything


@pytest.mark.parametrize(
    ("name", "command", "success"),
    [
        ("request_feedback", "request", "RequestAccepted"),
        ("submit_feedback", "submit", "SubmitAccepted"),
        ("feedback_tab", "list", "ListAccepted"),
    ],
)
def test_a_success_is_one_line_and_one_metric(
    marketplace: Marketplace, log_output: LogOutput, name: str, command: str, success: str
) -> None:
    log_output()
    getattr(marketplace, name)()
    [line], metrics = _read(log_output())
    assert (line["message"], line["command"], line["contract_id"]) == (f"{command} accepted", command, "c-1")
    assert metrics == {success: [1.0]}


def test_a_refusal_is_one_line_with_its_reasons_and_one_metric(
    empty_marketplace: Marketplace, log_output: LogOutput
) -> None:
    empty_marketplace.start_contract()
    log_output()
    empty_marketplace.submit_feedback()
    [line], metrics = _read(log_output())
    assert (line["message"], line["code"], line["reasons"]) == (
        "submit refused",
        "not_eligible",
        ["no_recent_payment"],
    )
    assert line["contract_id"] == "c-1"
    assert metrics == {"SubmitRefused": [1.0]}


@pytest.mark.parametrize("body", ["{", "[]", " " * 200_000, '{"extra": 1}'])
def test_a_refused_body_counts_like_any_refusal(
    marketplace: Marketplace, log_output: LogOutput, body: str
) -> None:
    log_output()
    marketplace.request_feedback(body=body)
    [line], metrics = _read(log_output())
    assert (line["message"], line["command"]) == ("request refused", "request")
    assert metrics == {"RequestRefused": [1.0]}


def test_a_sweep_logs_the_number_of_closed_requests(marketplace: Marketplace, log_output: LogOutput) -> None:
    marketplace.request_feedback()
    marketplace.wait(14 * DAY)
    log_output()
    marketplace.sweep()
    [line], metrics = _read(log_output())
    assert (line["message"], line["expired"]) == ("expire accepted", 1)
    assert metrics == {"ExpireAccepted": [1.0]}


def test_messages_sent_and_records_failed_are_counted(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput
) -> None:
    marketplace.request_feedback()
    sdk.respond_with_error("SendEmail", "TooManyRequestsException")
    records = marketplace.stream.new_records()
    log_output()
    table_stream.deliver("notify", records)
    lines, metrics = _read(log_output())
    received = {"RecordsReceived": [1.0]}
    assert metrics == received | {"DashMessagesSent": [1.0], "NotifyAccepted": [1.0], "RecordsFailed": [1.0]}
    [failed] = [line for line in lines if line["message"] == "record failed"]
    assert explanation(failed) == ("ses", "SendEmail", "throttled", "TooManyRequestsException")
    request_id = records[-1]["dynamodb"]["NewImage"]["request_id"]["S"]
    assert (failed["level"], failed["contract_id"], failed["request_id"]) == ("WARNING", "c-1", request_id)


def test_each_channel_that_failed_is_explained_by_a_line_of_its_own(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput
) -> None:
    marketplace.request_feedback()
    sdk.raise_error("SendEmail", ReadTimeoutError(endpoint_url=URL))
    sdk.respond_with_error("Publish", "AuthorizationErrorException")
    records = marketplace.stream.new_records()
    log_output()
    table_stream.deliver("notify", records)
    lines, metrics = _read(log_output())
    assert [explanation(line) for line in lines if line["message"] == "record failed"] == [
        ("ses", "SendEmail", "timed_out", "ReadTimeoutError"),
        ("sns", "Publish", "rejected", "AuthorizationErrorException"),
    ]
    assert metrics["RecordsFailed"] == [1.0]


@pytest.mark.parametrize("operation", ["Query", "TransactWriteItems"])
@pytest.mark.parametrize(
    "fault",
    [
        ("ThrottlingException", "throttled"),
        ("ServiceUnavailable", "server_error"),
        (ReadTimeoutError(endpoint_url=URL), "timed_out"),
        (EndpointConnectionError(endpoint_url=URL), "no_connection"),
    ],
)
def test_a_503_says_which_dependency_failed_at_what_and_why(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput, operation: str, fault: tuple[Any, str]
) -> None:
    failure, cause = fault
    if isinstance(failure, str):
        sdk.respond_with_error(operation, failure)
    else:
        sdk.raise_error(operation, failure)
    log_output()
    response = marketplace.submit_feedback()
    [line], _ = _read(log_output())
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
    [line], _ = _read(log_output())
    assert explanation(line)[:3] == ("table", "TransactWriteItems", "lost_race")


def test_a_503_of_a_link_names_its_contract_and_request(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput
) -> None:
    marketplace.request_feedback()
    token = marketplace.link_token()
    [row] = [row for row in marketplace.rows() if "due_shard" in row]
    sdk.respond_with_error("BatchGetItem", "ThrottlingException")
    log_output()
    marketplace.submit_by_link(token)
    [line], _ = _read(log_output())
    assert (line["contract_id"], line["request_id"]) == ("c-1", row["request_id"]["S"])


def test_a_malformed_secret_is_an_invalid_link_key(
    marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput
) -> None:
    marketplace.request_feedback()
    token = marketplace.link_token()
    lambda_runtime.cold_start()
    sdk.respond("GetSecretValue", lambda *_: {"SecretString": "no JSON"})
    log_output()
    marketplace.open_link(token)
    lines, _ = _read(log_output())
    [line] = [line for line in lines if line["message"] == "list refused"]
    assert explanation(line)[:3] == ("link_key", "GetSecretValue", "invalid")


def test_every_line_of_a_call_has_its_reference_and_no_other_call_has_it(
    marketplace: Marketplace, log_output: LogOutput
) -> None:
    log_output()
    for reference in ("reference-1", "reference-2"):
        event = lambda_runtime.event("submit-feedback")
        event["requestContext"]["requestId"] = reference
        event["body"] = "{"
        response = lambda_runtime.invoke("submit", event)
        [line], _ = _read(log_output())
        assert line["reference"] == json.loads(response["body"])["reference"] == reference
    marketplace.sweep()
    [line], _ = _read(log_output())
    assert "reference" not in line


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize(
    "path",
    [
        "/app/feedback#t={}",
        "/app/feedback/#t={}&rating=4",
        "/app/feedback%23t={}",
        "/app/{}",
        "/feedback#t={}",
        "/feedback-links/{}/more",
    ],
)
def test_a_path_with_a_token_is_not_logged_wherever_it_leads(
    log_output: LogOutput, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Some of these paths are redirected, the others are a 404 as a page or as a problem document."""
    token = links.sign_link(a_request())
    handler = cast("logging.StreamHandler[Any]", lambda_runtime.function("web").logger.handlers[0])
    lines = StringIO()
    monkeypatch.setattr(handler, "stream", lines)
    for accept in ("text/html", "*/*"):
        event = lambda_runtime.event("web-unknown-route")
        event["rawPath"] = event["requestContext"]["http"]["path"] = path.format(token)
        event["pathParameters"] = {"proxy": event["rawPath"].removeprefix("/app/")}
        event["headers"] = {"accept": accept}
        lambda_runtime.invoke("web", event)
    IN_PROCESS.read(lines.getvalue())
    logged = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [(line["page"], line["reference"]) for line in logged] == [(None, "Rq1=")] * 2
    assert token not in lines.getvalue() + log_output()


def explanation(line: dict[str, Any]) -> tuple[str, str, str, str]:
    return line["dependency"], line["operation"], line["cause"], line["error"]


def _read(written: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The log lines and the metrics of one invocation."""
    lines = [json.loads(line) for line in written.splitlines()]
    [metrics] = [line for line in lines if "_aws" in line]
    logged = [line for line in lines if "_aws" not in line]
    return logged, {name: value for name, value in metrics.items() if name not in {"_aws", "service"}}
