"""What the OpenAPI document says in words: introduction, tags, refusals, and the properties of schemas."""

from collections.abc import Mapping
from typing import Final

from mid_job_feedback.domain import refusals
from mid_job_feedback.http import api

CONTRACT_ROOM: Final = "Contract Room"
FEEDBACK_LINKS: Final = "Feedback links"
EMAIL_PREFERENCES: Final = "E-mail preferences"
WORK_HISTORY: Final = "Work history"
OPERATORS: Final = "Operators"
TAGS: Final[Mapping[str, str]] = {
    CONTRACT_ROOM: "For the two parties of a contract, who sign in with a token of the marketplace. The contract "
    "says who is the client and who is the freelancer, never the token.",
    FEEDBACK_LINKS: "For clients who open the link in an e-mail. The link's token is all they need.",
    EMAIL_PREFERENCES: "For people who want no e-mails about feedback requests, and for their mail programs. The "
    "token from an e-mail is all they need.",
    WORK_HISTORY: "Public: everyone may read it. It contains nothing about clients.",
    OPERATORS: "For those who run the stack. Calls are signed with AWS credentials.",
}

INTRODUCTION: Final = f"""Clients give freelancers public feedback while the contract is still running.

**Format.** All responses are JSON. A body is JSON in UTF-8, of at most {api.BODY_LIMIT:,} bytes. Fields that \
are not described here are refused. Instants in responses are UTC with milliseconds, such as \
`2026-12-09T17:37:38.000Z`.

**Refusals** are problem documents (RFC 9457). `code` says why, and never changes its meaning; `title` and \
`detail` are for people, and their wording may change. `reference` leads support to the log lines of the call.

**Retries.** Send an `Idempotency-Key` with every POST. If you get no response, repeat the call with the same key \
and the same body: it counts once. After 429 and 503, wait as long as `Retry-After` says, or a second if there \
is none, and longer each time.

**Versions.** New paths, fields, codes and values can appear at any time, so ignore what you do not know. \
Anything that would break a client makes a new major version of this document."""

PARTIES_ONLY: Final = "Anybody else gets the same 404 as for a contract that does not exist."
SAME_WITHOUT_BODY: Final = "Answers with the status and headers of the GET, without a body."

REFUSALS: Final[Mapping[type[refusals.Refusal], str]] = {
    refusals.Malformed: "The body is not JSON in UTF-8, or is not sent as `application/json`.",
    refusals.TooLarge: f"The body has more than {api.BODY_LIMIT:,} bytes.",
    refusals.Invalid: "The body or a parameter is invalid. `errors` names each field.",
    refusals.IdempotencyKeyReused: "The key was used with another body within 24 hours.",
    refusals.NotFound: "There is nothing at this address: no freelancer can have such an id.",
    refusals.ContractNotFound: "The contract does not exist, or the caller is no party to it. Callers cannot tell "
    "which.",
    refusals.RequestNotFound: "The contract has no request with this id.",
    refusals.LinkInvalid: "This stack did not sign the link, or somebody changed it.",
    refusals.NotTheFreelancer: "The caller is the client of the contract. Only its freelancer may do this.",
    refusals.NotTheClient: "The caller is the freelancer of the contract. Only its client may do this.",
    refusals.RequestsNotEnabled: "The rollout does not include the freelancer yet.",
    refusals.NotEligible: "The rules do not allow it now. `reasons` has every reason, `eligible_at` the first "
    "instant at which none of them holds.",
    refusals.RequestPending: "An earlier request is still open, until `expires_at`.",
    refusals.RequestClosed: "The request was closed in another way: `request_status` says how, `closed_at` when.",
    refusals.FeedbackNotFound: "The contract has no feedback with this id, or that feedback has no reply.",
    refusals.CorrectionClosed: "The time to correct the feedback is over, since `closed_at`. End-of-contract "
    "feedback is never corrected here.",
    refusals.ReplyClosed: "The time to reply, or to change the reply, is over since `closed_at`.",
    refusals.NotAnswered: "No feedback has been given through the link yet.",
    refusals.TooManyCorrections: "The feedback was corrected as often as possible.",
    refusals.AlreadyReported: "The caller has reported this text before.",
    refusals.FeedbackRemoved: "The marketplace has removed the text.",
    refusals.RevisionMismatch: "The feedback was corrected since the caller read it. `revision` is the present "
    "one.",
    refusals.IdempotencyKeyInProgress: "The first call with this key has not finished. Repeat it shortly.",
    refusals.LinkExpired: "The deadline of the request has passed.",
    refusals.AlreadyAnswered: "Feedback was given, through the link or in the Contract Room.",
    refusals.ContractEnded: "The contract has ended, and the request with it.",
    refusals.RequestCancelled: "The request was cancelled.",
    refusals.RequestDeclined: "The client has declined the request.",
    refusals.RequestWithdrawn: "The freelancer has withdrawn the request.",
    refusals.LinkSuperseded: "The client has another address now. The link of the e-mail to that address works.",
    refusals.Unavailable: "The service, or something that it depends on, is busy or out of order. Repeat the "
    "call: nothing is done twice.",
}

