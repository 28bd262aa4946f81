"""Tells people what the table's stream says has happened."""

from typing import Any

from aws_lambda_powertools.utilities.batch import EventType
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mid_job_feedback import batches, clock, notifications
from mid_job_feedback.observability import observed


def announce(record: DynamoDBRecord, lambda_context: LambdaContext) -> None:
    notifications.announce(record, clock.now(), lambda_context)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return batches.each(EventType.DynamoDBStreams, event, context, announce)
