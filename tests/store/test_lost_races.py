"""Reads that see half of another commit, and races at a deadline: the command reads again and tells the truth.

Every command overtaken by every other one, without a deadline between them, is in test_model.py.
"""

from collections.abc import Callable
from typing import Any

import pytest

from mid_job_feedback.domain import lifecycle, refusals
from mid_job_feedback.domain.models import RequestStatus
from mid_job_feedback.storage import items, store
from tests.builders import DAY, NOW, a_contract, a_request
from tests.conftest import Tried
from tests.sdk_interceptor import SdkInterceptor
from tests.store import rows
from tests.store.commands import (
    DUE_REQUEST,
    end_contract,
    expire_due_request,
    make_request,
    submit_by_link,
    submit_by_link_just_before_deadline,
    submit_feedback,
    submit_just_before_deadline,
)

type Command = Callable[[int], object]


@pytest.fixture(autouse=True)
def _counted(tried: Tried) -> None:
    tried("cases of lost races", 1)


# Races at a deadline


@pytest.mark.parametrize(
    ("slower", "code"),
    [(submit_by_link_just_before_deadline, "link_expired"), (submit_just_before_deadline, "not_eligible")],
)
def test_a_submission_overtaken_by_expiry_is_refused(
    table: Any, sdk: SdkInterceptor, slower: Command, code: str
) -> None:
    """Without an open request every criterion counts again, and the last payment is 31 days ago."""
    rows.put_contract(table, a_contract(last_payment_at=NOW - 31 * DAY), DUE_REQUEST)
    _commit_first(sdk, expire_due_request, before="TransactWriteItems")
    with pytest.raises(refusals.Refusal) as refused:
        slower(1)
    assert refused.value.code == code
    room = store.room("c-1")
    assert room.past_requests == [lifecycle.close(DUE_REQUEST, "deadline_passed", NOW)]
    assert (room.seen.pending, room.seen.contract.last_feedback_at, room.feedback) == (None, None, [])


def test_an_expiry_overtaken_by_a_submission_ends_nothing(table: Any, sdk: SdkInterceptor) -> None:
    rows.put_contract(table, a_contract(), DUE_REQUEST)
    _commit_first(sdk, submit_by_link_just_before_deadline, before="BatchWriteItem")
    assert expire_due_request(1) == 0
    room = store.room("c-1")
    assert [request.status for request in room.past_requests] == [RequestStatus.FULFILLED]
    assert [entry.request_id for entry in room.feedback] == [DUE_REQUEST.request_id]


def _commit_first(sdk: SdkInterceptor, faster: Command, before: str) -> None:
    """Runs `faster` just before the next call of the operation `before`."""

    def intercept(client: Any, parameters: dict[str, Any]) -> Any:
        sdk.restore()
        faster(0)
        return sdk.send(client, before, parameters)

    sdk.respond(before, intercept)


# Reads that see half of a transaction: DynamoDB does not read the rows of a Query or BatchGetItem at one instant.


def test_a_link_whose_request_closes_during_the_read_is_already_answered(table: Any, sdk: SdkInterceptor) -> None:
    """The open row is read after the other transaction and the closed row before it: neither is seen."""
    rows.put_contract(table, a_contract(), a_request())

    def intercept(client: Any, parameters: dict[str, Any]) -> Any:
        sdk.restore()
        [names] = parameters["RequestItems"].values()
        names["Keys"] = [key for key in names["Keys"] if key["SK"]["S"] == items.CONTRACT]
        submit_feedback(0)
        return sdk.send(client, "BatchGetItem", parameters)

    sdk.respond("BatchGetItem", intercept)
    with pytest.raises(refusals.AlreadyAnswered):
        submit_by_link(1)


@pytest.mark.parametrize(
    ("command", "code", "status"),
    [
        (make_request, "request_pending", RequestStatus.PENDING),
        (submit_feedback, None, RequestStatus.FULFILLED),
        (end_contract, None, RequestStatus.CANCELLED),
    ],
)
def test_an_open_request_missing_from_the_read_is_not_overlooked(
    table: Any, sdk: SdkInterceptor, command: Command, code: str | None, status: RequestStatus
) -> None:
    """The contract's row is read after the request was made, and the request's own row before."""
    rows.put_contract(table, a_contract(), a_request())

    def intercept(client: Any, parameters: dict[str, Any]) -> Any:
        sdk.restore()
        response = sdk.send(client, "Query", parameters)
        return {**response, "Items": [row for row in response["Items"] if row["SK"]["S"] == items.CONTRACT]}

    sdk.respond("Query", intercept)
    if code:
        with pytest.raises(refusals.Refusal) as refused:
            command(2)
        assert refused.value.code == code
    else:
        command(2)
    room = store.room("c-1")
    requests = [*room.past_requests, *filter(None, [room.seen.pending])]
    assert [request.status for request in requests] == [status]


def test_the_tab_shows_a_request_read_as_open_and_as_closed_as_closed(table: Any, sdk: SdkInterceptor) -> None:
    rows.put_contract(table, a_contract(), a_request())
    open_row = rows.open_request_row(a_request())

    def intercept(client: Any, parameters: dict[str, Any]) -> Any:
        sdk.restore()
        submit_feedback(1)
        response = sdk.send(client, "Query", parameters)
        return {**response, "Items": [*response["Items"], open_row]}

    sdk.respond("Query", intercept)
    room = store.room("c-1")
    assert room.seen.pending is None
    assert [request.status for request in room.past_requests] == [RequestStatus.FULFILLED]
