"""Reads what is new on the stack: events, log lines, changes of the table and messages."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cached_property
from typing import Any, Final

from boto3.dynamodb.types import TypeDeserializer

from local import watch
from local.console.timeline import Entry, Kind, Message
from local.stack import Stack
from mid_job_feedback.domain import email_tags

LINK: Final = re.compile(r"https?://[^\s<>\"]+")
ROWS: Final = (
    ("CONTRACT#OPEN_REQUEST#", "open request"),
    ("CONTRACT", "contract"),
    ("REQUEST#", "closed request"),
    ("FEEDBACK#", "feedback"),
    ("EARLIER#", "earlier version of feedback"),
    ("REPORT#", "report"),
    ("DECISION#", "decision"),
    ("DELIVERY#", "delivery of the e-mail"),
    ("SUMMARY#", "summary"),
    ("EMAIL_PREFERENCES", "e-mail preferences"),
    ("UNDELIVERABLE#", "undeliverable address"),
    ("NAMED#", "contract named by mistake"),
    ("ERASURE", "erasure"),
)
"""What the sort keys of the table's rows begin with (docs/architecture.md, "The table"), longer ones first."""
CHANGES: Final = {"INSERT": "New", "MODIFY": "Changed", "REMOVE": "Removed"}
OVERLAP_MS: Final = 2_000
"""Log lines may be stored out of order, so each reading goes back by this much."""
METRICS: Final = "_aws"
"""Metrics are log lines, too (CloudWatch's embedded metric format), and have this field."""
FAILED: Final = frozenset({"WARNING", "ERROR", "CRITICAL"})


class Sources:
    """Each call of `news` yields what happened since the previous one; the first call, everything."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._mails = 0
        self._logged_until = 0
        self._recent_lines: dict[str, int] = {}
        self._sequence_number = ""

    def news(self) -> Iterator[Entry]:
        yield from map(_from_contract_event, self._received("contract-events"))
        yield from map(entry_of_line, self._lines())
        yield from map(entry_of_change, self._changes())
        mails = watch.mails(self._stack)
        yield from map(_from_mail, mails[self._mails :])
        self._mails = len(mails)
        yield from map(_from_dash, self._received("dash-messages"))
        yield from map(_from_domain_event, self._received("domain-events"))

    def _received(self, queue: str) -> Iterator[dict[str, Any]]:
        url = self._stack.client("sqs").get_queue_url(QueueName=f"{watch.CONSOLE}-{queue}")["QueueUrl"]
        while found := list(watch.received(self._stack, url)):
            yield from found

    def _lines(self) -> Iterator[dict[str, Any]]:
        """JSON lines of the functions' log, except those about pages. START, END and REPORT are left out."""
        since = max(0, self._logged_until - OVERLAP_MS)
        pages = self._stack.client("logs").get_paginator("filter_log_events")
        for page in pages.paginate(logGroupName=self._stack.log_groups["functions"], startTime=since):
            for event in page["events"]:
                if event["message"] not in self._recent_lines:
                    self._recent_lines[event["message"]] = event["timestamp"]
                    self._logged_until = max(self._logged_until, event["timestamp"])
                    if event["message"].startswith("{"):
                        line = json.loads(event["message"])
                        if METRICS not in line and line.get("command") != "web":
                            yield _completed(line, event["timestamp"])
        oldest = self._logged_until - OVERLAP_MS
        self._recent_lines = {line: at for line, at in self._recent_lines.items() if at >= oldest}

    def _changes(self) -> Iterator[dict[str, Any]]:
        streams = self._stack.client("dynamodbstreams")
        position = {"ShardIteratorType": "TRIM_HORIZON"}
        if self._sequence_number:
            position = {
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                "SequenceNumber": self._sequence_number,
            }
        iterator = streams.get_shard_iterator(StreamArn=self._stream, ShardId=self._shard, **position)
        while iterator and (page := streams.get_records(ShardIterator=iterator["ShardIterator"]))["Records"]:
            yield from page["Records"]
            self._sequence_number = page["Records"][-1]["dynamodb"]["SequenceNumber"]
            iterator = {"ShardIterator": page["NextShardIterator"]}

    @cached_property
    def _stream(self) -> str:
        table = self._stack.client("dynamodb").describe_table(TableName=self._stack.table_name)["Table"]
        arn: str = table["LatestStreamArn"]
        return arn

    @cached_property
    def _shard(self) -> str:
        """The embedded cloud's streams have one shard."""
        streams = self._stack.client("dynamodbstreams")
        [shard] = streams.describe_stream(StreamArn=self._stream)["StreamDescription"]["Shards"]
        shard_id: str = shard["ShardId"]
        return shard_id


def _from_contract_event(event: dict[str, Any]) -> Entry:
    detail = event["detail"]
    contract_id = detail.get("contract_id") if isinstance(detail, dict) else None
    return Entry(
        kind=Kind.CONTRACT_EVENT,
        at=datetime.fromisoformat(event["time"]),
        title=event["detail-type"],
        body=event,
        contract_id=contract_id if isinstance(contract_id, str) else "",
    )


