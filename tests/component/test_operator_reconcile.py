"""`reconcile`: each message that the service would still send is missing there, and nothing else is."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from cli import queues
from mid_job_feedback import idempotency_keys
from mid_job_feedback.aws import client
from mid_job_feedback.messaging import news
from mid_job_feedback.storage import items, row_changes
from tests import contract_queue, email_events
from tests.builders import CLIENT, DAY, NOW, RATINGS, SECOND
from tests.component import table_stream
from tests.component.fault_injection import FaultInjector
from tests.component.log_lines import LogOutput
from tests.component.marketplace import Marketplace
from tests.component.operator_tool import Answer, OperatorTool, empty_queues
from tests.sdk_interceptor import SdkInterceptor
from tests.soak import either
from tests.store import rows

MINUTE = timedelta(minutes=1)
CONTRACTS = (f"c-{number}" for number in count(1000))


@pytest.fixture
def tool(operator_tool: OperatorTool, monkeypatch: pytest.MonkeyPatch) -> Iterator[OperatorTool]:
    """With all queues of the stack, empty."""
    monkeypatch.setattr(queues, "WAIT_SECONDS", 0)
    with empty_queues(operator_tool):
        yield operator_tool


class EmptyQueues:
    """SQS and CloudWatch where nothing waits: quicker than moto."""

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        names = [f"ApproximateNumberOfMessages{rest}" for rest in ("", "NotVisible", "Delayed")]
        return {"Attributes": {"VisibilityTimeout": "300", **dict.fromkeys(names, "0")}}

    def receive_message(self, **_: Any) -> dict[str, Any]:
        return {}

    def get_metric_statistics(self, **_: Any) -> dict[str, Any]:
        return {"Datapoints": []}


def reconcile(tool: OperatorTool, *words: str, since: str = "30d") -> Answer:
    return tool("reconcile", "--since", since, "--json", *words)


def gaps(answer: Answer) -> list[tuple[str, str]]:
    """What is missing, and where it is: the message, or the change if the gap is no message."""
    return [(gap["message_id"] or gap["change"], gap["found_in"]) for gap in answer.json["gaps"]]


def forget(key: str) -> None:
    """Deletes the record that a message was sent."""
    names = idempotency_keys.of_message(*key.split(":", 1))
    found = {name: {"S": value} for name, value in names.items()}
    done = client("dynamodb").delete_item(TableName="idempotency", Key=found, ReturnValues="ALL_OLD")
    assert "Attributes" in done, f"there was no record of {key}"


class Life:
    """A contract, of whose stream records `notify` gets only some."""

    def __init__(self, marketplace: Marketplace, tool: OperatorTool, log_output: LogOutput) -> None:
        self.marketplace, self.tool, self._log_output = marketplace, tool, log_output
        self.contract_id = next(CONTRACTS)
        self.dropped: list[table_stream.Record] = []
        self._reported = False
        marketplace.clock.time = NOW
        marketplace.stream.new_records()
        marketplace.start_eligible_contract(self.contract_id)
        log_output()

    def act(self, name: str, *, drop: bool) -> None:
        """Whatever is refused changes nothing, which is as good an example as any."""
        ACTIONS[name](self)
        while found := self.marketplace.stream.new_records():
            records = [
                record for record in found if self._is_own(record)
            ]  # the sweep closes requests of all lives
            if drop:
                self.dropped += table_stream.filtered("notify", records)
            else:
                assert table_stream.deliver("notify", records) == []
            assert table_stream.deliver("expire", records) == []
        self.marketplace.wait(SECOND)
        self._keep_log()

    def _is_own(self, record: table_stream.Record) -> bool:
        return bool(record["dynamodb"]["Keys"]["PK"] == items.key(self.contract_id, "")["PK"])

    def sent_after_all(self) -> set[str]:
        """Delivers what was dropped. Returns the messages that are sent now."""
        before = len(self.marketplace.sdk.calls)
        assert not self.dropped or table_stream.deliver("notify", self.dropped) == []
        return {
            key for call in self.marketplace.sdk.calls[before:] for key in _sent(call.operation, call.parameters)
        }

    def request_id(self) -> str:
        return self.marketplace.newest_request_id(self.contract_id)

    def feedback(self) -> list[str]:
        """Ids, newest first."""
        found = (items.plain(row) for row in rows.of_contract(client("dynamodb"), self.contract_id))
        given = [row for row in found if row["SK"].startswith(items.FEEDBACK)]
        return [row["feedback_id"] for row in sorted(given, key=lambda row: row["provided_at"], reverse=True)]

    def about_feedback(self, change: Callable[..., object], *args: Any, **how: Any) -> None:
        if found := self.feedback():
            change(found[0], *args, contract_id=self.contract_id, **how)

    def report(self) -> None:
        """Once: the row of a report does not tell of an earlier one."""
        if self.feedback() and not self._reported:
            self._reported = True
            self.about_feedback(self.marketplace.report)

    def readdress(self, address: str) -> None:
        person = CLIENT.model_dump(exclude_none=True) | {"email": address}
        at = self.marketplace.clock.now()
        event = contract_queue.event("contract-started", at, contract_id=self.contract_id, client=person)
        [record] = contract_queue.records(event)
        record["attributes"]["SentTimestamp"] = str(int(at.timestamp() * 1000))
        assert contract_queue.deliver_records([record]) == []

    def bounce(self) -> None:
        """The newest e-mail to the client about a request."""
        sent = [email_events.tags_of(found) for found in self.marketplace.sdk.parameters_of("SendEmail")]
        about = [tags for tags in sent if tags.contract_id == self.contract_id and tags.request_id]
        if about:
            email_events.deliver(email_events.event("bounced", self.marketplace.clock.now(), about[-1]))

    def sweep_after(self, wait: timedelta) -> None:
        self.marketplace.wait(wait)
        self.marketplace.sweep()

    def _keep_log(self) -> None:
        """Lines have the time of the machine, and get that of the contract."""
        for text in self._log_output().splitlines():
            if '"message":' in text:
                self.tool.log.events.append((datetime.now(UTC), self._dated(json.loads(text))))

    def _dated(self, line: dict[str, Any]) -> str:
        return json.dumps(line | {"timestamp": self.marketplace.clock.now().isoformat()})


def _sent(operation: str, parameters: dict[str, Any]) -> Iterator[str]:
    match operation:
        case "SendEmail":
            headers = {header["Name"]: header["Value"] for header in parameters["Content"]["Simple"]["Headers"]}
            yield f"email:{headers['X-Entity-Ref-ID']}"
        case "Publish":
            yield f"dash:{json.loads(parameters['Message'])['message_id']}"
        case "PutEvents":
            yield f"event:{json.loads(parameters['Entries'][0]['Detail'])['event_id']}"


ACTIONS: Final[dict[str, Callable[[Life], object]]] = {
    "request": lambda life: life.marketplace.request_feedback(life.contract_id),
    "withdraw": lambda life: life.marketplace.withdraw(contract_id=life.contract_id),
    "decline": lambda life: life.marketplace.decline(contract_id=life.contract_id),
    "submit": lambda life: life.marketplace.submit_feedback(life.contract_id),
    "correct": lambda life: life.about_feedback(
        life.marketplace.correct, {"ratings": RATINGS, "comment": f"At {life.marketplace.clock.now()}"}
    ),
    "reply": lambda life: life.about_feedback(life.marketplace.reply),
    "take the reply back": lambda life: life.about_feedback(life.marketplace.take_back_reply),
    "report": Life.report,
    "remove the feedback": lambda life: life.about_feedback(life.marketplace.moderate),
    "restore the feedback": lambda life: life.about_feedback(life.marketplace.moderate, "visible"),
    "remove the reply": lambda life: life.about_feedback(life.marketplace.moderate, target="reply"),
    "restore the reply": lambda life: life.about_feedback(life.marketplace.moderate, "visible", target="reply"),
    "mute": lambda life: life.marketplace.mute(life.contract_id),
    "unmute": lambda life: life.marketplace.mute(life.contract_id, muted=False),
    "remind": lambda life: life.sweep_after(7 * DAY),
    "expire": lambda life: life.sweep_after(14 * DAY),
    "pay": lambda life: life.marketplace.pay(life.contract_id, paid_at=life.marketplace.clock.now()),
    "end": lambda life: life.marketplace.end_contract(life.contract_id),
    "bounce": Life.bounce,
    "readdress": lambda life: life.readdress("new@example.com"),
}
STEPS = st.lists(st.tuples(st.sampled_from(sorted(ACTIONS)), st.booleans()), max_size=6)
# A request, and what may be done about it and its answer, in any order and number.
LIVES = st.tuples(
    st.lists(st.tuples(st.just("request"), st.booleans()), max_size=1),
    STEPS,
    st.lists(st.tuples(st.just("submit"), st.booleans()), max_size=1),
    STEPS,
).map(lambda parts: [step for part in parts for step in part])
# Of each kind of change, the last one is lost. One word in front: it is told.
LOST: Final = (
    ("told request", "remind"),
    ("told request", "readdress"),
    ("told request", "bounce"),
    ("told request", "decline"),
    ("told request", "withdraw"),
    ("told request", "expire"),
    ("told request", "end"),
    ("request", "withdraw"),
    ("request", "submit"),
    ("told submit", "correct", "correct"),
    ("told submit", "reply"),
    ("told submit", "report", "remove the feedback"),
    ("told submit", "remove the feedback", "restore the feedback"),
    ("told submit", "told remove the feedback", "restore the feedback"),
    ("told request", "told mute", "told remind", "told unmute"),
    ("told request", "told bounce", "submit", "told reply"),
)


def steps(words: tuple[str, ...]) -> list[tuple[str, bool]]:
    return [(word.removeprefix("told "), not word.startswith("told ")) for word in words]


def is_overwritten(life: list[tuple[str, bool]]) -> bool:
    """The row of a delivery tells no more of a bounce once another e-mail has followed."""
    names = [name for name, _ in life]
    return "bounce" in names and bool({"readdress", "remind"} & set(names[names.index("bounce") :]))


def with_examples[Test: Callable[..., None]](test: Test) -> Test:
    for words in LOST:
        test = example(life=steps(words))(test)
    return test


@settings(max_examples=either(8, 150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@with_examples
@given(life=LIVES)
def test_what_is_missing_is_what_the_dropped_records_would_send(
    empty_marketplace: Marketplace,
    injector: FaultInjector,
    operator_tool: OperatorTool,
    log_output: LogOutput,
    life: list[tuple[str, bool]],
) -> None:
    """Whatever happens to a contract, and whichever records of its stream are lost."""
    operator_tool.clients |= dict.fromkeys(("sqs", "cloudwatch"), EmptyQueues())
    operator_tool.outputs |= {f"{queue.title().replace('_', '')}QueueUrl": queue for queue in queues.QUEUES}
    operator_tool.log.events.clear()
    lived = Life(empty_marketplace, operator_tool, log_output)
    for name, drop in life:
        lived.act(name, drop=drop)
    empty_marketplace.wait(3 * MINUTE)
    assume(empty_marketplace.clock.now() - NOW < 30 * DAY)
    answer = reconcile(operator_tool, "--contract", lived.contract_id)
    missing = {gap["message_id"] for gap in answer.json["gaps"]}
    doubtful = {found["message_id"] for found in answer.json["unproven"]}
    expected = lived.sent_after_all()
    if is_overwritten(life):
        expected = {key for key in expected if "FeedbackRequestUndeliverable" not in key}
    assert missing <= expected
    assert expected <= missing | doubtful
    assert {gap["found_in"] for gap in answer.json["gaps"]} <= {"nowhere"}
    assert answer.code == (4 if missing else 0)


# One gap of each kind, in its place


@pytest.fixture
def announced(marketplace: Marketplace, tool: OperatorTool) -> str:
    """The id of a request that everybody was told of, some minutes ago."""
    request_id: str = marketplace.request_feedback().body["request_id"]
    marketplace.process_stream()
    marketplace.wait(5 * MINUTE)
    return request_id


def a_record(marketplace: Marketplace) -> table_stream.Record:
    """The only unread record that announces something, as a queue has it."""
    found = table_stream.filtered("notify", marketplace.stream.new_records())
    [record] = [each for each in found if news.read(row_changes.parse(each))]
    return row_changes.for_queue(record)


def put(tool: OperatorTool, output: str, body: Any, reason: str = "KeyError") -> str:
    attributes = {"reason": {"DataType": "String", "StringValue": reason}}
    text = body if isinstance(body, str) else json.dumps(body)
    sent = client("sqs").send_message(
        QueueUrl=tool.outputs[output], MessageBody=text, MessageAttributes=attributes
    )
    return str(sent["MessageId"])


def test_without_a_gap_it_says_so(tool: OperatorTool, announced: str) -> None:
    answer = reconcile(tool)
    assert (answer.code, answer.json["gaps"], answer.json["unproven"]) == (0, [], [])
    assert [answer.json[name] for name in ("contracts", "changes", "messages")] == [1, 1, 3]
    answer = tool("reconcile", "--since", "1h")
    assert " ".join(answer.out.split()).endswith(
        "Every change was announced on every channel, and every accepted event was applied."
    )
    assert answer.err.startswith("Reading the whole table: ")
    assert "deleted from a queue before they were applied" in " ".join(answer.err.split())


@pytest.mark.parametrize("channel", ["dash", "event"])
def test_one_announcement_that_was_dropped_on_one_channel(
    tool: OperatorTool, announced: str, channel: str
) -> None:
    kind = {"dash": "feedback_requested", "event": "FeedbackRequested"}[channel]
    key = f"{channel}:{kind}:{announced}"
    forget(key)
    answer = reconcile(tool)
    assert (answer.code, gaps(answer)) == (4, [(key, "nowhere")])
    [gap] = answer.json["gaps"]
    assert (gap["contract_id"], gap["change"], gap["at"]) == ("c-1", "request made", answer.json["gaps"][0]["at"])
    said = " ".join(tool("reconcile", "--since", "1h").out.split())
    assert "1 gap: 1 nowhere." in said


def test_an_email_is_known_by_its_record_or_by_what_became_of_it(
    marketplace: Marketplace, tool: OperatorTool, announced: str
) -> None:
    [email] = marketplace.sdk.parameters_of("SendEmail")
    [key] = _sent("SendEmail", email)
    forget(key)
    assert reconcile(tool).code == 0
    client("dynamodb").delete_item(TableName="feedback", Key=items.delivery_key("c-1", announced))
    assert gaps(reconcile(tool)) == [(key, "nowhere")]


def test_what_is_older_than_the_chosen_instant_is_not_looked_at(tool: OperatorTool, announced: str) -> None:
    forget(f"dash:feedback_requested:{announced}")
    assert reconcile(tool, since="4m").code == 0
    assert reconcile(tool, since="5m").code == 4


def test_only_the_chosen_contracts_are_looked_at(
    marketplace: Marketplace, tool: OperatorTool, announced: str, sdk: SdkInterceptor
) -> None:
    forget(f"dash:feedback_requested:{announced}")
    marketplace.start_eligible_contract("c-2")
    sdk.calls.clear()
    assert reconcile(tool, "--contract", "c-2").json["contracts"] == 1
    assert "Scan" not in sdk.operations
    assert reconcile(tool, "--contract", "c-2", "--contract", "c-1").code == 4


@pytest.mark.parametrize("since", ["31d", "2020-01-01", "721h"])
def test_records_are_not_kept_for_longer(tool: OperatorTool, since: str) -> None:
    answer = tool("reconcile", "--since", since)
    assert (answer.code, answer.err.split(":")[0]) == (1, "Records that a message was sent are kept for 30 days")


@pytest.mark.parametrize("since", ["2099-01-01", "soon", "3 weeks"])
def test_it_needs_an_instant_or_a_duration(tool: OperatorTool, since: str) -> None:
    assert tool("reconcile", "--since", since).code == 2


def test_a_record_in_the_failure_queue_is_not_lost(marketplace: Marketplace, tool: OperatorTool) -> None:
    request_id = marketplace.request_feedback().body["request_id"]
    message_id = put(tool, "NotifyFailureQueueUrl", a_record(marketplace), "ses SendEmail throttled")
    put(tool, "NotifyFailureQueueUrl", "no JSON")
    marketplace.wait(5 * MINUTE)
    answer = reconcile(tool)
    assert (answer.code, {place for _, place in gaps(answer)}) == (3, {"notify_failure"})
    assert [found.split(":")[0] for found, _ in gaps(answer)] == ["dash", "email", "event"]
    assert {(gap["sqs_message_id"], gap["reason"]) for gap in answer.json["gaps"]} == {
        (message_id, "ses SendEmail throttled")
    }
    forget_nothing = reconcile(tool, "--contract", "c-1")
    assert gaps(forget_nothing) == gaps(answer)
    assert request_id in str(answer.json["gaps"])


def test_a_record_of_another_change_of_the_same_row_does_not_count(
    marketplace: Marketplace, tool: OperatorTool
) -> None:
    given = marketplace.submit_feedback().body["feedback_id"]
    marketplace.process_stream()
    marketplace.correct(given, {"ratings": RATINGS, "comment": "Other words."})
    put(tool, "NotifyFailureQueueUrl", a_record(marketplace))
    marketplace.wait(5 * MINUTE)
    forget(f"event:FeedbackProvided:{given}")
    found = dict(gaps(reconcile(tool)))
    assert found == {
        f"event:FeedbackProvided:{given}": "nowhere",
        f"event:FeedbackCorrected:{given}:2": "notify_failure",
        f"dash:feedback_corrected:{given}:2": "notify_failure",
    }


def test_a_position_in_the_stream_may_hold_it(marketplace: Marketplace, tool: OperatorTool) -> None:
    marketplace.request_feedback()
    position = table_stream.position_message([a_record(marketplace)])
    arrivals = {f"approximateArrivalOf{which}Record": NOW.isoformat() for which in ("First", "Last")}
    position["DDBStreamBatchInfo"] |= arrivals
    put(tool, "NotifyFailureQueueUrl", position)
    marketplace.wait(DAY / 2)
    marketplace.mute()
    answer = reconcile(tool)
    assert {place for _, place in gaps(answer)} == {"notify_failure"}
    later = {name: (NOW + DAY / 4).isoformat() for name in arrivals}
    tool("failures", "discard", answer.json["gaps"][0]["sqs_message_id"], "--yes")
    position["DDBStreamBatchInfo"] |= later
    put(tool, "NotifyFailureQueueUrl", position)
    assert {place for _, place in gaps(reconcile(tool))} == {"nowhere"}


def test_between_two_tries_the_log_tells_of_it(marketplace: Marketplace, tool: OperatorTool) -> None:
    request_id = marketplace.request_feedback().body["request_id"]
    marketplace.wait(5 * MINUTE)
    about = {"contract_id": "c-1", "request_id": request_id, "function_name": "notify-function"}
    key, why = f"dash:feedback_requested:{request_id}", {"dependency": "sns", "cause": "throttled"}
    retried = {**about, "message": "record failed", "message_id": key, **why, "sqs_message_id": "m-1"}
    tool.log.add(datetime.now(UTC) - MINUTE, **retried)
    found = dict(gaps(reconcile(tool)))
    assert found.pop(key) == "notify_retry"
    assert set(found.values()) == {"nowhere"}
    [gap] = [gap for gap in reconcile(tool).json["gaps"] if gap["message_id"] == key]
    assert (gap["sqs_message_id"], gap["reason"]) == ("m-1", "sns throttled")
    tool.log.events.clear()
    tool.log.add(datetime.now(UTC) - MINUTE, **about, message="record failed", error="SettingsError")
    assert set(dict(gaps(reconcile(tool))).values()) == {"notify_retry"}
    tool.log.events.clear()
    tool.log.add(datetime.now(UTC) - DAY / 24, **retried)  # tried again since, by now
    assert set(dict(gaps(reconcile(tool))).values()) == {"nowhere"}


def test_it_may_be_a_message_of_the_retry_queue_that_nobody_has_seen(
    marketplace: Marketplace, tool: OperatorTool
) -> None:
    marketplace.request_feedback()
    marketplace.wait(5 * MINUTE)
    put(tool, "NotifyRetryQueueUrl", a_record(marketplace))
    answer = reconcile(tool)
    assert (answer.code, set(dict(gaps(answer)).values())) == (3, {"notify_retry"})


def test_what_is_in_the_stream_is_on_its_way(marketplace: Marketplace, tool: OperatorTool) -> None:
    marketplace.request_feedback()
    marketplace.wait(MINUTE)
    assert {place for _, place in gaps(reconcile(tool))} == {"stream"}
    marketplace.wait(5 * MINUTE)
    assert {place for _, place in gaps(reconcile(tool))} == {"nowhere"}
    tool.functions.not_reading.add("notify-function")
    assert {place for _, place in gaps(reconcile(tool))} == {"stream"}
    marketplace.wait(DAY)
    assert {place for _, place in gaps(reconcile(tool))} == {"nowhere"}


def test_a_late_function_has_not_read_it_yet(marketplace: Marketplace, tool: OperatorTool) -> None:
    class LateFunction(EmptyQueues):
        def get_metric_statistics(self, **_: Any) -> dict[str, Any]:
            return {"Datapoints": [{"Maximum": 60_000.0}, {"Maximum": 600_000.0}]}

    tool.clients["cloudwatch"] = LateFunction()
    marketplace.request_feedback()
    marketplace.wait(11 * MINUTE)
    assert {place for _, place in gaps(reconcile(tool))} == {"stream"}
    marketplace.wait(2 * MINUTE)
    assert {place for _, place in gaps(reconcile(tool))} == {"nowhere"}


def test_a_message_that_is_being_sent_is_not_lost(
    marketplace: Marketplace, tool: OperatorTool, announced: str
) -> None:
    key = f"dash:feedback_requested:{announced}"
    names = idempotency_keys.of_message(*key.split(":", 1))
    runs_until = int((datetime.now(UTC) + MINUTE).timestamp() * 1000)
    record = {name: {"S": value} for name, value in names.items()}
    record |= {"status": {"S": "INPROGRESS"}, "in_progress_expiration": {"N": str(runs_until)}}
    client("dynamodb").put_item(TableName="idempotency", Item=record)
    assert gaps(reconcile(tool)) == [(key, "in_progress")]
    record["in_progress_expiration"] = {"N": str(runs_until - 120_000)}
    client("dynamodb").put_item(TableName="idempotency", Item=record)
    assert gaps(reconcile(tool)) == [(key, "nowhere")]


def test_the_end_of_a_request_waits_for_the_sweep_then_for_its_record(
    marketplace: Marketplace, tool: OperatorTool, announced: str
) -> None:
    marketplace.wait(14 * DAY)
    assert gaps(reconcile(tool)) == []
    marketplace.wait(15 * MINUTE)
    assert gaps(reconcile(tool)) == [("end of request", "sweep")]
    marketplace.sweep()
    [removal] = table_stream.filtered("expire", marketplace.stream.new_records())
    marketplace.wait(5 * MINUTE)
    assert (reconcile(tool).code, gaps(reconcile(tool))) == (4, [("end of request", "nowhere")])
    message_id = put(tool, "ExpireFailureQueueUrl", removal)
    answer = reconcile(tool)
    assert (answer.code, gaps(answer)) == (3, [("end of request", "expire_failure")])
    assert answer.json["gaps"][0]["sqs_message_id"] == message_id
    assert table_stream.deliver("expire", [removal]) == []
    marketplace.process_stream()
    assert gaps(reconcile(tool)) == []


def test_a_reminder_that_no_sweep_has_found_waits_for_one(
    marketplace: Marketplace, tool: OperatorTool, announced: str
) -> None:
    marketplace.wait(7 * DAY + 15 * MINUTE)
    answer = reconcile(tool)
    assert (answer.code, gaps(answer)) == (3, [("reminder", "sweep")])
    marketplace.sweep()
    marketplace.process_stream()
    assert gaps(reconcile(tool)) == []


def test_rows_that_cannot_be_read_are_a_gap_of_their_contract(
    marketplace: Marketplace, tool: OperatorTool, announced: str
) -> None:
    client("dynamodb").update_item(
        TableName="feedback",
        Key=items.open_request_key("c-1", announced),
        UpdateExpression="REMOVE requested_at",
    )
    marketplace.start_eligible_contract("c-2")
    answer = reconcile(tool)
    assert (answer.code, gaps(answer)) == (4, [("contract", "nowhere")])
    assert answer.json["gaps"][0]["reason"].endswith("KeyError")


# What may rightly not have been sent


def test_a_text_that_was_removed_for_a_while_leaves_a_doubt(marketplace: Marketplace, tool: OperatorTool) -> None:
    given = marketplace.submit_feedback().body["feedback_id"]
    record = a_record(marketplace)
    marketplace.moderate(given)
    assert table_stream.deliver("notify", [record]) == []
    marketplace.process_stream()
    marketplace.moderate(given, "visible")
    marketplace.process_stream()
    marketplace.wait(5 * MINUTE)
    answer = reconcile(tool)
    assert (answer.code, gaps(answer)) == (0, [])
    assert [(found["change"], found["message_id"]) for found in answer.json["unproven"]] == [
        ("feedback provided", f"email:feedback_provided:{given}"),
        ("feedback provided", f"dash:feedback_provided:{given}"),
    ]
    assert "removed for a while" in " ".join(tool("reconcile", "--since", "1h").out.split())


def test_the_log_says_why_an_email_was_not_sent(marketplace: Marketplace, tool: OperatorTool) -> None:
    given = marketplace.submit_feedback().body["feedback_id"]
    marketplace.process_stream()
    marketplace.wait(5 * MINUTE)
    forget(f"email:feedback_provided:{given}")
    line = {
        "message": "e-mail not sent: address undeliverable",
        "message_id": f"email:feedback_provided:{given}",
        "timestamp": marketplace.clock.now().isoformat(),
    }
    tool.log.add(datetime.now(UTC), **line | {"timestamp": (NOW - DAY).isoformat()})
    tool.log.add(datetime.now(UTC), **line | {"message_id": f"email:feedback_replied:{given}"})
    assert gaps(reconcile(tool)) == [(f"email:feedback_provided:{given}", "nowhere")]
    tool.log.add(datetime.now(UTC), **line)
    assert gaps(reconcile(tool)) == []


# Contract events


def test_an_event_that_was_set_aside_is_named(tool: OperatorTool, marketplace: Marketplace) -> None:
    event = contract_queue.event("payment-made", contract_id="c-1", paid_at=f"{NOW + 3 * DAY:%FT%TZ}")
    message_id = put(tool, "ContractEventsDeadLetterQueueUrl", event, "must not be more than a day in the future")
    put(tool, "ContractEventsDeadLetterQueueUrl", "no JSON", "event: must be JSON")
    answer = reconcile(tool)
    assert answer.code == 3
    assert [(gap["contract_id"], gap["change"], gap["found_in"]) for gap in answer.json["gaps"]] == [
        (None, "contract event", "contract_events_dead_letter"),
        ("c-1", "PaymentMade", "contract_events_dead_letter"),
    ]
    assert answer.json["gaps"][1]["sqs_message_id"] == message_id
    assert len(reconcile(tool, "--contract", "c-1").json["gaps"]) == 1


APPLIED: dict[str, dict[str, Any]] = {
    "contract-started": {"contract_id": "c-2"},
    "payment-made": {"contract_id": "c-2", "paid_at": f"{NOW - DAY:%FT%TZ}"},
    "contract-ended": {"contract_id": "c-2", "ended_at": f"{NOW:%FT%TZ}"},
    "end-of-contract-feedback": {"contract_id": "c-2"},
}


@pytest.mark.parametrize("case", APPLIED)
def test_an_event_that_was_applied_all_the_same_is_no_gap(
    marketplace: Marketplace, tool: OperatorTool, case: str
) -> None:
    """A later copy came, or somebody forgot to delete the message after putting it back."""
    event = contract_queue.event(case, **APPLIED[case])
    put(tool, "ContractEventsDeadLetterQueueUrl", event)
    marketplace.start_contract("c-3")
    before = {gap["change"] for gap in reconcile(tool).json["gaps"]}
    assert before == {json.loads(event)["detail-type"]}
    assert contract_queue.deliver(event) == []
    assert "contract_events_dead_letter" not in [place for _, place in gaps(reconcile(tool))]


def test_events_that_wait_are_counted_and_those_that_failed_are_named(tool: OperatorTool) -> None:
    for _ in range(3):
        put(tool, "ContractEventsQueueUrl", contract_queue.event("payment-made"))
    failed = {"message": "record failed", "function_name": "ingest-function", "dependency": "table"}
    tool.log.add(datetime.now(UTC), **failed, contract_id="c-7", sqs_message_id="m-7")
    answer = reconcile(tool)
    assert answer.code == 3
    assert [(gap["contract_id"], gap["sqs_message_id"], gap["reason"]) for gap in answer.json["gaps"]] == [
        (None, None, "2 in this queue"),
        ("c-7", "m-7", "table"),
    ]


def test_a_start_that_was_dropped_shows_by_the_other_events(marketplace: Marketplace, tool: OperatorTool) -> None:
    marketplace.pay("c-9")
    answer = reconcile(tool)
    assert (answer.code, gaps(answer)) == (3, [("ContractStarted", "not_received")])
    assert answer.json["gaps"][0]["contract_id"] == "c-9"


def test_an_event_that_the_log_has_and_the_table_lacks_is_lost(
    marketplace: Marketplace, tool: OperatorTool, announced: str
) -> None:
    """Such as after the table was restored from a backup."""
    for event in ("ContractStarted", "PaymentMade", "ContractEnded", "EndOfContractFeedbackProvided"):
        tool.log.add(datetime.now(UTC), message="ingest accepted", event=event, contract_id="c-1")
    hashed = "sha256:63de6b6bb9d2"
    tool.log.add(datetime.now(UTC), message="ingest accepted", event="PaymentMade", contract_id=hashed)
    answer = reconcile(tool)
    assert answer.code == 4
    assert [(gap["contract_id"], gap["change"]) for gap in answer.json["gaps"]] == [
        ("c-1", "ContractEnded"),
        ("c-1", "EndOfContractFeedbackProvided"),
        (hashed, "PaymentMade"),
    ]
    assert {gap["found_in"] for gap in answer.json["gaps"]} == {"nowhere"}
    marketplace.end_contract()
    marketplace.publish_event("end-of-contract-feedback")
    marketplace.process_stream()
    assert [gap["contract_id"] for gap in reconcile(tool).json["gaps"]] == [hashed]
