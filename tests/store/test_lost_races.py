"""Somebody is faster between a command's read and its write: it reads again and tells the truth."""

from collections.abc import Callable
from typing import Any

import pytest

from mid_job_feedback.domain import lifecycle, refusals
from mid_job_feedback.domain.models import RequestStatus
from mid_job_feedback.storage import items, store
from tests.builders import DAY, NOW, a_contract, a_request
from tests.conftest import Tried
from tests.sdk import Sdk
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


@pytest.mark.parametrize(
    ("slower", "expected"),
    [(submit_by_link_just_before_deadline, "link_expired"), (submit_just_before_deadline, "not_eligible")],
)
def test_feedback_overtaken_by_the_deadline_is_too_late(
    table: Any, sdk: Sdk, slower: Command, expected: str
) -> None:
    """In the Contract Room the other criteria count again, of which one no longer holds."""
    rows.put_contract(table, a_contract(last_payment_at=NOW - 31 * DAY), DUE_REQUEST)
    assert _refusal_after_race(sdk, slower, expire_due_request).code == expected
    room = store.room("c-1")
    assert room.past_requests == [lifecycle.close(DUE_REQUEST, "deadline_passed", NOW)]
    assert (room.seen.stored, room.seen.contract.last_feedback_at, room.feedback) == (None, None, [])


def test_an_expiry_overtaken_by_an_answer_ends_nothing(table: Any, sdk: Sdk) -> None:
    rows.put_contract(table, a_contract(), DUE_REQUEST)
    _commit_first(sdk, submit_by_link_just_before_deadline, before="BatchWriteItem")
    assert expire_due_request(1) == 0
    room = store.room("c-1")
    assert [request.status for request in room.past_requests] == [RequestStatus.FULFILLED]
    assert [entry.request_id for entry in room.feedback] == [DUE_REQUEST.request_id]


def test_a_link_is_told_the_truth_even_if_its_request_closes_while_it_is_read(table: Any, sdk: Sdk) -> None:
    """Rows are not read at one instant: gone where it was, one may not yet be where it will be."""
    rows.put_contract(table, a_contract(), a_request())

    def commit_between_rows(client: Any, parameters: dict[str, Any]) -> Any:
        sdk.heal()
        [names] = parameters["RequestItems"].values()
        names["Keys"] = [key for key in names["Keys"] if key["SK"]["S"] == items.CONTRACT]
        submit_feedback(0)
        return sdk.send(client, "BatchGetItem", parameters)

    sdk.instead("BatchGetItem", commit_between_rows)
    with pytest.raises(refusals.AlreadyAnswered):
        submit_by_link(1)


@pytest.mark.parametrize(
    ("command", "expected", "status"),
    [
        (make_request, "request_pending", RequestStatus.PENDING),
        (submit_feedback, None, RequestStatus.FULFILLED),
        (end_contract, None, RequestStatus.CANCELLED),
    ],
)
def test_a_request_whose_row_is_not_seen_yet_is_not_overlooked(
    table: Any, sdk: Sdk, command: Command, expected: str | None, status: RequestStatus
) -> None:
    """The contract's row is read after a request's transaction, but the request's own row before it."""
    rows.put_contract(table, a_contract(), a_request())

    def read_before_the_request_row(client: Any, parameters: dict[str, Any]) -> Any:
        sdk.heal()
        response = sdk.send(client, "Query", parameters)
        return {**response, "Items": [row for row in response["Items"] if row["SK"]["S"] == items.CONTRACT]}

    sdk.instead("Query", read_before_the_request_row)
    if expected:
        with pytest.raises(refusals.Refusal) as refused:
            command(2)
        assert refused.value.code == expected
    else:
        command(2)
    room = store.room("c-1")
    requests = [*room.past_requests, *filter(None, [room.seen.stored])]
    assert [request.status for request in requests] == [status]


def test_the_tab_shows_a_request_that_is_closed_while_it_is_read_as_closed(table: Any, sdk: Sdk) -> None:
    rows.put_contract(table, a_contract(), a_request())
    open_row = rows.open_request_row(a_request())

    def read_before_and_after_closing(client: Any, parameters: dict[str, Any]) -> Any:
        sdk.heal()
        submit_feedback(1)
        response = sdk.send(client, "Query", parameters)
        return {**response, "Items": [*response["Items"], open_row]}

    sdk.instead("Query", read_before_and_after_closing)
    room = store.room("c-1")
    assert room.seen.stored is None
    assert [request.status for request in room.past_requests] == [RequestStatus.FULFILLED]


def _refusal_after_race(sdk: Sdk, slower: Command, faster: Command) -> refusals.Refusal:
    _commit_first(sdk, faster)
    with pytest.raises(refusals.Refusal) as refused:
        slower(1)
    return refused.value


def _commit_first(sdk: Sdk, faster: Command, before: str = "TransactWriteItems") -> None:
    """Once something is about to be written, `faster` gets in first."""

    def commit_faster_first(client: Any, parameters: dict[str, Any]) -> Any:
        sdk.heal()
        faster(0)
        return sdk.send(client, before, parameters)

    sdk.instead(before, commit_faster_first)
