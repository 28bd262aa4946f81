"""Deduplication: sends each message once on each channel, however often its stream record is delivered.

A message can be sent twice only if the process dies, or the response is lost, before it is recorded as sent.
"""

from collections.abc import Callable
from typing import Final

from mid_job_feedback.idempotency import DAY, once
from mid_job_feedback.observability import LambdaContext, accepted

_REMEMBERED: Final = 30 * DAY  # longer than a failed record can wait in both queues


def send_once(
    channel: str, message_id: str, contract_id: str, send: Callable[[], None], context: LambdaContext
) -> None:
    """Runs `send`, unless this message has been sent on this channel before.

    Raises:
        Unavailable: `send` failed, or the idempotency table is unavailable.
        IdempotencyKeyInProgress: another process is sending it.
    """
    once("message", f"{channel}:{message_id}", None, send, remembered=_REMEMBERED, context=context)
    accepted("notify", message_id=f"{channel}:{message_id}", contract_id=contract_id)
