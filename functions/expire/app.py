"""Sweeps by schedule or POST /expirations: deletes requests past their deadline, and records reminders of others.

Records deleted requests as expired, as the table's stream reports them.
"""

from typing import Any

from mid_job_feedback import clock
from mid_job_feedback.domain.models import FeedbackRequest
from mid_job_feedback.http import api
from mid_job_feedback.http.api import Response
from mid_job_feedback.observability import LambdaContext, accepted, counted, observed, refusals_logged
from mid_job_feedback.settings import settings
from mid_job_feedback.workers import expiry, stream

app = api.resolver("expire")


@app.post("/expirations")
def expire_now() -> Response[Any]:
    return api.ok(sweep(app.lambda_context))


def sweep(context: LambdaContext) -> expiry.Swept:
    def start_next() -> None:
        expiry.start_next_run(context.invoked_function_arn)

    run = expiry.sweep(clock.now(), settings().policy, context.get_remaining_time_in_millis, start_next)
    accepted("expire", expired=run.expired, reminded=run.reminded, lag_seconds=run.lag_seconds)
    counted("RemindersDue", run.reminded)
    return expiry.Swept(expired=run.expired)


def record_removal(request: FeedbackRequest) -> None:
    recorded = expiry.record_removal(request)
    accepted("expire", contract_id=request.contract_id, request_id=request.request_id, recorded=recorded)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    match event:
        case {"Records": _}:
            work = stream.Work(
                read=expiry.read,
                act=record_removal,
                record_time=expiry.RECORD_TIME,
                admit=lambda records: expiry.without_erased_messages(records, context),
                queued_words=("message",),
            )
            return stream.process(event, context, work)
        case {"requestContext": _}:
            return api.respond(app, event, context)
        case _:
            with refusals_logged("expire"):  # there is no caller to report it to
                return sweep(context).model_dump()
