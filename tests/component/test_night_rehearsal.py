"""A bad night: the signing key, SES and the table fail for so long that everything is given up.

In the morning, somebody does what docs/runbook.md says, and nothing else. The commands are read from its text.
"""

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import click
import pytest
import typer.main

from cli import queues
from cli.__main__ import app
from mid_job_feedback import clock
from mid_job_feedback.aws import client
from tests import contract_queue, lambda_runtime
from tests.builders import DAY, NOW
from tests.component import table_stream
from tests.component.marketplace import Marketplace
from tests.component.operator_tool import Answer, OperatorTool, empty_queues
from tests.sdk_interceptor import SdkInterceptor, raise_client_error
from tests.template import ROOT

HOUR: Final = timedelta(hours=1)
DOCUMENTS: Final = ("runbook", "operations", "cli", "privacy")
COMMAND = re.compile(r"^mid-job-feedback (?!--install-completion)(.+?)(?: +#.*)?$", re.MULTILINE)
TEXTS = {name: (ROOT / f"docs/{name}.md").read_text() for name in DOCUMENTS}
ASKING: Final = "rotate-link-key"
"""Asks before it acts; the person at the terminal says yes."""


def blocks(text: str) -> str:
    return "\n".join(re.findall(r"^```sh\n(.+?)^```$", text, re.MULTILINE | re.DOTALL))


def commands(heading: str) -> list[list[str]]:
    """The tool's commands in a section of the runbook, in order, as a shell splits them."""
    [section] = re.findall(
        rf"^#+ {re.escape(heading)}\n(.+?)(?=^#|\Z)", TEXTS["runbook"], re.MULTILINE | re.DOTALL
    )
    return [shlex.split(command) for command in COMMAND.findall(blocks(section))]


class Night:
    """The stack's queues and functions, and what SQS does between them."""

    def __init__(self, marketplace: Marketplace, tool: OperatorTool, monkeypatch: pytest.MonkeyPatch) -> None:
        self.marketplace, self.tool, self._monkeypatch = marketplace, tool, monkeypatch

    def publish(self, event: str) -> None:
        client("sqs").send_message(QueueUrl=self._url("contract_events"), MessageBody=event)

    def deliver_stream(self) -> None:
        """What fails goes to the retry queue of its function."""
        while records := self.marketplace.stream.new_records():
            for function in ("notify", "expire"):
                if batch := table_stream.filtered(function, records):
                    self._use_queues_of(function)
                    answer = lambda_runtime.invoke(function, {"Records": batch})
                    assert answer == {"batchItemFailures": []}

    def deliver_queues(self) -> None:
        """Lets the functions try all that is in their queues once."""
        for queue, function in (
            ("contract_events", "ingest"),
            ("notify_retry", "notify"),
            ("expire_retry", "expire"),
        ):
            for message in self._received(queue):
                if not self._tried(function, message):
                    client("sqs").delete_message(QueueUrl=self._url(queue), ReceiptHandle=message["ReceiptHandle"])
        self.deliver_stream()

    def give_up(self) -> None:
        """What SQS does after the last try: hours or days later."""
        for failed, queue in queues.REDRIVEN_TO.items():
            for message in self._received(queue):
                client("sqs").send_message(
                    QueueUrl=self._url(failed),
                    MessageBody=message["Body"],
                    MessageAttributes=message.get("MessageAttributes", {}),
                )
                client("sqs").delete_message(QueueUrl=self._url(queue), ReceiptHandle=message["ReceiptHandle"])

    def _tried(self, function: str, message: dict[str, Any]) -> bool:
        """Whether it failed again."""
        self._use_queues_of(function)
        attributes = {"SentTimestamp": str(int(NOW.timestamp() * 1000))}
        about = {"messageId": message["MessageId"], "body": message["Body"], "attributes": attributes}
        record = {**about, "eventSource": "aws:sqs", "messageAttributes": {}}
        return bool(lambda_runtime.invoke(function, {"Records": [record]})["batchItemFailures"])

    def _use_queues_of(self, function: str) -> None:
        names = {"RETRY_QUEUE_URL": f"{function}_retry", "FAILURE_QUEUE_URL": f"{function}_failure"}
        if function == "ingest":
            names = {"DEAD_LETTER_QUEUE_URL": "contract_events_dead_letter"}
        for name, queue in names.items():
            self._monkeypatch.setenv(name, self._url(queue))
        lambda_runtime.cold_start()

    def _received(self, queue: str) -> list[dict[str, Any]]:
        found = client("sqs").receive_message(
            QueueUrl=self._url(queue),
            MaxNumberOfMessages=10,
            VisibilityTimeout=0,
            MessageAttributeNames=["All"],
        )
        return list(found.get("Messages", []))

    def _url(self, queue: str) -> str:
        return queues.url(self.tool.stack, queue)


@pytest.fixture
def night(
    marketplace: Marketplace, operator_tool: OperatorTool, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Night]:
    monkeypatch.setattr(queues, "WAIT_SECONDS", 0)
    with empty_queues(operator_tool):
        yield Night(marketplace, operator_tool, monkeypatch)


