"""Deduplication: sends each message once on each channel, however often its stream record is delivered.

A message can be sent twice only if it was sent but not recorded: the process died, the response was lost, or the
record could not be written.
"""

from collections.abc import Callable
from typing import Final

from mid_job_feedback import observability
from mid_job_feedback.idempotency import DAY, once
from mid_job_feedback.observability import LambdaContext

_REMEMBERED: Final = 30 * DAY  # longer than a failed record can wait in both queues


def send_once(
    channel: str,
    message_id: str,
    contract_id: str,
    send: Callable[[], None],
    context: LambdaContext,
    **facts: str | int | None,
) -> None:
    """Runs `send`, unless this message has been sent on this channel before. Its log line has the `facts`, too.

    Raises:
        Unavailable: `send` failed, or the idempotency table is unavailable.
        IdempotencyKeyInProgress: another process is sending it.
    """
    ids = {"channel": channel, "message_id": f"{channel}:{message_id}"}

    def act() -> None:
        send()
        observability.accepted("notify", **ids, contract_id=contract_id, **facts)

    with observability.failures_carry(**ids):
        once("message", ids["message_id"], None, act, remembered=_REMEMBERED, context=context)
