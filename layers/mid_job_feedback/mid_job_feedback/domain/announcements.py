"""What is announced: a committed change, together with the state read again just before it is told.

`emails` and `dash_messages` make what people are told of it, and `domain_events` what programs are told.
"""

from mid_job_feedback.domain.eligibility import Eligibility
from mid_job_feedback.domain.email_delivery import EmailReport
from mid_job_feedback.domain.models import Contract, Feedback, FeedbackRequest, Instant, Value


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


class FeedbackProvided(Value):
    contract: Contract
    feedback: Feedback


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
)
