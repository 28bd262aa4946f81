"""What cannot be handled waits in a failure queue, and comes back from there when the cause is gone."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.cloud_process import ROOT
from local.redrive import READ_FROM
from mid_job_feedback.storage import items
from tests import contract_queue
from tests.conftest import Tried
from tests.e2e.marketplace import Marketplace, days_ago, eventually
from tests.e2e.probes import Probes
from tests.local.test_dev_tool import make


def redrive(marketplace: Marketplace) -> dict[str, int]:
    """`make redrive`, which finds a stack by its port; how many it says it put back, by the queue they were in."""
    port = urlsplit(marketplace.stack.endpoint_url).port
    assert port
    directory = ROOT / f".local/{port}"
    directory.mkdir()
    try:
        (description := directory / "stack.json").write_text(json.dumps(asdict(marketplace.stack)))
        os.utime(description, (0, 0))  # or a `make down` elsewhere might take it for the newest of those that run
        made = make("redrive", port)
    finally:
        shutil.rmtree(directory)
    assert made.returncode == 0, made.stdout + made.stderr
    said = re.findall(r"^ *(\d+) from ([a-z ]+)$", made.stdout, re.MULTILINE)
    found = {queue.replace(" ", "_"): int(number) for number, queue in said}
    assert found.keys() == READ_FROM.keys()
    return found


@pytest.fixture(autouse=True)
def _nothing_is_left(marketplace: Marketplace) -> Iterator[None]:
    """Neither by others for these tests, nor by these for each other."""
    _purge(marketplace)
    yield
    _purge(marketplace)


def _purge(marketplace: Marketplace) -> None:
    for queue in READ_FROM:
        marketplace.stack.client("sqs").purge_queue(QueueUrl=marketplace.stack.queue_urls[queue])


@contextmanager
def misconfigured(marketplace: Marketplace, function: str, **broken: str) -> Iterator[None]:
    """As if a deployment had gone wrong: these settings of the function are useless."""
    functions, name = marketplace.stack.client("lambda"), marketplace.stack.function_names[function]
    before = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": before | broken})
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": before})


def waiting(marketplace: Marketplace, queue: str) -> list[dict[str, Any]]:
    """What waits in the queue, left where it is."""
    found = marketplace.stack.client("sqs").receive_message(
        QueueUrl=marketplace.stack.queue_urls[queue],
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
        VisibilityTimeout=0,
    )
    messages: list[dict[str, Any]] = found.get("Messages", [])
    return messages


def test_a_message_that_no_process_could_send_is_sent_after_the_redrive(
    marketplace: Marketplace, tried: Tried
) -> None:
    contract_id = marketplace.a_running_contract(title="Redriven")
    with misconfigured(marketplace, "notify", SENDER_EMAIL="", RETRY_QUEUE_URL=""):
        marketplace.ask(contract_id)
        [letter] = eventually(lambda: waiting(marketplace, "notify_failure"), "the position in the failure queue")
    assert "RetryAttemptsExhausted" in letter["Body"]
    assert marketplace.mails("Redriven") == []
    assert redrive(marketplace)["notify_failure"] == 1
    assert marketplace.answer(marketplace.token_mailed("Redriven")).status_code == 201
    assert marketplace.waiting("notify_failure") == 0
    tried("messages put back by make redrive", 1)


def test_a_removal_that_no_process_could_record_is_recorded_after_the_redrive(
    marketplace: Marketplace, tried: Tried
) -> None:
    contract_id = marketplace.a_running_contract()
    request_id = marketplace.ask(contract_id).json()["request_id"]

    def past() -> list[tuple[str, str]]:
        tab = marketplace.tab(contract_id, marketplace.freelancer).json()
        return [(request["request_id"], request["status"]) for request in tab["past_requests"]]

    with misconfigured(marketplace, "expire", TABLE_NAME="", RETRY_QUEUE_URL=""):
        Probes(marketplace).removal_from(contract_id)  # as TTL does
        [letter] = eventually(lambda: waiting(marketplace, "expire_failure"), "the position in the failure queue")
    assert "RetryAttemptsExhausted" in letter["Body"]
    assert past() == []
    assert redrive(marketplace)["expire_failure"] == 1
    assert eventually(past, "the record of the request") == [(request_id, "expired")]
    eventually(lambda: marketplace.dash("feedback_request_expired", contract_id), "the Dash message")
    assert marketplace.waiting("expire_failure") == 0
    tried("messages put back by make redrive", 1)


def test_a_contract_event_that_was_set_aside_is_applied_after_the_redrive(
    marketplace: Marketplace, tried: Tried
) -> None:
    """As when the version that set it aside did not know it yet."""
    contract_id = marketplace.a_running_contract()
    marketplace.ask(contract_id)
    now, end = datetime.now(UTC), {"contract_id": contract_id, "ended_at": days_ago(0)}
    marketplace.stack.client("sqs").send_message(
        QueueUrl=marketplace.stack.queue_urls["contract_events_dead_letter"],
        MessageBody=contract_queue.event("contract-ended", at=now, **end),
        MessageAttributes={"reason": {"DataType": "String", "StringValue": "detail-type"}},
    )
    assert redrive(marketplace)["contract_events_dead_letter"] == 1
    eventually(lambda: not marketplace.active(contract_id), "the end")
    tab = marketplace.tab(contract_id, marketplace.freelancer).json()
    assert [request["status"] for request in tab["past_requests"]] == ["cancelled"]
    assert marketplace.waiting("contract_events_dead_letter") == 0
    tried("messages put back by make redrive", 1)


def test_a_record_that_could_not_be_handled_is_handled_from_the_retry_queue(marketplace: Marketplace) -> None:
    urls, sqs = marketplace.stack.queue_urls, marketplace.stack.client("sqs")
    sqs.set_queue_attributes(QueueUrl=urls["notify_retry"], Attributes={"VisibilityTimeout": "2"})
    contract_id = marketplace.a_running_contract(title="Retried")
    with misconfigured(marketplace, "notify", SENDER_EMAIL=""):
        marketplace.ask(contract_id)
        [record] = eventually(lambda: waiting(marketplace, "notify_retry"), "the record in the retry queue")
        assert record["MessageAttributes"]["reason"]["StringValue"] == "SettingsError"
        assert marketplace.mails("Retried") == []
    eventually(lambda: marketplace.mails("Retried"), "the mail, once it can be sent")
    eventually(lambda: marketplace.dash("feedback_requested", contract_id), "the Dash message")
    assert waiting(marketplace, "notify_failure") == []


@pytest.mark.parametrize("function", ["notify", "expire"])
def test_a_broken_row_lands_in_the_failure_queue_with_its_reason_while_its_neighbours_proceed(
    marketplace: Marketplace, function: str, tried: Tried
) -> None:
    contract_id = marketplace.a_running_contract(title=f"Beside a broken row for {function}")
    row = {**items.key(f"broken-{function}", f"{items.OPEN_REQUEST}broken"), "contract_id": {"S": "broken"}}
    table, name = marketplace.stack.client("dynamodb"), marketplace.stack.table_name
    table.put_item(TableName=name, Item=row)
    if function == "expire":
        table.delete_item(TableName=name, Key={key: row[key] for key in ("PK", "SK")})
    marketplace.ask(contract_id)
    eventually(lambda: marketplace.mails(f"Beside a broken row for {function}"), "the neighbour's mail")

    def letters() -> list[dict[str, Any]]:
        return [letter for letter in waiting(marketplace, f"{function}_failure") if "broken" in letter["Body"]]

    letter = eventually(letters, "the broken record")[0]
    assert letter["MessageAttributes"]["reason"]["StringValue"] == "KeyError"
    assert redrive(marketplace)[f"{function}_failure"] == 1
    eventually(letters, "it to come back, as broken as before")
    tried("messages put back by make redrive", 1)


def test_a_malformed_contract_event_comes_back_with_its_reason(marketplace: Marketplace, tried: Tried) -> None:
    marketplace.publish(("ContractEnded", {"contract_id": "c-malformed", "ended_at": "yesterday"}))

    def letters() -> list[dict[str, Any]]:
        found = waiting(marketplace, "contract_events_dead_letter")
        return [letter for letter in found if "c-malformed" in letter["Body"]]

    for _ in range(2):
        [letter] = eventually(letters, "the malformed event")
        assert "ended_at" in letter["MessageAttributes"]["reason"]["StringValue"]
        assert redrive(marketplace)["contract_events_dead_letter"] == 1
        tried("messages put back by make redrive", 1)
