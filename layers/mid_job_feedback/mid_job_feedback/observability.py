"""Structured logs and metrics: one log line and one metric for each decision, with ids and reason codes.

Most calls are reads, and decide nothing. A read that succeeds is logged at DEBUG only, and has no metric: it is in
the access log in any case, and Lambda counts invocations. Only a link that is opened has a line: it is a step of
the funnel (domain/funnel.py), and the access log does not say which request it is about.

Callers pass ids and codes only, never a comment, an address, a header or a token. An id that is an e-mail address
is logged as its hash. Ids in log lines:

    reference            API Gateway's request id of the call, which problem documents and pages show as well
    function_request_id  Lambda's id of the invocation
    contract_id, freelancer_id, feedback_id
    user_id              the caller's id, if the contract was not found; user_claim is the claim it was read from
    request_id           always the id of a feedback request
    message_id           the id of an e-mail, Dash message or domain event, with its channel: `email:…`, `dash:…`,
                         `event:…`
    sqs_message_id       the id of a message in a queue
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final, Literal

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from mid_job_feedback import aws
from mid_job_feedback.domain.funnel import Progress, Step
from mid_job_feedback.domain.refusals import Refusal, Unavailable

__all__ = ["LambdaContext"]  # for handlers, which import nothing but this package; see its `__init__`

type Applying = Literal["ingest", "delivery"]
"""The commands that apply events from a queue."""
type Handler = Callable[[dict[str, Any], LambdaContext], Any]

_IDS_OF_THE_MARKETPLACE: Final = ("contract_id", "freelancer_id", "feedback_id", "user_id")


def _log_line(fields: Mapping[str, Any]) -> str:
    hashed = {name: _hash(fields[name]) for name in _IDS_OF_THE_MARKETPLACE if "@" in str(fields.get(name))}
    return json.dumps({**fields, **hashed}, default=str, separators=(",", ":"), ensure_ascii=False)


def _hash(id_: str) -> str:
    """The same for the same id, so that lines about it can still be found."""
    return f"sha256:{hashlib.sha256(id_.encode()).hexdigest()[:12]}"


# RFC 3339: the timestamps that Lambda's JSON log format understands
logger: Final = Logger(use_rfc3339=True, json_serializer=_log_line)
metrics: Final = Metrics()
_EVENTS: Final[Mapping[Applying, str]] = {"ingest": "contract event", "delivery": "e-mail event"}
_CARRIED: Final = "_ids_for_the_log"
_FUNNEL_METRICS: Final[Mapping[Step, str]] = {step: f"Requests{step.capitalize()}" for step in Step} | {
    Step.DELIVERED: "RequestEmailsDelivered",  # a reminder is delivered, too
    Step.OPENED: "LinksOpened",  # a link may be opened often
}


def observed(handler: Handler) -> Handler:
    """A Lambda handler whose log lines carry the invocation's id and whose metrics are written when it returns."""

    @wraps(handler)
    def counting(event: dict[str, Any], context: LambdaContext) -> Any:
        try:
            return handler(event, context)
        finally:
            if metrics.metric_set:  # Powertools' own decorator would warn of an invocation without metrics
                metrics.flush_metrics()

    wrapped: Handler = logger.inject_lambda_context(counting, clear_state=True)
    return wrapped


def log_with(**ids: str) -> None:
    """Adds these ids to every further log line of the invocation."""
    logger.append_keys(**ids)


def accepted(command: str, **fields: str | int | None) -> None:
    """Logs and counts a command that was carried out: `request`, `withdraw`, `submit`, `correct`, `reply`,
    `report`, `moderate`, `decline`, `prefer`, `preferences`, `expire`, `notify`, `ingest` or `delivery`.

    Fields that are None are left out of the line, so that queries can ask whether a field is present.
    """
    present = {name: value for name, value in fields.items() if value is not None}
    logger.info("%s accepted", command, extra={"command": command, **present})
    metrics.add_metric(f"{command.capitalize()}Accepted", MetricUnit.Count, 1)


def settled(command: str, *, changed: bool, **ids: str) -> None:
    """Logs and counts a command that may find everything as it wants it. Then it is logged, but not counted."""
    if changed:
        accepted(command, **ids)
    else:
        logger.info("%s repeated", command, extra={"command": command, **ids})


def answered(command: str, **ids: str) -> None:
    """Logs a read that succeeded, at DEBUG."""
    logger.debug("%s accepted", command, extra={"command": command, **ids})


def looked_for_person(command: str, person_id: str, passes: int, *, done: bool) -> None:
    """Logs a step of an export or an erasure, at INFO: who asks for personal data has to be able to show that."""
    extra = {"command": command, "user_id": person_id, "passes": passes, "done": done}
    logger.info("%s accepted", command, extra=extra)


