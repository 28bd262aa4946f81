"""The whole service in this process: real handlers, the tables with their stream, and the messages sent."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import batched
from typing import Any, Final

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter

from mid_job_feedback import links
from mid_job_feedback.aws import client
from mid_job_feedback.domain.models import FeedbackRequest, RequestStatus
from mid_job_feedback.settings import ingest_settings, settings
from mid_job_feedback.storage import items
from tests import lambda_runtime
from tests.component import table_stream
from tests.message_schemas import checked
from tests.sdk_interceptor import SdkInterceptor
from tests.store import rows
from tests.store.model_values import Message, parsed
from tests.template import rollout_flags

type Json = dict[str, Any]
type Record = dict[str, Any]

CONSUMERS: Final = ("notify", "expire")
# DynamoDB Local has TTL by this machine's clock; this start is far enough ahead that it removes nothing.
START: Final = datetime(2032, 1, 10, 12, tzinfo=UTC)

_OF_TEXT_CHANGES: Final = {
    *("feedback_corrected", "feedback_replied", "feedback_removed", "feedback_restored"),
    *("FeedbackCorrected", "FeedbackReplied", "FeedbackRemoved", "FeedbackRestored"),
}
_TOKEN: Final = re.compile(r"/app/feedback#t=([\w.-]+)")
_LANGUAGE: Final = re.compile(r'<html lang="(\w+)"')
_TITLE: Final = re.compile(r"[“„«]\u2068?(.+?)\u2069?[”“»]")  # in the quotes of any language


class InProcessService:
    """One service with its tables. `reset` empties it."""

    def __init__(self, sdk: SdkInterceptor, clock: lambda_runtime.Clock, flags: lambda_runtime.Flags) -> None:
        self.sdk, self.clock, self.flags = sdk, clock, flags
        responses: dict[str, Json] = {
            "SendEmail": {"MessageId": "m"},
            "Publish": {"MessageId": "m"},
            "PutEvents": {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]},
            "SendMessage": {"MessageId": "m"},
            "GetSecretValue": {"SecretString": json.dumps({"current": "k" * 64})},
        }
        for operation, response in responses.items():
            sdk.respond(operation, _always_returning(response))
        for operation in ("TransactWriteItems", "BatchWriteItem", "UpdateItem"):
            sdk.respond(operation, partial(self._commit, operation))
        self._interruption: tuple[str, Callable[[], None]] | None = None
        self._stream = table_stream.TableStream()

    def reset(self) -> None:
        for table in (settings().table_name, settings().idempotency_table):
            _delete_all_rows(table)
        self._stream.new_records()
        self.pending: dict[str, list[Record]] = {function: [] for function in CONSUMERS}
        self.delivered: dict[str, list[Record]] = {function: [] for function in CONSUMERS}
        self.clock.time = START
        self._interruption = None
        self.sdk.calls.clear()

    def set_rollout(self, freelancers: set[str]) -> None:
        self.flags.flags = rollout_flags(0, sorted(freelancers))

    # Concurrent commits

    @contextmanager
    def before_commit(self, contract_id: str, interrupt: Callable[[], None]) -> Iterator[None]:
        """Runs `interrupt` once, just before the next commit to this contract: after its read and decision."""
        self._interruption = contract_id, interrupt
        yield
        self._interruption = None

    def _commit(self, operation: str, client: Any, parameters: Json) -> Any:
        if self._interruption and _is_commit(operation, parameters, self._interruption[0]):
            (_, interrupt), self._interruption = self._interruption, None
            with _as_separate_process():
                interrupt()
        return self.sdk.send(client, operation, parameters)

    # The table

    def rows(self, contract_id: str) -> list[Record]:
        """All rows of a contract."""
        return rows.of_contract(client("dynamodb"), contract_id)

    def all_rows(self) -> list[items.Item]:
        """All rows of all contracts and summaries, as plain values."""
        return rows.everything(client("dynamodb"))

    def open_requests(self, contract_id: str) -> list[Record]:
        return rows.open_requests(client("dynamodb"), contract_id)

    # The stream

    def read_stream(self) -> set[str]:
        """Reads new records and queues them for the consumers; returns the ids of their contracts."""
        records = self._stream.new_records()
        for function in CONSUMERS:
            self.pending[function] += table_stream.filtered(function, records)
        partitions = [record["dynamodb"]["Keys"]["PK"]["S"] for record in records]
        return {name.removeprefix("CONTRACT#") for name in partitions if name.startswith("CONTRACT#")}

    def remove_by_ttl(self, contract_id: str) -> set[str]:
        """Removes the open request as TTL does; returns what `read_stream` returns."""
        for row in self.open_requests(contract_id):
            self._stream.remove_by_ttl({"PK": row["PK"], "SK": row["SK"]})
        return self.read_stream()

    def next_records(self, function: str) -> list[Record]:
        """The records that may be delivered next: the oldest of every row, as a stream keeps each row's order."""
        oldest: dict[str, Record] = {}
        for record in self.pending[function]:
            oldest.setdefault(json.dumps(record["dynamodb"]["Keys"], sort_keys=True), record)
        return list(oldest.values())

    def deliver(self, function: str, records: list[Record]) -> None:
        """Delivers one batch, as Lambda does. The handler must report no failure."""
        assert lambda_runtime.invoke(function, {"Records": records}) == {"batchItemFailures": []}
        new = [record for record in self.pending[function] if any(record is other for other in records)]
        self.pending[function] = [
            record for record in self.pending[function] if not any(record is other for other in new)
        ]
        self.delivered[function] += new

    # Messages

    def take_sent_messages(self) -> list[Message]:
        """Returns the messages sent since the last call, except those about corrections, replies and decisions.

        tests/component/test_text_changes_told.py compares these.
        """
        dash = [_dash_message(json.loads(sent["Message"])) for sent in self.sdk.parameters_of("Publish")]
        events = [_event_message(sent) for sent in self.sdk.parameters_of("PutEvents")]
        emails = [_email_message(sent) for sent in self.sdk.parameters_of("SendEmail")]
        dead_letters = [_dead_letter(sent) for sent in self.sdk.parameters_of("SendMessage")]
        self.sdk.calls.clear()
        messages = [*dash, *events, *emails, *dead_letters]
        return sorted([message for message in messages if message.kind not in _OF_TEXT_CHANGES], key=repr)


