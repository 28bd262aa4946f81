"""The marketplace's staff list what was reported, and remove or restore texts. Operators recount summaries.

For callers with IAM permissions only: the routes, and direct invocations.
"""

from collections.abc import Mapping
from typing import Annotated, Any, assert_never
from uuid import uuid4

from mid_job_feedback import clock, startup
from mid_job_feedback.domain import moderation, operator_commands, views
from mid_job_feedback.domain.feedback_changes import FeedbackSeen, Moderated
from mid_job_feedback.domain.models import ModerationInput, Value
from mid_job_feedback.domain.operator_commands import ListDecisions, OperatorCommand, Recount
from mid_job_feedback.domain.refusals import Refusal, Unavailable
from mid_job_feedback.http import api
from mid_job_feedback.http.api import Body, PathParameter, Query, Response
from mid_job_feedback.observability import LambdaContext, answered, observed, refusals_logged, settled
from mid_job_feedback.storage import feedback_changes, reports, store, summaries

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
    settled("moderate", changed=decided.changes, contract_id=contract_id, feedback_id=feedback_id)
    return api.ok(views.decision_view(decided.standing))


def carry_out(command: OperatorCommand) -> Value:
    match command:
        case Recount(freelancer_id=freelancer_id):
            counted = summaries.recount(freelancer_id)
            answered("recount", freelancer_id=freelancer_id)
            return counted
        case ListDecisions(contract_id=contract_id, feedback_id=feedback_id):
            found = reports.decisions(contract_id, feedback_id)
            answered("decisions", contract_id=contract_id, feedback_id=feedback_id)
            return found
        case unexpected:
            assert_never(unexpected)


def invoked(event: Mapping[str, Any]) -> dict[str, Any]:
    """The response to a direct invocation. Only one that can be repeated fails: the others say what is wrong."""
    try:
        with refusals_logged("moderate"):
            return carry_out(operator_commands.parse(event)).model_dump(mode="json")
    except Unavailable:
        raise
    except Refusal as refusal:
        return {"error": refusal.code, "detail": refusal.detail}


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.respond(app, event, context) if "requestContext" in event else invoked(event)


startup.warm_up(lambda: store.room("-"))  # no contract has this id