# By "Schema.property" or, where it means the same in every schema, by the property alone.
PROPERTIES: Final[Mapping[str, str]] = {
    "type": "Identifies the kind of problem. It is a name, not an address.",
    "title": "The kind of problem, for people.",
    "status": "The status of the response.",
    "detail": "What happened, for people.",
    "code": "The kind of problem, for programs.",
    "reference": "The id of the call, also in the header `apigw-requestid`. Mention it to support.",
    "errors": "Each field that is wrong. At most a hundred.",
    "message": "What the freelancer wrote to the client, or null.",
    "contract_id": "The id of the contract, from the marketplace's events.",
    "request_id": "The id of the request.",
    "feedback_id": "The id of the feedback.",
    "freelancer_id": "The id of the freelancer, from the marketplace's events.",
    "started_at": "When the contract started.",
    "ended_at": "When the contract ended, or null while it runs.",
    "requested_at": "When the request was made.",
    "expires_at": "The deadline. The request can be answered before this instant.",
    "closed_at": "When the request was closed, or null while it is open.",
    "provided_at": "When the feedback was given.",
    "eligible_at": "The earliest instant at which all reasons clear without a further event. Null if there are "
    "none, or if one depends on an event, such as a payment.",
    "reasons": "Every reason why not. Empty if there is none.",
    "clears_at": "When this reason clears, or null if only an event can clear it.",
    "kind": "Given while the contract was running, or at its end.",
    "ratings": "The rating of each category, from 1 (poor) to 5 (excellent).",
    "score": "The mean of the ratings, rounded half up to two places.",
    "comment": "What the client wrote, or null.",
    "counts_towards_job_success_score": "False for mid-contract feedback, always.",
    "next_cursor": "The `cursor` of the next page, or null on the last one.",
    "contract": "The contract.",
    "freelancer": "The freelancer of the contract.",
    "client": "The client of the contract.",
    "request": "The open request.",
    "name": "The name of the person.",
    "skills": "Skills that the work needs.",
    "quality": "Quality of the work.",
    "availability": "Availability for questions and meetings.",
    "deadlines": "Work is delivered when it was promised.",
    "communication": "Clear and timely communication.",
    "cooperation": "Working together.",
    "ActionView.visible": "Whether to offer the action: false for the other party's action, and for a freelancer "
    "outside the rollout.",
    "ActionView.eligible": "Whether the action is possible now.",
    "ActionsView.request_feedback": "What the freelancer can do.",
    "ActionsView.give_feedback": "What the client can do.",
    "feedback_requests": "E-mails about feedback requests, on any contract of the person.",
    "ContractView.status": "A contract that has not started yet is `active`, too.",
    "ContractView.title": "The title of the contract.",
    "FeedbackInput.comment": "At most 5,000 characters, counted after blanks around them are removed. A blank "
    "comment counts as none.",
    "DeliveryView.email": "The newest e-mail about the request.",
    "EmailDeliveryView.at": "When the e-mail reached this status.",
    "EmailDeliveryView.reason": "Why no e-mail was sent, or null.",
    "EmailDeliveryView.status": "How far the e-mail got. An address that bounces for good, or whose owner "
    "complains, is not mailed again.",
    "FeedbackRequest.status": "Only a `pending` request can be answered.",
    "FeedbackTab.actions": "What the viewer may do, and if not, why not.",
    "FeedbackTab.feedback": "All feedback of the contract, newest first.",
    "FeedbackTab.open_request": "The request that waits for an answer, or null.",
    "FeedbackTab.past_requests": "All other requests, newest first.",
    "correctable_until_if_given_now": "Until when feedback that is given now can be corrected. Null if it cannot "
    "be corrected, or if the caller cannot give feedback now.",
    "FeedbackTab.requestable_at_if_withdrawn": "From when the freelancer may ask again if they withdraw the open "
    "request now; this may be past. Null for the client, without an open request, and if only an event makes "
    "another request possible.",
    "FeedbackTab.viewer": "The role of the caller in this contract.",
    "revision": "Which version it is. Each correction makes the next one.",
    "edited_at": "When it was last changed, or null if it never was.",
    "reply": "The freelancer's reply, or null. If `removed` is among its fields, its text is null.",
    "removed": "When the marketplace removed the text, and on which ground; or null. The text is then null.",
    "replied_at": "When the reply was given.",
    "FeedbackView.correctable_until": "Until when the client can correct it, if it is mid-contract feedback. Null "
    "if it is removed, or was corrected as often as possible.",
    "FeedbackView.earlier_versions": "How it read before each correction, newest first. Empty while it is "
    "removed.",
    "FeedbackView.replyable_until": "Until when the freelancer can reply, or change or take back the reply. Null "
    "if either text is removed.",
    "EarlierVersion.revision": "The number of this version.",
    "replaced_at": "When a correction replaced this version.",
    "Removal.at": "When the text was removed.",
    "ground": "The rule of the marketplace that the text breaks.",
    "target": "Whether it is about the feedback or the reply to it.",
    "report_id": "The id of the report.",
    "reported_at": "When the report was made.",
    "details": "What the party wrote about it, or null.",
    "ReportView.status": "`open` until the staff have decided.",
    "OpenReport.status": "`open` until the staff have decided.",
    "OpenReport.text": "What the report is about, as it reads now. Null if it was taken back.",
    "OpenReports.reports": "Oldest first.",
    "ReplyInput.text": "1 to 2,000 characters, counted after blanks around them are removed.",
    "ReplyView.text": "What the freelancer replied.",
    "RemovedReplyView.text": "Always null.",
    "ReportInput.details": "At most 2,000 characters, for the marketplace's staff. Nobody else sees them.",
    "state": "Whether everybody can read the text, or nobody.",
    "reason": "Why, for the audit trail. It is shown to nobody else.",
    "operator": "Who decides, for the audit trail. It is shown to nobody else.",
    "decided_at": "When it was decided.",
    "FeedbackView.request_id": "The request that it answers, or null if it was given unprompted.",
    "FieldError.detail": "What the field must be, for people.",
    "FieldError.field": "The path of the field, such as `ratings.skills`; `body` is the whole body.",
    "GatewayMessage.message": "For people. The wording is that of API Gateway.",
    "HistoryContract.feedback": "The feedback of this contract that is on this page, newest first.",
    "HistoryContract.status": "A contract that has not started yet is `active`, too.",
    "HistoryContract.title": "The title of the contract.",
    "LinkContract.title": "The title of the contract.",
    **dict.fromkeys(
        ("LinkExpired.contract_id", "RequestDeclined.contract_id", "RequestWithdrawn.contract_id"),
        "The contract, to which the client can go instead.",
    ),
    "OpenRequests.requests": "Soonest deadline first.",
    "requests_muted": "Whether the client has turned requests off for this contract.",
    "further_requests": "`allowed`: the freelancer may ask again after `DeclineInterval`. `muted`: no further "
    "requests on this contract, until the client turns them on again or gives feedback unprompted.",
    "muted": "Whether requests are turned off for this contract.",
    "request_status": "How the request was closed.",
    "PersonView.id": "The id of the person, from the marketplace's events.",
    "Reason.code": "Why not, for programs.",
    "Reason.detail": "Why not, for people.",
    "RequestInput.message": "At most 500 characters, counted after blanks around them are removed. A blank "
    "message counts as none.",
    "delivery": "How the client was told of the request.",
    "RequestView.status": "Only a `pending` request can be answered.",
    "RequestingContract.title": "The title of the contract.",
    "Swept.expired": "How many requests were deleted because their deadline had passed.",
    "FeedbackSummary.end_of_contract": "Feedback at the end of contracts, which counts towards the Job Success "
    "Score.",
    "FeedbackSummary.mid_contract": "Feedback while contracts were running, which never counts towards the Job "
    "Success Score.",
    "FeedbackSummary.name": "The name of the freelancer in the newest contract, or null if there is none.",
    "KindSummary.average": "The mean of all ratings in all categories, with two decimal places, rounded half up. "
    "Null if there is no feedback.",
    "KindSummary.categories": "The mean of the ratings in each category, rounded in the same way. Null if there "
    "is no feedback.",
    "KindSummary.count": "How many pieces of feedback there are.",
    "KindSummary.distribution": "How many pieces of feedback have which score, rounded half up to a whole number: "
    "4.5 counts as 5.",
    "WorkHistory.contracts": "Newest first. A contract that is split over two pages appears in both: merge by "
    "`contract_id`.",
    "WorkHistory.name": "The name of the freelancer, or null on a page without contracts.",
}

