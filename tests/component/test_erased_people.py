"""Erasing a person's name and address from the table breaks nothing for the others."""

from typing import Any

import pytest

from mid_job_feedback.aws import client
from mid_job_feedback.domain.models import ERASED
from tests.builders import CLIENT, FREELANCER
from tests.component.marketplace import Marketplace
from tests.contract_queue import deliver, event, replay


@pytest.mark.parametrize("role", ["client", "freelancer"])
def test_pages_show_a_placeholder_for_an_erased_person(marketplace: Marketplace, role: str) -> None:
    marketplace.request_feedback()
    token = marketplace.link_token()
    erase(role)
    for person in ("u-client", FREELANCER.id):
        assert marketplace.feedback_tab(person=person).body["contract"][role]["name"] == ERASED
    if role == "freelancer":
        assert marketplace.work_history().body["name"] == ERASED
    if role == "client":  # the mailbox may have another owner by now
        assert marketplace.open_link(token).refusal == (410, "link_superseded")
        assert marketplace.submit_by_link(token).refusal == (410, "link_superseded")
        assert marketplace.submit_feedback().status == 201
    else:
        assert marketplace.open_link(token).status == 200
        assert marketplace.submit_by_link(token).status == 201
    [contract] = marketplace.work_history().body["contracts"]
    assert len(contract["feedback"]) == 1


@pytest.mark.parametrize("role", ["client", "freelancer"])
def test_an_erased_person_gets_no_email_and_the_others_get_all_messages(
    marketplace: Marketplace, role: str
) -> None:
    marketplace.request_feedback()
    erase(role)
    marketplace.process_stream()
    marketplace.submit_feedback()
    marketplace.process_stream()
    assert [mail.to for mail in marketplace.emails()] == [
        f"{other}@example.com" for other in ("client", "freelancer") if other != role
    ]
    assert len(marketplace.dash_messages()) == 2
    assert ERASED in marketplace.emails()[0].subject


def test_a_client_whose_data_was_erased_cannot_be_asked(marketplace: Marketplace) -> None:
    erase("client")
    refused = marketplace.request_feedback()
    assert refused.refusal == (409, "not_eligible")
    assert refused.body["eligible_at"] is None
    assert [(reason["code"], reason["clears_at"]) for reason in refused.body["reasons"]] == [
        ("client_not_reachable", None)
    ]
    assert marketplace.feedback_tab().body["actions"]["request_feedback"]["reasons"] == refused.body["reasons"]
    assert marketplace.submit_feedback().status == 201


@pytest.mark.parametrize(
    ("locale", "name"),
    [
        ("en", "Deleted user"),
        ("de", "Gelöschtes Konto"),
        ("es", "Cuenta eliminada"),
        ("ar", "حساب محذوف"),
        ("fr", ERASED),
    ],
)
def test_messages_call_an_erased_person_in_the_language_of_who_reads_them(
    empty_marketplace: Marketplace, locale: str, name: str
) -> None:
    people: dict[str, Any] = {
        person.id.removeprefix("u-"): {
            "id": person.id,
            "name": person.name,
            "email": person.email,
            "locale": locale,
        }
        for person in (CLIENT, FREELANCER)
    }
    empty_marketplace.start_eligible_contract(**people)
    empty_marketplace.request_feedback()
    erase("freelancer")
    empty_marketplace.process_stream()
    [mail], [message] = empty_marketplace.emails(), empty_marketplace.dash_messages()
    for text in (mail.subject, mail.text, mail.html, message["title"]):
        assert name in text
        assert name == ERASED or ERASED not in text


def test_an_erased_person_has_no_language_and_no_time_zone_either(empty_marketplace: Marketplace) -> None:
    """The Dash message, which is still sent, is in English and UTC."""
    place = {"locale": "de", "time_zone": "Asia/Kathmandu"}
    empty_marketplace.start_eligible_contract(
        client={"id": "u-client", "name": "C", "email": "c@example.com", **place}
    )
    empty_marketplace.request_feedback()
    erase("client")
    empty_marketplace.process_stream()
    [message] = empty_marketplace.dash_messages()
    assert "You have until" in message["body"]
    assert " UTC to answer" in message["body"]
    assert not [row for row in empty_marketplace.rows() if {"client_locale", "client_time_zone"} & row.keys()]


def test_a_replay_of_contract_events_restores_nothing(marketplace: Marketplace) -> None:
    started, feedback = event("contract-started"), event("end-of-contract-feedback")
    deliver(feedback)
    erase("client")
    client("dynamodb").update_item(
        TableName="feedback",
        Key={"PK": {"S": "CONTRACT#c-1"}, "SK": {"S": "FEEDBACK#END#e-1"}},
        UpdateExpression="REMOVE #comment",
        ExpressionAttributeNames={"#comment": "comment"},
    )
    assert replay(started, feedback) == []
    tab = marketplace.feedback_tab().body
    assert tab["contract"]["client"]["name"] == ERASED
    assert [entry["comment"] for entry in tab["feedback"]] == [None]


def erase(role: str) -> None:
    client("dynamodb").update_item(
        TableName="feedback",
        Key={"PK": {"S": "CONTRACT#c-1"}, "SK": {"S": "CONTRACT"}},
        UpdateExpression=f"REMOVE {role}_name, {role}_email, {role}_locale, {role}_time_zone",
    )