def subject_of(record: Record) -> tuple[str, str]:
    """The kind of message that a record causes, and the id of the request, feedback or contract in it.

    For a reminder, also when the sweep found it due: `<request_id> <instant>`.
    """
    sort = record["dynamodb"]["Keys"]["SK"]["S"]
    image = record["dynamodb"].get("NewImage") or record["dynamodb"]["OldImage"]
    if sort == items.CONTRACT:
        corrected = image.get("client_email") != record["dynamodb"]["OldImage"].get("client_email")
        contract_id = image["PK"]["S"].removeprefix("CONTRACT#")  # before its start, a row has no other id
        return "address_corrected" if corrected else "contract_changed", contract_id
    if sort.startswith("DECISION#") or (sort.startswith("FEEDBACK#") and record["eventName"] == "MODIFY"):
        return "text_changed", image["feedback_id"]["S"]
    if sort.startswith("FEEDBACK#"):
        return "feedback_provided", image["feedback_id"]["S"]
    if sort.startswith(items.OPEN_REQUEST) and record["eventName"] == "MODIFY":
        reminded_at = datetime.fromtimestamp(int(image["reminded_at"]["N"]), UTC)
        return "feedback_request_reminder", f"{image['request_id']['S']} {reminded_at.isoformat()}"
    if sort.startswith(items.OPEN_REQUEST):
        return "feedback_requested", image["request_id"]["S"]
    status = image["status"]["S"]
    told = status if status in {"expired", "declined", "withdrawn"} else "closed"
    return f"feedback_request_{told}", image["request_id"]["S"]


def link_token(view: Json, address: str) -> str:
    """The token of the link in the e-mail about this request to this address."""
    return links.sign_link(
        FeedbackRequest(**{**view, "status": RequestStatus.PENDING, "closed_at": None}), address
    )


def _dead_letter(sent: Json) -> Message:
    assert sent["QueueUrl"] == ingest_settings().dead_letter_queue_url, "a record was set aside"
    return Message("dead letter", "contract event", "", json.loads(sent["MessageBody"])["detail"]["contract_id"])


def _dash_message(message: Json) -> Message:
    checked(f"dash-messages/{message['kind']}", message)
    about = message["contract_id"], datetime.fromisoformat(message["occurred_at"]), parsed(message["data"])
    return Message("dash", message["kind"], message["recipient_id"], about)


def _event_message(sent: Json) -> Message:
    [entry] = sent["Entries"]
    detail = checked(f"domain-events/{entry['DetailType']}", json.loads(entry["Detail"]))
    assert detail["event_id"].startswith(f"{entry['DetailType']}:")
    assert entry["Time"] == datetime.fromisoformat(detail["occurred_at"])
    return Message("event", entry["DetailType"], "", parsed(detail))


def _email_message(sent: Json) -> Message:
    [to] = sent["Destination"]["ToAddresses"]
    simple = sent["Content"]["Simple"]
    [language] = _LANGUAGE.findall(simple["Body"]["Html"]["Data"])
    [message_id] = [header["Value"] for header in simple["Headers"] if header["Name"] == "X-Entity-Ref-ID"]
    if link := _TOKEN.search(simple["Body"]["Text"]["Data"]):
        return Message("e-mail", message_id.split(":")[0], to, links.read_link(link[1]).request_id, language)
    [title] = _TITLE.findall(simple["Subject"]["Data"])
    return Message("e-mail", message_id.split(":")[0], to, title, language)


@contextmanager
def _as_separate_process() -> Iterator[None]:
    """Restores the current event afterwards: Powertools has one for the process, as attributes of a class."""
    call = dict(vars(BaseRouter))
    yield
    BaseRouter.current_event, BaseRouter.lambda_context = call["current_event"], call["lambda_context"]


def _is_commit(operation: str, parameters: Json, contract_id: str) -> bool:
    """Whether a call commits a command on this contract. Of updates, only reminders do."""
    text = str(parameters)
    return f"CONTRACT#{contract_id}'" in text and (operation != "UpdateItem" or items.OPEN_REQUEST in text)


def _delete_all_rows(table: str) -> None:
    described = client("dynamodb").describe_table(TableName=table)["Table"]
    names = [key["AttributeName"] for key in described["KeySchema"]]
    found = client("dynamodb").scan(TableName=table)["Items"]
    deletions = [{"DeleteRequest": {"Key": {name: row[name] for name in names}}} for row in found]
    for batch in batched(deletions, 25, strict=False):
        client("dynamodb").batch_write_item(RequestItems={table: list(batch)})


def _always_returning(response: Json) -> Callable[..., Json]:
    return lambda *_: response