def link_opened(method: str, contract_id: str, request_id: str) -> None:
    """Logs and counts a GET of an open request's link, by a person or by a program that examines e-mails.

    Mail gateways ask for the headers alone of many links, so a HEAD does not count.
    """
    if method != "GET":
        answered("list", contract_id=contract_id, request_id=request_id)
        return
    opened = Progress(request_id=request_id, step=Step.OPENED)
    logger.info("link opened", extra={"command": "list", "contract_id": contract_id, **opened.in_log()})
    progressed(opened)


def without_id(command: str, **claim: str) -> None:
    """Logs that the caller's token has no id, which makes every list empty: see the parameter JwtUserClaim."""
    logger.info("%s without an id", command, extra={"command": command, **claim})


def refused(command: str, refusal: Refusal, **ids: str) -> None:
    """Logs and counts a refusal. If a dependency was unavailable, a warning names it and the cause."""
    if isinstance(refusal, Unavailable):
        logger.warning(
            "%s refused", command, extra={"command": command, "code": refusal.code, **explained(refusal)}
        )
    else:
        reasons = [reason.code for reason in refusal.data.get("reasons", ())]
        extra = {"command": command, "code": refusal.code, "reasons": reasons, **ids}
        logger.info("%s refused", command, extra=extra)
    metrics.add_metric(f"{command.capitalize()}Refused", MetricUnit.Count, 1)


@contextmanager
def refusals_logged(command: str) -> Iterator[None]:
    """Logs and counts a refusal that is raised inside, and raises it again."""
    try:
        yield
    except Refusal as refusal:
        refused(command, refusal)
        raise


def replayed(command: str) -> None:
    """Logs that a repeated call got its first response."""
    logger.info("%s replayed", command, extra={"command": command})


def counted(name: str, number: int) -> None:
    """Adds to a metric. Zero is not written: CloudWatch charges for a metric in each hour that has a value."""
    if number:
        metrics.add_metric(name, MetricUnit.Count, number)


def progressed(progress: Progress) -> None:
    """Counts a step that a request has reached. The log line is the caller's, who has one anyway."""
    metrics.add_metric(_FUNNEL_METRICS[progress.step], MetricUnit.Count, 1)
    if progress.seconds_to_answer is not None:
        metrics.add_metric("SecondsToAnswer", MetricUnit.Seconds, progress.seconds_to_answer)


def explained(failure: BaseException) -> dict[str, str]:
    """What went wrong, as fields for the log. Error texts are left out: they may quote an address or a comment."""
    carried: dict[str, str] = getattr(failure, _CARRIED, {})
    if not isinstance(failure, Unavailable):
        return {**carried, "error": _name(failure)}
    return {
        **carried,
        "dependency": failure.dependency,
        "operation": failure.operation,
        "cause": failure.cause,
        "error": _name(_origin(failure)),
    }


def summary(failure: BaseException) -> str:
    """What went wrong, in one line without error texts: the `reason` attribute of a message in a queue."""
    parts = (explained(each) for each in _causes(failure))
    return ", ".join(
        f"{part['dependency']} {part['operation']} {part['cause']}" if "dependency" in part else part["error"]
        for part in parts
    )


@contextmanager
def failures_carry(**ids: str) -> Iterator[None]:
    """What is raised inside carries these ids to its log line, wherever that is written."""
    try:
        yield
    except Exception as failure:
        setattr(failure, _CARRIED, ids)
        raise


@contextmanager
def failures_logged(**ids: str) -> Iterator[None]:
    """Logs and counts what is raised inside, and raises it again."""
    try:
        yield
    except Exception as failure:
        failed(failure, **ids)
        raise


def failed(*failures: BaseException, **ids: str) -> None:
    """Counts one record that will be retried or is in a failure queue, and logs a line for each failure."""
    for each in (cause for failure in failures for cause in _causes(failure)):
        logger.warning("record failed", extra={**ids, **explained(each)})
    metrics.add_metric("RecordsFailed", MetricUnit.Count, 1)


def dead_lettered(command: Applying, reason: str, **ids: str) -> None:
    """Logs and counts an event that can never be applied."""
    logger.warning("%s dead-lettered", _EVENTS[command], extra={"reason": reason, **ids})
    metrics.add_metric(f"{command.capitalize()}Refused", MetricUnit.Count, 1)


def _origin(failure: BaseException) -> BaseException:
    """The SDK's own error, which Powertools may have wrapped; without one, the error that came first."""
    if isinstance(failure, (BotoCoreError, ClientError)) or failure.__cause__ is None:
        return failure
    return _origin(failure.__cause__)


def _name(failure: BaseException) -> str:
    return aws.error_code(failure) or type(failure).__name__


def _causes(failure: BaseException) -> tuple[BaseException, ...]:
    return failure.exceptions if isinstance(failure, BaseExceptionGroup) else (failure,)
