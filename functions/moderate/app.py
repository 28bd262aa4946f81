"""The marketplace's staff list what was reported, and remove or restore texts. Callers need IAM permissions."""

from typing import Annotated, Any
from uuid import uuid4

from mid_job_feedback import clock, startup
from mid_job_feedback.domain import moderation, views
from mid_job_feedback.domain.feedback_changes import FeedbackSeen, Moderated
from mid_job_feedback.domain.models import ModerationInput
from mid_job_feedback.http import api
from mid_job_feedback.http.api import Body, PathParameter, Query, Response
from mid_job_feedback.observability import LambdaContext, answered, observed, settled
from mid_job_feedback.storage import feedback_changes, reports, store
from mid_job_feedback.workers import operators

app = api.resolver("moderate")


@app.route("/reports", method=["GET", "HEAD"])
def list_reports(
    limit: Annotated[int, Query(ge=1, le=100)] = 20, cursor: Annotated[str | None, Query()] = None
) -> Response[Any]:
    page = reports.page(limit, cursor)
    answered("moderate")
    return api.ok(page)


@app.put("/contracts/<contract_id>/feedback/<feedback_id>/moderation")
def moderate(
    contract_id: PathParameter, feedback_id: PathParameter, body: Annotated[ModerationInput, Body()]
) -> Response[Any]:
    decision_id = str(uuid4())

    def decide(seen: FeedbackSeen) -> Moderated:
        return moderation.moderate(seen, body, decision_id=decision_id, now=clock.now())

    decided = feedback_changes.change(contract_id, feedback_id, decide)
    settled("moderate", changed=decided.changes, **decided.ids)
    return api.ok(views.decision_view(decided.standing))


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.respond(app, event, context) if "requestContext" in event else operators.invoked(event)


startup.warm_up(lambda: store.room("-"))  # no contract has this id
