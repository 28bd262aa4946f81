"""Builds the one transaction that commits a `Change`. Every condition is a named string, with its reason above it.

request            update contract · put open request · delete the expired one it replaces and record it, or check
submit             update contract · put feedback     · add it to the freelancer's summary
                                                      · delete the open request and record it, or check
contract ended     update contract                    · delete the open request and record it, or check
older start        update contract                    · delete the open request and record it, or check; or file it
                                                        under the other client
decline, withdraw  update contract                    · delete the open request and record it
mute, unmute       update contract

"Record" puts the closed request's row. "Or check": if no open request was read, a condition check makes sure that
the last request has no open row. A contract that never had a request needs no such check. A command that finds
everything as it wants it, such as a repeated decline, writes nothing.

TTL or the sweep deletes a request past its deadline. The stream reports the deletion, and `expire` then puts the
closed row on its own.
"""

from datetime import datetime
from typing import Any, Final

from mid_job_feedback.domain.lifecycle import Change
from mid_job_feedback.domain.models import Contract, Feedback, FeedbackRequest, RequestStatus
from mid_job_feedback.storage import items, summaries
from mid_job_feedback.storage.conditional_updates import setting

type Write = dict[str, Any]
type Condition = tuple[str, items.Item]  # and the values that it names

# The contract has the same people as when it was read. Payments and titles are not compared: if one arrived since
# the read, the decision is still right.
SAME_PEOPLE: Final = "client_id = :client_id AND freelancer_id = :freelancer_id"
# The client still has the address to which the link was mailed: no correction of it was applied since the read.
SAME_ADDRESS: Final = "client_email = :client_email"
# The contract has not ended since the read.
RUNNING: Final = "attribute_not_exists(ended_at)"
# The contract has the same start as when it was read, so it is still old enough.
SAME_START: Final = "started_at = :started_at"
# No feedback was given since the read. This keeps two pieces of feedback at least the interval apart.
FIRST_FEEDBACK_STILL: Final = "attribute_not_exists(last_feedback_at)"
LAST_FEEDBACK_STILL: Final = "last_feedback_at = :last_feedback_at"
# An end is final. Of several, the earliest counts, in whatever order they arrive.
NOT_ENDED_EARLIER: Final = "attribute_not_exists(ended_at) OR ended_at > :new_ended_at"
# No request was made since the read, so only one of two simultaneous requests is committed.
FIRST_REQUEST_STILL: Final = "attribute_not_exists(last_request_id)"
LAST_REQUEST_STILL: Final = "last_request_id = :last_request_id"
# No request was declined or withdrawn since the read. A Query is not atomic: it may return the contract as it was
# before a decline, and no open request. So the next request compares what a decline sets on the contract.
NEVER_DECLINED_STILL: Final = "attribute_not_exists(last_declined_at)"
LAST_DECLINE_STILL: Final = "last_declined_at = :last_declined_at"
NEVER_WITHDRAWN_STILL: Final = "attribute_not_exists(last_withdrawn_request_at)"
LAST_WITHDRAWAL_STILL: Final = "last_withdrawn_request_at = :last_withdrawn_request_at"
# The client has not turned requests off since the read, and their data was not erased.
NOT_MUTED: Final = "attribute_not_exists(requests_muted)"
CLIENT_REACHABLE: Final = "attribute_exists(client_email) AND client_email <> :no_address"
# A Query is not atomic: it may return the contract, which names a new request, but not yet the request's own row.
# So a writer that saw no open row checks that there is none.
LAST_REQUEST_GONE: Final = "attribute_not_exists(PK)"
# Nobody else has closed the request since the read: each request is closed once.
STILL_OPEN: Final = "attribute_exists(PK)"
# The request's message has not been erased since the read, so that the closed row does not bring it back.
MESSAGE_STILL: Final = "message = :message"
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
    elif _needs_no_open_request(change):
        parts += gone(change.seen.contract.contract_id, change.seen.contract.last_request_id)
    if change.opened:
        parts.append(_open(change.seen.contract, change.opened, change.due_at or change.opened.expires_at))
    if change.feedback:
        parts += _feedback(change.seen.contract, change.feedback)
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


def _needs_no_open_request(change: Change) -> bool:
    """Whether the decision rests on there being no open request, if none was read."""
    return bool(change.opened or change.feedback or change.ended_at)


def _assigned(change: Change) -> items.Item:
    """What the change sets on the contract's row. None removes the attribute."""
    assigned: items.Item = {}
    if change.ended_at:
        assigned["ended_at"] = items.stamp(change.ended_at)
    if change.feedback:
        assigned["last_feedback_at"] = items.stamp(change.feedback.provided_at)
    if change.opened:
        assigned["last_request_id"] = change.opened.request_id
        assigned["last_request_expires_at"] = items.stamp(change.opened.expires_at)
    if change.closed and change.closed.status is RequestStatus.DECLINED:
        assigned["last_declined_at"] = items.stamp(change.closed.closed_at or change.closed.expires_at)
    if change.closed and change.closed.status is RequestStatus.WITHDRAWN:
        assigned["last_withdrawn_request_at"] = items.stamp(change.closed.requested_at)
    if change.muted is not None:
        assigned["requests_muted"] = change.muted or None
    return assigned


