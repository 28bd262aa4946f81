"""Deduplication: sends each message once on each channel, however often its stream record is delivered.

A message can be sent twice only if it was sent but not recorded: the process died, the response was lost, or the
record could not be written.
"""

from collections.abc import Callable
from typing import Final

from mid_job_feedback import observability
from mid_job_feedback.idempotency import DAY, once
from mid_job_feedback.idempotency_keys import MESSAGES_REMEMBERED_DAYS, REVOKED, message_key
from mid_job_feedback.observability import LambdaContext

_REMEMBERED: Final = MESSAGES_REMEMBERED_DAYS * DAY


def send_once(
    channel: str,
    message_id: str,
    contract_id: str,
    send: Callable[[], bool | None],
    context: LambdaContext,
    **facts: str | int | None,
) -> None:
    """Runs `send`, unless this message has been sent on this channel before. Its log line has the `facts`, too.

    If `send` returns False, it has decided not to send the message, which is recorded, too.

    Raises:
        Unavailable: `send` failed, or the idempotency table is unavailable.
        IdempotencyKeyInProgress: another process is sending it.
    """
    ids = {"channel": channel, "message_id": message_key(channel, message_id)}

    def act() -> None:
        if send() is False:
            return
        observability.accepted("notify", **ids, contract_id=contract_id, **facts)

    with observability.failures_carry(**ids):
        once("message", ids["message_id"], None, act, remembered=_REMEMBERED, context=context)


def revoked(channel: str, message_id: str, context: LambdaContext) -> bool:
    """Makes sure that a message which has not been sent on this channel never will be. False if it has been sent.

    The record of a message that was sent holds no result. So a repeat gets the same answer as the first call.

    Raises:
        Unavailable: the idempotency table is unavailable.
        IdempotencyKeyInProgress: another process is sending it.
    """
    key = message_key(channel, message_id)
    with observability.failures_carry(channel=channel, message_id=key):
        first = once("message", key, None, lambda: REVOKED, remembered=_REMEMBERED, context=context)
    return bool(first == REVOKED)
