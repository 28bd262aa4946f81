"""Other AWS accounts, archives and buses: options of the template, as CloudFormation gets them."""

import re
from typing import Any, get_args

import pytest

from mid_job_feedback.domain import contract_events, domain_events
from tests.static.resolved_template import resolved_template
from tests.template import template

OTHERS = ["444455556666", "777788889999"]

type Json = dict[str, Any]


def subscriptions(stack: Json) -> list[Json]:
    found: list[Json] = stack["Resources"]["DashTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    return found


def test_by_default_no_other_account_may_do_anything_and_nothing_is_archived() -> None:
    stack = resolved_template()
    assert {"EventBusPolicy", "ContractEventsArchive", "DomainEventsArchive"} & stack["Resources"].keys() == set()
    assert {"ContractEventsArchiveArn", "DomainEventsArchiveArn"} & stack["Outputs"].keys() == set()
    [own] = subscriptions(stack)
    assert own["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}


def test_other_accounts_may_put_contract_events_on_the_bus_and_nothing_else() -> None:
    stack = resolved_template(EventSourceAccounts=",".join(OTHERS))
    policy = stack["Resources"]["EventBusPolicy"]["Properties"]
    envelopes = get_args(get_args(contract_events.Envelope)[0])
    assert policy["EventBusName"] == "<EventBus>"
    assert policy["Statement"] == {
        "Effect": "Allow",
        "Principal": {"AWS": OTHERS},
        "Action": "events:PutEvents",
        "Resource": "<EventBus.Arn>",
        "Condition": {
            "ForAllValues:StringEquals": {"events:source": "marketplace.contracts"},
            "StringEquals": {
                "events:detail-type": [
                    get_args(envelope.model_fields["detail_type"].annotation)[0] for envelope in envelopes
                ]
            },
        },
    }


def test_the_policy_of_the_marketplaces_own_bus_is_left_alone() -> None:
    stack = resolved_template(EventBusName="theirs", EventSourceAccounts=OTHERS[0])
    assert "EventBusPolicy" not in stack["Resources"]


def test_other_accounts_may_subscribe_what_its_owner_must_permit_as_well() -> None:
    """A queue or function takes messages only of topics that its own policy names; an address would take any."""
    [_, others] = subscriptions(resolved_template(DashSubscriberAccounts=",".join(OTHERS)))
    assert others == {
        "Sid": "SubscribeFromOtherAccounts",
        "Effect": "Allow",
        "Principal": {"AWS": OTHERS},
        "Action": "sns:Subscribe",
        "Resource": "<DashTopic>",
        "Condition": {"StringEquals": {"sns:Protocol": ["sqs", "lambda"]}},
    }


@pytest.mark.parametrize(
    ("bus", "archived"),
    [("", "<EventBus.Arn>"), ("theirs", "arn:aws:events:eu-west-1:111122223333:event-bus/theirs")],
)
def test_the_archive_keeps_what_the_rule_takes_and_the_rule_takes_what_is_replayed(
    bus: str, archived: str
) -> None:
    stack = resolved_template(EventBusName=bus, EventArchiveDays="30")
    archive = stack["Resources"]["ContractEventsArchive"]["Properties"]
    rule = stack["Resources"]["ContractEventsRule"]["Properties"]
    assert (archive["SourceArn"], archive["RetentionDays"]) == (archived, "30")
    assert archive["EventPattern"] == rule["EventPattern"]
    assert "replay-name" not in str(rule["EventPattern"])
    assert stack["Outputs"]["ContractEventsArchiveArn"]["Value"] == "<ContractEventsArchive.Arn>"


BUSES: list[tuple[dict[str, str], str]] = [
    ({}, "<EventBus>"),
    ({"EventBusName": "theirs"}, "theirs"),
    ({"DomainEventBusName": "search"}, "search"),
    ({"EventBusName": "theirs", "DomainEventBusName": "search"}, "search"),
]


@pytest.mark.parametrize(("parameters", "bus"), BUSES)
def test_domain_events_go_to_one_bus_and_the_function_may_put_them_on_no_other(
    parameters: dict[str, str], bus: str
) -> None:
    stack = resolved_template(**parameters, EventArchiveDays="30")
    arn = f"arn:aws:events:eu-west-1:111122223333:event-bus/{bus}"
    variables = stack["Resources"]["NotifyFunction"]["Properties"]["Environment"]["Variables"]
    assert variables["DOMAIN_EVENT_BUS"] == bus
    assert stack["Outputs"]["DomainEventBusName"]["Value"] == bus
    [allowed] = [
        statement
        for policy in stack["Resources"]["NotifyFunctionRole"]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "events:PutEvents"
    ]
    assert allowed["Resource"] == arn
    archive = stack["Resources"]["DomainEventsArchive"]["Properties"]
    assert (archive["SourceArn"], archive["RetentionDays"]) == (arn, "30")
    assert archive["EventPattern"] == {"source": [domain_events.SOURCE]}
    assert stack["Outputs"]["DomainEventsArchiveArn"]["Value"] == "<DomainEventsArchive.Arn>"


@pytest.mark.parametrize(
    ("source", "is_allowed"),
    [
        (domain_events.SOURCE, False),
        ("aws.events", False),
        ("", False),
        ("marketplace.contracts", True),
        (f"{domain_events.SOURCE}.marketplace", True),
        (f"com.example.{domain_events.SOURCE}", True),
    ],
)
def test_contract_events_cannot_have_the_source_of_domain_events(source: str, is_allowed: bool) -> None:  # noqa: FBT001
    pattern = template()["Parameters"]["EventSource"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, source)) == is_allowed
