"""Somebody is faster between a command's read and its write: it reads again and tells the truth."""

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
    DUE,
    answering,
    answering_as_time_runs_out,
    ending,
    expiring_at_once,
    requesting,
    submitting,
    submitting_as_time_runs_out,
)

type Command = Callable[[int], object]


@pytest.fixture(autouse=True)
def _counted(tried: Tried) -> None:
    tried("cases of lost races", 1)


@pytest.mark.parametrize(
    ("slower", "faster", "told"),
    [
        (requesting, requesting, ["request_pending"]),
        (requesting, submitting, ["not_eligible", "feedback_too_recent"]),
        (requesting, ending, ["not_eligible", "contract_not_active"]),
        (submitting, submitting, ["not_eligible", "feedback_too_recent"]),
        (submitting, ending, ["not_eligible", "contract_not_active"]),
    ],
)
def test_what_a_command_without_an_open_request_is_told(
    table: Any, sdk: SdkInterceptor, slower: Command, faster: Command, told: list[str]
) -> None:
    rows.put(table, a_contract())
    refusal = _overtaken(sdk, slower, faster)
    assert [refusal.code, *(reason.code for reason in refusal.data.get("reasons", []))] == told


@pytest.mark.parametrize(
    ("slower", "faster", "code"),
    [
        (answering, answering, "already_answered"),
        (answering, submitting, "already_answered"),
        (answering, ending, "contract_ended"),
        (submitting, answering, "not_eligible"),
        (submitting, ending, "not_eligible"),
    ],
)
def test_what_a_command_with_an_open_request_is_told(
    table: Any, sdk: SdkInterceptor, slower: Command, faster: Command, code: str
) -> None:
    rows.put(table, a_contract(), a_request())
    assert _overtaken(sdk, slower, faster).code == code


@pytest.mark.parametrize(
    ("slower", "told"),
    [(answering_as_time_runs_out, "link_expired"), (submitting_as_time_runs_out, "not_eligible")],
)
def test_feedback_overtaken_by_the_deadline_is_too_late(
    table: Any, sdk: SdkInterceptor, slower: Command, told: str
) -> None:
    """In the Contract Room the other criteria count again, of which one no longer holds."""
    rows.put(table, a_contract(last_payment_at=NOW - 31 * DAY), DUE)
    assert _overtaken(sdk, slower, expiring_at_once).code == told
    room = store.room("c-1")
    assert room.past_requests == [lifecycle.close(DUE, "deadline_passed", NOW)]
    assert (room.seen.stored, room.seen.contract.last_feedback_at, room.feedback) == (None, None, [])


def test_feedback_overtaken_by_the_deadline_may_stand_by_itself(table: Any, sdk: SdkInterceptor) -> None:
    """In the Contract Room, as long as the other criteria hold."""
    rows.put(table, a_contract(), DUE)
    _first(sdk, expiring_at_once)
    submitting_as_time_runs_out(1)
    room = store.room("c-1")
    assert room.past_requests == [lifecycle.close(DUE, "deadline_passed", NOW)]
    assert [(entry.request_id, entry.provided_at) for entry in room.feedback] == [(None, NOW)]


def test_an_answer_whose_request_is_gone_and_not_recorded_yet_is_too_late(table: Any, sdk: SdkInterceptor) -> None:
    """Between the row's removal and what the stream tells of it."""
    rows.put(table, a_contract(), DUE)
    _first(sdk, lambda _: store.remove([rows.open_request_row(DUE)]))
    with pytest.raises(refusals.LinkExpired):
        answering_as_time_runs_out(1)
    assert rows.everything(table).keys() == {items.CONTRACT}


def test_an_expiry_overtaken_by_an_answer_ends_nothing(table: Any, sdk: SdkInterceptor) -> None:
    rows.put(table, a_contract(), DUE)
    _first(sdk, answering_as_time_runs_out, before="BatchWriteItem")
    assert expiring_at_once(1) == 0
    room = store.room("c-1")
    assert [request.status for request in room.past_requests] == [RequestStatus.FULFILLED]
    assert [entry.request_id for entry in room.feedback] == [DUE.request_id]


def test_of_two_ends_the_slower_changes_nothing(table: Any, sdk: SdkInterceptor) -> None:
    rows.put(table, a_contract(), a_request())
    _first(sdk, ending)
    assert ending(1) is False
    assert [request.status for request in store.room("c-1").past_requests] == [RequestStatus.CANCELLED]


