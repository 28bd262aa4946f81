"""Logs and metrics: one line and one metric per decision, with IDs and codes, and nothing private."""

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from typing import Any, cast

import pytest

from mid_job_feedback import links
from mid_job_feedback.domain import addresses
from tests import lambda_runtime
from tests.builders import DAY, RATINGS, a_request
from tests.component import table_stream
from tests.component.http_calls import HttpResponse
from tests.component.log_lines import LogOutput, read
from tests.component.marketplace import Marketplace
from tests.contract_queue import deliver, event
from tests.log_search import IN_PROCESS
from tests.sdk_interceptor import SdkInterceptor

COMMENT, MESSAGE, KEY, CURSOR, FORGED = (
    "a-comment-xyz",
    "a-message-xyz",
    "a-key-xyz",
    "a-cursor-xyz",
    "a-token-xyz",
)


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
    ],
)
def test_a_success_is_one_line_and_one_metric(
    marketplace: Marketplace, log_output: LogOutput, name: str, command: str, success: str
) -> None:
    log_output()
    getattr(marketplace, name)()
    [line], metrics = read(log_output())
    assert (line["message"], line["command"], line["contract_id"]) == (f"{command} accepted", command, "c-1")
    assert metrics == {success: [1.0]}


def _reads(marketplace: Marketplace) -> Iterator[HttpResponse]:
    yield marketplace.feedback_tab()
    yield marketplace.work_history()
    yield marketplace.head_link(marketplace.link_token())


def test_a_read_that_succeeds_writes_nothing(marketplace: Marketplace, log_output: LogOutput) -> None:
    marketplace.request_feedback()
    log_output()
    assert [read.status for read in _reads(marketplace)] == [200] * 3
    assert log_output() == ""


def test_a_link_that_is_opened_is_a_line_and_a_metric(marketplace: Marketplace, log_output: LogOutput) -> None:
    """The only read that is: it is a step of the funnel."""
    request_id = marketplace.request_feedback().body["request_id"]
    log_output()
    assert marketplace.open_link(marketplace.link_token()).status == 200
    [line], metrics = read(log_output())
    assert (line["level"], line["message"], line["funnel_step"]) == ("INFO", "link opened", "opened")
    assert (line["contract_id"], line["request_id"]) == ("c-1", request_id)
    assert metrics == {"LinksOpened": [1.0]}


@pytest.mark.usefixtures("_debug_level")
def test_a_read_that_succeeds_is_one_line_at_debug(marketplace: Marketplace, log_output: LogOutput) -> None:
    marketplace.request_feedback()
    log_output()
    assert [read.status for read in _reads(marketplace)] == [200] * 3
    lines = [json.loads(line) for line in log_output().splitlines()]
    written = [(line["level"], line["message"], line["command"]) for line in lines]
    assert written == [("DEBUG", "list accepted", "list")] * 3
    assert all(line["reference"] for line in lines)


def test_a_read_that_is_refused_is_a_line_and_a_metric(marketplace: Marketplace, log_output: LogOutput) -> None:
    log_output()
    marketplace.open_link("forged")
    [line], metrics = read(log_output())
    assert (line["level"], line["message"], line["code"]) == ("INFO", "list refused", "link_invalid")
    assert metrics == {"ListRefused": [1.0]}


def test_a_refusal_is_one_line_with_its_reasons_and_one_metric(
    empty_marketplace: Marketplace, log_output: LogOutput
) -> None:
    empty_marketplace.start_contract()
    log_output()
    empty_marketplace.submit_feedback()
    [line], metrics = read(log_output())
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
    [line], metrics = read(log_output())
    assert (line["message"], line["command"]) == ("request refused", "request")
    assert metrics == {"RequestRefused": [1.0]}


def test_a_sweep_logs_the_number_of_closed_requests(marketplace: Marketplace, log_output: LogOutput) -> None:
    marketplace.request_feedback()
    marketplace.wait(14 * DAY)
    log_output()
    marketplace.sweep()
    [line], metrics = read(log_output())
    assert (line["message"], line["expired"]) == ("expire accepted", 1)
    assert metrics == {"ExpireAccepted": [1.0]}


