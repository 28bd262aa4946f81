"""Applies the marketplace's contract events, as they come from the queue."""

from typing import Any

from aws_lambda_powertools.utilities.batch import EventType
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mid_job_feedback import clock
from mid_job_feedback.observability import observed
from mid_job_feedback.workers import batches, ingest


def apply(record: SQSRecord) -> None:
    ingest.ingest(record, clock.now())


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return batches.each(EventType.SQS, event, context, apply)
