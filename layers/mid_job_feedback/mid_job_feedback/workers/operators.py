"""Carries out what operators ask of the function `moderate` by invoking it directly."""

from collections.abc import Mapping
from typing import Any, assert_never

from mid_job_feedback.domain import operator_commands
from mid_job_feedback.domain.models import Value
from mid_job_feedback.domain.operator_commands import ListDecisions, OperatorCommand, Recount
from mid_job_feedback.domain.refusals import Refusal, Unavailable
from mid_job_feedback.observability import answered, refusals_logged
from mid_job_feedback.storage import reports, summaries


def invoked(event: Mapping[str, Any]) -> dict[str, Any]:
    """The response to a direct invocation; see `domain/operator_commands.py`.

    Raises:
        Unavailable: a dependency is unavailable. The invocation can be repeated.
    """
    try:
        with refusals_logged("moderate"):
            return _carried_out(operator_commands.parse(event)).model_dump(mode="json")
    except Unavailable:
        raise
    except Refusal as refusal:
        return {"error": refusal.code, "detail": refusal.detail}


def _carried_out(command: OperatorCommand) -> Value:
    match command:
        case Recount(freelancer_id=freelancer_id, dry_run=dry_run):
            counted = summaries.recount(freelancer_id, dry_run=dry_run)
            answered("recount", freelancer_id=freelancer_id)
            return counted
        case ListDecisions(contract_id=contract_id, feedback_id=feedback_id):
            found = reports.decisions(contract_id, feedback_id)
            answered("decisions", contract_id=contract_id, feedback_id=feedback_id)
            return found
        case unexpected:
            assert_never(unexpected)
