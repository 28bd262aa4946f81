"""Examples of the OpenAPI document. The code of the service makes them: its rules, views and problem documents.

They tell one story: Ana Ruiz asks for feedback on a contract, and Ben Okoye gives it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from mid_job_feedback.domain import (
    addresses,
    change_windows,
    corrections,
    eligibility,
    lifecycle,
    models,
    moderation,
    refusals,
    replies,
    totals,
    views,
)
from mid_job_feedback.domain.email_delivery import EmailReport, EmailState, email_number
from mid_job_feedback.domain.feedback_changes import FeedbackChange, FeedbackSeen
from mid_job_feedback.domain.models import Role
from mid_job_feedback.http import api, problems
from mid_job_feedback.workers import expiry

type Json = dict[str, Any]

REFERENCE: Final = "WsTzqhY5oAMEPxw="  # as API Gateway makes them
GATEWAY: Final[Mapping[HTTPStatus, str]] = {
    HTTPStatus.UNAUTHORIZED: "Unauthorized",
    HTTPStatus.FORBIDDEN: "Forbidden",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Request Entity Too Large",
    HTTPStatus.TOO_MANY_REQUESTS: "Too Many Requests",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Internal Server Error",
    HTTPStatus.SERVICE_UNAVAILABLE: "Service Unavailable",
}

_DAY: Final = timedelta(days=1)
_POLICY: Final = models.Policy(
    minimum_contract_age=30 * _DAY,
    payment_window=30 * _DAY,
    feedback_interval=30 * _DAY,
    request_lifetime=14 * _DAY,
    decline_interval=30 * _DAY,
    request_cooldown=_DAY,
    reminder_pause=_DAY,
    correction_window=2 * _DAY,
    reply_window=28 * _DAY,
    reminder_before=(7 * _DAY, 2 * _DAY),
)
_ASKED_AT: Final = datetime(2026, 11, 25, 17, 37, 38, tzinfo=UTC)
_GIVEN_AT: Final = datetime(2026, 11, 27, 9, 12, 4, tzinfo=UTC)
_REQUEST_ID: Final = "6f1c2f0e-6a1b-4a57-9d51-0d6a6d6c7c1e"
_FEEDBACK_ID: Final = "b0c6b8d2-4a3e-4f5e-8a44-3f4a0a2f9e10"
_CURSOR: Final = "WyJmZWVkYmFjayIsImMtMTA0MiJd.R7m1Xy0d8kq3Nw5VbJ2ZtLh6sCp9uEaQ"

_CONTRACT: Final = models.Contract(
    contract_id="c-1042",
    title="Website relaunch",
    started_at=datetime(2026, 9, 1, 8, tzinfo=UTC),
    client=models.Party(id="auth0|ben", name="Ben Okoye", email="ben@example.com"),
    freelancer=models.Party(id="auth0|ana", name="Ana Ruiz", email="ana@example.com"),
    last_payment_at=datetime(2026, 11, 20, 10, 30, tzinfo=UTC),
)
_ASKED: Final = models.RequestInput(message="Phase one is live. How has it been for you so far?")
_GIVEN: Final = models.FeedbackInput(
    ratings=models.Ratings(skills=5, quality=5, availability=4, deadlines=4, communication=5, cooperation=5),
    comment="Reliable and quick, and she explains what she does.",
)
_BEFORE: Final = lifecycle.Snapshot(contract=_CONTRACT)
_REQUEST: Final = lifecycle.request(
    _BEFORE,
    _CONTRACT.freelancer.id,
    _ASKED,
    enabled=True,
    request_id=_REQUEST_ID,
    policy=_POLICY,
    now=_ASKED_AT,
).opened
_DELIVERED: Final = EmailReport(
    email_number=email_number(_ASKED_AT),
    address_digest=addresses.digest(_CONTRACT.client.email),
    state=EmailState.DELIVERED,
    at=_ASKED_AT + timedelta(seconds=3),
)
_OPEN: Final = lifecycle.Snapshot(contract=_CONTRACT, pending=_REQUEST)
_FEEDBACK_GIVEN: Final = lifecycle.submit(
    _OPEN, _CONTRACT.client.id, _GIVEN, feedback_id=_FEEDBACK_ID, policy=_POLICY, now=_GIVEN_AT
)
_FEEDBACK: Final = _FEEDBACK_GIVEN.feedback
_SEEN: Final = FeedbackSeen(snapshot=lifecycle.Snapshot(contract=_CONTRACT), feedback=_FEEDBACK)
_CORRECTED_AT: Final = _GIVEN_AT + timedelta(minutes=20)
_MENDED: Final = _GIVEN.model_copy(update={"comment": "Reliable, quick, and good at explaining what she does."})
_CORRECTED: Final = corrections.correct(
    _SEEN, _CONTRACT.client.id, _MENDED, None, policy=_POLICY, now=_CORRECTED_AT
)
_REPLY: Final = models.ReplyInput(text="Thank you, Ben. I look forward to phase two.")
_REPLIED: Final = replies.reply(
    _SEEN, _CONTRACT.freelancer.id, _REPLY, policy=_POLICY, now=_GIVEN_AT + timedelta(hours=2)
)
_COMPLAINT: Final = models.ReportInput(
    target=models.ReportTarget.FEEDBACK,
    ground=models.Ground.PRIVATE_INFORMATION,
    details="It gives away the name of our customer.",
)
_REPORTED: Final = moderation.report(
    _SEEN,
    _CONTRACT.freelancer.id,
    _COMPLAINT,
    report_id="0d5b7c52-8f0e-4c1b-a0a5-9d2f6c1e7b34",
    now=_GIVEN_AT + timedelta(hours=1),
).report
_REMOVAL: Final = models.ModerationInput(
    target=models.ReportTarget.FEEDBACK,
    state="removed",
    ground=models.Ground.PRIVATE_INFORMATION,
    reason="Names a customer who is not a party to the contract.",
    operator="Mara Lind",
)
_RESTORATION: Final = _REMOVAL.model_copy(
    update={"state": "visible", "reason": "The customer has named the project in public, too."}
)
_DECIDED: Final = moderation.moderate(
    _SEEN, _REMOVAL, decision_id="5f1d0a4e-2b6c-4d8f-9a3e-7c0b1d2e3f45", now=_GIVEN_AT + timedelta(hours=5)
)
_NOT_NOW: Final = models.DeclineInput(further_requests="allowed")
_DECLINED: Final = lifecycle.decline(_OPEN, _CONTRACT.client.id, _REQUEST_ID, _NOT_NOW, _GIVEN_AT)
_WITHDRAWN: Final = lifecycle.withdraw(_OPEN, _CONTRACT.freelancer.id, _REQUEST_ID, _GIVEN_AT)
_AFTER: Final = lifecycle.Snapshot(
    contract=_CONTRACT.model_copy(update={"last_feedback_at": _GIVEN_AT}), closed=_FEEDBACK_GIVEN.closed
)
_RUNNING: Final = views.HistoryContract(
    contract_id=_CONTRACT.contract_id,
    title=_CONTRACT.title,
    status=_CONTRACT.status,
    started_at=_CONTRACT.started_at,
    ended_at=None,
    feedback=(views.public_feedback(_FEEDBACK),),
)
_AT_THE_END: Final = models.Feedback(
    feedback_id="e-77",
    contract_id="c-817",
    kind=models.FeedbackKind.END_OF_CONTRACT,
    ratings=dict.fromkeys(models.Ratings.model_fields, 5),
    score=Decimal("5.00"),
    comment=None,
    provided_at=datetime(2026, 6, 30, 15, tzinfo=UTC),
)
_ENDED: Final = views.HistoryContract(
    contract_id=_AT_THE_END.contract_id,
    title="Logo and brand book",
    status="ended",
    started_at=datetime(2026, 3, 2, 8, tzinfo=UTC),
    ended_at=datetime(2026, 6, 30, 12, tzinfo=UTC),
    feedback=(views.public_feedback(_AT_THE_END),),
)


_PAGED: Final = (
    *("workHistory", "probeWorkHistory"),
    *("openRequests", "probeOpenRequests"),
    *("openReports", "probeOpenReports"),
)
_SUBSCRIBED: Final = models.EmailPreferences(feedback_requests="subscribed")
_UNSUBSCRIBED: Final = models.EmailPreferences(feedback_requests="unsubscribed")


@dataclass(frozen=True)
class Example:
    summary: str
    value: Json

    def as_json(self) -> Json:
        return {"summary": self.summary, "value": self.value}


def answers() -> Mapping[str, Mapping[str, Example]]:
    """Examples of what each operation answers, by its id."""
    declined = {"declined": _shown("The request, declined", views.request_view(_DECLINED.request, None))}
    given = {"feedback": _shown("The feedback, public from now on", views.party_feedback(_FEEDBACK, (), _POLICY))}
    corrected = {"corrected": _shown("The feedback, corrected", _party(_CORRECTED))}
    return {
        "feedbackTab": {
            "asked": _shown("The client, who is being asked for feedback", _tab(_OPEN, Role.CLIENT, _ASKED_AT)),
            "answered": _shown(
                "The freelancer, after the client has answered", _tab(_AFTER, Role.FREELANCER, _GIVEN_AT)
            ),
        },
        "requestFeedback": {"request": _shown("The open request", views.request_view(_REQUEST, None))},
        "withdrawRequest": {
            "withdrawn": _shown("The request, withdrawn", views.request_view(_WITHDRAWN.request, None))
        },
        "declineRequest": declined,
        "declineRequestByLink": declined,
        "setRequestPreference": {
            "off": _shown("Requests are off", models.RequestPreference(muted=True)),
            "on": _shown("Requests are on", models.RequestPreference(muted=False)),
        },
        "giveFeedback": given,
        "giveFeedbackByLink": given,
        "correctFeedback": corrected,
        "correctFeedbackByLink": corrected,
        "reply": {"replied": _shown("The feedback, with the reply", _party(_REPLIED))},
        "takeBackReply": {
            "taken_back": _shown("The feedback, without a reply", views.party_feedback(_FEEDBACK, (), _POLICY))
        },
        "reportFeedback": {"report": _shown("The report, which is open", views.report_view(_REPORTED))},
        "workHistory": {
            "first": _shown("The first of two pages", _history(_RUNNING, _CURSOR)),
            "last": _shown("The last page", _history(_ENDED)),
        },
        "feedbackSummary": {
            "two": _shown("Feedback of either kind", _summary()),
            "none": _shown(
                "An unknown freelancer",
                views.feedback_summary("auth0|nobody", None, dict.fromkeys(models.FeedbackKind, totals.NONE)),
            ),
        },
        "openRequests": {
            "waiting": _shown(
                "One request waits for an answer",
                _waiting(views.open_request(_CONTRACT, _REQUEST, _DELIVERED, _POLICY, _GIVEN_AT)),
            ),
            "none": _shown("Nothing waits for an answer", _waiting()),
        },
        "feedbackLink": {
            "link": _shown("What is being asked", views.link(_CONTRACT, _REQUEST, _POLICY, _GIVEN_AT))
        },
        "emailPreferences": {"subscribed": _shown("As long as nothing was chosen", _SUBSCRIBED)},
        "chooseEmails": {"unsubscribed": _shown("No more e-mails about feedback requests", _UNSUBSCRIBED)},
        "openReports": {
            "waiting": _shown(
                "One report waits for a decision", _reports(views.open_report(_REPORTED, _FEEDBACK))
            ),
            "none": _shown("Nothing waits for a decision", _reports()),
        },
        "moderate": {"removed": _shown("The feedback is removed", views.decision_view(_DECIDED.standing))},
        "expire": {"swept": _shown("Three requests were past their deadline", expiry.Swept(expired=3))},
    }


def bodies() -> Mapping[str, Mapping[str, Example]]:
    """Examples of request bodies, by the name of their schema."""
    unprompted = models.FeedbackInput(ratings=_GIVEN.ratings)
    return {
        "FeedbackInput": {
            "with_comment": _shown("With a comment", _GIVEN),
            "ratings_only": Example("Ratings only", unprompted.model_dump(mode="json", exclude_none=True)),
        },
        "EmailPreferencesInput": {
            "off": _shown("Turn them off", _UNSUBSCRIBED),
            "on": _shown("Turn them on again", _SUBSCRIBED),
        },
        "RequestInput": {
            "with_message": _shown("With a message to the client", _ASKED),
            "without": Example("Without a message", {}),
        },
        "WithdrawalInput": {"withdraw": Example("An empty object", {})},
        "DeclineInput": {
            "not_now": _shown("The freelancer may ask again", _NOT_NOW),
            "never": _shown("No further requests on this contract", models.DeclineInput(further_requests="muted")),
        },
        "ReplyInput": {"reply": _shown("A reply", _REPLY)},
        "ReportInput": {
            "with_details": _shown("With details for the staff", _COMPLAINT),
            "ground_only": Example("A ground only", {"target": "reply", "ground": "abusive"}),
        },
        "ModerationInput": {
            "remove": _shown("Remove the feedback", _REMOVAL),
            "restore": _shown("Restore it", _RESTORATION),
        },
        "RequestPreferenceInput": {
            "off": _shown("Turn requests off", models.RequestPreference(muted=True)),
            "on": _shown("Turn requests on again", models.RequestPreference(muted=False)),
        },
    }


def problem(kind: type[refusals.Refusal], operation_id: str) -> Example:
    """The problem document of a refusal, as this operation answers it."""
    response = problems.response(_refusal(kind, operation_id), REFERENCE)
    return Example(kind.title, json.loads(response.body or ""))


def gateway(status: HTTPStatus) -> Example:
    return Example("From API Gateway", {"message": GATEWAY[status]})


def _refusal(kind: type[refusals.Refusal], operation_id: str) -> refusals.Refusal:
    if kind is refusals.Invalid:
        return refusals.Invalid(list(_errors(operation_id)))
    made: Mapping[type[refusals.Refusal], refusals.Refusal] = {
        refusals.Malformed: refusals.Malformed("The body is not valid JSON."),
        refusals.TooLarge: refusals.TooLarge(api.BODY_LIMIT),
        refusals.NotFound: refusals.NotFound("This is not the ID of a freelancer."),
        refusals.NotEligible: refusals.NotEligible(_not_eligible(operation_id)),
        refusals.RequestPending: refusals.RequestPending(_REQUEST.expires_at),
        refusals.LinkExpired: refusals.LinkExpired(
            _REQUEST.expires_at, _CONTRACT.contract_id, can_give_feedback=True
        ),
        refusals.AlreadyAnswered: refusals.AlreadyAnswered(_GIVEN_AT, _GIVEN_AT + _POLICY.correction_window),
        refusals.CorrectionClosed: refusals.CorrectionClosed(_GIVEN_AT + _POLICY.correction_window),
        refusals.ReplyClosed: refusals.ReplyClosed(_GIVEN_AT + _POLICY.reply_window, replied=False),
        refusals.TooManyCorrections: refusals.TooManyCorrections(change_windows.MAX_CORRECTIONS),
        refusals.RevisionMismatch: refusals.RevisionMismatch(2),
        refusals.ContractEnded: refusals.ContractEnded(_GIVEN_AT),
        refusals.RequestCancelled: refusals.RequestCancelled(_GIVEN_AT),
        refusals.RequestDeclined: refusals.RequestDeclined(
            _GIVEN_AT, _CONTRACT.contract_id, can_give_feedback=True
        ),
        refusals.RequestWithdrawn: refusals.RequestWithdrawn(
            _GIVEN_AT, _CONTRACT.contract_id, can_give_feedback=True
        ),
        refusals.RequestClosed: refusals.RequestClosed(models.RequestStatus.FULFILLED, _GIVEN_AT),
        refusals.Unavailable: refusals.Unavailable(
            refusals.Dependency.TABLE, "TransactWriteItems", refusals.Cause.THROTTLED
        ),
    }
    if kind in made:
        return made[kind]
    always_the_same: Any = kind
    refusal: refusals.Refusal = always_the_same()
    return refusal


def _errors(operation_id: str) -> Iterator[dict[str, str]]:
    """What the operation says about a request that breaks its schema."""
    without_one = {name: rating for name, rating in _GIVEN.ratings.model_dump().items() if name != "deadlines"}
    feedback = (models.FeedbackInput, {"ratings": without_one | {"quality": 6}, "rating": 5})
    decision = _REMOVAL.model_dump() | {"reason": "", "state": "hidden"}
    bodies: Mapping[str, tuple[Any, Any]] = {
        "requestFeedback": (models.RequestInput, {"message": "x" * 501}),
        "withdrawRequest": (models.WithdrawalInput, {"reason": "A mistake"}),
        "declineRequest": (models.DeclineInput, {}),
        "declineRequestByLink": (models.DeclineInput, {}),
        "setRequestPreference": (models.RequestPreference, {"muted": "yes"}),
        "giveFeedback": feedback,
        "giveFeedbackByLink": feedback,
        "correctFeedback": feedback,
        "correctFeedbackByLink": feedback,
        "reply": (models.ReplyInput, {"text": " "}),
        "reportFeedback": (models.ReportInput, {"target": "comment", "ground": "abusive"}),
        "moderate": (models.ModerationInput, decision),
        "chooseEmails": (models.EmailPreferences, {"feedback_requests": "off"}),
    }
    if operation_id in bodies:
        yield from _errors_in(*bodies[operation_id])
    elif operation_id in _PAGED:
        yield from _errors_in(Annotated[int, Field(ge=1, le=100)], 500, "query", "limit")
    else:
        yield {"field": "body", "detail": "must be a JSON object"}


def _errors_in(schema: Any, value: Any, *place: str) -> Iterator[dict[str, str]]:
    try:
        TypeAdapter(schema).validate_python(value)
    except ValidationError as error:
        yield from (api.field_error({**found, "loc": (*place, *found["loc"])}) for found in error.errors())


def _not_eligible(operation_id: str) -> eligibility.Eligibility:
    """Of a new contract for the freelancer, and of one with recent feedback for the client."""
    if operation_id == "requestFeedback":
        new = _CONTRACT.model_copy(update={"started_at": _ASKED_AT - 10 * _DAY, "last_payment_at": None})
        return eligibility.to_request(new, None, _POLICY, _ASKED_AT, enabled=True)
    paid_since = _AFTER.contract.model_copy(update={"last_payment_at": _GIVEN_AT + _DAY})
    return eligibility.to_give(paid_since, None, _POLICY, _GIVEN_AT + 2 * _DAY)


def _tab(seen: lifecycle.Snapshot, viewer: Role, now: datetime) -> views.FeedbackTab:
    past = [seen.closed] if seen.closed else []
    feedback = [_FEEDBACK] if seen.closed else []
    return views.feedback_tab(
        seen, past, feedback, {_REQUEST_ID: _DELIVERED}, {}, viewer=viewer, enabled=True, policy=_POLICY, now=now
    )


def _party(change: FeedbackChange) -> views.FeedbackView:
    return views.party_feedback(change.feedback, change.earlier, _POLICY)


def _reports(*reports: views.OpenReport) -> views.OpenReports:
    return views.OpenReports(reports=reports, next_cursor=None)


def _waiting(*requests: views.OpenRequest) -> views.OpenRequests:
    return views.OpenRequests(requests=requests, next_cursor=None)


def _history(contract: views.HistoryContract, next_cursor: str | None = None) -> views.WorkHistory:
    freelancer = _CONTRACT.freelancer
    return views.WorkHistory(
        freelancer_id=freelancer.id, name=freelancer.name, contracts=(contract,), next_cursor=next_cursor
    )


def _summary() -> views.FeedbackSummary:
    given = {entry.kind: totals.of(entry.ratings or {}) for entry in (_FEEDBACK, _AT_THE_END)}
    return views.feedback_summary(_CONTRACT.freelancer.id, _CONTRACT.freelancer.name, given)


def _shown(summary: str, model: BaseModel) -> Example:
    return Example(summary, json.loads(model.model_dump_json()))
