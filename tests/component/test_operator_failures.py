"""`failures`: what failed and why, without moving anything; then putting it back, or discarding it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli import failures, queues, terminal
from mid_job_feedback.aws import client
from tests.component.operator_tool import OperatorTool, empty_queues

LONG_AGO = timedelta(minutes=30)


@pytest.fixture
def tool(operator_tool: OperatorTool, monkeypatch: pytest.MonkeyPatch) -> Iterator[OperatorTool]:
    """With all queues of the stack, empty."""
    monkeypatch.setattr(queues, "WAIT_SECONDS", 0)
    with empty_queues(operator_tool):
        yield operator_tool


def put(tool: OperatorTool, queue: str, body: str = "{}", **attributes: str) -> str:
    """Puts a message into a queue; returns its id."""
    typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    sent = client("sqs").send_message(
        QueueUrl=queues.url(tool.stack, queue), MessageBody=body, MessageAttributes=typed
    )
    return str(sent["MessageId"])


def waiting(tool: OperatorTool, queue: str) -> list[tuple[str, str]]:
    """The body and the reason of each message of a queue that can be received now."""
    found = client("sqs").receive_message(
        QueueUrl=queues.url(tool.stack, queue),
        MaxNumberOfMessages=10,
        VisibilityTimeout=0,
        MessageAttributeNames=["All"],
    )
    return [
        (message["Body"], message.get("MessageAttributes", {}).get("reason", {}).get("StringValue", ""))
        for message in found.get("Messages", [])
    ]


def test_it_lists_what_failed_in_every_queue_with_its_reason(tool: OperatorTool) -> None:
    malformed = put(tool, "contract_events_dead_letter", reason="detail.paid_at: must be a date")
    undelivered = put(
        tool, "contract_events_dead_letter", ERROR_CODE="NO_PERMISSIONS", ERROR_MESSAGE="not allowed"
    )
    report = {"requestContext": {"condition": "RetryAttemptsExhausted"}}
    position = put(tool, "notify_failure", json.dumps({**report, "DDBStreamBatchInfo": {}}))
    run = put(tool, "expire_failure", json.dumps(report))
    exhausted = put(tool, "email_events_failure", "no JSON")
    answer = tool("failures", "list", "--json")
    assert answer.code == 3
    assert {(found["queue"], found["message_id"]): found["reason"] for found in answer.json["failed"]} == {
        ("contract_events_dead_letter", malformed): "detail.paid_at: must be a date",
        ("contract_events_dead_letter", undelivered): "not allowed",
        ("notify_failure", position): "position in the stream: RetryAttemptsExhausted",
        ("expire_failure", run): "failed invocation: RetryAttemptsExhausted",
        ("email_events_failure", exhausted): "none given",
    }
    said = tool("failures", "list").out
    assert "".join(malformed) in "".join(said.split())
    assert len(waiting(tool, "contract_events_dead_letter")) == 2  # they are still there, and can be received


def test_it_says_that_nothing_failed(tool: OperatorTool) -> None:
    answer = tool("failures", "list")
    assert (answer.code, "Failed" in answer.out) == (0, False)
    assert [line.split()[0] for line in answer.out.splitlines()[1:]] == ["contract"] * 2 + ["notify"] * 2 + [
        "expire"
    ] * 2 + ["email"]


def test_it_shows_all_messages_of_a_queue_that_has_more_than_one_call_returns(tool: OperatorTool) -> None:
    ids = {put(tool, "notify_failure", reason="KeyError") for _ in range(23)}
    shown = tool("failures", "list", "--json").json["failed"]
    assert {found["message_id"] for found in shown} == ids
    assert len(tool("failures", "list", "--limit", "5", "--json").json["failed"]) == 5


def test_messages_in_flight_are_known_from_the_log(tool: OperatorTool) -> None:
    """SQS shows none of them. Those that were processed meanwhile are not in flight."""
    now = datetime.now(UTC)

    def failed(message_id: str, ago: timedelta, invocation: str, **fields: Any) -> None:
        ids = {"sqs_message_id": message_id, "function_request_id": invocation, "function_name": "notify-function"}
        why = {"dependency": "ses", "operation": "SendEmail", "cause": "throttled", **fields}
        tool.log.add(now - ago, message="record failed", **ids, **why)

    failed("m-done", LONG_AGO, "i-1")
    failed("m-waits", timedelta(minutes=6), "i-2", cause="daily_quota")
    failed("m-waits", timedelta(minutes=1), "i-3")
    failed("m-waits", timedelta(minutes=1), "i-3", dependency="sns", operation="Publish")
    tool.log.add(now, message="record failed", function_name="notify-function")  # of the stream, not of a queue
    found = tool.json("failures", "list")["in_flight"]
    assert [(of["queue"], of["message_id"], of["tries"], of["reason"]) for of in found] == [
        ("notify_retry", "m-waits", 2, "sns Publish throttled")
    ]


def test_it_shows_one_message_whole_and_never_as_a_command_to_the_terminal(tool: OperatorTool) -> None:
    event = {"detail": {"title": "\x1b[2J\u202egnitirW"}}
    message_id = put(tool, "contract_events_dead_letter", json.dumps(event), reason="detail.client: missing")
    shown = tool.json("failures", "show", message_id)
    assert (shown["body"], shown["reason"]) == (event, "detail.client: missing")
    said = tool("failures", "show", message_id).out
    assert "gnitirW" in said
    assert not {"\x1b", "\u202e"} & set(said)
    unknown = tool("failures", "show", "m-unknown")
    assert (unknown.code, unknown.err.split(":")[0]) == (1, "No failure queue has a message m-unknown")


@pytest.mark.parametrize(("failed", "source"), queues.REDRIVEN_TO.items())
def test_it_puts_messages_back_with_their_attributes(tool: OperatorTool, failed: str, source: str) -> None:
    put(tool, failed, "first", reason="KeyError")
    put(tool, failed, "second")
    before = tool.json("failures", "redrive", "--dry-run")
    assert (len(before["put_back"][failed]), len(waiting(tool, failed)), waiting(tool, source)) == (2, 2, [])
    said = tool("failures", "redrive", "--queue", failed.replace("_", "-")).out
    assert said.splitlines()[1:] == [f"    2 from {failed.replace('_', ' ')}"]
    assert sorted(waiting(tool, source)) == [("first", "KeyError"), ("second", "")]
    assert waiting(tool, failed) == []


def test_it_puts_back_only_the_chosen_message(tool: OperatorTool) -> None:
    put(tool, "notify_failure", "stays")
    chosen = put(tool, "notify_failure", "chosen")
    tool.json("failures", "redrive", "--id", chosen)
    assert [body for body, _ in waiting(tool, "notify_failure")] == ["stays"]
    assert [body for body, _ in waiting(tool, "notify_retry")] == ["chosen"]
    assert tool("failures", "redrive", "--id", chosen).code == 1


def test_events_of_ses_are_published_to_their_topic_again(tool: OperatorTool) -> None:
    topic = client("sns").create_topic(Name="email-events")["TopicArn"]
    tool.outputs["EmailEventsTopicArn"] = topic
    arn = client("sqs").get_queue_attributes(
        QueueUrl=queues.url(tool.stack, "notify_retry"), AttributeNames=["QueueArn"]
    )["Attributes"]["QueueArn"]
    raw = {"RawMessageDelivery": "true"}
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
    put(tool, "email_events_failure", "the event")
    assert len(tool.json("failures", "redrive")["put_back"]["email_events_failure"]) == 1
    assert waiting(tool, "notify_retry") == [("the event", "")]
    assert waiting(tool, "email_events_failure") == []


def test_every_failure_queue_can_be_named() -> None:
    assert [found.queue for found in failures.Failure] == list(queues.FAILURES)


def test_it_discards_the_chosen_message_only_after_a_yes(tool: OperatorTool) -> None:
    stays, chosen = (put(tool, "expire_failure", body) for body in ("stays", "chosen"))
    refused = tool("failures", "discard", chosen)
    assert (refused.code, refused.err) == (1, "Nothing was changed: add --yes to do this without being asked.\n")
    would = tool.json("failures", "discard", chosen, "--dry-run")
    assert (would["dry_run"], len(waiting(tool, "expire_failure"))) == (True, 2)
    done = tool.json("failures", "discard", chosen, "--yes")
    assert [found["message_id"] for found in done["discarded"]] == [chosen] != [stays]
    assert [body for body, _ in waiting(tool, "expire_failure")] == ["stays"]
    assert tool("failures", "discard", chosen, "--yes").code == 1


def test_what_shows_nothing_or_moves_the_text_around_it_is_spelled_out() -> None:
    assert terminal.visible("a\x1b[31m\tb\nc\u2066d") == "a\\x1b[31m\\tb\nc\\u2066d"
