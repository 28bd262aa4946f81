"""A client gives feedback: signed in, or by the link of an e-mail."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import uuid4

from mid_job_feedback import clock, links, startup
from mid_job_feedback.domain import lifecycle, views
from mid_job_feedback.domain.models import FeedbackInput
from mid_job_feedback.http import api
from mid_job_feedback.http.api import Body, PathParameter, Response
from mid_job_feedback.observability import LambdaContext, accepted, observed
from mid_job_feedback.settings import settings
from mid_job_feedback.storage import store

app = api.resolver("submit")


@app.post("/contracts/<contract_id>/feedback")
def submit(contract_id: PathParameter, body: Annotated[FeedbackInput, Body()]) -> Response[Any]:
    caller_id, feedback_id = api.caller(app), str(uuid4())

    def decide(seen: lifecycle.Snapshot) -> lifecycle.FeedbackGiven:
        policy, now = settings().policy, clock.now()
        return lifecycle.submit(seen, caller_id, body, feedback_id=feedback_id, policy=policy, now=now)

    return _created(store.change(contract_id, decide))


@app.post("/feedback-links/<token>")
def submit_by_link(token: PathParameter, body: Annotated[FeedbackInput, Body()]) -> Response[Any]:
    link, feedback_id = links.read_link(token), str(uuid4())

    def decide(seen: lifecycle.Snapshot) -> lifecycle.FeedbackGiven:
        policy, now = settings().policy, clock.now()
        return lifecycle.submit_by_link(seen, link, body, feedback_id=feedback_id, policy=policy, now=now)

    return _created(store.change(link.contract_id, decide, link))


def _created(given: lifecycle.FeedbackGiven) -> Response[Any]:
    feedback = given.feedback
    accepted(
        "submit",
        contract_id=feedback.contract_id,
        feedback_id=feedback.feedback_id,
        request_id=feedback.request_id,
        seconds_to_answer=given.seconds_to_answer,
    )
    return api.ok(views.party_feedback(feedback), HTTPStatus.CREATED)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.respond(app, event, context)


startup.warm_up(lambda: store.snapshot("-"))  # no contract has this id
