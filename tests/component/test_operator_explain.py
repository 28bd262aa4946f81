"""`explain` answers what the API answers, and adds the fact behind each rule."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mid_job_feedback.aws import client
from mid_job_feedback.domain import addresses
from mid_job_feedback.domain.addresses import UndeliverableReason
from mid_job_feedback.domain.eligibility import ReasonCode
from mid_job_feedback.domain.models import shown
from mid_job_feedback.storage import items, people
from tests import lambda_runtime
from tests.builders import CLIENT, DAY, FREELANCER, NOW, a_request
from tests.component.marketplace import Marketplace
from tests.component.operator_tool import OperatorTool

# Days before NOW, on both sides of each boundary and on it. None: it never happened.
DAYS_AGO = st.one_of(
    st.none(), st.sampled_from([0, 1, 14, 30]), st.floats(-1, 70, allow_nan=False).map(lambda days: round(days, 3))
)


def instant(days_ago: float | None) -> datetime | None:
    return None if days_ago is None else NOW - timedelta(days=days_ago)


STATES = st.fixed_dictionaries(
    {
        "instants": st.fixed_dictionaries(
            {
                "started_at": DAYS_AGO.filter(lambda days: days is not None),
                "ended_at": st.one_of(st.none(), st.none(), DAYS_AGO),
                "last_payment_at": DAYS_AGO,
                "last_feedback_at": DAYS_AGO,
                "last_declined_at": DAYS_AGO,
                "last_withdrawn_request_at": DAYS_AGO,
            }
        ),
        "requested": DAYS_AGO,
        "requests_muted": st.booleans(),
        "client_email": st.sampled_from([CLIENT.email, None]),
    }
)


FLAGS = st.sampled_from([lambda_runtime.Flags(percent=percent) for percent in (0, 50, 100)])


def put_contract(instants: dict[str, float | None], requested: float | None, **attributes: Any) -> None:
    """Stores contract c-1 with these attributes and, if one was made, its open request."""
    row = {
        "contract_id": "c-1",
        "title": "Website relaunch",
        "client_id": CLIENT.id,
        "client_name": CLIENT.name,
        "freelancer_id": FREELANCER.id,
        "freelancer_name": FREELANCER.name,
        "freelancer_email": FREELANCER.email,
        **{name: items.stamp(found) for name, days in instants.items() if (found := instant(days))},
        **attributes,
    }
    put(items.key("c-1", items.CONTRACT), row)
    key = items.open_request_key("c-1", "r-1")
    client("dynamodb").delete_item(TableName="feedback", Key=key)
    if requested is not None:
        request = a_request(requested_at=instant(requested))
        put(key, {**items.open_request_item(request), "client_id": CLIENT.id, "freelancer_id": FREELANCER.id})


def put(key: items.Item, row: dict[str, Any]) -> None:
    kept = {name: value for name, value in row.items() if value is not None}
    client("dynamodb").put_item(TableName="feedback", Item={**key, **items.to_dynamo(kept)})


@pytest.mark.parametrize("person", [CLIENT.id, FREELANCER.id])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(state=STATES, flags=FLAGS, at=DAYS_AGO.filter(lambda days: days is not None).map(instant))
def test_it_answers_what_the_api_answers_at_that_instant(
    operator_tool: OperatorTool,
    empty_marketplace: Marketplace,
    person: str,
    *,
    state: dict[str, Any],
    flags: lambda_runtime.Flags,
    at: datetime,
) -> None:
    put_contract(**state)
    empty_marketplace.clock.time = at
    with pytest.MonkeyPatch.context() as patch:
        lambda_runtime.set_rollout(patch, flags)
        tab = empty_marketplace.feedback_tab(person=person).body
        explained = operator_tool.json("explain", "c-1", "--as", person, "--at", at.isoformat())
    [(role, viewer)] = explained["viewers"].items()
    assert (role, viewer["actions"]) == (tab["viewer"], tab["actions"])
    assert (explained["open_request"], explained["past_requests"]) == (tab["open_request"], tab["past_requests"])
    assert explained["at"] == shown(empty_marketplace.clock.now())
    [(action, rules)] = viewer["rules"].items()
    failing = {rule["code"]: rule["clears_at"] for rule in rules if rule["holds"] is False}
    assert failing == {reason["code"]: reason["clears_at"] for reason in tab["actions"][action]["reasons"]}


def test_it_names_every_rule_of_a_role(operator_tool: OperatorTool, marketplace: Marketplace) -> None:
    viewers = operator_tool.json("explain", "c-1")["viewers"]
    rules = {
        role: [rule["code"] for [found] in [viewer["rules"].values()] for rule in found]
        for role, viewer in viewers.items()
    }
    assert rules == {"freelancer": list(ReasonCode), "client": list(ReasonCode)[:4]}


def test_it_says_what_fails_and_when_it_clears(operator_tool: OperatorTool, marketplace: Marketplace) -> None:
    put_contract({"started_at": 10, "last_payment_at": None}, None, client_email=CLIENT.email)
    said = operator_tool("explain", "c-1", "--as", FREELANCER.id).out
    assert "Request feedback: not possible until something changes" in said
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert lines[lines.index("NO a payment within 30 days never") + 1] == "will hold after an event only"
    started = f"NO it is 30 days old started {NOW - 10 * DAY:%F %T}Z"
    assert lines[lines.index(started) + 1] == f"will hold from {NOW + 20 * DAY:%F %T}Z on"


def test_an_open_request_is_enough_for_the_client(operator_tool: OperatorTool, marketplace: Marketplace) -> None:
    put_contract({"started_at": 90, "last_payment_at": 50}, 1, client_email=CLIENT.email)
    said = operator_tool("explain", "c-1", "--as", CLIENT.id).out
    assert "Give feedback: possible\nAn open request is enough" in said
    [rules] = operator_tool.json("explain", "c-1", "--as", CLIENT.id)["viewers"]["client"]["rules"].values()
    assert {rule["holds"] for rule in rules} == {None}


def test_it_shows_how_the_emails_of_requests_fared(operator_tool: OperatorTool, marketplace: Marketplace) -> None:
    request_id = marketplace.request_feedback().body["request_id"]
    marketplace.process_stream()
    people.mark_undeliverable(CLIENT.id, addresses.digest(CLIENT.email), UndeliverableReason.BOUNCED, NOW)
    explained = operator_tool.json("explain", "c-1")
    assert explained["open_request"]["delivery"]["email"]["status"] == "sent"
    assert explained["client_email"] == {"reachable": True, "unsubscribed": False, "undeliverable": "bounced"}
    said = operator_tool("explain", "c-1").out
    assert request_id in "".join(said.split())
    assert "none: the client's address bounced" in said


def test_a_person_who_is_no_party_is_told_so(operator_tool: OperatorTool, marketplace: Marketplace) -> None:
    said = operator_tool("explain", "c-1", "--as", "u-other")
    assert (said.code, marketplace.feedback_tab(person="u-other").refusal) == (0, (404, "contract_not_found"))
    assert "404 contract_not_found" in " ".join(said.out.split())


def test_an_unknown_contract_is_told_from_one_whose_start_is_missing(
    operator_tool: OperatorTool, empty_marketplace: Marketplace
) -> None:
    assert operator_tool("explain", "c-2").err == "No ContractStarted of c-2 has been applied.\n"
    empty_marketplace.pay("c-2")
    answer = operator_tool("explain", "c-2", "--json")
    assert (answer.code, answer.out) == (1, "")
    assert "only rows of CONTRACT are there" in answer.err


def test_the_bucket_is_that_of_the_rollout(
    operator_tool: OperatorTool, marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = operator_tool.json("explain", "c-1")["rollout"]["bucket"]
    for percent, included in ((bucket - 1, False), (bucket, True)):
        lambda_runtime.set_rollout(monkeypatch, lambda_runtime.Flags(percent=percent))
        found = operator_tool.json("explain", "c-1")["rollout"]
        assert (found["includes"], found["rules"][1]["matches"]) == (included, included)
