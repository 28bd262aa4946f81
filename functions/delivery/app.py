"""Records what becomes of e-mails, as SES's events report it."""

from typing import Any

from mid_job_feedback.observability import LambdaContext, observed
from mid_job_feedback.workers import email_events


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    email_events.process(event, context)
