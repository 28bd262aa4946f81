"""What became of the e-mail about a request, and how one report changes what the others said. Pure.

Reports come from us (handed to SES, or not sent and why) and from SES's events, which arrive late, twice and in
any order. So reports are totally ordered, and the highest one counts: that on the newest e-mail, and of one e-mail
the one that is further along. The result is the same in every order.

    not sent < sent < delayed < rejected < bounced for now < delivered < bounced < complained
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from mid_job_feedback.domain import addresses
from mid_job_feedback.domain.addresses import MailStanding
from mid_job_feedback.domain.models import FeedbackRequest, Id, Instant, Party, Value, shown


class EmailState(StrEnum):
    """How far an e-mail got, in order.

    A transient bounce is below a delivery: SES reports some automatic replies, such as those of absent people, as
    transient bounces of e-mails that were delivered. Without a delivery, it means that SES has given up.
    """

    NOT_SENT = "not_sent"
    SENT = "sent"
    DELAYED = "delayed"
    REJECTED = "rejected"
    BOUNCED_FOR_NOW = "bounced_for_now"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


# Two digits, in rows: a state that is added later gets a number between.
_RANKS: Final = {state: 10 * place for place, state in enumerate(EmailState, start=1)}


class NotSentReason(StrEnum):
    UNSUBSCRIBED = "unsubscribed"
    ADDRESS_UNDELIVERABLE = "address_undeliverable"
    NO_ADDRESS = "no_address"
    REQUEST_CLOSED = "request_closed"


class EmailReport(Value):
    """What is known of one e-mail about a request, or of the fact that none was sent.

    `email_number` orders the e-mails of a request: when one was handed to SES, in milliseconds since the epoch.
    `at`: when what `state` says happened.
    """

    email_number: int
    address_digest: str
    state: EmailState
    reason: NotSentReason | None = None
    at: Instant

    @property
    def version(self) -> str:
        """Orders the reports on a request, as text. Of two equal states, the later one is the higher."""
        return f"{self.email_number:015d}#{_RANKS[self.state]}#{shown(self.at)}"

    @property
    def mailed_at(self) -> datetime | None:
        """When the newest e-mail was handed to SES; None if none was."""
        if self.state is EmailState.NOT_SENT:
            return None
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=self.email_number)


def email_number(now: datetime, last: EmailReport | None = None) -> int:
    """The number of an e-mail that is handed to SES now, after that of `last`."""
    number = int((now - datetime.fromtimestamp(0, UTC)) / timedelta(milliseconds=1))
    return max(number, last.email_number + 1) if last else number


class Letter(Value):
    """An e-mail that is due. `message_id`: by which it is sent once.

    `request`: what it asks the recipient to answer; None if it asks nothing. `still_open`: whether they still can.
    `pause`: how long after the last e-mail about the request this one may be sent at the earliest; for reminders
    only.
    """

    message_id: str
    contract_id: Id
    recipient: Party
    request: FeedbackRequest | None = None
    still_open: bool = True
    pause: timedelta | None = None

    @property
    def address_digest(self) -> str:
        return addresses.digest(self.recipient.email)

    @property
    def request_id(self) -> str | None:
        return self.request.request_id if self.request else None


def reason_not_to_send(letter: Letter, standing: MailStanding) -> NotSentReason | None:
    """Why the letter must not be sent; None if it may be."""
    if not letter.still_open:
        return NotSentReason.REQUEST_CLOSED
    if not letter.recipient.email:
        return NotSentReason.NO_ADDRESS
    if standing.undeliverable:
        return NotSentReason.ADDRESS_UNDELIVERABLE
    if letter.request and standing.unsubscribed:
        return NotSentReason.UNSUBSCRIBED
    return None


def is_settled(letter: Letter, last: EmailReport | None, now: datetime) -> bool:
    """Whether the last report on the request leaves nothing to send.

    A reminder follows any e-mail, after a pause; without a report, the request's own e-mail is still to come, from
    the retry queue. That one goes to each address once: if an e-mail about the request was sent there, it is done,
    and if it was skipped, it stays unsent: subscribing again sends nothing that was skipped.
    """
    if last is None:
        return letter.pause is not None
    if letter.pause is not None:
        return last.mailed_at is not None and now < last.mailed_at + letter.pause
    return last.address_digest == letter.address_digest


def not_sent(letter: Letter, reason: NotSentReason, last: EmailReport | None, now: datetime) -> EmailReport | None:
    """The report that the letter is not sent. None if the report so far stays: it is on an earlier e-mail to this
    address or, of a request that is closed, on any; or the letter is a reminder.

    The new report is just above `last`, and so below any e-mail to this address: if SES has accepted one without
    our knowledge, because its response was lost, its events still count.
    """
    address = letter.address_digest
    stays = last and (last.address_digest == address or reason is NotSentReason.REQUEST_CLOSED)
    if letter.request is None or letter.pause is not None or stays:
        return None
    number = last.email_number + 1 if last else email_number(letter.request.requested_at)
    return EmailReport(
        email_number=number, address_digest=address, state=EmailState.NOT_SENT, reason=reason, at=now
    )


class EmailStatus(StrEnum):
    """How far an e-mail got, as people are shown it."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    NOT_SENT = "not_sent"


def shown_status(state: EmailState) -> EmailStatus:
    match state:
        case EmailState.NOT_SENT | EmailState.REJECTED:
            return EmailStatus.NOT_SENT
        case EmailState.SENT:
            return EmailStatus.SENT
        case EmailState.DELAYED:
            return EmailStatus.DELAYED
        case EmailState.BOUNCED_FOR_NOW | EmailState.BOUNCED:
            return EmailStatus.BOUNCED
        case EmailState.DELIVERED:
            return EmailStatus.DELIVERED
        case EmailState.COMPLAINED:
            return EmailStatus.COMPLAINED
        case unexpected:
            assert_never(unexpected)
