"""Closes requests past their deadline: by schedule, by hand (POST /expirations), and by the stream's records."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from mid_job_feedback import clock
from mid_job_feedback.domain.models import FeedbackRequest
from mid_job_feedback.http import api
from mid_job_feedback.observability import accepted, observed
from mid_job_feedback.workers import expiry, stream

LONGEST = 14_000  # milliseconds for one record; a table that does not answer takes 12 of 29 seconds

app = api.resolver("expire")


@app.post("/expirations")
def expire_now() -> Response[Any]:
    return api.ok(sweep(app.lambda_context))


def sweep(context: LambdaContext) -> expiry.Swept:
    def go_on() -> None:
        expiry.start_next_run(context.invoked_function_arn)

    swept = expiry.sweep(clock.now(), context.get_remaining_time_in_millis, go_on)
    accepted("expire", expired=swept.expired)
    return swept


def record_removal(request: FeedbackRequest) -> None:
    recorded = expiry.record_removal(request)
    accepted("expire", contract_id=request.contract_id, request_id=request.request_id, recorded=recorded)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    match event:
        case {"Records": _}:
            return stream.each(event, context, expiry.read, record_removal, longest=LONGEST)
        case {"requestContext": _}:
            return api.answer(app, event, context)
        case _:
            return sweep(context).model_dump()
