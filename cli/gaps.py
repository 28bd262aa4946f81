"""What `reconcile` finds missing, and where it waits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mid_job_feedback.domain.models import shown

NOWHERE: Final = "nowhere"
"""It waits in no queue, and is not in the stream any more: it is lost unless somebody puts it back."""
STREAM: Final = "stream"
SWEEP: Final = "sweep"
IN_PROGRESS: Final = "in_progress"
NOT_RECEIVED: Final = "not_received"
"""The marketplace has not published it yet, or it never arrived."""


@dataclass(frozen=True)
class Place:
    """Where something waits. `found_in`: a queue, or one of the places above."""

    found_in: str
    sqs_message_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Gap:
    """A change that was not announced on a channel, or an event that was not applied.

    `message`: the id of the message that was not sent, with its channel; None if the gap is no message.
    """

    contract_id: str | None
    change: str
    place: Place
    at: datetime | None = None
    message: str | None = None

    @property
    def is_lost(self) -> bool:
        return self.place.found_in == NOWHERE

    @property
    def document(self) -> dict[str, Any]:
        return {
            "contract_id": self.contract_id,
            "change": self.change,
            "at": shown(self.at) if self.at else None,
            "message_id": self.message,
            "found_in": self.place.found_in,
            "sqs_message_id": self.place.sqs_message_id,
            "reason": self.place.reason,
        }
