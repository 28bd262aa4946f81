"""Tells people and programs about committed changes, as the table's stream reports them."""

from typing import Any

from mid_job_feedback import clock
from mid_job_feedback.messaging import news, notifications
from mid_job_feedback.observability import LambdaContext, observed
from mid_job_feedback.workers import stream


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    def announce(found: news.News) -> None:
        notifications.announce(found, clock.now(), context)

    return stream.process(event, context, stream.Work(news.read, announce, notifications.RECORD_TIME))
