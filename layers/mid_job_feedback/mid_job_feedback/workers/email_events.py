"""SES's events about e-mails, from the topic: each changes what is known of an e-mail and of its address.

Lambda invokes the function for each event, and again after a minute and after two more if it raises. What still
fails goes to the failure queue. So does a malformed event (a poison pill), with its reason, at once.

Lambda puts what fails into that queue as it came. So an event that cannot be applied is first published again
without addresses, and is tried, and kept, in that form.
"""

from typing import Any, Final

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from mid_job_feedback import aws, observability
from mid_job_feedback.domain import email_events
from mid_job_feedback.domain.email_events import Delivery, EmailEvent, Finding
from mid_job_feedback.domain.funnel import Progress, Step
from mid_job_feedback.domain.refusals import Dependency
from mid_job_feedback.settings import delivery_settings
from mid_job_feedback.storage import deliveries, erasures, people
from mid_job_feedback.workers import time_left
from mid_job_feedback.workers.dead_letters import dead_letter, reason_of

# Milliseconds that one event takes at most if the table does not respond to one of its two calls, and some margin.
RECORD_TIME: Final = aws.LONGEST_CALL_MS + 2_000


def process(event: dict[str, Any], context: LambdaContext) -> None:
    """Applies an event, unless it is about an e-mail that this service has not sent.

    Raises:
        Unavailable: the table, the topic or the failure queue is unavailable. Lambda tries again.
    """
    for record in event["Records"]:  # SNS puts one into each invocation
        _process(email_events.original(record["Sns"]["Message"]), record["Sns"]["MessageId"], context)


def _process(body: str, sns_message_id: str, context: LambdaContext) -> None:
    try:
        email_event = email_events.parse(body)
    except ValidationError as invalid:
        reason = reason_of(invalid, "eventType", email_events.EVENT_TYPES)
        queue_url = delivery_settings().failed_events_queue_url
        dead_letter(body, queue_url, "delivery", reason, context, sns_message_id=sns_message_id)
        return
    if email_event is None:
        observability.logger.info("no event of ours", extra={"sns_message_id": sns_message_id})
    else:
        try:
            _apply(email_event, sns_message_id, context)
        except Exception:
            if not _published_without_addresses(email_event, body):
                raise


def _published_without_addresses(email_event: EmailEvent, body: str) -> bool:
    """Publishes the event to its topic without addresses. False if it has none: then Lambda retries it."""
    kept = email_events.without_addresses(email_event)
    if kept == body:
        return False
    with aws.calling(Dependency.EMAIL_EVENTS, "Publish"):
        aws.client("sns").publish(TopicArn=delivery_settings().email_events_topic_arn, Message=kept)
    return True


def _apply(email_event: EmailEvent, sns_message_id: str, context: LambdaContext) -> None:
    about = email_event.mail.tags
    ids = {"contract_id": about.contract_id, "request_id": about.request_id}
    known = {name: value for name, value in ids.items() if value is not None}
    with observability.failures_logged(**known, sns_message_id=sns_message_id):
        time_left.require(RECORD_TIME, context)
        finding = email_events.finding(email_event)
        applied = finding is not None and _store(finding)
    delivered = _delivered(email_event) if applied else None
    step = delivered.step if delivered else None
    observability.accepted("delivery", event=email_event.event_type, **ids, applied=applied, funnel_step=step)
    if delivered:
        observability.progressed(delivered)


def _delivered(email_event: EmailEvent) -> Progress | None:
    """The step of the funnel that the event reports: an e-mail about a request was delivered."""
    request_id = email_event.mail.tags.request_id
    if request_id is None or not isinstance(email_event, Delivery):
        return None
    return Progress(request_id=request_id, step=Step.DELIVERED)


def _store(finding: Finding) -> bool:
    """The address first: if the second write fails, the event is delivered again. False if nothing has changed.

    Of an e-mail to a person who was erased after it was sent, nothing is stored: it would name the address.
    """
    about, changed = finding.about, False
    if finding.report.mailed_at and erasures.is_erased(about.person_id, finding.report.mailed_at):
        return False
    if finding.undeliverable:
        changed = people.mark_undeliverable(
            about.person_id, about.address_digest, finding.undeliverable, finding.report.at
        )
    if about.request_id:
        changed = deliveries.record(about.contract_id, about.request_id, finding.report) or changed
    return changed
