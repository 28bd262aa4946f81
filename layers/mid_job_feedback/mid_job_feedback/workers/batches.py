"""Batches from a stream or a queue: every record on its own, and a failed one comes again alone."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from mid_job_feedback import observability


class _Logged(BatchProcessor):
    """Says what failed by the names of the errors only: their texts may quote addresses."""

    def failure_handler(self, record: Any, exception: Any) -> Any:
        observability.failed(exception[1])
        return super().failure_handler(record, exception)


def each(
    event_type: EventType, event: dict[str, Any], context: LambdaContext, handle: Callable[..., None]
) -> PartialItemFailureResponse:
    """Hands every record of `event` to `handle`, which must call its parameter `record`.

    Returns which records failed, even if all did, so that the source retries those and no others.
    """
    processor = _Logged(event_type=event_type, raise_on_entire_batch_failure=False)
    return process_partial_response(event, handle, processor, context)
