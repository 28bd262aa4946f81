"""Tells people what the table's stream says has happened."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from mid_job_feedback import clock
from mid_job_feedback.messaging import notifications
from mid_job_feedback.observability import observed
from mid_job_feedback.workers import stream

LONGEST = 30_000  # milliseconds for one record; two channels that do not answer take 24 of 60 seconds


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    def announce(news: notifications.News) -> None:
        notifications.announce(news, clock.now(), context)

    return stream.each(event, context, notifications.read, announce, longest=LONGEST)
