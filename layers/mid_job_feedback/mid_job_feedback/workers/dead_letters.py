"""Dead-letters a message that can never be applied, with its reason: its neighbours in the queue proceed.

It may be late: people whom it names may have been erased meanwhile. Then it is set aside without them.
"""

from collections.abc import Sequence
from typing import Final

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mid_job_feedback import aws, clock, observability
from mid_job_feedback.workers import personal_messages, queues, time_left

# Milliseconds that this takes at most if the queue or the table does not respond: one call, and some margin.
RECORD_TIME: Final = aws.LONGEST_CALL_MS + 2_000
_REASON_LIMIT: Final = 1000  # characters; the reason is sent as a message attribute


def dead_letter(
    body: str, queue_url: str, command: observability.Applying, reason: str, context: LambdaContext, **about: str
) -> None:
    """Puts the message into the dead-letter queue, and logs `reason` and what is known `about` the message.

    Raises:
        OutOfTime: too little time is left to start.
        Unavailable: the queue or the table is unavailable.
    """
    with observability.failures_logged(**about):
        time_left.require(RECORD_TIME, context)
        kept = personal_messages.without_erased(body, clock.now())
        if kept is not None:
            queues.send(queue_url, kept, reason)
    observability.dead_lettered(command, reason, **about)


def reason_of(invalid: ValidationError, discriminator: str, types: Sequence[str]) -> str:
    """Each invalid field of an event, and what is wanted there. Values are left out: one may be an address.

    `types`: the possible values of the field `discriminator`, which says what kind of event it is.
    """
    found = invalid.errors(include_url=False, include_input=False)
    return "; ".join(_described(error, discriminator, types) for error in found)[:_REASON_LIMIT]


def _described(error: ErrorDetails, discriminator: str, types: Sequence[str]) -> str:
    """Pydantic's own messages are used if they quote nothing that was sent."""
    place = [str(part) for part in error["loc"] if part not in types]
    match error["type"]:
        case "union_tag_invalid" | "union_tag_not_found":
            place, wanted = [discriminator], f"must be one of {', '.join(types)}"
        case "extra_forbidden":
            place, wanted = place[:-1], "must have no other fields than those documented"
        case "missing":
            wanted = "is required"
        case str() as type_ if type_.startswith(("datetime", "timezone")):
            wanted = "must be a date and time with its zone, such as 2026-06-15T12:00:00Z"
        case "string_unicode":
            wanted = "must be Unicode text, without half of a surrogate pair"
        case _:
            wanted = error["msg"].removeprefix("Value error, ")
    return f"{'.'.join(place) or 'event'}: {wanted}"