def test_a_message_is_accepted_once_however_often_its_record_is_delivered(
    marketplace: Marketplace, log_output: LogOutput
) -> None:
    marketplace.request_feedback()
    records = marketplace.stream.new_records()
    request_id = records[-1]["dynamodb"]["NewImage"]["request_id"]["S"]
    log_output()
    table_stream.deliver("notify", records)
    lines, metrics = read(log_output())
    assert [(line["channel"], line["message_id"]) for line in lines if line["message"] == "notify accepted"] == [
        ("email", f"email:feedback_requested:{request_id}:{addresses.digest('client@example.com')}"),
        ("dash", f"dash:feedback_requested:{request_id}"),
        ("event", f"event:FeedbackRequested:{request_id}"),
    ]
    assert metrics["NotifyAccepted"] == [1.0, 1.0, 1.0]
    table_stream.deliver("notify", records)
    lines, metrics = read(log_output())
    assert lines == []
    assert "NotifyAccepted" not in metrics


def test_the_log_says_which_email_is_not_sent_because_of_an_erased_address(
    marketplace: Marketplace, log_output: LogOutput
) -> None:
    request_id = marketplace.request_feedback().body["request_id"]
    marketplace.remove_attribute("client_email")
    log_output()
    marketplace.process_stream()
    lines, _ = read(log_output())
    [line] = [line for line in lines if line["message"] == "e-mail not sent: no address"]
    assert (line["contract_id"], line["request_id"]) == ("c-1", request_id)
    assert line["message_id"].startswith(f"email:feedback_requested:{request_id}")


def test_a_contract_event_says_whether_it_changed_anything(
    empty_marketplace: Marketplace, log_output: LogOutput
) -> None:
    log_output()
    for applied in (True, False):
        deliver(event("payment-made"))
        [line], _ = read(log_output())
        assert line["applied"] is applied


@pytest.mark.parametrize("status", [201, 409])
def test_a_repeated_call_says_that_its_response_was_replayed(
    marketplace: Marketplace, log_output: LogOutput, status: int
) -> None:
    if status == 409:
        marketplace.submit_feedback()
    headers: dict[str, str | None] = {"idempotency-key": KEY}
    assert marketplace.submit_feedback(headers=headers).status == status
    log_output()
    assert marketplace.submit_feedback(headers=headers).status == status
    [line], metrics = read(log_output())
    assert (line["level"], line["message"], line["command"]) == ("INFO", "submit replayed", "submit")
    assert line["reference"]
    assert metrics == {"CallsWithIdempotencyKey": [1.0]}


def test_every_line_of_a_call_has_its_reference_and_no_other_call_has_it(
    marketplace: Marketplace, log_output: LogOutput
) -> None:
    log_output()
    for reference in ("reference-1", "reference-2"):
        event = lambda_runtime.event("submit-feedback")
        event["requestContext"]["requestId"] = reference
        event["body"] = "{"
        response = lambda_runtime.invoke("submit", event)
        [line], _ = read(log_output())
        assert line["reference"] == json.loads(response["body"])["reference"] == reference
    marketplace.sweep()
    [line], _ = read(log_output())
    assert "reference" not in line


def _lines_of_web(monkeypatch: pytest.MonkeyPatch, level: str) -> StringIO:
    logger, lines = lambda_runtime.function("web").logger, StringIO()
    monkeypatch.setattr(cast("logging.StreamHandler[Any]", logger.handlers[0]), "stream", lines)
    monkeypatch.setattr(logger, "level", getattr(logging, level))
    monkeypatch.setattr(logger, "_cache", {})
    return lines


@pytest.mark.usefixtures("pages")
def test_web_logs_refusals_and_at_debug_what_it_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    for level, statuses in (("INFO", [404]), ("DEBUG", [200, 404])):
        lines = _lines_of_web(monkeypatch, level)
        for path in ("/app/contract", "/app/nowhere"):
            event = lambda_runtime.event("web-unknown-route")
            event["rawPath"] = event["requestContext"]["http"]["path"] = path
            event["pathParameters"] = {"proxy": path.removeprefix("/app/")}
            lambda_runtime.invoke("web", event)
        logged = [json.loads(line) for line in lines.getvalue().splitlines()]
        assert [line["status"] for line in logged] == statuses
        assert all(line["message"] == "web accepted" for line in logged)
        assert all(datetime.fromisoformat(line["timestamp"]).tzinfo for line in logged)


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
    token = links.sign_link(a_request(), "client@example.com")
    lines = _lines_of_web(monkeypatch, "DEBUG")
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
