"""How a `Change` becomes one transaction. Every condition has a name, and its reason above it.

request         check contract · put open request · (record the expired one it replaces)
submit          update contract · remove open request and record it, or check there is none · put feedback
contract ended  update contract · remove open request and record it, or check there is none

A request past its deadline is removed by a statement of its own, by TTL or by the sweep, and recorded by a put of
its own when the stream tells of the removal.
"""

from typing import Any, Final

from mid_job_feedback import items
from mid_job_feedback.lifecycle import Change
from mid_job_feedback.models import Contract, Feedback, FeedbackRequest

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
NOT_ENDED_EARLIER: Final = "attribute_not_exists(ended_at) OR ended_at > :ended_at"
# One request per contract: its row is the lock.
NO_OPEN_REQUEST: Final = "attribute_not_exists(PK)"
# The request that was read, not one made since. Its deadline never changes, so one that was due still is.
SAME_REQUEST: Final = "request_id = :request_id"
# The same for the sweep, as PartiQL: only so are many removals one call and yet each on its own condition.
REMOVE_SAME_REQUEST: Final = 'WHERE "PK" = ? AND "SK" = ? AND "request_id" = ?'
# A final state or a piece of feedback is written once, whoever comes first.
NOT_RECORDED: Final = "attribute_not_exists(PK)"


def writes(change: Change) -> list[Write]:
    """The transaction for what one command changes on a contract."""
    parts = [_contract(change), _request_row(change)]
    if change.closed:
        parts.append(_record(change.closed))
    if change.feedback:
        parts.append(_feedback(change.seen.contract, change.feedback))
    return parts


def record(closed: FeedbackRequest) -> Write:
    """The parameters of a single put, for a request whose row is gone because it was due."""
    put: Write = _record(closed)["Put"]
    return put


def _contract(change: Change) -> Write:
    contract = change.seen.contract
    target: Write = {"Key": items.key(contract.contract_id, items.CONTRACT)}
    if change.ended_at:
        return {
            "Update": {
                **target,
                "UpdateExpression": "SET ended_at = :ended_at",
                "ConditionExpression": NOT_ENDED_EARLIER,
                "ExpressionAttributeValues": {":ended_at": items.dynamo(items.stamp(change.ended_at))},
            }
        }
    condition, values = _still_as_read(contract)
    if change.feedback:
        values[":provided_at"] = items.dynamo(items.stamp(change.feedback.provided_at))
        target["UpdateExpression"] = "SET last_feedback_at = :provided_at"
    target |= {"ConditionExpression": condition, "ExpressionAttributeValues": values}
    return {"Update" if change.feedback else "ConditionCheck": target}


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


def _request_row(change: Change) -> Write:
    stored, opened = change.seen.stored, change.opened
    if opened:
        key = items.key(opened.contract_id, items.OPEN_REQUEST)
        put = {"Item": {**key, **items.to_dynamo(items.open_request_item(opened))}}
        return {"Put": {**put, **(_same(stored) if stored else {"ConditionExpression": NO_OPEN_REQUEST})}}
    if stored:
        return _remove(stored)
    key = items.key(change.seen.contract.contract_id, items.OPEN_REQUEST)
    return {"ConditionCheck": {"Key": key, "ConditionExpression": NO_OPEN_REQUEST}}


def _remove(request: FeedbackRequest) -> Write:
    return {"Delete": {"Key": items.key(request.contract_id, items.OPEN_REQUEST), **_same(request)}}


def _same(request: FeedbackRequest) -> Write:
    return {
        "ConditionExpression": SAME_REQUEST,
        "ExpressionAttributeValues": {":request_id": items.dynamo(request.request_id)},
    }


def _record(closed: FeedbackRequest) -> Write:
    sort = items.closed_request_sort(closed.requested_at, closed.request_id)
    item = {**items.key(closed.contract_id, sort), **items.to_dynamo(items.closed_request_item(closed))}
    return {"Put": {"Item": item, "ConditionExpression": NOT_RECORDED}}


def _feedback(contract: Contract, feedback: Feedback) -> Write:
    attributes = items.feedback_item(feedback) | items.history_attributes(
        contract, feedback.feedback_id, feedback.provided_at
    )
    item = {
        **items.key(feedback.contract_id, items.feedback_sort(feedback)),
        **items.to_dynamo(attributes),
    }
    return {"Put": {"Item": item, "ConditionExpression": NOT_RECORDED}}
