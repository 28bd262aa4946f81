"""How a `Change` becomes one transaction. Every condition has a name, and its reason above it.

request         update contract · put open request · remove the expired one it replaces and record it, or check
submit          update contract · put feedback     · remove open request and record it, or check
contract ended  update contract                    · remove open request and record it, or check

Check: that the last request, of which no row was seen, has none. A contract that never had one needs no check.

A request past its deadline is removed by TTL or by the sweep, and recorded by a put of its own when the stream
tells of the removal.
"""

from typing import Any, Final

from mid_job_feedback.domain.lifecycle import Change
from mid_job_feedback.domain.models import Contract, Feedback, FeedbackRequest
from mid_job_feedback.storage import items

type Write = dict[str, Any]

# The contract and its people are those that were read, and it runs on. A payment or a new title in between
# takes nothing away, so neither is compared.
AS_READ_AND_RUNNING: Final = (
    "started_at = :started_at AND client_id = :client_id AND freelancer_id = :freelancer_id"
    " AND attribute_not_exists(ended_at)"
)
# No feedback has come since the read: this is what keeps two answers the interval apart.
FIRST_FEEDBACK_STILL: Final = "attribute_not_exists(last_feedback_at)"
LAST_FEEDBACK_STILL: Final = "last_feedback_at = :last_feedback_at"
# An end sticks; of several, the earliest counts, in whatever order they arrive.
NOT_ENDED_EARLIER: Final = "attribute_not_exists(ended_at) OR ended_at > :new_ended_at"
# No request has been made since the contract was read: of two made at once, one gets through.
FIRST_REQUEST_STILL: Final = "attribute_not_exists(last_request_id)"
LAST_REQUEST_STILL: Final = "last_request_id = :last_request_id"
# Rows are not read at one instant: the contract may say which request was the last before the request's own row is
# there to be seen. Whoever saw none makes sure that there is none, or would overlook an open request.
LAST_REQUEST_GONE: Final = "attribute_not_exists(PK)"
# Nobody else has closed the request meanwhile: each ends once.
STILL_OPEN: Final = "attribute_exists(PK)"
# The id of a request is new.
NOT_ASKED: Final = "attribute_not_exists(PK)"
# A final state or a piece of feedback is written once, whoever comes first.
NOT_RECORDED: Final = "attribute_not_exists(PK)"


def writes(change: Change) -> list[Write]:
    """The transaction for what one command changes on a contract."""
    parts = [_contract(change)]
    if change.closed:
        parts += [_remove(change.closed), {"Put": record(change.closed)}]
    elif last_request_id := change.seen.contract.last_request_id:
        parts.append(_check_gone(change.seen.contract.contract_id, last_request_id))
    if change.opened:
        parts.append(_open(change.opened))
    if change.feedback:
        parts.append(_feedback(change.seen.contract, change.feedback))
    return parts


def record(closed: FeedbackRequest) -> Write:
    """The put of a closed request: in its transaction, or by itself if the row is gone because it was due."""
    sort = items.closed_request_sort(closed.requested_at, closed.request_id)
    item = {**items.key(closed.contract_id, sort), **items.to_dynamo(items.closed_request_item(closed))}
    return {"Item": item, "ConditionExpression": NOT_RECORDED}


def _contract(change: Change) -> Write:
    contract = change.seen.contract
    condition, values = _requests_still_as_read(contract)
    if change.ended_at:
        changed = {"ended_at": items.stamp(change.ended_at)}
        condition = f"({NOT_ENDED_EARLIER}) AND {condition}"
    else:
        changed = {
            **({"last_feedback_at": items.stamp(change.feedback.provided_at)} if change.feedback else {}),
            **({"last_request_id": change.opened.request_id} if change.opened else {}),
        }
        still, compared = _still_as_read(contract)
        condition, values = f"{still} AND {condition}", values | compared
    update = {
        "Key": items.key(contract.contract_id, items.CONTRACT),
        "UpdateExpression": "SET " + ", ".join(f"{name} = :new_{name}" for name in changed),
        "ConditionExpression": condition,
        "ExpressionAttributeValues": values | {f":new_{name}": items.dynamo(v) for name, v in changed.items()},
    }
    return {"Update": update}


def _still_as_read(contract: Contract) -> tuple[str, Write]:
    values = {
        ":started_at": items.dynamo(items.stamp(contract.started_at)),
        ":client_id": items.dynamo(contract.client.id),
        ":freelancer_id": items.dynamo(contract.freelancer.id),
    }
    if contract.last_feedback_at is None:
        return f"{AS_READ_AND_RUNNING} AND {FIRST_FEEDBACK_STILL}", values
    values[":last_feedback_at"] = items.dynamo(items.stamp(contract.last_feedback_at))
    return f"{AS_READ_AND_RUNNING} AND {LAST_FEEDBACK_STILL}", values


def _requests_still_as_read(contract: Contract) -> tuple[str, Write]:
    if contract.last_request_id is None:
        return FIRST_REQUEST_STILL, {}
    return LAST_REQUEST_STILL, {":last_request_id": items.dynamo(contract.last_request_id)}


def _open(request: FeedbackRequest) -> Write:
    key = items.open_request_key(request.contract_id, request.request_id)
    item = {**key, **items.to_dynamo(items.open_request_item(request))}
    return {"Put": {"Item": item, "ConditionExpression": NOT_ASKED}}


def _remove(request: FeedbackRequest) -> Write:
    key = items.open_request_key(request.contract_id, request.request_id)
    return {"Delete": {"Key": key, "ConditionExpression": STILL_OPEN}}


def _check_gone(contract_id: str, request_id: str) -> Write:
    key = items.open_request_key(contract_id, request_id)
    return {"ConditionCheck": {"Key": key, "ConditionExpression": LAST_REQUEST_GONE}}


def _feedback(contract: Contract, feedback: Feedback) -> Write:
    attributes = items.feedback_item(feedback) | items.history_attributes(
        contract, feedback.feedback_id, feedback.provided_at
    )
    item = {
        **items.key(feedback.contract_id, items.feedback_sort(feedback)),
        **items.to_dynamo(attributes),
    }
    return {"Put": {"Item": item, "ConditionExpression": NOT_RECORDED}}