def _contract(change: Change) -> Write:
    assigned = _assigned(change)
    set_to = {name: value for name, value in assigned.items() if value is not None}
    removed = [name for name, value in assigned.items() if value is None]
    expressions = [
        *(["SET " + ", ".join(f"{name} = :new_{name}" for name in set_to)] if set_to else []),
        *(["REMOVE " + ", ".join(removed)] if removed else []),
    ]
    values = {f"new_{name}": value for name, value in set_to.items()}
    conditions = _conditions(change)
    for _, compared in conditions:
        values |= compared
    compared_and_set = {
        "Key": items.key(change.seen.contract.contract_id, items.CONTRACT),
        "ConditionExpression": " AND ".join(f"({condition})" for condition, _ in conditions),
        "ExpressionAttributeValues": {f":{name}": items.dynamo(value) for name, value in values.items()},
    }
    if not expressions:
        return {"ConditionCheck": compared_and_set}
    return {"Update": {**compared_and_set, "UpdateExpression": " ".join(expressions)}}


def _conditions(change: Change) -> list[Condition]:
    """What the decision rests on, and no more: every condition that fails is a retry."""
    contract = change.seen.contract
    last_request = _as_read(FIRST_REQUEST_STILL, LAST_REQUEST_STILL, last_request_id=contract.last_request_id)
    if change.ended_at:
        return [(NOT_ENDED_EARLIER, {}), last_request]
    people = (SAME_PEOPLE, {"client_id": contract.client.id, "freelancer_id": contract.freelancer.id})
    parties: list[Condition] = [people]
    if change.by_link:
        parties.append((SAME_ADDRESS, {"client_email": contract.client.email}))
    if not (change.opened or change.feedback or change.closed):
        return parties
    running = [*parties, (RUNNING, {}), last_request]
    if not (change.opened or change.feedback):
        return running
    eligible = [
        *running,
        (SAME_START, {"started_at": items.stamp(contract.started_at)}),
        _as_read(FIRST_FEEDBACK_STILL, LAST_FEEDBACK_STILL, last_feedback_at=contract.last_feedback_at),
    ]
    return [*eligible, *_may_be_asked(contract)] if change.opened else eligible


def _may_be_asked(contract: Contract) -> list[Condition]:
    return [
        (NOT_MUTED, {}),
        (CLIENT_REACHABLE, {"no_address": ""}),
        _as_read(NEVER_DECLINED_STILL, LAST_DECLINE_STILL, last_declined_at=contract.last_declined_at),
        _as_read(
            NEVER_WITHDRAWN_STILL,
            LAST_WITHDRAWAL_STILL,
            last_withdrawn_request_at=contract.last_withdrawn_request_at,
        ),
    ]


def _as_read(if_missing: str, if_there: str, **attribute: datetime | str | None) -> Condition:
    """The condition that an attribute of the contract is as it was read."""
    ((name, value),) = attribute.items()
    if value is None:
        return if_missing, {}
    return if_there, {name: items.stamp(value) if isinstance(value, datetime) else value}


def _open(contract: Contract, request: FeedbackRequest, due_at: datetime) -> Write:
    key = items.open_request_key(request.contract_id, request.request_id)
    asked = items.asked_item(contract.client.id, request)
    asking = {"freelancer_id": contract.freelancer.id}
    attributes = items.open_request_item(request) | items.due_item(request.contract_id, due_at) | asked | asking
    item = {**key, **items.to_dynamo(attributes)}
    return {"Put": {"Item": item, "ConditionExpression": NEW_REQUEST}}


def _remove(request: FeedbackRequest) -> Write:
    key = items.open_request_key(request.contract_id, request.request_id)
    if request.message is None:
        return {"Delete": {"Key": key, "ConditionExpression": STILL_OPEN}}
    return {
        "Delete": {
            "Key": key,
            "ConditionExpression": f"{STILL_OPEN} AND {MESSAGE_STILL}",
            "ExpressionAttributeValues": {":message": items.dynamo(request.message)},
        }
    }


def _check_gone(contract_id: str, request_id: str) -> Write:
    key = items.open_request_key(contract_id, request_id)
    return {"ConditionCheck": {"Key": key, "ConditionExpression": LAST_REQUEST_GONE}}


def _feedback(contract: Contract, feedback: Feedback) -> list[Write]:
    attributes = items.feedback_item(feedback) | items.history_attributes(
        contract, feedback.feedback_id, feedback.provided_at
    )
    item = {
        **items.key(feedback.contract_id, items.feedback_sort(feedback)),
        **items.to_dynamo(attributes),
    }
    put = {"Put": {"Item": item, "ConditionExpression": NOT_RECORDED}}
    return [*summaries.moved(None, summaries.counted(attributes)), put]