def test_feedback_overtaken_by_a_request_answers_it(table: Any, sdk: SdkInterceptor) -> None:
    rows.put(table, a_contract())
    _first(sdk, requesting)
    submitting(1)
    [request] = store.room("c-1").past_requests
    assert request.status is RequestStatus.FULFILLED


def test_a_link_is_told_the_truth_even_if_its_request_closes_while_it_is_read(
    table: Any, sdk: SdkInterceptor
) -> None:
    """Rows are not read at one instant: gone where it was, one may not yet be where it will be."""
    rows.put(table, a_contract(), a_request())

    def between_the_rows(client: Any, asked: dict[str, Any]) -> Any:
        sdk.restore()
        [names] = asked["RequestItems"].values()
        names["Keys"] = [key for key in names["Keys"] if key["SK"]["S"] == items.CONTRACT]
        submitting(0)
        return sdk.send(client, "BatchGetItem", asked)

    sdk.respond("BatchGetItem", between_the_rows)
    with pytest.raises(refusals.AlreadyAnswered):
        answering(1)


@pytest.mark.parametrize(
    ("command", "told", "left"),
    [
        (requesting, "request_pending", RequestStatus.PENDING),
        (submitting, None, RequestStatus.FULFILLED),
        (ending, None, RequestStatus.CANCELLED),
    ],
)
def test_a_request_whose_row_is_not_seen_yet_is_not_overlooked(
    table: Any, sdk: SdkInterceptor, command: Command, told: str | None, left: RequestStatus
) -> None:
    """The contract's row is read after a request's transaction, but the request's own row before it."""
    rows.put(table, a_contract(), a_request())

    def before_its_row(client: Any, asked: dict[str, Any]) -> Any:
        sdk.restore()
        answer = sdk.send(client, "Query", asked)
        return {**answer, "Items": [row for row in answer["Items"] if row["SK"]["S"] == items.CONTRACT]}

    sdk.respond("Query", before_its_row)
    if told:
        with pytest.raises(refusals.Refusal) as refused:
            command(2)
        assert refused.value.code == told
    else:
        command(2)
    room = store.room("c-1")
    requests = [*room.past_requests, *filter(None, [room.seen.stored])]
    assert [request.status for request in requests] == [left]


def test_the_tab_shows_a_request_that_is_closed_while_it_is_read_as_closed(
    table: Any, sdk: SdkInterceptor
) -> None:
    rows.put(table, a_contract(), a_request())
    open_row = rows.open_request_row(a_request())

    def before_and_after(client: Any, asked: dict[str, Any]) -> Any:
        sdk.restore()
        submitting(1)
        answer = sdk.send(client, "Query", asked)
        return {**answer, "Items": [*answer["Items"], open_row]}

    sdk.respond("Query", before_and_after)
    room = store.room("c-1")
    assert room.seen.stored is None
    assert [request.status for request in room.past_requests] == [RequestStatus.FULFILLED]


def test_an_end_overtaken_by_an_answer_cancels_nothing(table: Any, sdk: SdkInterceptor) -> None:
    rows.put(table, a_contract(), a_request())
    _first(sdk, answering)
    ending(1)
    room = store.room("c-1")
    assert room.seen.contract.ended_at == NOW
    assert [request.status for request in room.past_requests] == [RequestStatus.FULFILLED]


def test_an_end_overtaken_by_a_request_cancels_it(table: Any, sdk: SdkInterceptor) -> None:
    rows.put(table, a_contract())
    _first(sdk, requesting)
    ending(1)
    assert [request.status for request in store.room("c-1").past_requests] == [RequestStatus.CANCELLED]


def _overtaken(sdk: SdkInterceptor, slower: Command, faster: Command) -> refusals.Refusal:
    _first(sdk, faster)
    with pytest.raises(refusals.Refusal) as told:
        slower(1)
    return told.value


def _first(sdk: SdkInterceptor, faster: Command, before: str = "TransactWriteItems") -> None:
    """Once something is about to be written, `faster` gets in first."""

    def overtake(client: Any, asked: dict[str, Any]) -> Any:
        sdk.restore()
        faster(0)
        return sdk.send(client, before, asked)

    sdk.respond(before, overtake)
