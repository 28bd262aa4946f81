"""Changes the stack: its clock, faults of what it depends on, its jobs, and contract events."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from cli import queues
from cli.stacks import Stack as OperatorsStack
from local import sample_data, watch
from local.stack import Stack

DEPENDENCIES: Final = {
    "ses": "SES (e-mails)",
    "sns": "SNS (Dash messages)",
    "bus": "EventBridge (domain events)",
    "table": "DynamoDB (the table)",
    "signing_key": "Secrets Manager (the key of links)",
}
SCHEDULED: Final = {"source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}"}


class Clock(NamedTuple):
    """`offset_seconds`: how far the stack's clock is ahead of real time."""

    now: datetime
    offset_seconds: int


class Fault(NamedTuple):
    """`calls_left`: None until it is mended. `failed`: how many calls have failed so far."""

    dependency: str
    calls_left: int | None
    failed: int


@dataclass(frozen=True)
class Controls:
    stack: Stack
    operators: OperatorsStack

    def clock(self) -> Clock:
        answer = self._call("GET", "clock")
        return Clock(datetime.fromisoformat(answer["now"]), answer["offset_seconds"])

    def advance(self, seconds: int) -> None:
        self._call("PUT", "clock", {"offset_seconds": self.clock().offset_seconds + seconds})

    def jump_to(self, instant: datetime) -> None:
        """Set the clock so that it shows this instant, or the first second after it."""
        clock = self.clock()
        ahead = math.ceil((instant - clock.now).total_seconds())
        self._call("PUT", "clock", {"offset_seconds": clock.offset_seconds + ahead})

    def back_to_real_time(self) -> None:
        self._call("PUT", "clock", {"offset_seconds": 0})

    def faults(self) -> list[Fault]:
        return [Fault(**fault) for fault in self._call("GET", "faults")["faults"]]

    def break_dependency(self, dependency: str, calls: int | None) -> None:
        self._call("PUT", f"faults/{dependency}", {"calls": calls})

    def mend(self, dependency: str) -> None:
        self._call("DELETE", f"faults/{dependency}")

    def sweep(self) -> int:
        """Run the expiry sweep. Returns how many requests it deleted."""
        swept: dict[str, int] = self.operators.invoke("Expire", SCHEDULED)
        return swept["expired"]

    def remove_expired(self) -> int:
        """Run DynamoDB's TTL. Returns how many items it removed."""
        removed: int = self._call("POST", "ttl")["removed"]
        return removed

    def waiting(self) -> dict[str, int]:
        """How many messages wait in each failure queue."""
        return {name: queues.depth(self.operators, name).waiting for name in queues.FAILURES}

    def redrive(self) -> int:
        """Put back what waits in the failure queues. Returns how many messages these were."""
        return sum(self._put_back(name) for name, count in self.waiting().items() if count)

    def send_event(self, kind: str, detail: dict[str, Any]) -> None:
        sample_data.publish(self.stack, [(kind, detail)])

    def _put_back(self, queue: str) -> int:
        with queues.held(self.operators, queue) as found:
            for message in found:
                queues.put_back(self.operators, message)
            return len(found)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        url = f"{self.stack.endpoint_url}/_local/{path}"
        answer = watch.http().request(method, url, json=body)
        if answer.is_client_error:
            raise ControlRefused(answer.json()["detail"])
        return answer.raise_for_status().json()


class ControlRefused(Exception):
    """The embedded cloud refuses the change. The message is a sentence."""
