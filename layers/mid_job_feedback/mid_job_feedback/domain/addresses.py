"""E-mail addresses: the digest that names one where the address itself must not be, and what may be sent to it."""

import hashlib
from enum import StrEnum
from typing import Final

from mid_job_feedback.domain.models import Value

_DIGEST_LENGTH: Final = 16  # hexadecimal digits; a digest tells the few addresses of one person apart


def digest(address: str) -> str:
    """Names an address in rows, links and tags of e-mails. Case does not matter, as with nearly all providers."""
    return hashlib.sha256(address.lower().encode()).hexdigest()[:_DIGEST_LENGTH]


class UndeliverableReason(StrEnum):
    """Why an address is not mailed again. A complaint outranks a bounce, whichever arrives first."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"


class MailStanding(Value):
    """Whether a person may be mailed at one address.

    `unsubscribed`: from e-mails about feedback requests. `undeliverable`: e-mails do not reach this address, or
    its owner has reported one as spam; nothing is sent to it.
    """

    unsubscribed: bool
    undeliverable: UndeliverableReason | None
