"""Closes requests past their deadline: by schedule, by hand (POST /expirations), and after DynamoDB's own TTL."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.batch import EventType
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mid_job_feedback import api, batches, clock, expiry
from mid_job_feedback.observability import accepted, observed

app = api.resolver("expire")


@app.post("/expirations")
def expire_now() -> Response[Any]:
    return api.ok(sweep(app.lambda_context))


def sweep(context: LambdaContext) -> expiry.Swept:
    swept = expiry.sweep(clock.now(), context.get_remaining_time_in_millis)
    accepted("expire", expired=swept.expired)
    return swept


def record_removal(record: DynamoDBRecord) -> None:
    closed = expiry.record_removal(record)
    accepted("expire", contract_id=closed.contract_id, request_id=closed.request_id)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    match event:
        case {"Records": _}:
            return batches.each(EventType.DynamoDBStreams, event, context, record_removal)
        case {"requestContext": _}:
            return api.answer(app, event, context)
        case _:
            return sweep(context).model_dump()
