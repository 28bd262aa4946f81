"""Two people change the same feedback at the same moment: the result is that of one after the other.

The second change is made after the first one has read, and before it commits.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest

from mid_job_feedback.aws import client
from mid_job_feedback.storage import items
from tests.builders import CLIENT, DAY, FREELANCER, RATINGS
from tests.component.http_calls import HttpResponse
from tests.component.marketplace import Marketplace, Row
from tests.sdk_interceptor import SdkInterceptor

type Act = Callable[[Marketplace, str], HttpResponse]

BETTER = {"ratings": RATINGS | {"quality": 5}, "comment": "Better than I said."}
WORSE = {"ratings": RATINGS | {"quality": 1}, "comment": "Worse than I said."}
ACTS: dict[str, Act] = {
    "correct": lambda people, id_: people.correct(id_, BETTER),
    "correct otherwise": lambda people, id_: people.correct(id_, WORSE, if_match='"2"'),
    "reply": lambda people, id_: people.reply(id_, "Another reply."),
    "take the reply back": lambda people, id_: people.take_back_reply(id_),
    "report": lambda people, id_: people.report(id_),
    "report the reply": lambda people, id_: people.report(id_, "reply", person=CLIENT.id),
    "remove": lambda people, id_: people.moderate(id_),
    "remove the reply": lambda people, id_: people.moderate(id_, target="reply"),
    "keep": lambda people, id_: people.moderate(id_, "visible"),
}
# Of those that disturb each other in the same way, one is enough.
FIRST = ("correct", "reply", "report", "remove", "remove the reply", "keep")
SECOND = ("correct otherwise", "take the reply back", "report the reply", "report", "remove", "remove the reply")
PAIRS = list(product(FIRST, SECOND))


@pytest.fixture
def feedback_id(marketplace: Marketplace) -> str:
    """Feedback that was corrected once and has a reply. Both texts were reported by the other party."""
    given: str = marketplace.submit_feedback().body["feedback_id"]
    marketplace.correct(given, {"ratings": RATINGS, "comment": "Good."})
    marketplace.reply(given)
    marketplace.report(given, person=CLIENT.id)
    marketplace.wait(DAY)
    return given


def stored(marketplace: Marketplace) -> list[Row]:
    """All rows, without what is new each time."""
    rows = []
    for row in marketplace.rows():
        known = {
            name: value for name, value in row.items() if name not in {"report_id", "report_key", "decision_id"}
        }
        rows.append(known | {"SK": {"S": row["SK"]["S"].partition("Z#")[0]}})
    return sorted(rows, key=str)


def shown(marketplace: Marketplace) -> tuple[str, ...]:
    return (
        marketplace.feedback_tab().text,
        marketplace.work_history().text,
        marketplace.feedback_summary().text,
    )


def restore(rows: list[Row], now: list[Row]) -> None:
    for row in now:
        client("dynamodb").delete_item(TableName="feedback", Key={"PK": row["PK"], "SK": row["SK"]})
    for row in rows:
        client("dynamodb").put_item(TableName="feedback", Item=row)


def outcome(response: HttpResponse) -> Any:
    """The status and what the response says, without what is new each time."""
    changing = {"report_id", "reference"}
    return response.status, {name: value for name, value in response.body.items() if name not in changing}


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=[" / ".join(pair) for pair in PAIRS])
def test_of_two_simultaneous_changes_one_comes_after_the_other(
    marketplace: Marketplace, sdk: SdkInterceptor, feedback_id: str, first: str, second: str
) -> None:
    before = marketplace.rows()
    answers: list[Any] = [outcome(ACTS[second](marketplace, feedback_id))]
    answers.append(outcome(ACTS[first](marketplace, feedback_id)))
    one_after_the_other = answers, stored(marketplace), shown(marketplace)
    restore(before, marketplace.rows())

    simultaneous: list[Any] = []

    def commit(client_: Any, parameters: Any) -> Any:
        sdk.restore()
        simultaneous.append(outcome(ACTS[second](marketplace, feedback_id)))
        return sdk.send(client_, "TransactWriteItems", parameters)

    sdk.respond("TransactWriteItems", commit)
    last = outcome(ACTS[first](marketplace, feedback_id))
    if not simultaneous:  # the first one had nothing to commit
        simultaneous.append(outcome(ACTS[second](marketplace, feedback_id)))
        last = outcome(ACTS[first](marketplace, feedback_id))
    simultaneous.append(last)
    assert (simultaneous, stored(marketplace), shown(marketplace)) == one_after_the_other


# Torn reads


@contextmanager
def torn(sdk: SdkInterceptor, hidden: str) -> Iterator[None]:
    """The first read of a contract lacks the rows of this kind, as if it had seen half of a transaction."""
    reads = iter(["torn"])

    def read(client_: Any, parameters: Any) -> Any:
        response = sdk.send(client_, "Query", parameters)
        if "IndexName" not in parameters and next(reads, None):
            response["Items"] = [row for row in response["Items"] if not row["SK"]["S"].startswith(hidden)]
        return response

    sdk.respond("Query", read)
    yield
    sdk.restore()


@pytest.mark.parametrize("person", [CLIENT.id, FREELANCER.id])
def test_a_tab_that_sees_half_of_a_correction_loses_no_version(
    marketplace: Marketplace, sdk: SdkInterceptor, feedback_id: str, person: str
) -> None:
    whole = marketplace.feedback_tab(person=person).text
    with torn(sdk, items.EARLIER):
        assert marketplace.feedback_tab(person=person).text == whole


def test_a_tab_that_sees_half_of_a_correction_shows_no_version_twice(
    marketplace: Marketplace, sdk: SdkInterceptor, feedback_id: str
) -> None:
    """The row of the earlier version is there, and the feedback's own is still the one before."""
    before = {row["SK"]["S"]: row for row in marketplace.rows()}
    marketplace.correct(feedback_id, BETTER)
    whole = marketplace.feedback_tab().text
    reads = iter(["torn"])

    def read(client_: Any, parameters: Any) -> Any:
        response = sdk.send(client_, "Query", parameters)
        if next(reads, None):
            response["Items"] = [
                before[row["SK"]["S"]] if row["SK"]["S"].startswith(items.FEEDBACK) else row
                for row in response["Items"]
            ]
        return response

    sdk.respond("Query", read)
    assert marketplace.feedback_tab().text == whole


def test_a_command_that_sees_half_of_a_correction_answers_with_all_versions(
    marketplace: Marketplace, sdk: SdkInterceptor, feedback_id: str
) -> None:
    with torn(sdk, items.EARLIER):
        replied = marketplace.reply(feedback_id, "Thanks.").body
    assert [version["revision"] for version in replied["earlier_versions"]] == [1]


@pytest.mark.parametrize("act", ["correct", "reply", "report", "remove"])
def test_a_change_is_one_read_and_one_transaction(
    marketplace: Marketplace, sdk: SdkInterceptor, feedback_id: str, act: str
) -> None:
    sdk.calls.clear()
    assert ACTS[act](marketplace, feedback_id).status in {200, 201}
    assert sdk.operations == ["Query", "TransactWriteItems"]
