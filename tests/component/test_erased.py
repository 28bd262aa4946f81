"""Whoever had their name and address erased from the table breaks nothing for anybody else."""

import pytest

from mid_job_feedback.aws import client
from mid_job_feedback.storage.items import ERASED
from tests.builders import FREELANCER
from tests.component.marketplace import Marketplace


@pytest.mark.parametrize("role", ["client", "freelancer"])
def test_an_erased_person_breaks_no_reader(marketplace: Marketplace, role: str) -> None:
    marketplace.ask()
    token = marketplace.link()
    erase(role)
    for person in ("u-client", FREELANCER.id):
        assert marketplace.tab(person=person).body["contract"][role]["name"] == ERASED
    assert marketplace.open(token).status == 200
    assert marketplace.answer(token).status == 201
    [contract] = marketplace.history().body["contracts"]
    assert len(contract["feedback"]) == 1


@pytest.mark.parametrize("role", ["client", "freelancer"])
def test_an_erased_person_gets_no_mail_and_the_others_all_there_is(marketplace: Marketplace, role: str) -> None:
    marketplace.ask()
    erase(role)
    marketplace.settle()
    marketplace.give()
    marketplace.settle()
    assert [mail.to for mail in marketplace.emails()] == [
        f"{other}@example.com" for other in ("client", "freelancer") if other != role
    ]
    assert len(marketplace.dash()) == 2
    assert ERASED in marketplace.emails()[0].subject


def erase(role: str) -> None:
    client("dynamodb").update_item(
        TableName="feedback",
        Key={"PK": {"S": "CONTRACT#c-1"}, "SK": {"S": "CONTRACT"}},
        UpdateExpression=f"REMOVE {role}_name, {role}_email",
    )