@pytest.fixture
def secret() -> Iterator[None]:
    before = client("secretsmanager").get_secret_value(SecretId="link-key")["SecretString"]
    yield
    client("secretsmanager").put_secret_value(SecretId="link-key", SecretString=before)


def break_key() -> None:
    client("secretsmanager").put_secret_value(SecretId="link-key", SecretString="changeme")
    lambda_runtime.cold_start()


def break_table(sdk: SdkInterceptor) -> None:
    """Nothing can be written. It can be read, and deletions are on their way already."""

    def respond(operation: str) -> None:
        def fail(made: Any, parameters: dict[str, Any]) -> Any:
            if parameters.get("TableName") == "idempotency":
                return sdk.send(made, operation, parameters)
            return raise_client_error(made, operation, "InternalServerError")

        sdk.respond(operation, fail)

    for operation in ("PutItem", "UpdateItem", "TransactWriteItems"):
        respond(operation)


def follow(tool: OperatorTool, heading: str) -> dict[str, Answer]:
    """Does what a section of the runbook says, command by command. Returns the answers by command."""
    answers = {}
    found = commands(heading)
    assert found, f"the runbook has no commands for {heading}"
    for words in found:
        answer = tool(*words, *(["--yes"] if words[0] == ASKING else []))
        assert answer.code in {0, 3}, (words, answer.err)
        answers[" ".join(words)] = answer
    return answers


def test_the_runbook_brings_everything_back_after_a_night_on_which_key_ses_and_table_failed(
    night: Night, sdk: SdkInterceptor, secret: None
) -> None:
    marketplace, tool = night.marketplace, night.tool
    for contract_id in ("c-2", "c-3"):
        marketplace.start_eligible_contract(contract_id)
    expiring = marketplace.request_feedback("c-3").body["request_id"]
    night.deliver_stream()
    marketplace.wait(14 * DAY - 10 * HOUR)

    break_key()
    asked = marketplace.request_feedback("c-2").body["request_id"]
    night.deliver_stream()
    night.deliver_queues()
    night.give_up()

    sdk.respond_with_error("SendEmail", "SendingPausedException")
    given = marketplace.submit_feedback("c-1").body["feedback_id"]
    night.deliver_stream()
    night.deliver_queues()
    night.give_up()

    marketplace.wait(10 * HOUR)
    break_table(sdk)
    marketplace.sweep()
    at = marketplace.clock.now()
    night.publish(contract_queue.event("contract-ended", at, contract_id="c-1", ended_at=at.isoformat()))
    night.deliver_stream()
    night.deliver_queues()
    night.give_up()

    marketplace.wait(HOUR)
    [[*proof]] = commands("Prove that nothing was lost")
    lost = tool(*proof, "--json")
    assert lost.code == 3
    assert {(gap["change"], gap["message_id"], gap["found_in"]) for gap in lost.json["gaps"]} == {
        ("request made", found_email(asked, lost), "notify_failure"),
        ("feedback provided", f"email:feedback_provided:{given}", "notify_failure"),
        ("end of request", None, "expire_failure"),
        ("ContractEnded", None, "contract_events_dead_letter"),
    }
    assert expiring not in str(marketplace.dash_messages_of("feedback_request_expired"))

    sdk.restore()  # AWS has mended SES and the table
    assert any("redrive" not in command for command in follow(tool, "FailuresAlarm"))
    lambda_runtime.cold_start()
    for alarm in ("NotifyFailureAlarm", "ContractEventsFailureAlarm", "ExpireFailureAlarm"):
        follow(tool, alarm)
    night.deliver_queues()
    night.deliver_queues()
    marketplace.wait(HOUR)

    clean = tool(*proof)
    assert (clean.code, "Every change was announced on every channel" in clean.out) == (0, True), clean.out
    assert [email.to for email in marketplace.emails()] == [
        "client@example.com",
        "client@example.com",
        "freelancer@example.com",
    ]
    for alarm in ("FailuresAlarm", "NotifyFailureAlarm", "ContractEventsFailureAlarm", "ExpireFailureAlarm"):
        last = tool(*[words for words in commands(alarm) if words[0] == "reconcile"][-1])
        assert last.code == 0


def found_email(request_id: str, answer: Answer) -> str:
    """The e-mail's id names its address, too."""
    ids = [str(gap["message_id"]) for gap in answer.json["gaps"]]
    [found] = [key for key in ids if key.startswith(f"email:feedback_requested:{request_id}:")]
    return found


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_in_the_documents_exists_with_its_options(
    document: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 25, tzinfo=UTC))  # after the instants in examples
    found = [shlex.split(command) for command in COMMAND.findall(blocks(TEXTS[document]))]
    for words in found:
        command: click.Command = typer.main.get_command(app)
        context = click.Context(command, info_name="mid-job-feedback")
        rest = command.make_context("mid-job-feedback", list(words), resilient_parsing=False)
        remaining = [*rest.protected_args, *rest.args]
        while isinstance(command, click.Group) and remaining:
            name, subcommand, remaining = command.resolve_command(context, remaining)
            assert subcommand is not None, words
            command = subcommand
            context = click.Context(command, parent=context, info_name=name)
        command.parse_args(context, remaining)
    assert found
