"""What is announced: a committed change, together with the state read again just before it is told.

`emails` and the modules `dash_about_…` write what people are told of it, `domain_events` what programs are told.
"""

from datetime import datetime
from typing import Literal, assert_never

from mid_job_feedback.domain.eligibility import Eligibility
from mid_job_feedback.domain.email_delivery import EmailReport
from mid_job_feedback.domain.models import (
    Contract,
    Decision,
    EarlierVersion,
    Feedback,
    FeedbackRequest,
    Instant,
    ModerationState,
    Reply,
    Report,
    ReportTarget,
    Value,
)

type TextState = ModerationState | Literal["taken_back"]
"""What has become of a text."""


def state_of(feedback: Feedback, target: ReportTarget, at: datetime) -> TextState:
    """What has become of the text that was there at this instant. Only a reply can be taken back."""
    match target:
        case ReportTarget.FEEDBACK:
            return "removed" if feedback.removed else "visible"
        case ReportTarget.REPLY:
            if feedback.reply is None or feedback.reply.replied_at > at:
                return "taken_back"
            return "removed" if feedback.reply.removed else "visible"
        case unexpected:
            assert_never(unexpected)


class FeedbackAsRead(Value):
    """A piece of feedback, with its contract and its earlier versions, as it reads just before it is told of.

    So no message quotes what has been removed or corrected since.
    """

    contract: Contract
    feedback: Feedback
    earlier: tuple[EarlierVersion, ...] = ()


class RequestOpened(Value):
    """`still_open`: whether the client can still answer. If not, an e-mail would only lead to a closed request.

    `now`: when the client is told, so that the message can say how much time is left.
    """

    contract: Contract
    request: FeedbackRequest
    still_open: bool
    now: Instant


class RequestReaddressed(Value):
    """The client's address was corrected while a request is open. Only the e-mail is sent to the new address: Dash
    and programs were told of the request when it was made.
    """

    contract: Contract
    request: FeedbackRequest
    now: Instant


class RequestReminder(Value):
    """The client is reminded of a request that is still open at `now`.

    `reminded_at`: when the sweep found the reminder due, which also identifies it.
    """

    contract: Contract
    request: FeedbackRequest
    reminded_at: Instant
    now: Instant


class FeedbackProvided(FeedbackAsRead):
    """People are told of it unless it has been removed since."""


class FeedbackCorrected(FeedbackAsRead):
    """The client corrected mid-contract feedback. `revision` and `edited_at` are those of this correction."""

    revision: int
    edited_at: Instant

    @property
    def still_true(self) -> bool:
        """Whether the freelancer is told: not of one that another followed, nor of removed feedback."""
        return self.feedback.revision == self.revision and self.feedback.removed is None


class FeedbackReplied(FeedbackAsRead):
    """The freelancer replied to this feedback for the first time, at `first_replied_at`."""

    first_replied_at: Instant

    @property
    def public_reply(self) -> Reply | None:
        """The reply of which the client is told. None if it is gone or has no text, or the feedback is removed."""
        reply = self.feedback.reply
        return None if self.feedback.removed or reply is None or reply.text is None else reply


class FeedbackReported(FeedbackAsRead):
    """Programs are told of a report, and people are not."""

    report: Report


class FeedbackDecided(FeedbackAsRead):
    """The staff of the marketplace removed or restored a text. Its author is told, if that is still true.

    `decisions`: all on this feedback.
    """

    decision: Decision
    decisions: tuple[Decision, ...]

    @property
    def still_true(self) -> bool:
        """Whether the text is as this decision left it. Of several removals, the newest is told of."""
        decided = self.decision
        if state_of(self.feedback, decided.target, decided.decided_at) != decided.state:
            return False
        return decided.state == "visible" or not any(other.number > decided.number for other in self._removals())

    @property
    def undone(self) -> Decision | None:
        """Of a restoration, the removal that it has undone."""
        if self.decision.state == "removed":
            return None
        before = [each for each in self._removals() if each.number < self.decision.number]
        return max(before, key=lambda each: each.number, default=None)

    def _removals(self) -> list[Decision]:
        """Those that removed this text."""
        same = (each for each in self.decisions if each.target is self.decision.target)
        return [each for each in same if each.state == "removed" and each.changed]


class ReportDecided(Value):
    """A report was settled. Whoever made it is told. `state`: of the text just before they are told."""

    contract: Contract
    report: Report
    state: TextState


class RequestExpired(Value):
    """`next_request`: whether the freelancer may ask again now, or when."""

    contract: Contract
    request: FeedbackRequest
    next_request: Eligibility


class RequestDeclined(Value):
    """`next_request`: whether the freelancer may ask again, or when."""

    contract: Contract
    request: FeedbackRequest
    next_request: Eligibility


class RequestWithdrawn(Value):
    """The client is told only if they were told of the request."""

    contract: Contract
    request: FeedbackRequest


class RequestClosed(Value):
    """The request was fulfilled or cancelled. People are told of the feedback instead, or of the contract's end by
    the marketplace; only a domain event says that the request is closed.
    """

    contract: Contract
    request: FeedbackRequest


class RequestUndeliverable(Value):
    """The e-mail about a request has bounced for good. `report` names the e-mail, but not its address.

    `still_matters`: whether the request is still open, and the address still that of the client.
    """

    contract: Contract
    request: FeedbackRequest
    report: EmailReport
    still_matters: bool


type Announcement = (
    RequestOpened
    | RequestReaddressed
    | RequestReminder
    | FeedbackProvided
    | RequestExpired
    | RequestClosed
    | RequestDeclined
    | RequestWithdrawn
    | RequestUndeliverable
    | FeedbackCorrected
    | FeedbackReplied
    | FeedbackReported
    | FeedbackDecided
    | ReportDecided
)
