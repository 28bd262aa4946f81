"""Parts of sentences in e-mails and Dash messages: names, titles and deadlines, in the recipient's language."""

import unicodedata
from datetime import datetime
from typing import Final

from mid_job_feedback.domain.models import ERASED, FeedbackRequest, Party
from mid_job_feedback.domain.wording import Wording, wording_for

# Directional marks, embeddings, overrides and isolates.
_DIRECTIONAL: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def wording_of(recipient: Party) -> tuple[Wording, str | None]:
    """The texts in the recipient's language, and their time zone."""
    return wording_for(recipient.locale), recipient.time_zone


def name_of(party: Party, wording: Wording) -> str:
    """The person's name in a message to somebody else."""
    return wording.say("erased_person") if party.name == ERASED else inert(party.name)


def inert(text: str) -> str:
    """Removes characters that end a line or change the direction of the text around them."""
    return "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Zl", "Zp"} and c not in _DIRECTIONAL)


def deadline(request: FeedbackRequest, client: Party, now: datetime) -> str:
    """Until when the client can answer, and how much time is left."""
    wording, time_zone = wording_of(client)
    date = wording.minute(request.expires_at, time_zone)
    if now >= request.expires_at:
        return wording.say("deadline_passed", date=date)
    return wording.say("deadline", date=date, left=wording.left(request.expires_at - now))
