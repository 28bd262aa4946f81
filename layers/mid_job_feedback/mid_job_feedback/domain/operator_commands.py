"""The events by which operators invoke the function `moderate` directly, besides its routes.

    in   {"command": "recount", "freelancer_id": "u-1", "dry_run": false}
    out  {"freelancer_id": "u-1", "contracts": 3, "mid_contract": {…}, "end_of_contract": {…}}

    in   {"command": "decisions", "contract_id": "c-1", "feedback_id": "f-1"}
    out  {"decisions": [Decision, …]}

An event that is refused gets `{"error": <code>, "detail": "…"}`, as in a problem document. If the table is
unavailable, the invocation fails, and can be repeated.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError

from mid_job_feedback.domain.models import Id, Value
from mid_job_feedback.domain.refusals import Invalid


class Recount(Value):
    """Counts a freelancer's feedback anew, and corrects the summary if it says something else.

    `dry_run`: only says what is wrong.
    """

    command: Literal["recount"]
    freelancer_id: Id
    dry_run: bool = False


class ListDecisions(Value):
    """Returns the audit trail of a piece of feedback and of the reply to it."""

    command: Literal["decisions"]
    contract_id: Id
    feedback_id: Id


type OperatorCommand = Recount | ListDecisions

_COMMAND: Final[TypeAdapter[OperatorCommand]] = TypeAdapter(
    Annotated[Recount | ListDecisions, Field(discriminator="command")]
)


def parse(event: Mapping[str, Any]) -> OperatorCommand:
    """The command in an event.

    Raises:
        Invalid: there is none, or it lacks an id.
    """
    try:
        return _COMMAND.validate_python(event)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False, include_input=False, include_context=False)
        named = [".".join(str(part) for part in error["loc"][1:]) or "command" for error in errors]
        raise Invalid(
            [{"field": field, "detail": error["msg"]} for field, error in zip(named, errors, strict=True)]
        ) from None
