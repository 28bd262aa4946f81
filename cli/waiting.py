"""Where what is not done yet waits: in a failure queue, between two tries, or in the table's stream."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from cli import change_ids, logs, queues
from cli.gaps import STREAM, Place
from cli.queues import FailedMessage
from cli.stacks import Stack
from mid_job_feedback.messaging import news
from mid_job_feedback.storage import items, row_changes

type Worker = Literal["notify", "expire"]
"""The functions that read the table's stream."""

WORKERS: Final[tuple[Worker, ...]] = ("notify", "expire")
SETTLED: Final = timedelta(minutes=2)
"""A change that is younger may be on its way, and logs arrive late."""
LATENESS_SEEN: Final = timedelta(minutes=15)
STREAM_KEEPS: Final = timedelta(hours=24)


class Sought(NamedTuple):
    """A change that has not had its effect. `ids`: those that log lines about it have. `message`: see `Gap`."""

    worker: Worker
    identity: tuple[object, ...]
    ids: Mapping[str, str]
    at: datetime
    message: str | None = None


class _Position(NamedTuple):
    """A part of the stream, which Lambda gave up on. Its records are not in the message."""

    worker: Worker
    first: datetime
    last: datetime
    place: Place


@dataclass(frozen=True)
class Waiting:
    """What waits at the moment. `late`: how far behind each function reads the stream."""

    failed: Mapping[tuple[Worker, tuple[object, ...]], Place]
    positions: Sequence[_Position]
    retried: Mapping[Worker, Sequence[Mapping[str, Any]]]
    depths: Mapping[str, int]
    late: Mapping[Worker, timedelta]
    now: datetime

    def place(self, sought: Sought) -> Place | None:
        """Where the change waits; None if it is nowhere."""
        return (
            self.failed.get((sought.worker, sought.identity))
            or self._between_tries(sought)
            or self._in_position(sought)
            or self._in_stream(sought)
            or self._unseen(sought)
        )

    def _between_tries(self, sought: Sought) -> Place | None:
        lines = (line for line in self.retried[sought.worker] if _is_about(line, sought))
        last = max(lines, key=lambda line: str(line["timestamp"]), default=None)
        return Place(f"{sought.worker}_retry", last.get("sqs_message_id"), reason_in(last)) if last else None

    def _in_position(self, sought: Sought) -> Place | None:
        for position in self.positions:
            begins, ends = position.first - SETTLED, position.last + SETTLED
            if position.worker == sought.worker and begins <= sought.at <= ends:
                return position.place
        return None

    def _in_stream(self, sought: Sought) -> Place | None:
        behind = self.late[sought.worker] + SETTLED
        return Place(STREAM) if self.now - sought.at <= behind else None

    def _unseen(self, sought: Sought) -> Place | None:
        """Messages that failed once, long ago, or that nobody has received yet, have no line in the log."""
        queue = f"{sought.worker}_retry"
        waiting = self.depths[queue]
        return Place(queue, None, f"it may be one of the {waiting} in this queue") if waiting else None


def read(stack: Stack, now: datetime) -> Waiting:
    """Looks through the queues of both functions. To see a message of a failure queue counts as a try of it."""
    failed: dict[tuple[Worker, tuple[object, ...]], Place] = {}
    positions: list[_Position] = []
    for worker in WORKERS:
        queue = f"{worker}_failure"
        with queues.held(stack, queue) as messages:
            for message in messages:
                place = Place(queue, message.message_id, message.reason)
                record = parsed(message)
                positions += _positions(worker, record, place, now)
                failed |= {(worker, found): place for found in _identities(worker, record)}
    return Waiting(
        failed=failed,
        positions=positions,
        retried={worker: list(_retried(stack, worker)) for worker in WORKERS},
        depths={queue: sum(queues.depth(stack, queue)) for queue in queues.QUEUES},
        late={worker: lateness(stack, worker) for worker in WORKERS},
        now=now,
    )


def lateness(stack: Stack, worker: Worker) -> timedelta:
    """How far behind the function reads the stream: a day if it does not read it at all."""
    name = stack.function(worker.title())
    table = stack.client("dynamodb").describe_table(TableName=stack.outputs["TableName"])["Table"]
    readers = stack.client("lambda").list_event_source_mappings(EventSourceArn=table["LatestStreamArn"])
    own = [found for found in readers["EventSourceMappings"] if name in found["FunctionArn"].split(":")]
    if any(found["State"] in {"Disabled", "Disabling"} for found in own):
        return STREAM_KEEPS
    until = datetime.now(UTC)
    found = stack.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="IteratorAge",
        Dimensions=[{"Name": "FunctionName", "Value": name}],
        StartTime=until - LATENESS_SEEN,
        EndTime=until,
        Period=60,
        Statistics=["Maximum"],
    )
    return timedelta(milliseconds=max((point["Maximum"] for point in found["Datapoints"]), default=0))


def reason_in(line: Mapping[str, Any]) -> str:
    """What went wrong, in a line `record failed`."""
    return " ".join(str(line[part]) for part in ("dependency", "operation", "cause", "error") if line.get(part))


def failing(stack: Stack, queue: str, function: str) -> Iterator[dict[str, Any]]:
    """The lines `record failed` of a function since the last try of every message of the queue that it reads."""
    pause = stack.client("sqs").get_queue_attributes(
        QueueUrl=queues.url(stack, queue), AttributeNames=["VisibilityTimeout"]
    )["Attributes"]["VisibilityTimeout"]
    since = timedelta(seconds=int(pause)) + SETTLED
    name = stack.function(function)
    return (line for line in logs.lines(stack, '"record failed"', since) if line.get("function_name") == name)


def _retried(stack: Stack, worker: Worker) -> Iterator[dict[str, Any]]:
    return failing(stack, f"{worker}_retry", worker.title())


def _is_about(line: Mapping[str, Any], sought: Sought) -> bool:
    """A line about another message of the same change is not about this one."""
    if "message_id" in line and sought.message:
        return bool(line["message_id"] == sought.message)
    return all(line.get(name) == logs.logged(id_) for name, id_ in sought.ids.items())


def parsed(message: FailedMessage) -> dict[str, Any]:
    """The body, or nothing if it is no JSON object."""
    try:
        body = json.loads(message.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _positions(worker: Worker, record: Mapping[str, Any], place: Place, now: datetime) -> Iterator[_Position]:
    """Without the times of arrival, the part of the stream may be any of the last day."""
    if "DDBStreamBatchInfo" not in record:
        return
    batch = record["DDBStreamBatchInfo"]
    first, last = (batch.get(f"approximateArrivalOf{which}Record") for which in ("First", "Last"))
    yield _Position(
        worker,
        datetime.fromisoformat(first) if first else now - STREAM_KEEPS,
        datetime.fromisoformat(last) if last else now,
        place,
    )


def _identities(worker: Worker, record: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    """What the record in a failure queue would do: none if it is no record, or is malformed."""
    if "dynamodb" not in record:
        return
    try:
        change = row_changes.parse(record)
        found = news.read(change) if worker == "notify" else None
    except (KeyError, TypeError, ValueError):
        return
    if found:
        yield change_ids.identity(found)
    if worker == "expire" and change.event == "REMOVE" and change.sort.startswith(items.OPEN_REQUEST):
        yield removal(change.sort.removeprefix(items.OPEN_REQUEST))


def removal(request_id: str) -> tuple[object, ...]:
    """The identity of a request's removal, which `expire` records."""
    return ("removal", request_id)
