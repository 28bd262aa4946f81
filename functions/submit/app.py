"""A client gives and corrects feedback, declines, mutes requests or e-mails; either party reports a text."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any
from uuid import uuid4

from mid_job_feedback import clock, links, startup
from mid_job_feedback.domain import corrections, lifecycle, moderation, views
from mid_job_feedback.domain.feedback_changes import FeedbackChange, FeedbackSeen, ReportMade
from mid_job_feedback.domain.lifecycle import FeedbackGiven, RequestSettled, Snapshot
from mid_job_feedback.domain.models import (
    DeclineInput,
    EmailPreferencesInput,
    FeedbackInput,
    ReportInput,
    RequestPreferenceInput,
)
from mid_job_feedback.http import api, preconditions
from mid_job_feedback.http.api import Body, PathParameter, Response
from mid_job_feedback.observability import LambdaContext, accepted, observed, settled
from mid_job_feedback.settings import settings
from mid_job_feedback.storage import feedback_changes, people, store

_ONE_CLICK = {"List-Unsubscribe=One-Click": {"feedback_requests": "unsubscribed"}}  # RFC 8058
app = api.resolver("submit", accepted_forms={"/email-preferences/{token}": _ONE_CLICK})


@app.post("/contracts/<contract_id>/feedback")
def submit(contract_id: PathParameter, body: Annotated[FeedbackInput, Body()]) -> Response[Any]:
    caller_id, feedback_id = api.caller(app), str(uuid4())

    def decide(seen: Snapshot) -> FeedbackGiven:
        policy, now = settings().policy, clock.now()
        return lifecycle.submit(seen, caller_id, body, feedback_id=feedback_id, policy=policy, now=now)

    return _created(store.change(contract_id, decide))


@app.post("/feedback-links/<token>")
def submit_by_link(token: PathParameter, body: Annotated[FeedbackInput, Body()]) -> Response[Any]:
    link, feedback_id = links.read_link(token), str(uuid4())

    def decide(seen: Snapshot) -> FeedbackGiven:
        policy, now = settings().policy, clock.now()
        return lifecycle.submit_by_link(seen, link, body, feedback_id=feedback_id, policy=policy, now=now)

    return _created(store.change(link.contract_id, decide, link))


@app.put("/contracts/<contract_id>/feedback/<feedback_id>")
def correct(
    contract_id: PathParameter, feedback_id: PathParameter, body: Annotated[FeedbackInput, Body()]
) -> Response[Any]:
    caller_id, expected = api.caller(app), preconditions.revisions(app.current_event.headers)

    def decide(seen: FeedbackSeen) -> FeedbackChange:
        return corrections.correct(seen, caller_id, body, expected, policy=settings().policy, now=clock.now())

    return _corrected(feedback_changes.change(contract_id, feedback_id, decide))


@app.put("/feedback-links/<token>")
def correct_by_link(token: PathParameter, body: Annotated[FeedbackInput, Body()]) -> Response[Any]:
    link, expected = links.read_link(token), preconditions.revisions(app.current_event.headers)

    def decide(seen: FeedbackSeen) -> FeedbackChange:
        return corrections.correct_by_link(seen, link, body, expected, policy=settings().policy, now=clock.now())

    return _corrected(feedback_changes.change(link.contract_id, link, decide))


@app.post("/contracts/<contract_id>/feedback/<feedback_id>/reports")
def report(
    contract_id: PathParameter, feedback_id: PathParameter, body: Annotated[ReportInput, Body()]
) -> Response[Any]:
    caller_id, report_id = api.caller(app), str(uuid4())

    def decide(seen: FeedbackSeen) -> ReportMade:
        return moderation.report(seen, caller_id, body, report_id=report_id, now=clock.now())

    made = feedback_changes.change(contract_id, feedback_id, decide).report
    accepted("report", contract_id=contract_id, feedback_id=feedback_id, report_id=report_id)
    return api.ok(views.report_view(made), HTTPStatus.CREATED)


@app.post("/email-preferences/<token>")
def choose_emails(token: PathParameter, body: Annotated[EmailPreferencesInput, Body()]) -> Response[Any]:
    people.put_preferences(links.read_email_preferences(token), body)
    accepted("preferences", feedback_requests=body.feedback_requests)
    return api.ok(body)


@app.post("/contracts/<contract_id>/feedback-requests/<request_id>/decline")
def decline(
    contract_id: PathParameter, request_id: PathParameter, body: Annotated[DeclineInput, Body()]
) -> Response[Any]:
    caller_id = api.caller(app)
    return _declined(
        contract_id, request_id, lambda seen: lifecycle.decline(seen, caller_id, request_id, body, clock.now())
    )


@app.post("/feedback-links/<token>/decline")
def decline_by_link(token: PathParameter, body: Annotated[DeclineInput, Body()]) -> Response[Any]:
    link = links.read_link(token)
    return _declined(
        link.contract_id, link.request_id, lambda seen: lifecycle.decline_by_link(seen, link, body, clock.now())
    )


@app.put("/contracts/<contract_id>/request-preference")
def prefer(contract_id: PathParameter, body: Annotated[RequestPreferenceInput, Body()]) -> Response[Any]:
    caller_id = api.caller(app)
    chosen = store.change(contract_id, lambda seen: lifecycle.prefer(seen, caller_id, body))
    settled("prefer", changed=chosen.changes, contract_id=contract_id)
    return api.ok(body)


def _declined(contract_id: str, request_id: str, decide: Callable[[Snapshot], RequestSettled]) -> Response[Any]:
    declined = store.change(contract_id, decide, request_id)
    settled("decline", changed=declined.changes, contract_id=contract_id, request_id=request_id)
    return api.ok(views.request_view(declined.request, declined.seen.report))


def _created(given: FeedbackGiven) -> Response[Any]:
    feedback = given.feedback
    accepted(
        "submit",
        contract_id=feedback.contract_id,
        feedback_id=feedback.feedback_id,
        request_id=feedback.request_id,
        seconds_to_answer=given.seconds_to_answer,
    )
    return api.ok(views.party_feedback(feedback, (), settings().policy), HTTPStatus.CREATED)


def _corrected(change: FeedbackChange) -> Response[Any]:
    settled("correct", changed=change.changes, **change.ids)
    return api.ok(views.party_feedback(change.feedback, change.earlier, settings().policy))


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.respond(app, event, context)


startup.warm_up(lambda: store.snapshot("-"), models=startup.SUBMIT)  # no contract has this id
