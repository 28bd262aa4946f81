"""The funnel: how far requests get, from being made to their end. docs/funnel.md says what each step means."""

from enum import StrEnum
from typing import assert_never

from mid_job_feedback.domain.models import FeedbackRequest, Id, RequestStatus, Value


class Step(StrEnum):
    """In log lines and metrics. A request reaches some of them, and ends with one of the last five."""

    ASKED = "asked"
    DELIVERED = "delivered"
    OPENED = "opened"
    ANSWERED = "answered"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Progress(Value):
    """A request has reached a step. `seconds_to_answer`: how long its client took, if it was answered."""

    request_id: Id
    step: Step
    seconds_to_answer: int | None = None

    def in_log(self) -> dict[str, str | int | None]:
        """The fields of the log line that says so. The dashboard and docs/funnel.md query them."""
        return {
            "request_id": self.request_id,
            "funnel_step": self.step,
            "seconds_to_answer": self.seconds_to_answer,
        }


def progress(request: FeedbackRequest) -> Progress:
    """The step that a request has reached when it was made, or with its end."""
    seconds = None
    if request.status is RequestStatus.FULFILLED and request.closed_at:
        seconds = int((request.closed_at - request.requested_at).total_seconds())
    return Progress(request_id=request.request_id, step=_step(request.status), seconds_to_answer=seconds)


def _step(status: RequestStatus) -> Step:
    match status:
        case RequestStatus.PENDING:
            return Step.ASKED
        case RequestStatus.FULFILLED:
            return Step.ANSWERED
        case RequestStatus.EXPIRED:
            return Step.EXPIRED
        case RequestStatus.CANCELLED:
            return Step.CANCELLED
        case RequestStatus.DECLINED:
            return Step.DECLINED
        case RequestStatus.WITHDRAWN:
            return Step.WITHDRAWN
        case unexpected:
            assert_never(unexpected)
