"""Exports or erases what is stored about a person. Invoked by operators; there is no route."""

from typing import Any

from mid_job_feedback import clock
from mid_job_feedback.observability import LambdaContext, observed, refusals_logged
from mid_job_feedback.workers import privacy


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    with refusals_logged("privacy"):  # there is no caller to report it to
        return privacy.run(event, context, clock.now).model_dump(mode="json")
