"""Builds the one transaction that commits a `Change`. Every condition is a named string, with its reason above it.

request         update contract · put open request · delete the expired one it replaces and record it, or check
submit          update contract · put feedback     · delete the open request and record it, or check
contract ended  update contract                    · delete the open request and record it, or check
older start     update contract                    · delete the open request and record it, or check; or file it
                                                     under the other client

"Record" puts the closed request's row. "Or check": if no open request was read, a condition check makes sure that
the last request has no open row. A contract that never had a request needs no such check. If a change sets nothing
on the contract, a condition check replaces the update of its row.

TTL or the sweep deletes a request past its deadline. The stream reports the deletion, and `expire` then puts the
closed row on its own.
"""

from datetime import datetime
from typing import Any, Final

from mid_job_feedback.domain.lifecycle import Change
from mid_job_feedback.domain.models import Contract, Feedback, FeedbackRequest
from mid_job_feedback.storage import items
from mid_job_feedback.storage.conditional_updates import setting

type Write = dict[str, Any]

# The contract has the same start and people as when it was read, and has not ended. Payments and titles are not
# compared: if one arrived since the read, the decision is still right.
AS_READ_AND_RUNNING: Final = (
    "started_at = :started_at AND client_id = :client_id AND freelancer_id = :freelancer_id"
    " AND attribute_not_exists(ended_at)"
)
# No feedback was given since the read. This keeps two pieces of feedback at least the interval apart.
FIRST_FEEDBACK_STILL: Final = "attribute_not_exists(last_feedback_at)"
LAST_FEEDBACK_STILL: Final = "last_feedback_at = :last_feedback_at"
# An end is final. Of several, the earliest counts, in whatever order they arrive.
NOT_ENDED_EARLIER: Final = "attribute_not_exists(ended_at) OR ended_at > :new_ended_at"
# No request was made since the read, so only one of two simultaneous requests is committed.
FIRST_REQUEST_STILL: Final = "attribute_not_exists(last_request_id)"
LAST_REQUEST_STILL: Final = "last_request_id = :last_request_id"
# A Query is not atomic: it may return the contract, which names a new request, but not yet the request's own row.
# So a writer that saw no open row checks that there is none.
LAST_REQUEST_GONE: Final = "attribute_not_exists(PK)"
# Nobody else has closed the request since the read: each request is closed once.
STILL_OPEN: Final = "attribute_exists(PK)"
# The request's id is new.
NEW_REQUEST: Final = "attribute_not_exists(PK)"
# No other run of the sweep has reminded the client since the read, and the request has not been closed.
STILL_DUE: Final = "due_at = :seen_due_at"
# A closed request or a piece of feedback is written once, by whoever comes first.
NOT_RECORDED: Final = "attribute_not_exists(PK)"


def writes(change: Change) -> list[Write]:
    """The writes of the transaction that commits `change`, in the format of TransactWriteItems."""
    parts = [_contract(change)]
    if change.closed:
        parts += closing(change.closed)
    else:
        parts += gone(change.seen.contract.contract_id, change.seen.contract.last_request_id)
    if change.opened:
        parts.append(_open(change.seen.contract, change.opened, change.due_at or change.opened.expires_at))
    if change.feedback:
        parts.append(_feedback(change.seen.contract, change.feedback))
    return parts


def record(closed: FeedbackRequest) -> Write:
    """The put of a closed request's row: part of a transaction, or on its own after TTL or the sweep."""
    sort = items.closed_request_sort(closed.requested_at, closed.request_id)
    item = {**items.key(closed.contract_id, sort), **items.to_dynamo(items.closed_request_item(closed))}
    return {"Item": item, "ConditionExpression": NOT_RECORDED}


def closing(closed: FeedbackRequest) -> list[Write]:
    """The part of a transaction that closes a request: its open row goes, and its closed row comes."""
    return [_remove(closed), {"Put": record(closed)}]


def gone(contract_id: str, last_request_id: str | None) -> list[Write]:
    """The part of a transaction that makes sure that no request is open, since none was read."""
    return [_check_gone(contract_id, last_request_id)] if last_request_id else []


def asking(request: FeedbackRequest, client_id: str) -> Write:
    """The part of a transaction that files an open request under another client."""
    key = items.open_request_key(request.contract_id, request.request_id)
    asked = setting(items.asked_item(client_id, request))
    return {"Update": {"Key": key, **asked, "ConditionExpression": STILL_OPEN}}


def requests_still(last_request_id: str | None) -> tuple[str, items.Item]:
    """The condition that no request was made since the read, and the values that it compares."""
    if last_request_id is None:
        return FIRST_REQUEST_STILL, {}
    return LAST_REQUEST_STILL, {":last_request_id": items.dynamo(last_request_id)}


def _contract(change: Change) -> Write:
    contract = change.seen.contract
    condition, values = requests_still(contract.last_request_id)
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
    check = {
        "Key": items.key(contract.contract_id, items.CONTRACT),
        "ConditionExpression": condition,
        "ExpressionAttributeValues": values | {f":new_{name}": items.dynamo(v) for name, v in changed.items()},
    }
    if not changed:
        return {"ConditionCheck": check}
    assignments = ", ".join(f"{name} = :new_{name}" for name in changed)
    return {"Update": check | {"UpdateExpression": f"SET {assignments}"}}


def _still_as_read(contract: Contract) -> tuple[str, items.Item]:
    values = {
        ":started_at": items.dynamo(items.stamp(contract.started_at)),
        ":client_id": items.dynamo(contract.client.id),
        ":freelancer_id": items.dynamo(contract.freelancer.id),
    }
    if contract.last_feedback_at is None:
        return f"{AS_READ_AND_RUNNING} AND {FIRST_FEEDBACK_STILL}", values
    values[":last_feedback_at"] = items.dynamo(items.stamp(contract.last_feedback_at))
    return f"{AS_READ_AND_RUNNING} AND {LAST_FEEDBACK_STILL}", values


def _open(contract: Contract, request: FeedbackRequest, due_at: datetime) -> Write:
    key = items.open_request_key(request.contract_id, request.request_id)
    asked = items.asked_item(contract.client.id, request)
    attributes = items.open_request_item(request) | items.due_item(request.contract_id, due_at) | asked
    item = {**key, **items.to_dynamo(attributes)}
    return {"Put": {"Item": item, "ConditionExpression": NEW_REQUEST}}


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
