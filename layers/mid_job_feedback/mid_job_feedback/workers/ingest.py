"""Contract events from the queue: each is applied, or dead-lettered with its reason if it never can be."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, assert_never

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from mid_job_feedback import aws, observability
from mid_job_feedback.domain import contract_events
from mid_job_feedback.domain.contract_events import Expected
from mid_job_feedback.domain.models import is_id
from mid_job_feedback.settings import ingest_settings
from mid_job_feedback.storage import contract_writes
from mid_job_feedback.storage.contract_starts import Outcome
from mid_job_feedback.workers import time_left
from mid_job_feedback.workers.dead_letters import dead_letter, reason_of

# Milliseconds that one event takes at most if the table or the queue does not respond: one call, and some margin.
RECORD_TIME: Final = aws.LONGEST_CALL_MS + 2_000
_OTHER_PEOPLE: Final = (
    "detail.client.id, detail.freelancer.id: must be those of the contract's oldest ContractStarted, "
    "which says who the people are"
)


def process(
    event: dict[str, Any], context: LambdaContext, now: Callable[[], datetime]
) -> PartialItemFailureResponse:
    """Applies a batch of contract events. Partial batch response: only failed messages are delivered again.

    An event is not started if too little time is left, so that a slow table does not fail those before it.
    """

    def process_one(record: SQSRecord) -> None:
        expected = Expected(ingest_settings().event_source, now())
        try:
            contract_event = contract_events.parse(record.body, expected)
        except ValidationError as invalid:
            reason = reason_of(invalid, "detail-type", contract_events.DETAIL_TYPES)
            _dead_letter(record, reason, context, **_about(record.body))
        else:
            _apply(contract_event, record, expected.now, context)

    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event, process_one, processor, context)


def _apply(
    contract_event: contract_events.Envelope, record: SQSRecord, now: datetime, context: LambdaContext
) -> None:
    event, contract_id = contract_event.detail_type, contract_event.detail.contract_id
    with observability.failures_logged(contract_id=contract_id, sqs_message_id=record.message_id):
        time_left.require(RECORD_TIME, context)
        outcome = contract_writes.apply(contract_event, int(record.attributes.sent_timestamp or 0), now)
    match outcome:
        case Outcome.APPLIED | Outcome.CHANGED_NOTHING | Outcome.PEOPLE_REPLACED:
            applied = outcome is not Outcome.CHANGED_NOTHING
            replaced = {"people_replaced": True} if outcome is Outcome.PEOPLE_REPLACED else {}
            observability.accepted("ingest", event=event, contract_id=contract_id, applied=applied, **replaced)
        case Outcome.NAMES_OTHER_PEOPLE:
            _dead_letter(record, _OTHER_PEOPLE, context, event=event, contract_id=contract_id)
        case unexpected:
            assert_never(unexpected)


def _dead_letter(record: SQSRecord, reason: str, context: LambdaContext, **about: str) -> None:
    queue_url, ids = ingest_settings().dead_letter_queue_url, {"sqs_message_id": record.message_id, **about}
    dead_letter(record.body, queue_url, "ingest", reason, context, **ids)


def _about(body: str) -> dict[str, str]:
    """What is known of a malformed event, for the log: its type and its contract, if they are well-formed."""
    try:
        match json.loads(body):
            case {"detail-type": str() as event, "detail": {"contract_id": str() as contract_id}}:
                known = {"event": event} if event in contract_events.DETAIL_TYPES else {}
                return known | ({"contract_id": contract_id} if is_id(contract_id) else {})
    except (ValueError, RecursionError):
        pass
    return {}
