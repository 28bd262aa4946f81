"""What exports and erasures call the data that is stored about a person, and the reasons they give."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from mid_job_feedback.domain.privacy import Remaining

TABLE: Final = "the service's table"
ANSWERS: Final = "the table of answers to calls with an Idempotency-Key"

POINT_IN_TIME_RECOVERY: Final = timedelta(days=35)
STREAM: Final = timedelta(hours=24)
QUEUE: Final = timedelta(days=14)
"""How long a message can stay in a queue, in whichever queues it waits."""
ANSWERS_KEPT: Final = timedelta(hours=24)
ASYNCHRONOUS: Final = timedelta(hours=6)
"""How long Lambda tries to deliver an e-mail event."""
LOGS: Final = timedelta(days=30)

_AS_LONG_AS_THE_CONTRACT: Final = "as long as the contract is stored; an erasure removes it"
_FOR_GOOD: Final = "as long as the contract is stored"


class Text(NamedTuple):
    """What something is, why it is stored, and until when."""

    what: str
    why: str
    kept: str


CONTRACT: Final = Text(
    "contract to which you are a party",
    "to know who may ask for feedback and who may give it, to name you to the other party, and to e-mail you",
    "ids and dates as long as the contract is stored; an erasure removes name, address, language and time zone",
)
NAMED_BY_MISTAKE: Final = Text(
    "contract for which you were named by mistake",
    "an event named you as a party, and an older one may still prove it right",
    _AS_LONG_AS_THE_CONTRACT,
)
REQUEST_MADE: Final = Text(
    "request for feedback that you made",
    "to show both parties what was asked, and to decide when you may ask again",
    "as long as the contract is stored; an erasure removes the message",
)
REQUEST_RECEIVED: Final = Text("request for feedback that you received", REQUEST_MADE.why, _FOR_GOOD)
FEEDBACK_GIVEN: Final = Text(
    "feedback that you gave",
    "to publish it in the freelancer's work history",
    "ratings and dates as long as the contract is stored; an erasure removes the comment",
)
FEEDBACK_RECEIVED: Final = Text(
    "feedback that you received",
    "to publish it in your work history",
    "as long as the contract is stored; an erasure removes your reply",
)
EARLIER_GIVEN: Final = Text(
    "feedback that you gave, before you corrected it",
    "to show both parties what was corrected",
    "ratings and dates as long as the contract is stored; an erasure removes the comment",
)
EARLIER_RECEIVED: Final = Text("feedback that you received, before it was corrected", EARLIER_GIVEN.why, _FOR_GOOD)
REPORT: Final = Text(
    "report that you made",
    "to decide whether the text breaks the marketplace's rules",
    "ground and dates as long as the contract is stored; an erasure removes the details",
)
DECISION: Final = Text(
    "decision about a text on your contract",
    "to show which text was removed or restored, and on which ground",
    _FOR_GOOD,
)
DELIVERY: Final = Text(
    "what became of the e-mail about a request",
    "to show both parties whether the e-mail arrived, and to send none twice",
    "as long as the contract is stored; an erasure removes the digest of your address",
)
EMAIL_PREFERENCES: Final = Text(
    "your choice about e-mails", "to send you none that you do not want", "until you choose again, or an erasure"
)
UNDELIVERABLE: Final = Text(
    "address of yours that cannot be reached, as a digest", "to send no more e-mails to it", "until an erasure"
)
ERASURE: Final = Text(
    "when data about you was erased",
    "so that events of before that instant do not bring it back",
    "for good",
)
SUMMARY: Final = Text(
    "sums of the ratings that you received",
    "to show your averages in one read",
    "as long as the feedback is stored",
)
ANSWER: Final = Text(
    "answer to a call about your contract",
    "to give the same answer if the call is repeated",
    "24 hours, and up to a few days more until it is deleted",
)
WAITING: Final = Text(
    "message that waits in a queue",
    "to be handled later, because it could not be handled before",
    "14 days at most",
)

# What an erasure removes.
NAME_AND_ADDRESS: Final = "name, address, language and time zone"
NAME_BY_MISTAKE: Final = "name and address on a contract for which they were named by mistake"
MESSAGE: Final = "message of a request"
COMMENT: Final = "comment"
REPLY: Final = "reply"
DETAILS: Final = "details of a report"
REPORT_SETTLED: Final = "report of an erased reply, settled"
DIGEST: Final = "digest of an address"
OPEN_REQUEST: Final = "open request, cancelled"
IN_AN_ANSWER: Final = "words in an answer to a repeated call"
IN_A_QUEUE: Final = "message in a queue"
ABOUT_THE_PERSON: Final = "choice about e-mails, or address that cannot be reached"

# What it leaves, and why.
MESSAGE_RECEIVED: Final = "message of a request that they received"
RATINGS_GIVEN: Final = "ratings, dates and ids of feedback that they gave"
REPLY_RECEIVED: Final = "reply to feedback that they gave"
RATINGS_AND_COMMENT_RECEIVED: Final = "ratings and comment of feedback that they received"
DECIDED: Final = "decision about a text, with its reason and operator"
DETAILS_OF_THE_OTHER: Final = "details of a report that the other party made"
NAME_STATED_AGAIN: Final = "name, address, language and time zone, stated again"
OTHER_PARTY: Final = "these are the words of the other party, who may publish them (Art. 17(3)(a) GDPR)"
RECORD_OF_THE_CONTRACT: Final = (
    "ratings, dates and ids are the other party's record of the contract, and others' averages rest on them "
    "(Art. 17(3)(a) and (e) GDPR)"
)
AUDIT_TRAIL: Final = "decisions can be contested, so that reason and operator are kept (Art. 17(3)(e) GDPR)"
STATED_AGAIN: Final = "the marketplace has stated it again after the erasure began"


class _Copy(NamedTuple):
    what: str
    where: str
    kept: timedelta
    why: str


_COPIES: Final = (
    _Copy(
        "everything as it was before",
        "point-in-time recovery of the table",
        POINT_IN_TIME_RECOVERY,
        "backups cannot be changed. After a restore, erase the person again",
    ),
    _Copy(
        "the changed rows as they were before",
        "the table's stream",
        STREAM,
        "its records cannot be changed. What is read from them brings nothing back",
    ),
    _Copy(
        "their ids",
        "the logs, which hold no names, addresses, comments and messages",
        LOGS,
        "log lines cannot be changed",
    ),
    _Copy("SES's events with their address", "Lambda, which retries them", ASYNCHRONOUS, "nobody can read them"),
)


def remaining_copies(erased_at: datetime, archived: timedelta) -> tuple[Remaining, ...]:
    """Copies that AWS keeps for a time, and that cannot be changed. `archived`: how long events are; or zero."""
    archive = _Copy(
        "events with their name, address and words",
        "the archives of contract events and domain events",
        archived,
        "single events cannot be deleted. A replay brings nothing back",
    )
    return tuple(
        Remaining(what=copy.what, where=copy.where, until=erased_at + copy.kept, why=copy.why)
        for copy in (*_COPIES, *([archive] if archived else []))
    )


def queue(name: str) -> str:
    return f"the queue {name}"


def waiting(name: str, now: datetime) -> Remaining:
    """A queue still holds messages that an erasure cannot see, because they are being handled."""
    return Remaining(
        what="messages that may hold their name, address and words",
        where=queue(name),
        until=now + QUEUE,
        why=(
            "SQS shows a message to one reader at a time. Each is tried again within minutes: it is handled, "
            "which brings nothing back, or set aside without the person. If the table is unavailable for hours, "
            "it may be in the failure queue as it is: then put it back"
        ),
    )
