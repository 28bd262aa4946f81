"""Logs and metrics: one structured line and one metric per decision, with ids and reason codes.

Never a comment, an address, a header or a token: callers hand over ids and codes only.
"""

from collections.abc import Callable
from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from mid_job_feedback.domain.refusals import Refusal

type Handler = Callable[[dict[str, Any], LambdaContext], Any]

logger: Final = Logger()
metrics: Final = Metrics()


def observed(handler: Handler) -> Handler:
    """A Lambda handler whose log lines carry the call's id and whose metrics are written when it returns."""
    wrapped: Handler = logger.inject_lambda_context(metrics.log_metrics(handler))
    return wrapped


def accepted(command: str, **ids: str | int) -> None:
    """`command` in the field's words: request, submit, expire, notify, ingest, list."""
    logger.info("%s accepted", command, extra={"command": command, **ids})
    metrics.add_metric(f"{command.capitalize()}Accepted", MetricUnit.Count, 1)


def refused(command: str, refusal: Refusal, **ids: str) -> None:
    reasons = [reason.code for reason in refusal.data.get("reasons", ())]
    logger.info(
        "%s refused",
        command,
        extra={"command": command, "code": refusal.code, "reasons": reasons, **ids},
    )
    metrics.add_metric(f"{command.capitalize()}Refused", MetricUnit.Count, 1)


def counted(name: str, number: int) -> None:
    metrics.add_metric(name, MetricUnit.Count, number)


def names(failure: BaseException) -> list[str]:
    """What went wrong, by the names of the errors only: their texts may quote an address or a comment."""
    return [type(cause).__name__ for cause in getattr(failure, "exceptions", [failure])]


def failed(failure: BaseException) -> None:
    """A record that will come again, or waits for somebody to look at it."""
    logger.warning("record failed", extra={"errors": names(failure)})
    metrics.add_metric("RecordsFailed", MetricUnit.Count, 1)


def set_aside(message_id: str, reason: str) -> None:
    logger.warning("contract event set aside", extra={"message_id": message_id, "reason": reason})
    metrics.add_metric("IngestRefused", MetricUnit.Count, 1)