def _completed(line: dict[str, Any], milliseconds: int) -> dict[str, Any]:
    """A line that not our logger has written, such as Lambda's about a crash, with what each of ours has."""
    message, level = ("function crashed", "ERROR") if "errorType" in line else ("another line", "INFO")
    at = datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()
    return {"timestamp": at, "level": level, "message": message, **line}


def entry_of_line(line: dict[str, Any]) -> Entry:
    kind, title = _described(line)
    return Entry(
        kind=kind,
        at=datetime.fromisoformat(line["timestamp"]),
        title=title,
        body=line,
        contract_id=line.get("contract_id", ""),
        reference=line.get("reference", ""),
    )


def _described(line: dict[str, Any]) -> tuple[Kind, str]:
    about = " ".join(
        str(line[name])
        for name in ("channel", "event", "code", "message_id", "dependency", "cause")
        if line.get(name)
    )
    title = f"{str(line['message']).capitalize()}{f': {about}' if about else ''}"
    if line["message"] == watch.REFUSED:
        return Kind.REFUSED, f"Refused {line.get('event', 'event')}: {line['reason']}"
    if line["level"] in FAILED:
        return Kind.FAILURE, title
    if line["message"] == watch.EMAIL_EVENT:
        return Kind.DELIVERY, line["event"] if line["applied"] else f"{line['event']}, nothing to record"
    return (Kind.API_CALL if "reference" in line else Kind.WORK), title


def entry_of_change(record: dict[str, Any]) -> Entry:
    change = record["dynamodb"]
    old, new = (_plain(change.get(image, {})) for image in ("OldImage", "NewImage"))
    row = new or old
    kind_of_row = next((name for prefix, name in ROWS if row["SK"].startswith(prefix)), row["SK"])
    status = f" ({row['status']})" if row.get("status") else ""
    by_ttl = ", by TTL" if record.get("userIdentity") else ""
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)] if old and new else []
    about = f": {', '.join(sorted(changed))}" if changed else ""
    body = {"change": record["eventName"], "changed": sorted(changed), "new": new, "old": old}
    partition, _, contract_id = row["PK"].partition("#")
    return Entry(
        kind=Kind.TABLE,
        at=change["ApproximateCreationDateTime"].astimezone(UTC),
        title=f"{CHANGES[record['eventName']]} {kind_of_row}{status}{by_ttl}{about}",
        body=body,
        contract_id=contract_id if partition == "CONTRACT" else "",
    )


def _plain(image: dict[str, Any]) -> dict[str, Any]:
    read = TypeDeserializer().deserialize
    return {name: _number(read(value)) for name, value in image.items()}


def _number(value: Any) -> Any:
    """JSON has no decimals. Those of the table are whole, or have two places."""
    match value:
        case dict():
            return {name: _number(part) for name, part in value.items()}
        case list():
            return [_number(part) for part in value]
        case bool() | str() | None:
            return value
        case _:
            return int(value) if value == int(value) else float(value)


def _from_mail(mail: dict[str, Any]) -> Entry:
    at = datetime.fromtimestamp(mail["Timestamp"], UTC)
    tags = {tag["Name"]: [tag["Value"]] for tag in mail["EmailTags"]}
    about = email_tags.decoded(tags) if tags else {}
    recipient = ", ".join(mail["To"])
    headers = (
        ("From", mail["Source"]),
        ("To", recipient),
        ("Subject", mail["Subject"]),
        ("Date", format_datetime(at)),
        ("Message-ID", f"<{mail['MessageId']}>"),
        *((header["Name"], header["Value"]) for header in mail["Headers"]),
    )
    links = tuple(dict.fromkeys(LINK.findall(mail["BodyText"])))
    return Entry(
        kind=Kind.EMAIL,
        at=at,
        title=mail["Subject"],
        body={**mail, "BodyHtml": f"{len(mail['BodyHtml'])} characters"},
        contract_id=about.get("contract_id") or "",
        message=Message(recipient, mail["Subject"], mail["BodyText"], mail["BodyHtml"], headers, links),
    )


def _from_dash(dash: dict[str, Any]) -> Entry:
    return Entry(
        kind=Kind.DASH,
        at=datetime.fromisoformat(dash["occurred_at"]),
        title=dash["title"],
        body=dash,
        contract_id=dash["contract_id"],
        message=Message(dash["recipient_id"], dash["title"], dash["body"], "", (), (dash["link"],)),
    )


def _from_domain_event(event: dict[str, Any]) -> Entry:
    return Entry(
        kind=Kind.DOMAIN_EVENT,
        at=datetime.fromisoformat(event["time"]),
        title=event["detail-type"],
        body=event,
        contract_id=event["detail"]["contract_id"],
    )
