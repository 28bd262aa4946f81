"""The operations of the OpenAPI document: what the types of the routes do not say.

They are not in decorators: functions would load them at every cold start.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, Literal

from pydantic import BaseModel

from local.openapi_texts import (
    CONTRACT_ROOM,
    EMAIL_PREFERENCES,
    FEEDBACK_LINKS,
    OPERATORS,
    PARTIES_ONLY,
    SAME_WITHOUT_BODY,
    WORK_HISTORY,
)
from mid_job_feedback.domain import models, refusals, views
from mid_job_feedback.workers import expiry

type Refusals = tuple[type[refusals.Refusal], ...]
type Security = Literal["jwt", "iam"] | None


@dataclass(frozen=True)
class Operation:
    """`refusals` are the route's own, without those of every POST and PUT.

    `page`: what a browser is led to instead.
    """

    operation_id: str
    tag: str
    summary: str
    description: str
    result: type[BaseModel]
    refusals: Refusals
    security: Security = None
    success: HTTPStatus = HTTPStatus.OK
    page: str = ""


ANY_POST: Final[Refusals] = (
    refusals.Malformed,
    refusals.IdempotencyKeyInProgress,
    refusals.TooLarge,
    refusals.Invalid,
    refusals.IdempotencyKeyReused,
)
ANY_PUT: Final[Refusals] = (refusals.Malformed, refusals.TooLarge, refusals.Invalid)
_LINK: Final[Refusals] = (
    refusals.LinkInvalid,
    refusals.ContractNotFound,
    refusals.LinkSuperseded,
    refusals.LinkExpired,
    refusals.AlreadyAnswered,
    refusals.ContractEnded,
    refusals.RequestCancelled,
    refusals.RequestDeclined,
    refusals.RequestWithdrawn,
)


_CORRECTION: Final[Refusals] = (
    refusals.CorrectionClosed,
    refusals.TooManyCorrections,
    refusals.FeedbackRemoved,
    refusals.RevisionMismatch,
)
_REPLY: Final[Refusals] = (
    refusals.NotTheFreelancer,
    refusals.ContractNotFound,
    refusals.FeedbackNotFound,
    refusals.ReplyClosed,
    refusals.FeedbackRemoved,
)


def _head(get: Operation, operation_id: str, summary: str) -> Operation:
    return replace(get, operation_id=operation_id, summary=summary, description=SAME_WITHOUT_BODY)


_FEEDBACK_TAB: Final = Operation(
    "feedbackTab",
    CONTRACT_ROOM,
    "The Feedback tab",
    f"All that a contract's page shows about feedback: the contract, what the caller can do now and why not, "
    f"requests, and feedback of either kind. Client and freelancer may read it. {PARTIES_ONLY}",
    views.FeedbackTab,
    (refusals.ContractNotFound,),
    "jwt",
)
_HISTORY: Final = Operation(
    "workHistory",
    WORK_HISTORY,
    "The public work history",
    "The contracts of a freelancer with their feedback, newest contract first, also those that are running. "
    "An unknown freelancer has an empty history. Caches may keep a response for a minute.",
    views.WorkHistory,
    (refusals.NotFound, refusals.Invalid),
)
_SUMMARY: Final = Operation(
    "feedbackSummary",
    WORK_HISTORY,
    "The summary of a freelancer's feedback",
    "How many pieces of feedback of each kind a freelancer has, their average, the averages of the categories, "
    "and how many have which score. Removed feedback does not count. Of an unknown freelancer, all numbers "
    "are zero, and the averages and the name are null. Caches may keep a response for a minute.",
    views.FeedbackSummary,
    (refusals.NotFound,),
)
_OPEN_REQUESTS: Final = Operation(
    "openRequests",
    CONTRACT_ROOM,
    "The requests that wait for the caller",
    "The open requests of all contracts of which the caller is the client, soonest deadline first. A request that "
    "was closed is absent at once; one that was just made may take a moment to appear. A page may be shorter than "
    "`limit`, or empty, although `next_cursor` is set. Whoever is the client of no contract gets an empty list.",
    views.OpenRequests,
    (refusals.Invalid,),
    "jwt",
)
_LINK_VIEW: Final = Operation(
    "feedbackLink",
    FEEDBACK_LINKS,
    "The feedback request behind a link",
    "Who asks for feedback on which contract, and until when. Opening a link any number of times changes "
    "nothing: mail scanners do it, too.",
    views.LinkView,
    _LINK,
)
_EMAIL_PREFERENCES: Final = Operation(
    "emailPreferences",
    EMAIL_PREFERENCES,
    "Which e-mails a person gets",
    "Whether the person gets e-mails about feedback requests. Opening it any number of times changes nothing: "
    "mail scanners do it, too. A browser, which accepts `text/html`, is led to the page of the same name.",
    models.EmailPreferences,
    (refusals.LinkInvalid,),
    page="The page on which the person can change this.",
)
_OPEN_REPORTS: Final = Operation(
    "openReports",
    OPERATORS,
    "The reports that wait for a decision (operators)",
    "The open reports of all contracts, oldest first, each with the text that it is about. A report that was "
    "decided is absent at once; one that was just made may take a moment to appear. A page may be shorter than "
    "`limit`, or empty, although `next_cursor` is set.",
    views.OpenReports,
    (refusals.Invalid,),
    "iam",
)
OPERATIONS: Final[Mapping[tuple[str, str], Operation]] = {
    ("get", "/contracts/{contract_id}/feedback"): _FEEDBACK_TAB,
    ("head", "/contracts/{contract_id}/feedback"): _head(
        _FEEDBACK_TAB, "probeFeedbackTab", "Whether the caller can read the Feedback tab"
    ),
    ("post", "/contracts/{contract_id}/feedback-requests"): Operation(
        "requestFeedback",
        CONTRACT_ROOM,
        "Request feedback (freelancer)",
        "The freelancer asks the client for feedback, with a message or without. The client gets an e-mail with a "
        "link and a Dash message. If a request is open, the answer is `request_pending`; otherwise "
        "`not_eligible` has every reason.",
        views.RequestView,
        (
            refusals.NotTheFreelancer,
            refusals.RequestsNotEnabled,
            refusals.ContractNotFound,
            refusals.NotEligible,
            refusals.RequestPending,
        ),
        "jwt",
        HTTPStatus.CREATED,
    ),
    ("post", "/contracts/{contract_id}/feedback-requests/{request_id}/withdrawal"): Operation(
        "withdrawRequest",
        CONTRACT_ROOM,
        "Withdraw a request (freelancer)",
        "The freelancer takes an open request back. Its link stops working. To repeat the call changes nothing. "
        "The next request is possible `RequestCooldown` after the withdrawn one was made.",
        views.RequestView,
        (
            refusals.NotTheFreelancer,
            refusals.ContractNotFound,
            refusals.RequestNotFound,
            refusals.RequestClosed,
        ),
        "jwt",
    ),
    ("post", "/contracts/{contract_id}/feedback-requests/{request_id}/decline"): Operation(
        "declineRequest",
        CONTRACT_ROOM,
        "Decline a request (client)",
        "The client does not answer an open request, and chooses whether the freelancer may ask again on this "
        "contract after `DeclineInterval`, or not at all. To repeat the call changes nothing, except that it can "
        "turn further requests off.",
        views.RequestView,
        (refusals.NotTheClient, refusals.ContractNotFound, refusals.RequestNotFound, refusals.RequestClosed),
        "jwt",
    ),
    ("put", "/contracts/{contract_id}/request-preference"): Operation(
        "setRequestPreference",
        CONTRACT_ROOM,
        "Turn requests off or on (client)",
        "Whether the freelancer may request feedback on this contract. An open request stays open. Feedback that "
        "the client gives unprompted turns requests on again.",
        models.RequestPreference,
        (refusals.NotTheClient, refusals.ContractNotFound),
        "jwt",
    ),
    ("post", "/contracts/{contract_id}/feedback"): Operation(
        "giveFeedback",
        CONTRACT_ROOM,
        "Give feedback (client)",
        "The client gives feedback, unprompted or because the freelancer asked. It is public at once, and closes "
        "the open request if there is one. It never counts towards the Job Success Score.",
        views.FeedbackView,
        (refusals.NotTheClient, refusals.ContractNotFound, refusals.NotEligible),
        "jwt",
        HTTPStatus.CREATED,
    ),
    ("put", "/contracts/{contract_id}/feedback/{feedback_id}"): Operation(
        "correctFeedback",
        CONTRACT_ROOM,
        "Correct feedback (client)",
        "The client replaces mid-contract feedback, at most five times, for `CorrectionWindow` after it was "
        "provided. `provided_at` stays. Both parties can read the earlier versions; everybody else sees that it "
        "was edited. To repeat the call changes nothing.",
        views.FeedbackView,
        (refusals.NotTheClient, refusals.ContractNotFound, refusals.FeedbackNotFound, *_CORRECTION),
        "jwt",
    ),
    ("put", "/contracts/{contract_id}/feedback/{feedback_id}/reply"): Operation(
        "reply",
        CONTRACT_ROOM,
        "Reply to feedback (freelancer)",
        "The freelancer replies to feedback of either kind, in public, for `ReplyWindow` after it was provided; "
        "or changes the reply, for `CorrectionWindow` after it was given. To repeat the call changes nothing.",
        views.FeedbackView,
        _REPLY,
        "jwt",
    ),
    ("delete", "/contracts/{contract_id}/feedback/{feedback_id}/reply"): Operation(
        "takeBackReply",
        CONTRACT_ROOM,
        "Take a reply back (freelancer)",
        "The reply is gone, and the freelancer may give another while the time to reply lasts. Possible for "
        "`CorrectionWindow` after it was given. Without a reply, the call changes nothing.",
        views.FeedbackView,
        _REPLY,
        "jwt",
    ),
    ("post", "/contracts/{contract_id}/feedback/{feedback_id}/reports"): Operation(
        "reportFeedback",
        CONTRACT_ROOM,
        "Report feedback or a reply (either party)",
        "A party reports that a text breaks the rules of the marketplace, whose staff then decide. The text stays "
        "as it is until then. Whoever wrote it is not told who reported it. A party can report a text once, and "
        "again if it was changed after the staff had decided.",
        views.ReportView,
        (
            refusals.ContractNotFound,
            refusals.FeedbackNotFound,
            refusals.AlreadyReported,
            refusals.FeedbackRemoved,
        ),
        "jwt",
        HTTPStatus.CREATED,
    ),
    ("get", "/freelancers/{freelancer_id}/work-history"): _HISTORY,
    ("head", "/freelancers/{freelancer_id}/work-history"): _head(
        _HISTORY, "probeWorkHistory", "Whether the work history can be read"
    ),
    ("get", "/freelancers/{freelancer_id}/feedback-summary"): _SUMMARY,
    ("head", "/freelancers/{freelancer_id}/feedback-summary"): _head(
        _SUMMARY, "probeFeedbackSummary", "Whether the summary can be read"
    ),
    ("get", "/feedback-requests"): _OPEN_REQUESTS,
    ("head", "/feedback-requests"): _head(
        _OPEN_REQUESTS, "probeOpenRequests", "Whether the caller's open requests can be read"
    ),
    ("get", "/feedback-links/{token}"): _LINK_VIEW,
    ("head", "/feedback-links/{token}"): _head(_LINK_VIEW, "probeFeedbackLink", "Whether a link is valid"),
    ("post", "/feedback-links/{token}"): Operation(
        "giveFeedbackByLink",
        FEEDBACK_LINKS,
        "Give feedback through a link",
        "As in the Contract Room, without signing in. A link accepts feedback once, before the deadline of its "
        "request, and only while the contract is active.",
        views.FeedbackView,
        _LINK,
        success=HTTPStatus.CREATED,
    ),
    ("put", "/feedback-links/{token}"): Operation(
        "correctFeedbackByLink",
        FEEDBACK_LINKS,
        "Correct feedback through its link",
        "As in the Contract Room, without signing in. Only the link that gave the feedback can correct it, also "
        "after the contract has ended.",
        views.FeedbackView,
        (*_LINK, refusals.NotAnswered, *_CORRECTION),
    ),
    ("post", "/feedback-links/{token}/decline"): Operation(
        "declineRequestByLink",
        FEEDBACK_LINKS,
        "Decline a request through a link",
        "As in the Contract Room, without signing in. The body has a choice, so no mail scanner can decline.",
        views.RequestView,
        (
            refusals.LinkInvalid,
            refusals.ContractNotFound,
            refusals.RequestClosed,
            refusals.LinkSuperseded,
        ),
    ),
    ("get", "/email-preferences/{token}"): _EMAIL_PREFERENCES,
    ("head", "/email-preferences/{token}"): _head(
        _EMAIL_PREFERENCES, "probeEmailPreferences", "Whether the token of an e-mail is valid"
    ),
    ("post", "/email-preferences/{token}"): Operation(
        "chooseEmails",
        EMAIL_PREFERENCES,
        "Turn e-mails about feedback requests off or on",
        "For all contracts of the person. Dash messages still arrive, and requests can still be answered. Mail "
        "programs send the form `List-Unsubscribe=One-Click` (RFC 8058), without a cookie, and may send it again. "
        "E-mails that were left out are not sent later.",
        models.EmailPreferences,
        (refusals.LinkInvalid,),
    ),
    ("post", "/expirations"): Operation(
        "expire",
        OPERATORS,
        "Run an expiry sweep (operators)",
        "Deletes requests past their deadline now, as the schedule does. Nobody needs to call it: a request past "
        "its deadline reads as expired everywhere, whatever the table still holds.",
        expiry.Swept,
        (),
        "iam",
    ),
    ("get", "/reports"): _OPEN_REPORTS,
    ("head", "/reports"): _head(_OPEN_REPORTS, "probeOpenReports", "Whether the open reports can be read"),
    ("put", "/contracts/{contract_id}/feedback/{feedback_id}/moderation"): Operation(
        "moderate",
        OPERATORS,
        "Remove or restore a text (operators)",
        "The marketplace's staff decide about feedback or a reply, with a ground that everybody sees, and a "
        "reason and a name for the audit trail. A removed text is gone everywhere at once; a tombstone stays. To "
        "restore it brings everything back as it was. The decision settles all open reports on the text; it needs "
        "none. To repeat it changes nothing.",
        views.DecisionView,
        (refusals.ContractNotFound, refusals.FeedbackNotFound),
        "iam",
    ),
}
