"""A freelancer asks the client of a running contract for feedback, or takes the request back."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import uuid4

from mid_job_feedback import clock, rollout, startup
from mid_job_feedback.domain import lifecycle, views
from mid_job_feedback.domain.models import RequestInput, WithdrawalInput
from mid_job_feedback.http import api
from mid_job_feedback.http.api import Body, PathParameter, Response
from mid_job_feedback.observability import LambdaContext, accepted, observed, settled
from mid_job_feedback.settings import settings
from mid_job_feedback.storage import store

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


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.respond(app, event, context)


startup.warm_up(lambda: store.snapshot("-"), lambda: rollout.requests_enabled("-"))  # no contract has this id
