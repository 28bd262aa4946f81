"""What cannot be handled waits in a failure queue, and comes back from there when the cause is gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.redrive import redrive
from mid_job_feedback import items
from tests.e2e.marketplace import Marketplace, eventually


@contextmanager
def misconfigured(marketplace: Marketplace, function: str, **broken: str) -> Iterator[None]:
    """As if a deployment had gone wrong: these settings of the function are useless."""
    functions, name = marketplace.stack.client("lambda"), marketplace.stack.function_names[function]
    before = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": before | broken})
    yield
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


def test_a_message_that_no_process_could_send_is_sent_after_the_redrive(marketplace: Marketplace) -> None:
    contract_id = marketplace.a_running_contract(title="Redriven")
    with misconfigured(marketplace, "notify", SENDER_EMAIL="", RETRY_QUEUE_URL=""):
        marketplace.ask(contract_id)
        [letter] = eventually(lambda: waiting(marketplace, "notify_failure"), "the position in the failure queue")
    assert "RetryAttemptsExhausted" in letter["Body"]
    assert marketplace.mails("Redriven") == []
    assert redrive(marketplace.stack)["notify_failure"] == 1
    assert marketplace.answer(marketplace.token_mailed("Redriven")).status_code == 201
    assert waiting(marketplace, "notify_failure") == []


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
    marketplace: Marketplace, function: str
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
    assert redrive(marketplace.stack)[f"{function}_failure"] >= 1
    eventually(letters, "it to come back, as broken as before")


def test_a_malformed_contract_event_comes_back_with_its_reason(marketplace: Marketplace) -> None:
    marketplace.publish(("ContractEnded", {"contract_id": "c-malformed", "ended_at": "yesterday"}))

    def letters() -> list[dict[str, Any]]:
        found = waiting(marketplace, "contract_events_dead_letter")
        return [letter for letter in found if "c-malformed" in letter["Body"]]

    for _ in range(2):
        [letter] = eventually(letters, "the malformed event")
        assert "ended_at" in letter["MessageAttributes"]["reason"]["StringValue"]
        assert redrive(marketplace.stack)["contract_events_dead_letter"] >= 1
