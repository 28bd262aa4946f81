"""The item format: conversion to and from DynamoDB JSON, compared with boto3's own."""

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mid_job_feedback.domain import emails, views
from mid_job_feedback.domain.email_delivery import NotSentReason
from mid_job_feedback.domain.models import Reply
from mid_job_feedback.storage import items
from tests.builders import DAY, NOW, POLICY, SECOND, a_contract, a_feedback, a_report, a_request, an_email_report
from tests.store import rows

NAMES = st.text(min_size=1, max_size=5)
NUMBERS = st.integers(-(10**37), 10**37) | st.decimals(-(10**6), 10**6, places=2)
SCALARS = st.text(max_size=5) | NUMBERS | st.booleans()
MAPS = st.dictionaries(NAMES, SCALARS | st.dictionaries(NAMES, SCALARS, max_size=2), max_size=3)


@given(st.dictionaries(NAMES, SCALARS | MAPS, max_size=3))
def test_items_are_written_as_boto3_writes_them_and_read_back_the_same(item: dict[str, Any]) -> None:
    boto3 = {name: TypeSerializer().serialize(value) for name, value in item.items()}
    assert items.to_dynamo(item) == boto3
    assert items.plain(boto3) == {name: TypeDeserializer().deserialize(value) for name, value in boto3.items()}
    assert items.plain(items.to_dynamo(item)) == item


@pytest.mark.parametrize("value", [4.65, b"bytes", bytearray(b"bytes"), ["list"], {1, 2}, object()])
def test_a_value_of_another_type_is_not_written(value: object) -> None:
    """Binary above all: the package reads responses without botocore's parser, which is right only without it."""
    with pytest.raises(TypeError, match="rows hold no"):
        items.dynamo(value)


@pytest.mark.parametrize("value", [{"B": b"x"}, {"BS": [b"x"]}, {"NULL": True}, {"L": []}, {"SS": ["x"]}])
def test_a_value_of_another_kind_is_not_read(value: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="rows hold no values"):
        items.plain({"name": value})


def test_every_row_can_be_written() -> None:
    request, feedback = a_request(message="?"), a_feedback(request_id="r-1")
    for row in (
        items.open_request_item(request),
        items.closed_request_item(request),
        items.delivery_item("c-1", "r-1", an_email_report(reason=NotSentReason.UNSUBSCRIBED)),
        items.feedback_item(feedback) | items.history_attributes(a_contract(), "f-1", feedback.provided_at),
    ):
        assert items.plain(items.to_dynamo(row)).keys() == {name for name in row if row[name] is not None}


def test_what_a_contract_says_of_earlier_requests_is_read() -> None:
    row = items.plain(rows.contract_row(a_contract()))
    assert items.from_contract_item(row) == a_contract()
    contract = a_contract(
        last_request_id="r-1",
        last_request_expires_at=NOW,
        last_declined_at=NOW - SECOND,
        last_withdrawn_request_at=NOW - DAY,
        requests_muted=True,
    )
    assert items.from_contract_item(items.plain(rows.contract_row(contract))) == contract


def test_a_mean_keeps_its_two_places() -> None:
    assert items.dynamo(Decimal("4.60")) == {"N": "4.60"}


def test_booleans_are_stored_as_booleans() -> None:
    assert items.dynamo(True) == {"BOOL": True}
    assert items.plain({"muted": {"BOOL": False}}) == {"muted": False}


def test_feedback_from_before_a_category_was_introduced_is_read_without_it() -> None:
    row = items.feedback_item(a_feedback())
    older = row | {"ratings": {category: 4 for category in row["ratings"] if category != "cooperation"}}
    feedback = items.from_feedback_item(older)
    assert feedback.ratings == dict.fromkeys(
        ["skills", "quality", "availability", "deadlines", "communication"], 4
    )
    assert views.public_feedback(feedback).model_dump()["ratings"] == feedback.ratings
    assert emails.feedback_provided(a_contract(), feedback, "link").fields["ratings"]


def test_a_category_that_no_longer_exists_is_not_read() -> None:
    row = items.feedback_item(a_feedback())
    assert "charm" not in items.from_feedback_item(row | {"ratings": row["ratings"] | {"charm": 5}}).text.ratings


def test_the_error_about_a_malformed_row_does_not_quote_it() -> None:
    """Lambda logs its text."""
    malformed = items.feedback_item(a_feedback()) | {"comment": "a private comment " * 500}
    with pytest.raises(ValidationError) as error:
        items.from_feedback_item(malformed)
    assert "comment" in str(error.value)
    assert "private" not in str(error.value)


def test_every_field_of_feedback_is_stored_and_read_and_shown() -> None:
    reply = Reply(text="Thank you.", replied_at=NOW, edited_at=NOW + SECOND)
    corrected = {"revision": 2, "edited_at": NOW, "by_link": True}
    feedback = a_feedback(request_id="r-1", reply=reply, first_replied_at=NOW, **corrected)
    assert [name for name, value in feedback.model_dump().items() if value is None] == ["removed"]
    assert items.from_feedback_item(items.plain(items.to_dynamo(items.feedback_item(feedback)))) == feedback
    shown = views.party_feedback(feedback, (), POLICY).model_dump()
    kept = {"by_link", "first_replied_at", "reply"}
    assert feedback.model_dump(exclude=kept).items() <= shown.items()
    assert shown["reply"] == reply.model_dump(exclude={"removed"})


def test_a_report_from_before_reports_were_counted_has_no_number() -> None:
    report = a_report(number=3)
    row = items.plain(items.to_dynamo(items.report_item(report, "FEEDBACK#1")))
    assert items.from_report_item(row) == report
    assert items.from_report_item({name: row[name] for name in row.keys() - {"number"}}).number == 0
