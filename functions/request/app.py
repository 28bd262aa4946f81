"""A freelancer requests feedback or withdraws the request; replies to feedback or takes the reply back."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import uuid4

from mid_job_feedback import clock, rollout, startup
from mid_job_feedback.domain import lifecycle, replies, views
from mid_job_feedback.domain.feedback_changes import FeedbackChange, FeedbackSeen
from mid_job_feedback.domain.models import ReplyInput, RequestInput, WithdrawalInput
from mid_job_feedback.http import api
from mid_job_feedback.http.api import Body, PathParameter, Response
from mid_job_feedback.observability import LambdaContext, accepted, observed, settled
from mid_job_feedback.settings import settings
from mid_job_feedback.storage import feedback_changes, store

app = api.resolver("request")


@app.post("/contracts/<contract_id>/feedback-requests")
def request(contract_id: PathParameter, body: Annotated[RequestInput, Body()]) -> Response[Any]:
    caller_id, request_id = api.caller(app), str(uuid4())
    enabled = rollout.requests_enabled(caller_id)

    def decide(seen: lifecycle.Snapshot) -> lifecycle.RequestMade:
        return lifecycle.request(
            seen,
            caller_id,
            body,
            enabled=enabled,
            request_id=request_id,
            policy=settings().policy,
            now=clock.now(),
        )

    made = store.change(contract_id, decide)
    accepted("request", contract_id=contract_id, request_id=request_id)
    return api.ok(views.request_view(made.opened, None), HTTPStatus.CREATED, {"Location": "feedback"})


@app.post("/contracts/<contract_id>/feedback-requests/<request_id>/withdrawal")
def withdraw(
    contract_id: PathParameter, request_id: PathParameter, _body: Annotated[WithdrawalInput, Body()]
) -> Response[Any]:
    caller_id = api.caller(app)

    def decide(seen: lifecycle.Snapshot) -> lifecycle.RequestSettled:
        return lifecycle.withdraw(seen, caller_id, request_id, clock.now())

    withdrawn = store.change(contract_id, decide, request_id)
    settled("withdraw", changed=withdrawn.changes, contract_id=contract_id, request_id=request_id)
    return api.ok(views.request_view(withdrawn.request, withdrawn.seen.report))


@app.put("/contracts/<contract_id>/feedback/<feedback_id>/reply")
def reply(
    contract_id: PathParameter, feedback_id: PathParameter, body: Annotated[ReplyInput, Body()]
) -> Response[Any]:
    caller_id = api.caller(app)

    def decide(seen: FeedbackSeen) -> FeedbackChange:
        return replies.reply(seen, caller_id, body, policy=settings().policy, now=clock.now())

    return _replied(feedback_changes.change(contract_id, feedback_id, decide))


@app.delete("/contracts/<contract_id>/feedback/<feedback_id>/reply")
def take_back(contract_id: PathParameter, feedback_id: PathParameter) -> Response[Any]:
    caller_id = api.caller(app)

    def decide(seen: FeedbackSeen) -> FeedbackChange:
        return replies.take_back(seen, caller_id, policy=settings().policy, now=clock.now())

    return _replied(feedback_changes.change(contract_id, feedback_id, decide))


def _replied(change: FeedbackChange) -> Response[Any]:
    settled("reply", changed=change.changes, **change.ids)
    return api.ok(views.party_feedback(change.feedback, change.earlier, settings().policy))


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.respond(app, event, context)


_reads = (lambda: store.snapshot("-"), lambda: rollout.requests_enabled("-"))  # no contract has this id
startup.warm_up(*_reads, models=startup.REQUEST)
