"""Applies the marketplace's contract events from the queue."""

from typing import Any

from mid_job_feedback import clock
from mid_job_feedback.observability import LambdaContext, observed
from mid_job_feedback.workers import ingest


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return ingest.process(event, context, clock.now)