# Of schemas without a docstring that callers should read.
SCHEMAS: Final[Mapping[str, str]] = {
    "ActionView": "An action, and whether the viewer can take it now.",
    "ActionsView": "The actions of both roles. That of the other role is never visible.",
    "ContractView": "The contract, as its parties see it.",
    "EmailDeliveryView": "What became of the newest e-mail about the request.",
    "EmailStatus": "How far an e-mail got.",
    "FeedbackKind": "Whether the feedback was given while the contract was running, or at its end.",
    "FeedbackTab": "All that the Feedback tab of a contract shows.",
    "FeedbackView": "Feedback, as the parties of the contract see it.",
    "FeedbackSummary": "The summary of a freelancer's feedback, by kind.",
    "Ground": "The rules of the marketplace on which a text can be reported and removed.",
    "OpenReports": "One page of the reports that wait for a decision.",
    "ReportTarget": "A text that can be reported and removed.",
    "FieldError": "A field that is wrong.",
    "GatewayMessage": "A response that API Gateway makes itself, without reaching the service.",
    "HistoryContract": "A contract with its feedback.",
    "KindSummary": "All feedback of one kind that a freelancer has, without what was removed.",
    "LinkContract": "The contract, as the holder of the link sees it.",
    "LinkFreelancer": "Who asks for feedback.",
    "LinkView": "What a link asks for.",
    "NotSentReason": "Why no e-mail was sent.",
    "OpenRequests": "One page of the requests that wait for the caller.",
    "PersonView": "A party of the contract.",
    "Reason": "One reason why an action is not possible now.",
    "ReasonCode": "Why an action is not possible.",
    "RequestStatus": "Whether a request is open, or how it ended.",
    "RequestingContract": "The contract that a request is about.",
    "Role": "A role in a contract.",
    "WorkHistory": "One page of a freelancer's public work history.",
}
